"""What usb_modeswitch, its dispatcher and OpenWrt's usbmode print and log: ids, options, messages.

Ref: usb_modeswitch 2.6.1, usb_modeswitch.c and usb_modeswitch_dispatcher.tcl; openwrt/usbmode main.c, switch.c.
"""

from __future__ import annotations

import re

from ...usb.descriptors import UsbId
from .form import ID, PORT, Form, Match, form, usb_id
from .notes import Notes

NAME = "usb_modeswitch"

MESSAGES: dict[str, str] = {
    "no storage": r"can't use storage command in MessageContent",
    "expected class": r"interface class is (\d{1,3}), expected 8",
    "nothing to do": r"No devices in default mode found|No default device found|^\s*Nothing to do",
    "no match": r"No bus/device match",
    "no access": r"Error opening the device|libusb couldn't open USB device|Access denied|insufficient permissions",
    "no endpoint": r"Error: \w{1,12} endpoint not (?:given or )?found",
    "busy": r"Could not claim interface|libusb_claim_interface failed|Resource busy",
    "two methods": r"Multiple special modes selected",
    "no method": r"no switching method given",
    "sent": r"message successfully sent|Sending the? ?message|switch device [0-9a-f]{4}:[0-9a-f]{4} on",
    "switched": r"Mode switch (?:has )?(?:most likely )?succeeded|switching was successful|usb_modeswitch: switched to",
    "not switched": r"Mode switch (?:has )?failed|Mode switching (?:may have|has) failed|No new devices in target mode",
    "gone": r"Device is gone, skip|device (?:seems to have )?(?:vanished|gone)",
    "already": r"already (?:in target mode|switched|active)|Target configuration \d+ found",
    "found target": r"Found devices in target mode or class|Found (?:correct )?target device",
    "no libusb": r"error while loading shared libraries: libusb",
    "bad config": r"Failed to load config file|Configuration incomplete|Message index out of range",
    "not sent": r"Failed to send switch message|Sending the message returned error|message failed",
    "new_id": r"add device ID ([0-9a-f]{4}:[0-9a-f]{4}) to driver",
}
"""A message that means something for a stick → its pattern; a group in it is its detail."""

_MESSAGE = re.compile(
    "|".join(f"(?P<k{number}>{text})" for number, text in enumerate(MESSAGES.values())), re.IGNORECASE
)
_KEYS = tuple(MESSAGES)
_MESSAGE_WORDS = (
    "storage command,expected 8,nothing to do,default,match,error,denied,permission,endpoint,claim,busy,modes,method,"
    "message,switch,target,gone,vanished,already,libusb,config,driver,failed"
)
"""Words one of which is in each of these messages."""
_STEPS = (
    *("Look(?:ing)? for (?:default|target) devices", "(?:vendor|product) ID matched", "Found devices in default mode"),
    *("No devices in target mode", "Get(?:ting)? the current device config", "OK, (?:got|driver)", "with class \\d"),
    *("Current configuration number", "Use (?:interface|endpoint)s? ", "Using endpoints", "Set up interface"),
    *(
        "Reset(?:ting)? (?:response|message) endpoint",
        "Error resetting endpoint",
        "Checking for mode switch",
        "Inquir",
        "Detach",
    ),
    *("Using standard ", "Looking for active drivers", "Set(?:ting)? configuration", "Sending standard EJECT"),
    *("Note: No target", "Trying to send", "Take all parameters", "Read the response", "Response succ", "-> Run lsusb"),
    *("\\* (?:usb_modeswitch|Version|Based on)", "! PLEASE REPORT", "USB values from sysfs", "USB description data"),
    *("SCSI (?:inquiry|attributes|values)", "-{4,}$", "bNumConfigurations\\b", "checking config", "! matched"),
    *("Check class of first", "Interface \\d+ class is", "Command line", "Raw p", "sc?si\\w*:", "Serial No\\.:"),
    *("(?:Vendor|Model|Revision) String:", "(?:Manufacturer|Product):", "ok:", "fail:", "Driver is ", "No driver"),
)
"""How lines begin that tell of a step and of nothing else."""
_KEYWORDS = (
    *("Target(?:Vendor|Product|Class|ProductList)", r"Message\w*", "StandardEject", r"Huawei\w{1,8}", "CheckSuccess"),
    *("NeedResponse", "ReleaseDelay", r"(?:Sierra|Option|Sony|GCT)\w*", "Configuration", "Interface", "ResetUSB"),
    *("WaitBefore", "DetachStorageOnly"),
)
"""The keywords of its configuration besides the default id."""
_OPTION = re.compile(r"(?:\s|^)(?:-([vp])|--default-(vendor|product))[\s=]*(?:0x)?([0-9a-f]{4})\b", re.IGNORECASE)


def _take_message(notes: Notes, match: Match) -> None:
    """A message; the device that it is about is the one that the program was told of last."""
    found = _MESSAGE.search(match.string)
    if not found or not found.lastgroup:
        return
    keys = [name for name in found.groupdict() if name.startswith("k") and found[name]]
    what = _KEYS[int(keys[0][1:])]
    details = [text for name, text in enumerate(found.groups()) if text and text != found[keys[0]]]
    notes.say(NAME, what, details[0] if details else "", _named(notes))


def _named(notes: Notes) -> UsbId | None:
    vendor, product = notes.tool_id
    return UsbId(vendor, product) if vendor is not None and product is not None else None


def _tell(notes: Notes, vendor: int | None, product: int | None) -> None:
    """Note the id, or half of one, that such a program is told."""
    notes.tool_id = (notes.tool_id[0] if vendor is None else vendor, notes.tool_id[1] if product is None else product)


def _take_options(notes: Notes, match: Match) -> None:
    """A command line, with its id."""
    notes.in_listing = False
    for short, long, digits in _OPTION.findall(match.string):
        half = int(digits, 16)
        _tell(notes, *((half, None) if (short or long)[0].lower() == "v" else (None, half)))
    file = re.search(r"usb_modeswitch\.d/([0-9a-f]{4})\\?:([0-9a-f]{4})", match.string, re.IGNORECASE)
    if file:
        _tell(notes, int(file[1], 16), int(file[2], 16))


def _take_new_id(notes: Notes, match: Match) -> None:
    """A command or a rule that writes an id to a driver's new_id."""
    notes.say("shell", "new_id", match[3], usb_id(match[1], match[2]))


NEW_ID = form(
    "",
    r"\b(?:0x)?([0-9a-f]{4})[ :](?:0x)?([0-9a-f]{4})\b[^|>]{0,20}(?:>|\|).{0,80}/drivers/([\w-]{1,30})/new_id\b",
    _take_new_id,
    "new_id",
)
"""The line with that command, which may be a comment by its prompt."""


def _take_guarded(notes: Notes, match: Match) -> None:
    """A rule by which USBGuard keeps a device out.  Ref: usbguard-rules.conf(5), usbguard(1) list-devices."""
    port = match[4] or ""
    draft = notes.listed_at_port(port) if port else notes.add_device()
    draft.id = usb_id(match[2], match[3])
    draft.add_kernel_error(f"not authorized: USBGuard has the rule {match[1]} for it")


GUARDED = form(
    "USBGuard",
    rf"\b(block|reject)\s+id\s+{ID}(?:.{{0,300}}?via-port\s+[\"']({PORT})[\"'])?",
    _take_guarded,
    " id ",
)


def _take_default(notes: Notes, match: Match) -> None:
    half = int(match[2], 16)
    _tell(notes, *((half, None) if match[1].lower() == "vendor" else (None, half)))


def _take_found(notes: Notes, match: Match) -> None:
    """An id that is on the bus."""
    if len(notes.on_bus) < 64:
        notes.on_bus[usb_id(match[1], match[2])] = None


def _take_access(notes: Notes, match: Match) -> None:
    """The address of the device that is switched."""
    named = _named(notes)
    if named is not None:
        draft = notes.device_at_address(int(match[2]), int(match[1]), named)
        draft.id = draft.id or named


def _take_switch(notes: Notes, match: Match) -> None:
    """A line of syslog: the message is being sent."""
    found = usb_id(match[1], match[2])
    _tell(notes, found.vendor, found.product)
    notes.tools.setdefault(NAME)
    notes.say(NAME, "sent", "", found)


def _take_half(notes: Notes, match: Match) -> None:
    """An attribute as the dispatcher logs it: name, a tab, the value."""
    half = int(match[2], 16)
    is_vendor = match[1].lower() == "idvendor"
    draft = notes.block_device()
    before = draft.id or UsbId(0, 0)
    draft.id = UsbId(half, before.product) if is_vendor else UsbId(before.vendor, half)
    _tell(notes, *((half, None) if is_vendor else (None, half)))


def _take_text(notes: Notes, match: Match) -> None:
    notes.block_device().add_string(match[1].lower(), match[2])


def _take_top(notes: Notes, match: Match) -> None:
    """The dispatcher names the port."""
    notes.begin_block(notes.listed_at_port(match[1]))


def _take_listed(notes: Notes, match: Match) -> None:
    """Usbmode lists a device that its list can switch."""
    found = usb_id(match[1], match[2])
    draft = next((one for one in notes.drafts if one.id == found), None) or notes.begin_block()
    draft.id, draft.named = found, True
    for which, text in zip(("manufacturer", "product", "serial"), match.groups()[2:], strict=True):
        if text:
            draft.add_string(which, text)


COMMAND = form(
    NAME,
    r"^[\s>]*#\s*(?:sudo\s+)?(?:/\S*/)?usb_modeswitch\s+-|^[^#]*\busb_modeswitch(?:_dispatcher)?\s+-",
    _take_options,
    "usb_modeswitch",
)
"""A command line of usb_modeswitch."""

FORMS: tuple[Form, ...] = (
    form(NAME, rf"usb_modeswitch(?:\[\d+\])?: (?:\w+: )?switch device {ID}", _take_switch, "switch device"),
    COMMAND,
    form(NAME, r"#.*\busb_modeswitch\s+-", _take_options, "usb_modeswitch"),
    form(NAME, r"\bDefault(Vendor|Product)\s*=\s*\"?(?:0x)?([0-9a-f]{4})\b", _take_default, "default"),
    form(NAME, rf"\bfound USB ID {ID}", _take_found, "found usb id"),
    form(NAME, r"\bAccess(?:ing)? device (\d{1,3}) on bus (\d{1,3})", _take_access, "access"),
    form(NAME, rf"Use top device dir \S*?/({PORT})\b", _take_top, "top device"),
    form(NAME, r"^\s*(idVendor|idProduct)(?:\t+| {1,12})([0-9a-f]{4})\s*$", _take_half, "idvendor,idproduct"),
    form(NAME, r"^\s*(manufacturer|product|serial)\t(.{1,100})$", _take_text, "\t"),
    form(
        "usbmode",
        rf"\bFound device: {ID} \(Manufacturer: \"([^\"]*)\", Product: \"([^\"]*)\", Serial: \"([^\"]*)\"",
        _take_listed,
        "found device",
    ),
    form(
        NAME,
        "|".join(re.sub(r"\((?!\?)", "(?:", text) for text in MESSAGES.values()),
        _take_message,
        _MESSAGE_WORDS,
    ),
    form(NAME, rf"^\s*(?:{'|'.join(_STEPS)})"),
    form(NAME, rf"^\s*(?:{'|'.join(_KEYWORDS)})\s*=", None, "="),
)
"""In the order in which a line is tried."""
