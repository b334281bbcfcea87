"""A form of pasted text: its pattern, and what is done with it; see ``lists.py`` and ``logs.py``."""

from __future__ import annotations

import re
from collections.abc import Callable

from ...usb.descriptors import UsbId
from ...values import NamedTuple
from .draft import Notes

Match = re.Match[str]
PORT = r"\d{1,3}-\d{1,3}(?:\.\d{1,3}){0,6}"
"""A port path, as the kernel writes it."""
ID = r"([0-9a-f]{4}):([0-9a-f]{4})"
"""An id, in two groups."""


class Form(NamedTuple):
    """A kind of line: the name of its text (empty where the line tells nothing), its pattern, what is done with it.

    The pattern is searched for within the line, so that quoting, line numbers, indents and time stamps do not matter;
    every gap in it is bounded.
    """

    name: str
    pattern: re.Pattern[str]
    take: Callable[[Notes, Match], None]


def form(name: str, pattern: str, take: Callable[[Notes, Match], None] | None = None) -> Form:
    """A form; without ``take`` its lines are understood, and there is nothing to note."""
    return Form(name, re.compile(pattern, re.IGNORECASE), take or _nothing)


def _nothing(_notes: Notes, _match: Match) -> None:
    """Understood, and nothing to note."""


def usb_id(vendor: str, product: str) -> UsbId:
    """An id from its halves in hex."""
    return UsbId(int(vendor, 16), int(product, 16))


def number(text: str) -> int:
    """A number as it stands: hex with 0x, else decimal; never above a byte."""
    return (int(text, 16) if text[:2] in ("0x", "0X") else int(text)) & 0xFF
