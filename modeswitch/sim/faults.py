"""Every way a simulated stick can fail, each a keyword."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from ..errors import UsageError
from .pagelogin import LOGIN

CSW = ("", "whole", "cut", "late", "missing", "failed", "refused", "stalled", "phase", "tag", "garbage", "short")
ALLOW = ("", "stalled", "failed", "missing")
ANSWER = ("", "short", "stalled", "never")
DESCRIPTORS = ("", "truncated", "oversized", "lying", "endless")
SPEEDS = ("", "full", "high", "super")
STRINGS = ("", "escape", "surrogate", "long", "odd")
AT = ("", "mute", "error", "garbage", "flood", "urc", "stale", "lower", "gone", "slow", "noecho", "wdmonly")
DIAL = ("", "refused", "never", "drops")
NV = ("", "refused", "lost", "other", "forgets")
WEB = (
    "",
    *("html", "huge", "redirect", "endless", "login", "unsupported", "token", "tokenonce", "dead", "drip", "garbage"),
    *("blocked", "tokenpage", "tokenless", "busy"),
)
HUB = ("", "ganged", "none", "lies", "denied", "dataonly", "unseen")
EVENTS = ("", "never")
CONFIGURATION = ("", "ignored", "leaves")
PLACES = (
    *("open", "detach", "claim", "bulk-out", "bulk-in", "control", "clear-halt"),
    *("configuration", "altsetting", "reset", "release", "attach"),
)
"""Where the fault ``fails`` can be."""
ERRNOS = ("EPROTO", "EIO", "ENODEV", "EBUSY", "ENOMEM", "EACCES", "EPIPE", "ETIMEDOUT", "EOVERFLOW", "OTHER")
"""What it can be; ``OTHER`` is libusb's error without an errno."""


@dataclass(frozen=True)
class Faults:
    """What goes wrong, and when.  Times are in seconds.

    ``csw``: ``whole`` comes, ``cut`` never does since the stick leaves in the middle of it (either is the weather's
    choice where nothing is said); ``late`` comes after ``lag``; ``missing`` never comes; ``failed`` says no and obeys,
    ``refused`` says no and stays; ``stalled`` needs CLEAR_HALT; ``phase`` reports a phase error and stays; ``tag``,
    ``garbage`` and ``short`` are no valid CSW, though the stick obeys.
    ``back``: ``never``, ``same`` (as it was), or the name of a composition to come back as instead.
    ``twice``: for so long it first comes back as ``first`` (as it was, where that is empty), and leaves once more.
    ``falls``: so long after it came back switched it leaves for the mode that it wakes up in, each time.
    ``moves``: the port it comes back at.  ``dies``: it leaves with the CBW, before any CSW.  ``deaf``: it passes the
    message and stays.  ``slow``: how much later it comes back.
    ``hung``: for so long after its arrival a SCSI command of the kernel's hangs, and its driver lets go of nothing.
    ``fails``: one transfer or call fails, as ``PLACE:ERRNO`` or, the n-th time, ``PLACE:ERRNO:N`` (see :data:`PLACES`).
    ``events``: the bus tells of no change (``never``).
    ``busy``: another program holds its interface.  ``denied``: nobody may open it.  ``blocked``: it comes back and is
    not configured.  ``pulled``: unplugged at that transfer (counted from 1).  ``mounted``: its card is in use.

    ``allow``: the CSW of ALLOW MEDIUM REMOVAL is ``stalled``, ``failed`` or ``missing``.  ``obeys``: the n-th command
    on its storage (from 1) is the one it leaves at, where an eject switches it.  ``request``: the beginning of the
    control request that switches it (``c0-b1``), where one does.  ``answer``: that request is answered ``short``,
    ``stalled`` or ``never``.

    ``speed``: that of its link, ``high`` where nothing is said; ``relinks``: that after its first departure.

    ``at``: its AT ports are ``mute``, answer all with ``error``, ``garbage`` or a ``flood`` without line end; ``urc``
    puts unsolicited lines between the answer's, ``stale`` an answer to nothing before it; ``lower`` is lower case and
    odd spacing, ``gone`` leaves in mid-answer, ``slow`` answers after ``lag``, ``noecho`` has echo off, ``wdmonly``
    answers on cdc-wdm alone.  ``pin`` is the SIM's.  ``dial``: the network's answer to a call.  ``nocarrier``: its
    network never has a carrier, whatever its line says.  ``nv``: a write is ``refused``, or said to be done and
    ``lost``; ``other`` keeps another list, ``forgets`` keeps it until the restart.  ``web``: what the web server does
    instead (see ``web.py``), ``password`` its page's, ``login`` how that is asked for and what goes wrong then (see
    ``pagelogin.py``).  ``hub``: the hub's power is ``ganged``, not switched (``none``), only said to be
    (``lies``), not ours to switch (``denied``), is that of the data lines (``dataonly``), or is switched and the
    departure not told (``unseen``).  ``configuration``: SET_CONFIGURATION is acknowledged and ``ignored``, or answered
    by leaving for good (``leaves``).
    """

    csw: str = ""
    back: str = ""
    moves: str = ""
    speed: str = ""
    relinks: str = ""
    dies: bool = False
    deaf: bool = False
    slow: float = 0.0
    twice: float = 0.0
    first: str = ""
    falls: float = 0.0
    hung: float = 0.0
    fails: str = ""
    events: str = ""
    nocarrier: bool = False
    lag: float = 1.5
    busy: bool = False
    denied: bool = False
    blocked: bool = False
    pulled: int = 0
    mounted: bool = False
    descriptors: str = ""
    strings: str = ""
    at: str = ""
    pin: str = ""
    dial: str = ""
    nv: str = ""
    web: str = ""
    password: str = ""
    login: str = ""
    hub: str = ""
    allow: str = ""
    obeys: int = 0
    request: str = ""
    answer: str = ""
    configuration: str = ""

    @classmethod
    def parse(cls, words: list[str]) -> Faults:
        """Read ``csw=late``, ``back=never``, ``busy`` …  Raises :class:`UsageError`."""
        given: dict[str, Any] = {}
        kinds = {field.name: field.default for field in fields(cls)}
        for word in words:
            name, equals, value = word.partition("=")
            if name not in kinds or bool(equals) == isinstance(kinds[name], bool):
                raise UsageError(f"{word!r} is no fault of a simulated stick", hint=f"Known: {', '.join(kinds)}.")
            given[name] = _value(name, value, kinds[name])
        return cls(**given)


WORDS: dict[str, tuple[str, ...]] = {
    "csw": CSW,
    "allow": ALLOW,
    "answer": ANSWER,
    "descriptors": DESCRIPTORS,
    "speed": SPEEDS,
    "relinks": SPEEDS,
    "strings": STRINGS,
    "at": AT,
    "dial": DIAL,
    "nv": NV,
    "web": WEB,
    "login": LOGIN,
    "hub": HUB,
    "configuration": CONFIGURATION,
    "events": EVENTS,
}
"""Fault → the words it may have."""


def _value(name: str, text: str, default: object) -> object:
    words = WORDS.get(name)
    if isinstance(default, bool):
        return True
    if words is not None and text not in words:
        raise UsageError(f"{text!r} is no {name} fault", hint=f"Known: {', '.join(filter(None, words))}.")
    if name == "fails":
        failure(text)
    if isinstance(default, str):
        return text
    return int(seconds(name, text)) if isinstance(default, int) else seconds(name, text)


class Failure(NamedTuple):
    """One failing transfer or call: where, with what error, the how manieth of its kind (from 1)."""

    place: str
    error: str
    number: int


def failure(text: str) -> Failure | None:
    """What ``fails`` says; None where it is empty.  Raises :class:`UsageError`."""
    if not text:
        return None
    place, error, number = (*text.split(":"), "1", "", "")[:3]
    if place not in PLACES or error not in ERRNOS or not number.isdigit() or text.count(":") not in (1, 2):
        hint = f"PLACE:ERRNO or PLACE:ERRNO:N with a place of {', '.join(PLACES)} and an error of {', '.join(ERRNOS)}."
        raise UsageError(f"{text!r} is no failing transfer", hint=hint)
    return Failure(place, error, int(number))


def seconds(name: str, text: str) -> float:
    """A number from 0 to 3600.  Raises :class:`UsageError`."""
    try:
        number = float(text)
    except ValueError as error:
        raise UsageError(f"{name}={text!r} is no number") from error
    if not 0 <= number <= 3600:
        raise UsageError(f"{name}={text} is not in 0..3600")
    return number
