"""Every line of evidence, as it stands in the files: its kind, a capture that exists, a link to a thread."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from modeswitch.database.profile import EVIDENCE
from tests.support.profiles import CAPTURES, FILES, IMPORTED_FILES, profile_of
from tools.compile_profiles import EXAMPLE

LINK = re.compile(r"https?://[^\s;,()]+")
BOARDS = (
    *("draisberghof.de", "forum.openwrt.org", "4pda", "forums.", "snbforums.com"),
    *("superuser.com", "stackexchange.com"),
)
"""Where people write in threads: named without a link, or with that of the whole board, they show nothing."""


class Line(NamedTuple):
    """One line of evidence: the file and the table that it stands in, its kind, what it refers to."""

    file: str
    claim: str
    kind: str
    ref: str


def lines(path: Path) -> Iterator[Line]:
    """The lines of a file, read without our reader, so that none of them is dropped on the way."""
    document = tomllib.loads(path.read_text("utf-8"))
    for table in ("product", "switched", "transition"):
        for entry in document.get(table, []):
            claim = entry.get("usb") or f"{entry.get('from')} -> {entry.get('to')}"
            for item in entry["evidence"]:
                ((kind, ref),) = item.items()
                yield Line(path.name, claim, kind, ref)


def complaint(kind: str, ref: str) -> str:
    """What is wrong with a line; empty where it is well."""
    if kind not in EVIDENCE:
        return f"{kind} is no kind"
    if len(ref.strip()) < 10:
        return "it says nothing"
    if kind == "capture" and not (CAPTURES / ref).is_file():
        return "there is no such capture"
    if kind == "hardware" and not re.search(r"\b20[0-9]{2}\b", ref):
        return "when was it seen?"
    links = LINK.findall(ref)
    for link in links:
        if is_board(link):
            return f"{link} leads to a board, not to a thread"
    bare = LINK.sub("", ref)
    board = next((name for name in BOARDS if name in bare), "")
    return f"{board} is named without a thread" if board else ""


def is_board(link: str) -> bool:
    """Does a link show a whole site, or a list of threads?  A thread has a number, a page its name."""
    parts = urlsplit(link)
    return not re.search(r"[0-9]{3,}|[?&]t=[0-9]+|\.(?:html?|md|txt|pdf)$", f"{parts.path}?{parts.query}".rstrip("?"))


EVERY = [line for path in FILES if path.stem != EXAMPLE for line in lines(path)]


def test_every_line_is_well() -> None:
    assert [(*line, why) for line in EVERY if (why := complaint(line.kind, line.ref))] == []


def test_every_line_was_read() -> None:
    """Those of the files that the script has drafted, and those of ours, all kinds; the reader has the same."""
    files = {line.file for line in EVERY}
    assert files == {path.name for path in FILES if path.stem != EXAMPLE}
    assert {path.name for path in IMPORTED_FILES} <= files
    assert {line.kind for line in EVERY} == set(EVIDENCE)
    profiles = [(path.name, profile_of(path)) for path in FILES if path.stem != EXAMPLE]
    read = {(file, one.kind, one.ref) for file, of in profiles for claim in of.products for one in claim.evidence}
    read |= {(file, one.kind, one.ref) for file, of in profiles for claim in of.transitions for one in claim.evidence}
    assert {(line.file, line.kind, line.ref) for line in EVERY} == read
    assert len(EVERY) > 800


def test_a_comment_names_no_capture_that_is_not_there() -> None:
    numbers = {path.name.partition("_")[0] for path in CAPTURES.iterdir()}
    named = [
        (path.name, number)
        for path in FILES
        for line in path.read_text("utf-8").splitlines()
        if line.startswith("#")
        for said in re.findall(r"captures? ((?:[0-9]{2})(?:(?:, | and )[0-9]{2})*)", line)
        for number in re.findall("[0-9]{2}", said)
    ]
    assert named
    assert [(file, number) for file, number in named if number not in numbers] == []


@pytest.mark.parametrize(
    ("kind", "ref"),
    [
        ("rumour", "somebody said something"),
        ("report", ""),
        ("report", "   x   "),
        ("capture", "99_no_such_capture.txt"),
        ("capture", "27_message_matrix_e3131h_1f01"),
        ("hardware", "one stick, firmware 1.2"),
        ("report", "https://www.draisberghof.de/usb_modeswitch/bb/"),
        ("report", "https://www.draisberghof.de/usb_modeswitch/bb/index.php"),
        ("report", "https://www.draisberghof.de/usb_modeswitch/bb/viewforum.php?f=4"),
        ("report", "https://forum.openwrt.org/"),
        ("report", "https://forum.openwrt.org"),
        ("report", "https://forum.openwrt.org/c/network/"),
        ("report", "https://forum4711.example.com/"),
        ("report", "draisberghof.de/usb_modeswitch/bb/ (E3131, 1441)"),
        ("report", "owners at 4pda and superuser.com"),
        ("report", "https://forum.openwrt.org/t/a-thread/126018 and https://forum.openwrt.org/latest"),
    ],
)
def test_what_is_not_evidence(kind: str, ref: str) -> None:
    assert complaint(kind, ref)


@pytest.mark.parametrize(
    ("kind", "ref"),
    [
        ("report", "https://forum.openwrt.org/t/28744: E3533, 12d1:157d -> 12d1:1001 by the same message"),
        ("report", "https://www.draisberghof.de/usb_modeswitch/bb/viewtopic.php?f=4&t=2686"),
        ("report", "https://superuser.com/questions/1051651 (E303)"),
        ("report", "https://example.org/notes/modem.html"),
        ("capture", "27_message_matrix_e3131h_1f01.csv"),
        ("hardware", "one stick, firmware 1.2, 2026-01-01"),
    ],
)
def test_what_is(kind: str, ref: str) -> None:
    assert complaint(kind, ref) == ""
