"""``modeswitch plan`` and ``--dry-run``: the way, and nothing sent."""

from __future__ import annotations

import argparse

from ..bus import Bus
from ..descriptors import Port, UsbId
from ..errors import ModeswitchError, NoDevice, NoWay
from ..find import find, find_one
from ..library import Library
from ..plan import longest, plan
from ..profile import Profile
from ..recognise import Known
from ..switching import goal_of, leave_alone
from . import setting
from .show import Show


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Show the way, what it would put on the wire, how long it may take and why it is believed."""
    library, bus = setting.library(arguments), setting.bus(arguments)
    try:
        every = "all" in arguments and arguments.all
        found = find(arguments.device, bus, library) if every else [_where(arguments, bus, library)]
    finally:
        bus.close()
    for problem in library.problems:
        show.warn(problem)
    status = 0
    for known in found:
        try:
            _tell(show, *(_here(known, arguments.to) if isinstance(known, Known) else known))
        except ModeswitchError as error:
            if len(found) == 1:
                raise
            show.error(error)
            status = status or error.status
    return status


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


def _where(arguments: argparse.Namespace, bus: Bus, library: Library) -> tuple[dict[str, str], Profile, str, str]:
    """What is planned for: the place, the family, the mode now, and the goal.

    An id that is not on the bus is planned for as it wakes up.
    """
    try:
        port = Port.parse(arguments.port) if arguments.port else None
        known = find_one(arguments.device, bus, library, port)
    except NoDevice:
        if arguments.command != "plan" or ":" not in arguments.device or arguments.port:
            raise
        usb = UsbId.parse(arguments.device)
        families = library.families(usb)
        if not families:
            raise NoWay(f"no profile knows {usb}", hint="See: modeswitch profiles list", id=str(usb)) from None
        for family in families:
            product = family.product(usb)
            if product is not None and product.wakes:
                leave_alone(product, str(usb), id=str(usb))
                return {"id": str(usb)}, family, "mass-storage", arguments.to or family.goal
        raise
    return _here(known, arguments.to)


def _here(known: Known, to: str | None) -> tuple[dict[str, str], Profile, str, str]:
    """The same for a stick that is there."""
    family, goal = goal_of(known, to)
    place = {"port": str(known.sighting.port), "id": str(known.sighting.id)}
    return place, family, known.mode or "", goal
