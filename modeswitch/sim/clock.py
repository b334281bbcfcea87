"""Time for the model: the real one, or one that passes only when somebody waits."""

from __future__ import annotations

import time


class RealClock:
    """Seconds of the monotonic clock."""

    def now(self) -> float:
        """The time, in seconds."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Let that much time pass."""
        time.sleep(max(0.0, seconds))


class VirtualClock:
    """A clock that stands still until it is waited on, and then jumps: twenty seconds cost nothing."""

    def __init__(self) -> None:
        self._now = 1000.0

    def now(self) -> float:
        """The time, in seconds."""
        return self._now

    def wait(self, seconds: float) -> None:
        """Jump that far ahead."""
        self._now += max(0.0, seconds)


Clock = RealClock | VirtualClock
