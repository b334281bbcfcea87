"""What a stick will do by itself, and when: nothing runs, what is due is done when somebody looks."""

from __future__ import annotations

from collections.abc import Callable

from .clock import Clock


class Schedule:
    """Actions in the order of their time on a clock (seconds); a ``stopped`` one takes no more."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due: list[tuple[float, Callable[[], None]]] = []
        self.stopped = False
        self._running: float | None = None

    def now(self) -> float:
        """The time: that at which an action was due, while it is done."""
        return self._clock.now() if self._running is None else self._running

    def advance(self) -> None:
        """Do what has become due, each at its own time however late somebody looks."""
        while self._due and self._due[0][0] <= self._clock.now():
            self._running, action = self._due.pop(0)
            try:
                action()
            finally:
                self._running = None

    def next(self) -> float | None:
        """When the next action is due, on the clock; None when there is none."""
        return self._due[0][0] if self._due else None

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Do something later; the same action moves to its new time."""
        self.forget(action)
        if self.stopped:
            return
        self._due.append((self.now() + seconds, action))
        self._due.sort(key=lambda item: item[0])

    def forget(self, action: Callable[[], None] | None) -> None:
        """Do it not after all."""
        self._due = [item for item in self._due if item[1] != action]

    def clear(self) -> None:
        """Do nothing of all that."""
        self._due.clear()
