"""Strings that a device or a file chose, made harmless for a terminal, a log or a message."""

from __future__ import annotations


def printable(text: str, most: int = 200) -> str:
    """The text with everything but printable characters escaped, at most that many characters long.

    Control, escape, bidirectional and surrogate characters are written as Python writes them.
    """
    safe = "".join(
        char if char.isprintable() else char.encode("unicode_escape", "backslashreplace").decode("ascii")
        for char in text[:most]
    )
    return safe if len(text) <= most else safe + "…"
