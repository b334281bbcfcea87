"""The cheapest way from mode to mode through a family's graph.  Pure: no clock, no device."""

from __future__ import annotations

from collections.abc import Collection

from ..database.profile import Gives, Profile, Transition
from ..errors import NoDriver, NoWay
from ..modem.roles import satisfies
from ..values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..database.profile import CanDrive

Way = tuple[Transition, ...]


class Cost(NamedTuple):
    """How dear a way is; the first that differs decides.

    ``lacks``: has the host a driver for what it ends in: :data:`DRIVEN`, :data:`UNSURE`, :data:`LACKING`?
    ``hops``: how many transitions.  ``unlikely``: outcomes that are not the likeliest.  ``order``: place in the file.
    """

    lacks: int
    hops: int
    unlikely: int
    order: int


class Hop(NamedTuple):
    """A transition on a way: which of its outcomes is wanted (0: the likeliest), and its place in the file."""

    transition: Transition
    unlikely: int
    order: int


class Reached(NamedTuple):
    """A mode that can be reached: how, and whether this host can drive what it ends in."""

    lacks: int
    hops: tuple[Hop, ...]

    @property
    def cost(self) -> Cost:
        """How dear it is."""
        unlikely, order = sum(hop.unlikely for hop in self.hops), sum(hop.order for hop in self.hops)
        return Cost(self.lacks, len(self.hops), unlikely, order)

    @property
    def way(self) -> Way:
        """The transitions, in order."""
        return tuple(hop.transition for hop in self.hops)


def plan(
    profile: Profile,
    start: str,
    goal: str,
    without: Collection[Transition] = (),
    *,
    persist: bool = False,
    can_drive: CanDrive | None = None,
) -> Way:
    """The transitions to take, in order; empty where the mode already is the goal.

    A way whose end this host has a driver for wins, then one that it may have one for; then the fewest
    transitions; among equals the one whose likeliest outcome is wanted, then the one written first.
    ``without`` are transitions that were tried; those that write to
    NVRAM are taken only with ``persist``.  Raises :class:`~modeswitch.errors.NoWay`, and
    :class:`~modeswitch.errors.NoDriver` where every way ends in what this host cannot drive.
    """
    best = _search(profile, start, goal, without, persist, can_drive)
    reached = min((mode for mode in best if satisfies(mode, goal)), key=lambda mode: best[mode].cost, default=None)
    if reached is None:
        raise NoWay(_why(profile, start, goal, without, set(best) - {start}, persist), mode=start)
    way = best[reached].way
    if best[reached].lacks == LACKING:
        what = ", ".join(map(str, undriven(way[-1], reached, can_drive)))
        raise NoDriver(
            f"this host has no kernel driver for what {profile.name} gives in {goal}: {what}",
            hint="Nothing was sent. Install the driver, or go there all the same with --without-driver.",
            mode=start,
        )
    return way


def undriven(transition: Transition, outcome: str, can_drive: CanDrive | None) -> tuple[Gives, ...]:
    """What a transition gives in its likeliest outcome that this host is known to have no driver for."""
    if can_drive is None or outcome != transition.to[0]:
        return ()
    return tuple(gives for gives in transition.gives if can_drive(gives) is False)


WITHOUT_NETWORK = ("mass-storage", "stick", "switched")
"""The goals that promise no network function."""
DRIVEN, UNSURE, LACKING = range(3)
"""Has this host a driver for a way's end, or is none needed; may it have one; or has it none?  The less, the better."""


def _lacks(transition: Transition, outcome: str, goal: str, can_drive: CanDrive | None) -> int:
    """Whether a way that ends there can be used on this host."""
    if can_drive is None or not satisfies(outcome, goal):
        return DRIVEN
    if outcome != transition.to[0]:  # what the stick has in an unlikely outcome is not known
        return UNSURE if outcome == goal and outcome not in WITHOUT_NETWORK else DRIVEN
    known = [can_drive(gives) for gives in transition.gives]
    if False in known:
        return LACKING
    return UNSURE if None in known and outcome == goal else DRIVEN


def stand_ins(profile: Profile, taken: Transition) -> tuple[Transition, ...]:
    """The transitions that stand in for one that has been taken: they are only for where it could not begin."""
    return tuple(one for one in profile.transitions if one.stand_in and one.start == taken.start)


def useless(profile: Profile, start: str) -> tuple[Transition, ...]:
    """The transitions that lead a stick seen in ``start`` only there again: its own port list decides them."""
    return tuple(one for one in profile.transitions if one.listed and start != one.start)


def _search(
    profile: Profile, start: str, goal: str, without: Collection[Transition], persist: bool, can_drive: CanDrive | None
) -> dict[str, Reached]:
    """Everything that can be reached without passing the goal; never by a way that is only for some models."""
    barred = {*without, *useless(profile, start), *(one for one in profile.transitions if one.only)}
    best = {start: Reached(DRIVEN, ())}
    open_modes = [start]
    while open_modes:
        mode = min(open_modes, key=lambda name: best[name].cost)
        open_modes.remove(mode)
        for number, transition in enumerate(profile.transitions):
            if transition.start != mode or transition in barred or (transition.persistent and not persist):
                continue
            for unlikely, outcome in enumerate(transition.to):
                hops = (*best[mode].hops, Hop(transition, unlikely, number))
                reached = Reached(_lacks(transition, outcome, goal, can_drive), hops)
                if outcome not in best or reached.cost < best[outcome].cost:
                    best[outcome] = reached
                    if not satisfies(outcome, goal):
                        open_modes.append(outcome)
    return best


def _why(
    profile: Profile, start: str, goal: str, tried: Collection[Transition], reachable: set[str], persist: bool
) -> str:
    """What stands in the way, for a person."""
    if tried:
        return f"{profile.name} has no other way from {start} to {goal}; tried: {'; '.join(map(str, tried))}"
    lead = f"{profile.name} has no way from {start} to {goal}"
    writing = {} if persist else _search(profile, start, goal, (), True, None)
    if any(satisfies(mode, goal) for mode in writing):
        lead += " but by writing to the stick's NVRAM, which is done only with --persist"
    if reachable:
        return f"{lead}; reachable are {', '.join(sorted(reachable))}"
    return f"{lead}; nothing leads out of {start}"


def longest(way: Collection[Transition]) -> float:
    """The time the whole way may take, in seconds."""
    return sum(transition.within for transition in way)


def usual(way: Collection[Transition]) -> float | None:
    """The time the whole way takes as a rule, in seconds; None where some of it is not known."""
    return sum(transition.usual for transition in way) if all(transition.usual for transition in way) else None
