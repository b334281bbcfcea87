"""USB identities and descriptors as values; no I/O.

The device chooses every byte read here, so parsing is strict and bounded: a length that lies, a
descriptor that runs past its end, a count that does not fit is :class:`~modeswitch.errors.BadDescriptors`.

Ref: USB 2.0 §9.6 (standard descriptors).
"""

from __future__ import annotations

from ..errors import BadDescriptors, UsageError
from ..values import NamedTuple

DEVICE, CONFIGURATION, INTERFACE, ENDPOINT = 0x01, 0x02, 0x04, 0x05
LARGEST = 64 * 1024
"""The most descriptor bytes that are looked at, for all configurations of a device together."""
MOST_CONFIGURATIONS = 8
"""USB allows 255; the kernel refuses more than 8 (USB_MAXCONFIG, Linux drivers/usb/core/config.c)."""


_HEX = frozenset("0123456789abcdefABCDEF")


def _hex(text: str, shortest: int, longest: int) -> int | None:
    """The number that so many hex digits make; None for anything else (``int`` alone would take signs and blanks)."""
    return int(text, 16) if shortest <= len(text) <= longest and _HEX.issuperset(text) else None


class UsbId(NamedTuple):
    """idVendor and idProduct, 16 bits each; written ``12d1:1f01``."""

    vendor: int
    product: int

    @classmethod
    def parse(cls, text: str) -> UsbId:
        """Read ``vvvv:pppp``: one to four hex digits each, an optional ``0x`` before them.

        Raises :class:`UsageError`.
        """
        numbers = [_hex(part[2:] if part[:2] in ("0x", "0X") else part, 1, 4) for part in text.split(":")]
        if len(numbers) != 2 or None in numbers:
            raise UsageError(f"{text!r} is not a USB id", hint="Write vendor and product in hex: 12d1:1f01.")
        return cls(*(number for number in numbers if number is not None))

    def __str__(self) -> str:
        return f"{self.vendor:04x}:{self.product:04x}"


class Port(NamedTuple):
    """Where a device sits: bus number and the hub ports on the way to it; written ``1-1.4``, as sysfs and udev do.

    The one identity that survives a switch: addresses change, serial numbers and MACs are shared by millions.
    """

    bus: int
    ports: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> Port:
        """Read ``1-1.4``: bus, then one to seven ports (USB 2.0 §4.1.1 allows seven tiers).

        Raises :class:`UsageError`.
        """
        bus, dash, way = text.partition("-")
        ports = way.split(".")
        digits = all(part.isascii() and part.isdigit() and len(part) <= 3 for part in (bus, *ports))
        if not dash or not digits or len(ports) > 7 or int(bus) == 0:
            raise UsageError(f"{text!r} is not a port path", hint="Write bus and ports as sysfs does: 1-1.4.")
        return cls(int(bus), tuple(map(int, ports)))

    def __str__(self) -> str:
        return f"{self.bus}-" + ".".join(map(str, self.ports))


def port_in(path: str) -> Port | None:
    """The port of the innermost device whose folder is on that path (``…/1-1.4/1-1.4:1.2/net/wwan0``), or None."""
    for name in reversed(path.split("/")):
        bus, dash, _ = name.partition("-")
        if dash and bus.isdecimal():
            try:
                return Port.parse(name.partition(":")[0])
            except UsageError:
                continue
    return None


class Triple(NamedTuple):
    """class/subclass/protocol of an interface, 8 bits each; written ``02/0d/00``."""

    cls: int
    sub: int
    proto: int

    @classmethod
    def parse(cls, text: str) -> Triple:
        """Read three pairs of hex digits with slashes between them.  Raises :class:`UsageError`."""
        numbers = [_hex(part, 2, 2) for part in text.split("/")]
        if len(numbers) != 3 or None in numbers:
            raise UsageError(f"{text!r} is not an interface class", hint="Write class/subclass/protocol: 02/0d/00.")
        return cls(*(number for number in numbers if number is not None))

    def __str__(self) -> str:
        return f"{self.cls:02x}/{self.sub:02x}/{self.proto:02x}"


class Endpoint(NamedTuple):
    """bEndpointAddress, bmAttributes, wMaxPacketSize (bytes), bInterval.  Ref: USB 2.0 §9.6.6."""

    address: int
    attributes: int
    max_packet: int
    interval: int

    @property
    def is_in(self) -> bool:
        """Does it carry data from the device to the host?"""
        return bool(self.address & 0x80)

    @property
    def is_bulk(self) -> bool:
        """Only bits 1..0 tell the transfer type; the others are reserved and may hold anything."""
        return self.attributes & 0x03 == 0x02


class Interface(NamedTuple):
    """One alternate setting of one interface, with its endpoints.  Ref: USB 2.0 §9.6.5."""

    number: int
    alternate: int
    triple: Triple
    endpoints: tuple[Endpoint, ...] = ()

    def bulk(self, is_in: bool) -> int | None:
        """The address of the first bulk endpoint in that direction, or None."""
        return next((e.address for e in self.endpoints if e.is_bulk and e.is_in == is_in), None)


class Configuration(NamedTuple):
    """bConfigurationValue and every alternate setting in the order of the descriptor.  Ref: USB 2.0 §9.6.3."""

    value: int
    interfaces: tuple[Interface, ...]

    @property
    def functions(self) -> tuple[Interface, ...]:
        """Each interface once, in its first alternate setting."""
        first: dict[int, Interface] = {}
        for interface in self.interfaces:
            first.setdefault(interface.number, interface)
        return tuple(first.values())


class Descriptors(NamedTuple):
    """What a device says of itself: its id, bcdDevice, device class and configurations."""

    id: UsbId
    release: int
    triple: Triple
    configurations: tuple[Configuration, ...]

    @classmethod
    def parse(cls, raw: bytes) -> Descriptors:
        """Read a device descriptor (18 bytes) followed by its configurations, as sysfs' ``descriptors`` file has them.

        Raises :class:`BadDescriptors` and says where.
        """
        if len(raw) > LARGEST:
            raise BadDescriptors(f"{len(raw)} bytes of descriptors are more than the {LARGEST} that are read")
        if len(raw) < 18 or raw[0] != 18 or raw[1] != DEVICE:
            raise BadDescriptors(f"no device descriptor in {raw[:18].hex(' ') or 'nothing'}")
        count = raw[17]
        if count > MOST_CONFIGURATIONS:
            raise BadDescriptors(f"bNumConfigurations {count} is more than the {MOST_CONFIGURATIONS} that are read")
        configurations = []
        at = 18
        for index in range(count):
            if len(raw) - at < 9 or raw[at] < 9 or raw[at + 1] != CONFIGURATION:
                raise BadDescriptors(f"configuration {index + 1} of {count} is missing")
            total = int.from_bytes(raw[at + 2 : at + 4], "little")
            if total < 9 or at + total > len(raw):
                raise BadDescriptors(f"wTotalLength {total} where {len(raw) - at} bytes are left")
            configurations.append(_configuration(raw[at : at + total]))
            at += total
        return cls(
            UsbId(int.from_bytes(raw[8:10], "little"), int.from_bytes(raw[10:12], "little")),
            int.from_bytes(raw[12:14], "little"),
            Triple(raw[4], raw[5], raw[6]),
            tuple(configurations),
        )

    def configuration(self, value: int | None) -> Configuration | None:
        """The configuration with that bConfigurationValue, or None when there is none or none is active."""
        return next((c for c in self.configurations if c.value == value), None)


def _configuration(raw: bytes) -> Configuration:
    """One configuration with all that belongs to it; ``raw`` is wTotalLength long."""
    interfaces: list[Interface] = []
    owed = 0
    at = 0
    while at < len(raw):
        length = raw[at]
        if length < 2 or at + length > len(raw):
            raise BadDescriptors(f"bLength {length} at byte {at} of a configuration of {len(raw)}")
        item, kind = raw[at : at + length], raw[at + 1]
        if kind == INTERFACE:
            if length < 9:
                raise BadDescriptors(f"an interface descriptor of {length} bytes")
            _paid(interfaces, owed)
            owed = item[4]
            interfaces.append(Interface(item[2], item[3], Triple(item[5], item[6], item[7])))
        elif kind == ENDPOINT:
            if length < 7 or not interfaces:
                raise BadDescriptors(f"an endpoint descriptor of {length} bytes, or outside an interface")
            endpoint = Endpoint(item[2], item[3], int.from_bytes(item[4:6], "little"), item[6])
            interfaces[-1] = interfaces[-1]._replace(endpoints=(*interfaces[-1].endpoints, endpoint))
        at += length
    _paid(interfaces, owed)
    numbers = {interface.number for interface in interfaces}
    if raw[4] != len(numbers):
        raise BadDescriptors(f"bNumInterfaces {raw[4]}, but {len(numbers)} are described")
    return Configuration(raw[5], tuple(interfaces))


def _paid(interfaces: list[Interface], owed: int) -> None:
    """Check bNumEndpoints of the interface that has just ended."""
    if interfaces and len(interfaces[-1].endpoints) != owed:
        last = interfaces[-1]
        raise BadDescriptors(f"interface {last.number} has {len(last.endpoints)} endpoints, bNumEndpoints says {owed}")
