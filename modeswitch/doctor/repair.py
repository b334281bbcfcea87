"""What can be repaired on this machine: from a snapshot to a :class:`~modeswitch.linux.binding.Repair`.  Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..linux.binding import Bind, Repair, Unbind
from ..linux.observe import Dynamic
from ..modem.roles import NETWORK, SERIAL
from .driver_facts import module_name
from .snapshot import InterfaceState, Snapshot


def plan_repair(snapshot: Snapshot) -> Repair | None:
    """The drivers to unbind and to bind, and the dynamic ids to remove; None where nothing can be repaired.

    Nothing of it loses data: storage is never part of it.
    """
    if not snapshot.is_live or snapshot.drivers is None:
        return None
    blocked = snapshot.observed.blocked
    broken = [one for one in snapshot.interfaces if _is_repairable(one) and one.number not in blocked]
    if not broken:
        return None
    usb_device = snapshot.device.usb
    folder = f"{usb_device.port}:{usb_device.active}"
    unbind = [
        Unbind(f"{folder}.{one.number}", one.driver or "", one.tty, one.networks if not one.tty else ())
        for one in broken
        if one.driver
    ]
    bind = [Bind(f"{folder}.{one.number}", one.expected) for one in broken if one.role != "data"]
    return Repair(str(usb_device.port), tuple(unbind), tuple(_removable_ids(snapshot)), tuple(bind))


def _is_repairable(interface: InterfaceState) -> bool:
    """Is its driver wrong or missing, and has this machine the right one?"""
    is_missing = interface.is_unbound and interface.role in (*NETWORK, *SERIAL)
    return (interface.has_wrong_driver or is_missing) and bool(interface.available) and bool(interface.expected)


def _removable_ids(snapshot: Snapshot) -> Iterator[Dynamic]:
    """The dynamic ids without which their driver keeps every interface that it should have."""
    for dynamic in snapshot.observed.dynamic:
        rightly_bound = [
            interface
            for interface in snapshot.interfaces
            if module_name(interface.driver) == module_name(dynamic.driver) and not interface.has_wrong_driver
        ]
        if all(interface.available and interface.has_expected_driver for interface in rightly_bound):
            yield dynamic
