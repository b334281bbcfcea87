"""``modeswitch plan`` and ``--dry-run``: the way, and nothing sent."""

from __future__ import annotations

import argparse

from ..descriptors import UsbId
from ..errors import NoDevice, NoWay
from ..library import Library
from ..plan import longest, plan
from ..profile import Profile
from ..recognise import Known
from ..switching import goal_of, leave_alone
from . import setting
from .show import Show


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Show the way, what it would put on the wire, how long it may take and why it is believed.

    ``plan`` of an id that is not on the bus is for the stick as it wakes up.
    """
    library, bus = setting.library(arguments), setting.bus(arguments)
    asleep: tuple[Profile, UsbId] | None = None
    try:
        sticks = setting.sticks(arguments, bus, library)
    except NoDevice:
        asleep = _waking(arguments, library)
        if asleep is None:
            raise
    finally:
        bus.close()
    for problem in library.problems:
        show.warn(problem)
    if asleep is not None:
        family, usb = asleep
        _tell(show, {"id": str(usb)}, family, "mass-storage", arguments.to or family.goal)
        return 0
    return setting.each(sticks, show, lambda known: _here(arguments, show, known))


def _tell(show: Show, place: dict[str, str], family: Profile, start: str, goal: str) -> None:
    way = plan(family, start, goal)
    if show.json:
        for number, transition in enumerate(way, 1):
            show.emit(
                "transition",
                number=number,
                start=transition.start,
                to=list(transition.to),
                within=transition.within,
                gives=[str(gives) for gives in transition.gives],
                steps=[
                    {"step": str(step), "wire": [str(action) for action in step.actions]} for step in transition.steps
                ],
                evidence=[str(evidence) for evidence in transition.evidence],
            )
        show.emit("done", result="planned" if way else "already", **place, mode=start, goal=goal, within=longest(way))
        return
    where = f"{place['id']} at {place['port']}" if "port" in place else f"{place['id']} (not on the bus)"
    if not way:
        show.result(f"{where}: is in {start}, nothing to do")
        return
    show.result(f"{where}: from {start} to {goal}, within {longest(way):g} s")
    for number, transition in enumerate(way, 1):
        show.result(f"{number}. {transition}, back within {transition.within:g} s")
        for step in transition.steps:
            show.result(f"   {step}")
            for action in step.actions:
                show.result(f"     {action}")
        for gives in transition.gives:
            show.result(f"   gives {gives}")
        for evidence in transition.evidence:
            show.result(f"   because {evidence}")


def _waking(arguments: argparse.Namespace, library: Library) -> tuple[Profile, UsbId] | None:
    """The family in which the id that was asked for wakes up; None where a plan for something absent makes no sense."""
    if arguments.command != "plan" or ":" not in arguments.device or arguments.port:
        return None
    usb = UsbId.parse(arguments.device)
    families = library.families(usb)
    if not families:
        raise NoWay(f"no profile knows {usb}", hint="See: modeswitch profiles list", id=str(usb))
    for family in families:
        product = family.product(usb)
        if product is not None and product.wakes:
            leave_alone(product, str(usb), id=str(usb))
            return family, usb
    return None


def _here(arguments: argparse.Namespace, show: Show, known: Known) -> None:
    """The plan for a stick that is there."""
    family, goal = goal_of(known, arguments.to)
    place = {"port": str(known.sighting.port), "id": str(known.sighting.id)}
    _tell(show, place, family, known.mode or "", goal)
