"""The port list in a stick's NVRAM: shown, written, put back as the stick came."""

from __future__ import annotations

from ..database.profile import Evidence, Transition
from ..errors import ModeswitchError, Refused, Unavailable
from ..methods.at import At
from ..methods.base import Step
from ..methods.ports import Ports
from ..methods.u2diag import U2diag
from ..modem import nvram
from ..modem.builds import QMI
from ..modem.owner import identify
from ..modem.ports import PortList, port_mode
from ..modem.saved import SETPORT, Saved, Store
from ..switching.confirm import confirm
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

    ``session.device`` is the stick afterwards.  The list is read again then; where that cannot be, a ``warning`` says
    so, and ``session.written`` has it still.  Raises :class:`~modeswitch.errors.CommandFailed` where the stick does not
    keep it.
    """
    if ports(session).list == wanted:
        return False
    _write(session, [Ports(value=str(wanted))])
    return True


def saved(session: Session) -> list[Saved]:
    """What this very stick came with, of all that was changed.

    Raises :class:`Refused` where nothing was saved of it, which names what was saved of others at its place.
    """
    with session.talk() as resources:
        owner = identify(resources.dialogue(), session.device.usb)
    store = _store(session)
    found = store.first(owner)
    if found:
        return found
    others = "".join(
        f"; {one.name} {one.value}, saved on {one.when} of {one.whose}, is in {one.file}: it is not known to be the "
        "same stick"
        for one in store.of_others(owner)
    )
    raise Refused(
        f"nothing was saved for {session.device} that is known to be of this stick, {owner.described}, in "
        f"{store.folder}{others}",
        hint="Its list can be written by hand: modeswitch ports DEVICE --set LIST --persist",
        **session.device.facts(),
    )


def restore(session: Session) -> list[Saved]:
    """Put back what the stick came with and restart it once; what was put back (nothing: it held all of that).

    ``session.device`` is the stick afterwards; what it holds then is read again as :func:`write_ports` does it.  Raises
    :class:`Refused` where nothing was saved of this very stick.
    """
    came_with = saved(session)
    with session.talk() as resources:
        changed = [one for one in came_with if nvram.held(resources.dialogue(), one.name) != one.value]
    if changed:
        _write(session, [Ports(value=one.value) if one.name == SETPORT else U2diag(int(one.value)) for one in changed])
    return changed


def _store(session: Session) -> Store:
    if session.store is None:
        session.store = Store()
    return session.store


def _write(session: Session, actions: list[Ports | U2diag]) -> None:
    """Write to the NVRAM and restart the stick: a transition that is in no family's graph."""
    lists = [PortList.parse(action.value) for action in actions if isinstance(action, Ports)]
    to = _wakes(lists[0]) if lists else ("switched", "mass-storage")
    steps = (*(Step(str(action), (action,)) for action in actions), Step("AT^RESET", (At("AT^RESET"),)))
    why = (Evidence("report", "asked for by name"),)
    take(session, Transition(session.device.mode or "", to, (), steps, BACK, True, why))
    confirm(session, to)


def _wakes(wanted: PortList) -> tuple[str, ...]:
    """The modes that a stick may wake up in with that list: its network port is a QMI one on Qualcomm chips."""
    qmi = ("qmi",) if wanted.wakes != "mass-storage" and set(wanted.after) & set(QMI) else ()
    return (wanted.wakes or "switched", *qmi)
