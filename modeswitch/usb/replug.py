"""Waiting for a port to leave and to come back: by events of the bus, with a deadline, and by what is seen there.

Ref: only the port path survives a re-enumeration; address, ids and strings may all be other ones.
"""

from __future__ import annotations

from collections.abc import Callable

from ..errors import NotBack, SwitchFailed, TransferError
from ..values import NamedTuple
from .bus import Bus
from .descriptors import Port
from .device import UsbDevice


class Wait(NamedTuple):
    """How long to wait, on the bus' own clock (seconds).

    ``until`` is the last moment; ``leave_by`` the last moment to leave for a stick whose answer was already a no
    (``doubt``), which is then raised.  ``tick`` makes ``waiting`` be told at least that often.
    """

    until: float
    doubt: TransferError | None = None
    leave_by: float = 0.0
    tick: float | None = None


SETTLE = 3.0
"""How long after a stick's arrival its drivers may take to make ttys and network interfaces of it, in seconds."""
LOOK = 0.05
"""How soon to look again for what no event of the bus tells of, in seconds."""
MOST_OTHERS = 4
"""How many devices at other ports an error names."""
LONGEST_WAIT = 1.0
"""How soon to look again where events should tell, in seconds: one may be lost, and in some containers none comes."""


def await_drivers(bus: Bus, usb_device: UsbDevice, numbers: list[int], made: Callable[[], bool], until: float) -> bool:
    """Wait until ``made`` says that the drivers have made what is wanted of these interfaces; did they?

    Does not wait where this host has no driver for any of them.
    """
    bus.listen()
    while not made():
        if bus.now() >= until or not any(_drivable(bus, usb_device, number) for number in numbers):
            return False
        bus.wait(min(LOOK, until - bus.now()))
    return True


def _drivable(bus: Bus, usb_device: UsbDevice, number: int) -> bool:
    """Has the interface a driver, which may still be at work, or has this host one for it?"""
    drivers, configuration = bus.host.drivers(), usb_device.configuration
    if drivers is None or configuration is None:
        return False
    nodes = bus.host.nodes(usb_device).get(number)
    if nodes is not None and nodes.driver is not None:
        return True
    vendor, product = usb_device.id
    triples = [one.triple for one in configuration.functions if one.number == number]
    return any(drivers.binding(vendor, triple, product, number) for triple in triples)


def await_leave(bus: Bus, before: UsbDevice, until: float) -> bool:
    """Wait until what was at the port is there no more, at most until that moment of the bus' clock; is it gone?"""
    return _await(bus, before.port, until, lambda seen: seen is None or seen.address != before.address).came


def await_address(bus: Bus, before: UsbDevice, until: float) -> UsbDevice | None:
    """What is at the port under another address and configured, at the latest then; None where nothing is."""

    def is_back(seen: UsbDevice | None) -> bool:
        return seen is not None and seen.address != before.address and seen.configuration is not None

    came, seen = _await(bus, before.port, until, is_back)
    return seen if came else None


class _Awaited(NamedTuple):
    """Did what was waited for come to a port, and what was seen there last?"""

    came: bool
    seen: UsbDevice | None


def _await(bus: Bus, port: Port, until: float, awaited: Callable[[UsbDevice | None], bool]) -> _Awaited:
    """Look at a port until what is there is what is ``awaited``, at most until that moment of the bus' clock."""
    bus.listen()
    while True:
        seen = bus.at(port)
        if awaited(seen):
            return _Awaited(True, seen)
        if bus.now() >= until:
            return _Awaited(False, seen)
        bus.wait(min(until - bus.now(), LONGEST_WAIT))


def await_return(bus: Bus, before: UsbDevice, patience: Wait, tell: Callable[..., None]) -> UsbDevice:
    """What is at the port of ``before`` when that has changed and is configured.

    Tells ``left``, ``waiting`` (with ``seconds`` left) and ``back``.  Raises :class:`NotBack` when it stays away,
    :class:`SwitchFailed` when it never left, or the doubt.
    """
    end = _await_change(bus, before, patience, tell)
    if end.changed is None:
        raise _too_late(before, end)
    return end.changed


def await_change(
    bus: Bus, before: UsbDevice, until: float, tell: Callable[..., None], tick: float | None = None
) -> UsbDevice | None:
    """What is at the port of ``before`` once that is another enumeration or configuration; None where it stays.

    Tells ``left``, ``waiting`` and ``back``.  Raises :class:`NotBack` where it is gone when the time is over.
    """
    end = _await_change(bus, before, Wait(until, tick=tick), tell)
    if end.seen is None:
        raise _too_late(before, end)
    return end.changed


class _End(NamedTuple):
    """How a wait for a port ended: what was ``seen`` there last, the same where that is what was waited for.

    ``others`` are the devices of its vendor that came elsewhere meanwhile.
    """

    seen: UsbDevice | None
    changed: UsbDevice | None
    left: bool
    others: tuple[UsbDevice, ...] = ()


def _await_change(bus: Bus, before: UsbDevice, patience: Wait, tell: Callable[..., None]) -> _End:
    """Wait for another enumeration or configuration at a port, until the time is over; raises the doubt alone.

    A stick that has left is looked for in the other ports of its connector, too.
    """
    left = False
    peers: list[Port] = []
    there: dict[Port, int] = {}
    bus.listen()
    while True:
        seen = bus.at(before.port)
        if seen is None and not left:
            left = True
            peers, there = bus.host.peers(before.port), bus.present()
            tell("left", port=str(before.port))
        if seen is None:
            seen = next((one for peer in peers if (one := bus.at(peer)) and one.address != there.get(peer)), None)
        if seen is not None and _settled(seen, before):
            tell("back", port=str(seen.port), id=str(seen.id))
            return _End(seen, seen, left)
        now = bus.now()
        stays = seen is not None and seen.address == before.address
        if patience.doubt is not None and stays and not left and now >= patience.leave_by:
            raise patience.doubt
        if now >= patience.until:
            return _End(seen, None, left, _newcomers(bus, before, there) if left and seen is None else ())
        tell("waiting", seconds=round(patience.until - now, 1))
        limit = patience.leave_by if patience.doubt is not None and not left and stays else patience.until
        pause = limit - now if patience.tick is None else min(limit - now, patience.tick)
        bus.wait(min(pause, LONGEST_WAIT))


def _newcomers(bus: Bus, before: UsbDevice, there: dict[Port, int]) -> tuple[UsbDevice, ...]:
    """The devices of its vendor that came to other ports since it left."""
    new = [one for one in bus.scan() if there.get(one.port) != one.address and one.port != before.port]
    return tuple(one for one in new if one.id.vendor == before.id.vendor)


def _settled(seen: UsbDevice, before: UsbDevice) -> bool:
    """Is it another enumeration or configuration than before, and ready?

    At its old address a device that cannot be read is one that is leaving; at a new one it is one that cannot be read.
    """
    if seen.configuration is not None:
        asked = before._replace(scsi=seen.scsi, strings=before.strings if any(seen.strings) else seen.strings)
        return seen != asked
    return bool(seen.problem) and seen.address != before.address


def _too_late(before: UsbDevice, end: _End) -> NotBack | SwitchFailed:
    seen, where = end.seen, f"{before.id} at {before.port}"
    facts = {"port": str(before.port), "id": str(before.id)}
    if seen is None:
        elsewhere = ", ".join(f"{one.id} at {one.port}" for one in end.others[:MOST_OTHERS])
        return NotBack(
            f"{where} left and did not come back in time"
            + (f"; meanwhile came {elsewhere}, which may be it" if elsewhere else ""),
            hint=f"Look at it there: modeswitch list -v {end.others[0].port}"
            if elsewhere
            else "Some need longer: try --timeout 60. Else plug it in again; a weak port or cable looks the same.",
            **facts,
        )
    if seen.address != before.address or end.left:
        return NotBack(
            f"{where} is back as {seen.id}, but the system has not configured it",
            hint="Something keeps it blocked: look at 'authorized' in sysfs, and at USBGuard's rules.",
            port=str(seen.port),
            id=str(seen.id),
        )
    return SwitchFailed(
        f"{where} took the message and stayed as it was",
        hint="Plug it in again and retry: firmware that has seen one wrong message is deaf until then.",
        **facts,
    )
