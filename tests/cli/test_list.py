"""What ``list`` shows of sticks that this system has made something of: a made-up /sys and /proc."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from modeswitch.linux import mounts
from modeswitch.linux.bus import LinuxBus
from tests.support.machine_tree import Machine
from tests.support.said import Command

BAD = set("\x1b\x07\r\u2028\u202e")
HOSTILE = "\x1b[2J\nmodeswitch: forged\u202e\u2028 ../../etc"
CARD = "8:17"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine with a stick in ncm mode at 1-1, whose card (interface 3) is mounted."""
    machine = Machine(tmp_path)
    monkeypatch.setattr("modeswitch.host.default", lambda: LinuxBus(str(machine.sys)))
    monkeypatch.setattr(mounts, "disks", partial(mounts.disks, proc=str(machine.proc)))
    bound = ("option", "option", "huawei_cdc_ncm", "usb-storage")
    machine.stick("ff/03/01", "ff/03/12", "ff/03/16", "08/06/50", bound=bound)
    disk(machine, "1-1:1.3", "sda", CARD)
    mounted(machine, CARD, "/mnt/card")
    return machine


def disk(machine: Machine, interface: str, name: str, numbers: str) -> None:
    folder = machine.interface(interface) / "host4/target4:0:0/4:0:0:0/block" / name
    folder.mkdir(parents=True)
    (folder / "dev").write_text(numbers + "\n")


def mounted(machine: Machine, numbers: str, *points: str) -> None:
    (machine.proc / "self").mkdir(exist_ok=True)
    lines = [f"31 1 {numbers} / {point} rw - vfat /dev/sda rw\n" for point in points]
    (machine.proc / "self/mountinfo").write_text("".join(lines))


def test_what_is_wanted_is_seen_at_a_glance(command: Command, machine: Machine) -> None:
    (line,) = command("list").out.splitlines()
    assert line.split()[:7] == ["1-1", "12d1:1506", "ncm", "/dev/ttyUSB1", "wwan0", "/dev/sda", "on"]
    assert "on /mnt/card " in line


def test_each_interface_with_what_came_of_it(command: Command, machine: Machine) -> None:
    _, *lines = command("list", "-v").out.splitlines()
    assert [line.split()[1:] for line in lines] == [
        ["0", "ff/03/01", "modem", "option", "/dev/ttyUSB0"],
        ["1", "ff/03/12", "pcui", "option", "/dev/ttyUSB1"],
        ["2", "ff/03/16", "ncm", "huawei_cdc_ncm", "wwan0"],
        ["3", "08/06/50", "storage", "usb-storage", "/dev/sda", "on", "/mnt/card"],
    ]


def test_all_of_it_in_json(command: Command, machine: Machine) -> None:
    (device,) = command("list", "--json").events
    assert (device["at"], device["networks"]) == ("/dev/ttyUSB1", ["wwan0"])
    made = [(one["driver"], one["tty"], one["wdm"], one["networks"], one["disks"]) for one in device["interfaces"]]
    assert made == [
        ("option", "/dev/ttyUSB0", None, [], []),
        ("option", "/dev/ttyUSB1", None, [], []),
        ("huawei_cdc_ncm", None, None, ["wwan0"], []),
        ("usb-storage", None, None, [], [{"device": "/dev/sda", "mounted": ["/mnt/card"]}]),
    ]


def test_the_wdm_that_is_the_only_at_port_is_shown(command: Command, machine: Machine) -> None:
    (machine.interface("1-1:1.2") / "usbmisc/cdc-wdm0").mkdir(parents=True)
    assert "huawei_cdc_ncm   /dev/cdc-wdm0 wwan0" in command("list", "-v").out


def test_a_disk_that_is_not_mounted_is_no_events(command: Command, machine: Machine) -> None:
    mounted(machine, CARD)
    assert "/dev/sda" not in command("list").out
    assert command("list", "-v").out.splitlines()[-1].endswith("usb-storage      /dev/sda")


def test_a_stick_of_which_nothing_was_made(command: Command, machine: Machine) -> None:
    machine.stick("ff/03/12", usb="12d1:1506", port="1-2")
    assert command("list").out.splitlines()[1].split()[:4] == ["1-2", "12d1:1506", "stick", "-"]
    assert "interface 0  ff/03/12  pcui     (no driver)\n" in command("list", "-v").out


def test_two_network_interfaces_are_told_apart(command: Command, machine: Machine) -> None:
    """By the interface that each was made of, not by the device."""
    machine.stick("02/06/00", "ff/03/16", port="1-2")
    machine.network("1-2:1.0", "eth7")
    machine.network("1-2:1.1", "wwan9")
    device = command("list", "--json").events[1]
    assert [one["networks"] for one in device["interfaces"]] == [["eth7"], ["wwan9"]]
    assert device["networks"] == ["eth7", "wwan9"]


@pytest.mark.parametrize("words", [("list",), ("list", "-v"), ("list", "--json")])
def test_what_others_chose_is_escaped_and_bounded(command: Command, machine: Machine, words: tuple[str, ...]) -> None:
    """Strings of 4 KiB, an interface renamed, a mount point with control characters, a name that climbs."""
    path = machine.sys / "bus/usb/devices/1-1"
    (path / "idProduct").write_text("fffe\n")  # no profile: its own strings are shown
    for name in ("manufacturer", "product", "serial"):
        (path / name).write_text(HOSTILE + "x" * 4096)
    (machine.interface("1-1:1.2") / "net/wwan0").rename(machine.interface("1-1:1.2") / "net/$(reboot)")
    (machine.interface("1-1:1.2") / "net/\x1b[2J").mkdir()
    mounted(machine, CARD, *["/mnt/\x1b[2J\\012forged" + "y" * 3000] * 50)
    said = command(*words)
    assert said.status == 0
    assert not set(said.out) & BAD
    assert not any(line.startswith(("modeswitch: forged", "forged")) for line in said.out.splitlines())
    assert "$(reboot)" in said.out
    if "--json" in words:
        assert all(len(text) <= 200 for text in said.events[0]["strings"])
    else:
        assert max(map(len, said.out.splitlines())) <= 2001
        assert "x" * 201 not in said.out
        assert "y" * 101 not in said.out
