"""``modeswitch plan`` and ``--dry-run``: the way, and nothing sent."""

from __future__ import annotations

import argparse

from ..database.library import Library
from ..database.profile import Profile, Transition
from ..errors import NoDevice, NoWay
from ..identity.device import Device
from ..identity.like import absent, liken
from ..switching.goal import goal_of, leave_alone
from ..switching.likeness import tell_doubts
from ..switching.plan import longest, plan, usual
from ..usb.bus import Bus
from ..usb.descriptors import Port, UsbId
from ..usb.device import UsbDevice
from ..values import TYPE_CHECKING
from . import setting
from .show import Show

if TYPE_CHECKING:
    from ..exporters.stick import Stick


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Show the way, what it would put on the wire, how long it may take and why it is believed.

    ``plan`` of an id that is not on the bus is for the stick as it wakes up.
    """
    with setting.bus(arguments) as bus:
        return _plan(arguments, show, bus, setting.library(arguments))


def _plan(arguments: argparse.Namespace, show: Show, bus: Bus, library: Library) -> int:
    asleep: tuple[Profile, UsbId] | None = None
    doubts: tuple[str, ...] = ()
    try:
        sticks = setting.sticks(arguments, bus, library)
    except NoDevice:
        if arguments.like is not None and _may_be_absent(arguments):
            usb = UsbId.parse(arguments.device)
            likened, doubts = absent(usb, arguments.like, library)
            asleep = likened, usb
        else:
            asleep = _waking(arguments, library)
        if asleep is None:
            raise
    for problem in library.problems:
        show.warn(problem)
    if asleep is not None:
        family, usb = asleep
        starts = {transition.start for transition in family.transitions}
        start = "mass-storage" if "mass-storage" in starts else "asleep"
        device = Device(UsbDevice(Port(0, ()), 0, usb, None, None), family, family.product(usb), start)
        can_drive = setting.can_drive(arguments, bus, device)
        if arguments.like is not None:
            tell_doubts(show.tell, arguments.like, family.name, doubts, id=str(usb), mode=start)
        way = plan(family, start, arguments.to or family.goal, persist=arguments.persist, can_drive=can_drive)
        goal = arguments.to or family.goal
        if _target(arguments):
            _tell_as(show, _target(arguments), way, _stick(family, usb), goal, start)
        else:
            _tell(show, {"id": str(usb)}, way, start, goal)
        return 0
    return setting.each(sticks, show, lambda device: _here(arguments, show, bus, library, device))


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


def _waking(arguments: argparse.Namespace, library: Library) -> tuple[Profile, UsbId] | None:
    """The family in which the id that was asked for wakes up; None where a plan for something absent makes no sense."""
    if not _may_be_absent(arguments):
        return None
    usb = UsbId.parse(arguments.device)
    families = library.families(usb)
    if not families:
        raise NoWay(f"no profile knows {usb}", hint="See: modeswitch profiles list", id=str(usb))
    waking = [(family, product) for family in families if (product := family.product(usb)) and product.wakes]
    if len(waking) > 1:
        raise NoWay(
            f"{usb} is shared by sticks of {len(waking)} families, and which one it is shows only when it is there",
            hint=f"Plug it in and plan again. All of them: modeswitch profiles show {usb}",
            id=str(usb),
        )
    for family, product in waking:
        leave_alone(product, str(usb), id=str(usb))
        return family, usb
    return None


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
