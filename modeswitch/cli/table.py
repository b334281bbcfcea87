"""The table of ``top``: which columns it has, which of them a narrow terminal leaves out, how a time is written."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

from ..printable import printable
from ..service.farm import Row
from ..values import NamedTuple

GAP = 2
"""Blanks between two columns."""
AGE = 4
"""How wide a time is: 59s, 59m, 47h, 999d."""
WIDEST = 24
"""How wide a column may be whose text others have chosen."""
LEAST_NAME = 8
"""A name that has less room than that is left out."""
UNITS = ((60.0, 1.0, "s"), (3600.0, 60.0, "m"), (48 * 3600.0, 3600.0, "h"), (float("inf"), 86400.0, "d"))
"""Up to how many seconds a unit is used, its seconds, its letter."""


class Ages:
    """Writes times, and knows when the first of those that it has written will read otherwise: ``due``, None: never."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.due: float | None = None

    def text(self, since: float) -> str:
        """How long that moment ago is, in one unit."""
        seconds = max(0.0, self.now - since)
        unit, letter = next((unit, letter) for most, unit, letter in UNITS if seconds < most)
        count = int(seconds // unit)
        due = since + (count + 1) * unit
        self.due = due if self.due is None else min(self.due, due)
        return f"{count}{letter}"


class Column(NamedTuple):
    """A column: its heading, its rank (a column of higher rank is left out first), and one of two kinds of cell.

    ``text`` gives a text; ``since`` the moment from which a time is counted, or None.
    """

    heading: str
    rank: int
    text: Callable[[Row], str] | None = None
    since: Callable[[Row], float | None] | None = None


def _ago(row: Row, seconds: float | None) -> float | None:
    return None if seconds is None else row.seen - seconds


def _line(row: Row) -> str:
    """The state of its first network interface."""
    if row.gone is not None or not row.state.lines:
        return ""
    state = row.state.lines[0][1]
    return "carrier" if state.carrier else "no carrier" if state.up else "down"


def _address(row: Row) -> str:
    return "" if row.gone is not None else next((one for _, state in row.state.lines for one in state.addresses), "")


def _failed(row: Row) -> str:
    past = row.state.past
    return f"{past.failures} {past.kind}" if past.failures else ""


def _away(row: Row) -> str:
    away = row.state.past.away
    return "" if away is None else f"{away:.1f}s"


COLUMNS = (
    Column("PORT", 0, lambda row: str(row.port)),
    Column("ID", 6, lambda row: str(row.state.device.id)),
    Column("MODE", 1, lambda row: row.mode),
    Column("WANTS", 2, lambda row: row.state.wants),
    Column("NETWORK", 4, lambda row: " ".join(row.state.device.networks) if row.gone is None else ""),
    Column("LINE", 3, _line),
    Column("ADDRESS", 11, _address),
    Column("AT", 9, lambda row: row.state.device.at_port.removeprefix("/dev/") if row.gone is None else ""),
    Column("SINCE", 7, None, lambda row: _ago(row, row.state.age) if row.gone is None else row.gone),
    Column("SWITCHED", 10, None, lambda row: _ago(row, row.state.past.switched)),
    Column("AWAY", 8, _away),
    Column("FAILED", 5, _failed),
)
"""From left to right; the name follows them, where there is room."""


class Table:
    """The rows in columns, for a terminal so many characters wide; a column that is empty is left out."""

    def __init__(self, rows: Sequence[Row], width: int) -> None:
        self._rows, self._width = rows, max(1, width)
        self._columns: list[tuple[Column, int]] = []
        for column in COLUMNS:
            if (wide := self._needs(column)) is not None:
                self._columns.append((column, max(wide, len(column.heading))))
        while len(self._columns) > 1 and self._taken() > self._width:
            self._columns.remove(max(self._columns, key=lambda one: one[0].rank))
        self._name = self._width - self._taken() - GAP

    def _needs(self, column: Column) -> int | None:
        """How wide the cells of a column are; None where all are empty."""
        if column.text is not None:
            return min(max((cells(printable(column.text(row))) for row in self._rows), default=0), WIDEST) or None
        return AGE if any(column.since(row) is not None for row in self._rows if column.since) else None

    def _taken(self) -> int:
        return sum(wide for _, wide in self._columns) + GAP * (len(self._columns) - 1)

    def headings(self) -> str:
        """The line above the rows."""
        named = [*(padded(column.heading, wide) for column, wide in self._columns)]
        if self._name >= LEAST_NAME and self._rows:
            named.append("NAME")
        return cut((" " * GAP).join(named).rstrip(), self._width)

    def line(self, row: Row, ages: Ages) -> str:
        """One row."""
        parts = [padded(self._cell(column, row, ages), wide) for column, wide in self._columns]
        if self._name >= LEAST_NAME:
            parts.append(cut(printable(row.state.device.usb.problem or row.state.device.title), self._name))
        return cut((" " * GAP).join(parts).rstrip(), self._width)

    @staticmethod
    def _cell(column: Column, row: Row, ages: Ages) -> str:
        if column.text is not None:
            return printable(column.text(row))
        since = column.since(row) if column.since is not None else None
        return "" if since is None else ages.text(since)


def _wide(char: str) -> int:
    """How many cells of a terminal a character takes.  Ref: Unicode Standard Annex 11."""
    return 0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cells(text: str) -> int:
    """How many cells of a terminal a text takes."""
    return len(text) if text.isascii() else sum(map(_wide, text))


def cut(text: str, width: int) -> str:
    """A text that takes no more cells than that."""
    if cells(text) <= width:
        return text
    dots = "..." if width > 6 else ""
    kept, left = [], width - len(dots)
    for char in text:
        left -= _wide(char)
        if left < 0:
            break
        kept.append(char)
    return "".join(kept).rstrip(" ,") + dots


def padded(text: str, width: int) -> str:
    """A text that takes so many cells."""
    text = cut(text, width)
    return text + " " * (width - cells(text))
