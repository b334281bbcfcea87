"""What can be repaired on this machine: from a snapshot to a :class:`~modeswitch.linux.binding.Repair`.  Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..linux.binding import Bind, NewId, Repair, Unbind
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
    broken = [one for one in snapshot.interfaces if _is_repairable(one, snapshot.new_id) and one.number not in blocked]
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
    return Repair(str(usb_device.port), tuple(unbind), tuple(_removable_ids(snapshot)), tuple(bind), _new_ids(snapshot))


def _new_ids(snapshot: Snapshot) -> tuple[NewId, ...]:
    """The driver that must be told of the id, unless it was."""
    told = any(dynamic.driver == snapshot.new_id for dynamic in snapshot.observed.dynamic)
    return (NewId(snapshot.new_id, snapshot.device.id),) if snapshot.new_id and not told else ()


def _is_repairable(interface: InterfaceState, new_id: str) -> bool:
    """Is its driver wrong or missing, and has this machine the right one, or may have it and must tell it of the id?"""
    is_missing = interface.is_unbound and interface.role in (*NETWORK, *SERIAL)
    has_it = bool(interface.available) or (new_id in interface.expected and interface.available is None)
    return (interface.has_wrong_driver or is_missing) and has_it and bool(interface.expected)


def _removable_ids(snapshot: Snapshot) -> Iterator[Dynamic]:
    """The dynamic ids without which their driver keeps every interface that it should have."""
    for dynamic in snapshot.observed.dynamic:
        if dynamic.driver == snapshot.new_id:
            continue  # so it must be
        rightly_bound = [
            interface
            for interface in snapshot.interfaces
            if module_name(interface.driver) == module_name(dynamic.driver) and not interface.has_wrong_driver
        ]
        if all(interface.available and interface.has_expected_driver for interface in rightly_bound):
            yield dynamic
