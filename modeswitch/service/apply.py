"""The policy applied to one stick: switched as its owner wants it, or left as it is, and why."""

from __future__ import annotations

from ..database.library import Library
from ..errors import NoWay
from ..identity.configurations import usual_goal
from ..identity.identify import undecided
from ..identity.recognise import Known
from ..switching.switch import Outcome, by_configuration, host_drives, switch
from ..switching.transition import Tell, silent
from ..usb.bus import Bus
from .policy import LEAVE_ALONE, USUAL, Policy, Wish


def apply(known: Known, policy: Policy, bus: Bus, library: Library, tell: Tell = silent) -> Outcome | str:
    """Switch a stick as the policy wants it; what came of it, or why nothing was to be done.

    A switch is counted first, since nobody asked for it by hand.  Raises as
    :func:`~modeswitch.switching.switch.switch` and :meth:`~modeswitch.usb.bus.Bus.count_start`.
    """
    wish = policy.wish(known.sighting)
    why = nothing_to_do(known, wish, bus, library)
    if why:
        return why
    bus.count_start(known.sighting.port)
    to = None if wish.to == USUAL else wish.to
    try:
        return switch(known, to, bus=bus, library=library, timeout=wish.timeout, tell=tell)
    except NoWay as error:
        if known.product is not None:
            raise
        return f"is none that is known: {error.message}"


def nothing_to_do(known: Known, wish: Wish, bus: Bus, library: Library) -> str:
    """Why a stick is left as it is; empty where it shall be switched."""
    if wish.to == LEAVE_ALONE:
        return "is left alone: the policy wants it so"
    if known.profile is None or known.product is None:
        return "" if undecided(known, library) else "is none that is known"
    goal = wish.to if wish.to != USUAL else usual_goal(known, known.profile, host_drives(bus, known))
    if by_configuration(known, goal):
        return f"is in {known.mode} already" if known.mode == goal else ""
    if known.product.leave_alone:
        return f"is left alone: {known.product.leave_alone}"
    if known.mode is None:
        problem = known.sighting.problem
        return f"is unreadable: {problem}" if problem else "has no active configuration"
    if known.mode not in ("mass-storage", "asleep"):
        return f"is in {known.mode} already"
    return ""
