"""A conversation with the web server inside a stick, through exactly one network interface.

All HiLink sticks have the same address, so an address does not say which of them answers: sockets are bound to the
interface.

Ref: netdevice(7) (ioctls, struct ifreq); socket(7), SO_BINDTODEVICE; connect(2) (errors).
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import TracebackType

from .. import files
from ..errors import LinkLost, ModeswitchError, PermissionDenied, Unavailable
from ..printable import printable
from ..usb.host import StickNetwork
from ..values import TYPE_CHECKING
from . import netdev

if TYPE_CHECKING:
    from typing import Self

POLL = 0.05
"""How soon to look again for an address that is awaited, in seconds."""
PATIENCE = 3.0
"""How long an interface that is up may take to get an address of its own, in seconds."""
PROBE = 1.5
"""How long it is waited for an answer in one of a stick's networks before the next is tried, in seconds."""

_SET_ADDRESS = 0x8916
_GET_NETMASK, _SET_NETMASK = 0x891B, 0x891C
"""Ref: linux/sockios.h."""

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


def translate(error: OSError, what: str) -> ModeswitchError:
    """The system's error as one of ours; ``what`` says what was being done."""
    number = errno.ETIMEDOUT if isinstance(error, TimeoutError) else error.errno
    words = f"{what}: {os.strerror(number).lower() if number else error}"
    if number in _GONE:
        return LinkLost(words, reason="gone")
    if number in _DENIED:
        return PermissionDenied(words, hint=PERMISSION_HINT)
    return Unavailable(words, hint=_HINTS.get(number or 0, ""), means="web")


def connect(interface: str, addresses: Sequence[str], port: int, seconds: float) -> socket.socket:
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
    try:
        with _translating(f"{address} port {port} through {interface}"), ExitStack() as stack:
            connection = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, netdev.encoded(interface) + b"\0")
            connection.settimeout(max(0.001, seconds))
            connection.connect((address, port))
            stack.pop_all()
    except Unavailable as error:
        if isinstance(error.__cause__, TimeoutError):
            error.hint = strict_filter(interface, address) or error.hint
        raise
    return connection


CONF = "/proc/sys/net/ipv4/conf"
STRICT = 1


def strict_filter(interface: str, server: str) -> str:
    """What to do where strict reverse path filtering drops what a stick answers; empty where it does not.

    It does where another interface is in the same network: the way back to the server may then be through that one.
    Ref: Linux Documentation/networking/ip-sysctl.rst, rp_filter (the larger of ``all`` and the interface's counts).
    """
    set_to = [files.text(f"{CONF}/{name}/rp_filter", 8).strip() for name in ("all", interface)]
    if max((int(value) for value in set_to if value.isdigit()), default=0) != STRICT:
        return ""
    others = [name for _, name in socket.if_nameindex() if name != interface and _reaches(name, server)]
    if not others:
        return ""
    # In a name with a dot sysctl takes slashes for the dots between.
    dot = "/" if "." in interface else "."
    key = dot.join(("net", "ipv4", "conf", interface, "rp_filter"))
    return (
        f"{printable(others[0])} is in the same network, and strict reverse path filtering (rp_filter 1) drops what "
        f"comes from there through {interface}: sysctl -w {printable(key)}=2"
    )


def _reaches(interface: str, server: str) -> bool:
    """Is a server in the network of an interface?"""
    try:
        own, mask = netdev.ipv4(interface), netdev.ipv4(interface, _GET_NETMASK)
    except OSError:  # it has gone meanwhile
        return False
    return bool(own and mask) and _network(own, mask) == _network(server, mask)


def _network(address: str, mask: str) -> int:
    return int.from_bytes(socket.inet_aton(address), "big") & int.from_bytes(socket.inet_aton(mask), "big")


@contextmanager
def _translating(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise translate(error, what) from error


def _set(request: int, interface: str, address: str) -> None:
    netdev.ioctl(request, interface, struct.pack("=HH4s", socket.AF_INET, 0, socket.inet_aton(address)))


def server_addresses(interface: str, network: StickNetwork) -> list[str]:
    """Where the stick behind this interface may be: the first host of the interface's own network, then the usual.

    Raises what :func:`translate` makes of a device that has gone.
    """
    with _translating(f"looking at {interface}"):
        own, mask = netdev.ipv4(interface), netdev.ipv4(interface, _GET_NETMASK)
    first = [_first_host(own, mask)] if own and mask else []
    return list(dict.fromkeys(address for address in (*first, *network.servers) if address != own))


def _first_host(address: str, mask: str) -> str:
    """``192.168.8.100``, ``255.255.255.0`` → ``192.168.8.1``."""
    return socket.inet_ntoa((_network(address, mask) + 1).to_bytes(4, "big"))


class LentAddress:
    """An interface with an IPv4 address: its own, or within the ``with`` block one that ``network`` lends it.

    An address of its own is awaited for ``seconds`` if the interface is up, since something that brought it up may give
    it one.  ``address`` is the lent one, or empty: an interface that has an address is never touched.  :meth:`change`
    lends another.  Raises what :func:`translate` makes of the system's errors.
    """

    def __init__(
        self,
        interface: str,
        network: StickNetwork,
        seconds: float = PATIENCE,
        now: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.interface, self._network = interface, network
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
        while not netdev.ipv4(self.interface):
            if not netdev.flags(self.interface) & netdev.UP or self._now() >= until:
                return False
            self._wait(POLL)
        return True

    def _lend(self) -> None:
        with ExitStack() as stack:
            stack.callback(self._take_back)
            flags = netdev.flags(self.interface)
            if not flags & netdev.UP:
                self._raised = True
                netdev.set_flags(self.interface, flags | netdev.UP)
            self._put(self._network.lent[0])
            stack.pop_all()

    def _put(self, address: str) -> None:
        self.address = address
        _set(_SET_ADDRESS, self.interface, address)
        _set(_SET_NETMASK, self.interface, self._network.netmask)

    def change(self, address: str) -> None:
        """Take the lent address back, and lend that one in its place, unless it has an address of its own now."""
        with _translating(f"an address for {self.interface}"):
            self._withdraw()
            if netdev.ipv4(self.interface):
                self.address = ""
            else:
                self._put(address)

    def _withdraw(self) -> None:
        """Take the lent address back, where it is still there."""
        if self.address and netdev.ipv4(self.interface) == self.address:
            _set(_SET_ADDRESS, self.interface, "0.0.0.0")  # nosec B104 # no address: nothing listens

    def _take_back(self) -> None:
        """Undo what was done, as far as nobody else has put an address there meanwhile."""
        try:
            self._withdraw()
            if self._raised and not netdev.ipv4(self.interface):
                netdev.set_flags(self.interface, netdev.flags(self.interface) & ~netdev.UP)
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

    ``now`` and ``wait`` are the bus' clock.  Lends the interface an address where it has none (:class:`LentAddress`).
    Firmware answers an address of its own network only: where nobody is there, one of the next network is lent.
    """

    def __init__(
        self, interface: str, network: StickNetwork, now: Callable[[], float], wait: Callable[[float], None]
    ) -> None:
        self.interface, self.network = interface, network
        self._lent = LentAddress(interface, network, now=now, wait=wait)

    def __enter__(self) -> Callable[[float], socket.socket]:
        self._lent.__enter__()
        return self._connect

    def _connect(self, seconds: float) -> socket.socket:
        """A connection to the first server that takes one; the last network has all the time that is left."""
        until = time.monotonic() + seconds
        problems: list[Unavailable] = []
        networks = self._networks()
        for count, (server, lent) in enumerate(networks):
            if lent != self._lent.address:
                self._lent.change(lent)
            if not self._lent.address:
                break
            share = until - time.monotonic()
            if count + 1 < len(networks):
                share = min(PROBE, share / 2)
            try:
                return connect(self.interface, [server], self.network.port, share)
            except Unavailable as error:
                if isinstance(error.__cause__, ConnectionRefusedError):  # somebody is there
                    raise
                problems.append(error)
        if not self._lent.address:
            own = server_addresses(self.interface, self.network)
            return connect(self.interface, own, self.network.port, until - time.monotonic())
        raise problems[0]

    def _networks(self) -> list[tuple[str, str]]:
        """The servers and what is lent for each, beginning with what is lent now; none where nothing is."""
        pairs = list(zip(self.network.servers, self.network.lent, strict=True))
        return sorted(pairs, key=lambda pair: pair[1] != self._lent.address) if self._lent.address else []

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lent.__exit__(kind, error, trace)
