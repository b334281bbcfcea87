"""A bus of simulated sticks in one call, for other people's tests and for rehearsals."""

from __future__ import annotations

from .bus import SimBus, plug
from .clock import RealClock, VirtualClock


def simulated(*sticks: str, real_time: bool = False) -> SimBus:
    """A bus with these sticks, to be given to any call of the library as ``bus``.

    A stick is written as for ``--simulate``: ``e3372h``, ``e3372h@1-1.4``, ``e3372h-153,wakes=linux,back=never``; one
    without a port gets the next of 1-1, 1-2 …  Time is virtual, so that a stick that stays away for a minute costs a
    test nothing; ``real_time`` makes it pass as it does for people.

        bus = modeswitch.simulated("e3372h")
        assert modeswitch.switch("12d1:1f01", to="ncm", bus=bus).mode == "ncm"

    Raises :class:`modeswitch.UsageError` for a stick that no model is, and for two in one port.
    """
    clock = RealClock() if real_time else VirtualClock()
    placed = [_placed(text, f"1-{number}") for number, text in enumerate(sticks, 1)]
    return plug(placed, clock)


def _placed(text: str, port: str) -> str:
    name, comma, faults = text.partition(",")
    return text if "@" in name else f"{name}@{port}{comma}{faults}"
