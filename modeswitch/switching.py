"""The switch itself: look, plan, do the first transition, look again, until the mode seen is the mode wanted.

Only the bus is believed.  No transition is tried twice, so that every switch ends.
"""

from __future__ import annotations

from collections.abc import Callable

from .bus import Bus
from .errors import (
    ModeswitchError,
    NoWay,
    Refused,
    SwitchFailed,
)
from .hotplug import Patience, await_return
from .library import Library
from .plan import plan
from .profile import Product, Profile, Transition
from .recognise import Known, recognise
from .roles import satisfies
from .sighting import Sighting
from .values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Any


GRACE = 3.0
"""Seconds in which a stick that answered "no" may still leave: some obey and say no."""

NO_WAY = "What its family can do: modeswitch profiles show {}"
PLUG_AGAIN = "Plug it in again: it then starts in mass-storage. "
DOWNLOAD = "what is written to it there overwrites its firmware. Plug it in again to leave it."

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


def leave_alone(product: Product, what: str, **facts: Any) -> None:
    """Raise :class:`Refused` for a product that must not be touched; ``what`` is how the message calls it."""
    if product.leave_alone:
        raise Refused(f"{what} is left alone: {product.leave_alone}", **facts)


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
    leave_alone(known.product, str(known), **facts)
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
        if known.mode == "download":
            tell("warning", message=f"{known} is in download mode: {DOWNLOAD}")
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
                f"{before} came back as {known.sighting.id}, which is "
                + (f"unreadable: {known.sighting.problem}" if known.sighting.problem else "no modem that is known"),
                port=str(seen.port),
                id=str(seen.id),
            )


def _next(known: Known, profile: Profile, goal: str, tried: list[Transition]) -> Transition:
    """The first transition of the plan; after a switch, no plan means that the stick went elsewhere."""
    mode = known.mode or ""
    facts: dict[str, Any] = {"port": str(known.sighting.port), "id": str(known.sighting.id), "mode": mode}
    if profile.product(known.sighting.id) is None:
        raise SwitchFailed(f"{known} is there now, which is none of {profile.name}: it is sent nothing", **facts)
    try:
        return plan(profile, mode, goal, tried)[0]
    except NoWay as error:
        if tried:
            raise SwitchFailed(
                f"{known} came back in mode {mode}, not {goal}",
                hint=f"Tried: {'; '.join(map(str, tried))}; no other way is known. Plug it in again to start anew.",
                **facts,
            ) from error
        error.at(str(known), hint=PLUG_AGAIN * (mode != "mass-storage") + NO_WAY.format(profile.name), **facts)
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


def _last_step(transition: Transition) -> str:
    count = sum(len(step.actions) for step in transition.steps)
    return f"step {count} of {count}, {transition.steps[-1]}"


def _take(bus: Bus, known: Known, transition: Transition, until: float, tell: Tell, tick: float | None) -> Sighting:
    """Perform one transition and wait for what comes of it."""
    before = known.sighting
    held = bus.in_use(before) if transition.start == "mass-storage" else []
    if held:
        raise Refused(
            f"{known} is in use: {'; '.join(held)}",
            hint="Unmount it first (umount), then switch: what is written there must not be lost.",
        )
    from .perform import perform

    link = bus.open(before)
    link.trace, link.left = tell, lambda: until - bus.now()
    came_back = False
    try:
        doubt = perform(bus, link, known, transition, tell)
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
