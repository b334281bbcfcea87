"""``modeswitch list``: what is on the bus."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from ..bus import Bus
from ..find import survey
from ..recognise import Known
from . import setting
from .show import Show


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
    sighting = known.sighting
    return {
        "port": str(sighting.port),
        "id": str(sighting.id),
        "mode": known.mode,
        "family": known.profile.name if known.profile else None,
        "names": list(known.product.names) if known.product else [],
        "strings": list(bus.strings(sighting)),
        "problem": sighting.problem or None,
        "interfaces": [
            {
                "number": interface.number,
                "class": str(interface.triple),
                "role": role,
                "driver": bus.driver(sighting, interface.number),
            }
            for interface, role in known.roles
        ],
    }


def _lines(known: Known, bus: Bus, verbose: int) -> Iterator[str]:
    sighting = known.sighting
    names = ", ".join(known.product.names) if known.product else " ".join(filter(None, bus.strings(sighting)[:2]))
    state = f"unreadable: {sighting.problem}" if sighting.problem else known.mode or "-"
    yield f"{sighting.port!s:10} {sighting.id}  {state:13} {names}"
    for interface, role in known.roles if verbose else ():
        driver = bus.driver(sighting, interface.number) or "(no driver)"
        yield f"{'':10} interface {interface.number}  {interface.triple}  {role:8} {driver}"
