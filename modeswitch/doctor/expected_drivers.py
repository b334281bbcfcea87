"""Which driver each interface of a stick should have: by the machine's own modules.alias, else by the table."""

from __future__ import annotations

from collections.abc import Iterable

from ..modem.drivers import tabled_drivers
from ..modem.roles import NETWORK
from ..values import TYPE_CHECKING
from .snapshot import InterfaceState

if TYPE_CHECKING:
    from ..usb.host import Drivers


def with_expected_drivers(
    interfaces: Iterable[InterfaceState], vendor: int, drivers: Drivers | None, networks: tuple[str, ...]
) -> tuple[InterfaceState, ...]:
    """The interfaces with the drivers that fit them; ``networks`` are the network interfaces of the whole stick.

    A data interface has the driver of the control interface before it.
    """
    done: list[InterfaceState] = []
    control: InterfaceState | None = None
    for interface in interfaces:
        if interface.role == "data" and control is not None:
            done.append(interface._replace(expected=control.expected, available=control.available))
            continue
        if interface.role in NETWORK:
            interface = interface._replace(networks=networks)
        done.append(_with_expected(interface, vendor, drivers))
        control = done[-1] if interface.role in (*NETWORK, "acm") else None
    return tuple(done)


def _with_expected(interface: InterfaceState, vendor: int, drivers: Drivers | None) -> InterfaceState:
    """One interface with the drivers that fit it; where only its driver is known, that one counts as right."""
    if interface.triple is None:
        return interface._replace(expected=(interface.driver,) if interface.driver else ())
    if drivers is None:
        return interface._replace(expected=tabled_drivers(vendor, interface.triple, interface.role))
    found = tuple(drivers.binding(vendor, interface.triple))
    return interface._replace(
        expected=found or tabled_drivers(vendor, interface.triple, interface.role),
        available=drivers.can_drive(vendor, interface.triple),
    )
