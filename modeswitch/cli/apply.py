"""``modeswitch apply``: what the policy wants of a stick that has just woken up; what udev's service runs."""

from __future__ import annotations

import argparse

from .. import policy as wishes
from ..bus import Bus
from ..configurations import usual_goal
from ..identify import undecided
from ..library import Library
from ..recognise import Known
from ..switching import by_configuration, host_drives, switch
from . import setting
from .show import Show


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Switch one stick as the policy wants it; one that is switched already, or is none of ours, is left as it is."""
    policy = wishes.load(arguments.policy)
    for problem in policy.problems:
        show.warn(problem)
    with setting.bus(arguments) as bus:
        library = setting.library(arguments)

        def do(known: Known) -> None:
            sighting = known.sighting
            place = {"port": str(sighting.port), "id": str(sighting.id), "mode": known.mode}
            wish = policy.wish(sighting)
            why = _nothing_to_do(bus, library, known, wish)
            if why:
                _say(show, place, "left", why)
                return
            bus.count_start(sighting.port)
            to = None if wish.to == wishes.USUAL else wish.to
            outcome = switch(known, to, bus=bus, library=library, timeout=wish.timeout, tell=show.tell)
            after = outcome.after.sighting
            place = {"port": str(after.port), "id": str(after.id), "mode": outcome.mode}
            _say(show, place, outcome.result, f"is in {outcome.mode}")

        found = setting.sticks(arguments, bus, library)
        for problem in library.problems:
            show.warn(problem)
        return setting.each(found, show, do)


def _nothing_to_do(bus: Bus, library: Library, known: Known, wish: wishes.Wish) -> str:
    """Why a stick is left as it is; empty where it shall be switched."""
    if known.profile is None or known.product is None:
        return "" if undecided(known, library) else "is none that is known"
    if wish.to == wishes.LEAVE_ALONE:
        return "is left alone: the policy wants it so"
    goal = wish.to if wish.to != wishes.USUAL else usual_goal(known, known.profile, host_drives(bus, known))
    if known.mode != goal and by_configuration(known, goal):
        return ""
    if known.product.leave_alone:
        return f"is left alone: {known.product.leave_alone}"
    if known.mode not in ("mass-storage", "asleep"):
        return f"is in {known.mode} already"
    return ""


def _say(show: Show, place: dict[str, str | None], result: str, words: str) -> None:
    if show.json:
        show.emit("done", result=result, **place)
    else:
        show.result(f"{place['port']}: {place['id']} {words}")
