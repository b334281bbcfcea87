"""Bytes in hex: descriptors, one descriptor set a line as ``modeswitch report`` writes them, and switching messages.

Ref: USB 2.0 §9.6 (descriptors); USB Mass Storage Class, Bulk-Only Transport §5.1 (a message begins with 55 53 42 43).
"""

from __future__ import annotations

import re

from ...errors import BadDescriptors
from ...usb.descriptors import DEVICE, Descriptors
from .form import Match, form
from .notes import Notes
from .values import PastedInterface

LARGEST = 8192
"""How many bytes of descriptors are read of one device, and one line more."""


def _take_descriptors(notes: Notes, match: Match) -> None:
    """A device descriptor begins another device; its configurations follow."""
    digits = re.sub(r"\s", "", match[1])
    raw = bytes.fromhex(digits[: len(digits) // 2 * 2])
    if raw[1] == DEVICE:
        end_descriptors(notes)
        if notes.block is None or notes.block.interfaces:
            notes.begin_block()
        notes.raw_descriptors = raw
    elif notes.raw_descriptors and len(notes.raw_descriptors) < LARGEST:
        notes.raw_descriptors += raw


def end_descriptors(notes: Notes) -> None:
    """Parse the descriptors whose last line has been read, if there are any."""
    raw, notes.raw_descriptors = notes.raw_descriptors, b""
    if not raw:
        return
    draft = notes.block_device()
    try:
        found = Descriptors.parse(raw)
    except BadDescriptors as error:
        draft.problem = error.message
        return
    draft.id = draft.id or found.id
    for interface in found.configurations[0].functions if found.configurations else ():
        draft.add_interface(PastedInterface(interface.number, interface.triple))


MESSAGE_FORMS = (form("switching messages", r"\b55534243[0-9a-f]{54}"),)
DESCRIPTOR_FORMS = (
    form(
        "descriptors in hex",
        r"^(?:.{0,40}?\s)??((?:12\s?01|09\s?02)(?:\s?[0-9a-f]{2}){7,})\s*$",
        _take_descriptors,
        "12,09",
    ),
)
