"""Whole tasks over a stick's AT port: put its line up and down, ask how it is, show, write and restore its ports."""

from __future__ import annotations

from collections.abc import Callable

from ..database.library import Library
from ..database.profile import Evidence, Transition
from ..errors import ModeswitchError, NoDriver, NoWay, Refused, Unavailable
from ..identity.recognise import Device
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

    device: Device
    addresses: dial.Addresses | None
    networks: tuple[str, ...]


class PortState(NamedTuple):
    """What a stick says of its ports: its list or U2DIAG value, the codes it has, what each interface is now."""

    list: PortList | None
    offered: dict[str, str]
    u2diag: int | None
    now: tuple[tuple[str, str], ...]


def connect(
    device: Device,
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
    _must_be_ncm(device)
    with _alone(bus, device, library, timeout, tell) as device:
        _must_be_ncm(device)
        networks = _networks(device, bus)
        with _reach(bus, device, timeout, tell) as reach, _Located(device):
            addresses = dial.connect(reach.dialogue, call, pin=pin, now=bus.now, tell=tell)
        return Line(device, addresses, networks)


def _must_be_ncm(device: Device) -> None:
    if device.mode != "ncm":
        raise _not_ncm(device)


def _networks(device: Device, bus: Bus) -> tuple[str, ...]:
    """The network interfaces that this host has of the stick, once their driver has had its time; at least one."""
    functions = [interface.number for interface, role in device.roles if role == "ncm"]
    usb_device, until = device.usb, bus.now() + SETTLE
    await_drivers(bus, usb_device, functions, lambda: bool(bus.host.networks(usb_device)), until)
    networks = tuple(bus.host.networks(usb_device))
    if not networks:
        raise _no_interface(device, bus)
    return networks


def disconnect(
    device: Device, *, bus: Bus, library: Library | None = None, timeout: float | None = None, tell: Tell = silent
) -> bool:
    """Take the line down; False where it was not up."""
    with (
        _alone(bus, device, library, timeout, tell) as device,
        _reach(bus, device, timeout, tell) as reach,
        _Located(device),
    ):
        return dial.disconnect(reach.dialogue)


def status(
    device: Device, *, bus: Bus, library: Library | None = None, timeout: float | None = None, tell: Tell = silent
) -> dial.Status:
    """All that a stick can be asked on its AT port without changing anything."""
    with (
        _alone(bus, device, library, timeout, tell) as device,
        _reach(bus, device, timeout, tell) as reach,
        _Located(device),
    ):
        return dial.status(reach.dialogue)


def ports(
    device: Device, *, bus: Bus, library: Library | None = None, timeout: float | None = None, tell: Tell = silent
) -> PortState:
    """What the stick says of its ports.  Raises :class:`Unavailable` where it says nothing of them."""
    with _alone(bus, device, library, timeout, tell) as device:
        return _ports(device, bus, timeout, tell)


def _ports(device: Device, bus: Bus, timeout: float | None, tell: Tell) -> PortState:
    with _reach(bus, device, timeout, tell) as reach, _Located(device):
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
    device: Device,
    wanted: PortList,
    *,
    bus: Bus,
    library: Library,
    store: Store,
    timeout: float | None = None,
    tell: Tell = silent,
    tick: float | None = None,
) -> Device:
    """Write a port list and restart the stick; what it is then, or as it was where it had that list already."""
    with _alone(bus, device, library, timeout, tell) as device:
        had = _ports(device, bus, timeout, tell)
        if had.list == wanted:
            return device
        return _written(device, Ports(value=str(wanted)), bus, library, store, timeout, tell, tick)


def saved(
    device: Device,
    *,
    bus: Bus,
    library: Library | None = None,
    store: Store,
    timeout: float | None = None,
    tell: Tell = silent,
) -> list[Saved]:
    """What the stick came with, of all that was changed; perhaps nothing."""
    with _alone(bus, device, library, timeout, tell) as device:
        return _saved(device, bus, store, timeout, tell)


def _saved(device: Device, bus: Bus, store: Store, timeout: float | None, tell: Tell) -> list[Saved]:
    with _reach(bus, device, timeout, tell) as reach, _Located(device):
        whose = nvram.owner(reach.dialogue, device)
        return store.first(whose.imei, whose.port)


def restore(
    device: Device,
    *,
    bus: Bus,
    library: Library,
    store: Store,
    timeout: float | None = None,
    tell: Tell = silent,
    tick: float | None = None,
) -> tuple[Device, list[Saved]]:
    """Put back what the stick came with and restart it; the stick then, and what was put back (nothing: it was so).

    Raises :class:`Refused` where nothing was saved for this stick.
    """
    with _alone(bus, device, library, timeout, tell) as device:
        kept = _saved(device, bus, store, timeout, tell)
        if not kept:
            raise Refused(
                f"nothing was saved for {device}, neither by its IMEI nor by its port, in {store.folder}",
                hint="Its list can be written by hand: modeswitch ports DEVICE --set LIST --persist",
                port=str(device.usb.port),
                id=str(device.usb.id),
                mode=device.mode,
            )
        now = _ports(device, bus, timeout, tell)
        held = {nvram.SETPORT: str(now.list) if now.list else "", nvram.U2DIAG: str(now.u2diag)}
        changed = [one for one in kept if held.get(one.name) != one.value]
        for one in changed:
            action = Ports(value=one.value) if one.name == nvram.SETPORT else U2diag(int(one.value))
            device = _written(device, action, bus, library, store, timeout, tell, tick)
        return device, changed


def _written(
    device: Device,
    action: Ports | U2diag,
    bus: Bus,
    library: Library,
    store: Store,
    timeout: float | None,
    tell: Tell,
    tick: float | None,
) -> Device:
    """Write to the NVRAM and restart the stick: a transition of nobody's graph."""
    mode = device.mode or ""
    to = (PortList.parse(action.value).wakes or "switched") if isinstance(action, Ports) else "switched"
    steps = (Step(str(action), (action,)), Step("AT^RESET", (At("AT^RESET"),)))
    why = (Evidence("report", "asked for by name"),)
    transition = Transition(mode, (to,), (), steps, BACK, True, why)
    return take(device, transition, bus=bus, library=library, timeout=timeout, tell=tell, tick=tick, store=store)


def _alone(bus: Bus, device: Device, library: Library | None, timeout: float | None, tell: Tell) -> Alone:
    return Alone(bus, device, library or Library(), timeout, tell)


def _reach(bus: Bus, device: Device, timeout: float | None, tell: Callable[..., None]) -> Reach:
    if device.product is not None:
        leave_alone(device.product, str(device), port=str(device.usb.port), id=str(device.usb.id))
    return Reach(bus, device, bus.now() + (timeout or SECONDS), tell)


class _Located:
    """Within it, an error says which stick it is about."""

    def __init__(self, device: Device) -> None:
        self._known = device

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ModeswitchError):
            usb_device = self._known.usb
            where = "" if str(self._known) in error.message else str(self._known)
            facts = {"port": str(usb_device.port), "id": str(usb_device.id), "mode": self._known.mode}
            error.located(where, hint="See what is there now: modeswitch list -v", **facts)


def _not_ncm(device: Device) -> NoWay:
    hints = {
        "hilink": "In hilink it dials by itself: run a DHCP client on its network interface. For a line of your own: ",
        "stick": "A stick in this mode is dialled by PPP (pppd, wvdial). For a network interface: ",
    }
    return NoWay(
        f"{device} is in {device.mode}, and only a stick in ncm is dialled here",
        hint=hints.get(device.mode or "", "") + f"modeswitch {device.usb.port} --to ncm",
        port=str(device.usb.port),
        id=str(device.usb.id),
        mode=device.mode,
    )


def _no_interface(device: Device, bus: Bus) -> NoDriver:
    """The stick has a network function, and this system made nothing of it: who holds it, and who should."""
    usb_device = device.usb
    nodes = bus.host.nodes(usb_device)
    found = [(interface, nodes[interface.number].driver) for interface, role in device.roles if role == "ncm"]
    drivers = bus.host.drivers()
    lines = []
    for interface, bound in found:
        should = drivers.binding(usb_device.id.vendor, interface.triple) if drivers else []
        lines.append(
            f"its NCM interface {interface.number} ({interface.triple}) is held by {bound or 'no driver'}"
            + (f"; {' or '.join(should)} would bind it" if should else "; this kernel has no driver for it")
        )
    return NoDriver(
        f"{device}: there is no network interface: {'; '.join(lines)}",
        hint="Nothing was dialled: such a line carries nothing. Unbind what holds it, or load its driver.",
        port=str(usb_device.port),
        id=str(usb_device.id),
        mode=device.mode,
    )
