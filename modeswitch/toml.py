"""TOML of bounded cost: people, and who attacks them, write files that take a reader minutes.

Ref: tomllib (CPython 3.11 to 3.14) takes time and memory with the square of the parts of a dotted key or header.
"""

from __future__ import annotations

from typing import Any

MOST_PARTS = 20
"""How many parts a dotted key or header may have."""


def read_toml(text: str) -> dict[str, Any]:
    """What a TOML text says.  Raises :class:`ValueError` for what is none, or is nested or dotted without end."""
    import re
    import tomllib

    part = r"""(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')"""
    dotted = re.search(rf"(?<![A-Za-z0-9_-]){part}(?:[ \t]*+\.[ \t]*+{part}){{{MOST_PARTS}}}", text)
    if dotted:
        line = text.count("\n", 0, dotted.start()) + 1
        raise ValueError(f"a key of more than {MOST_PARTS} parts (at line {line})")
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
