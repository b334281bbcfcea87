"""What udevadm prints (``info``, ``info -a``, ``monitor``), and attributes of sysfs as cat, grep and ls print them.

Ref: udevadm(8); Linux Documentation/ABI/testing/sysfs-bus-usb; lib/kobject_uevent.c (PRODUCT, INTERFACE).
"""

from __future__ import annotations

import re

from ...usb.descriptors import Triple, UsbId
from .form import PORT, Match, byte, driver_name, form
from .notes import Notes
from .values import PastedInterface

NODE = rf"/({PORT})(?::\d{{1,3}}\.(\d{{1,3}}))?(?=[/:'\"\s\]]|$)"
"""A device or an interface in a path of sysfs."""
_NODE = re.compile(NODE)
_MADE = re.compile(r"/(?:tty/)?(tty[A-Z]{2,8}\d{1,4})$|/net/([\w.-]{1,15})$|/(cdc-wdm\d{1,3})$")
"""What a driver made of an interface, at the end of a path of sysfs."""

_HALVES = {"idvendor": 0, "id_vendor_id": 0, "idproduct": 1, "id_model_id": 1}
_STRINGS = {
    "manufacturer": "manufacturer",
    "product": "product",
    "serial": "serial",
    "id_vendor": "manufacturer",
    "id_model": "product",
}
_FIELDS = {"binterfaceclass": "base", "binterfacesubclass": "sub", "binterfaceprotocol": "protocol"}
_DRIVERS = ("driver", "drivers", "id_usb_driver")
READ = (
    "idVendor",
    "idProduct",
    "manufacturer",
    "product",
    *("bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol"),
)
"""The attributes of sysfs that are read where only their values follow."""


def _begin(notes: Notes, path: str) -> bool:
    """Begin what a path of sysfs names: the last device or interface in it, and what was made of that."""
    nodes = list(_NODE.finditer(path))
    if not nodes or nodes[-1][1].endswith("-0"):
        return False
    last = nodes[-1]
    draft = notes.listed_at_port(last[1])
    if notes.block is not draft or (last[2] is None) != (notes.node_number is None):
        notes.begin_block(draft)
    notes.end_interface()
    notes.node_number = byte(last[2]) if last[2] is not None else None
    notes.node_is_own = last.end() == len(path)
    made = _MADE.search(path)
    if made and notes.node_number is not None:
        if made[1]:
            draft.add_tty(made[1], notes.node_number)
        elif made[2]:
            draft.add_network(made[2])
        else:
            draft.add_wdm(made[3])
    return True


def _set(notes: Notes, name: str, value: str) -> None:
    """Note an attribute or property of the device or interface that was begun."""
    key, text = name.lower(), value.strip()
    draft = notes.block_device()
    if key in _HALVES and re.fullmatch(r"(?:0x)?[0-9a-f]{4}", text, re.IGNORECASE):
        half, before = int(text, 16), draft.id or UsbId(0, 0)
        halves = (half, before.product) if _HALVES[key] == 0 else (before.vendor, half)
        draft.id = UsbId(*halves)
    elif key in _STRINGS and text:
        draft.add_string(_STRINGS[key], text)
    elif key == "product" or not text:
        return
    elif key == "id_usb_interface_num" and text.isdigit():
        notes.node_number = byte(text)
    elif key in _DRIVERS and notes.node_number is not None and (notes.node_is_own or key == "id_usb_driver"):
        draft.add_interface(PastedInterface(notes.node_number, None, None, driver_name(text)))
    elif key in _FIELDS and notes.node_number is not None and re.fullmatch(r"[0-9a-f]{2}", text, re.IGNORECASE):
        notes.interface_fields["number"] = notes.node_number
        notes.interface_fields[_FIELDS[key]] = int(text, 16)
        if len(notes.interface_fields) == 4:
            notes.end_interface()
    elif key == "interface":
        parts = text.split("/")
        if len(parts) == 3 and all(part.isdigit() for part in parts) and notes.node_number is not None:
            triple = Triple(*(byte(part) for part in parts))
            draft.add_interface(PastedInterface(notes.node_number, triple, triple.cls))


def _take_walk(notes: Notes, match: Match) -> None:
    _begin(notes, match[1])


def _take_attribute(notes: Notes, match: Match) -> None:
    _set(notes, match[1] or match[2], match[3])


def _take_property(notes: Notes, match: Match) -> None:
    """A property of a device in ``udevadm info`` or ``monitor --property``."""
    name, value = match[1], match[2]
    if name == "DEVPATH":
        _begin(notes, value)
    elif name == "PRODUCT":
        parts = value.split("/")
        if len(parts) == 3 and all(re.fullmatch(r"[0-9a-fA-F]{1,4}", part) for part in parts[:2]):
            draft = notes.block_device()
            draft.id = draft.id or UsbId(int(parts[0], 16), int(parts[1], 16))
    elif notes.node_is_own or name.startswith("ID_"):
        _set(notes, name, value)


def _take_event(notes: Notes, match: Match) -> None:
    """An event: the kernel's, or udev's where the kernel's are not shown."""
    by, action, path, subsystem = match.groups()
    notes.events_by = notes.events_by or by.upper()
    if by.upper() != notes.events_by:
        return
    nodes = list(_NODE.finditer(path))
    if not nodes or nodes[-1][1].endswith("-0"):
        return
    port, number, is_end = nodes[-1][1], nodes[-1][2], nodes[-1].end() == len(path)
    if subsystem == "usb" and number is None and is_end and action in ("add", "remove"):
        if action == "add":
            notes.begin_block(notes.add_device_at_port(port, None))
        else:
            notes.device_at_port(port).leave(notes.moment)
    elif action in ("add", "bind", "change", "move"):
        _begin(notes, path)
    if subsystem == "scsi" and action == "add" and number is not None:
        notes.device_at_port(port).bind(byte(number), "usb-storage")


def _take_value(notes: Notes, match: Match) -> None:
    """An attribute with its path and its value in one line, as grep prints it."""
    if _begin(notes, match[1]):
        _set(notes, match[2], match[3])


def _take_cat(notes: Notes, match: Match) -> None:
    """A command that prints attributes: the next lines are their values."""
    words = re.findall(rf"(?:(\S*)/)?({'|'.join(READ)})\b", match.string)[:8]
    notes.awaited = [f"{path}/{name}" if path else name for path, name in words][::-1]


def _take_awaited(notes: Notes, match: Match) -> None:
    path, _, name = notes.awaited.pop().rpartition("/")
    if not (path and _begin(notes, path)) and notes.block is None:
        notes.begin_block()
    _set(notes, name, match[1] or match[2])


def _take_driver_link(notes: Notes, match: Match) -> None:
    notes.listed_at_port(match[1]).add_interface(PastedInterface(byte(match[2]), None, None, match[3]))


TEXTS = ("manufacturer", "product")
"""The attributes that are a text; the others are hex."""
AWAITED = form("sysfs", r"^\s*(?:([0-9a-f]{2}|[0-9a-f]{4})|([\w .,()+-]{1,60}))\s*$", _take_awaited)
"""A value alone on its line, in hex or as a text; tried only where a command before it asked for one."""

COMMAND = form("sysfs", rf"(?:^|[\s#$>])cat\b.*\b(?:{'|'.join(READ)})\b", _take_cat, "cat ")
"""A command that prints attributes of sysfs."""

FORMS = (
    form("udevadm", r"looking at (?:parent )?device '([^']{1,400})'", _take_walk, "looking at"),
    form("udevadm", r"^[\s>]*(?:ATTRS?\{(\w{1,40})\}|(DRIVERS?))==\"([^\"]{0,200})\"", _take_attribute, '=="'),
    form("", r"^[\s>]*[A-Z]{4,12}S?(?:\{[^}]{1,60}\})?==\"", None, '=="'),
    form(
        "udevadm",
        r"\b(KERNEL|UDEV) {0,2}\[\d+\.\d+\] (\w+) +(/devices/\S+) +\((\w+)\)",
        _take_event,
        "kernel,udev",
    ),
    form("udevadm", r"^[\s>]*P: (/devices/\S+)", _take_walk, "p: "),
    form(
        "udevadm",
        r"^[\s>]*(?:E: )?(?-i:(DEVPATH|PRODUCT|INTERFACE|DRIVER|ID_VENDOR_ID|ID_MODEL_ID|ID_VENDOR|ID_MODEL"
        r"|ID_USB_INTERFACE_NUM|ID_USB_DRIVER))=(.{1,300})",
        _take_property,
        "=",
    ),
    form("udevadm", r"^[\s>]*(?-i:(?:E: )?[A-Z][A-Z0-9_]{2,40}=.|[NLSMRUTDIQV]: [\w+-])", None, "=,: "),
    form(
        "sysfs",
        rf"(\S{{0,200}}/{PORT}(?::\d{{1,3}}\.\d{{1,3}})?)/(\w{{2,40}})(?:: ?|=)(.{{1,200}})",
        _take_value,
        "/b,/id,/man,/pro",
    ),
    COMMAND,
    form("sysfs", r"/usb\d{1,3}/\w{2,40}(?:: ?|=)\S", None, "/usb"),
    form(
        "sysfs",
        rf"/({PORT}):\d{{1,3}}\.(\d{{1,3}})/driver -> \S*/drivers/([\w-]{{1,40}})",
        _take_driver_link,
        "/driver ->",
    ),
)
"""In the order in which a line is tried."""
