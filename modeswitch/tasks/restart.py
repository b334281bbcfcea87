"""A stick started anew and brought back to the mode it was in: the way to a new address."""

from __future__ import annotations

from ..errors import ModeswitchError, NoWay, Unavailable
from ..identity.configurations import graph
from ..identity.device import Device
from ..modem.roles import WAKING, satisfies
from ..switching.session import Noted, Session
from ..switching.switch import switch, take
from ..values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..database.profile import Transition


class Restarted(NamedTuple):
    """A stick that was started anew: what it is now, by what; how long it was away and all took, in seconds."""

    device: Device
    by: str
    away: float
    seconds: float


def restart(session: Session) -> Restarted:
    """Restart the stick (AT^RESET, its web page, its port's power) and bring it to the mode it was in.

    ``session.device`` is the stick afterwards.  Raises :class:`NoWay` for one that cannot be restarted in its mode,
    :class:`Unavailable` where no way can be taken here, and what a switch raises.
    """
    bus, mode, began = session.bus, session.device.mode, session.bus.now()
    with Noted(session):
        taken = _restart(session)
    away = bus.now() - began
    if not satisfies(session.device.mode, mode or ""):
        switch(session, mode)
    return Restarted(session.device, str(taken.steps[-1]), away, bus.now() - began)


def _restart(session: Session) -> Transition:
    """Take the first way that can be taken; which that was."""
    device = session.device
    ways = restarts(device)
    if not ways:
        raise NoWay(
            f"{device} cannot be restarted in {device.mode}: nothing is known that does it",
            hint="Plug it in again, or switch it: modeswitch plan DEVICE --to MODE",
            **device.facts(),
        )
    reasons: list[ModeswitchError] = []
    for way in ways:
        try:
            take(session, way)
        except Unavailable as error:
            session.tell("unavailable", message=error.message)
            reasons.append(error)
            continue
        return way
    reasons[0].message += "".join(f"\n  also: {error.message}" for error in reasons[1:])
    raise reasons[0].located(str(device), **device.facts())


def restarts(device: Device) -> list[Transition]:
    """The transitions that start a stick anew in the mode it is in, the best first; nothing of its NVRAM is written."""
    if device.profile is None or device.mode is None or device.mode in WAKING:
        return []
    family = graph(device, device.profile)
    return [
        way
        for way in family.transitions
        if way.start == device.mode and not way.persistent and not way.only and set(way.to) & {*WAKING, device.mode}
    ]
