"""JSON as people paste it: an entry without what stands around it, commas too many or too few; and the line of a key.

Only what can mean one thing is mended; all else stays as it is, and the reader of JSON says what is wrong.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(r'\s+|"(?:[^"\\\n]|\\.){0,2000}"|//[^\n]*|#[^\n]*|[{}\[\],]|[^"\s{}\[\],/#]+|.', re.DOTALL)
_KEY = re.compile(r'"((?:[^"\\\n]|\\.){0,200})"\s{0,20}:')
_BEGINNING = re.compile(r'(?:[\s,}\]]++|(?:#|//)[^\n]*+)*+(\{|"[^"\n]{1,80}"\s*:|\[\s*")')
CLOSES = {"{": "}", "[": "]"}


def looks_so(text: str) -> bool:
    """Does it begin as JSON, or as a part of it?"""
    return _BEGINNING.match(text) is not None


def mended(text: str) -> str:
    """The text with its outer braces, without comments and commas before a brace; lines stay where they are.

    Braces at its end are put right only where the text is a part: what begins with a key and ends with a brace.
    """
    beginning = _BEGINNING.match(text)
    is_part = beginning is not None and beginning[1][0] == '"'
    pieces, opened, comma = _without_strays(text, is_part)
    if not is_part:
        return "".join(pieces)
    if comma is not None:
        pieces[comma] = " "
    is_whole = bool(re.search(r"[}\]]\s*$", "".join(pieces)))
    closing = "".join(CLOSES[brace] for brace in reversed(opened)) if is_whole else ""
    return "{" + "".join(pieces) + closing + "}"


def _without_strays(text: str, is_part: bool) -> tuple[list[str], list[str], int | None]:
    """The tokens as they shall be, the braces that are open at the end, and where a comma is the last piece."""
    pieces: list[str] = []
    opened: list[str] = []
    comma: int | None = None  # where the last piece stands, if that is a comma
    last = ""
    for match in _TOKEN.finditer(text):
        piece = match[0]
        if piece.isspace():
            pieces.append(piece)
            continue
        if piece[:1] == "#" or piece[:2] == "//":
            continue
        if piece in ("}", "]"):
            if comma is not None:
                pieces[comma] = " "
            if opened and CLOSES[opened[-1]] == piece:
                opened.pop()
            elif is_part and not opened:
                continue  # a brace of what stood around it
        elif last in ("}", "]") and piece[0] == '"':
            pieces.append(",")
        if piece in CLOSES:
            opened.append(piece)
        if piece == "," and not last:
            continue
        pieces.append(piece)
        comma = len(pieces) - 1 if piece == "," else None
        last = piece
    return pieces, opened, comma


def lines_of_keys(text: str) -> dict[str, int]:
    """Key as it is written → the line in which it stands first."""
    found: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        for match in _KEY.finditer(line):
            found.setdefault(match[1], number)
    return found
