"""What this system made of a stick: each interface's driver, and the tty, wdm, network and disks that came of it."""

from __future__ import annotations

from ..identity.recognise import Known
from ..modem.roles import ASKED
from ..values import NamedTuple
from .bus import Bus
from .sighting import Disk


class Made(NamedTuple):
    """What came of one interface; empty where nothing did.  ``driver`` is None where none is bound, or is known."""

    driver: str | None = None
    tty: str = ""
    wdm: str = ""
    networks: tuple[str, ...] = ()
    disks: tuple[Disk, ...] = ()

    @property
    def nodes(self) -> tuple[str, ...]:
        """Its device nodes and network interfaces, by name."""
        return (*filter(None, (self.tty, self.wdm)), *self.networks, *(disk.device for disk in self.disks))


def made(known: Known, bus: Bus) -> dict[int, Made]:
    """Number of each interface of the active configuration → what came of it."""
    sighting = known.sighting
    return {
        number: Made(
            bus.driver(sighting, number),
            bus.tty(sighting, number) or "",
            bus.wdm(sighting, number) or "",
            tuple(bus.networks_of(sighting, number)),
            bus.disks(sighting, number),
        )
        for number in (interface.number for interface, _ in known.roles)
    }


def at_port(known: Known, of: dict[int, Made]) -> str:
    """The tty that a person would send AT commands to; empty where there is none."""
    for role in ASKED:
        for interface, name in known.roles:
            if name == role and of[interface.number].tty:
                return of[interface.number].tty
    return ""
