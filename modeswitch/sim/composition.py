"""Descriptors of a simulated stick, built from a short description: what it looks like in one mode.

Ref: USB 2.0 §9.6; CDC 1.2 §5.2.3 (functional descriptors), ECM 1.2 §5.4, NCM 1.0 §5.2.1; the layout of Huawei's vendor
NCM interface is that of capture 25, of its ECM function that of capture 06.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

BULK, INTERRUPT = 0x02, 0x03
SIZES = {
    "full": {BULK: 64, INTERRUPT: 16},
    "high": {BULK: 512, INTERRUPT: 16},
    "super": {BULK: 1024, INTERRUPT: 16},
}
"""Speed of the link → attributes of an endpoint → its wMaxPacketSize, in bytes (USB 2.0 §5.8.3, USB 3.2 §9.6.6)."""
INTERVAL = 5
"""bInterval of an interrupt endpoint."""
MAC_STRING = 7
"""Index of the string that holds the MAC address."""


@dataclass(frozen=True)
class Setting:
    """One alternate setting: its class triple, endpoints as (address, attributes), class descriptors between them."""

    triple: tuple[int, int, int]
    endpoints: tuple[tuple[int, int], ...] = ()
    extra: bytes = b""
    alternate: int = 0


@dataclass(frozen=True)
class Function:
    """One interface with all its alternate settings, and what is behind it.

    ``luns`` names the media of a storage interface, ``port`` the role of a serial one (``pcui``, ``modem`` …),
    ``network`` the framing of one that carries a network: ``ecm`` or ``ncm``; ``control`` marks the interface that
    speaks for a network function (its interrupt endpoint, and AT through CDC's encapsulated commands).
    """

    settings: tuple[Setting, ...]
    luns: tuple[str, ...] = ()
    port: str = ""
    network: str = ""
    control: bool = False


@dataclass(frozen=True)
class Composition:
    """One look of a stick: ids, device class, strings, interfaces; ``release`` is bcdDevice.

    ``functions`` are those of configuration ``value``; ``more`` are further configurations, each by its
    bConfigurationValue.
    """

    vendor: int
    product: int
    functions: tuple[Function, ...]
    device_class: int = 0
    serial: str = ""
    manufacturer: str = "HUAWEI_MOBILE"
    name: str = "HUAWEI_MOBILE"
    mac: str = "001E101F0000"
    release: int = 0x0102
    value: int = 1
    more: tuple[tuple[int, tuple[Function, ...]], ...] = ()

    def device_descriptor(self, speed: str = "high") -> bytes:
        """18 bytes; at super speed the size of endpoint 0 is an exponent (USB 3.2 §9.6.1)."""
        serial = 3 if self.serial else 0
        ids = (self.vendor, self.product, self.release)
        count = 1 + len(self.more)
        version, size = (0x0300, 9) if speed == "super" else (0x0200, 64)
        return struct.pack("<BBHBBBBHHHBBBB", 18, 1, version, self.device_class, 0, 0, size, *ids, 1, 2, serial, count)

    def configuration_descriptors(self, speed: str = "high") -> list[bytes]:
        """Each configuration with all that belongs to it, in order."""
        return [_configuration(*each, speed) for each in ((self.value, self.functions), *self.more)]

    def configured(self, value: int) -> Composition | None:
        """What is active of it in that configuration, None where it has no such; 0 is as it wakes up."""
        functions = {**dict(self.more), 0: self.functions, self.value: self.functions}.get(value)
        return replace(self, functions=functions, value=value, more=()) if functions is not None else None

    def string(self, index: int) -> bytes | None:
        """A string descriptor, or None where there is none; index 0 is the list of languages."""
        if index == 0:
            return b"\x04\x03\x09\x04"
        text = {1: self.manufacturer, 2: self.name, 3: self.serial, MAC_STRING: self.mac}.get(index)
        if not text:
            return None
        raw = text.encode("utf-16-le", "surrogatepass")[:252]
        return bytes([len(raw) + 2, 3]) + raw

    def luns(self, interface: int) -> tuple[str, ...]:
        """The media behind an interface; empty where it is no storage."""
        return self.functions[interface].luns if interface < len(self.functions) else ()

    def interface_of(self, endpoint: int) -> int | None:
        """The interface that an endpoint address belongs to."""
        for number, function in enumerate(self.functions):
            if any(endpoint == address for setting in function.settings for address, _ in setting.endpoints):
                return number
        return None


BOS = bytes.fromhex("050f160002") + bytes.fromhex("07100202000000") + bytes.fromhex("0a1003000e0001000000")
"""What a device at super speed can do: no link power management, full to super speed (USB 3.2 §9.6.2)."""
POWER = {"full": 250, "high": 250, "super": 62}
"""Speed of the link → bMaxPower of 500 mA: in units of 2 mA, and of 8 mA at super speed."""


def _configuration(value: int, functions: tuple[Function, ...], speed: str) -> bytes:
    body = b"".join(_function(number, function, speed) for number, function in enumerate(functions))
    return struct.pack("<BBHBBBBB", 9, 2, 9 + len(body), len(functions), value, 0, 0x80, POWER[speed]) + body


def _function(number: int, function: Function, speed: str) -> bytes:
    raw = b""
    for setting in function.settings:
        raw += struct.pack("<BBBBBBBBB", 9, 4, number, setting.alternate, len(setting.endpoints), *setting.triple, 0)
        raw += setting.extra.replace(b"\xfe\xfe", bytes([number, number + 1])).replace(b"\xfd\xfd", bytes([number] * 2))
        for address, kind in setting.endpoints:
            interval = INTERVAL if kind == INTERRUPT else 0
            raw += struct.pack("<BBBBHB", 7, 5, address, kind, SIZES[speed][kind], interval)
            if speed == "super":  # a companion behind each endpoint, without bursts (USB 3.2 §9.6.7)
                raw += struct.pack("<BBBBH", 6, 0x30, 0, 0, SIZES[speed][kind] if kind == INTERRUPT else 0)
    return raw


_HEADER = bytes.fromhex("0524001001")
_ETHERNET = bytes([0x0D, 0x24, 0x0F, MAC_STRING]) + bytes.fromhex("0f000000ea05030001")
_UNION_NEXT = bytes.fromhex("052406fefe")
_UNION_SELF = bytes.fromhex("052406fdfd")
_MBIM = bytes.fromhex("0c241b000100101080dc0520")
_NCM = bytes.fromhex("06241a00011f")


class Numbers:
    """Endpoint addresses, given out in order."""

    def __init__(self) -> None:
        self._next_in, self._next_out = 1, 1

    def into(self, kind: int = BULK) -> tuple[int, int]:
        """The next IN endpoint."""
        self._next_in += 1
        return (0x80 | (self._next_in - 1), kind)

    def out(self) -> tuple[int, int]:
        """The next bulk OUT endpoint."""
        self._next_out += 1
        return (self._next_out - 1, BULK)


def storage(numbers: Numbers, *luns: str) -> Function:
    """A mass-storage interface, 08/06/50."""
    return Function((Setting((0x08, 0x06, 0x50), (numbers.into(), numbers.out())),), luns)


def serial(numbers: Numbers, triple: tuple[int, int, int], port: str) -> Function:
    """A vendor's serial port of that role: two bulk endpoints, and an interrupt endpoint with modems."""
    notify = (numbers.into(INTERRUPT),) if port == "modem" else ()
    return Function((Setting(triple, (*notify, numbers.into(), numbers.out())),), port=port)


def vendor_ncm(numbers: Numbers, triple: tuple[int, int, int]) -> Function:
    """Huawei's NCM in one interface: no data in alternate setting 0, both bulk endpoints in 1 (capture 25)."""
    notify = numbers.into(INTERRUPT)
    extra = _HEADER + _NCM + _ETHERNET + _UNION_SELF
    data = (numbers.into(), numbers.out())
    settings = (Setting(triple, (notify,), extra), Setting(triple, (notify, *data), b"", 1))
    return Function(settings, network="ncm", control=True)


def ncm(numbers: Numbers) -> tuple[Function, Function]:
    """NCM of the standard class: control 02/0d/00 and data 0a/00/01 with two alternate settings."""
    control = Setting((0x02, 0x0D, 0x00), (numbers.into(INTERRUPT),), _HEADER + _UNION_NEXT + _ETHERNET + _NCM)
    data = (0x0A, 0x00, 0x01)
    settings = (Setting(data), Setting(data, (numbers.into(), numbers.out()), b"", 1))
    return Function((control,), control=True), Function(settings, network="ncm")


def mbim(numbers: Numbers) -> tuple[Function, Function]:
    """MBIM: control 02/0e/00 and data 0a/00/02 with two alternate settings.  Ref: MBIM 1.0 §6.4."""
    control = Setting((0x02, 0x0E, 0x00), (numbers.into(INTERRUPT),), _HEADER + _UNION_NEXT + _MBIM)
    data = (0x0A, 0x00, 0x02)
    settings = (Setting(data), Setting(data, (numbers.into(), numbers.out()), b"", 1))
    return Function((control,), control=True), Function(settings, network="ncm")


def ecm(numbers: Numbers) -> tuple[Function, Function]:
    """ECM as HiLink firmware has it: control 02/06/00, data 0a/00/00 with its endpoints at once (capture 06)."""
    control = Setting((0x02, 0x06, 0x00), (numbers.into(INTERRUPT),), _HEADER + _UNION_NEXT + _ETHERNET)
    data = Setting((0x0A, 0x00, 0x00), (numbers.into(), numbers.out()))
    return Function((control,), control=True), Function((data,), network="ecm")


def rndis(numbers: Numbers) -> tuple[Function, Function]:
    """RNDIS: control e0/01/03, data 0a/00/00."""
    extra = _HEADER + bytes.fromhex("0524010001") + bytes.fromhex("04240200") + _UNION_NEXT
    control = Setting((0xE0, 0x01, 0x03), (numbers.into(INTERRUPT),), extra)
    return Function((control,)), Function((Setting((0x0A, 0x00, 0x00), (numbers.into(), numbers.out())),))


PORTS = {"1": "modem", "10": "modem", "2": "pcui", "12": "pcui", "3": "diag", "13": "diag", "5": "gps", "14": "gps"}
"""Port code → role; the shells and the rest are ``other``."""


def from_ports(codes: Sequence[str], subclass: int, numbers: Numbers) -> tuple[Function, ...]:
    """Interfaces from a list of port codes: the code is the protocol (hw_pnp.h); A1 and A2 are storage, A3 ECM."""
    made = []
    for code in codes:
        if code in ("A1", "A2"):
            made.append(storage(numbers, "cdrom" if code == "A1" else "card"))
        elif code == "16":
            made.append(vendor_ncm(numbers, (0xFF, subclass, 0x16)))
        elif code == "A3":
            made += ecm(numbers)
        else:
            made.append(serial(numbers, (0xFF, subclass, int(code, 16)), PORTS.get(code, "other")))
    return tuple(made)
