"""Reading a table of TOML strictly: each key once, of the right type and range, and none left over.

Every complaint names file, table and key, and the line where the text is at hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from .errors import ModeswitchError, ProfileError
from .printable import printable
from .values import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any, NoReturn

_HEAD = re.compile(r"\s*\[\[?\s*([\w.-]+)\s*\]")
_KEY = re.compile(r"""\s*["']?([\w.-]+)["']?\s*=""")


class Lines:
    """In which line of a TOML text its tables and keys stand, from 1; keys of inline tables are not found."""

    def __init__(self, text: str) -> None:
        self._found: dict[tuple[str, int, str], int] = {}
        table, number = "", 0
        counts: dict[str, int] = {}
        for line, words in enumerate(text.split("\n"), 1):
            head, key = _HEAD.match(words), _KEY.match(words)
            if head:
                table, number = head[1], counts.get(head[1], 0)
                counts[table] = number + 1
                self._found.setdefault((table, number, ""), line)
            elif key:
                self._found.setdefault((table, number, key[1]), line)

    def of(self, table: str, number: int = 0, key: str = "") -> int | None:
        """The line of a key of the ``number``-th table of that name (from 0), else that of the table itself.

        A table of the name ``""`` is the top level.  None where neither is found.
        """
        places = ((table, number, key), (table, number, ""), ("", 0, table))
        return next((self._found[place] for place in places if place in self._found), None)


class Fields:
    """One TOML table while it is read.  ``where`` is how a person would name it: ``[[transition]] 2, step 1``.

    ``error`` is the class of every complaint.  ``line`` gives the line of a key of this table, that of the table itself
    for an empty key; a complaint names it where it is not None.
    """

    def __init__(
        self,
        file: str,
        where: str,
        table: Any,
        *,
        error: type[ModeswitchError] = ProfileError,
        line: Callable[[str], int | None] | None = None,
    ) -> None:
        self.file = file
        self.where = where
        self._error, self._line = error, line
        if not isinstance(table, Mapping):
            self.wrong(f"a table is wanted here, not {_kind(table)}")
        self._left: dict[str, Any] = dict(table)
        self._known: set[str] = set()

    def wrong(self, complaint: str, key: str | None = None) -> NoReturn:
        """Raise the error that names this table, and the key where there is one."""
        place = f"{self.where}, key {key!r}" if key is not None else self.where
        line = self._line(key or "") if self._line else None
        file = printable(self.file) if line is None else f"{printable(self.file)}, line {line}"
        raise self._error(f"{file}: {place}: {complaint}", file=self.file, table=self.where, key=key)

    def unknown(self, key: str, known: Collection[str]) -> NoReturn:
        """Complain of a word that is not in the list: name the one that may have been meant, and all that are."""
        import difflib

        near = difflib.get_close_matches(str(key), sorted(known), 1)
        meant = f"; did you mean {near[0]!r}? Known are " if near else "; known are "
        self.wrong(f"unknown{meant}{', '.join(sorted(known))}", str(key))

    def finish(self) -> None:
        """Nothing may be left: an unknown key is an error, never passed over in silence."""
        if self._left:
            self.unknown(next(iter(self._left)), self._known)

    def take(self, key: str, kind: type | tuple[type, ...], default: Any = None) -> Any:
        """The value of a key, of that type (bool is no int), or the default; without one the key must be there."""
        self._known.add(key)
        if key not in self._left:
            if default is None:
                self.wrong("missing", key)
            return default
        value = self._left.pop(key)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.wrong(f"{_wanted(kind)} is wanted here, not {_kind(value)}", key)
        if isinstance(value, int) and value.bit_length() > 63:
            self.wrong("an integer of TOML has at most 64 bits", key)
        return value

    def has(self, key: str) -> bool:
        """Is the key there and not yet read?"""
        self._known.add(key)
        return key in self._left

    def peek(self, key: str) -> Any:
        """The value of a key that is not yet read, of whatever type, or None."""
        return self._left.get(key)

    def table(self, key: str) -> Fields:
        """A table within this one."""
        line = self._line(key) if self._line else None
        table = self.take(key, Mapping)
        return Fields(self.file, f"{self.where}, {key}", table, error=self._error, line=lambda _key: line)

    def text(self, key: str, default: str | None = None) -> str:
        """A string; printable, so that it can be shown as it is."""
        value = str(self.take(key, str, default))
        if not value.isprintable():
            self.wrong("only printable characters may stand here", key)
        return value

    def texts(self, key: str, default: list[str] | None = None) -> tuple[str, ...]:
        """A list of printable strings."""
        values = self.take(key, list, default)
        for value in values:
            if not isinstance(value, str) or not value.isprintable():
                self.wrong("a list of printable strings is wanted here", key)
        return tuple(values)

    def flag(self, key: str) -> bool:
        """True or false; false where it is not written."""
        return bool(self.take(key, bool, False))

    def number(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """An integer within bounds, both included."""
        given = self.has(key)
        value = int(self.take(key, int, default))
        if given and not low <= value <= high:
            self.wrong(f"{value} is not in {low}..{high}", key)
        return value

    def numbers(self, key: str, low: int, high: int) -> list[int]:
        """A list of integers within bounds, both included; not empty."""
        values = self.take(key, list)
        for value in values:
            if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
                self.wrong(f"a list of integers in {low}..{high} is wanted here", key)
        if not values:
            self.wrong("an empty list says nothing", key)
        return list(values)

    def seconds(self, key: str, most: float) -> float:
        """A time in seconds, above zero and at most ``most``."""
        value = float(self.take(key, (int, float)))
        if not 0 < value <= most:
            self.wrong(f"{value:g} is not a time of up to {most:g} seconds", key)
        return value

    def hex(self, key: str, shortest: int, longest: int, default: bytes | None = None) -> bytes:
        """Bytes as hex digits, blanks allowed between them, within bounds of length (bytes)."""
        if default is not None and not self.has(key):
            return default
        text = self.text(key)
        try:
            raw = bytes.fromhex(text)
        except ValueError:
            self.wrong("an even number of hex digits is wanted here", key)
        if not shortest <= len(raw) <= longest:
            self.wrong(f"{len(raw)} bytes, where {shortest} to {longest} are wanted", key)
        return raw

    def word(self, key: str, words: Mapping[str, int], default: str | None = None) -> int:
        """One of a few words, and the number it stands for."""
        value = self.text(key, default)
        if value not in words:
            self.wrong(f"{value!r} is not one of {', '.join(words)}", key)
        return words[value]


_NAMES = {str: "a string", int: "an integer", float: "a number", bool: "true or false", list: "a list", dict: "a table"}


def _kind(value: object) -> str:
    return _NAMES.get(type(value), type(value).__name__)


def _wanted(kind: type | tuple[type, ...]) -> str:
    return _NAMES.get(kind[-1] if isinstance(kind, tuple) else kind, "a table")


def inline(value: Any) -> str:
    """A value as a TOML inline table writes it."""
    if isinstance(value, Mapping):
        inside = ", ".join(f"{key} = {inline(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        import json

        return json.dumps(value, ensure_ascii=False)  # what is printable is written alike in TOML and JSON
    return repr(value)
