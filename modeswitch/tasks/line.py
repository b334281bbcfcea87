"""The data line of a stick over its AT port: put up, taken down, asked how it is."""

from __future__ import annotations

from ..errors import NoDriver, NoWay
from ..identity.device import Device
from ..modem import dial
from ..switching.session import Session
from ..usb.replug import SETTLE, await_drivers
from ..values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..usb.host import Held


class Line(NamedTuple):
    """A data line: the stick, what the network gave it, and this host's network interfaces that go with the stick."""

    device: Device
    addresses: dial.Addresses | None
    networks: tuple[str, ...]


def connect(session: Session, call: dial.Call, *, pin: str = "") -> Line:
    """Put up the line of a stick in NCM mode; :mod:`modeswitch.modem.dial` says what that may raise.

    Raises :class:`NoWay` for a stick in another mode, :class:`NoDriver` where this host made no network interface of
    it: then nothing is dialled.
    """
    call.commands()
    device = session.device
    if device.mode != "ncm":
        raise _not_ncm(device)
    networks = _networks(session)
    with session.talk() as resources:
        addresses = dial.connect(resources.dialogue(), call, pin=pin, now=session.bus.now, tell=session.tell)
        if resources.managed:
            session.tell("managed", **_better(device, call.apn))
    return Line(device, addresses, networks)


def disconnect(session: Session) -> bool:
    """Take the line down; False where it was not up."""
    with session.talk() as resources:
        return dial.disconnect(resources.dialogue())


def status(session: Session) -> dial.Status:
    """All that a stick can be asked without changing anything: on its AT port, or ModemManager where that holds it."""
    with session.talk() as resources:
        held = resources.held()
        return dial.status(resources.dialogue()) if held is None else _told_by(held)


def _told_by(held: Held) -> dial.Status:
    """What the program that holds a stick knows of it."""
    addresses = dial.Addresses(held.address, held.prefix, held.gateway, held.dns) if held.address else None
    up = held.state == "connected"
    said = (held.sim, held.registered, held.operator, None, up, addresses, held.firmware)
    return dial.Status(*said, source=held.by, state=held.state, quality=held.quality)


def _better(device: Device, apn: str) -> dict[str, str]:
    """The commands by which a host with ModemManager dials such a stick for good, and the one that keeps it away.

    Ref: nmcli(1), mmcli(1); libmm-glib's mm-common-helpers.c: a value of --simple-connect may stand in quotes.
    """
    from shlex import quote

    simple = f'apn="{apn}"'
    return {
        "nmcli": f"nmcli connection add type gsm ifname '*' apn {quote(apn)}",
        "mmcli": f"mmcli -m {quote(device.usb.path)} --simple-connect={quote(simple)}",
        "ignore": f"modeswitch udev ignore --port {device.port} --install",
    }


def _networks(session: Session) -> tuple[str, ...]:
    """The network interfaces that this host has of the stick, once their driver has had its time; at least one."""
    device, host, bus = session.device, session.host, session.bus
    functions = [interface.number for interface, role in device.roles if role == "ncm"]
    await_drivers(bus, device.usb, functions, lambda: bool(host.networks(device.usb)), bus.now() + SETTLE)
    networks = tuple(host.networks(device.usb))
    if not networks:
        raise _no_interface(session)
    return networks


def _not_ncm(device: Device) -> NoWay:
    hints = {
        "hilink": "In hilink it dials by itself: run a DHCP client on its network interface. For a line of your own: ",
        "stick": "A stick in this mode is dialled by PPP (pppd, wvdial). For a network interface: ",
    }
    return NoWay(
        f"{device} is in {device.mode}, and only a stick in ncm is dialled here",
        hint=hints.get(device.mode or "", "") + f"modeswitch {device.port} --to ncm",
        **device.facts(),
    )


def _no_interface(session: Session) -> NoDriver:
    """The stick has a network function, and this host made nothing of it: which driver holds it, and which should."""
    device, drivers = session.device, session.host.drivers()
    nodes = session.host.nodes(device.usb)
    lines = []
    for interface in (interface for interface, role in device.roles if role == "ncm"):
        should = drivers.binding(device.id.vendor, interface.triple) if drivers else []
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
