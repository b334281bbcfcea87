"""Reads a pasted text as far as it is understood: bytes in, values out; nothing here raises.

A text may hold several formats, with lines missing, quoted, numbered or cut.  Each format has its own module; here are
the bounds, and how what the formats tell of one device is merged.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from ...printable import printable
from . import at, dmesg, lsusb, modeswitch, usb_devices
from .draft import DeviceDraft, Notes
from .hex import DESCRIPTOR_FORMS, MESSAGE_FORMS, end_descriptors
from .values import PastedText

FORMS = (
    *usb_devices.FORMS,
    *lsusb.FORMS,
    *at.FORMS,
    *MESSAGE_FORMS,
    *modeswitch.FORMS,
    *DESCRIPTOR_FORMS,
    *dmesg.FORMS,
)
"""Every form, in the order in which a line is tried; the first that matches takes the line."""
MOST_BYTES = 1024 * 1024
LONGEST_LINE = 1000
MOST_LINES = 50_000
EXAMPLES = 3
"""How many of the lines that no form matched are shown."""

_FOLDED = re.compile(r"(?<=\S)[ \t]+(?=[TDPSCIE]:[* ] ?\S{1,20}=)")
"""Where a line of usb-devices begins in a text that has lost its line ends."""
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
    for line in _lines(decode(raw[:MOST_BYTES])):
        if count >= MOST_LINES:
            truncated = True
            break
        if not re.search(r"\w", line):
            continue
        _note_details(line, notes)
        if line.lstrip(" >\t").startswith("#"):
            continue
        count += 1
        if _take(line, notes):
            understood += 1
        elif len(not_understood) < EXAMPLES:
            not_understood.append(printable(line.strip(), 100))
    notes.end_interface()
    end_descriptors(notes)
    return PastedText(
        devices=tuple(draft.finished() for draft in _merge(notes.drafts)),
        kernel=notes.kernel or ("2.6" if notes.old_messages else ""),
        forms=tuple(notes.forms),
        tools=tuple(notes.tools),
        port_lists=tuple(notes.port_lists),
        kernel_errors=tuple(notes.kernel_errors),
        lines=count,
        understood=understood,
        not_understood=tuple(not_understood),
        truncated=truncated,
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


def _lines(text: str) -> Iterator[str]:
    for line in re.split(r"\r\n|\r|\n", text):
        for piece in _FOLDED.split(line) if len(line) > 80 else (line,):
            yield piece[:LONGEST_LINE]


def _take(line: str, notes: Notes) -> bool:
    """Give a line to the first form that matches; False where none does."""
    for form in FORMS:
        match = form.pattern.search(line)
        if match:
            form.take(notes, match)
            if form.name:
                notes.forms.setdefault(form.name)
            return True
    return False


def _note_details(line: str, notes: Notes) -> None:
    """Note what may be in a line of any form, and in a comment: the kernel's version, a port list."""
    kernel = _KERNEL.search(line)
    if kernel and not notes.kernel:
        notes.kernel = printable(next(filter(None, kernel.groups())), 60)
    notes.old_messages = notes.old_messages or bool(_OLD_MESSAGE.search(line))
    ports = at.port_list(line)
    if ports:
        notes.port_lists.setdefault(ports)


def _merge(drafts: list[DeviceDraft]) -> list[DeviceDraft]:
    """One draft for each device; of the devices that a log has at one port, the last."""
    found: list[DeviceDraft] = []
    for draft in [draft for draft in drafts if draft.from_log] + [draft for draft in drafts if not draft.from_log]:
        before = next((other for other in found if draft.from_log and other.port == draft.port), None)
        same = next((other for other in found if other.is_same(draft)), None)
        if same is not None:
            same.merge(draft)
            continue
        if before is not None:
            found.remove(before)
            draft.continue_from(before)
        found.append(draft)
    return _merge_without_port(found)


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
