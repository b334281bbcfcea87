"""``modeswitch plan`` and ``--dry-run``: the way, and nothing sent."""

from __future__ import annotations

import argparse

from ..database.library import Library
from ..database.profile import Profile, Transition
from ..errors import NoDevice, NoWay
from ..identity.device import Device
from ..identity.like import absent, liken
from ..switching.goal import goal_of
from ..switching.likeness import tell_doubts
from ..switching.plan import longest, plan, usual
from ..usb.bus import Bus
from ..usb.descriptors import UsbId
from ..values import TYPE_CHECKING
from . import setting
from .absent import Stand, stands_of, waking_mode
from .show import Show

if TYPE_CHECKING:
    from ..exporters.stick import Stick


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
        if _target(arguments):
            _tell_as(show, _target(arguments), way, _stick(stand.family, usb), goal, stand.mode)
        else:
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
        _done(show, place, way, start, goal)
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


def _done(show: Show, place: dict[str, str], way: tuple[Transition, ...], start: str, goal: str) -> None:
    """The last event of a plan."""
    result = "planned" if way else "already"
    show.emit("done", result=result, **place, mode=start, goal=goal, within=longest(way), usual=usual(way))


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
    if _target(arguments):
        _tell_as(show, _target(arguments), way, _stick(family, device.usb.id, bus, device), goal, device.mode or "")
    else:
        _tell(show, place, way, device.mode or "", goal)


def _target(arguments: argparse.Namespace) -> str:
    """The program that the plan is for (``--as``); empty where it is for this one."""
    return getattr(arguments, "target", None) or ""


def _stick(family: Profile, usb: UsbId, bus: Bus | None = None, device: Device | None = None) -> Stick:
    """The stick as other programs are told of it; its device is None where it is not on the bus."""
    from ..exporters.stick import stick_of

    if bus is None or device is None:
        return stick_of(family, usb)
    nodes = bus.host.nodes(device.usb)
    ports = [one.number for one, role in device.roles if role in ("pcui", "serial", "modem")]
    ttys = [node.tty for number in ports if (node := nodes.get(number)) and node.tty]
    return stick_of(family, usb, str(device.usb.port), next(iter(ttys), ""), device)


def _tell_as(show: Show, target: str, way: tuple[Transition, ...], stick: Stick, goal: str, start: str) -> None:
    """The plan as lines for another program."""
    from ..exporters.export import export

    for line in export(way, stick, target, goal):
        if show.json:
            show.emit("command", target=target, text=line, comment=line.startswith("#"))
        else:
            show.result(line)
    if show.json:
        _done(show, {"id": str(stick.id), **({"port": stick.port} if stick.port else {})}, way, start, goal)
