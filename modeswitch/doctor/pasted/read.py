"""What a person pastes from another machine, read as far as it goes; text in, values out, nothing raised.

Many forms may stand in one text, with lines missing, quoted, numbered or cut: what each form looks like is in
``lists.py`` and ``dmesg.py``; here are the bounds, and what the forms come to together.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from ...printable import printable
from . import dmesg, lists
from .draft import Draft, Notes
from .values import Pasted, Reading

FORMS = (*lists.FORMS, *dmesg.FORMS)
MOST_BYTES = 1024 * 1024
LONGEST_LINE = 1000
MOST_LINES = 50_000
EXAMPLES = 3
"""How many lines that nobody understood are shown."""

_FOLDED = re.compile(r"(?<=\S)[ \t]+(?=[TDPSCIE]:[* ] ?\S{1,20}=)")
"""Where a line of usb-devices begins in a text that has lost its line ends."""
_KERNEL = re.compile(
    r"\bLinux version (\d+\.\d+[\w.+~-]*)|\bLinux \S+ (\d+\.\d+\.\d+\S*) #\d|"
    r"(?:Manufacturer[=:]\s*|iManufacturer\s+\d+\s+)Linux (\d+\.\d+[\w.+~-]*)"
)
_OLD_STYLE = re.compile(r"(?:^|[\s\]:])drivers/(?:usb|net)/\S+\.c: ")
_SETPORT = re.compile(
    r"SETPORT\s*[:=]\s*\"?([0-9A-F]{0,2}(?:,[0-9A-F]{1,2}){0,8};[0-9A-F]{1,2}(?:,[0-9A-F]{1,2}){0,16})"
)


def read(raw: bytes) -> Reading:
    """Read a text of at most 1 MiB; more is left out, and said to be."""
    notes = Notes()
    whole = decoded(raw[:MOST_BYTES])
    count = understood = 0
    strange: list[str] = []
    cut = len(raw) > MOST_BYTES
    for line in _lines(whole):
        if count >= MOST_LINES:
            cut = True
            break
        if not re.search(r"\w", line):
            continue
        _remember(line, notes)
        if line.lstrip(" >\t").startswith("#"):
            continue
        count += 1
        if _take(line, notes):
            understood += 1
        elif len(strange) < EXAMPLES:
            strange.append(printable(line.strip(), 100))
    notes.finish()
    devices = tuple(_pasted(draft) for draft in _merged(notes.drafts))
    return Reading(
        devices=devices,
        kernel=notes.kernel or ("2.6" if notes.old_style else ""),
        forms=tuple(notes.forms),
        tools=tuple(notes.tools),
        lists=tuple(notes.lists),
        troubles=tuple(notes.troubles),
        lines=count,
        understood=understood,
        strange=tuple(strange),
        cut=cut,
    )


def decoded(raw: bytes) -> str:
    """The text of these bytes: UTF-8, UTF-16 with its mark, else Latin-1; NULs and marks are left out."""
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
    """Give a line to the first form that knows it."""
    for form in FORMS:
        match = form.pattern.search(line)
        if match:
            form.take(notes, match)
            if form.name:
                notes.forms.setdefault(form.name)
            return True
    return False


def _remember(line: str, notes: Notes) -> None:
    """What may stand in a line of any form: the kernel's version, a port list, the tools at work."""
    kernel = _KERNEL.search(line)
    if kernel and not notes.kernel:
        notes.kernel = printable(next(filter(None, kernel.groups())), 60)
    notes.old_style = notes.old_style or bool(_OLD_STYLE.search(line))
    ports = _SETPORT.search(line.upper())
    if ports:
        notes.lists.setdefault(ports[1])


def _merged(drafts: list[Draft]) -> list[Draft]:
    """One draft for each device, from several that may tell of the same; in a log a port's last device counts."""
    found: list[Draft] = []
    for draft in [draft for draft in drafts if draft.log] + [draft for draft in drafts if not draft.log]:
        before = next((other for other in found if draft.log and other.port == draft.port), None)
        same = next((other for other in found if other.is_surely(draft)), None)
        if same is not None:
            same.absorb(draft)
            continue
        if before is not None:
            found.remove(before)
            draft.follow(before)
        found.append(draft)
    return _matched(found)


def _matched(drafts: list[Draft]) -> list[Draft]:
    """Join descriptors that do not say where they are with the one log that can be theirs."""
    for draft in [draft for draft in drafts if draft.id and not draft.port]:
        may = [other for other in drafts if other is not draft and other.may_be(draft)]
        if len(may) == 1 and sum(may[0].may_be(other) for other in drafts if other is not may[0]) == 1:
            drafts.remove(may[0])
            draft.absorb(may[0])
    return drafts


def _pasted(draft: Draft) -> Pasted:
    return Pasted(
        id=draft.id,
        port=draft.port,
        place=draft.place,
        strings=draft.strings(),
        parts=tuple(draft.parts[number] for number in sorted(draft.parts)),
        declared=draft.declared,
        ttys=tuple(draft.ttys.items()),
        networks=tuple(draft.networks),
        disks=tuple(draft.disks),
        earlier=tuple(draft.earlier),
        gone=draft.gone,
        troubles=tuple(draft.troubles),
        problem=draft.problem,
    )
