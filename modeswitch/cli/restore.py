"""``modeswitch restore``: put back what a stick's NVRAM held before it was changed."""

from __future__ import annotations

import argparse

from ..database.library import Library
from ..identity.recognise import Device
from ..tasks.line import restore
from ..usb.bus import Bus
from . import setting
from .show import Show


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Put back the first saved value, and restart the stick."""
    store = setting.store(arguments)

    def do(device: Device, bus: Bus, library: Library) -> None:
        after, changed = restore(
            device, bus=bus, library=library, store=store, timeout=arguments.timeout, tell=show.tell, tick=show.tick
        )
        place = {"port": str(after.usb.port), "id": str(after.usb.id), "mode": after.mode}
        if show.json:
            show.emit(
                "done", result="restored" if changed else "already", **place, values=[one._asdict() for one in changed]
            )
            return
        for one in changed:
            show.result(f"{after.usb.port}: {one.name} is {one.value} again, as it was saved on {one.when}")
        if not changed:
            show.result(f"{after.usb.port}: {after.usb.id} holds what it came with already")
        else:
            show.result(f"{after.usb.port}: {after.usb.id} is in {after.mode}")

    return setting.of_each(arguments, show, do)
