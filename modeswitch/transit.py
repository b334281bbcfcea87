"""One transition, from the look before it to the look after it: its steps, the stick's absence, what is there then."""

from __future__ import annotations

from collections.abc import Callable

from .bus import Bus
from .errors import ModeswitchError, Refused, Unavailable
from .hotplug import Patience, await_return
from .library import Library
from .profile import Transition
from .recognise import Known, recognise
from .sighting import Sighting
from .values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .perform import Task
    from .state import Store

GRACE = 3.0
"""Seconds in which a stick that answered "no" may still leave: some obey and say no."""

Tell = Callable[..., None]
"""Called with the name of an event and its facts; see ``docs/architecture.md`` for all of them."""


def silent(event: str, **facts: object) -> None:
    """Tell nobody."""


class Desk(NamedTuple):
    """What every part of a switch works with."""

    bus: Bus
    library: Library
    tell: Tell
    tick: float | None
    store: Store | None


class Barred(Exception):
    """A transition that could not be begun: ``reason`` says why, nothing was changed, and another may do."""

    def __init__(self, reason: Unavailable | Refused) -> None:
        super().__init__(reason.message)
        self.reason = reason


def carry_out(
    desk: Desk, known: Known, transition: Transition, until: float, *, fresh: bool = False
) -> tuple[Sighting, bool]:
    """Perform one transition and wait for what comes of it: what is seen then, and whether NVRAM was written.

    ``fresh`` is a stick that has just come back.  Raises :class:`Barred` where the transition could not be begun.
    """
    sighting = known.sighting
    place = {"port": str(sighting.port), "id": str(sighting.id), "mode": known.mode}
    desk.tell("transition", start=transition.start, to=list(transition.to), within=transition.within, **place)
    _not_in_use(desk.bus, known)
    from .perform import phases

    seen, wrote = sighting, False
    for number, (mode, tasks) in enumerate(phases(transition)):
        if number:
            known = recognise(seen, desk.library, known.profile)
            if known.mode != mode:
                break
            _not_in_use(desk.bus, known)
        try:
            seen, changed = _phase(desk, known, tasks, until, fresh=fresh or bool(number))
        except Barred as error:
            if number:
                raise error.reason from error
            raise
        wrote |= changed
    return seen, wrote


def _not_in_use(bus: Bus, known: Known) -> None:
    """Raise :class:`Refused` while something of the stick's storage is in use: it is never pulled away."""
    held = bus.in_use(known.sighting)
    if held:
        raise Refused(
            f"{known} is in use: {'; '.join(held)}",
            hint="Unmount it first (umount), then switch: what is written there must not be lost.",
        )


def _phase(desk: Desk, known: Known, tasks: list[Task], until: float, *, fresh: bool) -> tuple[Sighting, bool]:
    """What is done between one look at the stick and the next; ``fresh`` where it has just come back."""
    from .perform import perform
    from .reach import Reach

    bus, before = desk.bus, known.sighting
    reach = Reach(bus, known, until, desk.tell, desk.store, fresh=fresh)
    came_back = False
    try:
        try:
            doubt = perform(reach, tasks)
        except (Unavailable, Refused) as error:
            raise Barred(error) from error
        reach.let_go()
        patience = Patience(until, doubt, min(until, bus.now() + GRACE), desk.tick)
        try:
            seen = await_return(bus, before, patience, desk.tell)
        except ModeswitchError as error:
            if error is not doubt:
                error.at(f"after step {tasks[-1].number} of {tasks[-1].of}, {tasks[-1].step}")
            raise
        came_back = seen.address != before.address
        return seen, reach.wrote
    finally:
        attached = reach.close(attach=not came_back)
        if attached:
            desk.tell("attached", port=str(before.port), interfaces=attached)
