"""The Ansible role: what it can be told is what a policy says, its linter finds nothing, and it does what it says."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from modeswitch.service import install, policy
from modeswitch.service.wish import WantedLine, Wish
from modeswitch.usb.descriptors import Port, UsbId
from tests.support.checkout import copy_checkout
from tests.support.linters import found, lint

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "contrib/ansible"
ROLE = FOLDER / "roles/modeswitch"
OPTIONS = yaml.safe_load((ROLE / "meta/argument_specs.yml").read_text("utf-8"))["argument_specs"]["main"]["options"]
DEFAULTS = yaml.safe_load((ROLE / "defaults/main.yml").read_text("utf-8"))
WISH = {name.replace("_", "-") for name in (*Wish._fields, *WantedLine._fields)} - {"line", "why"}  # what no key is
TOLD = {
    "modeswitch_default": {"to": "usual", "timeout": 90, "always": True},
    "modeswitch_sticks": [
        {
            "port": "1-1.4",
            "id": "12d1:1f01",
            "manufacturer": 'HUAWEI "*"',
            "product": "a\\b\x7f{{ 1 }}",
            "serial": "é\t#\U0001f4f6",
            "to": "ncm",
            "timeout": 60.5,
            "always": False,
            "apn": "internet",
            "user": "u",
            "password-file": "/etc/modeswitch/line",
            "auth": "chap",
            "ip": "46",
            "pin-file": "/etc/modeswitch/pin",
            "web-password-file": "/etc/modeswitch/page",
            "run": ["/usr/local/bin/up", "{port}", 'a "b"'],
        },
        {"id": "12d1:14fe", "to": "leave-alone"},
    ],
    "modeswitch_secrets": {"pin": "0042", "page": "p'ä$ {"},
}
"""What the role is told: every key of a policy, with what a template could trip over."""
FROM_POLICY = ("--start-at-task", "Write the policy")
WANTED = policy.Policy(
    (
        policy.Rule(
            Wish(
                "ncm",
                60.5,
                "/etc/modeswitch/page",
                False,
                WantedLine("internet", "u", "/etc/modeswitch/line", "chap", "46", "/etc/modeswitch/pin"),
                ("/usr/local/bin/up", "{port}", 'a "b"'),
            ),
            Port.parse("1-1.4"),
            UsbId.parse("12d1:1f01"),
            ('HUAWEI "*"', "a\\b\x7f{{ 1 }}", "é\t#\U0001f4f6"),
        ),
        policy.Rule(Wish("leave-alone"), None, UsbId.parse("12d1:14fe")),
    ),
    Wish("usual", 90.0, always=True),
)
"""The policy that comes of it."""


def test_the_role_can_be_told_what_a_policy_says() -> None:
    assert DEFAULTS.keys() == OPTIONS.keys()
    assert OPTIONS["modeswitch_default"]["options"].keys() == WISH
    told = TOLD["modeswitch_sticks"]
    assert isinstance(told, list)
    assert OPTIONS["modeswitch_sticks"]["options"].keys() == WISH | {"port", "id", *policy.STRINGS} == told[0].keys()


def test_the_readme_names_every_variable() -> None:
    text = (ROLE / "README.md").read_text("utf-8")
    assert set(re.findall(r"^\| `(modeswitch_\w+)`", text, re.MULTILINE)) == DEFAULTS.keys()


@pytest.mark.package
def test_ansible_lint() -> None:
    lint("ansible-lint", "--offline", "--strict", "--profile", "production", cwd=FOLDER)


@pytest.mark.package
def test_the_playbook_can_be_read() -> None:
    lint("ansible-playbook", "--syntax-check", "-i", "localhost,", FOLDER / "playbook.yml")


class Host(NamedTuple):
    """A host with a root folder of its own, and a Python that a service could run."""

    root: Path
    wheel: Path

    def play(self, *words: str, fails: bool = False, **told: Any) -> tuple[int, str]:
        """Have the role run; how much it has changed, and what Ansible said."""
        variables = {
            "ansible_python_interpreter": sys.executable,
            "modeswitch_root": f"{self.root}",
            "modeswitch_venv": f"{self.root}/venv",
            "modeswitch_source": f"modeswitch @ {self.wheel.as_uri()}",
            "modeswitch_python": "/usr/bin/python3",
            "modeswitch_packages": [],
            **TOLD,
            **told,
        }
        play = [{"hosts": "all", "roles": ["modeswitch"], "gather_subset": ["!all", "service_mgr"]}]
        (self.root / "play.json").write_text(json.dumps(play))
        (self.root / "told.json").write_text(json.dumps({name: unsafe(value) for name, value in variables.items()}))
        options = ["-i", "localhost,", "-c", "local", "-e", f"@{self.root}/told.json", *words]
        done = subprocess.run(
            [found("ansible-playbook"), *options, f"{self.root}/play.json"],
            env={
                **os.environ,
                "ANSIBLE_ROLES_PATH": f"{FOLDER}/roles",
                "ANSIBLE_PIPELINING": "1",
                "PIP_NO_COMPILE": "1",
            },
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        said = done.stdout + done.stderr
        assert (done.returncode != 0) is fails, said
        (changed,) = re.findall(r"changed=(\d+)", said)
        return int(changed), said

    def policy(self) -> policy.Policy:
        return policy.load(f"{self.root}/etc/modeswitch.toml")

    def mode(self, path: str) -> int:
        return stat.S_IMODE((self.root / path).stat().st_mode)


def unsafe(value: object) -> object:
    """A value that is no template, as Ansible writes it in JSON."""
    if isinstance(value, dict):
        return {key: unsafe(one) for key, one in value.items()}
    if isinstance(value, list):
        return [unsafe(one) for one in value]
    return {"__ansible_unsafe": value} if isinstance(value, str) and "{" in value else value


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    checkout = copy_checkout(tmp_path_factory.mktemp("checkout") / "modeswitch")
    out = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(out),
        str(checkout),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    (made,) = out.glob("*.whl")
    return made


@pytest.fixture
def host(wheel: Path) -> Iterator[Host]:
    """In /opt, since a service sees no temporary folder."""
    if os.geteuid() != 0:
        assert not os.environ.get("CI"), "the role wants root"
        pytest.skip("the role wants root")
    root = Path(tempfile.mkdtemp(prefix="modeswitch-role-", dir="/opt"))
    root.chmod(0o755)
    try:
        yield Host(root, wheel)
    finally:
        shutil.rmtree(root)


@pytest.mark.package
def test_the_role_installs_and_then_changes_nothing(host: Host) -> None:
    changed, _ = host.play("--check", modeswitch_metrics=f"{host.root}/figures/modeswitch.prom")
    assert changed >= 5
    assert {path.name for path in host.root.iterdir()} == {"play.json", "told.json"}

    changed, said = host.play(modeswitch_metrics=f"{host.root}/figures/modeswitch.prom")
    assert changed >= 8
    assert "0042" not in said
    assert host.policy() == WANTED
    assert (host.root / "etc/modeswitch/pin").read_bytes() == b"0042\n"
    assert (host.root / "etc/modeswitch/page").read_text("utf-8") == "p'ä$ {\n"
    assert host.mode("etc/modeswitch/pin") == host.mode("etc/modeswitch/page") == 0o600
    unit = (host.root / "etc/systemd/system/modeswitch.service").read_text("utf-8")
    assert re.search(rf"^ExecStart={host.root}/venv/bin/python3? -I ", unit, re.MULTILINE)
    assert "WantedBy=multi-user.target" in unit
    assert "PrivateNetwork" not in unit  # the policy wants a line
    for path in install.SERVICE_FILES:
        assert install.is_unchanged((host.root / path).read_text("utf-8"))
    assert "metrics.conf" not in lint("systemd-analyze", "verify", f"{host.root}/etc/systemd/system/modeswitch.service")

    assert host.play(modeswitch_metrics=f"{host.root}/figures/modeswitch.prom")[0] == 0

    changed, _ = host.play(*FROM_POLICY, modeswitch_resident=False, modeswitch_sticks=[], modeswitch_default={})
    assert changed == 3  # the policy, the unit, the figures
    assert host.policy() == policy.Policy()
    assert not (host.root / "etc/systemd/system/modeswitch.service.d/metrics.conf").exists()
    assert "WantedBy" not in (host.root / "etc/systemd/system/modeswitch.service").read_text("utf-8")

    _, said = host.play(*FROM_POLICY, fails=True, modeswitch_sticks=[{"port": "1-1", "to": "ncn"}])
    assert "line 11: [[stick]] 1, key 'to': 'ncn' is not one of" in said, said
    assert host.policy() == policy.Policy()
    _, said = host.play(fails=True, modeswitch_secrets={"../x": ""})
    assert "the name of a secret is letters, digits, _ and -" in said
    assert not (host.root / "etc/x").exists()
