"""The lines of lsusb, lsusb -t (the tree) and lsusb -v (the descriptors).

Ref: lsusb(8) of usbutils.
"""

from __future__ import annotations

import re

from ...usb.descriptors import Triple, UsbId
from .form import ID, Match, byte, driver_name, form, usb_id
from .notes import Notes
from .values import PastedInterface

# lsusb


def _take_device(notes: Notes, match: Match) -> None:
    """A device of a list; a list begins after lines of another form, or where a device comes again."""
    found = usb_id(match[3], match[4])
    draft = notes.device_at_address(int(match[1]), int(match[2]), found)
    if not notes.in_listing or draft.listing == notes.listing:
        notes.listing += 1
    notes.in_listing, draft.listing, draft.id = True, notes.listing, found
    draft.first_listing = draft.first_listing or notes.listing
    notes.begin_block(draft)
    if match[5].strip():
        draft.add_string("product", match[5])


def _take_id_alone(notes: Notes, match: Match) -> None:
    draft = notes.begin_block()
    draft.id = usb_id(match[1], match[2])
    if match[3].strip():
        draft.add_string("product", match[3])


# lsusb -t

CLASSES = {
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
    "vend.": 0xFF,
    "stor.": 0x08,
    "comm.": 0x02,
    "commc": 0x02,
    "data": 0x0A,
    "wlcon": 0xE0,
    "misc": 0xEF,
    "HID": 0x03,
    "print": 0x07,
}
"""The name that lsusb -t has for a class, new or old → the class.  Ref: usbutils, lsusb-t.c; before 007, usbtree."""


def _take_root(notes: Notes, match: Match) -> None:
    notes.tree_bus, notes.tree_branch = int(match[1]), []


def _take_leaf(notes: Notes, match: Match) -> None:
    """A line of the tree: one interface of a device.  The indent tells which line before is that of its hub."""
    indent, port, address = len(match[1]), int(match[2]), int(match[3])
    notes.tree_branch = [(column, path) for column, path in notes.tree_branch if column < indent]
    path = f"{notes.tree_branch[-1][1]}.{port}" if notes.tree_branch else f"{notes.tree_bus}-{port}"
    notes.tree_branch.append((indent, path))
    draft = notes.device_at_address(notes.tree_bus, address)
    draft.port = draft.port or (path if notes.tree_bus else "")
    notes.block = draft
    if match[4] is not None:
        base_class = CLASSES.get(match[5].strip())
        if base_class is None and len(match[5]) > 2:
            base_class = CLASSES.get(match[5].strip().rstrip("."))
        draft.add_interface(PastedInterface(byte(match[4]), None, base_class, driver_name(match[6])))


def _take_id_of_leaf(notes: Notes, match: Match) -> None:
    draft = notes.block_device()
    draft.id = draft.id or usb_id(match[1], match[2])


def _take_old_root(notes: Notes, match: Match) -> None:
    notes.tree_bus = int(match[1])


def _take_old_leaf(notes: Notes, match: Match) -> None:
    draft = notes.device_at_address(notes.tree_bus, int(match[1]))
    draft.id = draft.id or usb_id(match[2], match[3])


# lsusb -v

INTERFACE_FIELDS = {
    "bInterfaceNumber": "number",
    "bAlternateSetting": "alternate",
    "bInterfaceClass": "base",
    "bInterfaceSubClass": "sub",
    "bInterfaceProtocol": "protocol",
}
"""The field of an interface descriptor → the name under which it is noted."""
_FIELD = re.compile(
    r"\b(idVendor|idProduct|bNumInterfaces|bConfigurationValue|bAlternateSetting|bInterface\w{5,8})\s+(0x[0-9a-f]+|\d+)\b"
)
_STRING = re.compile(r"\b(iManufacturer|iProduct|iSerial)\s+\d+\s+(?:'([^']{0,200})'|([^'].*))")


def _take_fields(notes: Notes, match: Match) -> None:
    """A line of descriptors: one field, or several where the text has lost its line ends."""
    for name, text in _FIELD.findall(match.string):
        _take_field(notes, name, int(text, 16) if text[:2] == "0x" else int(text[:9]))
    for name, quoted, bare in _STRING.findall(match.string):
        notes.block_device().add_string(name[1:].lower(), quoted or bare)


def _take_field(notes: Notes, name: str, value: int) -> None:
    if name in ("idVendor", "idProduct"):
        _take_half_of_id(notes, name == "idVendor", value & 0xFFFF)
    elif name == "bNumInterfaces" and not notes.skips_configuration and notes.block_device().interface_count is None:
        notes.block_device().interface_count = value & 0xFF
    elif name == "bConfigurationValue":
        notes.end_interface()
        notes.skips_configuration = bool(notes.block_device().interfaces)
    elif name in INTERFACE_FIELDS:
        if name == "bInterfaceNumber":
            notes.end_interface()
        notes.interface_fields[INTERFACE_FIELDS[name]] = value & 0xFF


def _take_half_of_id(notes: Notes, is_vendor: bool, value: int) -> None:
    draft = notes.block_device()
    if is_vendor and draft.id is not None and draft.id.vendor not in (0, value):
        draft = notes.begin_block()
    before = draft.id or UsbId(0, 0)
    draft.id = UsbId(value, before.product) if is_vendor else UsbId(before.vendor, value)


def _take_short_interface(notes: Notes, match: Match) -> None:
    number, base, sub, protocol = (byte(text) for text in match.groups())
    notes.block_device().add_interface(PastedInterface(number, Triple(base, sub, protocol), base))


FORMS = (
    form("lsusb", rf"\bBus ?(\d{{1,3}}) ?Device ?(\d{{1,3}}) ?:? ?ID ?{ID}(.*)", _take_device, "device"),
    form("lsusb -t", r"/:\s+Bus (\d{1,3})\.Port (\d{1,3}): Dev ", _take_root, "/:"),
    form(
        "lsusb -t",
        r"^(.*?)\|__ Port (\d{1,3}): Dev (\d{1,3})(?:, If (\d{1,3}))?, Class=([^,]{0,40})"
        r"(?:, Driver=([^,]{0,40}))?",
        _take_leaf,
        "|__",
    ),
    form("lsusb -t", r"^[\s>]*Bus#\s*(\d{1,3})\b", _take_old_root, "bus#"),
    form(
        "lsusb -t",
        r"-Dev#\s*(\d{1,3})\s+Vendor\s+0x([0-9a-f]{4})\s+Product\s+0x([0-9a-f]{4})",
        _take_old_leaf,
        "dev#",
    ),
    form("lsusb -t", rf"^[\s>]+ID {ID}", _take_id_of_leaf, "id "),
    form("lsusb", rf"^[\s>]*ID {ID}(.*)", _take_id_alone, "id "),
    form(
        "lsusb -v",
        r"\binterface (\d{1,3}) alt \d{1,3}:.{0,30}?class (\d{1,3})/(\d{1,3})/(\d{1,3})",
        _take_short_interface,
        "interface",
    ),
    form("lsusb -v", rf"{_FIELD.pattern}|{_STRING.pattern}", _take_fields, "id,bnum,bconf,bint,balt,iman,ipro,iser"),
    form("", r"\b(?-i:(?:b|bm|bcd|w|i)[A-Z]\w{3,30})\s+(?:0x|\d|f)|\bDescriptor:|\b(?:Transfer|Synch|Usage) Type\b"),
    form("", r"\b(?-i:bcd[A-Z]\w{2,30}|MaxPower)\s+[0-9a-f]|Device Status:|\((?:Bus|Self) Powered\)|\bSelf Powered\b"),
    form("", r"Remote Wakeup|Couldn't open device"),
    form("", r"^\s*EP 0x|^[\s>]*\.\.\.\s*$"),
)
"""In the order in which a line is tried."""
