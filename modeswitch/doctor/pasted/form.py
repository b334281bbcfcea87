"""A form: one kind of line of a pasted text, its pattern, and the function that notes what the line tells."""

from __future__ import annotations

import re
from collections.abc import Callable

from ...usb.descriptors import UsbId
from ...values import NamedTuple
from .notes import Notes

Match = re.Match[str]
PORT = r"\d{1,3}-\d{1,3}(?:\.\d{1,3}){0,6}"
"""A port path, as the kernel writes it."""
ID = r"([0-9a-f]{4})\s?:\s?([0-9a-f]{4})(?![0-9a-f])"
"""An id, in two groups; a blank may have come in at the colon."""


class Form(NamedTuple):
    """One kind of line.

    ``name`` is the format that the line belongs to, empty where the line may be of several formats.  ``pattern`` is
    searched for within the line, so that quoting, line numbers, indents and time stamps do not matter; every gap in it
    is bounded.  ``take`` notes what a line that matches tells.  ``needs`` are words in lower case one of which is in
    every such line: where none is, the pattern is not tried.
    """

    name: str
    pattern: re.Pattern[str]
    take: Callable[[Notes, Match], None]
    needs: tuple[str, ...] = ()

    def match(self, line: str, lower: str) -> Match | None:
        """The match of a line, which is given in lower case, too."""
        for word in self.needs:  # no generator: this runs for each form and line
            if word in lower:
                return self.pattern.search(line)
        return None if self.needs else self.pattern.search(line)


def form(name: str, pattern: str, take: Callable[[Notes, Match], None] | None = None, needs: str = "") -> Form:
    """A form; without ``take`` its lines count as understood and nothing is noted.  ``needs`` has commas between."""
    return Form(name, re.compile(pattern, re.IGNORECASE), take or _note_nothing, tuple(filter(None, needs.split(","))))


def _note_nothing(_notes: Notes, _match: Match) -> None:
    """Note nothing: the line is understood, and it has nothing that the doctor needs."""


def usb_id(vendor: str, product: str) -> UsbId:
    """An id from its halves in hex."""
    return UsbId(int(vendor, 16), int(product, 16))


def byte(text: str) -> int:
    """The low byte of a number as it is written: hex with 0x, else decimal."""
    return (int(text, 16) if text[:2] in ("0x", "0X") else int(text)) & 0xFF


def driver_name(text: str | None) -> str | None:
    """The driver's name in a listing; empty where none is bound, None where the listing names none."""
    if text is None:
        return None
    return "" if text.strip("([])") == "none" or not text else text.split("/")[0][:40]
