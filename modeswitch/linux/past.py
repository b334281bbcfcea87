"""How the switches at each port have ended since this system was started: noted by its port, beside the locks.

Who looks at many sticks need not ask them: a stick tells nothing of how long it was away, or what could not be done.
"""

from __future__ import annotations

import os
import re
import time

from .. import files
from ..usb.descriptors import Port
from ..usb.host import Past
from . import locks

SUFFIX = ".past"
LONGEST = 160
"""How much of a note is read, in bytes."""
MOST = 999_999_999
"""So many failures are counted, and no more."""
NONE = "-"
_MOMENT = r"-|\d{1,12}\.\d{1,6}"
_FORM = re.compile(rf"({_MOMENT}) ({_MOMENT}) (\d{{1,9}}) ({_MOMENT}) (-|[A-Z][A-Za-z]{{0,39}})\n")
"""When a switch ended well, how long the stick was away, how many failed, when the last one did, its kind of error."""


class _Note:
    """What a note says; moments are seconds of CLOCK_BOOTTIME, None where there was none."""

    def __init__(self, text: str = "") -> None:
        match = _FORM.fullmatch(text)
        switched, away, failures, failed, kind = match.groups() if match else (NONE, NONE, "0", NONE, NONE)
        self.switched, self.away, self.failed = map(_moment, (switched, away, failed))
        self.failures, self.kind = int(failures), kind.removeprefix(NONE)

    def __str__(self) -> str:
        words = (_word(self.switched), _word(self.away), self.failures, _word(self.failed), self.kind or NONE)
        return " ".join(map(str, words)) + "\n"

    @property
    def latest(self) -> float:
        """When it was written."""
        return max(self.switched or 0.0, self.failed or 0.0)


def note(port: Port, *, away: float | None = None, error: str = "", where: str | None = None) -> None:
    """Note that a switch has ended: well, after the stick was ``away`` so many seconds, or with that kind of error.

    Where nothing can be noted, nothing is.
    """
    folder = where if where is not None else locks.folder()
    if folder is None:
        return
    said = _Note(files.text(_path(folder, port), LONGEST))
    if error:
        said.failures, said.failed, said.kind = min(said.failures + 1, MOST), _now(), error
    else:
        said.switched, said.away = _now(), away
    files.note(folder, f"{port}{SUFFIX}", str(said))


def read(port: Port, where: str | None = None) -> Past:
    """What was noted of a port, by root or by this user: the later one; nothing where there is no note."""
    own = where if where is not None else locks.folder()
    folders = dict.fromkeys(filter(None, (own, locks.MACHINE if where is None else own)))
    said = max((_Note(files.text(_path(folder, port), LONGEST)) for folder in folders), key=_latest, default=_Note())
    now = _now()
    return Past(_ago(said.switched, now), said.away, said.failures, _ago(said.failed, now), said.kind)


def folders() -> list[str]:
    """Where there may be notes."""
    return list(dict.fromkeys(filter(None, (locks.folder(), locks.MACHINE))))


def _latest(said: _Note) -> float:
    return said.latest


def _path(folder: str, port: Port) -> str:
    return os.path.join(folder, f"{port}{SUFFIX}")


def _now() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _moment(word: str) -> float | None:
    return None if word == NONE else float(word)


def _word(moment: float | None) -> str:
    return NONE if moment is None else f"{moment:.6f}"


def _ago(moment: float | None, now: float) -> float | None:
    """How long ago that was; a moment that is yet to come is none."""
    return now - moment if moment is not None and moment <= now else None
