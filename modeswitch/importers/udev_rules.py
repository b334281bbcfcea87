"""Udev rules and command lines that switch a stick: no configuration, but what they do is told.

Ref: udev(7); usb_modeswitch 2.6.1, its man page (options).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..errors import ProfileError, UsageError
from ..printable import printable
from ..usb.descriptors import UsbId
from .usb_modeswitch import MODES, MOST

_RULE = re.compile(
    r'^[ \t]*(?:(?:ATTRS?|ENV|SYSCTL|TEST|IMPORT|RUN|PROGRAM|SECLABEL)\{[^}"]{1,80}\}|ACTION|SUBSYSTEMS?|KERNELS?|'
    r'DRIVERS?|RUN|PROGRAM|LABEL|GOTO|TAGS?|SYMLINK|NAME|OWNER|GROUP|MODE|OPTIONS|DEVPATH)\s*(?:==|!=|\+=|-=|:=|=)\s*"',
    re.MULTILINE,
)
_COMMAND = re.compile(r"^[ \t]*(?:[$#>][ \t]*)?(?:sudo[ \t]+)?(?:/\S{1,60}/)?usb_modeswitch[ \t]+-", re.MULTILINE)
_SETTING = re.compile(r"^[ \t]*\w{1,40}[ \t]*=(?!=)", re.MULTILINE)
_VENDOR = re.compile(r'(?:idVendor|ID_VENDOR_ID)\}\s*==\s*"([0-9a-f]{4})"', re.IGNORECASE)
_PRODUCT = re.compile(r'(?:idProduct|ID_MODEL_ID)\}\s*==\s*"([0-9a-f|]{4,60})"', re.IGNORECASE)
_BOTH = re.compile(r'PRODUCT\}\s*==\s*"([0-9a-f]{1,4})/([0-9a-f]{1,4})/', re.IGNORECASE)
_RUN = re.compile(r'\b(?:RUN|PROGRAM)(?:\{\w{1,20}\})?\s*(?:\+=|:=|==|=)\s*"([^"]{1,2000})')
_OPTION = re.compile(r"(?:^|\s)(-\w|--[a-z-]{3,30})(?:[\s=]*[\"']?(0x[0-9a-fA-F]+|[0-9a-fA-F]+)\b)?")
LONG = {
    "--default-vendor": "-v",
    "--default-product": "-p",
    "--message-content": "-M",
    "--std-eject": "-K",
    "--huawei-mode": "-H",
    "--huawei-new-mode": "-J",
    "--huawei-alt-mode": "-X",
    "--reset-usb": "-R",
    "--detach-only": "-d",
    "--configuration": "-u",
}
METHODS = {"-K": "StandardEject", **dict(zip((f"-{letter}" for letter in "HJXSOGTNALBEUZ"), MODES, strict=True))}
"""The option of each method.  Ref: usb_modeswitch 2.6.1, ``--help``."""
OTHERS = {"-R": "a reset (-R)", "-d": "its drivers taken off (-d)", "-u": "a configuration chosen (-u)"}
TOLD = ("command", "cdb", "host", "profile", "green", "action", "prevent")
"""What is told of a message that is decoded."""


def are_rules(text: str) -> bool:
    """Has it lines of a file of udev rules?"""
    return _RULE.search(text) is not None


def are_commands(text: str) -> bool:
    """Is it a command line of usb_modeswitch?"""
    return _COMMAND.search(text) is not None and _SETTING.search(text) is None


def told(text: str, file: str) -> list[ProfileError]:
    """For each rule or command that is about a device what it is and does; its id is the fact ``id``."""
    kind = "a udev rule" if are_rules(text) else "a command line of usb_modeswitch"
    found: list[ProfileError] = []
    for number, line in _lines(text):
        if len(found) >= MOST:
            words = f"{printable(file)}, line {number}: so many are there that the rest is not told"
            return [*found, ProfileError(words, file=file, line=number)]
        ids = [str(one) for one in _ids(line)]
        does = _does(line) if kind == "a udev rule" else _runs(line)
        if not does or not (ids or "usb_modeswitch" in line):
            continue
        of = f" for {' and '.join(ids)}" if ids else ""
        words = f"{printable(file)}, line {number}: {kind}{of}, no configuration that could be imported: {does}"
        found.append(ProfileError(words, file=file, line=number, id=ids[0] if ids else None))
    if not found:
        words = f"{printable(file)}, line 1: {kind}, and none that is about a device: there is nothing to import"
        found.append(ProfileError(words, file=file, line=1))
    return found


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that are no comment, with their numbers; one that ends in a backslash goes on."""
    begun, first = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        if not begun and line.lstrip().startswith("#") and not _COMMAND.match(line):
            continue
        first = first if begun else number
        if line.endswith("\\") and len(begun) < 4000:
            begun += line[:-1] + " "
            continue
        yield first, (begun + line)[:4000]
        begun = ""


def _ids(line: str) -> list[UsbId]:
    """The ids that a rule asks for, or that its command names."""
    both = [UsbId(int(vendor, 16), int(product, 16)) for vendor, product in _BOTH.findall(line)]
    vendor, products = _VENDOR.search(line), _PRODUCT.search(line)
    if vendor and products:
        texts = [text for text in products[1].split("|") if len(text) == 4]
        return [UsbId(int(vendor[1], 16), int(text, 16)) for text in texts][:8]
    said = dict(_options(line))
    if said.get("-v") and said.get("-p"):
        halves = [int(said[half], 16) for half in ("-v", "-p")]
        return [UsbId(*halves)] if max(halves) <= 0xFFFF else []
    return both[:8]


def _options(line: str) -> list[tuple[str, str]]:
    """The options of usb_modeswitch's command line with their values in hex."""
    command = line.partition("usb_modeswitch")[2]
    return [(LONG.get(name, name), value) for name, value in _OPTION.findall(command)]


def _does(line: str) -> str:
    """What a rule does, in words; nothing where it only jumps or names."""
    programs = _RUN.findall(line)
    return "; ".join(filter(None, (_runs(program) for program in programs[:4])))


def _runs(command: str) -> str:
    if "new_id" in command:
        return "it gives a driver an id (new_id), and switches nothing"
    if "usb_modeswitch" not in command:
        return f"it runs {printable(command.strip(), 80)}"
    options = _options(command)
    if not options:
        return "it starts usb_modeswitch's own dispatcher, which takes the message from its list"
    sent = [_message(value) for name, value in options if name in ("-M", "-2", "-3")]
    sent += [METHODS[name] for name, _ in options if name in METHODS]
    sent = sent or ["no message"]
    sent += [OTHERS[name] for name, _ in options if name in OTHERS]
    return f"it runs usb_modeswitch: {', then '.join(sent)}"


def _message(digits: str) -> str:
    """A message in words: what is commanded, and how."""
    from ..usb.explain import explain

    shown = printable(digits, 62)
    try:
        said = explain(bytes.fromhex(digits))
    except ValueError:
        return f"the message {shown}, which is no even number of hex digits"
    except UsageError as error:
        return f"the message {shown} ({error.message})"
    meaning = [text if field == "command" else f"{field} {text}" for field, text in said if field in TOLD]
    return f"the message {shown} ({', '.join(meaning)})"
