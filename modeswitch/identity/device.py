"""A device on the bus with what is known of it: its family, its product there, its mode, what this host made of it."""

from __future__ import annotations

from ..database.profile import Product, Profile, Transition
from ..modem import roles
from ..usb.descriptors import Configuration, Interface, Port, Triple, UsbId
from ..usb.device import Disk, UsbDevice
from ..usb.nodes import Nodes
from ..values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

LONGEST_STRING = 200
"""How much of a string that a device chose is passed on, in characters."""


SWITCHED = "switched "
"""How the name of a product begins that is known only as what another becomes."""


def called(strings: Sequence[str], product: Product | None) -> str:
    """What a person is shown of a device: what it says of itself, then what sticks of its product are called.

    An id is often that of many brands: its product's names alone would be those of a relative.
    """
    own = " ".join(dict.fromkeys(filter(None, strings[:2])))
    names = product.names if product else ()
    known = ", ".join(name for name in names if not (own and name.startswith(SWITCHED)))
    return f"{own}: {known}" if own and known else own or known


class DeviceInterface(NamedTuple):
    """One interface of the active configuration: its first setting, its role, and what this host made of it.

    ``nodes`` is None where the host was not asked.
    """

    descriptor: Interface
    role: str
    nodes: Nodes | None = None

    @property
    def number(self) -> int:
        """BInterfaceNumber."""
        return self.descriptor.number

    @property
    def triple(self) -> Triple:
        """Class, subclass and protocol."""
        return self.descriptor.triple

    @property
    def driver(self) -> str | None:
        """The kernel driver bound to it; None where none is, or is known."""
        return self.nodes.driver if self.nodes else None

    @property
    def tty(self) -> str:
        """The tty that a driver made of it (``/dev/ttyUSB2``); empty where none."""
        return self.nodes.tty if self.nodes else ""

    @property
    def wdm(self) -> str:
        """The cdc-wdm that a driver made of it (``/dev/cdc-wdm0``); empty where none."""
        return self.nodes.wdm if self.nodes else ""

    @property
    def networks(self) -> tuple[str, ...]:
        """The names of the network interfaces that a driver made of it."""
        return self.nodes.networks if self.nodes else ()

    @property
    def disks(self) -> tuple[Disk, ...]:
        """The disks that a driver made of it."""
        return self.nodes.disks if self.nodes else ()


class Device(NamedTuple):
    """A device on the bus, its family, product and mode.

    ``profile`` and ``product`` are None where no profile knows it, ``mode`` where the interfaces make no mode, or none
    can be read.  ``interfaces`` are those of the active configuration; ``ways`` the transitions that lead to another
    configuration, ``families`` all that know its id.  ``relatives`` are ids that it may be like where no profile
    knows it, ``woke`` the product that it was when it woke up.  :func:`modeswitch.devices` and :func:`modeswitch.find`
    fill in what this host made of it.
    """

    usb: UsbDevice
    profile: Profile | None
    product: Product | None
    mode: str | None
    interfaces: tuple[DeviceInterface, ...] = ()
    ways: tuple[Transition, ...] = ()
    families: tuple[Profile, ...] = ()
    relatives: tuple[str, ...] = ()
    woke: Product | None = None

    def __str__(self) -> str:
        return str(self.usb)

    @property
    def port(self) -> Port:
        """Where it is plugged in; the only thing that stays when it re-enumerates."""
        return self.usb.port

    @property
    def id(self) -> UsbId:
        """Vendor and product id, as it is now."""
        return self.usb.id

    @property
    def may_be_stick(self) -> bool:
        """Is it worth showing as a stick: known, in a mode, or unreadable?"""
        return bool(self.profile or self.mode or self.usb.problem)

    @property
    def names(self) -> tuple[str, ...]:
        """What sticks of this product are called, by what it woke up as where that is known; else by what it is now."""
        product = self.woke or self.product
        return product.names if product else ()

    @property
    def title(self) -> str:
        """What a person is shown of it: see :func:`called`."""
        return called(self.usb.strings, self.woke or self.product)

    @property
    def drivers(self) -> dict[int, str | None]:
        """Number of each interface → the kernel driver bound to it, None where none is, or is known."""
        return {interface.number: interface.driver for interface in self.interfaces}

    @property
    def networks(self) -> tuple[str, ...]:
        """The names of the network interfaces that this host made of it."""
        return tuple(name for interface in self.interfaces for name in interface.networks)

    @property
    def at_port(self) -> str:
        """The tty that a person would send AT commands to; empty where there is none."""
        ttys = {interface.role: interface.tty for interface in reversed(self.interfaces)}
        return next((ttys[role] for role in roles.ASKED if ttys.get(role)), "")

    @property
    def roles(self) -> list[tuple[Interface, str]]:
        """Each interface of the active configuration with its role."""
        return [(interface.descriptor, interface.role) for interface in self.interfaces]

    @property
    def new_id(self) -> str:
        """The driver of its serial ports that does not know its id by itself; empty where there is none."""
        return self.product.new_id if self.product else ""

    def roles_of(self, configuration: Configuration) -> list[tuple[Interface, str]]:
        """The same of any of its configurations."""
        return roles.roles(configuration, self.id.vendor, self.product.ports if self.product else (), self.id.product)

    def with_nodes(self, nodes: Mapping[int, Nodes]) -> Device:
        """The device with what a host made of its interfaces."""
        return self._replace(interfaces=tuple(one._replace(nodes=nodes.get(one.number)) for one in self.interfaces))

    def facts(self) -> dict[str, Any]:
        """What an event or an error says of it: ``port``, ``id``, ``mode``."""
        return {"port": str(self.port), "id": str(self.id), "mode": self.mode}

    def to_dict(self) -> dict[str, object]:
        """All of it as plain values, as ``modeswitch list --json`` prints it with how the stick stands."""
        return {
            **self.facts(),
            "family": self.profile.name if self.profile else None,
            "names": list(self.names),
            "woke": str(self.woke.usb) if self.woke else None,
            "strings": [text[:LONGEST_STRING] for text in self.usb.strings],
            "problem": self.usb.problem or None,
            "at": self.at_port or None,
            "networks": list(self.networks),
            "interfaces": [
                {
                    "number": one.number,
                    "class": str(one.triple),
                    "role": one.role,
                    "driver": one.driver,
                    "tty": one.tty or None,
                    "wdm": one.wdm or None,
                    "networks": list(one.networks),
                    "disks": [{"device": disk.device, "mounted": list(disk.points)} for disk in one.disks],
                }
                for one in self.interfaces
            ],
        }
