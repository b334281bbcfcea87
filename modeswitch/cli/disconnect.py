"""``modeswitch disconnect``: take the data line down."""

from __future__ import annotations

import argparse

from ..database.library import Library
from ..identity.recognise import Known
from ..tasks.line import disconnect
from ..usb.bus import Bus
from . import setting
from .show import Show


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Hang up."""

    def do(known: Known, bus: Bus, library: Library) -> None:
        was_up = disconnect(known, bus=bus, library=library, timeout=arguments.timeout, tell=show.tell)
        place = {"port": str(known.sighting.port), "id": str(known.sighting.id), "mode": known.mode}
        if show.json:
            show.emit("done", result="disconnected" if was_up else "already", **place)
        else:
            show.result(f"{known.sighting.port}: the line is down{'' if was_up else ' already'}")

    return setting.of_each(arguments, show, do)
