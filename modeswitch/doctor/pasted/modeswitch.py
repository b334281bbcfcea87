"""The lines of ``modeswitch list -v``, ``modeswitch doctor`` and ``modeswitch report``."""

from __future__ import annotations

from ...usb.descriptors import Triple
from .form import ID, PORT, Match, byte, form, usb_id
from .notes import Notes
from .values import PastedInterface


def _take_device(notes: Notes, match: Match) -> None:
    draft = notes.begin_block()
    draft.port, draft.id = match[1], usb_id(match[2], match[3])


def _take_header(notes: Notes, match: Match) -> None:
    """The first line of a diagnosis."""
    draft = notes.begin_block()
    draft.id, draft.port = usb_id(match[1], match[2]), match[3] or ""
    if match[4]:
        draft.bus_address = (int(match[4]), int(match[5]))


def _take_interface(notes: Notes, match: Match) -> None:
    """An interface; ``(none)`` and ``(no driver)`` stand for no driver, ``?`` for one that is unknown."""
    number, triple_text, word = match.groups()
    triple = Triple.parse(triple_text.lower())
    driver = None if word == "?" else "" if word.startswith("(") else word
    notes.block_device().add_interface(PastedInterface(byte(number), triple, triple.cls, driver))


FORMS = (
    form("modeswitch", rf"(?:^|\s)({PORT})\s+{ID}\s", _take_device),
    form(
        "modeswitch",
        rf"^[\s>]*{ID}(?: at (?:({PORT})|bus (\d{{1,3}}) device (\d{{1,3}})))?: [a-z]",
        _take_header,
        ": ",
    ),
    form(
        "modeswitch",
        r"\binterface (\d{1,3})\s+([0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{2})\s+\w+\s+(\([^)]{0,20}\)|[\w?-]{1,40})",
        _take_interface,
    ),
)
"""In the order in which a line is tried."""
