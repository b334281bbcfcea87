"""TOML of bounded cost: people, and who attacks them, write files that take a reader minutes, or gigabytes.

Ref: tomllib (CPython 3.11 to 3.14) takes time and memory with the square of the parts of a dotted key or header, some
900 bytes for each part of each key, and 100 for each digit of a number.
"""

from __future__ import annotations

from typing import Any

MOST_PARTS = 20
"""How many parts a dotted key or header may have."""
MOST_DOTS, MOST_DIGITS = 60_000, 10_000
"""How many dots a text may have in all, and how many digits in a row: for 100 MB."""

MARK = "\ufeff"
"""The byte order mark, which editors of Windows write before a text of UTF-8."""


def read_toml(text: str) -> dict[str, Any]:
    """What a TOML text says.  Raises :class:`ValueError` for what is none, or is nested or dotted without end."""
    import re
    import tomllib

    part = r"""(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')"""
    dotted = re.search(rf"(?<![A-Za-z0-9_-]){part}(?:[ \t]*+\.[ \t]*+{part}){{{MOST_PARTS}}}", text)
    if dotted:
        line = text.count("\n", 0, dotted.start()) + 1
        raise ValueError(f"a key of more than {MOST_PARTS} parts (at line {line})")
    if text.count(".") > MOST_DOTS:
        raise ValueError(f"more than {MOST_DOTS} dots")
    digits = re.search(rf"[0-9A-Fa-f_]{{{MOST_DIGITS + 1}}}", text)
    if digits:
        line = text.count("\n", 0, digits.start()) + 1
        raise ValueError(f"more than {MOST_DIGITS} digits in a row (at line {line})")
    try:
        return tomllib.loads(text.removeprefix(MARK))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
