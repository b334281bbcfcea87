"""usb_modeswitch's configuration files, read strictly: settings with the line each stands in.

The peer passes over in silence what it does not know; here an unknown keyword, a value of the wrong kind, a character
that cannot stand there is an error with file and line.

Ref: usb_modeswitch 2.6.1, usb_modeswitch.conf (keywords, comments).
"""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import NamedTuple, NoReturn

from ..database.profile import Words
from ..errors import ProfileError
from ..printable import printable
from ..usb.descriptors import UsbId

MOST = 20
"""So many errors are told of one file, and no more: it is another kind of file then."""

FLAGS = ("DetachStorageOnly", "StandardEject", "ResetUSB", "NoMBIMCheck")
MODES = (
    *("HuaweiMode", "HuaweiNewMode", "HuaweiAltMode", "SierraMode", "SonyMode", "GCTMode", "KobilMode"),
    *("SequansMode", "MobileActionMode", "CiscoMode", "QisdaMode", "QuantaMode", "OptionMode", "BlackberryMode"),
)
IGNORED = {
    "NeedResponse": "the CSW is always read",
    "InquireDevice": "nothing is asked that does not decide",
    "NoDriverLoading": "no driver is loaded",
    "GetDeviceInfo": "nothing is asked that does not decide",
    "ReleaseDelay": "the interface is held until the stick leaves",
}
"""Obsolete keyword → why nothing takes its place."""
MESSAGES = ("MessageContent", "MessageContent2", "MessageContent3")

KINDS: dict[str, str] = {
    **dict.fromkeys(("DefaultVendor", "DefaultProduct", "TargetVendor", "TargetProduct"), "id"),
    "TargetProductList": "ids",
    **dict.fromkeys(("TargetClass", "MessageEndpoint", "ResponseEndpoint", "Interface"), "byte"),
    **dict.fromkeys(MESSAGES, "message"),
    **dict.fromkeys((*FLAGS, *MODES, *IGNORED, "FunctionMBIM"), "flag"),
    **dict.fromkeys(
        ("Configuration", "AltSetting", "PantechMode", "CheckSuccess", "WaitBefore", "ReleaseDelay"), "number"
    ),
}
"""Keyword → the kind of its value.  ``FunctionMBIM`` is OpenWrt's mode MBIM, and stands in no file of the peer's."""

MATCHES = {
    "uMa": "manufacturer",
    "uPr": "product",
    "uSe": "serial",
    "sVe": "scsi-vendor",
    "sMo": "scsi-model",
    "sRe": "scsi-revision",
}
"""The peer's name for a string of the device → ours."""


class Setting(NamedTuple):
    """A value as it is written, and its line."""

    value: str
    line: int


class Entry(NamedTuple):
    """One device's settings: its id, the strings it is told by, what its comment calls it, keyword → setting.

    ``notes`` say what of it was left out when it was read.
    """

    usb: UsbId
    match: Words
    name: str
    settings: dict[str, Setting]
    file: str
    line: int
    notes: tuple[str, ...] = ()

    def wrong(self, keyword: str, complaint: str) -> NoReturn:
        """Raise the :class:`ProfileError` that names file and line."""
        line = self.settings[keyword].line if keyword in self.settings else self.line
        wrong(self.file, line, f"{keyword}: {complaint}" if keyword else complaint)


def wrong(file: str, line: int, complaint: str) -> NoReturn:
    """Raise the :class:`ProfileError` that names file and line."""
    raise ProfileError(f"{printable(file)}, line {line}: {complaint}", file=file, line=line)


def own(text: str, file: str) -> tuple[list[Entry], list[ProfileError]]:
    """A file of one device, or the old usb_modeswitch.conf, where each DefaultVendor begins another."""
    problems: list[ProfileError] = []
    devices: list[tuple[str, dict[str, Setting]]] = []
    broken: set[int] = set()
    of_program: dict[str, int] = {}
    heading, started = "", False
    for number, line in enumerate(text.split("\n"), 1):
        bare = line.strip()
        if not bare or bare[0] in ";#!":
            words = _words(bare)
            if words and (started or not heading):
                heading, started = words, False
            elif bare.startswith(RULE):
                heading = ""
            continue
        keyword = bare.partition("=")[0].strip()
        if keyword in GLOBAL and "=" in bare:
            of_program.setdefault(keyword, number)
            continue
        started = True
        if not devices or (keyword == "DefaultVendor" and "DefaultVendor" in devices[-1][1]):
            devices.append((heading, {}))
        settings = devices[-1][1]
        try:
            if keyword in settings:
                wrong(file, number, f"{keyword} stands in line {settings[keyword].line} already")
            settings[keyword] = Setting("", number)
            settings[keyword] = _setting(line, number, file)
        except ProfileError as error:
            problems.append(error)
            broken.add(len(devices) - 1)
            if len(problems) >= MOST:
                more = f"{printable(file)}, line {number}: so much is wrong that the rest is not read"
                return [], [*problems, ProfileError(more, file=file, line=number)]
    notes = tuple(
        f"{keyword} (line {line}) is a setting of usb_modeswitch itself, of no device; here: {GLOBAL[keyword]}"
        for keyword, line in of_program.items()
    )
    if notes and not devices:
        words = f"{printable(file)}: settings of usb_modeswitch itself, and no device: there is nothing to import"
        problems.append(ProfileError(words, hint="\n  ".join(notes), file=file, line=min(of_program.values())))
    elif not devices and not problems:
        problems.append(ProfileError(f"{printable(file)}, line 1: no setting stands here", file=file, line=1))
    entries = []
    for number, (name, settings) in enumerate(devices):
        if number in broken:  # half a device would be switched in another way than its author wanted
            continue
        try:
            usb, match = _whose(settings, file)
            first = min(each.line for each in settings.values())
            entries.append(Entry(usb, match, name, settings, file, first, notes))
            notes = ()
        except ProfileError as error:
            problems.append(error)
            if len(problems) >= MOST:
                break
    if notes and problems:
        problems[0].located(hint="\n  ".join(notes))
    return entries, problems


RULE = "#" * 8
"""What begins a line between two devices in the old usb_modeswitch.conf."""


def _words(comment: str) -> str:
    """What a comment says of a device; nothing where it is a rule, or a setting that is commented out."""
    return comment.strip(";#! -=\t") if comment[:1] != ";" and "=" not in comment else ""


def _setting(line: str, number: int, file: str) -> Setting:
    keyword, equals, value = (part.strip() for part in line.partition("="))
    if not equals:
        wrong(file, number, f"{printable(keyword, 60)!r} is neither a comment nor 'keyword = value'")
    if keyword not in KINDS or keyword == "FunctionMBIM":
        _unknown(keyword, file, number)
    if value[:1] in ('"', "'"):
        if len(value) < 2 or value[-1] != value[0]:
            wrong(file, number, f"{keyword}: the quotes are not balanced")
        value = value[1:-1]
    if '"' in value or "'" in value:
        wrong(file, number, f"{keyword}: the quotes are not balanced")
    if not fits(KINDS[keyword], value):
        wrong(file, number, f"{keyword}: {printable(value, 60)!r} is {WANTED[KINDS[keyword]]}")
    return Setting(value, number)


GLOBAL = {
    "DisableSwitching": '[default] to = "leave-alone" in /etc/modeswitch.toml',
    "DisableMBIMGlobal": '[default] to = "switched" in /etc/modeswitch.toml',
    "EnableLogging": "the journal has all; -vv by hand",
    "SetStorageDelay": "nothing, it is not needed",
    "HuaweiAltModeGlobal": '--to ncm, or to = "ncm" in /etc/modeswitch.toml',
}
"""What /etc/usb_modeswitch.conf sets for the program and for no device → what takes its place here.

Ref: usb_modeswitch 2.6.1, usb_modeswitch.conf and ParseGlobalConfig of its dispatcher.
"""


MISNAMED = {"AltHuaweiMode": ("HuaweiAltMode",)}
"""What the peer's own documentation calls a keyword that is another → the keyword.

Ref: usb_modeswitch 2.6.1, usb_modeswitch.conf.
"""


def _unknown(keyword: str, file: str, number: int) -> NoReturn:
    import difflib

    near = MISNAMED.get(keyword) or difflib.get_close_matches(keyword, sorted(set(KINDS) - {"FunctionMBIM"}), 1, 0.7)
    meant = f"; did you mean {near[0]!r}?" if near else ""
    wrong(file, number, f"{printable(keyword, 60)!r} is no keyword of usb_modeswitch{meant}")


WANTED = {
    "id": "no id of at most four hex digits",
    "ids": "no list of ids with commas between them, at most 64",
    "byte": "no byte in hex",
    "message": "no even number of hex digits",
    "number": "no number",
    "flag": "neither 1 (yes, true) nor 0 (no, false)",
}
"""Kind → what is wrong with a value that is none."""
_SHAPES = {
    "id": r"(0x)?[0-9a-f]{1,4}",
    "ids": r"(0x)?[0-9a-f]{1,4}(\s*,\s*(0x)?[0-9a-f]{1,4}){0,63}",
    "byte": r"(0x)?[0-9a-f]{1,2}",
    "message": r"([0-9a-f]{2}){1,512}",
    "number": r"[0-9]{1,6}",
    "flag": r"1|0|y|n|t|f|yes|no|true|false",
}


def fits(kind: str, value: str) -> bool:
    """Is the value of that kind?"""
    return re.fullmatch(_SHAPES[kind], value, re.IGNORECASE) is not None


def is_true(value: str) -> bool:
    """Does a flag say yes?"""
    return value[:1] in "1yYtT"


def _whose(settings: dict[str, Setting], file: str) -> tuple[UsbId, Words]:
    """Whose settings these are: by the keywords where they are there, else by the file's name (``12d1:1f01:uMa=X``)."""
    if "DefaultVendor" in settings and "DefaultProduct" in settings:
        vendor, product = settings["DefaultVendor"].value, settings["DefaultProduct"].value
        return UsbId(int(vendor, 16), int(product, 16)), strings(PurePath(file).name.split(":")[2:], file)
    for keyword in settings.keys() & {"DefaultVendor", "DefaultProduct"}:
        wrong(file, settings[keyword].line, f"{keyword} stands here, and the other half of the id does not")
    vendor, colon, rest = PurePath(file).name.partition(":")
    product, *matches = rest.split(":")
    if not colon or not fits("id", vendor) or not fits("id", product):
        line = min(each.line for each in settings.values())
        wrong(
            file, line, "whose settings? Neither DefaultVendor and DefaultProduct nor the file's name (12d1:1f01) says"
        )
    return UsbId(int(vendor, 16), int(product, 16)), strings(matches, file)


def strings(matches: list[str], file: str) -> Words:
    found = []
    for match in matches:
        key, equals, text = match.partition("=")
        if key not in MATCHES or not equals or not text or not text.isprintable():
            wrong(
                file, 1, f"{printable(match, 60)!r} in the file's name is not one of {', '.join(MATCHES)} with a text"
            )
        found.append((MATCHES[key], text))
    return tuple(found)
