"""The bus of Linux: the kernel's events, and waiting for them."""

from __future__ import annotations

import errno
import os
import socket
import time
from pathlib import Path
from typing import Any, cast

import pytest

from modeswitch.linux.bus import LinuxBus
from modeswitch.linux.host import LinuxHost
from modeswitch.linux.uevents import Uevents


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
