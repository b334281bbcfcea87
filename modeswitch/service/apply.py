"""The policy applied to one stick: switched as its owner wants it, or left as it is, and why."""

from __future__ import annotations

from ..database.library import Library
from ..errors import NoWay, Refused
from ..events import silent
from ..identity.configurations import usual_goal
from ..identity.device import Device
from ..identity.recognise import needs_inquiry
from ..modem.roles import WAKING, satisfies
from ..switching.goal import by_configuration, host_drives, why_not
from ..switching.session import Session
from ..switching.switch import SwitchResult, switch
from ..usb.bus import Bus
from ..values import TYPE_CHECKING
from .policy import Policy
from .wish import LEAVE_ALONE, USUAL, Wish

if TYPE_CHECKING:
    from ..events import OnEvent
    from ..usb.device import UsbDevice


def apply(device: Device, policy: Policy, bus: Bus, library: Library, on_event: OnEvent = silent) -> SwitchResult:
    """Switch a stick as the policy wants it; a result ``"left"`` says why nothing was to be done.

    A switch is counted first, since no person asked for it.  Raises as
    :func:`~modeswitch.switching.switch.switch` and :meth:`~modeswitch.usb.host.Host.count_start`.
    """
    wish = policy.wish(device.usb, device.profile)
    why = nothing_to_do(device, wish, bus)
    if why:
        return SwitchResult("left", device, device, why=why, wanted=wanted_mode(device, wish, bus))
    try:
        bus.host.count_start(device.port)
    except Refused as error:
        bus.host.note_failed(device.port, type(error).__name__)
        raise
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


def wanted_mode(device: Device, wish: Wish, bus: Bus) -> str:
    """The mode that is wished for and the stick is not in; empty where it is content, left alone, or not known.

    Whether there is a way, or ``always`` is set, does not count: what is wanted stays wanted.  Nothing is sent.
    """
    goal = wish.to
    if goal == LEAVE_ALONE or device.profile is None or (device.product is None and device.mode in WAKING):
        return ""
    if goal == USUAL:
        goal = usual_goal(device, device.profile, host_drives(bus, device))
        if device.mode not in WAKING and not by_configuration(device, goal):
            return ""
    alone = device.product is not None and device.product.leave_alone and not by_configuration(device, goal)
    return "" if alone or satisfies(device.mode, goal) else goal


def unmet_mode(seen: UsbDevice, device: Device | None, policy: Policy, bus: Bus) -> str | None:
    """The mode that a stick was to be in, after an error; None where none is wanted, or it is not known.

    ``device`` is what the stick was taken for, None where the error came before that.
    """
    if device is not None:
        return wanted_mode(device, policy.wish(seen, device.profile), bus) or None
    to = policy.wish(seen).to
    return None if to in (USUAL, LEAVE_ALONE) else to


def nothing_to_do(device: Device, wish: Wish, bus: Bus) -> str:
    """Why a stick is left as it is; empty where it shall be switched."""
    if wish.to == LEAVE_ALONE:
        return f"is left alone: {wish.why or 'the policy wants it so'}"
    if needs_inquiry(device):
        return ""
    goal = wish.to
    if goal == USUAL and device.profile is not None:
        goal = usual_goal(device, device.profile, host_drives(bus, device))
    obstacle = why_not(device, goal)
    if obstacle is not None:
        return obstacle.words
    is_there = wish.to == USUAL or satisfies(device.mode, goal)
    if by_configuration(device, goal):
        return f"is in {device.mode} already" if device.mode == goal else ""
    if device.mode in WAKING or (wish.always and not is_there):
        return ""
    if is_there:
        return f"is in {device.mode} already"
    return f"is left in {device.mode}, the policy wants {goal}: it is awake already, and always = true is not set"
