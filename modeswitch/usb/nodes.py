"""What this system made of a stick: each interface's driver, and the tty, wdm, network and disks that came of it."""

from __future__ import annotations

from ..identity.recognise import Device
from ..modem.roles import ASKED
from ..values import NamedTuple
from .bus import Bus
from .device import Disk


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


def made(device: Device, bus: Bus) -> dict[int, Made]:
    """Number of each interface of the active configuration → what came of it."""
    usb_device = device.usb
    return {
        number: Made(
            bus.driver(usb_device, number),
            bus.tty(usb_device, number) or "",
            bus.wdm(usb_device, number) or "",
            tuple(bus.networks_of(usb_device, number)),
            bus.disks(usb_device, number),
        )
        for number in (interface.number for interface, _ in device.roles)
    }


def at_port(device: Device, of: dict[int, Made]) -> str:
    """The tty that a person would send AT commands to; empty where there is none."""
    for role in ASKED:
        for interface, name in device.roles:
            if name == role and of[interface.number].tty:
                return of[interface.number].tty
    return ""
