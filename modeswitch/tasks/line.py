"""Whole tasks over a stick's AT port: put its line up and down, ask how it is, show, write and restore its ports."""

from __future__ import annotations

from collections.abc import Callable

from ..database.library import Library
from ..database.profile import Evidence, Transition
from ..errors import ModeswitchError, NoDriver, NoWay, Refused, Unavailable
from ..identity.recognise import Known
from ..methods.actions import At, Ports, Step, U2diag
from ..methods.resources import Reach
from ..modem import dial, nvram
from ..modem.ports import PortList, port_mode
from ..modem.saved import Saved, Store
from ..switching.switch import leave_alone, take
from ..switching.transition import Alone, Tell, silent
from ..usb.bus import Bus
from ..usb.replug import SETTLE, await_drivers
from ..values import NamedTuple

SECONDS = 120.0
"""How long a task may take in all unless somebody says otherwise, in seconds."""
BACK = 60.0
"""How long a stick may stay away after its restart, in seconds."""


class Line(NamedTuple):
    """A data line: the stick, what the network gave it, and this host's network interfaces that go with the stick."""

    known: Known
    addresses: dial.Addresses | None
    networks: tuple[str, ...]


class PortState(NamedTuple):
    """What a stick says of its ports: its list or U2DIAG value, the codes it has, what each interface is now."""

    list: PortList | None
    known: dict[str, str]
    u2diag: int | None
    now: tuple[tuple[str, str], ...]


def connect(
    known: Known,
    call: dial.Call,
    *,
    bus: Bus,
    library: Library | None = None,
    pin: str = "",
    timeout: float | None = None,
    tell: Tell = silent,
) -> Line:
    """Put up the line of a stick in NCM mode; :mod:`modeswitch.modem.dial` says what that may raise.

    Raises :class:`NoWay` for a stick in another mode, :class:`NoDriver` where this system made no network interface of
    it: then nothing is dialled.
    """
    call.commands()
    _must_be_ncm(known)
    with _alone(bus, known, library, timeout, tell) as known:
        _must_be_ncm(known)
        networks = _networks(known, bus)
        with _reach(bus, known, timeout, tell) as reach, _Located(known):
            addresses = dial.connect(reach.dialogue, call, pin=pin, now=bus.now, tell=tell)
        return Line(known, addresses, networks)


def _must_be_ncm(known: Known) -> None:
    if known.mode != "ncm":
        raise _not_ncm(known)


def _networks(known: Known, bus: Bus) -> tuple[str, ...]:
    """The network interfaces that this host has of the stick, once their driver has had its time; at least one."""
    functions = [interface.number for interface, role in known.roles if role == "ncm"]
    sighting, until = known.sighting, bus.now() + SETTLE
    await_drivers(bus, sighting, functions, lambda: bool(bus.networks(sighting)), until)
    networks = tuple(bus.networks(sighting))
    if not networks:
        raise _no_interface(known, bus)
    return networks


def disconnect(
    known: Known, *, bus: Bus, library: Library | None = None, timeout: float | None = None, tell: Tell = silent
) -> bool:
    """Take the line down; False where it was not up."""
    with (
        _alone(bus, known, library, timeout, tell) as known,
        _reach(bus, known, timeout, tell) as reach,
        _Located(known),
    ):
        return dial.disconnect(reach.dialogue)


def status(
    known: Known, *, bus: Bus, library: Library | None = None, timeout: float | None = None, tell: Tell = silent
) -> dial.Status:
    """All that a stick can be asked on its AT port without changing anything."""
    with (
        _alone(bus, known, library, timeout, tell) as known,
        _reach(bus, known, timeout, tell) as reach,
        _Located(known),
    ):
        return dial.status(reach.dialogue)


def ports(
    known: Known, *, bus: Bus, library: Library | None = None, timeout: float | None = None, tell: Tell = silent
) -> PortState:
    """What the stick says of its ports.  Raises :class:`Unavailable` where it says nothing of them."""
    with _alone(bus, known, library, timeout, tell) as known:
        return _ports(known, bus, timeout, tell)


def _ports(known: Known, bus: Bus, timeout: float | None, tell: Tell) -> PortState:
    with _reach(bus, known, timeout, tell) as reach, _Located(known):
        dialogue = reach.dialogue
        try:
            now = port_mode(dialogue.ask("AT^GETPORTMODE").lines)
        except ModeswitchError:
            now = ()
        try:
            return PortState(nvram.port_list(dialogue), nvram.ports_offered(dialogue), None, now)
        except Unavailable:
            return PortState(None, {}, nvram.u2diag(dialogue), now)


def write_ports(
    known: Known,
    wanted: PortList,
    *,
    bus: Bus,
    library: Library,
    store: Store,
    timeout: float | None = None,
    tell: Tell = silent,
    tick: float | None = None,
) -> Known:
    """Write a port list and restart the stick; what it is then, or as it was where it had that list already."""
    with _alone(bus, known, library, timeout, tell) as known:
        had = _ports(known, bus, timeout, tell)
        if had.list == wanted:
            return known
        return _written(known, Ports(value=str(wanted)), bus, library, store, timeout, tell, tick)


def saved(
    known: Known,
    *,
    bus: Bus,
    library: Library | None = None,
    store: Store,
    timeout: float | None = None,
    tell: Tell = silent,
) -> list[Saved]:
    """What the stick came with, of all that was changed; perhaps nothing."""
    with _alone(bus, known, library, timeout, tell) as known:
        return _saved(known, bus, store, timeout, tell)


def _saved(known: Known, bus: Bus, store: Store, timeout: float | None, tell: Tell) -> list[Saved]:
    with _reach(bus, known, timeout, tell) as reach, _Located(known):
        whose = nvram.owner(reach.dialogue, known)
        return store.first(whose.imei, whose.port)


def restore(
    known: Known,
    *,
    bus: Bus,
    library: Library,
    store: Store,
    timeout: float | None = None,
    tell: Tell = silent,
    tick: float | None = None,
) -> tuple[Known, list[Saved]]:
    """Put back what the stick came with and restart it; the stick then, and what was put back (nothing: it was so).

    Raises :class:`Refused` where nothing was saved for this stick.
    """
    with _alone(bus, known, library, timeout, tell) as known:
        kept = _saved(known, bus, store, timeout, tell)
        if not kept:
            raise Refused(
                f"nothing was saved for {known}, neither by its IMEI nor by its port, in {store.folder}",
                hint="Its list can be written by hand: modeswitch ports DEVICE --set LIST --persist",
                port=str(known.sighting.port),
                id=str(known.sighting.id),
                mode=known.mode,
            )
        now = _ports(known, bus, timeout, tell)
        held = {nvram.SETPORT: str(now.list) if now.list else "", nvram.U2DIAG: str(now.u2diag)}
        changed = [one for one in kept if held.get(one.name) != one.value]
        for one in changed:
            action = Ports(value=one.value) if one.name == nvram.SETPORT else U2diag(int(one.value))
            known = _written(known, action, bus, library, store, timeout, tell, tick)
        return known, changed


def _written(
    known: Known,
    action: Ports | U2diag,
    bus: Bus,
    library: Library,
    store: Store,
    timeout: float | None,
    tell: Tell,
    tick: float | None,
) -> Known:
    """Write to the NVRAM and restart the stick: a transition of nobody's graph."""
    mode = known.mode or ""
    to = (PortList.parse(action.value).wakes or "switched") if isinstance(action, Ports) else "switched"
    steps = (Step(str(action), (action,)), Step("AT^RESET", (At("AT^RESET"),)))
    why = (Evidence("report", "asked for by name"),)
    transition = Transition(mode, (to,), (), steps, BACK, True, why)
    return take(known, transition, bus=bus, library=library, timeout=timeout, tell=tell, tick=tick, store=store)


def _alone(bus: Bus, known: Known, library: Library | None, timeout: float | None, tell: Tell) -> Alone:
    return Alone(bus, known, library or Library(), timeout, tell)


def _reach(bus: Bus, known: Known, timeout: float | None, tell: Callable[..., None]) -> Reach:
    if known.product is not None:
        leave_alone(known.product, str(known), port=str(known.sighting.port), id=str(known.sighting.id))
    return Reach(bus, known, bus.now() + (timeout or SECONDS), tell)


class _Located:
    """Within it, an error says which stick it is about."""

    def __init__(self, known: Known) -> None:
        self._known = known

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ModeswitchError):
            sighting = self._known.sighting
            where = "" if str(self._known) in error.message else str(self._known)
            facts = {"port": str(sighting.port), "id": str(sighting.id), "mode": self._known.mode}
            error.at(where, hint="See what is there now: modeswitch list -v", **facts)


def _not_ncm(known: Known) -> NoWay:
    hints = {
        "hilink": "In hilink it dials by itself: run a DHCP client on its network interface. For a line of your own: ",
        "stick": "A stick in this mode is dialled by PPP (pppd, wvdial). For a network interface: ",
    }
    return NoWay(
        f"{known} is in {known.mode}, and only a stick in ncm is dialled here",
        hint=hints.get(known.mode or "", "") + f"modeswitch {known.sighting.port} --to ncm",
        port=str(known.sighting.port),
        id=str(known.sighting.id),
        mode=known.mode,
    )


def _no_interface(known: Known, bus: Bus) -> NoDriver:
    """The stick has a network function, and this system made nothing of it: who holds it, and who should."""
    sighting = known.sighting
    found = [(interface, bus.driver(sighting, interface.number)) for interface, role in known.roles if role == "ncm"]
    drivers = bus.drivers()
    lines = []
    for interface, bound in found:
        should = drivers.binding(sighting.id.vendor, interface.triple) if drivers else []
        lines.append(
            f"its NCM interface {interface.number} ({interface.triple}) is held by {bound or 'no driver'}"
            + (f"; {' or '.join(should)} would bind it" if should else "; this kernel has no driver for it")
        )
    return NoDriver(
        f"{known}: there is no network interface: {'; '.join(lines)}",
        hint="Nothing was dialled: such a line carries nothing. Unbind what holds it, or load its driver.",
        port=str(sighting.port),
        id=str(sighting.id),
        mode=known.mode,
    )
