"""``modeswitch doctor``: what a stick is, what is wrong with it here or in a pasted text, why, and the next command."""

from __future__ import annotations

import argparse
import sys

from ..database.library import Library
from ..doctor.checks import diagnose, verdict
from ..doctor.driver_facts import TABLE_DATE
from ..doctor.finding import Finding
from ..doctor.live_snapshot import snapshot_of
from ..doctor.pasted.files import is_text_file, read_file
from ..doctor.pasted.values import PastedDevice, PastedText
from ..doctor.pasted_snapshot import choose_devices, snapshot_of_pasted
from ..doctor.repair import plan_repair
from ..doctor.snapshot import Snapshot
from ..doctor.text import MOST_NAMED, snapshot_lines, text_lines
from ..errors import NoDevice, Refused, UsageError
from ..identity.device import Device
from ..identity.find import absent, find, survey
from ..identity.recognise import recognise
from ..linux.observe import Roots
from ..printable import printable
from ..usb.bus import Bus
from ..usb.descriptors import Port
from ..values import TYPE_CHECKING
from . import setting
from .show import Show

if TYPE_CHECKING:
    from ..usb.host import Drivers

ROOTS = Roots()
"""Where this machine is looked at."""
STDIN = "-"
UNCLEAR = 9
"""The exit status where a text does not tell whether there is a problem."""
NO_MODEM = "Plug it in again and look at dmesg: 'error -71' is power or cable, nothing at all is the port."
Snapshotted = tuple[Snapshot, list[Finding]]
"""A stick and what was found of it."""


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Diagnose each stick or text that is named, all sticks on the bus where none is.

    Returns 1 where a problem was found and is still there, else 9 where a text does not tell whether there is one.
    Raises :class:`NoDevice` where no stick is there, or in the texts.
    """
    library, drivers = setting.library(arguments), setting.drivers(arguments)
    texts = [name for name in arguments.what if name == STDIN or is_text_file(name)]
    if texts and arguments.fix:
        raise Refused(
            "what is wrong on another machine cannot be put right from here",
            hint="Run modeswitch doctor DEVICE --fix there.",
        )
    found: list[Snapshotted] = []
    for name in texts:
        found += _diagnose_text(name, library, drivers, show)
    names = [name for name in arguments.what if name not in texts]
    if names or not texts:
        with setting.bus(arguments) as bus:
            for device in _sticks(names, arguments, bus, library):
                found.append(_diagnose_stick(device, bus, library, drivers, show, fix=arguments.fix))
    for problem in library.problems:
        show.warn(problem)
    verdicts = [verdict(findings) for _, findings in found]
    if set(verdicts) == {"other"}:
        what = ", ".join(str(snapshot.id or snapshot) for snapshot, _ in found[:MOST_NAMED])
        raise NoDevice(f"there is no modem in the text, only {what}", hint=NO_MODEM)
    if show.json:
        problems = sum(finding.level == "problem" for _, findings in found for finding in findings)
        show.emit("done", result="diagnosed", problems=problems, unclear=verdicts.count("unclear"))
    return 1 if "problem" in verdicts else UNCLEAR if "unclear" in verdicts else 0


# A stick on the bus.


def _sticks(names: list[str], arguments: argparse.Namespace, bus: Bus, library: Library) -> list[Device]:
    """The sticks that are named, else every stick on the bus; of these the one at ``--port`` where that is given."""
    found = _named(names, bus, library) if names else _all_sticks(bus, library)
    if not arguments.port:
        return found
    port = Port.parse(arguments.port)
    chosen = [device for device in found if device.port == port]
    if not chosen:
        what = " or ".join(map(printable, names)) or "a stick"
        raise NoDevice(f"nothing at port {port} is {what}", hint="See what is there: modeswitch list", port=str(port))
    return chosen


def _all_sticks(bus: Bus, library: Library) -> list[Device]:
    found = [device for device in survey(bus, library) if device.may_be_stick]
    if not found:
        raise absent(bus, "there is no stick on the bus", NO_MODEM)
    return found


def _named(names: list[str], bus: Bus, library: Library) -> list[Device]:
    try:
        return [device for name in names for device in find(name, bus, library)]
    except UsageError as error:
        raise error.located(hint="A device, or a file that exists (- for standard input).") from error


def _diagnose_stick(
    device: Device, bus: Bus, library: Library, drivers: Drivers | None, show: Show, *, fix: bool
) -> Snapshotted:
    """Show what is found, with ``fix`` after the repair, and return it."""
    show.port = str(device.port)
    snapshot = snapshot_of(device, bus, drivers, ROOTS)
    if fix and _repair(snapshot, show):
        seen = bus.at(device.port)
        if seen is not None:
            snapshot = snapshot_of(recognise(seen, library), bus, drivers, ROOTS)
    return _show(snapshot, diagnose(snapshot), show)


def _repair(snapshot: Snapshot, show: Show) -> bool:
    """Repair what can be repaired; False where that is nothing."""
    repair = plan_repair(snapshot)
    if repair is None:
        show.progress(f"{snapshot}: there is nothing that can be put right here")
        return False
    from ..linux.binding import Binder

    Binder(lambda line: show.progress(f"{show.port}: {line}"), ROOTS.sys, ROOTS.proc).repair(repair)
    return True


# A pasted text.


def _diagnose_text(name: str, library: Library, drivers: Drivers | None, show: Show) -> list[Snapshotted]:
    """Show what is found of the devices of a text, then how much of it was read; return the first."""
    if name == STDIN and sys.stdin is None:
        raise UsageError("standard input is closed", hint="As in: dmesg | modeswitch doctor -")
    text = read_file(name, sys.stdin.buffer if name == STDIN else None)
    chosen, others = choose_devices(text, library)
    shown_name = "standard input" if name == STDIN else printable(name)
    if not chosen:
        _show_text(shown_name, text, others, show)
        raise NoDevice(
            f"no USB device can be read from {shown_name}",
            hint="What helps most is the output of usb-devices (on OpenWrt: cat /sys/kernel/debug/usb/devices), then "
            "dmesg, lsusb -v or lsusb -t.",
        )
    is_only = len(chosen) == 1
    snapshots = [snapshot_of_pasted(pasted, text, library, drivers, is_only=is_only) for pasted in chosen]
    found = [_show(snapshot, diagnose(snapshot), show) for snapshot in snapshots]
    _show_text(shown_name, text, others, show)
    return found


# What is shown.


def _show_text(name: str, text: PastedText, others: list[PastedDevice], show: Show) -> None:
    """Show how much of a text was understood."""
    if not show.json:
        for line in text_lines(name, text, others):
            show.result(line)
        return
    show.emit(
        "read",
        file=name,
        lines=text.lines,
        understood=text.understood,
        forms=list(text.forms),
        kernel=text.kernel or None,
        system=text.system or None,
        strange=list(text.not_understood),
        cut=text.truncated,
        others=[str(device.id or device) for device in others],
    )


def _show(snapshot: Snapshot, findings: list[Finding], show: Show) -> Snapshotted:
    """Show a stick and what was found."""
    if show.json:
        show.emit("stick", verdict=verdict(findings), **_facts(snapshot))
        for finding in findings:
            show.emit("finding", device=snapshot.target, **_told(finding))
    else:
        for line in snapshot_lines(snapshot, findings, full=show.verbose > 0):
            show.result(line)
    return snapshot, findings


def _told(finding: Finding) -> dict[str, object]:
    """A finding as facts; what is wanted as words."""
    return {**finding._asdict(), "wants": [str(action) for action in finding.wants]}


def _facts(snapshot: Snapshot) -> dict[str, object]:
    profile, product = snapshot.device.profile, snapshot.device.product
    return {
        "port": snapshot.target if snapshot.target != str(snapshot.id) else None,
        "id": str(snapshot.id) if snapshot.id else None,
        "mode": snapshot.device.mode,
        "standing": snapshot.standing.kind if snapshot.standing else None,
        "history": snapshot.history or None,
        "family": profile.name if profile else None,
        "names": list(product.names) if product else [],
        "networks": list(snapshot.networks),
        "facts_from": "modules.alias" if snapshot.drivers else TABLE_DATE,
        "interfaces": [
            {
                "number": interface.number,
                "class": str(interface.triple) if interface.triple else None,
                "role": interface.role,
                "driver": interface.driver,
                "should": list(interface.expected),
            }
            for interface in snapshot.interfaces
        ],
    }
