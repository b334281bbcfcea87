"""``modeswitch restart``: start a stick anew, and bring it back to the mode it was in."""

from __future__ import annotations

import argparse

from ..switching.session import Session
from ..tasks.restart import restart
from . import setting
from .show import Show


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Restart one stick, or with ``--all`` every one that fits, one after the other."""

    def do(session: Session) -> None:
        done = restart(session)
        if show.json:
            figures = {"by": done.by, "away": round(done.away, 2), "seconds": round(done.seconds, 2)}
            show.emit("done", result="restarted", **done.device.facts(), **figures)
            return
        where = f"{done.device.port}: {done.device.id} is in {done.device.mode} again"
        show.result(f"{where} after {done.seconds:.1f} s, {done.away:.1f} s of it away")

    return setting.of_each(arguments, show, do)
