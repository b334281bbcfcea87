"""``modeswitch learn``: a stick that no profile knows, switched as if it were another, and its profile written."""

from __future__ import annotations

import argparse
import shlex

from ..database.library import Library
from ..errors import ModeswitchError, NotBack, NoWay, Refused, UsageError
from ..identity.device import Device
from ..identity.like import WAKING, liken
from ..identity.recognise import mismatch
from ..identity.relatives import phone
from ..printable import printable
from ..switching.likeness import tell_likeness
from ..usb.bus import Bus
from . import setting
from .lesson import Heard, Lesson, where
from .show import GOOD, Show

UNASKED = 10
"""The exit status where nothing was sent, since nobody has said yes."""


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Look, say what would be sent, ask, switch, look again, write.

    Returns :data:`UNASKED` where nobody has said yes.
    """
    if arguments.yes and not arguments.like:
        raise UsageError(
            "--yes alone would send what nobody has looked at",
            hint="Name the relative, too: --yes --like 12d1:1f01 (without --yes it is shown what would be sent)",
        )
    if arguments.to == WAKING:
        raise UsageError(
            "a stick that wakes up is in mass-storage: name the mode that it shall go to, or leave --to out"
        )
    with setting.bus(arguments) as bus:
        library = setting.library(arguments)
        (device,) = setting.sticks(arguments, bus, library)
        for problem in library.problems:
            show.warn(problem)
        show.port = str(device.port)
        if device.product is not None:
            return _known(device, show)
        heard = Heard(show)
        lesson = Lesson(arguments, show, bus, library, device, heard)
        like = _choose(arguments, show, bus, library, device, heard)
        if like is None:
            return UNASKED
        _see_that_it_is_the_same(device, bus)
        return lesson.learn(like, where(arguments, device))


def _known(device: Device, show: Show) -> int:
    """A stick that a profile knows: that, and what to do."""
    family = device.profile.name if device.profile else ""
    port = device.port
    alone = device.product.leave_alone if device.product else ""
    if show.json:
        show.emit("done", result="known", **device.facts(), family=family)
        return 0
    show.result(f"{port}: {device.id} is known, there is nothing to learn: {family}, {device.title}", GOOD)
    if alone:
        show.result(f"It is left alone: {alone}")
    elif device.mode in ("mass-storage", "asleep"):
        show.result(f"Switch it: modeswitch {port}")
    show.result(f"Does it not do what it should? modeswitch doctor {port}; for an issue: modeswitch report {port}")
    return 0


def _choose(
    arguments: argparse.Namespace, show: Show, bus: Bus, library: Library, device: Device, heard: Heard
) -> str | None:
    """The relative that the stick shall be taken for; None where nobody has said yes to one.

    Raises :class:`NoWay` where nothing tells what it may be like, and what :func:`liken` and the plan raise.
    """
    if arguments.like:
        offered: tuple[str, ...] = (arguments.like,)
    else:
        offered = device.relatives
        if not offered:
            raise _no_relative(device)
        show.progress(f"{device.port}: no profile knows {device.id}; by its look it may be like {', '.join(offered)}")
    can_drive = setting.can_drive(arguments, bus, device)
    for like in offered:
        likeness = liken(device, like, library)
        if arguments.yes:  # the switch itself tells it, before it sends
            return like
        tell_likeness(heard.tell, likeness, arguments.to, persist=False, can_drive=can_drive)
        answer = setting.confirmed(
            f"{device.port}: send that to {device.id}, as if it were {printable(like, 60)}?", show
        )
        if answer is None:
            _unasked(arguments, show, device, offered)
            return None
        if answer:
            return like
    _done_nothing(show, device, "declined", "nothing was sent")
    return None


def _no_relative(device: Device) -> ModeswitchError:
    """Why no relative is offered, and what to do."""
    others = mismatch(device)
    if others or phone(device.usb):
        why = others or f"{phone(device.usb)!r} is in what it says of itself"
        return Refused(f"{device} is not taken for a modem: {why}", hint="A phone is nobody's modem.", **device.facts())
    if device.mode != WAKING:
        return Refused(
            f"{device} is no storage, so there is nothing that a message would switch",
            hint=f"It may be switched already. For an issue: modeswitch report {device.port}",
            **device.facts(),
        )
    return NoWay(
        f"nothing tells what {device} may be like",
        hint="If you know it is a modem, name a relative by id, model or family: "
        f"modeswitch learn {device.port} --like 12d1:1f01 (modeswitch profiles list)",
        **device.facts(),
    )


def _unasked(arguments: argparse.Namespace, show: Show, device: Device, offered: tuple[str, ...]) -> None:
    """Nobody is there to ask: what would be typed to have it sent."""
    more = ["--to", arguments.to] if arguments.to else []
    more += ["--into", arguments.into] if arguments.into else []
    more += ["--unmount"] if arguments.unmount else []
    typed = [shlex.join(["modeswitch", "learn", str(device.port), "--like", like, *more, "--yes"]) for like in offered]
    _done_nothing(show, device, "unasked", "nothing was sent: there is no terminal to ask on. To send it: ", typed)


def _done_nothing(show: Show, device: Device, result: str, words: str, typed: list[str] | tuple[str, ...] = ()) -> None:
    if show.json:
        show.emit("done", result=result, **device.facts(), commands=[*typed])
    else:
        show.result(f"{device.port}: {words}{', or: '.join(typed)}")


def _see_that_it_is_the_same(device: Device, bus: Bus) -> None:
    """Raise where another device, or none, is at the port by now: the yes was for the one that was shown."""
    seen = bus.at(device.port)
    if seen is None:
        raise NotBack(f"{device} is gone: nothing was sent", hint="Plug it in, and ask again.", **device.facts())
    if (seen.id, seen.address, seen.descriptors) != (device.id, device.usb.address, device.usb.descriptors):
        raise Refused(f"{seen} is not what was shown: nothing was sent", hint="Ask again.", **device.facts())
