"""``modeswitch list``: what is on the bus."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from ..identity.device import Device, called
from ..identity.find import describe, survey
from ..printable import printable
from ..usb.device import Disk
from . import setting
from .show import Show

MOST_POINTS = 8
"""How many mount points of one disk are shown."""


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Show every stick, and with ``-v`` every device and its interfaces."""
    library = setting.library(arguments)
    with setting.bus(arguments) as bus:
        found = survey(bus, library)
        for problem in library.problems:
            show.warn(problem)
        shown = [device for device in found if arguments.verbose or device.may_be_stick]
        if not shown and not show.json:
            show.progress("no stick on the bus" + (" (other devices are shown with -v)" if found else ""))
        for device in shown:
            described = describe(device, bus)
            if show.json:
                show.emit("device", **described.to_dict())
                continue
            for line in _lines(described, arguments.verbose):
                show.result(line)
    return 0


def _lines(device: Device, verbose: int) -> Iterator[str]:
    """What a person wants at a glance: AT port, network and mounts; with ``verbose`` each interface, too."""
    names = called(device.usb.strings, device.product)
    state = f"unreadable: {device.usb.problem}" if device.usb.problem else device.mode or "-"
    mounted = [_disk(disk) for one in device.interfaces for disk in one.disks if disk.points]
    glance = " ".join([*filter(None, [device.at_port]), *map(printable, device.networks), *mounted]) or "-"
    yield f"{device.port!s:10} {device.id}  {state:13} {glance:18} {printable(names)}"
    for one in device.interfaces if verbose else ():
        nodes = " ".join([*filter(None, (one.tty, one.wdm)), *map(printable, one.networks), *map(_disk, one.disks)])
        what = f"{'':10} interface {one.number}  {one.triple}  {one.role:8}"
        yield f"{what} {one.driver or '(no driver)':16} {nodes}".rstrip()


def _disk(disk: Disk) -> str:
    """A disk and where it is mounted; a mount point is as long as a path may be."""
    return " ".join([printable(disk.device), *(f"on {printable(point, 100)}" for point in disk.points[:MOST_POINTS])])
