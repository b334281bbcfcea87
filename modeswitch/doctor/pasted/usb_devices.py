"""The lines of usb-devices and of /proc/bus/usb/devices.

Ref: Linux Documentation/driver-api/usb/usb.rst (/proc/bus/usb/devices); usb-devices(1) of usbutils.
"""

from __future__ import annotations

from ...usb.descriptors import Triple
from .form import Match, byte, driver_name, form, usb_id
from .notes import MOST_DEVICES, Notes
from .values import PastedInterface

NAME = "usb-devices"


def _take_topology(notes: Notes, match: Match) -> None:
    """T: where the device is.  The port path is that of its hub, whose line comes before, and one port more."""
    bus, level, parent, port, address = (int(text) for text in match.groups())
    draft = notes.begin_block()
    draft.bus_address = (bus, address)
    _expect_mark(notes)
    hub = () if level == 1 else notes.port_paths.get((bus, parent))
    if level and hub is not None:
        path = (*hub, port + 1)
        notes.port_paths[bus, address] = path
        draft.port = f"{bus}-{'.'.join(map(str, path))}"
    elif level:
        draft.port_end = (bus, level, port + 1)


def _expect_mark(notes: Notes) -> None:
    """Expect a configuration of the block that is marked as active."""
    if notes.block is not None and notes.block not in notes.unmarked[-1:] and len(notes.unmarked) < MOST_DEVICES:
        notes.unmarked.append(notes.block)


def _take_id(notes: Notes, match: Match) -> None:
    """P: the id.  A second one, or one after interfaces, begins another device, whose line T: is missing."""
    draft = notes.block
    if draft is None or draft.id is not None or draft.interfaces:
        draft = notes.begin_block()
    draft.id, draft.listed = usb_id(match[1], match[2]), True


def _take_device(notes: Notes, _match: Match) -> None:
    """D: comes after T: and before P:, whichever of them is missing."""
    if notes.block is not None and (notes.block.id is not None or notes.block.interfaces):
        notes.begin_block()


def _take_string(notes: Notes, match: Match) -> None:
    notes.block_device().add_string(match[1].lower().removesuffix("number"), match[2])


def _take_configuration(notes: Notes, match: Match) -> None:
    """C: a configuration, with a star where it is active; of several only the active one is noted."""
    draft, is_active = notes.block_device(), match[1] == "*"
    draft.has_configuration = True
    _expect_mark(notes)
    if is_active:
        notes.marks_active = True
        notes.unmarked.pop()
    if is_active and not notes.has_active_configuration:
        draft.interfaces.clear()  # those of the configurations before, which are not active
    notes.skips_configuration = not is_active and (notes.has_active_configuration or bool(draft.interfaces))
    notes.has_active_configuration = notes.has_active_configuration or is_active
    if not notes.skips_configuration:
        draft.interface_count = int(match[2])


def _take_interface(notes: Notes, match: Match) -> None:
    mark, number, alternate, base, sub, protocol, driver = match.groups()
    draft = notes.block_device()
    if not notes.skips_configuration and byte(alternate) == 0 and byte(number) <= max(draft.interfaces, default=-1):
        draft = notes.begin_block()  # of another device, whose first lines are missing
    draft.is_active = draft.is_active or bool(mark or driver_name(driver))
    draft.has_plain_interface = draft.has_plain_interface or not mark
    notes.marks_interfaces = notes.marks_interfaces or bool(mark)
    if not notes.skips_configuration:
        triple = Triple.parse(f"{base}/{sub}/{protocol}".lower())
        interface = PastedInterface(byte(number), triple, triple.cls, driver_name(driver))
        draft.add_interface(interface)


FORMS = (
    form(
        NAME,
        r"\bT:\s*Bus=\s*(\d{1,3})\s*Lev=\s*(\d{1,2})\s*Prnt=\s*(\d{1,3})\s*Port=\s*(\d{1,3})(?!\d).{0,30}?Dev#=\s*(\d{1,3})",
        _take_topology,
        "lev=",
    ),
    form(NAME, r"\bVendor=\s?([0-9a-f]{4})\s*ProdID=\s?([0-9a-f]{4})", _take_id, "prodid"),
    form(NAME, r"(?:^|[\s>|*])D:\s*Ver=", _take_device, "ver="),
    form(NAME, r"\bS:\s*(Manufacturer|Product|SerialNumber)=(.*)", _take_string, "s:"),
    form(NAME, r"\bC:\s?(\*?)\s*#Ifs=\s*(\d{1,3})(?!\d)", _take_configuration, "#ifs"),
    form(
        NAME,
        r"(?:\bI:(\*)\s*)?\bIf#=\s*(0x[0-9a-f]{1,2}|\d{1,3})\s*Alt=\s*(\d{1,3}).{0,25}?Cls=\s*([0-9a-f]{2})(?:\([^)]{0,12}\))?\s*"
        r"Sub=\s*([0-9a-f]{2})\s*Prot=\s*([0-9a-f]{2})(?:\s*Driver=\s?(\S{0,40}))?",
        _take_interface,
        "if#",
    ),
    form("", r"(?:^|[\s>|*])[ABDEIT]:\*?\s*(?:Ver|Ad|FirstIf#|Alloc|Bus|If#)", None, ":"),
)
"""In the order in which a line is tried."""
