"""From what a person writes to the one stick that is meant: ids, ports, addresses, folders of sysfs."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import NoDevice, SeveralDevices, UsageError
from modeswitch.identity.find import find
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
    "text", ["", "e3372h", "12d1", "12d1:", "1-", "1-1-1", "1-1.", "0-1", "/", "/sys", "12d1:1f01:"]
)
def test_words_that_can_mean_no_device_are_a_usage_error(text: str) -> None:
    assert isinstance(run(plugged("e3372h"), text).error, UsageError)


def test_an_id_of_several_families_is_the_one_that_fits() -> None:
    """12d1:1001 wakes up as an E169 and is what a gateway makes of HiLink sticks: the three ports tell."""
    by_id = run(plugged("e3372h,wakes=gateway-ppp"), "12d1:1001", "stick")
    by_port = run(plugged("e3372h,wakes=gateway-ppp"), "1-1", "stick")
    assert by_id.outcome is not None, by_id.error
    assert by_port.outcome is not None, by_port.error
