"""What Linux makes of a device, asked of the host as a whole: names, notes, ways to dial, errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.errors import LinkLost
from modeswitch.linux import locks, modemmanager, programs, udev
from modeswitch.linux.bus import LinuxBus
from modeswitch.linux.host import LinuxHost
from modeswitch.usb.descriptors import Port, UsbId
from modeswitch.usb.device import UsbDevice
from tests.support import sysfs_tree
from tests.support.sysfs_tree import STORAGE, descriptors


@pytest.fixture
def stick(tmp_path: Path) -> UsbDevice:
    """A device with a tty, a cdc-wdm and a network interface."""
    second = STORAGE[:2] + b"\x01" + STORAGE[3:]
    path = sysfs_tree.plug(tmp_path, "1-1", "12d1:1506", raw=descriptors("12d1:1506", STORAGE + second, count=2))
    for made in ("1-1:1.0/ttyUSB0", "1-1:1.1/usbmisc/cdc-wdm0", "1-1:1.1/net/wwan0"):
        (path / made).mkdir(parents=True)
    found = LinuxBus(str(tmp_path)).at(Port(1, (1,)))
    assert found is not None
    return found


def test_what_it_woke_up_as_is_known_to_the_next_process(
    stick: UsbDevice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "MACHINE", str(tmp_path / "locks"))
    assert LinuxHost(str(tmp_path)).woken(stick) is None
    LinuxHost(str(tmp_path)).note_woken(stick, UsbId(0x12D1, 0x14FE))
    assert LinuxHost(str(tmp_path)).woken(stick) == UsbId(0x12D1, 0x14FE)


def test_where_no_device_can_be_seen_at_all_it_says_why(tmp_path: Path) -> None:
    host = LinuxHost(str(tmp_path))
    assert host.without_usb() == f"no sysfs is mounted at {tmp_path}"
    (tmp_path / "bus" / "pci").mkdir(parents=True)
    assert host.without_usb() == f"this kernel has no USB (no {tmp_path}/bus/usb)"
    (tmp_path / "bus" / "usb").mkdir()
    assert host.without_usb() == ""


def test_udev_is_asked_for_each_of_its_names(stick: UsbDevice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(udev, "has_seen", lambda *words: asked.append(words))
    LinuxHost(str(tmp_path)).named(stick)
    assert asked == [(["wwan0"], ["/dev/ttyUSB0"], str(tmp_path))]


def test_modemmanager_is_watched_at_all_of_its_nodes(
    stick: UsbDevice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    monkeypatch.setattr(modemmanager, "ModemManager", lambda path, nodes, age: made.append((path, nodes(), age())))
    LinuxHost(str(tmp_path)).manager(stick)
    ((path, nodes, age),) = made
    assert (path, nodes) == (stick.path, ["/dev/ttyUSB0", "/dev/cdc-wdm0"])
    assert age is None or age >= 0


def test_a_network_that_has_gone_is_not_set_up() -> None:
    with pytest.raises(LinkLost, match="setting gone0 up: no such device"):
        LinuxHost().bring_up("gone0")


def test_how_to_dial_is_by_what_is_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(programs, "PATH", str(tmp_path))
    (way,) = LinuxHost().dial_ways("/dev/ttyUSB0", "internet")
    assert "/dev/ttyUSB0 460800" in way
    (tmp_path / "mmcli").touch(0o755)
    assert LinuxHost().dial_ways("/dev/ttyUSB0", "inter net") == ["mmcli -m any --simple-connect='apn=inter net'"]


def test_what_tells_of_changes_can_be_waited_on() -> None:
    changes = LinuxHost().changes()
    if changes is None:
        pytest.skip("no netlink here")
    assert len({one.fileno() for one in changes}) == 2
    for one in changes:
        one.close()
