"""The line of time of a device in a log: what it was, how long it stayed and was away, as what it is back.  Pure."""

from __future__ import annotations

from collections.abc import Iterator

from .pasted.clock import Moment
from .pasted.values import PastedDevice, Stay

FIRST, LAST = 3, 2
"""How many stays are told of a long history: the first ones, and the last ones."""


def history(pasted: PastedDevice) -> str:
    """The line of time; empty where the device has been there once."""
    if not pasted.stays:
        return ""
    told = list(_told(pasted))
    if len(told) > FIRST + LAST + 1:
        told = [*told[:FIRST], f"… {len(told) - FIRST - LAST} more …", *told[-LAST:]]
    return ", ".join(told)


def _told(pasted: PastedDevice) -> Iterator[str]:
    """Each stay with the absence after it, then what is there now."""
    beginnings = [*(stay.began for stay in pasted.stays[1:]), pasted.began]
    for stay, next_one in zip(pasted.stays, beginnings, strict=True):
        away = stay.ended.until(next_one) if stay.ended else None
        yield f"{_named(stay)}{_time(' ', stay.seconds)}, away{_time(' ', away)}"
    if pasted.disconnected:
        seconds = pasted.began.until(pasted.ended) if pasted.began else None
        yield f"back{_as(pasted)}{_time(' for ', seconds)}, then gone"
    else:
        yield f"back{_as(pasted)}"


def _named(stay: Stay) -> str:
    if stay.id is None:
        return stay.what or "there"
    return f"{stay.id} ({stay.what})" if stay.what else str(stay.id)


def _as(pasted: PastedDevice) -> str:
    return f" as {pasted.id}" if pasted.id else ""


def _time(before: str, seconds: float | None) -> str:
    return f"{before}{spoken(seconds)}" if seconds is not None else ""


def spoken(seconds: float) -> str:
    """A time for a person: ``0.6 s``, ``70 s``, ``12 min``."""
    if seconds < 10:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    return f"{seconds:.0f} s" if seconds < 600 else f"{seconds / 60:.0f} min"


def stay_times(pasted: PastedDevice) -> list[float]:
    """How long each stay was, as far as the text tells."""
    last = Stay(pasted.id, "", pasted.began, pasted.ended if pasted.disconnected else None)
    found = [stay.seconds for stay in (*pasted.stays, last)]
    return [seconds for seconds in found if seconds is not None]


def first_moment(pasted: PastedDevice) -> Moment | None:
    """When it came for the first time, as far as the text tells."""
    return pasted.stays[0].began if pasted.stays else pasted.began
