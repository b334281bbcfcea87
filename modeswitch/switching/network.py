"""Waiting for the network of a stick that has arrived: for its carrier, for an address of this host there."""

from __future__ import annotations

from ..errors import SwitchFailed, UsageError
from ..usb.nodes import NetworkState
from ..values import TYPE_CHECKING

if TYPE_CHECKING:
    from ..usb.nodes import Made
    from .session import Session

WAITS = ("carrier", "address")
"""What a switch can wait for beyond its arrival: a carrier of its network, an address of this host there."""
NETWORK_SECONDS = 60.0
"""How long a network may take to have that, in seconds, unless a timeout says otherwise: some need 22 for a carrier.

Ref: balena-os/balena-os#445 (E3531 as 12d1:14dc).
"""
LOOK = 0.25
"""How often it is looked at, in seconds."""
HINTS = {
    ("carrier", "ncm"): "In ncm it has one once it is dialled: modeswitch connect {port} --apn NAME",
    ("carrier", "hilink"): "Is a SIM in it, without a PIN? Its web page tells: http://192.168.8.1",
    ("address", ""): "Run a DHCP client on {name}: udhcpc -i {name}, or dhclient {name}.",
}
"""What is waited for, and the mode (empty: any) → what to do where it does not come."""


def await_network(session: Session, made: Made, what: str) -> None:
    """Wait until the stick's network interface has a carrier or an address; one that is down is set up.

    Raises :class:`UsageError` for a mode without a network, :class:`SwitchFailed` where it does not come in time,
    :class:`PermissionDenied`.
    """
    device, bus = session.device, session.bus
    if not made.networks:
        raise UsageError(
            f"{device} is in {device.mode} and has no network interface here: there is no {what} to wait for"
        )
    name, began = made.networks[0], bus.now()
    state = await_state(session, name, what, session.until(NETWORK_SECONDS)) or NetworkState()
    if has(state, what):
        session.tell("network", interface=name, carrier=True, addresses=list(state.addresses))
        return
    lacks = "carrier" if not state.carrier else what
    hint = HINTS.get((lacks, device.mode or ""), HINTS.get((lacks, ""), ""))
    raise SwitchFailed(
        f"{device} is in {device.mode}, and {name} has no {lacks} after {bus.now() - began:.0f} s",
        hint=hint.format(port=device.port, name=name),
        **device.facts(),
    )


def await_state(session: Session, name: str, what: str, until: float) -> NetworkState | None:
    """How a network interface is once it :func:`has` that, at the latest at that moment of the bus' clock.

    One that is down is set up.  None on a host that does not tell.  Raises :class:`PermissionDenied`.
    """
    bus, host = session.bus, session.host
    state = host.network_state(name)
    if state is not None and not state.up:
        host.bring_up(name)
        state = host.network_state(name)
    while state is not None and not has(state, what) and bus.now() < until:
        bus.wait(min(LOOK, until - bus.now()))
        state = host.network_state(name)
    return state


def has(state: NetworkState, what: str) -> bool:
    """Has an interface a carrier, and where an address is wanted that, too?"""
    return state.carrier and (what == "carrier" or bool(state.addresses))
