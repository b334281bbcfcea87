"""``modeswitch switch``: bring a stick to a mode."""

from __future__ import annotations

import argparse

from ..bus import Bus
from ..errors import UsageError
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
    with setting.bus(arguments) as bus:
        library = setting.library(arguments)
        sticks = setting.sticks(arguments, bus, library)
        for problem in library.problems:
            show.warn(problem)
        return setting.each(sticks, show, lambda known: _switch(arguments, show, bus, library, known))


def _switch(arguments: argparse.Namespace, show: Show, bus: Bus, library: Library, known: Known) -> None:
    """Switch one, and say what came of it."""
    from ..switching import switch

    started = bus.now()
    outcome = switch(
        known,
        arguments.to,
        bus=bus,
        library=library,
        timeout=arguments.timeout,
        tell=show.tell,
        tick=show.tick,
        persist=arguments.persist,
        drives=setting.drives(arguments, bus, known),
        store=setting.store(arguments) if arguments.persist else None,
        unmount=arguments.unmount,
    )
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
