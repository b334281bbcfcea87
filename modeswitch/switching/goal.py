"""Where a switch leads, and why a stick is left as it is: decided here, for a switch by hand and for one by itself."""

from __future__ import annotations

from ..errors import ModeswitchError, NoWay, Refused
from ..identity.configurations import graph, usual_goal
from ..identity.recognise import mismatch
from ..modem.roles import FUNCTIONS, satisfies
from ..values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Any

    from ..database.profile import CanDrive, Gives, Product, Profile
    from ..identity.device import Device
    from ..usb.bus import Bus
    from ..usb.host import Drivers


class Obstacle(NamedTuple):
    """Why a stick cannot be switched: the kind of error, what is said of the stick, what to do next."""

    kind: type[ModeswitchError]
    words: str
    hint: str


def leave_alone(product: Product, what: str, **facts: Any) -> None:
    """Raise :class:`Refused` for a product that must not be touched; ``what`` is how the message calls it."""
    if product.leave_alone:
        raise Refused(f"{what} is left alone: {product.leave_alone}", **facts)


def by_configuration(device: Device, goal: str) -> bool:
    """Is the goal a configuration of the device: all that may be asked of one that is left alone?"""
    return goal in FUNCTIONS and (device.mode == goal or any(way.to == (goal,) for way in device.ways))


def why_not(device: Device, goal: str) -> Obstacle | None:
    """Why this stick cannot go to that mode, whatever way there may be; None where nothing stands in the way."""
    if device.profile is None or device.product is None:
        return Obstacle(NoWay, "is not a known stick", "")
    if device.product.leave_alone and not by_configuration(device, goal):
        modes = [way.to[0] for way in device.ways]
        offer = f"Its other configurations can be asked for: --to {' or --to '.join(modes)}." if modes else ""
        words = f"is left alone: {device.product.leave_alone}"
        return Obstacle(Refused, words, offer or "What it offers: modeswitch list -v")
    if device.usb.problem:
        return Obstacle(Refused, f"is unreadable: {device.usb.problem}", "Plug it in again.")
    if device.mode is None:
        return Obstacle(Refused, "has no active configuration", "It may be blocked: see 'authorized' in sysfs.")
    return None


def goal_of(device: Device, to: str | None, can_drive: CanDrive) -> tuple[Profile, str]:
    """The family of the stick with all its ways, and the mode it shall go to; its usual one where ``to`` is None.

    Raises :class:`NoWay` where no profile knows it, :class:`Refused` where it must not be touched or cannot be read.
    """
    if device.profile is None or device.product is None:
        from ..identity.relatives import offer  # only for what no profile knows

        others = mismatch(device)
        alike = offer(device.id, device.relatives)
        raise NoWay(
            f"no profile is for {device}: {others}" if others else f"no profile knows {device}",
            hint=f"It looks like {device.relatives[0]}; what would be sent to it, and why that may be wrong: {alike}. "
            f"To switch it so and have a profile of it: modeswitch learn {device.port}"
            if alike
            else "Write one (see CONTRIBUTING.md), or look for a relative: modeswitch profiles list",
            **device.facts(),
        )
    goal = to or usual_goal(device, device.profile, can_drive)
    there = to is not None and satisfies(device.mode, goal) and not device.usb.problem
    obstacle = None if there else why_not(device, goal)
    if obstacle is not None:
        raise obstacle.kind(f"{device} {obstacle.words}", hint=obstacle.hint, **device.facts())
    return graph(device, device.profile), goal


def host_drives(bus: Bus, device: Device, drivers: Drivers | None = None) -> CanDrive:
    """Whether this host can drive a function of this stick's vendor; ``drivers`` are those of another host."""
    vendor = device.id.vendor

    def can_drive(gives: Gives) -> bool | None:
        of = drivers or bus.host.drivers()
        return of.can_drive(vendor, gives.triple) if of is not None else None

    return can_drive


def of_any_host(_gives: Gives) -> bool | None:
    """Asks no host: a way is as good as another."""
    return None
