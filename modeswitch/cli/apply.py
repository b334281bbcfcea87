"""``modeswitch apply``: what the policy wants of a stick that has just woken up; what udev's service runs."""

from __future__ import annotations

import argparse

from ..identity.recognise import Known
from ..service import policy as wishes
from ..service.apply import apply
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
            outcome = apply(known, policy, bus, library, show.tell)
            if isinstance(outcome, str):
                _say(show, known, "left", outcome)
            else:
                _say(show, outcome.after, outcome.result, f"is in {outcome.mode}")

        found = setting.sticks(arguments, bus, library)
        for problem in library.problems:
            show.warn(problem)
        return setting.each(found, show, do)


def _say(show: Show, known: Known, result: str, words: str) -> None:
    place = {"port": str(known.sighting.port), "id": str(known.sighting.id), "mode": known.mode}
    if show.json:
        show.emit("done", result=result, **place)
    else:
        show.result(f"{place['port']}: {place['id']} {words}")
