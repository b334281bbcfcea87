"""``modeswitch top``: every stick as it stands, on a terminal, for as long as one looks at it.

It looks when something tells of a change: the bus, the network interfaces, the notes of how switches ended.  Only where
one of them tells nothing does it look now and then.  A time that is shown counts on without a look.
"""

from __future__ import annotations

import gc
import os
import shutil
import time
from collections import Counter
from collections.abc import Sequence

from ..identity.find import absent
from ..printable import printable
from ..service.farm import Farm, Row
from ..service.state import sticks
from ..values import TYPE_CHECKING, NamedTuple
from . import setting
from .show import BAD, DOUBTFUL, STRONG, Show
from .table import Ages, Table, cells, cut

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from .screen import Screen

LEAST = 0.1
"""How soon after a look there may be another one, in seconds: many events are one change."""
SHARE = 10.0
"""So many times as long as a look has taken there is no other: looking takes a tenth of a processor at most."""
KEYS = "q: leave"
MOVES: dict[str, Callable[[int], int]] = {
    "down": lambda _page: 1,
    "up": lambda _page: -1,
    "page down": lambda page: page,
    "page up": lambda page: -page,
    "first": lambda _page: -(10**9),
    "last": lambda _page: 10**9,
}
"""What a key means → by how many rows the table moves, where so many are shown."""


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Show every stick until somebody presses q.

    Once, as ``list`` does, with --json or --once, and where stdout is no terminal that can be written over, or the
    system knows no termios.
    """
    library = setting.library(arguments)
    with setting.bus(arguments) as bus:
        policy = setting.policy(arguments, show)
        for problem in library.problems:
            show.warn(problem)
        if show.on_terminal and not arguments.once and os.name == "posix":
            gc.enable()
            farm = Farm(bus, library, policy, arguments.policy)
            try:
                return _live(farm, show)
            finally:
                farm.close()
        states = sticks(bus, library, policy)
        for state in states if show.json else ():
            show.emit("device", **state.to_dict())
        if not show.json:
            now = bus.now()
            if states:
                _once([Row(state, now) for state in states], now, show)
            else:
                show.nothing(absent(bus, "no stick on the bus", "Other devices are shown by: modeswitch list -v"))
    return 0


def _once(rows: list[Row], now: float, show: Show) -> None:
    table, ages = Table(rows, shutil.get_terminal_size().columns), Ages(now)
    show.result(table.headings(), STRONG)
    for row in rows:
        show.result(table.line(row, ages), _meaning(row))


def _live(farm: Farm, show: Show) -> int:
    """Show the sticks until a key or a signal ends it; the exit status."""
    from .screen import Leave, Screen

    try:
        with Screen() as screen:
            View(farm, screen, show).run()
    except Leave:
        return 0
    return 0


def _meaning(row: Row) -> str:
    """The colour of a row: something is wrong, or is not as it is wanted."""
    return BAD if row.is_in_trouble else DOUBTFUL if row.state.wants else ""


class Frame(NamedTuple):
    """What is shown: the lines, how many of them are rows, and the moment at which a time in it reads otherwise."""

    lines: list[str]
    page: int
    due: float | None


class View:
    """What the terminal shows of a farm: from which row on, and when it is looked at and painted again."""

    def __init__(self, farm: Farm, screen: Screen, show: Show) -> None:
        self._farm, self._screen, self._show = farm, screen, show
        self._first = 0
        self._must_look = True
        self._looked, self._took = float("-inf"), 0.0

    def run(self) -> None:
        """Look and paint until :class:`Leave`, or until nobody can read it."""
        farm, screen = self._farm, self._screen
        while not self._show.lost:
            if self._must_look and self._rest() <= 0:
                self._look()
            forget = farm.forget()
            frame = self.frame(*screen.size())
            screen.paint(frame.lines)
            woken = screen.wait([] if self._must_look else farm.sources, self._pause(frame.due, forget))
            if farm.take(woken.told) or "look" in woken.keys or self._is_time():
                self._must_look = True
            for key in woken.keys:
                if key in MOVES:
                    self._first = max(0, self._first + MOVES[key](frame.page))

    def _look(self) -> None:
        began = time.monotonic()
        self._must_look = False
        self._screen.during(self._farm.look)
        self._looked = time.monotonic()
        self._took = self._looked - began

    def _rest(self) -> float:
        """In how many seconds it may be looked again."""
        return self._looked + max(LEAST, SHARE * self._took) - time.monotonic()

    def _is_time(self) -> bool:
        again = self._farm.again
        return again is not None and time.monotonic() >= self._looked + again

    def _pause(self, *moments: float | None) -> float | None:
        """How long nothing is to be done, in seconds; ``moments`` of the bus end it.  None: until something happens."""
        now = self._farm.bus.now()
        pauses = [max(0.0, moment - now) for moment in moments if moment is not None]
        if self._must_look:
            pauses.append(max(0.0, self._rest()))
        if (again := self._farm.again) is not None:
            pauses.append(max(0.0, self._looked + again - time.monotonic()))
        return min(pauses, default=None)

    def frame(self, width: int, height: int) -> Frame:
        """The table from the first row on that is to be shown; what a terminal has no room for is counted."""
        rows, table, ages = self._farm.rows, Table(self._farm.rows, width), Ages(self._farm.bus.now())
        lines = [self._show.painted(_summary(rows, width), STRONG)]
        if self._farm.problem:
            lines.append(self._show.painted(cut(printable(self._farm.problem), width), DOUBTFUL))
        if rows:
            lines.append(self._show.painted(table.headings(), STRONG))
        page = height - len(lines)
        if len(rows) > page:
            page -= 1
        if page < 1:
            return Frame(lines[:height], 1, None)
        self._first = min(self._first, max(0, len(rows) - page))
        shown = rows[self._first : self._first + page]
        lines += [self._show.painted(table.line(row, ages), _meaning(row)) for row in shown]
        if len(shown) < len(rows):
            above, below = self._first, len(rows) - self._first - len(shown)
            lines.append(cut(f"{above} above, {below} below: arrows, Page Up, Page Down", width))
        return Frame(lines, page, ages.due)


def _summary(rows: Sequence[Row], width: int) -> str:
    """How many sticks are in which mode, and how many are not as they are wanted."""
    if not rows:
        words = "no stick on the bus"
    else:
        modes = ", ".join(f"{count} {mode}" for mode, count in Counter(row.mode for row in rows).most_common())
        words = f"{len(rows)} stick{'s' if len(rows) > 1 else ''}: {printable(modes)}"
    unlike = sum(bool(row.state.wants) for row in rows)
    if unlike:
        words += f"; {unlike} not as the policy wants"
    left = width - cells(words) - len(KEYS)
    return f"{words}{' ' * left}{KEYS}" if left >= 2 else cut(words, width)
