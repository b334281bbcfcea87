"""``modeswitch list``: what is on the bus."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from ..identity.find import survey
from ..identity.recognise import Known
from ..printable import printable
from ..usb.bus import Bus
from ..usb.nodes import at_port, made
from ..usb.sighting import Disk
from . import setting
from .show import Show

MOST = 200
"""How much of a string that a device chose is shown, in characters."""
MOST_POINTS = 8
"""How many mount points of one disk are shown."""


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Show every stick, and with ``-v`` every device and its interfaces."""
    library, bus = setting.library(arguments), setting.bus(arguments)
    found = survey(bus, library)
    for problem in library.problems:
        show.warn(problem)
    shown = [known for known in found if arguments.verbose or known.profile or known.mode or known.sighting.problem]
    if not shown and not show.json:
        show.progress("no stick on the bus" + (" (other devices are shown with -v)" if found else ""))
    for known in shown:
        if show.json:
            show.emit("device", **_facts(known, bus))
            continue
        for line in _lines(known, bus, arguments.verbose):
            show.result(line)
    return 0


def _facts(known: Known, bus: Bus) -> dict[str, object]:
    sighting, of = known.sighting, made(known, bus)
    return {
        "port": str(sighting.port),
        "id": str(sighting.id),
        "mode": known.mode,
        "family": known.profile.name if known.profile else None,
        "names": list(known.product.names) if known.product else [],
        "strings": [text[:MOST] for text in bus.strings(sighting)],
        "problem": sighting.problem or None,
        "at": at_port(known, of) or None,
        "networks": [name for one in of.values() for name in one.networks],
        "interfaces": [
            {
                "number": interface.number,
                "class": str(interface.triple),
                "role": role,
                "driver": of[interface.number].driver,
                "tty": of[interface.number].tty or None,
                "wdm": of[interface.number].wdm or None,
                "networks": list(of[interface.number].networks),
                "disks": [{"device": disk.device, "mounted": list(disk.points)} for disk in of[interface.number].disks],
            }
            for interface, role in known.roles
        ],
    }


def _lines(known: Known, bus: Bus, verbose: int) -> Iterator[str]:
    """What a person wants at a glance: AT port, network and mounts; with ``verbose`` each interface, too."""
    sighting, of = known.sighting, made(known, bus)
    names = ", ".join(known.product.names) if known.product else " ".join(filter(None, bus.strings(sighting)[:2]))
    state = f"unreadable: {sighting.problem}" if sighting.problem else known.mode or "-"
    networks = [name for one in of.values() for name in one.networks]
    mounted = [_disk(disk) for one in of.values() for disk in one.disks if disk.points]
    glance = " ".join([*filter(None, [at_port(known, of)]), *map(printable, networks), *mounted]) or "-"
    yield f"{sighting.port!s:10} {sighting.id}  {state:13} {glance:18} {printable(names)}"
    for interface, role in known.roles if verbose else ():
        one = of[interface.number]
        came = " ".join([*filter(None, (one.tty, one.wdm)), *map(printable, one.networks), *map(_disk, one.disks)])
        what = f"{'':10} interface {interface.number}  {interface.triple}  {role:8}"
        yield f"{what} {one.driver or '(no driver)':16} {came}".rstrip()


def _disk(disk: Disk) -> str:
    """A disk and where it is mounted; a mount point is as long as a path may be."""
    return " ".join([printable(disk.device), *(f"on {printable(point, 100)}" for point in disk.points[:MOST_POINTS])])
