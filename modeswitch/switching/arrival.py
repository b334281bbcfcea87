"""What this host makes of a stick that has arrived: drivers, ttys, network interfaces under their last names.

A stick is there for its owner once each of its functions has the driver that this host has for it, and udev has named
what came of that.  A stick that leaves meanwhile has not arrived.
"""

from __future__ import annotations

from ..errors import NoDriver
from ..modem.drivers import tabled_drivers
from ..modem.roles import FUNCTIONS, NETWORK
from ..usb.nodes import Made
from ..usb.replug import LONGEST_WAIT, LOOK, SETTLE
from ..values import TYPE_CHECKING

if TYPE_CHECKING:
    from ..identity.device import Device
    from ..usb.device import UsbDevice
    from ..usb.nodes import Nodes
    from .session import Session

MODES_OF_ROLES = {**FUNCTIONS, "debug": FUNCTIONS["hilink"]}
"""Mode → the roles one of which the host must have made something of."""

DOCTOR = "modeswitch doctor --port"


def await_made(session: Session, settle: float) -> Made | None:
    """Wait until the host has made of the session's stick what it can; None where the stick has left meanwhile.

    Each function gets the time that drivers take, and udev the time to name what they make, together
    :data:`~modeswitch.usb.replug.SETTLE` seconds, and never more than the session has.  A stick of a family that needs
    ``settle`` seconds is watched for so long: it may fall back.
    """
    bus, device = session.bus, session.device.usb
    began = bus.now()
    end, watched = began + SETTLE, began + settle
    if session.deadline is not None:
        end, watched = min(end, session.deadline), min(watched, session.deadline)
    bus.listen()
    while True:
        if not _is_there(session, device):
            return None
        nodes = bus.host.nodes(device)
        now = bus.now()
        if now >= end or (_all_bound(session, nodes) and bus.host.named(device)):
            if now >= watched:
                return _made(session.device, nodes)
            pause = watched - now
        else:
            pause = min(LOOK, end - now)
        bus.wait(min(pause, LONGEST_WAIT))


def _is_there(session: Session, device: UsbDevice) -> bool:
    """Is it in the same enumeration and configuration still?"""
    seen = session.bus.at(device.port)
    return seen is not None and (seen.address, seen.active) == (device.address, device.active)


def _all_bound(session: Session, nodes: dict[int, Nodes]) -> bool:
    """Has each function a driver that this host has one for, and each network function a network interface?"""
    drivers = session.host.drivers()
    if drivers is None:
        return True
    vendor, product = session.device.id
    for interface, role in session.device.roles:
        made = nodes.get(interface.number)
        bound = made is not None and made.driver is not None
        if not bound and drivers.binding(vendor, interface.triple, product, interface.number):
            return False
        if role in NETWORK and bound and made is not None and not made.networks:
            return False
    return True


def _made(device: Device, nodes: dict[int, Nodes]) -> Made:
    return Made(
        tuple((number, made.driver) for number, made in sorted(nodes.items()) if made.driver),
        tuple(made.tty for _, made in sorted(nodes.items()) if made.tty),
        tuple(dict.fromkeys(name for _, made in sorted(nodes.items()) for name in made.networks)),
        device.with_nodes(nodes).at_port,
    )


def check_driven(session: Session) -> None:
    """Raise :class:`NoDriver` for a stick whose main function this host has made nothing of.

    Says nothing of a host whose drivers are unknown.
    """
    device, drivers = session.device, session.host.drivers()
    wanted = MODES_OF_ROLES.get(device.mode or "", ())
    if drivers is None or not wanted:
        return
    nodes = session.host.nodes(device.usb)
    lacking = []
    for interface, role in device.roles:
        made = nodes.get(interface.number)
        if role not in wanted or made is None:
            continue
        if made.networks if role in NETWORK else made.tty or made.driver:
            return
        lacking.append((interface, role, made.driver))
    if not lacking:
        return
    interface, role, driver = lacking[0]
    binding = drivers.binding(device.id.vendor, interface.triple, device.id.product, interface.number)
    known = tabled_drivers(device.id, interface.triple, role, interface.number)
    hints = [session.host.install_hint(known[0]) if known and not binding else "", f"Why: {DOCTOR} {device.port}"]
    raise NoDriver(
        f"{device} is in {device.mode}, and its {role} interface {interface.number} ({interface.triple}) "
        + _why(driver, binding),
        hint=" ".join(filter(None, hints)),
        **device.facts(),
    )


def _why(driver: str | None, binding: list[str]) -> str:
    names = " or ".join(binding)
    if driver:
        held = f"is held by {driver}, which made nothing of it"
        return f"{held}; {names} would bind it" if names and driver not in binding else held
    return f"has no driver, though {names} would bind it" if names else "has no driver on this host"
