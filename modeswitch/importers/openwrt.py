"""OpenWrt's list of devices for its usbmode, read strictly: each device as if it stood in a file of the peer's.

Ref: OpenWrt usbmode, switch.c and convert-modeswitch.pl.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ..errors import ProfileError, UsageError
from ..printable import printable
from ..usb.descriptors import UsbId
from .json_text import lines_of_keys, mended
from .usb_modeswitch import KINDS, MESSAGES, MODES, MOST, WANTED, Entry, Setting, fits, strings, wrong

NAMES = {
    **{name.removesuffix("Mode"): name for name in (*MODES, "PantechMode")},
    "StandardEject": "StandardEject",
    "MBIM": "FunctionMBIM",
    "HuaweiAlt": "HuaweiAltMode",
}
KEYS = {
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


MESSAGE_NEEDED = ("", "Generic", "StandardEject")
"""The modes in which the messages that an entry names are sent; the others know their own."""


def openwrt(text: str, file: str) -> tuple[list[Entry], list[ProfileError]]:
    """The list as a whole, or entries of it alone, as people show them."""
    try:
        document = json.loads(mended(text), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        wrong(file, getattr(error, "lineno", 1), f"not JSON: {printable(str(error), 120)}")
    devices, messages = _parts(document, file)
    lines = lines_of_keys(text)
    entries: list[Entry] = []
    problems: list[ProfileError] = []
    for key, variants in devices.items():
        line = lines.get(json.dumps(key)[1:-1], 1)
        try:
            if variants == {}:
                wrong(file, line, f"{printable(key, 60)!r} is empty")
            for match, device in variants.items() if isinstance(variants, dict) else [("", None)]:
                entries.append(_of_openwrt(key, match, device, messages, file, line))
        except ProfileError as error:
            problems.append(error)
            if len(problems) >= MOST:
                more = f"{printable(file)}, line {line}: so much is wrong that the rest is not read"
                return [], [*problems, ProfileError(more, file=file, line=line)]
    return entries, problems


def _parts(document: Any, file: str) -> tuple[dict[str, Any], list[Any] | None]:
    """The devices, and the messages; None where these are entries without the list's messages."""
    if not isinstance(document, dict):
        wrong(file, 1, NO_LIST)
    if "devices" not in document:
        messages = document.pop("messages", None)
        if not document or (messages is not None and not isinstance(messages, list)):
            wrong(file, 1, NO_LIST)
        if not any(_ID_LIKE.fullmatch(key) for key in document):
            alone = "an entry's inside without its id" if document.keys() & {"*", "mode", "msg", "config"} else ""
            shown = ", ".join(repr(printable(key, 40)) for key in list(document)[:3])
            why = alone or f"its keys ({shown}) are no ids"
            wrong(file, 1, f'{why}: an entry begins with its id, as in "12d1:1f01": {{ "*": {{ … }} }}; {NO_LIST}')
        return document, messages
    devices, messages = document["devices"], document.get("messages")
    if not isinstance(devices, dict) or not (messages is None or isinstance(messages, list)):
        wrong(file, 1, NO_LIST)
    if not devices:
        wrong(file, 1, "no device stands here")
    return devices, messages


NO_LIST = 'no list of OpenWrt: "messages" and "devices" are wanted'
_ID_LIKE = re.compile(r"(?:0x)?[0-9a-f]{1,4}[:-](?:0x)?[0-9a-f]{1,4}", re.IGNORECASE)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, in which each key stands once; ValueError where one does not."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"{key!r} stands twice in one object")
        found[key] = value
    return found


def _of_openwrt(key: str, match: str, device: Any, messages: list[Any] | None, file: str, line: int) -> Entry:
    if not isinstance(device, dict):
        wrong(file, line, f"{printable(key, 60)!r} is no table of a table")
    try:
        usb = UsbId.parse(key)
    except UsageError as error:
        wrong(file, line, error.message)
    notes: tuple[str, ...] = ()
    if messages is None and device.get("msg") not in (None, []):
        device, notes = _without_messages(device, file, line)
    settings = {}
    for keyword, value in _translated(device, messages or [], file, line):
        if not fits(KINDS[keyword], value):
            wrong(file, line, f"{keyword}: {printable(value, 60)!r} is {WANTED[KINDS[keyword]]}")
        settings[keyword] = Setting(value, line)
    matches = [] if match == "*" else match.removeprefix(":").split(":")
    return Entry(usb, strings(matches, file), "", settings, file, line, notes)


def _without_messages(device: dict[str, Any], file: str, line: int) -> tuple[dict[str, Any], tuple[str, ...]]:
    """An entry that counts messages which do not stand here: its mode's own is sent, else it cannot be read."""
    mode, shown = device.get("mode", ""), printable(json.dumps(device["msg"]), 60)
    if not isinstance(mode, str) or mode in MESSAGE_NEEDED:
        wrong(
            file,
            line,
            f'msg {shown} counts the list\'s "messages", which do not stand here: put them before the entry, as in '
            '"messages": [ "55534243…" ], and count from 0',
        )
    rest = {key: value for key, value in device.items() if key != "msg"}
    return rest, (f"msg {shown} (line {line}) is left out: mode {mode} says what is sent",)


def _translated(device: dict[str, Any], messages: list[Any], file: str, line: int) -> Iterator[tuple[str, str]]:
    """Each setting of OpenWrt's as one of the peer's, in the peer's writing."""
    for key, value in device.items():
        if key == "mode":
            if value != "Generic":
                if not isinstance(value, str) or value not in NAMES:
                    wrong(
                        file,
                        line,
                        f"mode {printable(str(value), 60)!r} is not one of OpenWrt's: {', '.join(NAMES)}",
                    )
                yield NAMES[value], str(device.get("modeval", 1))
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
        elif key not in KEYS:
            known = sorted((*KEYS, "check", "mode", "modeval", "msg", "t_product"))
            wrong(file, line, f"{printable(key, 60)!r} is not one of OpenWrt's keys: {', '.join(known)}")
        else:
            keyword = KEYS[key]
            number = KINDS[keyword] in ("id", "byte")
            yield keyword, _hex(value, file, line) if number else str(int(value) if isinstance(value, bool) else value)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _hex(value: Any, file: str, line: int) -> str:
    if isinstance(value, str):
        return value
    if type(value) is not int or not 0 <= value <= 0xFFFF:
        wrong(file, line, f"{printable(str(value), 60)!r} is no id and no byte")
    return f"{value:x}"
