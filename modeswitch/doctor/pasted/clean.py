"""What pasting does to a text is undone here: markup, colours, line numbers, several records in one line.  Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from ...typeset import plain

LONGEST_LINE = 1000

_TAG = re.compile(
    r"</?(?:br|p|pre|code|b|strong|i|em|u|tt|span|div|font|li|ul|td|tr|kbd|samp)\b[^<>]{0,80}>"
    r"|\[/?(?:code|b|i|u|quote|pre|spoiler|color|size|font|list)(?:=[^\[\]]{0,40})?\]",
    re.IGNORECASE,
)
_NEW_LINE = re.compile(r"<(?:br|p|li|tr|div)\b[^<>]{0,80}>[ \t]*\n?", re.IGNORECASE)
_COLOUR = re.compile(r"\x1b\[[0-9;?]{0,20}[A-Za-z]")
_ENTITIES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "nbsp": " ", "apos": "'", "#39": "'", "#34": '"'}
_ENTITY = re.compile(rf"&({'|'.join(_ENTITIES)});")
_NUMBER = re.compile(r"^[ \t]{0,6}(\d{1,5})(?:[.:|)][ \t]|[.:|)]?\t|[ ]{2,}|[.:|)]$)")
"""The number of a line, as pastebins and editors put it."""

_FOLDED = re.compile(r"(?<=\S)[ \t]+(?=[TDPSCIE]:[* ] ?\S{1,20}=)")
"""Where a line of usb-devices begins in a text that has lost its line ends."""
_RECORD = re.compile(
    r"(?<=[^\s:\]])[ \t]+(?=\[ {0,6}\d{1,7}\.\d{6}\] )"
    r"|(?<=\S)[ \t]+(?=Bus \d{3} Device \d{3}: ID )"
    r"|(?<=[^\s\[])(?<!Mon|Tue|Wed|Thu|Fri|Sat|Sun)[ \t]+"
    r"(?=[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S{1,40} \w{1,30}[\[:])"
)
"""Where another record of the kernel's log, of lsusb or of syslog begins in the middle of a line."""


def lines_of(text: str) -> Iterator[str]:
    """The lines of a text as they were before somebody pasted them, each cut at its bound."""
    text = plain(text)
    if "\x1b[" in text:
        text = _COLOUR.sub("", text)
    if "<" in text or "[/" in text:
        text = _TAG.sub("", _NEW_LINE.sub("\n", text))
    if "&" in text:
        text = _ENTITY.sub(lambda match: _ENTITIES[match[1]], text)
    lines = re.split(r"\r\n|\r|\n", text.replace("**", "").replace("`", ""))
    for line in _without_numbers(lines):
        for piece in _records(line):
            yield piece[:LONGEST_LINE]


def _records(line: str) -> Iterator[str]:
    """The records of one line; most lines are one."""
    if len(line) <= 80 and line.count("Bus ") < 2:
        yield line
        return
    for piece in _RECORD.split(line):
        yield from _FOLDED.split(piece) if len(piece) > 80 else (piece,)


def _without_numbers(lines: list[str]) -> list[str]:
    """The lines without their numbers, where most of them are numbered in order."""
    found = [_NUMBER.match(line) for line in lines]
    numbers = [int(match[1]) for match in found if match]
    in_order = sum(after == before + 1 for before, after in pairwise(numbers))
    most = 10 * len(numbers) >= 8 * sum(1 for line in lines if line.strip())
    if len(numbers) < 3 or not most or 10 * in_order < 8 * (len(numbers) - 1):
        return lines
    return [line[match.end() :] if match else line for line, match in zip(lines, found, strict=True)]
