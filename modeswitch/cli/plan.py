"""``modeswitch plan`` and ``--dry-run``: the way, and nothing sent."""

from __future__ import annotations

import argparse

from ..database.library import Library
from ..database.profile import Transition
from ..errors import NoDevice, NoWay
from ..identity.device import Device
from ..identity.like import absent, liken
from ..switching.goal import goal_of
from ..switching.likeness import tell_doubts
from ..switching.plan import longest, plan, usual
from ..usb.bus import Bus
from ..usb.descriptors import UsbId
from . import setting
from .absent import Stand, stands_of, waking_mode
from .show import Show


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Show the way, what it would put on the wire, how long it may take and why it is believed.

    ``plan`` of an id that is not on the bus is for each mode that its profile allows.
    """
    with setting.bus(arguments) as bus:
        return _plan(arguments, show, bus, setting.library(arguments))


def _plan(arguments: argparse.Namespace, show: Show, bus: Bus, library: Library) -> int:
    try:
        sticks = setting.sticks(arguments, bus, library)
    except NoDevice:
        if not _may_be_absent(arguments):
            raise
        return _absent(arguments, show, bus, library)
    for problem in library.problems:
        show.warn(problem)
    return setting.each(sticks, show, lambda device: _here(arguments, show, bus, library, device))


def _absent(arguments: argparse.Namespace, show: Show, bus: Bus, library: Library) -> int:
    """Plan for an id that is not on the bus, for each mode that it may be in.

    Raises :class:`NoWay` where a way leads from none of them.
    """
    usb = UsbId.parse(arguments.device)
    if arguments.like is not None:
        likened, doubts = absent(usb, arguments.like, library)
        stands = [Stand(likened, likened.product(usb), waking_mode(likened))]
        tell_doubts(show.tell, arguments.like, likened.name, doubts, id=str(usb), mode=stands[0].mode)
    else:
        stands = stands_of(usb, library, arguments.start)
    for problem in library.problems:
        show.warn(problem)
    several = len({stand.family.name for stand in stands}) > 1
    errors: list[NoWay] = []
    for stand in stands:
        place = {"id": str(usb)} | ({"family": stand.family.name} if several else {})
        goal = arguments.to or stand.family.goal
        try:
            can_drive = setting.can_drive(arguments, bus, stand.device(usb))
            way = plan(stand.family, stand.mode, goal, persist=arguments.persist, can_drive=can_drive)
        except NoWay as error:
            where = f"{usb} (not on the bus), in {stand.mode}" if len(stands) > 1 else ""
            errors.append(error.located(where, id=str(usb)))
            continue
        _tell(show, place, way, stand.mode, goal)
    if len(errors) == len(stands):
        raise errors[0]
    for each in errors:
        show.error(each)
    return 0


def _tell(show: Show, place: dict[str, str], way: tuple[Transition, ...], start: str, goal: str) -> None:
    if show.json:
        for number, transition in enumerate(way, 1):
            show.emit(
                "transition",
                number=number,
                start=transition.start,
                to=list(transition.to),
                within=transition.within,
                usual=transition.usual or None,
                persistent=transition.persistent,
                gives=[str(gives) for gives in transition.gives],
                steps=[
                    {"step": str(step), "wire": [str(action) for action in step.actions]} for step in transition.steps
                ],
                evidence=[str(evidence) for evidence in transition.evidence],
            )
        show.emit(
            "done",
            result="planned" if way else "already",
            **place,
            mode=start,
            goal=goal,
            within=longest(way),
            usual=usual(way),
        )
        return
    where = f"{place['id']} at {place['port']}" if "port" in place else f"{place['id']} (not on the bus)"
    where += f" as one of {place['family']}" if "family" in place else ""
    if not way:
        show.result(f"{where}: is in {start}, nothing to do")
        return
    show.result(f"{where}: from {start} to {goal}{_through(way)}, {_time(usual(way), longest(way))}")
    for number, transition in enumerate(way, 1):
        writes = ", writes to the stick's NVRAM" if transition.persistent else ""
        show.result(f"{number}. {transition}, {_time(transition.usual, transition.within)}{writes}")
        for step in transition.steps:
            show.result(f"   {step}")
            for action in step.actions:
                show.result(f"     {action}")
        for gives in transition.gives:
            show.result(f"   gives {gives}")
        for evidence in transition.evidence:
            show.result(f"   because {evidence}")


def _through(way: tuple[Transition, ...]) -> str:
    """The modes that are passed on the way, for a person."""
    passed = [transition.start for transition in way[1:]]
    return f" through {', '.join(passed)}" if passed else ""


def _time(usually: float | None, most: float) -> str:
    return f"within {most:g} s{f', usually {usually:g} s' if usually else ''}"


def _may_be_absent(arguments: argparse.Namespace) -> bool:
    """Is it asked for a plan for an id, which need not be on the bus?"""
    return arguments.command == "plan" and ":" in arguments.device and not arguments.port


def _here(arguments: argparse.Namespace, show: Show, bus: Bus, library: Library, device: Device) -> None:
    """The plan for a stick that is there."""
    if arguments.like is not None:
        likeness = liken(device, arguments.like, library)
        device = likeness.device
        name = device.profile.name if device.profile else ""
        tell_doubts(show.tell, likeness.like, name, likeness.doubts, **device.facts())
    can_drive = setting.can_drive(arguments, bus, device)
    family, goal = goal_of(device, arguments.to, can_drive)
    place = {"port": str(device.usb.port), "id": str(device.usb.id)}
    way = plan(family, device.mode or "", goal, persist=arguments.persist, can_drive=can_drive)
    _tell(show, place, way, device.mode or "", goal)
