"""What typesetting makes of a plain text, undone: curly quotes, long dashes, blanks that do not break."""

from __future__ import annotations

_PLAIN = str.maketrans(
    dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u202f\u3000", " ")
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", None)
    | dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u2039\u203a", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-")
    | {"\u2014": "--"}
)
"""A character that typesetting puts in the place of plain ones → these; a long dash was two short ones."""


def plain(text: str) -> str:
    """The text with plain quotes, dashes and blanks."""
    return text if text.isascii() else text.translate(_PLAIN)
