"""``modeswitch disconnect``: take the data line down."""

from __future__ import annotations

import argparse

from ..database.library import Library
from ..identity.recognise import Device
from ..tasks.line import disconnect
from ..usb.bus import Bus
from . import setting
from .show import Show


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Hang up."""

    def do(device: Device, bus: Bus, library: Library) -> None:
        was_up = disconnect(device, bus=bus, library=library, timeout=arguments.timeout, tell=show.tell)
        place = {"port": str(device.usb.port), "id": str(device.usb.id), "mode": device.mode}
        if show.json:
            show.emit("done", result="disconnected" if was_up else "already", **place)
        else:
            show.result(f"{device.usb.port}: the line is down{'' if was_up else ' already'}")

    return setting.of_each(arguments, show, do)
