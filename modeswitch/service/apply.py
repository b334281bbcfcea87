"""The policy applied to one stick: switched as its owner wants it, or left as it is, and why."""

from __future__ import annotations

from ..database.library import Library
from ..errors import NoWay
from ..identity.configurations import usual_goal
from ..identity.identify import needs_inquiry
from ..identity.recognise import Device
from ..switching.switch import SwitchResult, by_configuration, host_drives, switch
from ..switching.transition import Tell, silent
from ..usb.bus import Bus
from .policy import LEAVE_ALONE, USUAL, Policy, Wish


def apply(device: Device, policy: Policy, bus: Bus, library: Library, tell: Tell = silent) -> SwitchResult | str:
    """Switch a stick as the policy wants it; what came of it, or why nothing was to be done.

    A switch is counted first, since nobody asked for it by hand.  Raises as
    :func:`~modeswitch.switching.switch.switch` and :meth:`~modeswitch.usb.bus.Bus.count_start`.
    """
    wish = policy.wish(device.usb)
    why = nothing_to_do(device, wish, bus, library)
    if why:
        return why
    bus.host.count_start(device.usb.port)
    to = None if wish.to == USUAL else wish.to
    try:
        return switch(device, to, bus=bus, library=library, timeout=wish.timeout, tell=tell)
    except NoWay as error:
        if device.product is not None:
            raise
        return f"is none that is known: {error.message}"


def nothing_to_do(device: Device, wish: Wish, bus: Bus, library: Library) -> str:
    """Why a stick is left as it is; empty where it shall be switched."""
    if wish.to == LEAVE_ALONE:
        return "is left alone: the policy wants it so"
    if device.profile is None or device.product is None:
        return "" if needs_inquiry(device, library) else "is none that is known"
    goal = wish.to if wish.to != USUAL else usual_goal(device, device.profile, host_drives(bus, device))
    if by_configuration(device, goal):
        return f"is in {device.mode} already" if device.mode == goal else ""
    if device.product.leave_alone:
        return f"is left alone: {device.product.leave_alone}"
    if device.mode is None:
        problem = device.usb.problem
        return f"is unreadable: {problem}" if problem else "has no active configuration"
    if device.mode not in ("mass-storage", "asleep"):
        return f"is in {device.mode} already"
    return ""
