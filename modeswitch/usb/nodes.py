"""What an operating system made of a stick: device nodes, network interfaces, disks, and the drivers behind them."""

from __future__ import annotations

from ..values import NamedTuple
from .device import Disk


class Nodes(NamedTuple):
    """What the host made of one interface; empty where nothing.  ``driver`` is None where none is bound, or is known.

    ``tty`` and ``wdm`` are device nodes (``/dev/ttyUSB2``, ``/dev/cdc-wdm0``), ``networks`` names of interfaces.
    """

    driver: str | None = None
    tty: str = ""
    wdm: str = ""
    networks: tuple[str, ...] = ()
    disks: tuple[Disk, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Its device nodes and network interfaces, by name."""
        return (*filter(None, (self.tty, self.wdm)), *self.networks, *(disk.device for disk in self.disks))


class Made(NamedTuple):
    """What a host made of a stick: its drivers as (interface, driver), ttys as ``/dev/ttyUSB2``, network interfaces.

    ``at`` is the tty among them that takes AT commands, empty where there is none.
    """

    drivers: tuple[tuple[int, str], ...] = ()
    ttys: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    at: str = ""

    def facts(self) -> dict[str, object]:
        """What a ``done`` event says of it; the numbers of interfaces are words, as JSON wants them."""
        drivers = {str(number): driver for number, driver in self.drivers}
        return {"drivers": drivers, "ttys": list(self.ttys), "networks": list(self.networks), "at": self.at or None}


class NetworkState(NamedTuple):
    """How a network interface is: up, with a carrier, and with which addresses (IPv4, and IPv6 of global scope)."""

    up: bool = False
    carrier: bool = False
    addresses: tuple[str, ...] = ()
