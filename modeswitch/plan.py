"""The cheapest way from mode to mode through a family's graph.  Pure: no clock, no device."""

from __future__ import annotations

from collections.abc import Collection

from .errors import NoWay
from .profile import Profile, Transition
from .roles import satisfies


def plan(
    profile: Profile, start: str, goal: str, without: Collection[Transition] = (), *, persist: bool = False
) -> tuple[Transition, ...]:
    """The transitions to take, in order; empty where the mode already is the goal.

    The fewest transitions win; among equals the one whose likeliest outcome is wanted, then the one written first.
    ``without`` are transitions that were tried; those that write to NVRAM are taken only with ``persist``.
    Raises :class:`~modeswitch.errors.NoWay`.
    """
    best: dict[str, tuple[tuple[int, int, int], tuple[Transition, ...]]] = {start: ((0, 0, 0), ())}
    reached = [start]
    while reached:
        mode = min(reached, key=lambda name: best[name][0])
        reached.remove(mode)
        (hops, doubt, order), way = best[mode]
        if satisfies(mode, goal):
            return way
        for number, transition in enumerate(profile.transitions):
            if transition.start != mode or transition in without or (transition.persistent and not persist):
                continue
            for unlikely, outcome in enumerate(transition.to):
                cost = (hops + 1, doubt + unlikely, order + number)
                if outcome not in best or cost < best[outcome][0]:
                    best[outcome] = (cost, (*way, transition))
                    reached.append(outcome)
    raise NoWay(_why(profile, start, goal, without, set(best) - {start}), mode=start)


def _why(profile: Profile, start: str, goal: str, tried: Collection[Transition], reachable: set[str]) -> str:
    """What stands in the way, for a person."""
    if tried:
        return f"{profile.name} has no other way from {start} to {goal}; tried: {'; '.join(map(str, tried))}"
    if reachable:
        return f"{profile.name} has no way from {start} to {goal}; reachable are {', '.join(sorted(reachable))}"
    return f"{profile.name} has no way from {start} to {goal}; nothing leads out of {start}"


def longest(way: Collection[Transition]) -> float:
    """The time the whole way may take, in seconds."""
    return sum(transition.within for transition in way)
