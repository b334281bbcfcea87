"""The kernel's own device events over netlink: no udev, no polling, no privilege.

Only that something happened is taken from an event; what is there now is read from sysfs afterwards.  So a lost event
(ENOBUFS) is no more than a reason to look.

Ref: Linux lib/kobject_uevent.c; netlink(7), NETLINK_KOBJECT_UEVENT, group 1.
"""

from __future__ import annotations

import select
import socket

_NETLINK_KOBJECT_UEVENT = 15
_KERNEL_GROUP = 1


class Uevents:
    """A socket that hears every uevent from the moment it is made; raises OSError where there is no netlink."""

    def __init__(self) -> None:
        kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC
        self._socket = socket.socket(socket.AF_NETLINK, kind, _NETLINK_KOBJECT_UEVENT)
        try:
            self._socket.bind((0, _KERNEL_GROUP))
            self._socket.setblocking(False)
        except OSError:
            self._socket.close()
            raise

    def wait(self, seconds: float) -> bool:
        """Wait for an event of the usb subsystem, at most that long; False when there was none."""
        ready, _, _ = select.select([self._socket], [], [], max(0.0, seconds))
        return bool(ready) and self._drain()

    def _drain(self) -> bool:
        """Take all that has come; was something of it about USB, or was something lost?"""
        concerns = False
        while True:
            try:
                message, (sender, _group) = self._socket.recvfrom(8192)
            except BlockingIOError:
                return concerns
            except OSError:
                return True
            concerns = concerns or (sender == 0 and b"\0SUBSYSTEM=usb\0" in message)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
