"""The lines that shall stay up: looked at now and then, and dialled again after growing pauses.

What is looked at is the carrier of the network interface, which falls with the line: nothing is asked of the stick.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from ..usb.descriptors import Port
from ..usb.nodes import NetworkState

LOOK = 5.0
"""How often a line is looked at, in seconds."""
LOST = 10.0
"""How long a carrier must be gone before the line counts as dropped, in seconds."""
FIRST, LONGEST = 5.0, 300.0
"""The pause after the first failure, and the longest, in seconds; each is twice the one before."""


class _Kept:
    """A line that shall be up: its network interface (empty while it is down), and when something is due."""

    def __init__(self, due: float) -> None:
        self.network = ""
        self.due = due
        self.lost_at: float | None = None
        self.failures = 0


class Lines:
    """The lines by port.  ``state`` tells how a network interface is; times are those of a monotonic clock.

    Threads of several ports tell of theirs; :meth:`due` is called by the one that runs the service.
    """

    def __init__(self, state: Callable[[str], NetworkState | None]) -> None:
        self._state = state
        self._kept: dict[Port, _Kept] = {}
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return bool(self._kept)

    def ports(self) -> list[Port]:
        """The ports whose line is kept."""
        with self._lock:
            return list(self._kept)

    def standing(self) -> dict[Port, bool]:
        """Of each port whose line is kept: is it up, as far as was seen?"""
        with self._lock:
            return {port: bool(kept.network) and kept.lost_at is None for port, kept in self._kept.items()}

    def up(self, port: Port, network: str, now: float) -> None:
        """The line of that port is up, by that network interface."""
        with self._lock:
            kept = self._kept[port] = _Kept(now + LOOK)
            kept.network = network

    def failed(self, port: Port, now: float) -> float:
        """The line of that port could not be put up; in how many seconds it is tried again."""
        with self._lock:
            kept = self._kept.setdefault(port, _Kept(now))
            kept.failures = min(kept.failures + 1, 20)
            pause = min(FIRST * 2.0 ** (kept.failures - 1), LONGEST)
            kept.network, kept.lost_at, kept.due = "", None, now + pause
            return pause

    def forget(self, port: Port) -> None:
        """No line is wanted there, or its stick has left."""
        with self._lock:
            self._kept.pop(port, None)

    def forget_all(self) -> None:
        """The policy is another one."""
        with self._lock:
            self._kept.clear()

    def due(self, now: float) -> tuple[list[Port], float | None]:
        """The ports whose line is to be dialled now, and in how many seconds to ask again (None: no line is kept)."""
        with self._lock:
            dial = [port for port, kept in self._kept.items() if kept.due <= now and self._is_down(kept, now)]
            for port in dial:
                self._kept[port].due = now + LONGEST  # until its thread tells how that went
            left = [kept.due - now for kept in self._kept.values()]  # what was due is due later now
        return dial, min(left, default=None)

    def _is_down(self, kept: _Kept, now: float) -> bool:
        """Is it to be dialled: it never came up, or has been without its carrier for long enough?"""
        if not kept.network:
            return True
        kept.due = now + LOOK
        state = self._state(kept.network)
        if state is None or state.carrier:  # None: the interface has gone, and its stick with it
            kept.lost_at = None
            return False
        if kept.lost_at is None:
            kept.lost_at = now
        return now - kept.lost_at >= LOST
