"""The data line of a stick over its AT port: put up, taken down, asked how it is."""

from __future__ import annotations

from ..errors import LinkLost, NoDriver, NoWay, PermissionDenied
from ..identity.device import Device
from ..modem import dial
from ..modem.line import Addresses
from ..modem.status import Status, ask_status
from ..switching.network import await_state
from ..switching.session import Session
from ..usb.replug import SETTLE, await_drivers
from ..values import NamedTuple
from .managed import told, ways

CARRIER_SECONDS = 15.0
"""How long this host's network interface may take to have a carrier once the stick's line is up, in seconds."""


class Line(NamedTuple):
    """A data line: the stick, what the network gave it, and this host's network interfaces that go with the stick."""

    device: Device
    addresses: Addresses | None
    networks: tuple[str, ...]


def connect(session: Session, call: dial.Call, *, pin: str = "") -> Line:
    """Put up the line of a stick in NCM mode, and see that it reaches this host.

    :mod:`modeswitch.modem.dial` says what dialling may raise.  Raises :class:`NoWay` for a stick in another mode,
    :class:`NoDriver` where this host made no network interface of it: then nothing is dialled; and :class:`LinkLost`
    where the stick says that its line is up and the network interface never has a carrier.
    """
    call.commands()
    device = session.device
    if device.mode != "ncm":
        raise _not_ncm(session, call)
    _networks(session)
    with session.talk() as resources:
        dialler = dial.Dialler(
            resources.dialogue(), call, now=session.bus.now, tell=session.tell, other=resources.other_dialogue
        )
        addresses = dialler.connect(pin)
        networks = _networks(session)  # udev may have renamed it meanwhile
        _await_carrier(session, networks[0], call)
        if resources.managed:
            session.tell("managed", **ways(device, call.apn))
    return Line(device, addresses, networks)


def disconnect(session: Session) -> bool:
    """Take the line down; False where it was not up."""
    with session.talk() as resources:
        return dial.disconnect(resources.dialogue())


def status(session: Session) -> Status:
    """All that a stick can be asked without changing anything: on its AT port, or ModemManager where that holds it."""
    with session.talk() as resources:
        held = resources.held()
        return ask_status(resources.dialogue()) if held is None else told(held)


def _networks(session: Session) -> tuple[str, ...]:
    """The network interfaces that this host has of the stick, once their driver has had its time; at least one."""
    device, host, bus = session.device, session.host, session.bus
    functions = [interface.number for interface, role in device.roles if role == "ncm"]
    await_drivers(bus, device.usb, functions, lambda: bool(host.networks(device.usb)), bus.now() + SETTLE)
    networks = tuple(host.networks(device.usb))
    if not networks:
        raise _no_interface(session)
    return networks


def _await_carrier(session: Session, name: str, call: dial.Call) -> None:
    """Wait for the carrier of the line: the driver hears of it by an interface that is up.

    A host that tells nothing of its interfaces is believed.
    """
    bus, device = session.bus, session.device
    began = bus.now()
    try:
        state = await_state(session, name, "carrier", min(began + CARRIER_SECONDS, session.until(CARRIER_SECONDS)))
    except PermissionDenied as error:
        session.tell("warning", message=f"{error.message}: whether {name} has a carrier is not known")
        return
    if state is None or state.carrier:
        return
    by_ppp = session.host.dial_ways(_modem_tty(session), call.apn)
    raise LinkLost(
        f"{device}: the stick says that its line is up, and {name} has no carrier after {bus.now() - began:.0f} s",
        reason="timeout",
    ).located(
        hint="No data passes there: with some firmware (E3372-325) NCM never has one. It can be dialled by PPP:"
        + "".join(f"\n  {way}" for way in by_ppp),
        **device.facts(),
    )


def _modem_tty(session: Session) -> str:
    """The tty that PPP runs on: the modem's, else the one for AT commands, else a name to be filled in."""
    nodes = session.host.nodes(session.device.usb)
    found = {role: nodes[one.number].tty for one, role in reversed(session.device.roles) if one.number in nodes}
    return found.get("modem") or found.get("pcui") or found.get("vendor") or "/dev/ttyUSB0"


def _not_ncm(session: Session, call: dial.Call) -> NoWay:
    device = session.device
    there = f"modeswitch {device.port} --to ncm"
    hint = f"For a line of your own: {there}"
    if device.mode == "hilink":
        hint = f"In hilink it dials by itself: run a DHCP client on its network interface. {hint}"
    elif device.mode == "stick":
        by_ppp = "".join(f"\n  {way}" for way in session.host.dial_ways(_modem_tty(session), call.apn))
        hint = f"In stick it is dialled by PPP. On this host:{by_ppp}\n  For a network interface: {there}"
    return NoWay(
        f"{device} is in {device.mode}, and only a stick in ncm is dialled here",
        hint=hint,
        **device.facts(),
    )


def _no_interface(session: Session) -> NoDriver:
    """The stick has a network function, and this host made nothing of it: which driver holds it, and which should."""
    device, drivers = session.device, session.host.drivers()
    nodes = session.host.nodes(device.usb)
    lines = []
    for interface in (interface for interface, role in device.roles if role == "ncm"):
        vendor, product = device.id
        should = drivers.binding(vendor, interface.triple, product, interface.number) if drivers else []
        lines.append(
            f"its NCM interface {interface.number} ({interface.triple}) is held by "
            f"{nodes[interface.number].driver or 'no driver'}"
            + (f"; {' or '.join(should)} would bind it" if should else "; this kernel has no driver for it")
        )
    return NoDriver(
        f"{device}: there is no network interface: {'; '.join(lines)}",
        hint="Nothing was dialled: such a line carries nothing. Unbind what holds it, or load its driver.",
        **device.facts(),
    )
