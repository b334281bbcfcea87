"""usb_modeswitch's configuration files, and OpenWrt's list, read strictly: settings with the line each stands in.

The peer passes over in silence what it does not know; here an unknown keyword, a value of the wrong kind, a character
that cannot stand there is an error with file and line.

Ref: usb_modeswitch 2.6.1, usb_modeswitch.conf (keywords, comments); OpenWrt usbmode, switch.c, convert-modeswitch.pl.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any, NamedTuple, NoReturn

from ..descriptors import UsbId
from ..errors import ProfileError, UsageError
from ..printable import printable
from ..profile import Words

LARGEST = 1024 * 1024
"""No configuration is larger, in bytes; what is, is not read."""

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

OPENWRT_MODES = {
    **{name.removesuffix("Mode"): name for name in (*MODES, "PantechMode")},
    "StandardEject": "StandardEject",
    "MBIM": "FunctionMBIM",
    "HuaweiAlt": "HuaweiAltMode",
}
OPENWRT_KEYS = {
    "t_vendor": "TargetVendor",
    "t_class": "TargetClass",
    "msg_endpoint": "MessageEndpoint",
    "response_endpoint": "ResponseEndpoint",
    "interface": "Interface",
    "config": "Configuration",
    "alt": "AltSetting",
    "release_delay": "ReleaseDelay",
    "wait": "WaitBefore",
    "detach_storage": "DetachStorageOnly",
    "reset": "ResetUSB",
    "inquire": "InquireDevice",
    "no_driver": "NoDriverLoading",
    "response": "NeedResponse",
}


class Setting(NamedTuple):
    """A value as it is written, and its line."""

    value: str
    line: int


class Entry(NamedTuple):
    """One device's settings: its id, the strings it is told by, what its comment calls it, keyword → setting."""

    usb: UsbId
    match: Words
    name: str
    settings: dict[str, Setting]
    file: str
    line: int

    def wrong(self, keyword: str, complaint: str) -> NoReturn:
        """Raise the :class:`ProfileError` that names file and line."""
        line = self.settings[keyword].line if keyword in self.settings else self.line
        wrong(self.file, line, f"{keyword}: {complaint}" if keyword else complaint)


def wrong(file: str, line: int, complaint: str) -> NoReturn:
    """Raise the :class:`ProfileError` that names file and line."""
    raise ProfileError(f"{printable(file)}, line {line}: {complaint}", file=file, line=line)


def read(raw: bytes, file: str) -> tuple[list[Entry], list[ProfileError]]:
    """All devices of a file, whichever of the two formats it has, and what is wrong with the others.

    Raises :class:`ProfileError` where the file as a whole cannot be read.
    """
    if len(raw) > LARGEST:
        raise ProfileError(f"{printable(file)}: larger than {LARGEST} bytes", file=file)
    for byte, what in ((b"\0", "a NUL"), (b"\r", "a carriage return: the file has DOS line ends")):
        if byte in raw:
            wrong(file, raw.count(b"\n", 0, raw.index(byte)) + 1, what)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        wrong(file, raw.count(b"\n", 0, error.start) + 1, "not UTF-8")
    return _openwrt(text, file) if text.lstrip().startswith("{") else _own(text, file)


# The peer's own files.


def _own(text: str, file: str) -> tuple[list[Entry], list[ProfileError]]:
    """A file of one device, or the old usb_modeswitch.conf, where each DefaultVendor begins another."""
    problems: list[ProfileError] = []
    devices: list[tuple[str, dict[str, Setting]]] = []
    broken: set[int] = set()
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
        started = True
        keyword = bare.partition("=")[0].strip()
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
    if not devices and not problems:
        problems.append(ProfileError(f"{printable(file)}, line 1: no setting stands here", file=file, line=1))
    entries = []
    for number, (name, settings) in enumerate(devices):
        if number in broken:  # half a device would be switched in another way than its author wanted
            continue
        try:
            usb, match = _whose(settings, file)
            entries.append(Entry(usb, match, name, settings, file, min(each.line for each in settings.values())))
        except ProfileError as error:
            problems.append(error)
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
    "ids": "no list of ids with commas between them",
    "byte": "no byte in hex",
    "message": "no even number of hex digits",
    "number": "no number",
    "flag": "neither 1 (yes, true) nor 0 (no, false)",
}
"""Kind → what is wrong with a value that is none."""
_SHAPES = {
    "id": r"(0x)?[0-9a-f]{1,4}",
    "ids": r"(0x)?[0-9a-f]{1,4}(\s*,\s*(0x)?[0-9a-f]{1,4})*",
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
        return UsbId(int(vendor, 16), int(product, 16)), _strings(PurePath(file).name.split(":")[2:], file)
    for keyword in settings.keys() & {"DefaultVendor", "DefaultProduct"}:
        wrong(file, settings[keyword].line, f"{keyword} stands here, and the other half of the id does not")
    vendor, colon, rest = PurePath(file).name.partition(":")
    product, *matches = rest.split(":")
    if not colon or not fits("id", vendor) or not fits("id", product):
        line = min(each.line for each in settings.values())
        wrong(
            file, line, "whose settings? Neither DefaultVendor and DefaultProduct nor the file's name (12d1:1f01) says"
        )
    return UsbId(int(vendor, 16), int(product, 16)), _strings(matches, file)


def _strings(matches: list[str], file: str) -> Words:
    found = []
    for match in matches:
        key, equals, text = match.partition("=")
        if key not in MATCHES or not equals or not text or not text.isprintable():
            wrong(file, 1, f"{printable(match, 60)!r} in the file's name is none of {', '.join(MATCHES)} with a text")
        found.append((MATCHES[key], text))
    return tuple(found)


# OpenWrt's list.


def _openwrt(text: str, file: str) -> tuple[list[Entry], list[ProfileError]]:
    try:
        document = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        wrong(file, getattr(error, "lineno", 1), f"not JSON: {printable(str(error), 120)}")
    problems: list[ProfileError] = []
    devices = document.get("devices")
    messages = document.get("messages", [])
    if not isinstance(devices, dict) or not isinstance(messages, list):
        wrong(file, 1, 'no list of OpenWrt: "messages" and "devices" are wanted')
    if not devices:
        wrong(file, 1, "no device stands here")
    entries = []
    for key, variants in devices.items():
        line = text.count("\n", 0, max(0, text.find(json.dumps(key)))) + 1
        try:
            for match, device in variants.items() if isinstance(variants, dict) else [("", None)]:
                entries.append(_of_openwrt(key, match, device, messages, file, line))
        except ProfileError as error:
            problems.append(error)
    return entries, problems


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, in which each key stands once; ValueError where one does not."""
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"{next(key for key in keys if keys.count(key) > 1)!r} stands twice in one object")
    return found


def _of_openwrt(key: str, match: str, device: Any, messages: list[Any], file: str, line: int) -> Entry:
    if not isinstance(device, dict):
        wrong(file, line, f"{printable(key, 60)!r} is no table of a table")
    try:
        usb = UsbId.parse(key)
    except UsageError as error:
        wrong(file, line, error.message)
    settings = {}
    for keyword, value in _translated(device, messages, file, line):
        if not fits(KINDS[keyword], value):
            wrong(file, line, f"{keyword}: {printable(value, 60)!r} is {WANTED[KINDS[keyword]]}")
        settings[keyword] = Setting(value, line)
    matches = [] if match == "*" else match.removeprefix(":").split(":")
    return Entry(usb, _strings(matches, file), "", settings, file, line)


def _translated(device: dict[str, Any], messages: list[Any], file: str, line: int) -> Iterator[tuple[str, str]]:
    """Each setting of OpenWrt's as one of the peer's, in the peer's writing."""
    for key, value in device.items():
        if key == "mode":
            if value != "Generic":
                if not isinstance(value, str) or value not in OPENWRT_MODES:
                    wrong(
                        file,
                        line,
                        f"mode {printable(str(value), 60)!r} is none of OpenWrt's: {', '.join(OPENWRT_MODES)}",
                    )
                yield OPENWRT_MODES[value], str(device.get("modeval", 1))
        elif key == "modeval":
            continue
        elif key == "t_product":
            yield "TargetProductList", ",".join(_hex(each, file, line) for each in _list(value))
        elif key == "check":
            continue  # that success is checked; the list says no seconds, and we always do
        elif key == "msg":
            if len(_list(value)) > len(MESSAGES):
                wrong(file, line, f"msg: {len(_list(value))} messages, where at most {len(MESSAGES)} are sent")
            for keyword, index in zip(MESSAGES, _list(value), strict=False):
                if type(index) is not int or not 0 <= index < len(messages):
                    wrong(file, line, f"msg {printable(str(index), 60)}: there are {len(messages)} messages")
                yield keyword, str(messages[index])
        elif key not in OPENWRT_KEYS:
            known = sorted((*OPENWRT_KEYS, "check", "mode", "modeval", "msg", "t_product"))
            wrong(file, line, f"{printable(key, 60)!r} is none of OpenWrt's keys: {', '.join(known)}")
        else:
            keyword = OPENWRT_KEYS[key]
            number = KINDS[keyword] in ("id", "byte")
            yield keyword, _hex(value, file, line) if number else str(int(value) if isinstance(value, bool) else value)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _hex(value: Any, file: str, line: int) -> str:
    if type(value) is int and 0 <= value <= 0xFFFF:
        return f"{value:x}"
    if isinstance(value, str):
        return value
    wrong(file, line, f"{printable(str(value), 60)!r} is no id and no byte")
