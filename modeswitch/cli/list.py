"""``modeswitch list``: what is on the bus."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from ..identity.find import survey
from ..identity.recognise import Device
from ..modem.carriers import at_port
from ..printable import printable
from ..usb.bus import Bus
from ..usb.device import Disk
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
    shown = [device for device in found if arguments.verbose or device.profile or device.mode or device.usb.problem]
    if not shown and not show.json:
        show.progress("no stick on the bus" + (" (other devices are shown with -v)" if found else ""))
    for device in shown:
        if show.json:
            show.emit("device", **_facts(device, bus))
            continue
        for line in _lines(device, bus, arguments.verbose):
            show.result(line)
    return 0


def _facts(device: Device, bus: Bus) -> dict[str, object]:
    usb_device = device.usb
    of = bus.host.nodes(usb_device)
    return {
        "port": str(usb_device.port),
        "id": str(usb_device.id),
        "mode": device.mode,
        "family": device.profile.name if device.profile else None,
        "names": list(device.product.names) if device.product else [],
        "strings": [text[:MOST] for text in bus.strings(usb_device)],
        "problem": usb_device.problem or None,
        "at": at_port(device.roles, of) or None,
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
            for interface, role in device.roles
        ],
    }


def _lines(device: Device, bus: Bus, verbose: int) -> Iterator[str]:
    """What a person wants at a glance: AT port, network and mounts; with ``verbose`` each interface, too."""
    usb_device = device.usb
    of = bus.host.nodes(usb_device)
    names = ", ".join(device.product.names) if device.product else " ".join(filter(None, bus.strings(usb_device)[:2]))
    state = f"unreadable: {usb_device.problem}" if usb_device.problem else device.mode or "-"
    networks = [name for one in of.values() for name in one.networks]
    mounted = [_disk(disk) for one in of.values() for disk in one.disks if disk.points]
    glance = " ".join([*filter(None, [at_port(device.roles, of)]), *map(printable, networks), *mounted]) or "-"
    yield f"{usb_device.port!s:10} {usb_device.id}  {state:13} {glance:18} {printable(names)}"
    for interface, role in device.roles if verbose else ():
        one = of[interface.number]
        came = " ".join([*filter(None, (one.tty, one.wdm)), *map(printable, one.networks), *map(_disk, one.disks)])
        what = f"{'':10} interface {interface.number}  {interface.triple}  {role:8}"
        yield f"{what} {one.driver or '(no driver)':16} {came}".rstrip()


def _disk(disk: Disk) -> str:
    """A disk and where it is mounted; a mount point is as long as a path may be."""
    return " ".join([printable(disk.device), *(f"on {printable(point, 100)}" for point in disk.points[:MOST_POINTS])])
