"""Which driver each interface of a stick should have: by the machine's own modules.alias, else by the table."""

from __future__ import annotations

from collections.abc import Iterable

from ..modem.drivers import tabled_drivers
from ..modem.roles import HUAWEI, NETWORK, SERIAL
from ..usb.descriptors import Triple, UsbId
from ..values import TYPE_CHECKING
from .snapshot import InterfaceState

if TYPE_CHECKING:
    from ..usb.host import Drivers

HUAWEI_PCUI = tuple(Triple(0xFF, subclass, 0x12) for subclass in (0x01, 0x02, 0x03))
"""Ports of Huawei's that option alone binds.  Ref: tests/captures/29_kernel_6.1_huawei_bindings.txt."""


def with_expected_drivers(
    interfaces: Iterable[InterfaceState],
    usb: UsbId,
    drivers: Drivers | None,
    networks: tuple[str, ...],
    new_id: str = "",
) -> tuple[InterfaceState, ...]:
    """The interfaces of a device with the drivers that fit them; ``networks`` are the network interfaces of all of it.

    A data interface has the driver of the control interface before it.  ``new_id`` is the driver of its serial ports
    that does not know the id by itself.
    """
    done: list[InterfaceState] = []
    control: InterfaceState | None = None
    for interface in interfaces:
        if interface.role == "data" and control is not None:
            done.append(interface._replace(expected=control.expected, available=control.available))
            continue
        if interface.role in NETWORK:
            interface = interface._replace(networks=networks)
        fitting = _with_expected(interface, usb, drivers)
        taught = new_id and not fitting.expected and interface.role in SERIAL
        done.append(_with_new_id(fitting, new_id, drivers) if taught else fitting)
        control = done[-1] if interface.role in (*NETWORK, "acm") else None
    return tuple(done)


def _with_new_id(interface: InterfaceState, driver: str, drivers: Drivers | None) -> InterfaceState:
    """A serial port whose driver must be told of the id; the host has that driver where it drives Huawei's ports."""
    found = [drivers.can_drive(HUAWEI, port) for port in HUAWEI_PCUI] if drivers else [None]
    return interface._replace(expected=(driver,), available=True if True in found else found[0])


def _with_expected(interface: InterfaceState, usb: UsbId, drivers: Drivers | None) -> InterfaceState:
    """One interface with the drivers that fit it; where only its driver is known, that one counts as right."""
    triple, number = interface.triple, interface.number
    if triple is None:
        return interface._replace(expected=(interface.driver,) if interface.driver else ())
    if drivers is None:
        return interface._replace(expected=tabled_drivers(usb, triple, interface.role, number))
    found = tuple(drivers.binding(usb.vendor, triple, usb.product, number))
    return interface._replace(
        expected=found or tabled_drivers(usb, triple, interface.role, number),
        available=drivers.can_drive(usb.vendor, triple, usb.product, number),
    )
