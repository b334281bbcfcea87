"""The unit: what it starts, when it leaves, and what is shut in its sandbox."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from modeswitch.service import units
from modeswitch.service.policy import read

UNIT = units.service_unit("/usr/bin/python3")


def test_the_unit_names_no_string_of_a_device() -> None:
    assert "%" not in UNIT
    main = "import gc; gc.disable(); from modeswitch.cli.service import main; raise SystemExit(main(90))"
    assert f'ExecStart=/usr/bin/python3 -I -c "{main}"' in UNIT.splitlines()
    assert "\nType=notify\n" in UNIT
    assert "[Install]" not in UNIT


def test_no_event_is_lost_to_a_limit_of_starts() -> None:
    assert {"StartLimitIntervalSec=0", "Restart=on-failure"} <= set(UNIT.splitlines())


def test_a_resident_service_stays_and_is_started_with_the_system() -> None:
    unit = units.service_unit("/usr/bin/python3", resident=True)
    assert "raise SystemExit(main())" in unit
    assert unit.endswith("\n\n[Install]\nWantedBy=multi-user.target\n")


def test_an_interpreter_with_a_blank_is_still_one_word() -> None:
    assert '\nExecStart="/opt/my ms/50%%/python" -I -c ' in units.service_unit("/opt/my ms/50%/python")


def program(unit: str) -> list[str]:
    """The words that systemd runs."""
    (line,) = (line for line in unit.splitlines() if line.startswith("ExecStart="))
    return [word.replace("%%", "%") for word in shlex.split(line.partition("=")[2])]


@pytest.mark.parametrize("gone", [False, True], ids=["there", "gone"])
def test_an_interpreter_whose_packages_are_known_does_without_site(tmp_path: Path, gone: bool) -> None:
    """One of the folders has a name that says what comes of it; where one is gone ``site`` is asked after all."""
    folder = tmp_path / "50% of it"
    (folder / "modeswitch/cli").mkdir(parents=True)
    (folder / "modeswitch/cli/service.py").write_text(
        "import sys\ndef main(idle=None):\n    print(idle, 'site' in sys.modules)\n    return 3\n"
    )
    folders = [str(folder), str(tmp_path / "gone")] if gone else [str(folder)]
    words = program(units.service_unit(sys.executable, folders))
    assert words[1:4] == ["-I", "-S", "-c"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (3, f"90 {gone}\n", "")


def test_a_folder_that_a_unit_cannot_name_is_left_to_site() -> None:
    assert program(units.service_unit("/usr/bin/python3", ["/opt/it's"]))[1:3] == ["-I", "-c"]


def test_only_what_the_policy_wants_opens_the_sandbox() -> None:
    open_, shut = units.service_unit("/x", network=True).splitlines(), units.service_unit("/x").splitlines()
    assert {"PrivateNetwork=yes", "CapabilityBoundingSet="} <= set(shut)
    assert {line for line in open_ if line not in shut} == set(units.WITH_NETWORK.splitlines())
    assert {line for line in shut if line not in open_} == set(units.WITHOUT_NETWORK.splitlines())


def test_the_hosts_own_sys_is_bound_whatever_the_network() -> None:
    """systemd 262 mounts another /sys with a private network, in which a stick has no network interface."""
    for unit in (units.service_unit("/x"), units.service_unit("/x", network=True)):
        assert "BindReadOnlyPaths=/sys" in unit.splitlines()
        assert not [line for line in unit.splitlines() if line.startswith("ReadOnlyPaths") and "/sys" in line]


def test_what_may_be_loaded_after_the_service_is_named_by_its_number() -> None:
    """systemd looks a name up in /proc/devices once, at the start; the others are usbcore's, always there."""
    lines = units.service_unit("/x", network=True).splitlines()
    allowed = {line.removeprefix("DeviceAllow=") for line in lines if line.startswith("DeviceAllow=")}
    assert allowed == {"char-usb_device rw", "char-usb rw", "char-188 rw"}


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("", False),
        ('[default]\nto = "ncm"', False),
        ('[[stick]]\nport = "1-1"\nto = "ncm"\napn = "internet"', True),
        ('[default]\nto = "ncm"\nalways = true', True),
        ('[default]\nrun = ["/bin/true"]', True),
        ('[[stick]]\nport = "1-1"\nto = "ncm"\nweb-password-file = "/etc/x"', True),
    ],
)
def test_what_a_policy_needs_of_the_network(text: str, needs: bool) -> None:
    policy = read(text)
    assert (policy.problems, policy.needs_network) == ((), needs)
