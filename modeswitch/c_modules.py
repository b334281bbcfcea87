"""The modules in C behind the library's ``signal``, ``socket`` and ``json``: the same calls and plain numbers.

The library's make an enumeration of every constant and a regular expression of every token: with ``enum`` and ``re``
that is a tenth of the time from a stick's waking up to the first byte.  CPython promises the modules in C to nobody, so
each has the library's own in its place where it is not there, or is another.

Ref: CPython, Lib/signal.py, Lib/socket.py, Lib/json/scanner.py; Modules/_json.c, scanner_new (the attributes).
"""

from __future__ import annotations

import sys

from .values import TYPE_CHECKING

if TYPE_CHECKING:
    import signal as signals
    import socket as sockets
    from typing import Any
else:
    try:
        import _signal as signals
    except ImportError:
        import signal as signals
    try:
        if sys.platform == "win32":  # which has no pair of sockets in C
            raise ImportError
        import _socket as sockets
    except ImportError:
        import socket as sockets

__all__ = ["json_value", "signals", "sockets"]


class _Rules:
    """How the scanner reads: as ``json.loads`` does, but for NaN and infinities, which no JSON has."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = int


def json_value(text: str) -> Any:
    """The value of a JSON text that has no blanks before it.

    Raises :class:`ValueError` where it is none, :class:`RecursionError` where it is too deep.
    """
    try:
        from _json import make_scanner

        scan = make_scanner(_Rules)  # type: ignore[arg-type]
    except (ImportError, AttributeError, TypeError):
        import json

        return json.loads(text)
    try:
        value, end = scan(text, 0)
    except StopIteration as error:
        raise ValueError(f"no JSON at {error.value}") from None
    if text[end:].strip():
        raise ValueError(f"more than one JSON value, at {end}")
    return value
