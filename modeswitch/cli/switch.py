"""``modeswitch switch``: bring a stick to a mode."""

from __future__ import annotations

import argparse

from ..bus import Bus
from ..descriptors import Port
from ..errors import ModeswitchError, UsageError
from ..find import find, find_one
from ..library import Library
from ..recognise import Known
from . import setting
from .show import Show


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Switch one stick, or with ``--all`` every one that fits."""
    if arguments.all and arguments.port:
        raise UsageError("--all takes every stick that fits, --port only one: give one of the two")
    if arguments.dry_run:
        from . import plan

        return plan.run(arguments, show)
    library, bus = setting.library(arguments), setting.bus(arguments)
    try:
        if arguments.all:
            known = find(arguments.device, bus, library)
        else:
            port = Port.parse(arguments.port) if arguments.port else None
            known = [find_one(arguments.device, bus, library, port)]
        for problem in library.problems:
            show.warn(problem)
        return _switch_each(arguments, show, bus, library, known)
    finally:
        bus.close()


def _switch_each(arguments: argparse.Namespace, show: Show, bus: Bus, library: Library, sticks: list[Known]) -> int:
    from ..switching import switch as perform

    status = 0
    for known in sticks:
        show.port = str(known.sighting.port)
        started = bus.now()
        try:
            outcome = perform(
                known, arguments.to, bus=bus, library=library, timeout=arguments.timeout, tell=show.tell, tick=show.tick
            )
        except ModeswitchError as error:
            if len(sticks) == 1:
                raise
            show.error(error)
            status = status or error.status
            continue
        seconds = round(bus.now() - started, 2)
        after = outcome.after.sighting
        if show.json:
            place = {"port": str(after.port), "id": str(after.id), "mode": outcome.mode}
            show.emit("done", result=outcome.result, **place, **{"from": outcome.before.mode, "seconds": seconds})
        elif outcome.result == "already":
            show.result(f"{after.port}: {after.id} is in {outcome.mode} already")
        else:
            show.result(
                f"{after.port}: {after.id} is in {outcome.mode}, switched from {outcome.before.mode} in {seconds:.1f} s"
            )
    return status
