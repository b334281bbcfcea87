"""Reads a pasted text as far as it is understood: bytes in, values out; nothing here raises.

A text may hold several formats, with lines missing, quoted, numbered or cut.  Each format has its own module; here are
the bounds, and how what the formats tell of one device is merged.
"""

from __future__ import annotations

import codecs
import re

from ...printable import printable
from ..systems import system_of_text
from . import at, dmesg, lsusb, modemmanager, modeswitch, switchers, udev, usb_devices
from .clean import lines_of
from .clock import moment_of
from .draft import MOST, DeviceDraft
from .form import ID, Form, usb_id
from .hex import DESCRIPTOR_FORMS, MESSAGE_FORMS, end_descriptors
from .notes import Notes
from .values import PastedText

FORMS: tuple[Form, ...] = (
    *switchers.FORMS[:-3],
    *usb_devices.FORMS,
    *lsusb.FORMS,
    *udev.FORMS,
    *at.FORMS,
    *MESSAGE_FORMS,
    *modeswitch.FORMS,
    *DESCRIPTOR_FORMS,
    *modemmanager.FORMS,
    *dmesg.FORMS[:-1],
    *switchers.FORMS[-3:],
    *dmesg.FORMS[-1:],
)
"""Every form, in the order in which a line is tried; the first that matches takes the line."""
COMMANDS = (switchers.COMMAND, udev.COMMAND)
"""The commands whose words tell of a device, which a line that begins like a comment may be, too: root's prompt."""
MOST_BYTES = 1024 * 1024
MOST_LINES = 50_000
_LISTING = frozenset(usb_devices.FORMS)
LONGEST_QUESTION = 8
"""How many lines a text may have that is a question, and names its stick in a sentence."""
EXAMPLES = 3
"""How many of the lines that no form matched are shown."""

_WORD = re.compile(r"\w")
_PROMPT = re.compile(r"^[\s>]*(?:[\w.-]{1,40}@[\w.-]{1,60}[:\s][^#$]{0,80}[#$]|[#$]|[\w./~-]{0,40}[#$]) ?\S")
"""A command at a prompt."""
_MENTION = re.compile(
    rf"(?<![\w:.#/=-]){ID}(?![\w:.-])|VID_([0-9a-f]{{4}})&PID_([0-9a-f]{{4}})|"
    r"idVendor\W{1,4}(?:0x)?([0-9a-f]{4})\b.{0,30}?idProduct\W{1,4}(?:0x)?([0-9a-f]{4})\b",
    re.IGNORECASE,
)
"""An id in the middle of a sentence, as Windows writes it, or in a rule."""
_KERNEL = re.compile(
    r"\bLinux version (\d+\.\d+[\w.+~-]*)|\bLinux \S+ (\d+\.\d+\.\d+\S*) #\d|"
    r"(?:Manufacturer[=:]\s*|iManufacturer\s+\d+\s+)Linux (\d+\.\d+[\w.+~-]*)"
)
"""The version of the kernel: in its log, in what uname prints, as the manufacturer of a root hub."""
_OLD_MESSAGE = re.compile(r"(?:^|[\s\]:])drivers/(?:usb|net)/\S+\.c: ")


def read(raw: bytes) -> PastedText:
    """Read a text of at most 1 MiB; of a longer one the rest is left out, and ``truncated`` tells so."""
    notes = Notes()
    count = understood = 0
    not_understood: list[str] = []
    truncated = len(raw) > MOST_BYTES
    text = decode(raw[:MOST_BYTES])
    for line in lines_of(text):
        if count >= MOST_LINES:
            truncated = True
            break
        if not _WORD.search(line):
            continue
        _note_details(line, notes)
        is_comment = line.lstrip(" >\t").startswith("#")
        form = _take(line, notes, COMMANDS if is_comment else FORMS)
        is_taken = form is not None
        if form not in _LISTING:
            notes.end_list()
        if is_comment or (not is_taken and _PROMPT.match(line)):
            notes.in_listing = False
            continue
        count += 1
        if is_taken:
            understood += 1
            continue
        notes.in_listing = False
        _note_mentions(line, notes)
        if len(not_understood) < EXAMPLES:
            not_understood.append(printable(line.strip(), 100))
    if count > LONGEST_QUESTION:
        notes.mentioned.clear()
    end_descriptors(notes)
    notes.finish()
    kernel = notes.kernel or ("2.6" if notes.old_messages else "")
    return PastedText(
        devices=tuple(draft.finished() for draft in _merge(notes.drafts)),
        kernel=kernel,
        forms=tuple(notes.forms),
        tools=tuple(notes.tools),
        port_lists=tuple(notes.port_lists),
        kernel_errors=tuple(notes.kernel_errors),
        lines=count,
        understood=understood,
        not_understood=tuple(not_understood),
        truncated=truncated,
        said=tuple(notes.said),
        links=tuple(notes.links.items()),
        system=system_of_text(text, kernel),
    )


def decode(raw: bytes) -> str:
    """The text of these bytes: UTF-16 with a byte order mark, UTF-8, else Latin-1; NULs and marks are left out."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace").replace("\0", "")
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(raw)  # the last character may be cut
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return text.replace("\0", "").removeprefix("\ufeff")


def _take(line: str, notes: Notes, forms: tuple[Form, ...]) -> Form | None:
    """Give a line to the first form that matches, and return that; None where none does."""
    if notes.awaited:
        match = udev.AWAITED.pattern.match(line)
        if match and bool(match[1]) is not notes.awaited[-1].endswith(udev.TEXTS):
            udev.AWAITED.take(notes, match)
            notes.forms.setdefault(udev.AWAITED.name)
            return udev.AWAITED
        notes.awaited.clear()
    lower = line.lower()
    for form in forms:
        match = form.match(line, lower)
        if match:
            form.take(notes, match)
            if form.name:
                notes.forms.setdefault(form.name)
            return form
    return None


def _note_mentions(line: str, notes: Notes) -> None:
    """Note ids in a line that is of no form."""
    for found in _MENTION.findall(line):
        vendor, product = filter(None, found)
        if not (vendor + product).isdigit() or not found[0]:
            notes.mention(usb_id(vendor, product))


def _note_details(line: str, notes: Notes) -> None:
    """Note what may be in a line of any form, and in a comment: the kernel's version, a port list."""
    notes.moment = moment_of(line, notes.moment) or notes.moment
    kernel = _KERNEL.search(line) if "Linux" in line else None
    if kernel and not notes.kernel:
        notes.kernel = printable(next(filter(None, kernel.groups())), 60)
    notes.old_messages = notes.old_messages or ("drivers/" in line and bool(_OLD_MESSAGE.search(line)))
    ports = at.port_list(line) if ";" in line else ""
    if ports and len(notes.port_lists) < MOST:
        notes.port_lists.setdefault(ports)


def _merge(drafts: list[DeviceDraft]) -> list[DeviceDraft]:
    """One draft for each device; what a listing has of one that a log saw leaving is part of its history."""
    found: list[DeviceDraft] = []
    for draft in [draft for draft in drafts if draft.from_log] + [draft for draft in drafts if not draft.from_log]:
        same = next((other for other in found if other.is_same(draft)), None)
        if same is not None:
            same.merge(draft)
        elif draft.from_log or not any(_was(draft, other) for other in found):
            found.append(draft)
    return _merge_without_port(found)


def _was(draft: DeviceDraft, later: DeviceDraft) -> bool:
    """Is it what a device was before it left?"""
    return draft.bus_address in later.earlier_addresses and (draft.id is None or draft.id in later.earlier_ids)


def _merge_without_port(drafts: list[DeviceDraft]) -> list[DeviceDraft]:
    """Merge a device without a port with the one other that may be the same, where that has no other candidate."""
    for draft in [draft for draft in drafts if draft.id and not draft.port]:
        candidates = [other for other in drafts if other is not draft and other.may_be_same(draft)]
        if len(candidates) != 1:
            continue
        (other,) = candidates
        if sum(other.may_be_same(third) for third in drafts if third is not other) == 1:
            drafts.remove(other)
            draft.merge(other)
    return drafts
