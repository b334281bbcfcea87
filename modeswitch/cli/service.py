"""What the service's unit runs: ``watch`` without a parser of arguments, whose import a waking stick would wait for."""

from __future__ import annotations

from ..database.library import Library
from ..host import default
from ..service.policy import FILE
from ..usb.pyusb import load_quickly
from . import guarded
from .show import Show
from .watch import serve


def main(idle: float | None = None) -> int:
    """Look after this machine's sticks; ``idle`` is after how many seconds without work it leaves (None: it stays).

    Returns the exit status.
    """
    show = Show(json=False)

    def do() -> int:
        load_quickly()
        with default() as bus:
            return serve(bus, Library(), show, FILE, idle=idle)

    return guarded(do, show)
