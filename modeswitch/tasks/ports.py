"""The port list in a stick's NVRAM: shown, written, put back as the stick came."""

from __future__ import annotations

from ..database.profile import Evidence, Transition
from ..errors import CommandFailed, ModeswitchError, Refused, Unavailable, UsageError
from ..identity.device import Device
from ..methods.at import At
from ..methods.base import Step
from ..methods.ports import Ports
from ..methods.u2diag import U2diag
from ..modem import nvram
from ..modem.ports import PortList, port_mode
from ..modem.roles import ASKED, WAKING
from ..modem.saved import Saved, Store
from ..printable import printable
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
        return _store(session).first(whose.key) if whose.is_known else []


def restore(session: Session) -> list[Saved]:
    """Put back what the stick came with and restart it; what was put back (nothing: it held all of that).

    ``session.device`` is the stick afterwards.  Raises :class:`Refused` where nothing was saved for this stick.
    """
    came_with = saved(session)
    if not came_with:
        raise Refused(
            f"nothing was saved for {session.device}, by its IMEI or by its port, model and firmware together, in "
            f"{_store(session).folder}",
            hint="Its list can be written by hand: modeswitch ports DEVICE --set LIST --persist",
            **session.device.facts(),
        )
    for one in came_with:
        _check_readable(one)
    now = ports(session)
    held = {nvram.SETPORT: str(now.list) if now.list else "", nvram.U2DIAG: str(now.u2diag)}
    changed = [one for one in came_with if held.get(one.name) != one.value]
    for one in changed:
        _write(session, Ports(value=one.value) if one.name == nvram.SETPORT else U2diag(int(one.value)))
    return changed


def _check_readable(one: Saved) -> None:
    """Raise :class:`Refused` for a saved value that is none: somebody has edited the file."""
    try:
        _ = PortList.parse(one.value) if one.name == nvram.SETPORT else int(one.value)
    except (UsageError, ValueError) as error:
        raise Refused(
            f"{one.file}: {one.name} = {printable(one.value, 60)!r} is no value that a stick has",
            hint="Look at the file, and write the list by hand: modeswitch ports DEVICE --set LIST --persist",
        ) from error


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
    _check_kept(session, action)


def _check_kept(session: Session, action: Ports | U2diag) -> None:
    """Read the value again once the stick has restarted: some firmware forgets it, or keeps another.

    A stick that is back without an AT port cannot be asked, which is told.  Raises :class:`CommandFailed`.
    """
    device = session.device
    name = nvram.SETPORT if isinstance(action, Ports) else nvram.U2DIAG
    find_out = f"modeswitch {device.port} --to ncm, and then modeswitch ports {device.port}"
    if not any(role in ASKED for _, role in device.roles):
        wakes = PortList.parse(action.value).wakes if isinstance(action, Ports) else None
        if wakes is not None and wakes not in WAKING:
            raise _not_kept(device, name, f"it is back in {device.mode}, where that list leads to {wakes}", find_out)
        told = f"{device} has no AT port now: whether it kept the new {name} is not known; to find out: {find_out}"
        session.tell("warning", message=told)
        return
    state = ports(session)
    now = str(state.list) if isinstance(action, Ports) else str(state.u2diag)
    if now != str(action.value):
        raise _not_kept(device, name, f"it says {now}", f"modeswitch restore {device.port}")


def _not_kept(device: Device, name: str, words: str, find_out: str) -> CommandFailed:
    return CommandFailed(
        f"{device} did not keep the new {name} over its restart: {words}",
        hint=f"What it held before is saved. Next: {find_out}",
        answer="OK",
        **device.facts(),
    )
