"""The network interfaces of one USB device, and a conversation through exactly one of them.

All HiLink sticks are 192.168.8.1, so an address says nothing about who answers: sockets are bound to the interface.

Ref: Linux Documentation/ABI/testing/sysfs-class-net; netdevice(7) (ioctls, struct ifreq); socket(7), SO_BINDTODEVICE;
connect(2) (errors).
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import TracebackType

from .. import files
from ..errors import LinkLost, ModeswitchError, PermissionDenied, Unavailable
from ..values import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Self

DEVICES = "bus/usb/devices"
IFNAMSIZ = 16
"""A name with its terminating zero is no longer.  Ref: linux/if.h."""

HTTP = 80
BORROWED, NETMASK = "192.168.8.200", "255.255.255.0"
"""In the network of a HiLink stick, and the last that its DHCP server would give (192.168.8.100 to 200)."""
GATEWAYS = ("192.168.8.1", "192.168.1.1")
"""Where newer and older HiLink firmware is."""
POLL = 0.05
"""Seconds from look to look, while an address is awaited."""

_GET_FLAGS, _SET_FLAGS = 0x8913, 0x8914
_GET_ADDRESS, _SET_ADDRESS = 0x8915, 0x8916
_GET_NETMASK, _SET_NETMASK = 0x891B, 0x891C
_UP = 0x1
"""Ref: linux/sockios.h, linux/if.h."""

_GONE = {errno.ENODEV, errno.ENXIO}
_DENIED = {errno.EPERM, errno.EACCES}
_HINTS = {
    errno.ETIMEDOUT: "Is it still starting?  Its web page takes some seconds after the stick appears.",
    errno.ECONNREFUSED: "Its web page takes some seconds after the stick appears.",
    errno.EHOSTUNREACH: "Nobody has this address there: is this a HiLink stick, and is its network this one?",
    errno.ENETUNREACH: "The interface has no address; a DHCP client gives it one.",
    errno.ENETDOWN: "The interface is down; bring it up.",
}
"""errno → what to do, where a connection is not made."""
PERMISSION_HINT = "Run as root, or let a DHCP client give the interface its address."


def interfaces(device_path: str, root: str = "/sys") -> list[str]:
    """The names of the network interfaces that a USB device has now, sorted; none where there are none.

    ``device_path`` is the device's folder in sysfs, or its kernel name (``1-1.4``) below ``root``.
    """
    folder = os.path.join(root, DEVICES, device_path)
    own = os.path.basename(folder) + ":"
    entries = [entry for entry in files.names(folder) if entry.startswith(own)]
    return sorted(name for entry in entries for name in interfaces_of(os.path.join(folder, entry)))


def interfaces_of(interface_path: str) -> list[str]:
    """The names of the network interfaces made of one USB interface, whose folder in sysfs this is."""
    return sorted(name for name in files.names(os.path.join(interface_path, "net")) if _is_name(name))


def _is_name(name: str) -> bool:
    """Does the kernel let an interface have this name?  Ref: Linux net/core/dev.c, dev_valid_name."""
    fits = 0 < len(os.fsencode(name)) < IFNAMSIZ and name not in (".", "..")
    return fits and name.isprintable() and not any(char in "/:" or char.isspace() for char in name)


def _encoded(interface: str) -> bytes:
    """A name for the kernel, which would cut a long one short, and take an empty one for any interface."""
    if not _is_name(interface):
        raise OSError(errno.ENODEV, "No such device")
    return os.fsencode(interface)


def translate(error: OSError, what: str) -> ModeswitchError:
    """The system's error as one of ours; ``what`` says what was being done."""
    number = errno.ETIMEDOUT if isinstance(error, TimeoutError) else error.errno
    words = f"{what}: {os.strerror(number).lower() if number else error}"
    if number in _GONE:
        return LinkLost(words, reason="gone")
    if number in _DENIED:
        return PermissionDenied(words, hint=PERMISSION_HINT)
    return Unavailable(words, hint=_HINTS.get(number or 0, ""), means="web")


def dial(interface: str, addresses: Sequence[str], port: int, seconds: float) -> socket.socket:
    """A TCP connection through this interface and no other, to the first of the IPv4 addresses that takes one.

    Each address has its share of the ``seconds`` that are left.  Raises :class:`PermissionDenied`, :class:`LinkLost`
    with reason ``gone``, and :class:`Unavailable` with what the first address had to say.
    """
    until = time.monotonic() + seconds
    problems: list[Unavailable] = []
    for count, address in enumerate(addresses):
        share = (until - time.monotonic()) / (len(addresses) - count)
        try:
            return _connect(interface, address, port, share)
        except Unavailable as error:
            problems.append(error)
    raise problems[0] if problems else Unavailable(f"no address to reach through {interface}", means="web")


def _connect(interface: str, address: str, port: int, seconds: float) -> socket.socket:
    with _translating(f"{address} port {port} through {interface}"), ExitStack() as stack:
        connection = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, _encoded(interface) + b"\0")
        connection.settimeout(max(0.001, seconds))
        connection.connect((address, port))
        stack.pop_all()
    return connection


@contextmanager
def _translating(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise translate(error, what) from error


def _ioctl(request: int, interface: str, value: bytes = b"") -> bytes:
    """One request about an interface: the union of struct ifreq, in and out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        answer: bytes = fcntl.ioctl(any_socket, request, struct.pack("16s24s", _encoded(interface), value))
    return answer[IFNAMSIZ:]


def _get(request: int, interface: str) -> str:
    """An IPv4 address of an interface; empty where it has none."""
    try:
        return socket.inet_ntoa(_ioctl(request, interface)[4:8])
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            return ""
        raise


def _set(request: int, interface: str, address: str) -> None:
    _ioctl(request, interface, struct.pack("=HH4s", socket.AF_INET, 0, socket.inet_aton(address)))


def _flags(interface: str) -> int:
    (flags,) = struct.unpack("=H", _ioctl(_GET_FLAGS, interface)[:2])
    return int(flags)


def _set_flags(interface: str, flags: int) -> None:
    _ioctl(_SET_FLAGS, interface, struct.pack("=H", flags))


def gateway_candidates(interface: str) -> list[str]:
    """Where the stick behind this interface may be: the first host of the interface's own network, then the usual.

    Raises what :func:`translate` makes of a device that has gone.
    """
    with _translating(f"looking at {interface}"):
        own, mask = _get(_GET_ADDRESS, interface), _get(_GET_NETMASK, interface)
    first = [_first_host(own, mask)] if own and mask else []
    return list(dict.fromkeys(address for address in (*first, *GATEWAYS) if address != own))


def _first_host(address: str, mask: str) -> str:
    """``192.168.8.100``, ``255.255.255.0`` → ``192.168.8.1``."""
    network = int.from_bytes(socket.inet_aton(address), "big") & int.from_bytes(socket.inet_aton(mask), "big")
    return socket.inet_ntoa((network + 1).to_bytes(4, "big"))


class Borrowed:
    """An interface with an IPv4 address: its own, or one lent to it for as long as this is entered.

    An address of its own is awaited for ``seconds`` if the interface is up, since something that brought it up may give
    it one.  ``address`` is the lent one, or empty: an interface that has an address is never touched.  Raises what
    :func:`translate` makes of the system's errors.
    """

    def __init__(
        self,
        interface: str,
        seconds: float = 3.0,
        now: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.interface = interface
        self.address = ""
        self._seconds = seconds
        self._now = now
        self._wait = wait
        self._raised = False

    def __enter__(self) -> Self:
        with _translating(f"an address for {self.interface}"):
            if not self._has_address():
                self._lend()
        return self

    def _has_address(self) -> bool:
        """Has it an address, or gets one in time?"""
        until = self._now() + self._seconds
        while not _get(_GET_ADDRESS, self.interface):
            if not _flags(self.interface) & _UP or self._now() >= until:
                return False
            self._wait(POLL)
        return True

    def _lend(self) -> None:
        with ExitStack() as stack:
            stack.callback(self._take_back)
            flags = _flags(self.interface)
            if not flags & _UP:
                self._raised = True
                _set_flags(self.interface, flags | _UP)
            self.address = BORROWED
            _set(_SET_ADDRESS, self.interface, BORROWED)
            _set(_SET_NETMASK, self.interface, NETMASK)
            stack.pop_all()

    def _take_back(self) -> None:
        """Undo what was done, as far as nobody else has put an address there meanwhile."""
        try:
            if self.address and _get(_GET_ADDRESS, self.interface) == self.address:
                _set(_SET_ADDRESS, self.interface, "0.0.0.0")
            if self._raised and not _get(_GET_ADDRESS, self.interface):
                _set_flags(self.interface, _flags(self.interface) & ~_UP)
        except OSError as error:
            if error.errno not in _GONE:
                raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._take_back()
        except OSError as problem:
            if error is None:
                raise translate(problem, f"taking back the address of {self.interface}") from problem


class Route:
    """To the web server of the stick behind an interface, and to no other: within it, what connects there.

    ``now`` and ``wait`` are the bus' clock.  Lends the interface an address where it has none (:class:`Borrowed`).
    """

    def __init__(self, interface: str, now: Callable[[], float], wait: Callable[[float], None]) -> None:
        self.interface = interface
        self._borrowed = Borrowed(interface, now=now, wait=wait)

    def __enter__(self) -> Callable[[float], socket.socket]:
        self._borrowed.__enter__()
        addresses = gateway_candidates(self.interface)
        return lambda seconds: dial(self.interface, addresses, HTTP, seconds)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._borrowed.__exit__(kind, error, trace)
