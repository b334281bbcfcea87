"""All sticks of a host over time: how each was seen last, which have left, and what tells of changes."""

from __future__ import annotations

import os

from ..errors import ModeswitchError
from ..usb.bus import Bus
from ..usb.descriptors import Port
from ..values import TYPE_CHECKING, NamedTuple
from .policy import Policy, load
from .state import StickState, sticks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..database.library import Library
    from ..usb.bus import PortEvents
    from ..usb.host import Changes

AGAIN_BUS, AGAIN = 2.0, 5.0
"""How soon to look again where nothing tells of changes: on the bus, in all else that is shown; in seconds."""
GONE = 60.0
"""How long a stick that has left is remembered, in seconds."""


class Row(NamedTuple):
    """A stick as it was ``seen`` at a moment of the bus; ``gone`` is when it had left its port, None: it is there."""

    state: StickState
    seen: float
    gone: float | None = None

    @property
    def port(self) -> Port:
        """Where it is, or was."""
        return self.state.device.port

    @property
    def mode(self) -> str:
        """What it is in: ``away`` where nothing is at its port."""
        device = self.state.device
        return "away" if self.gone is not None else "unreadable" if device.usb.problem else device.mode or "-"

    @property
    def is_in_trouble(self) -> bool:
        """Is it away or unreadable, or has the last switch at its port failed?"""
        past = self.state.past
        failed = past.failed is not None and (past.switched is None or past.failed < past.switched)
        return failed or self.mode in ("away", "unreadable")


class Farm:
    """The sticks of a bus: ``rows`` is how each was seen last, by port.

    ``policy`` is that of the ``file``, which is read again when it has changed; ``problem`` is what is wrong with it
    then.
    """

    def __init__(self, bus: Bus, library: Library, policy: Policy | None = None, file: str = "") -> None:
        self.bus = bus
        self.rows: list[Row] = []
        self.problem = ""
        self._library, self._policy, self._file = library, policy, file
        self._read = _stamp(file)
        self._events: PortEvents | None = bus.events()
        self._changes: Sequence[Changes] | None = bus.host.changes()

    @property
    def sources(self) -> list[PortEvents | Changes]:
        """What to wait on: it has something once something may have changed."""
        return [*([self._events] if self._events is not None else ()), *(self._changes or ())]

    @property
    def again(self) -> float | None:
        """In how many seconds to look again though nothing tells of a change; None: never."""
        return AGAIN_BUS if self._events is None else AGAIN if self._changes is None else None

    def take(self, told: Sequence[object]) -> bool:
        """Take what these sources have told; may a stick stand otherwise by that?"""
        counts = False
        for one in self.sources:
            if any(one is each for each in told):
                counts = bool(one.take()) or one is self._events or counts
        return counts

    def look(self) -> None:
        """See how all sticks stand now; nothing is asked of them."""
        self._read_policy()
        states, now = sticks(self.bus, self._library, self._policy), self.bus.now()
        there = {state.device.port for state in states}
        left = [self._left(row, now) for row in self.rows if row.port not in there]
        self.rows = sorted((*(Row(state, now) for state in states), *left), key=_port)
        self.forget()

    def _left(self, row: Row, now: float) -> Row:
        """A stick that is not there now, with what has been noted of its port since."""
        past = self.bus.host.past(row.port)
        return Row(row.state._replace(past=past), now, now if row.gone is None else row.gone)

    def forget(self) -> float | None:
        """Forget the sticks that left long ago; when the next is to be forgotten, None where none has left."""
        now = self.bus.now()
        self.rows = [row for row in self.rows if row.gone is None or now < row.gone + GONE]
        return min((row.gone + GONE for row in self.rows if row.gone is not None), default=None)

    def _read_policy(self) -> None:
        """Read a policy that has changed; one that cannot be read leaves the old one."""
        if (stamp := _stamp(self._file)) == self._read:
            return
        self._read = stamp
        try:
            policy = load(self._file) if stamp is not None else None
        except ModeswitchError as error:
            self.problem = error.message
            return
        self.problem = policy.problems[0].message if policy is not None and policy.problems else ""
        if policy is None or not policy.unreadable:
            self._policy = policy

    def close(self) -> None:
        """Hear no more."""
        for one in self.sources:
            one.close()


def _port(row: Row) -> Port:
    return row.port


def _stamp(path: str) -> tuple[int, int, int] | None:
    """What differs once a file is another one; None where there is none."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
