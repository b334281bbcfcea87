"""The bus of Linux: the kernel's events, and waiting for them."""

from __future__ import annotations

import errno
import os
import socket
import time
from pathlib import Path
from typing import Any, cast

import pytest

from modeswitch.linux import sysfs, usbfs
from modeswitch.linux.bus import LinuxBus
from modeswitch.linux.host import LinuxHost
from modeswitch.linux.uevents import Uevents
from modeswitch.usb.bus import Bus
from modeswitch.usb.descriptors import Port, UsbId
from modeswitch.usb.device import UsbDevice


def test_uevents_time_out() -> None:
    uevents = Uevents()
    started = time.monotonic()
    assert uevents.wait(0.05) is False
    assert 0.04 < time.monotonic() - started < 1
    assert uevents.wait(-1) is False
    uevents.close()


class Heard:
    """A netlink socket's place: messages that are there to be taken, then silence."""

    def __init__(self, *messages: tuple[bytes, int] | OSError) -> None:
        self.messages = list(messages)
        self.ours, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.theirs.send(b"!")

    def fileno(self) -> int:
        return self.ours.fileno()

    def recvfrom(self, _most: int) -> tuple[bytes, tuple[int, int]]:
        if not self.messages:
            raise BlockingIOError
        message = self.messages.pop(0)
        if isinstance(message, OSError):
            raise message
        return message[0], (message[1], 1)

    def close(self) -> None:
        self.ours.close()
        self.theirs.close()


USB = b"add@/devices/x\0ACTION=add\0SUBSYSTEM=usb\0SEQNUM=1\0"
NET = b"add@/devices/x\0ACTION=add\0SUBSYSTEM=net\0SEQNUM=1\0"


@pytest.mark.parametrize(
    ("messages", "concerns"),
    [
        ([(USB, 0)], True),
        ([(NET, 0)], False),
        ([(NET, 0), (USB, 0), (NET, 0)], True),
        ([(USB, 4711)], False),
        ([OSError(errno.ENOBUFS, "lost")], True),
        ([], False),
    ],
    ids=["usb", "net", "among others", "forged", "lost", "nothing"],
)
def test_only_the_kernels_events_of_usb_count(messages: list[Any], concerns: bool) -> None:
    uevents = Uevents(cast(socket.socket, Heard(*messages)))
    assert uevents.wait(0.1) == concerns
    uevents.close()


def test_linux_bus_listens_and_lets_go(tmp_path: Path) -> None:
    bus = LinuxBus(str(tmp_path))
    before = len(os.listdir("/proc/self/fd"))
    bus.listen()
    bus.wait(0.01)
    bus.close()
    bus.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_without_netlink_it_looks_again_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "no netlink here")

    monkeypatch.setattr("modeswitch.linux.uevents.sockets.socket", refuse)
    bus = LinuxBus(str(tmp_path))
    bus.listen()
    started = time.monotonic()
    bus.wait(10)
    assert 0.01 < time.monotonic() - started < 1


@pytest.mark.parametrize(
    ("ours", "all_", "has"),
    [
        (["lo"], ["lo", "eth0"], False),
        (["lo"], ["lo"], True),
        (["lo", "eth0"], ["lo", "eth0"], True),
        ([], ["lo"], False),
        (["lo", "veth0"], ["lo", "eth0"], True),
    ],
)
def test_whether_this_process_is_shut_off_from_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ours: list[str], all_: list[str], has: bool
) -> None:
    """A machine that has no interface but its own loopback is not shut off: its stick has not come yet."""
    for name in all_:
        (tmp_path / "class/net" / name).mkdir(parents=True)
    monkeypatch.setattr(socket, "if_nameindex", lambda: list(enumerate(ours, 1)))
    assert LinuxHost(str(tmp_path)).has_network() is has


STICK = UsbDevice(Port(1, (1, 4)), 5, UsbId(0x12D1, 0x1F01), None, None)
HUB = UsbDevice(Port(1, (1,)), 2, UsbId(0x1A40, 0x0101), None, None)


def test_whoever_asks_for_events_gets_a_socket_of_his_own() -> None:
    bus = LinuxBus()
    first, second = bus.events(), bus.events()
    if first is None or second is None:
        pytest.skip("no netlink here")
    assert first.fileno() != second.fileno()
    first.close()
    second.close()


def test_no_events_in_a_sandbox_without_netlink_nor_where_none_reach_us(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "no netlink here")

    with monkeypatch.context() as sandbox:
        sandbox.setattr("modeswitch.linux.uevents.sockets.socket", refuse)
        assert LinuxBus().events() is None
    monkeypatch.setattr("modeswitch.linux.uevents.reach_us", lambda: False)
    assert LinuxBus().events() is None


@pytest.fixture
def nodes(monkeypatch: pytest.MonkeyPatch) -> dict[UsbDevice, str]:
    """Device → the link that its node gives; libusb, in whose place one gives links of another name, is asked else."""
    links: dict[UsbDevice, str] = {}
    monkeypatch.setattr(usbfs, "open_device", links.get)
    monkeypatch.setattr(Bus, "open", lambda _bus, device: f"libusb's {device.port}")
    monkeypatch.setattr(Bus, "hub", lambda _bus, port: f"libusb's hub of {port}")
    monkeypatch.setattr(sysfs, "hub_of", lambda _root, port: HUB if port == STICK.port else None)
    return links


def test_a_stick_is_opened_by_its_node_where_it_has_one(nodes: dict[UsbDevice, str], tmp_path: Path) -> None:
    assert cast(Any, LinuxBus().open(STICK)) == "libusb's 1-1.4"
    nodes[STICK] = "node"
    assert cast(Any, LinuxBus().open(STICK)) == "node"
    assert cast(Any, LinuxBus(str(tmp_path)).open(STICK)) == "libusb's 1-1.4", "a made-up sysfs has no nodes"


def test_so_is_a_hub(nodes: dict[UsbDevice, str], tmp_path: Path) -> None:
    assert cast(Any, LinuxBus().hub(STICK.port)) == "libusb's hub of 1-1.4"
    nodes[HUB] = "node"
    assert cast(Any, LinuxBus().hub(STICK.port)) == "node"
    assert cast(Any, LinuxBus().hub(Port(3, (1,)))) == "libusb's hub of 3-1"
    assert cast(Any, LinuxBus(str(tmp_path)).hub(STICK.port)) == "libusb's hub of 1-1.4"
