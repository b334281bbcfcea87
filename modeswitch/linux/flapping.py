"""A stick that is switched again and again by itself, because it always falls back: counted, and stopped.

systemd forgets how often a unit was started as soon as nothing refers to it any more, and a stick that leaves takes its
references with it; so the count is kept here, beside the locks, in a file for each port.
"""

from __future__ import annotations

import os
import time

from .. import files
from ..errors import Refused
from ..usb.descriptors import Port
from . import locks

STARTS, SECONDS = 5, 60.0
"""So many switches within so many seconds are enough."""


def count(port: Port, where: str | None = None) -> None:
    """Note one more switch of this port that nobody asked for by hand.

    Raises :class:`Refused` where there have been too many lately.  Where nothing can be noted, nothing is refused.
    """
    folder = where if where is not None else locks.folder()
    if folder is None:
        return
    now = time.clock_gettime(time.CLOCK_BOOTTIME)
    name = f"{port}.starts"
    recent = [moment for moment in _read(os.path.join(folder, name)) if now - SECONDS < moment <= now + 1]
    if len(recent) >= STARTS:
        raise Refused(
            f"the stick at {port} was switched {len(recent)} times within {SECONDS:g} s and falls back each time: "
            "it is left alone",
            hint=f"Plug it in again in a minute, or switch it by hand and watch it: modeswitch {port} -vv",
            port=str(port),
        )
    files.note(folder, name, " ".join(f"{moment:.3f}" for moment in (*recent, now)))


def _read(path: str) -> list[float]:
    words = files.text(path, 1024).split()
    return [float(word) for word in words if word.isascii() and word.replace(".", "", 1).isdigit()]
