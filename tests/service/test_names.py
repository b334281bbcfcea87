"""Names by port: what they may be, and the rules and paths in udev that give them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import Unavailable, UsageError
from modeswitch.linux import programs
from modeswitch.modem.roles import HUAWEI, role
from modeswitch.service import names
from modeswitch.usb.descriptors import Port, Triple
from tests.support.udev import is_well_formed

FAMILIES = [Library(user=[]).family(name) for name in Library(user=[]).names()]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["1-1"], ["modem-1-1"]),
        (["1-1.4"], ["modem-1-1-4"]),
        (["10-1.2.3.4"], ["m-10-1-2-3-4"]),
        (["1-1.4=uplink", "2-1=b2"], ["uplink", "b2"]),
        (["1-1=a"], ["a"]),
        (["1-1=abcdefghijklmno"], ["abcdefghijklmno"]),
    ],
)
def test_what_a_port_is_called(words: list[str], expected: list[str]) -> None:
    assert list(names.parse_names(words).values()) == expected


@pytest.mark.parametrize("name", ["", "a-", "-a", "A", "1a", "a_b", "a" * 16, "eth0", "wwan7", "all"])
def test_what_a_port_is_not_called(name: str) -> None:
    with pytest.raises(UsageError):
        names.check_name(name)


def test_of_a_long_name_the_beginning_is_shown() -> None:
    with pytest.raises(UsageError) as raised:
        names.check_name("a" * 99)
    assert raised.value.message.startswith(f"{'a' * 60!r}"[:-1])
    assert "a" * 61 not in raised.value.message


@pytest.mark.parametrize("word", ["1-1=a", "1-1.2=a", "2-1=a"])
def test_two_ports_of_one_name(word: str) -> None:
    with pytest.raises(UsageError, match="two ports cannot both be a"):
        names.parse_names(["1-3=a", word])
    with pytest.raises(UsageError, match="1-3 is named twice"):
        names.parse_names(["1-3=a", "1-3=b"])


def test_a_port_has_a_path_below_that_of_its_bus() -> None:
    asked: list[tuple[str, ...]] = []

    def say(*words: str) -> str:
        asked.append(words)
        return "Load module index\nID_PATH=pci-0000:00:14.0\nID_PATH_TAG=pci-0000_00_14_0\n"

    assert names.udev_path(Port(1, (1, 4)), say) == "pci-0000:00:14.0-usb-0:1.4:*"
    assert asked == [("test-builtin", "path_id", "/sys/bus/usb/devices/usb1")]


def test_the_roles_are_those_of_the_tables() -> None:
    port = Port(1, (1,))
    text = names.tty_rules({port: "a"}, {port: "p:*"}, FAMILIES, "/usr/bin/python3")
    for name in names.NAMED_ROLES:
        (line,) = (line for line in text.splitlines() if line.endswith(f'ENV{{MODESWITCH_ROLE}}="{name}"'))
        codes = re.findall(r'bInterfaceProtocol}=="([^"]*)"', line)[0].split("|")
        subs = re.findall(r'bInterfaceSubClass}=="([^"]*)"', line)[0].split("|")
        for sub in range(0x20):
            found = {role(Triple(0xFF, sub, int(code, 16)), HUAWEI) for code in codes}
            assert (found == {name}) is (f"{sub:02x}" in subs), (name, sub)
    asked = [line for line in text.splitlines() if "PROGRAM" in line]
    assert [re.findall(r'ID_MODEL_ID}=="(\w+)"', line) for line in asked] == [["1001"], ["1442"], ["155e"], ["2001"]]
    assert all('PROGRAM=="/usr/bin/python3 -I -m modeswitch udev role $id", RESULT==' in line for line in asked)


def test_the_rules_of_names_are_well_formed() -> None:
    port = Port(1, (1,))
    assert is_well_formed(names.tty_rules({port: "a"}, {port: "p:*"}, FAMILIES, "/usr/bin/python3"))


@pytest.mark.parametrize("said", ["", "ID_PATH=\n", 'ID_PATH=a"b\n', "ID_PATH=a*\n", "ID_PATH=a b\n", "XID_PATH=a\n"])
def test_a_path_that_udev_does_not_know(said: str) -> None:
    with pytest.raises(Unavailable, match="no lasting path for bus 7"):
        names.udev_path(Port(7, (1,)), lambda *_words: said)


def test_without_udev(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "PATH", "/nonexistent")
    with pytest.raises(Unavailable, match="udevadm"):
        names.udev_path(Port(1, (1,)))


def test_an_udev_that_gives_no_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(programs, "PATH", f"{tmp_path}:/bin")
    monkeypatch.setattr(names, "SECONDS", 0.1)
    (tmp_path / "udevadm").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "udevadm").chmod(0o755)
    with pytest.raises(Unavailable, match="gave no answer"):
        names.udev_path(Port(1, (1,)))


def test_udev_has_half_a_minute_for_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float] = []

    def run(*_words: str, seconds: float) -> programs.Said:
        given.append(seconds)
        return programs.Said(None, "", "")

    monkeypatch.setattr(programs, "run", run)
    with pytest.raises(Unavailable, match="gave no answer in 30 s"):
        names.udevadm("settle")
    assert given == [30]


def test_the_rules_by_which_modemmanager_leaves_a_port_alone() -> None:
    rules = names.ignore_rules(Port(1, (1, 4)), "pci-0000:00:14.0-usb-0:1.4:*")
    assert is_well_formed(rules)
    first, second = [line for line in rules.splitlines() if not line.startswith("#")]
    device = 'ACTION!="remove", SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device", '
    assert first == f'{device}ENV{{ID_PATH}}=="", IMPORT{{builtin}}="path_id"'
    assert second == f'{device}ENV{{ID_PATH}}=="pci-0000:00:14.0-usb-0:1.4", ENV{{ID_MM_DEVICE_IGNORE}}="1"'
