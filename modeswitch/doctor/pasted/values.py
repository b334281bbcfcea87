"""The values that are read from a pasted text; every string in them is escaped and short."""

from __future__ import annotations

from ...usb.descriptors import Triple, UsbId
from ...values import NamedTuple
from .clock import Moment

HUB_CLASS = 0x09
LINUX_FOUNDATION = 0x1D6B
"""The vendor of the root hubs that Linux itself shows, and of gadgets.  Ref: Linux drivers/usb/core/hcd.c."""
ROOT_HUBS = (0x0001, 0x0002, 0x0003)
"""The products that are root hubs; 0104 and others are gadgets: Linux machines in the place of a device."""


class PastedInterface(NamedTuple):
    """One interface, as far as the text describes it.

    ``triple`` is None where the text names only the driver (a log), ``base_class`` the class where the text has no more
    of the triple (lsusb -t).  ``driver`` is empty where none is bound, None where the text names none.
    """

    number: int
    triple: Triple | None = None
    base_class: int | None = None
    driver: str | None = None

    @property
    def is_hub(self) -> bool:
        """Is it the interface of a hub?"""
        return HUB_CLASS in (self.base_class, self.triple.cls if self.triple else None)

    def merged_with(self, other: PastedInterface) -> PastedInterface:
        """The same interface with what ``other`` adds to it; what this one has stays."""
        return PastedInterface(
            self.number,
            self.triple or other.triple,
            self.base_class if self.base_class is not None else other.base_class,
            self.driver or (other.driver if other.driver is not None else self.driver),
        )


class Stay(NamedTuple):
    """One time that a device was at its port: its id, what it was then (``storage``, a driver), from when to when."""

    id: UsbId | None
    what: str
    began: Moment | None
    ended: Moment | None

    @property
    def seconds(self) -> float | None:
        """How long it stayed; None where that is unknown."""
        return self.began.until(self.ended) if self.began else None


class Said(NamedTuple):
    """What a program says of a device, or of none that it names.

    ``program`` is its name, ``what`` a key of :data:`.messages.MESSAGES`, ``detail`` what stands in the message.
    ``id`` and ``port`` are those of the device that is meant, where the text has them.
    """

    program: str
    what: str
    detail: str = ""
    id: UsbId | None = None
    port: str = ""


class PastedDevice(NamedTuple):
    """One device of a text.

    ``id`` is None where no line has it; likewise ``port`` (``1-1.2``) is empty, and ``bus_address`` (two numbers) None.
    ``strings`` are manufacturer, product and serial number.  ``interface_count`` is how many interfaces it declares.
    ``ttys`` are pairs of name and interface number (-1: unknown).  ``disks`` are the kinds and names of its SCSI
    devices.  ``earlier_ids`` are the ids of the devices that were at its port before, ``disconnected`` tells whether it
    was unplugged or left by the end of the text.  ``kernel_errors`` are the kernel's messages about a failure of it.
    ``problem`` tells why its descriptors could not be parsed.  ``drivers`` are those that the text names for it and for
    no interface, ``wdms`` its cdc-wdm nodes.  ``stays`` are the times that it was there before, the last ones where it
    came and went often: ``departures`` counts them all; ``began`` is when it came the last time.  ``unconfigured``
    tells that a listing which marks the active configuration marks none of its own.  ``named`` tells that a program
    which switches was told to switch it.  ``first_listing`` and ``listing`` are the numbers of the first and the last
    list of lsusb that has it, 0 where none has.
    """

    id: UsbId | None = None
    port: str = ""
    bus_address: tuple[int, int] | None = None
    strings: tuple[str, str, str] = ("", "", "")
    interfaces: tuple[PastedInterface, ...] = ()
    interface_count: int | None = None
    ttys: tuple[tuple[str, int], ...] = ()
    networks: tuple[str, ...] = ()
    disks: tuple[str, ...] = ()
    earlier_ids: tuple[UsbId, ...] = ()
    disconnected: bool = False
    kernel_errors: tuple[str, ...] = ()
    problem: str = ""
    drivers: tuple[str, ...] = ()
    wdms: tuple[str, ...] = ()
    stays: tuple[Stay, ...] = ()
    departures: int = 0
    began: Moment | None = None
    ended: Moment | None = None
    unconfigured: bool = False
    named: bool = False
    first_listing: int = 0
    listing: int = 0

    @property
    def is_hub(self) -> bool:
        """Is it a root hub, or a device with a hub's interface?"""
        is_root = self.id is not None and self.id.vendor == LINUX_FOUNDATION and self.id.product in ROOT_HUBS
        return is_root or any(interface.is_hub for interface in self.interfaces)

    def __str__(self) -> str:
        numbers = self.bus_address
        where = self.port or (f"bus {numbers[0]} device {numbers[1]}" if numbers else "")
        return f"{self.id or 'a device without an id'}{f' at {where}' if where else ''}"


class PastedText(NamedTuple):
    """A whole text: its devices, and how much of it was understood.

    ``kernel`` is the version of the machine's kernel, empty where the text does not have it.  ``forms`` are the formats
    that were found in the text, ``tools`` the programs whose log lines are in it, ``port_lists`` the port lists
    (AT^SETPORT) in it.  ``kernel_errors`` are the kernel's messages about a bus, before any device had an id.
    ``lines`` counts the lines that have a word and are no comment, ``understood`` those that a form matched;
    ``not_understood`` holds a few of the others.  ``truncated`` tells that the text was longer than what is read.
    ``system`` is what it comes from, as :mod:`..systems` names it, empty where that is unknown.
    ``said`` is what programs say in it; ``links`` are name and state of network interfaces and of NetworkManager's
    devices.
    """

    devices: tuple[PastedDevice, ...]
    kernel: str
    forms: tuple[str, ...]
    tools: tuple[str, ...]
    port_lists: tuple[str, ...]
    kernel_errors: tuple[str, ...]
    lines: int
    understood: int
    not_understood: tuple[str, ...]
    truncated: bool
    said: tuple[Said, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    system: str = ""
