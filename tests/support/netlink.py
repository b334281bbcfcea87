"""A netlink socket's place for tests: what is sent into it is heard as the kernel's uevents, or as somebody else's."""

from __future__ import annotations

import errno
import socket
import struct
from typing import cast

from modeswitch.linux.uevents import Uevents

_LOST = b"lost"


class Netlink:
    """One end is heard by a :class:`Uevents`, which has no other socket."""

    def __init__(self) -> None:
        self._here, self._there = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._there.setblocking(False)

    def uevents(self) -> Uevents:
        return Uevents(cast(socket.socket, self))

    def say(self, message: bytes, sender: int = 0, group: int = 1) -> None:
        """One message; waits while the other end has not taken enough of those before."""
        self._here.send(struct.pack("II", sender, group) + message)

    def lose(self) -> None:
        """Something was lost (ENOBUFS)."""
        self.say(_LOST)

    def device(self, action: str, port: str, address: int, sender: int = 0, group: int = 1) -> None:
        self.say(device(action, port, address), sender, group)

    def recvfrom(self, most: int) -> tuple[bytes, tuple[int, ...]]:
        raw = self._there.recv(most + 8)
        if raw[8:] == _LOST:
            raise OSError(errno.ENOBUFS, "No buffer space available")
        return raw[8:], struct.unpack("II", raw[:8])

    def fileno(self) -> int:
        return self._there.fileno()

    def close(self) -> None:
        self._here.close()
        self._there.close()


def message(action: str, path: str, *fields: str) -> bytes:
    """As the kernel writes it: lib/kobject_uevent.c."""
    return "\0".join((f"{action}@{path}", f"ACTION={action}", f"DEVPATH={path}", *fields, "SEQNUM=4711", "")).encode()


def device(action: str, port: str, address: int) -> bytes:
    """Of a whole device: drivers/usb/core/usb.c."""
    path = f"/devices/pci0000:00/0000:00:14.0/usb{port.partition('-')[0]}/{port}"
    node = ("MAJOR=189", "MINOR=7", f"DEVNAME=bus/usb/001/{address:03}", "DEVTYPE=usb_device", "DRIVER=usb")
    return message(action, path, "SUBSYSTEM=usb", *node, "PRODUCT=12d1/1f01/102", f"DEVNUM={address:03}")


def interface(action: str, port: str, number: int = 0) -> bytes:
    """Of one interface."""
    path = f"/devices/pci0000:00/0000:00:14.0/usb1/{port}/{port}:1.{number}"
    return message(action, path, "SUBSYSTEM=usb", "DEVTYPE=usb_interface", "PRODUCT=12d1/1f01/102")
