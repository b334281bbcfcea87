"""The switch itself: look, plan, do the first transition, look again, until the mode seen is the mode wanted.

Only the bus is believed.  No transition is tried twice, so that every switch ends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from . import bot
from .actions import Action, Bot, Bulk, Control, Pause, Reset, SetAltsetting, SetConfiguration
from .bus import Bus, Link
from .errors import (
    BadReply,
    CommandFailed,
    LinkLost,
    ModeswitchError,
    NoWay,
    Refused,
    SwitchFailed,
    TransferError,
)
from .hotplug import Patience, await_return
from .library import Library
from .plan import plan
from .profile import Profile, Transition
from .recognise import Known, recognise
from .roles import satisfies
from .sighting import Sighting

GRACE = 3.0
"""Seconds in which a stick that answered "no" may still leave: some obey and say no."""

NO_WAY = "See what its family can do: modeswitch profiles show. A stick that is plugged in anew starts in mass-storage."
PLUG = "Plug the stick in again and retry."

Tell = Callable[..., None]
"""Called with the name of an event and its facts; see ``docs/architecture.md`` for all of them."""


class Outcome(NamedTuple):
    """What a switch came to: ``result`` is ``"switched"`` or ``"already"``; the stick before and after."""

    result: str
    before: Known
    after: Known
    taken: tuple[Transition, ...]

    @property
    def mode(self) -> str | None:
        """The mode the stick is in now."""
        return self.after.mode


def silent(event: str, **facts: object) -> None:
    """Tell nobody."""


def goal_of(known: Known, to: str | None) -> tuple[Profile, str]:
    """The family of the stick, and the mode it shall go to.

    Raises :class:`NoWay` where no profile knows it, :class:`Refused` where it must not be touched or cannot be read.
    """
    sighting = known.sighting
    facts: dict[str, Any] = {"port": str(sighting.port), "id": str(sighting.id), "mode": known.mode}
    if known.profile is None or known.product is None:
        raise NoWay(
            f"no profile knows {known}",
            hint="Write one (see CONTRIBUTING.md), or look for a relative: modeswitch profiles list",
            **facts,
        )
    if known.product.leave_alone:
        raise Refused(f"{known} is left alone: {known.product.leave_alone}", **facts)
    if sighting.problem:
        raise Refused(f"{known} is unreadable: {sighting.problem}", hint="Plug it in again.", **facts)
    if known.mode is None:
        raise Refused(
            f"{known} has no active configuration", hint="It may be blocked: see 'authorized' in sysfs.", **facts
        )
    return known.profile, to or known.profile.goal


def switch(
    known: Known,
    to: str | None = None,
    *,
    bus: Bus,
    library: Library,
    timeout: float | None = None,
    tell: Tell = silent,
    tick: float | None = None,
) -> Outcome:
    """Bring a stick to the mode ``to`` (the family's goal where None), and prove that it got there.

    ``timeout`` bounds the whole switch in seconds (each transition's ``within`` otherwise); ``tick`` asks for a
    ``waiting`` event at least that often.  Raises any of :mod:`modeswitch.errors`; the error's facts hold port, id and
    mode.  A kernel driver that was detached is attached again when the stick is still there.
    """
    before = known
    profile, goal = goal_of(known, to)
    deadline = bus.now() + timeout if timeout is not None else None
    tried: list[Transition] = []
    while True:
        place = {"port": str(known.sighting.port), "id": str(known.sighting.id), "mode": known.mode}
        tell("found", **place)
        if satisfies(known.mode, goal):
            return Outcome("switched" if tried else "already", before, known, tuple(tried))
        transition = _next(known, profile, goal, tried)
        tell("transition", start=transition.start, to=list(transition.to), within=transition.within, **place)
        tried.append(transition)
        until = bus.now() + transition.within if deadline is None else deadline
        try:
            seen = _take(bus, known, transition, until, tell, tick)
        except ModeswitchError as error:
            _place(error, bus, known, library)
            raise
        known = recognise(seen, library, profile)
        if known.sighting.problem or known.mode is None:
            raise SwitchFailed(
                f"{before} came back as {known.sighting.id}, which is unreadable: {known.sighting.problem}",
                port=str(seen.port),
                id=str(seen.id),
            )


def _next(known: Known, profile: Profile, goal: str, tried: list[Transition]) -> Transition:
    """The first transition of the plan; after a switch, no plan means that the stick went elsewhere."""
    mode = known.mode or ""
    facts: dict[str, Any] = {"port": str(known.sighting.port), "id": str(known.sighting.id), "mode": mode}
    try:
        return plan(profile, mode, goal, tried)[0]
    except NoWay as error:
        if tried:
            raise SwitchFailed(
                f"{known} came back in mode {mode}, not {goal}",
                hint=f"Tried: {'; '.join(map(str, tried))}; no other way is known. Plug it in again to start anew.",
                **facts,
            ) from error
        error.at(str(known), hint=NO_WAY, **facts)
        raise


def _place(error: ModeswitchError, bus: Bus, known: Known, library: Library) -> None:
    """Add to the error where it happened, and what the stick is now."""
    port = known.sighting.port
    try:
        seen = bus.at(port)
        now = recognise(seen, library, known.profile) if seen else None
    except ModeswitchError:
        now = None
    error.at(
        port=str(port),
        id=str(now.sighting.id if now else known.sighting.id),
        mode=now.mode if now else None,
    )


def _take(bus: Bus, known: Known, transition: Transition, until: float, tell: Tell, tick: float | None) -> Sighting:
    """Perform one transition and wait for what comes of it."""
    before = known.sighting
    held = bus.in_use(before) if transition.start == "mass-storage" else []
    if held:
        raise Refused(
            f"{known} is in use: {'; '.join(held)}",
            hint="Unmount it first (umount), then switch: what is written there must not be lost.",
        )
    bus.listen()
    link = bus.open(before)
    link.trace = tell
    came_back = False
    try:
        doubt = _perform(bus, link, known, transition, until, tell)
        patience = Patience(until, doubt, min(until, bus.now() + GRACE), tick)
        try:
            seen = await_return(bus, before, patience, tell)
        except ModeswitchError as error:
            if error is not doubt:
                error.at(f"after {_last_step(transition)}")
            raise
        came_back = seen.address != before.address
        return seen
    finally:
        attached = link.close(attach=not came_back)
        if attached:
            tell("attached", port=str(before.port), interfaces=attached)


def _last_step(transition: Transition) -> str:
    count = sum(len(step.actions) for step in transition.steps)
    return f"step {count} of {count}, {transition.steps[-1]}"


def _perform(
    bus: Bus, link: Link, known: Known, transition: Transition, until: float, tell: Tell
) -> TransferError | None:
    """Put every action of every step on the wire.

    On the last action, and only there, losing the link is no error: a device that obeys leaves in mid-sentence.  A
    "no" that the last action brought is returned, since some sticks say it and obey.
    """
    actions = [(step, action) for step in transition.steps for action in step.actions]
    for number, (step, action) in enumerate(actions, 1):
        tell("step", number=number, of=len(actions), step=str(step), wire=str(action))
        last = number == len(actions)
        where = f"{known}: step {number} of {len(actions)}, {step}"
        try:
            pipes = _prepare(link, known, action)
        except ModeswitchError as error:
            error.at(where, hint=PLUG, step=number)
            raise
        try:
            _act(bus, link, pipes, action, max(0.0, until - bus.now()))
        except ModeswitchError as error:
            if last and isinstance(error, LinkLost):
                tell("silence", reason=error.reason)
                return None
            error.at(where, hint=PLUG, step=number)
            if last and isinstance(error, (CommandFailed, BadReply)):
                tell("doubt", message=error.message)
                return error
            raise
    return None


def _prepare(link: Link, known: Known, action: Action) -> bot.Pipes | None:
    """Take what an action needs from its kernel driver, before a byte is sent: losing the stick here is an error."""
    if isinstance(action, (Bot, Bulk)):
        pipes = storage_pipes(known)
        link.claim(pipes.interface)
        return pipes
    if isinstance(action, SetAltsetting):
        link.claim(action.interface)
    elif isinstance(action, SetConfiguration):
        for interface, _role in known.roles:
            link.claim(interface.number)
        link.release()
    return None


def _act(bus: Bus, link: Link, pipes: bot.Pipes | None, action: Action, within: float) -> None:
    """One action; ``within`` bounds each of its transfers, in seconds."""
    if isinstance(action, Bot) and pipes:
        bot.transact(link, pipes, action, within)
    elif isinstance(action, Bulk) and pipes:
        link.bulk_out(action.endpoint or pipes.out, action.data, within)
    elif isinstance(action, Control):
        data = action.data if not action.request_type & 0x80 else action.length
        link.control(action.request_type, action.request, action.value, action.windex, data, within)
    elif isinstance(action, SetConfiguration):
        link.set_configuration(action.value)
    elif isinstance(action, SetAltsetting):
        link.set_altsetting(action.interface, action.alternate)
    elif isinstance(action, Reset):
        link.reset()
    elif isinstance(action, Pause):
        bus.pause(min(action.seconds, within))


def storage_pipes(known: Known) -> bot.Pipes:
    """The first storage interface of the active configuration and its bulk endpoints.

    Raises :class:`Refused` where there is none: a message for storage goes to nothing else.
    """
    for interface, role in known.roles:
        out, into = interface.bulk(is_in=False), interface.bulk(is_in=True)
        if role == "storage" and out is not None and into is not None:
            return bot.Pipes(interface.number, out, into)
    raise Refused(f"{known} has no storage interface with two bulk endpoints")
