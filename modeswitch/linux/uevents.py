"""The kernel's own device events over netlink: no udev, no polling, no privilege.

Only that something happened, and where, is taken from an event; what is there now is read from sysfs afterwards.  So a
lost event (ENOBUFS) is no more than a reason to look.  What does not come from the kernel is not heard: a message of
its group, from its port id 0.

Ref: Linux lib/kobject_uevent.c; drivers/usb/core/usb.c, usb_dev_uevent; netlink(7), NETLINK_KOBJECT_UEVENT, group 1.
"""

from __future__ import annotations

import select
from collections.abc import Iterator

from ..c_modules import sockets
from ..errors import UsageError
from ..usb.bus import PortEvent
from ..usb.descriptors import Port
from . import uevent_filter

_NETLINK_KOBJECT_UEVENT = 15
_KERNEL_GROUP = 1
_SO_RCVBUFFORCE = 33
_BUFFER = 4 * 1024 * 1024
"""What the kernel may hold back for us, in bytes; it takes memory only while it does."""
MOST = 1000
"""So many messages are taken at a time, so that a flood keeps nobody from his other work."""
LARGEST = 8192
"""The kernel's own are at most 2 KB (UEVENT_BUFFER_SIZE and the header)."""


def parse(message: bytes) -> PortEvent | None:
    """An event of a device in a port, or of one of its interfaces; None for root hubs and all else."""
    head, *fields = message.split(b"\0")
    action, _, path = head.decode("ascii", "replace").partition("@")
    if b"SUBSYSTEM=usb" not in fields:
        return None
    try:
        port = Port.parse(path.rpartition("/")[2].partition(":")[0])
    except UsageError:
        return None
    number = next((field[7:] for field in fields if field.startswith(b"DEVNUM=")), b"")
    whole = b"DEVTYPE=usb_device" in fields and number.isdigit() and len(number) <= 3
    return PortEvent(action, port, int(number) if whole else None)


def reach_us(uid_map: str = "/proc/self/uid_map") -> bool:
    """Does the kernel send its uevents to this process?  Not within a user namespace (LXC, rootless containers).

    A socket can be made there all the same; nothing ever comes.  Ref: Linux lib/kobject_uevent.c,
    uevent_net_broadcast_untagged (since 4.18); user_namespaces(7): the first namespace maps all ids to themselves.
    """
    try:
        with open(uid_map, encoding="ascii") as file:
            return file.read(200).split() == ["0", "0", "4294967295"]
    except (OSError, ValueError):
        return True


def open_netlink() -> sockets.socket:
    """A netlink socket that receives the kernel's uevents from now on."""
    kind = sockets.SOCK_DGRAM | sockets.SOCK_CLOEXEC
    opened = sockets.socket(sockets.AF_NETLINK, kind, _NETLINK_KOBJECT_UEVENT)
    try:
        uevent_filter.attach(opened)
        opened.bind((0, _KERNEL_GROUP))
        opened.setblocking(False)
    except OSError:
        opened.close()
        raise
    return opened


class Uevents:
    """A socket that receives every USB uevent from the moment it is made.

    ``source`` is a netlink socket that receives uevents already; one is opened where it is None.  Raises
    :class:`OSError` where there is no netlink.
    """

    def __init__(self, source: sockets.socket | None = None) -> None:
        self._socket = open_netlink() if source is None else source
        self.lost = False
        """Were events lost since this was last set to False?"""

    def fileno(self) -> int:
        """What to wait on until there is something to take."""
        return self._socket.fileno()

    def deepen(self) -> None:
        """Let the kernel hold back more while nobody takes it: as much as our rights allow."""
        for option in (_SO_RCVBUFFORCE, sockets.SO_RCVBUF):
            try:
                self._socket.setsockopt(sockets.SOL_SOCKET, option, _BUFFER)
            except OSError:
                continue
            return

    def wait(self, seconds: float) -> bool:
        """Wait for an event of the usb subsystem, at most that long; False when there was none."""
        heard = select.poll()  # unlike select(2) it takes any file number: many threads have many files
        heard.register(self._socket, select.POLLIN)
        if not heard.poll(max(0.0, seconds) * 1000):
            return False
        concerns = bool(list(self._messages()))
        lost, self.lost = self.lost, False
        return concerns or lost

    def take(self) -> list[PortEvent]:
        """The events of devices in ports that have come, without waiting, in order; see :attr:`lost`."""
        return [event for message in self._messages() if (event := parse(message))]

    def _messages(self) -> Iterator[bytes]:
        """What has come from the kernel about USB, of the next so many messages."""
        for _ in range(MOST):
            try:
                message, sender = self._socket.recvfrom(LARGEST)
            except BlockingIOError:
                return
            except OSError:
                self.lost = True
                return
            if sender == (0, _KERNEL_GROUP) and b"\0SUBSYSTEM=usb\0" in message:
                yield message

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
