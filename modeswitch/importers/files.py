"""A file of usb_modeswitch's or of OpenWrt's, whichever it is."""

from __future__ import annotations

from ..errors import ProfileError
from ..files import read_bounded
from ..printable import printable
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
    return openwrt(text, file) if text.lstrip().startswith("{") else own(text, file)
