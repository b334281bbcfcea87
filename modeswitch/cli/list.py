"""``modeswitch list``: what is on the bus."""

from __future__ import annotations

import argparse

from ..find import survey
from ..linux.sysfs import driver_of
from . import setting
from .show import Show


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Show every stick, and with ``-v`` every device."""
    library, bus = setting.library(arguments), setting.bus(arguments)
    found = survey(bus, library)
    bus.close()
    for problem in library.problems:
        show.warn(problem)
    shown = [known for known in found if arguments.verbose or known.profile or known.mode or known.sighting.problem]
    if not shown and not show.json:
        show.progress("no stick on the bus" + (" (other devices are shown with -v)" if found else ""))
    for known in shown:
        sighting = known.sighting
        roles = [(interface, role, driver_of(sighting, interface.number)) for interface, role in known.roles]
        if show.json:
            show.emit(
                "device",
                port=str(sighting.port),
                id=str(sighting.id),
                mode=known.mode,
                family=known.profile.name if known.profile else None,
                names=list(known.product.names) if known.product else [],
                strings=list(sighting.strings),
                problem=sighting.problem or None,
                interfaces=[
                    {"number": interface.number, "class": str(interface.triple), "role": role, "driver": driver}
                    for interface, role, driver in roles
                ],
            )
            continue
        names = ", ".join(known.product.names) if known.product else " ".join(filter(None, sighting.strings[:2]))
        state = f"unreadable: {sighting.problem}" if sighting.problem else known.mode or "-"
        show.result(f"{sighting.port!s:10} {sighting.id}  {state:13} {names}")
        if arguments.verbose:
            for interface, role, driver in roles:
                show.result(
                    f"{'':10} interface {interface.number}  {interface.triple}  {role:8} {driver or '(no driver)'}"
                )
    return 0
