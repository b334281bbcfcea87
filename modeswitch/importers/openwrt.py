"""OpenWrt's list of devices for its usbmode, read strictly: each device as if it stood in a file of the peer's.

Ref: OpenWrt usbmode, switch.c and convert-modeswitch.pl.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..errors import ProfileError, UsageError
from ..printable import printable
from ..usb.descriptors import UsbId
from .usb_modeswitch import KINDS, MESSAGES, MODES, WANTED, Entry, Setting, fits, strings, wrong

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


def openwrt(text: str, file: str) -> tuple[list[Entry], list[ProfileError]]:
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
    return Entry(usb, strings(matches, file), "", settings, file, line)


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
