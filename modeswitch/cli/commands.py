"""One function a command; each returns the exit status."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from ..bus import Bus
from ..errors import ModeswitchError, NoDevice, NoWay, UsageError
from ..library import Library, user_directories
from ..profile import Profile
from ..recognise import Known
from .show import Show


def _library(arguments: argparse.Namespace) -> Library:
    if not arguments.profiles:
        return Library()
    from pathlib import Path

    folders = [Path(folder) for folder in arguments.profiles]
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(f"{folder} is no folder")
    return Library(user=[*folders, *user_directories()])


def _bus(arguments: argparse.Namespace) -> Bus:
    if not arguments.simulate:
        from ..bus import default

        return default()
    from ..sim.backend import SimBus, parse

    sticks = [parse(text) for text in arguments.simulate]
    ports = [stick.port for stick in sticks]
    if len(set(ports)) != len(ports):
        raise UsageError("two simulated sticks in one port", hint="Give each its own: --simulate e3372h@1-2")
    return SimBus(sticks)


def switch(arguments: argparse.Namespace, show: Show) -> int:
    """Switch one stick, or with ``--all`` every one that fits."""
    from ..descriptors import Port
    from ..find import find, find_one

    if arguments.dry_run:
        return plan(arguments, show)
    library, bus = _library(arguments), _bus(arguments)
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


def plan(arguments: argparse.Namespace, show: Show) -> int:
    """Show the way, what it would put on the wire, how long it may take and why it is believed."""
    from ..plan import longest
    from ..plan import plan as ways

    library, bus = _library(arguments), _bus(arguments)
    try:
        place, family, start, goal = _where(arguments, bus, library)
    finally:
        bus.close()
    for problem in library.problems:
        show.warn(problem)
    way = ways(family, start, goal)
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
        return 0
    where = f"{place['id']} at {place['port']}" if "port" in place else f"{place['id']} (not on the bus)"
    if not way:
        show.result(f"{where}: is in {start}, nothing to do")
        return 0
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
    return 0


def _where(arguments: argparse.Namespace, bus: Bus, library: Library) -> tuple[dict[str, str], Profile, str, str]:
    """What is planned for: the place, the family, the mode now, and the goal.

    An id that is not on the bus is planned for as it wakes up.
    """
    from ..descriptors import Port, UsbId
    from ..find import find_one
    from ..switching import goal_of

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
        return {"id": str(usb)}, families[0], "mass-storage", arguments.to or families[0].goal
    family, goal = goal_of(known, arguments.to)
    place = {"port": str(known.sighting.port), "id": str(known.sighting.id)}
    return place, family, known.mode or "", goal


def listing(arguments: argparse.Namespace, show: Show) -> int:
    """Show every stick, and with ``-v`` every device."""
    from ..find import survey
    from ..linux.sysfs import driver_of

    library, bus = _library(arguments), _bus(arguments)
    found = survey(bus, library)
    bus.close()
    for problem in library.problems:
        show.warn(problem)
    shown = [known for known in found if arguments.verbose or known.profile or known.mode or known.sighting.problem]
    if not shown and not show.json:
        show.progress("no stick on the bus" + (" (other devices are shown with -v)" if found else ""))
    for known in shown:
        sighting = known.sighting
        roles = [(interface, role, driver_of(sighting, interface.number)) for interface, role in known.roles]
        if show.json:
            show.emit(
                "device",
                port=str(sighting.port),
                id=str(sighting.id),
                mode=known.mode,
                family=known.profile.name if known.profile else None,
                names=list(known.product.names) if known.product else [],
                strings=list(sighting.strings),
                problem=sighting.problem or None,
                interfaces=[
                    {"number": interface.number, "class": str(interface.triple), "role": role, "driver": driver}
                    for interface, role, driver in roles
                ],
            )
            continue
        names = ", ".join(known.product.names) if known.product else " ".join(filter(None, sighting.strings[:2]))
        state = f"unreadable: {sighting.problem}" if sighting.problem else known.mode or "-"
        show.result(f"{sighting.port!s:10} {sighting.id}  {state:13} {names}")
        if arguments.verbose:
            for interface, role, driver in roles:
                show.result(
                    f"{'':10} interface {interface.number}  {interface.triple}  {role:8} {driver or '(no driver)'}"
                )
    return 0


def explain(arguments: argparse.Namespace, show: Show) -> int:
    """Decode a message."""
    from ..wire import explain as decode

    text = "".join(arguments.hex).replace(":", "").replace(" ", "").lower().removeprefix("0x")
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raise UsageError(
            f"{text[:80]!r} is not an even number of hex digits", hint="As in: modeswitch explain 55534243…"
        ) from None
    lines = decode(raw)
    if show.json:
        show.emit("done", **{field.replace(" ", "_"): meaning for field, meaning in lines})
        return 0
    for field, meaning in lines:
        show.result(f"{field:13} {meaning}")
    return 0


def profiles(arguments: argparse.Namespace, show: Show) -> int:
    """List the families, show one, or check files."""
    return {"list": _profiles_list, "show": _profiles_show, "check": _profiles_check}[arguments.what](arguments, show)


def _profiles_list(arguments: argparse.Namespace, show: Show) -> int:
    library = _library(arguments)
    for name in library.names():
        family = library.family(name)
        woken = [str(product.usb) for product in family.products if product.wakes]
        modes = sorted({mode for transition in family.transitions for mode in transition.to})
        if show.json:
            show.emit("family", name=name, vendor=family.vendor, goal=family.goal, modes=modes, products=woken)
        else:
            show.result(f"{name:22} {len(woken):3} products  to {', '.join(modes) or 'nothing: leave alone'}")
    for problem in library.problems:
        show.warn(problem)
    return 0


def _profiles_show(arguments: argparse.Namespace, show: Show) -> int:
    from ..descriptors import UsbId
    from ..library import read_text

    if not arguments.names:
        raise UsageError("which profile?", hint="modeswitch profiles show huawei-hilink, or an id: 12d1:1f01")
    library = _library(arguments)
    for name in arguments.names:
        names = [name]
        if ":" in name:
            names = [family.name for family in library.families(UsbId.parse(name))]
            if not names:
                raise NoWay(f"no profile knows {name}", hint="See: modeswitch profiles list")
        for each in names:
            library.family(each)
            for line in read_text(library.path(each)).splitlines():
                show.result(line)
    return 0


def _profiles_check(arguments: argparse.Namespace, show: Show) -> int:
    from pathlib import Path

    from ..library import read_text
    from ..profile import read

    if not arguments.names:
        raise UsageError("which file?", hint="modeswitch profiles check my-stick.toml")
    status = 0
    for name in arguments.names:
        try:
            family = read(read_text(Path(name)), name)
        except ModeswitchError as error:
            show.error(error)
            status = status or error.status
            continue
        show.result(f"{name}: {len(family.products)} products, {len(family.transitions)} transitions, all well")
    return status


COMMANDS: dict[str, Callable[[argparse.Namespace, Show], int]] = {
    "switch": switch,
    "plan": plan,
    "list": listing,
    "explain": explain,
    "profiles": profiles,
}
"""Name → function."""
