"""A file of usb_modeswitch's or of OpenWrt's, whichever it is."""

from __future__ import annotations

from ..errors import ProfileError
from ..files import read_bounded
from ..printable import printable
from ..typeset import plain
from . import udev_rules
from .json_text import looks_so
from .openwrt import openwrt
from .usb_modeswitch import Entry, own, wrong

LARGEST = 1024 * 1024
"""No configuration is larger, in bytes; what is, is not read."""


def read_file(name: str) -> tuple[list[Entry], list[ProfileError]]:
    """The same of the file of that name, which :func:`read` reads.  Raises :class:`ProfileError`."""
    try:
        raw = read_bounded(name, LARGEST)
    except OSError as error:
        raise ProfileError(f"{printable(name)}: {error.strerror}", file=name) from error
    return read(raw, name)


def read(raw: bytes, file: str) -> tuple[list[Entry], list[ProfileError]]:
    """All devices of a file, whichever of the two formats it has, and what is wrong with the others.

    Of a udev rule or a command line what it does is told, as an error.

    Raises :class:`ProfileError` where the file as a whole cannot be read.
    """
    if len(raw) > LARGEST:
        raise ProfileError(f"{printable(file)}: larger than {LARGEST} bytes", file=file)
    if b"\0" in raw:
        wrong(file, raw.count(b"\n", 0, raw.index(b"\0")) + 1, "a NUL")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        wrong(file, raw.count(b"\n", 0, error.start) + 1, "not UTF-8")
    text = plain(text)
    if looks_so(text):
        return openwrt(text, file)
    if udev_rules.are_rules(text) or udev_rules.are_commands(text):
        return [], udev_rules.told(text, file)
    if "\r" in text:  # the peer takes it for a part of the value
        line = text.count("\n", 0, text.index("\r")) + 1
        wrong(file, line, "a carriage return: the file has DOS line ends")
    return own(text, file)
