"""Listings of USB devices, line by line: usb-devices, /proc/bus/usb/devices, lsusb, our own, descriptors in hex.

Ref: Linux Documentation/driver-api/usb/usb.rst (/proc/bus/usb/devices); usb-devices(1), lsusb(8) of usbutils.
"""

from __future__ import annotations

import re

from ...usb.descriptors import Triple, UsbId
from .draft import Notes, end_of_raw
from .form import ID, PORT, Match, form, usb_id
from .form import number as as_number
from .values import Part


def _driver(text: str | None) -> str | None:
    """The driver's name; empty for none, None where nothing is said."""
    if text is None:
        return None
    return "" if text.strip("([])") == "none" or not text else text.split("/")[0][:40]


# usb-devices and /proc/bus/usb/devices.


def _topology(notes: Notes, match: Match) -> None:
    bus, level, parent, port, address = (int(text) for text in match.groups())
    draft = notes.begin()
    draft.place = (bus, address)
    above = () if level == 1 else notes.paths.get((bus, parent))
    if level and above is not None:
        way = (*above, port + 1)
        notes.paths[bus, address] = way
        draft.port = f"{bus}-{'.'.join(map(str, way))}"


def _product(notes: Notes, match: Match) -> None:
    draft = notes.block
    if draft is None or draft.id is not None:
        draft = notes.begin()
    draft.id = usb_id(match[1], match[2])


def _string(notes: Notes, match: Match) -> None:
    notes.here().name(match[1].lower().removesuffix("number"), match[2])


def _configuration(notes: Notes, match: Match) -> None:
    draft, star = notes.here(), match[1] == "*"
    if star and not notes.starred:
        draft.parts.clear()  # what came before was of a configuration that is not active
    notes.skipped = not star and (notes.starred or bool(draft.parts))
    notes.starred = notes.starred or star
    if not notes.skipped:
        draft.declared = int(match[2])


def _interface(notes: Notes, match: Match) -> None:
    number, cls, sub, proto, driver = match.groups()
    if not notes.skipped:
        triple = Triple.parse(f"{cls}/{sub}/{proto}".lower())
        notes.here().part(Part(as_number(number), triple, triple.cls, _driver(driver)))


# lsusb.


def _listed(notes: Notes, match: Match) -> None:
    draft = notes.begin(notes.placed(int(match[1]), int(match[2])))
    draft.id = usb_id(match[3], match[4])
    if match[5].strip():
        draft.name("product", match[5])


_FIELDS = {
    "bInterfaceNumber": "number",
    "bAlternateSetting": "alternate",
    "bInterfaceClass": "cls",
    "bInterfaceSubClass": "sub",
    "bInterfaceProtocol": "proto",
}
_FIELD = re.compile(
    r"\b(idVendor|idProduct|bNumInterfaces|bConfigurationValue|bInterface\w{5,8})\s+(0x[0-9a-f]+|\d+)\b"
)
_STRINGS = re.compile(r"\b(iManufacturer|iProduct|iSerial)\s+\d+\s+(?:'([^']{0,200})'|([^'].*))")


def _fields(notes: Notes, match: Match) -> None:
    """A line of lsusb -v: one field, or several where somebody put them into one line."""
    for name, text in _FIELD.findall(match.string):
        value = int(text, 16) if text[:2] == "0x" else int(text[:9])
        if name in ("idVendor", "idProduct"):
            _half_of_id(notes, name == "idVendor", value & 0xFFFF)
        elif name == "bNumInterfaces" and not notes.skipped and notes.here().declared is None:
            notes.here().declared = value & 0xFF
        elif name == "bConfigurationValue":
            notes.flush()
            notes.skipped = bool(notes.here().parts)
        elif name in _FIELDS:
            if name == "bInterfaceNumber":
                notes.flush()
            notes.pending[_FIELDS[name]] = value & 0xFF
    for name, quoted, bare in _STRINGS.findall(match.string):
        notes.here().name(name[1:].lower(), quoted or bare)


def _half_of_id(notes: Notes, vendor: bool, value: int) -> None:
    draft = notes.here()
    if vendor and draft.id is not None and draft.id.vendor not in (0, value):
        draft = notes.begin()
    had = draft.id or UsbId(0, 0)
    draft.id = UsbId(value, had.product) if vendor else UsbId(had.vendor, value)


def _short_interface(notes: Notes, match: Match) -> None:
    number, *triple = (as_number(text) for text in match.groups())
    notes.here().part(Part(number, Triple(triple[0], triple[1], triple[2]), triple[0]))


_CLASSES = {
    "Vendor Specific Class": 0xFF,
    "Mass Storage": 0x08,
    "Communications": 0x02,
    "CDC Data": 0x0A,
    "Human Interface Device": 0x03,
    "Wireless": 0xE0,
    "Miscellaneous Device": 0xEF,
    "Printer": 0x07,
    "Audio": 0x01,
    "Video": 0x0E,
    "Hub": 0x09,
    "hub": 0x09,
}
"""What lsusb -t calls a class.  Ref: usbutils, lsusb-t.c."""


def _root(notes: Notes, match: Match) -> None:
    notes.bus, notes.branch = int(match[1]), []


def _leaf(notes: Notes, match: Match) -> None:
    indent, port, address = len(match[1]), int(match[2]), int(match[3])
    notes.branch = [(column, way) for column, way in notes.branch if column < indent]
    way = f"{notes.branch[-1][1]}.{port}" if notes.branch else f"{notes.bus}-{port}"
    notes.branch.append((indent, way))
    draft = notes.placed(notes.bus, address)
    draft.port = draft.port or (way if notes.bus else "")
    notes.block = draft
    if match[4] is not None:
        draft.part(Part(as_number(match[4]), None, _CLASSES.get(match[5].strip()), _driver(match[6])))


def _id_of_leaf(notes: Notes, match: Match) -> None:
    draft = notes.here()
    draft.id = draft.id or usb_id(match[1], match[2])


# Our own listing and report; descriptors in hex.


def _our_device(notes: Notes, match: Match) -> None:
    draft = notes.begin()
    draft.port, draft.id = match[1], usb_id(match[2], match[3])


def _our_interface(notes: Notes, match: Match) -> None:
    number, triple, driver = match.groups()
    named = "" if driver and driver.startswith("(") else driver
    one = Triple.parse(triple.lower())
    notes.here().part(Part(as_number(number), one, one.cls, None if named == "?" else named))


def _hex(notes: Notes, match: Match) -> None:
    raw = bytes.fromhex(re.sub(r"\s", "", match[1])[: 2 * (len(re.sub(r"\s", "", match[1])) // 2)])
    if raw[1] == 1:
        end_of_raw(notes)
        if notes.block is None or notes.block.parts:
            notes.begin()
        notes.raw = raw
    elif notes.raw and len(notes.raw) < 8192:
        notes.raw += raw


FORMS = (
    form(
        "usb-devices",
        r"\bT:\s+Bus=\s*(\d{1,3})\s+Lev=\s*(\d{1,2})\s+Prnt=\s*(\d{1,3})\s+Port=\s*(\d{1,3})\b.{0,30}?Dev#=\s*(\d{1,3})",
        _topology,
    ),
    form("usb-devices", r"\bVendor=\s?([0-9a-f]{4})\s+ProdID=\s?([0-9a-f]{4})", _product),
    form("usb-devices", r"\bS:\s*(Manufacturer|Product|SerialNumber)=(.*)", _string),
    form("usb-devices", r"\bC:\s?(\*?)\s*#Ifs=\s*(\d{1,3})\b", _configuration),
    form(
        "usb-devices",
        r"\bIf#=\s*(0x[0-9a-f]{1,2}|\d{1,3})\s+Alt=.{0,25}?Cls=\s*([0-9a-f]{2})\b(?:\([^)]{0,12}\))?\s*"
        r"Sub=\s*([0-9a-f]{2})\s+Prot=\s*([0-9a-f]{2})(?:\s+Driver=\s?(\S{0,40}))?",
        _interface,
    ),
    form("", r"(?:^|[\s>|])[ABDET]:\s+(?:Ver|Ad|FirstIf#|Alloc|Bus)="),
    form("lsusb", rf"\bBus (\d{{1,3}}) Device (\d{{1,3}}):? ID {ID}(.*)", _listed),
    form("lsusb -t", r"/:\s+Bus (\d{1,3})\.Port (\d{1,3}): Dev ", _root),
    form(
        "lsusb -t",
        r"^(.*?)\|__ Port (\d{1,3}): Dev (\d{1,3})(?:, If (\d{1,3}))?, Class=([^,]{0,40})"
        r"(?:, Driver=([^,]{0,40}))?",
        _leaf,
    ),
    form("lsusb -t", rf"^[\s>]*ID {ID}", _id_of_leaf),
    form(
        "lsusb -v", r"\binterface (\d{1,3}) alt \d{1,3}:.{0,30}?class (\d{1,3})/(\d{1,3})/(\d{1,3})", _short_interface
    ),
    form("lsusb -v", rf"{_FIELD.pattern}|{_STRINGS.pattern}", _fields),
    form("", r"\b(?-i:(?:b|bm|bcd|w|i)[A-Z]\w{3,30})\s+(?:0x|\d)|\bDescriptor:|\b(?:Transfer|Synch|Usage) Type\b"),
    form("", r"Device Status:|\(Bus Powered\)|\bSelf Powered\b|Remote Wakeup|Couldn't open device"),
    form("", r"^\s*EP 0x|^[\s>]*\.\.\.\s*$"),
    form("AT answers", r"(?:^|\s)(?:AT)?[\^+](?:SETPORT|GETPORTMODE|NDISSTAT\w*|DHCP|FHVER|VERSION|U2DIAG)\b"),
    form("switching messages", r"\b55534243[0-9a-f]{54}"),
    form("modeswitch", rf"(?:^|\s)({PORT})\s+{ID}\s", _our_device),
    form(
        "modeswitch",
        r"\binterface (\d{1,3})\s+([0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{2})\s+\w+\s+(\([^)]{0,20}\)|[\w?-]{1,40})",
        _our_interface,
    ),
    form("descriptors in hex", r"(?:^|\s)((?:12\s?01|09\s?02)(?:\s?[0-9a-f]{2}){7,})\s*$", _hex),
)
"""Every form of a listing, in the order in which a line is tried."""
