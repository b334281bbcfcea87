"""``modeswitch disconnect``: take the data line down."""

from __future__ import annotations

import argparse

from ..switching.session import Session
from ..tasks.line import disconnect
from . import setting
from .show import Show


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Hang up."""

    def do(session: Session) -> None:
        was_up = disconnect(session)
        if show.json:
            show.emit("done", result="disconnected" if was_up else "already", **session.device.facts())
        else:
            show.result(f"{session.device.port}: the line is down{'' if was_up else ' already'}")

    return setting.of_each(arguments, show, do)
