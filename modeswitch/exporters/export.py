"""A whole plan for another program: each transition's actions as that program's calls, the rest by what can."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ..database.profile import Transition
from ..methods.back import Back
from ..methods.base import Action
from ..methods.storage import Bot
from ..methods.web import Web
from . import shell, usb_modeswitch, usbmode
from .stick import Stick

Writer = Callable[[Sequence[Action], Stick, int], tuple[list[str], int]]
"""Actions, the stick, the number of the call → the lines for the first of them, and how many they do; none where the
program cannot."""

_WRITERS: dict[str, tuple[str, Writer]] = {
    "usb_modeswitch": ("usb_modeswitch", lambda actions, stick, _number: usb_modeswitch.lines(actions, stick)),
    "sh": ("a plain shell", lambda _actions, _stick, _number: ([], 0)),
    "openwrt": ("usbmode", usbmode.lines),
}
"""Target → the program, and what writes its calls; a shell does what is written for all of them, and no more."""


def export(way: Sequence[Transition], stick: Stick, target: str, goal: str) -> Iterator[str]:
    """The plan as lines of a shell; what begins with ``#`` is a comment.

    ``target`` is one of :data:`.targets.TARGETS`; ``goal`` the mode that is wanted.
    """
    if not way:
        yield "# it is there already: nothing to do"
        return
    mode = goal if goal in way[-1].to else next((mode for mode in way[-1].to if mode in usbmode.CONNECTING), goal)
    if target == "openwrt":
        needs_web = any(isinstance(action, Web) for one in way for step in one.steps for action in step.actions)
        yield from usbmode.install([*usbmode.packages(way, stick, mode), *(["curl"] if needs_web else [])])
    if len(way) > 1 and not stick.port:
        yield "PORT=1-1    # where it is plugged in: ls /sys/bus/usb/devices"
    calls = 0
    for number, transition in enumerate(way, 1):
        yield f"# {number}. {transition}{', writes to the NVRAM' if transition.persistent else ''}"
        if transition.caution:
            yield f"# {transition.caution}"
        lines, stick, calls = _lines(transition, stick, target, calls)
        yield from lines
        if number < len(way):
            yield from shell.wait(transition.usual or None, transition.within)
    yield from shell.teach(stick)
    if target == "openwrt":
        if calls:
            yield from usbmode.for_good(stick)
        yield from usbmode.connect(mode)


def _lines(transition: Transition, stick: Stick, target: str, calls: int) -> tuple[list[str], Stick, int]:
    """The lines of one transition, the stick as it is named after it, and how often the program was called so far."""
    found: list[str] = []
    rest = [action for step in transition.steps for action in step.actions]
    program, write = _WRITERS[target]
    while rest:
        made, taken = write(rest, stick, calls + 1)
        if taken:
            calls += 1
        elif isinstance(rest[0], Back):
            made, taken, stick = [*shell.wait(None, transition.within / 2)], 1, stick.after()
        else:
            made, taken = _by_others(rest, stick, program)
        found += made
        rest = rest[taken:]
    return found, stick.after(), calls


def _by_others(actions: Sequence[Action], stick: Stick, program: str) -> tuple[list[str], int]:
    """The first of the actions by what can do it, and that the program cannot."""
    first = actions[0]
    made = shell.lines(first, stick)
    if made:
        return made, 1
    cannot = f"# {program} cannot do this: {first}"
    if program == "a plain shell":
        called, taken = usb_modeswitch.lines(actions, stick)
        raw = [line for one in actions[:taken] if isinstance(one, Bot) for line in shell.scsi_lines(one)]
        if called and len(raw) == taken:
            return [
                "# a plain shell sends no SCSI command; sg_raw (sg3-utils) does:",
                *raw,
                f"# or: {called[-1]}",
            ], taken
        if called:
            return [f"{cannot}; usb_modeswitch can:", *called], taken
    if isinstance(first, Bot) and shell.scsi_lines(first):
        return [f"{cannot}; sg_raw (sg3-utils) can:", *shell.scsi_lines(first)], 1
    usb = shell.pyusb_lines(first, stick)
    if usb:
        return [f"{cannot}; pyusb can:", *usb], 1
    return [f"{cannot}; modeswitch can: modeswitch {stick.port or stick.id}"], 1
