"""From what a person writes to the one stick that is meant: ids, ports, addresses, folders of sysfs."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import NoDevice, SeveralDevices, UsageError
from modeswitch.identity.find import every, find, only
from modeswitch.linux.bus import LinuxBus
from tests.support import sysfs_tree
from tests.support.rig import plugged, run, stick_at
from tests.support.sticks import STORAGE


@pytest.fixture
def link(tmp_path: Path) -> Path:
    """A stick at 1-1, whose folder in sysfs is reached by a link, as the kernel has it."""
    sysfs_tree.plug(tmp_path, "elsewhere", "12d1:1f01")
    link = sysfs_tree.folder(tmp_path, "1-1")
    link.symlink_to(sysfs_tree.folder(tmp_path, "elsewhere").rename(tmp_path / "1-1"))
    return link


def gone(path: str) -> str:
    """Readlink(2) of a link that went between realpath's two looks at it."""
    raise FileNotFoundError(errno.ENOENT, "No such file or directory", path)


def test_a_folder_in_sysfs_names_its_port(link: Path, tmp_path: Path) -> None:
    (device,) = find(str(link), LinuxBus(str(tmp_path)), Library(user=[]))
    assert str(device.usb.port) == "1-1"


def test_a_link_that_goes_while_it_is_followed_still_names_its_port(
    link: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The device is leaving: that it is not there is what is told, not the system's error (of Python before 3.13)."""
    monkeypatch.setattr(os, "readlink", gone)
    with pytest.raises(NoDevice, match="nothing on the bus is"):
        find(str(link), LinuxBus(str(tmp_path)), Library(user=[]))


def test_a_link_that_goes_and_names_no_port(link: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = link.with_name("hub")
    other.symlink_to(tmp_path)
    monkeypatch.setattr(os, "readlink", gone)
    with pytest.raises(UsageError, match="no USB device's folder"):
        find(str(other), LinuxBus(str(tmp_path)), Library(user=[]))


@pytest.mark.parametrize("chosen", ["1-1", "1-1.4", "2-1"])
@pytest.mark.parametrize("by_port", [True, False])
def test_of_several_alike_only_the_chosen_one_is_talked_to(chosen: str, by_port: bool) -> None:
    ports = ["1-1", "1-1.4", "2-1"]
    bus = plugged(*(f"e3372h@{port}" for port in ports))
    ran = run(bus, chosen, "ncm") if by_port else run(bus, "12d1:1f01", "ncm", port=chosen)
    assert ran.outcome is not None
    assert {port: stick_at(bus, port).transfers > 0 for port in ports} == {port: port == chosen for port in ports}
    assert [ran.mode_at(port) for port in ports if port != chosen] == [STORAGE, STORAGE]


def test_several_alike_are_listed_when_none_is_chosen() -> None:
    bus = plugged("e3372h", "e3372h@1-2,wakes=ecm", "e3372h-153@1-3")
    ran = run(bus, "12d1:1f01", "ncm")
    assert isinstance(ran.error, SeveralDevices)
    assert ran.error.facts["devices"] == [
        {"port": "1-1", "id": "12d1:1f01", "mode": STORAGE},
        {"port": "1-2", "id": "12d1:14dc", "mode": "hilink"},
    ]
    assert all(port in ran.error.message for port in ("1-1", "1-2"))
    assert bus.sim.wire == []


FINDS: tuple[tuple[str, str, str], ...] = (
    ("e3372h", "12d1:1f01", "12d1:1f01"),
    ("e3372h", "12D1:1F01", "12d1:1f01"),
    ("e3372h", "0x12d1:0x1f01", "12d1:1f01"),
    ("e3372h", "1/2", "12d1:1f01"),
    ("e3372h", "001/002", "12d1:1f01"),
    ("e3372h,wakes=ecm", "12d1:1f01", "12d1:14dc"),
    ("e3372h,wakes=gateway-ncm", "12d1:1f01", "12d1:155e"),
    ("e3372h,wakes=gateway-ncm", "12d1:14fe", "12d1:155e"),
    ("e3372h,wakes=ecm", "12d1:14dc", "12d1:14dc"),
    ("e3372h-153,wakes=linux", "12d1:14fe", "12d1:1506"),
)


@pytest.mark.parametrize(("stick", "text", "found"), FINDS)
def test_a_device_is_found_by_its_id_port_or_address(stick: str, text: str, found: str) -> None:
    ran = run(plugged(stick), text, "switched")
    assert ran.outcome is not None, ran.error
    assert str(ran.outcome.before.usb.id) == found


@pytest.mark.parametrize("text", ["12d1:1f02", "1-2", "1/9", "12d1:1506", "2-1.4"])
def test_a_device_that_is_not_there_is_an_error(text: str) -> None:
    assert isinstance(run(plugged("e3372h"), text).error, NoDevice)


@pytest.mark.parametrize(
    "text", ["", "mobile-stick", "12d1", "12d1:", "1-", "1-1-1", "1-1.", "0-1", "/", "/sys", "12d1:1f01:"]
)
def test_words_that_can_mean_no_device_are_a_usage_error(text: str) -> None:
    assert isinstance(run(plugged("e3372h"), text).error, UsageError)


def test_an_id_of_several_families_is_the_one_that_fits() -> None:
    """12d1:1001 wakes up as an E169 and is what a gateway makes of HiLink sticks: the three ports tell."""
    by_id = run(plugged("e3372h,wakes=gateway-ppp"), "12d1:1001", "stick")
    by_port = run(plugged("e3372h,wakes=gateway-ppp"), "1-1", "stick")
    assert by_id.outcome is not None, by_id.error
    assert by_port.outcome is not None, by_port.error


@pytest.fixture
def made(tmp_path: Path) -> LinuxBus:
    """Two sticks, a disk, and what Linux made of them: /sys/class has links into their folders."""
    there = (("1-1", "12d1:1506", "E3372"), ("1-1.4", "19d2:2000", "ZTE MF"), ("2-1", "0781:5567", "Cruzer"))
    for port, usb, name in there:
        sysfs_tree.plug(tmp_path, port, usb, product=name, manufacturer="HUAWEI" if "12d1" in usb else "x", devnum="4")
    for node, folder in (
        ("tty/ttyUSB0", "1-1/1-1:1.0/ttyUSB0/tty/ttyUSB0"),
        ("usbmisc/cdc-wdm0", "1-1/1-1:1.2/usbmisc/cdc-wdm0"),
        ("net/wwan0", "1-1/1-1:1.2/net/wwan0"),
        ("block/sr0", "1-1.4/1-1.4:1.0/host4/target4:0:0/4:0:0:0/block/sr0"),
        ("block/sda1", "2-1/2-1:1.0/host5/target5:0:0/5:0:0:0/block/sda/sda1"),
        ("tty/ttyS0", "../../platform/serial8250/tty/ttyS0"),
    ):
        whole = tmp_path / "bus/usb/devices" / folder
        whole.mkdir(parents=True)
        (tmp_path / "class" / node).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "class" / node).symlink_to(whole)
    return LinuxBus(str(tmp_path))


@pytest.mark.parametrize(
    ("text", "port"),
    [
        *(("/dev/ttyUSB0", "1-1"), ("ttyUSB0", "1-1"), ("/dev/cdc-wdm0", "1-1"), ("wwan0", "1-1"), ("cdc-wdm0", "1-1")),
        *(("/dev/sr0", "1-1.4"), ("sr0", "1-1.4"), ("/dev/sda1", "2-1"), ("/dev/bus/usb/001/004", "1-1")),
    ],
)
def test_a_node_finds_the_stick_that_it_was_made_of(made: LinuxBus, text: str, port: str) -> None:
    assert str(find(text, made, Library(user=[]))[0].port) == port


def test_a_path_within_a_stick_finds_it(made: LinuxBus, tmp_path: Path) -> None:
    for text in (str(tmp_path / "class/net/wwan0"), str(tmp_path / "bus/usb/devices/1-1/1-1:1.0/ttyUSB0")):
        assert str(find(text, made, Library(user=[]))[0].port) == "1-1"


def test_a_link_in_dev_is_followed(made: LinuxBus, monkeypatch: pytest.MonkeyPatch) -> None:
    links = {"/dev/serial/by-id/usb-HUAWEI-if00": "/dev/ttyUSB0"}
    real = os.path.realpath
    monkeypatch.setattr(os.path, "realpath", lambda path, **words: links.get(str(path)) or real(path, **words))
    assert str(find("/dev/serial/by-id/usb-HUAWEI-if00", made, Library(user=[]))[0].port) == "1-1"


@pytest.mark.parametrize("text", ["/dev/ttyS0", "/dev/ttyUSB9", "/dev/..", "/dev/", "/dev/a\0b"])
def test_a_node_of_no_stick(made: LinuxBus, text: str) -> None:
    with pytest.raises(NoDevice, match="nothing on the bus is"):
        find(text, made, Library(user=[]))


@pytest.mark.parametrize("text", ["/nowhere/wwan0", "ttyS0", "..", "*"])
def test_what_names_nothing(made: LinuxBus, text: str) -> None:
    with pytest.raises(UsageError):
        find(text, made, Library(user=[]))


@pytest.mark.parametrize("text", ["E3372", "e3372", "huawei", "Huawei E3372", "HUAWEI_E3372"])
def test_what_a_stick_is_called_finds_it(made: LinuxBus, text: str) -> None:
    found = find(text.replace("_", " "), made, Library(user=[]))
    assert [str(device.port) for device in found] == ["1-1"]


def test_a_model_by_its_profile_alone() -> None:
    bus = plugged("e3372h", "e220@1-2")
    assert [str(device.port) for device in find("E3131", bus, Library(user=[]))] == ["1-1"]
    assert len(find("Huawei", bus, Library(user=[]))) == 2


@pytest.mark.parametrize("text", ["E33", "huaw", "model", "the", "mobil", "12d1", "E3372\n", "E" + "3" * 100])
def test_a_part_of_a_name_is_none(text: str) -> None:
    """Only a model's name may go on; other words stand whole."""
    bus = plugged("e3372h,strings=escape")
    if text == "E33":
        assert len(find(text, bus, Library(user=[]))) == 1
        return
    with pytest.raises(UsageError):
        find(text, bus, Library(user=[]))


def test_a_model_that_is_known_and_not_here() -> None:
    with pytest.raises(NoDevice, match="no E3372h is on the bus") as caught:
        find("E3372h", plugged("e220"), Library(user=[]))
    assert "12d1:1f01" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "near"),
    [("12d1:1f10", "12d1:1f01? "), ("1-2", "1-1? "), ("E3372g", "e3372h (12d1:1f01 at 1-1)")],
)
def test_what_is_nearly_there_is_named_and_not_taken(text: str, near: str) -> None:
    with pytest.raises((NoDevice, UsageError)) as caught:
        find(text, plugged("e3372h"), Library(user=[]))
    assert f"Did you mean {near}" in caught.value.hint


def test_the_only_stick() -> None:
    library = Library(user=[])
    assert str(only(plugged("e3372h@1-3"), library).port) == "1-3"
    with pytest.raises(SeveralDevices, match="which stick") as caught:
        only(plugged("e3372h", "e220@1-2"), library)
    assert "1-2" in str(caught.value)
    with pytest.raises(NoDevice, match="no stick is on the bus"):
        only(plugged(), library)


def test_a_disk_is_no_stick_beside_one(made: LinuxBus, tmp_path: Path) -> None:
    """A flash drive is storage as a stick that wakes up is; a profile knows the stick."""
    assert [str(device.port) for device in every(made, Library(user=[]))] == ["1-1", "1-1.4"]
