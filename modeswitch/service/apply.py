"""The policy applied to one stick: switched as its owner wants it, or left as it is, and why."""

from __future__ import annotations

from ..database.library import Library
from ..errors import NoWay
from ..events import silent
from ..identity.configurations import usual_goal
from ..identity.device import Device
from ..identity.recognise import needs_inquiry
from ..modem.roles import WAKING, satisfies
from ..switching.goal import by_configuration, host_drives, why_not
from ..switching.session import Session
from ..switching.switch import SwitchResult, switch
from ..usb.bus import Bus
from ..values import TYPE_CHECKING, NamedTuple
from .policy import Policy
from .wish import LEAVE_ALONE, USUAL, Wish

if TYPE_CHECKING:
    from ..events import OnEvent


def apply(device: Device, policy: Policy, bus: Bus, library: Library, on_event: OnEvent = silent) -> SwitchResult:
    """Switch a stick as the policy wants it; a result ``"left"`` says why nothing was to be done.

    A switch is counted first, since no person asked for it.  Raises as
    :func:`~modeswitch.switching.switch.switch` and :meth:`~modeswitch.usb.host.Host.count_start`.
    """
    wish = policy.wish(device.usb, device.profile)
    left = nothing_to_do(device, wish, bus)
    if left is not None:
        return SwitchResult("left", device, device, why=left.why, wanted=left.wanted)
    bus.host.count_start(device.port)
    to = None if wish.to == USUAL else wish.to
    password = wish.web_password if wish.web_password_file else None
    held = Session(device, bus=bus, library=library, timeout=wish.timeout, on_event=on_event, web_password=password)
    try:
        with held as session:
            return switch(session, to)
    except NoWay as error:
        if device.product is not None:
            raise
        return SwitchResult("left", device, device, why=f"is not a known stick: {error.message}")


class Left(NamedTuple):
    """Why a stick is left as it is; ``wanted`` is the mode that the policy wants where that is another."""

    why: str
    wanted: str = ""


def nothing_to_do(device: Device, wish: Wish, bus: Bus) -> Left | None:
    """Why a stick is left as it is; None where it shall be switched."""
    if wish.to == LEAVE_ALONE:
        return Left("is left alone: the policy wants it so")
    if needs_inquiry(device):
        return None
    goal = wish.to
    if goal == USUAL and device.profile is not None:
        goal = usual_goal(device, device.profile, host_drives(bus, device))
    obstacle = why_not(device, goal)
    if obstacle is not None:
        return Left(obstacle.words)
    is_there = wish.to == USUAL or satisfies(device.mode, goal)
    if by_configuration(device, goal):
        return Left(f"is in {device.mode} already") if device.mode == goal else None
    if device.mode in WAKING or (wish.always and not is_there):
        return None
    if is_there:
        return Left(f"is in {device.mode} already")
    why = f"is left in {device.mode}, the policy wants {goal}: it is awake already, and always = true is not set"
    return Left(why, goal)
