"""The port list in a stick's NVRAM: shown, written, put back as the stick came."""

from __future__ import annotations

from ..database.profile import Evidence, Transition
from ..errors import ModeswitchError, Refused, Unavailable
from ..methods.at import At
from ..methods.base import Step
from ..methods.ports import Ports
from ..methods.u2diag import U2diag
from ..modem import nvram
from ..modem.ports import PortList, port_mode
from ..modem.saved import Saved, Store
from ..switching.session import Session
from ..switching.switch import take
from ..values import NamedTuple

BACK = 60.0
"""How long a stick may stay away after its restart, in seconds."""


class PortState(NamedTuple):
    """What a stick says of its ports: its list or U2DIAG value, the codes it has, what each interface is now."""

    list: PortList | None
    offered: dict[str, str]
    u2diag: int | None
    now: tuple[tuple[str, str], ...]


def ports(session: Session) -> PortState:
    """What the stick says of its ports.  Raises :class:`Unavailable` where it says nothing of them."""
    with session.talk() as resources:
        dialogue = resources.dialogue()
        try:
            now = port_mode(dialogue.ask("AT^GETPORTMODE").lines)
        except ModeswitchError:
            now = ()
        try:
            return PortState(nvram.port_list(dialogue), nvram.ports_offered(dialogue), None, now)
        except Unavailable:
            return PortState(None, {}, nvram.u2diag(dialogue), now)


def write_ports(session: Session, wanted: PortList) -> bool:
    """Write a port list and restart the stick; False where it had that list already.

    ``session.device`` is the stick afterwards.
    """
    if ports(session).list == wanted:
        return False
    _write(session, Ports(value=str(wanted)))
    return True


def saved(session: Session) -> list[Saved]:
    """What the stick came with, of all that was changed; perhaps nothing."""
    with session.talk() as resources:
        whose = nvram.owner(resources.dialogue(), session.device.usb)
        return _store(session).first(whose.imei, whose.port)


def restore(session: Session) -> list[Saved]:
    """Put back what the stick came with and restart it; what was put back (nothing: it held all of that).

    ``session.device`` is the stick afterwards.  Raises :class:`Refused` where nothing was saved for this stick.
    """
    came_with = saved(session)
    if not came_with:
        raise Refused(
            f"nothing was saved for {session.device}, neither by its IMEI nor by its port, in {_store(session).folder}",
            hint="Its list can be written by hand: modeswitch ports DEVICE --set LIST --persist",
            **session.device.facts(),
        )
    now = ports(session)
    held = {nvram.SETPORT: str(now.list) if now.list else "", nvram.U2DIAG: str(now.u2diag)}
    changed = [one for one in came_with if held.get(one.name) != one.value]
    for one in changed:
        _write(session, Ports(value=one.value) if one.name == nvram.SETPORT else U2diag(int(one.value)))
    return changed


def _store(session: Session) -> Store:
    if session.store is None:
        session.store = Store()
    return session.store


def _write(session: Session, action: Ports | U2diag) -> None:
    """Write to the NVRAM and restart the stick: a transition that is in no family's graph."""
    mode = session.device.mode or ""
    to = (PortList.parse(action.value).wakes or "switched") if isinstance(action, Ports) else "switched"
    steps = (Step(str(action), (action,)), Step("AT^RESET", (At("AT^RESET"),)))
    why = (Evidence("report", "asked for by name"),)
    take(session, Transition(mode, (to,), (), steps, BACK, True, why))
