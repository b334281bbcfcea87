"""What ``list`` shows of sticks that this system has made something of: a made-up /sys and /proc."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from modeswitch.errors import NoDevice
from modeswitch.linux import mounts
from modeswitch.linux.bus import LinuxBus
from modeswitch.usb.descriptors import UsbId
from tests.support import sysfs_tree
from tests.support.machine_tree import Machine
from tests.support.rig import plugged
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
    headings, line, more = command("list").out.splitlines()
    assert headings.split() == ["PORT", "ID", "MODE", "AT,", "NETWORK,", "DISK", "NAME"]
    assert line.split()[:5] == ["1-1", "12d1:1506", "ncm", "/dev/ttyUSB1", "wwan0"]
    assert more.strip() == "/dev/sda on /mnt/card"
    assert more.index("/dev/sda") == line.index("/dev/tty") == headings.index("AT, NETWORK")


def test_each_interface_with_what_came_of_it(command: Command, machine: Machine) -> None:
    lines = [line for line in command("list", "-v").out.splitlines() if " interface " in line]
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
    assert command("list").out.splitlines()[3].split()[:4] == ["1-2", "12d1:1506", "stick", "-"]
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


def test_list(command: Command) -> None:
    said = command("list", sticks=("e3372h", "e3372h-153@1-1.4,wakes=linux", "e3372s@2-1,descriptors=lying"))
    assert said.status == 0
    _, first, second, third, problem = said.out.splitlines()
    assert second.split()[3] == "wwan0"
    assert first.split()[:3] == ["1-1", "12d1:1f01", "mass-storage"]
    assert "HUAWEI_MOBILE: E353" in first
    assert second.split()[:3] == ["1-1.4", "12d1:1506", "ncm"]
    assert third.split()[2] == "unreadable"
    assert problem.strip().startswith("reading descriptors: bNumInterfaces")
    assert said.err == ""


LONG = ("/mnt/" + "a-very-long-name-of-a-folder/" * 3, "/media/pi/card", "/srv/backup/of/the/stick")


@pytest.mark.parametrize("columns", [None, 60, 80, 132])
def test_no_line_is_longer_than_the_terminal(
    command: Command, machine: Machine, monkeypatch: pytest.MonkeyPatch, columns: int | None
) -> None:
    """80 characters where there is no terminal."""
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns:
        monkeypatch.setenv("COLUMNS", str(columns))
    machine.stick("ff/03/12", "08/06/50", usb="12d1:1506", port="3-1.4.4.2", bound=("option", "usb-storage"))
    mounted(machine, CARD, *LONG)
    lines = command("list").out.splitlines()
    assert max(map(len, lines)) <= (columns or 80)
    assert all(line.rstrip() == line for line in lines)
    assert any(line.endswith("...") for line in lines)


def test_with_v_a_name_is_whole(command: Command) -> None:
    said = command("list", "-v", sticks=("e3372h",))
    assert "E3276 (HiLink firmware)" in said.out
    assert "E3276 (HiLink firmware)" not in command("list", sticks=("e3372h",)).out


def test_only_the_one_that_is_named_and_all_that_is_there(command: Command, machine: Machine) -> None:
    sysfs_tree.plug(
        machine.sys, "2-1", "046d:c077", raw=sysfs_tree.descriptors("046d:c077", bytes((9, 4, 0, 0, 0, 3, 1, 2, 0)))
    )
    machine.stick("ff/03/12", usb="12d1:1506", port="1-2")
    ports = [
        [line.split()[0] for line in command(*words).out.splitlines()[1:] if line[0] != " "]
        for words in (("list",), ("list", "1-2"), ("list", "wwan0"), ("list", "--all"))
    ]
    assert ports[0] == ["1-1", "1-2"]
    assert ports[1] == ["1-2"]
    assert ports[3] == ["1-1", "1-2", "2-1"]
    assert command("list", "2-2").status == 3


def test_a_switched_stick_keeps_its_name(command: Command) -> None:
    """For as long as it stays there; what it is now is called by many names."""
    bus = plugged("e3372h")
    assert command("1-1", "--to", "ncm", bus=bus).status == 0
    assert "HUAWEI_MOBILE: E353, E303" in command("list", bus=bus).out
    (device,) = command("list", "--json", bus=bus).events
    assert (device["id"], device["woke"]) == ("12d1:155e", "12d1:1f01")
    assert "E3372h (HiLink firmware)" in device["names"]
    assert command("list", "E3372h", bus=bus).status == 0
    assert command("1-1", "--to", "hilink", bus=bus).status == 0
    (device,) = command("list", "--json", bus=bus).events
    assert (device["id"], device["woke"]) == ("12d1:14dc", "12d1:1f01")
    bus.host.note_woken(bus.scan()[0]._replace(address=99), UsbId.parse("12d1:1f01"))
    assert command("list", "--json", bus=bus).events[0]["woke"] is None


def test_list_verbose_has_the_interfaces(command: Command) -> None:
    said = command("list", "-v", sticks=("e3372h,wakes=gateway-ncm",))
    roles = [line.split()[3] for line in said.out.splitlines() if "interface" in line]
    assert roles == ["modem", "diag", "pcui", "ncm", "data"]


def test_list_in_json(command: Command) -> None:
    (device,) = command("list", "--json", sticks=("e3372h",)).events
    assert device["event"] == "device"
    assert (device["port"], device["id"], device["mode"]) == ("1-1", "12d1:1f01", "mass-storage")
    assert device["family"] == "huawei-hilink"
    assert device["problem"] is None
    (interface,) = device["interfaces"]
    assert [interface[key] for key in ("number", "class", "role", "driver")] == [
        0,
        "08/06/50",
        "storage",
        "usb-storage",
    ]


@pytest.mark.parametrize("policy", ["[[stick]]\nid = 7\n", None], ids=["a table", "a folder"])
def test_what_is_wrong_with_ones_own_files_is_told_and_the_sticks_are_shown(
    policy: str | None, command: Command, tmp_path: Path
) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "broken.toml").write_text("[family\n")
    file = tmp_path / "policy.toml"
    if policy is None:
        file.mkdir()
    else:
        file.write_text(policy)
    own = ("--profiles", str(tmp_path / "own"), "--policy", str(file))
    said = command("list", *own, bus=plugged("e3372h"))
    assert said.status == 0
    assert said.out.splitlines()[1].split()[:3] == ["1-1", "12d1:1f01", "mass-storage"]
    first, *rest = said.err.splitlines()
    assert "broken.toml" in first
    assert any("policy.toml" in line for line in rest)
    assert said.err.count("warning: ") == 2


@pytest.mark.parametrize(
    "words", [("list",), ("top",), ("doctor",), ("12d1:1f01",), ("1-1",), ("--to", "ncm"), ("plan", "1-1")]
)
def test_a_system_without_usb_is_told_as_one(
    words: tuple[str, ...], command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container or a virtual machine that was given no USB: nothing is to be plugged in there."""
    monkeypatch.setattr("modeswitch.host.default", lambda: LinuxBus(str(tmp_path)))
    said = command(*words)
    assert said.status == (0 if words[0] in ("list", "top") else NoDevice.status)
    assert f": no sysfs is mounted at {tmp_path}\n" in said.err
    assert "A container needs /sys and /dev/bus/usb of its host" in said.err
    assert "lug it in" not in said.err
    (tmp_path / "bus/usb").mkdir(parents=True)
    assert "container" not in command(*words).err
