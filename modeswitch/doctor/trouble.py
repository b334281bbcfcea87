"""Checks of causes outside USB modes: the supply, a hub's current, the bus, bandwidth, the host's controller.  Pure.

Of a text they judge what its lines tell of the port of the stick, of a hub above it, or of no port; of this machine
what the kernel shows in sysfs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .actions import Action
from .finding import Finding
from .pasted.values import Incident
from .snapshot import Snapshot

SUPPLY_BITS = {
    0: "under-voltage now",
    1: "the processor's clock is capped now",
    2: "throttled now",
    3: "the soft limit of temperature is reached now",
    16: "under-voltage since the start",
    17: "capped since the start",
    18: "throttled since the start",
    19: "the soft limit of temperature reached since the start",
}
"""The bits of what vcgencmd get_throttled prints.  Ref: raspberrypi.com/documentation, os.html, vcgencmd."""
UNDER_VOLTAGE_NOW, UNDER_VOLTAGE_SINCE = 1 << 0, 1 << 16
OFTEN = 3
"""How often under-voltage must have come back so that it is no matter of one moment."""

SUPPLY_WHY = (
    "The voltage falls below some 4.63 V when the stick sends: it then disconnects, or never comes back from a switch.",
    "A supply that is too weak, or a thin cable to it, is the cause; not the mode of the stick.",
)
SUPPLY_COMMANDS = (
    "# the supply that the board's maker names, or a hub with a supply of its own; then: dmesg -w",
    "vcgencmd get_throttled   # on a Raspberry Pi: 0x0 is well",
)
BUS_WHY = ("Such errors come from power, cable, hub or port; a stick takes up to 500 mA, and more when it sends.",)
BUS_COMMANDS = ("# another port or cable, or a hub with a power supply of its own; then: dmesg -w",)


def check_under_voltage(snapshot: Snapshot) -> Iterator[Finding]:
    """The supply of the board is too weak, now or at some time."""
    if snapshot.observed.under_voltage:
        yield Finding(
            "under-voltage",
            "problem",
            "this machine reports under-voltage: its supply is too weak",
            SUPPLY_WHY,
            SUPPLY_COMMANDS,
        )
    low, bits = _of_kind(snapshot, "under-voltage"), _bits(snapshot)
    count = sum(one.times for one in low)
    if not count and not bits & (UNDER_VOLTAGE_NOW | UNDER_VOLTAGE_SINCE):
        return
    normal = max((one.last for one in _of_kind(snapshot, "voltage-normal")), default=0)
    is_past = (not low or normal > max(one.last for one in low)) and not bits & UNDER_VOLTAGE_NOW
    times = f", {_times(count)}" if count > 1 else ""
    told = f" (throttled={bits:#x}: {_decoded(bits)})" if bits else ""
    if is_past and count < OFTEN and not _has_failed(snapshot):
        yield Finding(
            "under-voltage",
            "note",
            f"under-voltage was detected{times}, and is over{told}",
            SUPPLY_WHY[:1],
            SUPPLY_COMMANDS,
        )
    else:
        yield Finding(
            "under-voltage",
            "problem",
            f"under-voltage: the supply is too weak{times}{told}",
            SUPPLY_WHY,
            SUPPLY_COMMANDS,
        )


def check_throttled(snapshot: Snapshot) -> Iterator[Finding]:
    """The board slows down, for another reason than its supply."""
    bits = _bits(snapshot) & ~(UNDER_VOLTAGE_NOW | UNDER_VOLTAGE_SINCE)
    if bits and bits == _bits(snapshot):
        yield Finding(
            "throttled", "note", f"throttled={bits:#x}: {_decoded(bits)}", ("That is heat, and no matter of USB.",)
        )


def check_over_current(snapshot: Snapshot) -> Iterator[Finding]:
    """A hub has cut a port off, since more current was drawn there than it gives."""
    seen = snapshot.observed.over_currents
    why = (
        "A hub cuts a port off when the device draws more than the port gives: the stick, or another one beside it.",
    )
    if seen:
        yield Finding(
            "over-current",
            "note",
            f"its port has been cut off for over-current {_times(seen)} since the start",
            why,
            BUS_COMMANDS,
        )
    found = _of_kind(snapshot, "over-current")
    near = [one for one in found if _is_near(one, snapshot)]
    if near or (found and _has_left(snapshot)):
        named = near or found
        yield Finding(
            "over-current",
            "problem",
            f"over-current{_at(named)}, {_times(sum(one.times for one in named))}: a hub has cut off its power",
            why,
            BUS_COMMANDS,
        )
    elif found:
        yield Finding("over-current", "note", f"over-current{_at(found)}, which is not its port", why, BUS_COMMANDS)


def check_bus_errors(snapshot: Snapshot) -> Iterator[Finding]:
    """The transmission fails: EPROTO, ETIMEDOUT, EPIPE, ETIME, or no device can be made of what is plugged in."""
    found = [one for one in _incidents(snapshot) if one.kind.startswith("-") or one.kind == "enumeration"]
    by_port: dict[str, list[Incident]] = {}
    for one in found:
        if _is_near(one, snapshot):
            by_port.setdefault(one.port, []).append(one)
    for port, same in by_port.items():
        numbers = {one.kind: one.times for one in same if one.kind.startswith("-")}
        count = sum(numbers.values()) or sum(one.times for one in same)
        parts = ", ".join(f"{number} {_times(times)}" for number, times in numbers.items()) if count > 1 else ""
        yield Finding(
            "bus-errors",
            "problem",
            f"the bus itself fails{_at(same)}{f', {_times(count)}' if count > 1 else ''}"
            f"{f' ({parts})' if len(numbers) > 1 else ''}: {same[0].message.removeprefix(f'usb {port}: ')}",
            BUS_WHY,
            BUS_COMMANDS,
        )


def check_bus_power(snapshot: Snapshot) -> Iterator[Finding]:
    """The hub may not give as much as the stick says that it needs."""
    for one in _near(snapshot, "bus-power"):
        yield Finding(
            "bus-power",
            "problem",
            f"its hub gives less power than it declares to need{_at([one])}: no configuration was chosen",
            ("A hub without a supply of its own gives 100 mA a port, and most sticks declare 500 mA (bMaxPower).",),
            (
                "# a port of the machine itself, or a hub with a supply of its own",
                f"echo 1 > /sys/bus/usb/devices/{one.port or 'PORT'}/bConfigurationValue   # at your own risk",
            ),
        )


def check_resources(snapshot: Snapshot) -> Iterator[Finding]:
    """The host has no bandwidth, or no room in its controller, for the configuration."""
    for one in _near(snapshot, "bandwidth"):
        yield Finding(
            "bandwidth",
            "problem",
            f"the bus has no bandwidth left for it (-28){_at([one])}: {one.message}",
            ("Cameras, sound cards and hubs of USB 1.1 reserve it, and all of one bus share it.",),
            ("# another bus (a port of another controller), or unplug what reserves the bandwidth",),
            (Action("describe"),),
        )
    for one in _near(snapshot, "host-resources"):
        yield Finding(
            "host-resources",
            "problem",
            f"the host's controller has no room left (-12){_at([one])}: {one.message}",
            (
                "An xHCI controller has a fixed number of endpoints; a modem with many ports takes a dozen of them.",
                "dwc_otg and dwc2 (Raspberry Pi to 3) have eight channels.",
            ),
            ("# fewer devices on that controller, or another controller",),
            (Action("describe"),),
        )


def check_no_configuration(snapshot: Snapshot) -> Iterator[Finding]:
    """By the log the system could not choose or set a configuration."""
    for one in _near(snapshot, "unconfigured"):
        folder = f"/sys/bus/usb/devices/{one.port or 'PORT'}"
        yield Finding(
            "unconfigured",
            "problem",
            f"the system could not configure it{_at([one])}: {one.message}",
            ("Without an active configuration no interface of it can be used.",),
            (f"cat {folder}/bConfigurationValue", f"echo 1 > {folder}/bConfigurationValue", "dmesg | tail -50"),
        )


def check_controller(snapshot: Snapshot) -> Iterator[Finding]:
    """The host's USB controller lacks its firmware, or died."""
    for one in _of_kind(snapshot, "controller-firmware")[:1]:
        is_file = "/" in one.message or "." in one.message.rpartition(" ")[2]
        name = one.message if is_file and " " not in one.message else "its firmware"
        yield Finding(
            "controller-firmware",
            "problem",
            f"the host's USB controller lacks {name}: none of its ports works",
            ("The kernel found no such file below /lib/firmware; the stick is not at fault.",),
            (
                "ls /lib/firmware",
                "# install the package with that file (or take it from the controller's maker), then start again",
            ),
        )
    for one in _of_kind(snapshot, "controller-died")[:1]:
        yield Finding(
            "controller-died",
            "problem",
            f"the host's USB controller has died: {one.message}",
            ("All devices on it are gone until it is started again; power or the controller's driver is the cause.",),
            ("# start the machine again; a hub with a supply of its own, or a newer kernel",),
        )


TROUBLE = (
    check_under_voltage,
    check_controller,
    check_over_current,
    check_bus_power,
    check_resources,
    check_bus_errors,
    check_no_configuration,
    check_throttled,
)
"""The checks in the order in which a person should read what they find: causes before what comes of them."""


def _incidents(snapshot: Snapshot) -> tuple[Incident, ...]:
    return snapshot.text.incidents if snapshot.text else ()


def _of_kind(snapshot: Snapshot, kind: str) -> list[Incident]:
    return [one for one in _incidents(snapshot) if one.kind == kind]


def _near(snapshot: Snapshot, kind: str) -> list[Incident]:
    return [one for one in _of_kind(snapshot, kind) if _is_near(one, snapshot)]


def _is_near(incident: Incident, snapshot: Snapshot) -> bool:
    """Is it of the stick's port or its other half, or of a hub above?  Yes where a port is unknown."""
    if not incident.port or not snapshot.port:
        return True
    mine, other = snapshot.port.partition("-")[2], incident.port.partition("-")[2]
    is_above = snapshot.port.startswith(f"{incident.port}.")
    return mine == other or is_above


def _has_left(snapshot: Snapshot) -> bool:
    return snapshot.pasted is not None and (snapshot.pasted.disconnected or snapshot.pasted.departures > 1)


def _has_failed(snapshot: Snapshot) -> bool:
    """Does the text tell of what too little power does: errors of the bus, over-current, departures?"""
    is_failing = any(
        one.kind.startswith("-") or one.kind in ("over-current", "enumeration") for one in _incidents(snapshot)
    )
    return is_failing or _has_left(snapshot)


def _bits(snapshot: Snapshot) -> int:
    """All bits that vcgencmd has shown."""
    found = 0
    for one in _of_kind(snapshot, "throttled"):
        found |= int(one.message, 16)
    return found


def _decoded(bits: int) -> str:
    return ", ".join(words for bit, words in SUPPLY_BITS.items() if bits >> bit & 1) or "nothing that is known"


def _at(incidents: Iterable[Incident]) -> str:
    ports = list(dict.fromkeys(one.port for one in incidents if one.port))[:4]
    return f" at port{'s' if len(ports) > 1 else ''} {', '.join(ports)}" if ports else ""


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
