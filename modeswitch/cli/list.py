"""``modeswitch list``: what is on the bus."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterable, Iterator

from ..identity.device import Device
from ..identity.find import absent, find, survey
from ..printable import printable
from ..service.state import states
from ..usb.device import Disk
from ..values import NamedTuple
from . import setting
from .show import STRONG, Show

MOST_POINTS = 8
"""How many mount points of one disk are shown."""
GLANCE = 26
"""How wide the column of what this system made of a stick may be, in characters."""
HEADINGS = ("PORT", "ID", "MODE", "AT, NETWORK, DISK", "NAME")
CUT = "..."


class Row(NamedTuple):
    """What a person wants at a glance: port, id, mode, what this system made of it, and what it is called."""

    port: str
    id: str
    mode: str
    made: tuple[str, ...]
    name: str


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Show every stick, or the one that is named, and with ``-v`` every device and its interfaces."""
    library = setting.library(arguments)
    with setting.bus(arguments) as bus:
        if arguments.device:
            found = shown = find(arguments.device, bus, library)
        else:
            found = survey(bus, library)
            shown = [device for device in found if arguments.verbose or arguments.all or device.may_be_stick]
        for problem in library.problems:
            show.warn(problem)
        if not shown and not show.json:
            show.nothing(absent(bus, "no stick on the bus", "Other devices are shown with -v." if found else ""))
        standing = states(shown, bus, setting.policy(arguments, show))
        for state in standing if show.json else ():
            show.emit("device", **state.to_dict())
        if standing and not show.json:
            _table([state.device for state in standing], arguments.verbose, show)
    return 0


def _table(devices: list[Device], verbose: int, show: Show) -> None:
    """The sticks below headings, as wide as the terminal, or 80 characters where there is none."""
    width = shutil.get_terminal_size().columns
    rows = [_row(device) for device in devices]
    port, mode = (max(len(getattr(row, name)) for row in rows) for name in ("port", "mode"))
    widths = (max(port, 4), 9, max(mode, 4))
    begin = sum(widths) + 2 * len(widths)
    lines = [_packed(row.made, min(GLANCE, max(8, width - begin))) for row in rows]
    made = max(8, *(len(line) for packed in lines for line in packed if len(line) <= GLANCE), len(HEADINGS[3]))
    show.result(_line((*HEADINGS[:3],), widths, HEADINGS[3], made, HEADINGS[4], width), STRONG)
    for device, row, (first, *more) in zip(devices, rows, lines, strict=True):
        show.result(_line((row.port, row.id, row.mode), widths, first, made, row.name, width))
        for line in more:
            show.result(" " * begin + _cut(line, width - begin))
        for line in _details(device) if verbose else ():
            show.result(line)


def _line(cells: tuple[str, ...], widths: tuple[int, ...], glance: str, made: int, name: str, width: int) -> str:
    """One row; the name has what is left of the line, where that is worth it."""
    begin = "  ".join(f"{cell:{wide}}" for cell, wide in zip(cells, widths, strict=True))
    line = f"{begin}  {glance:{made}}"
    left = width - len(line) - 2
    return (f"{line}  {_cut(name, left)}" if left >= len(CUT) + 1 else line).rstrip()


def _packed(parts: Iterable[str], width: int) -> list[str]:
    """The parts in lines of that width, with blanks between them; one that is longer has a line of its own."""
    lines = [""]
    for part in parts:
        longer = f"{lines[-1]} {part}".strip()
        if len(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines


def _cut(text: str, width: int) -> str:
    """A text that is no longer than that."""
    return text if len(text) <= width else text[: max(0, width - len(CUT))].rstrip(" ,") + CUT


def _row(device: Device) -> Row:
    problem = device.usb.problem
    mounted = [_disk(disk) for one in device.interfaces for disk in one.disks if disk.points]
    made = (*filter(None, [device.at_port]), *map(printable, device.networks), *mounted, *filter(None, [problem]))
    mode = "unreadable" if problem else device.mode or "-"
    return Row(str(device.port), str(device.id), mode, made or ("-",), printable(device.title))


def _details(device: Device) -> Iterator[str]:
    """Its whole name, and each interface with its role, its driver, and what came of it."""
    if device.title:
        yield f"{'':10} {printable(device.title)}"
    for one in device.interfaces:
        nodes = " ".join([*filter(None, (one.tty, one.wdm)), *map(printable, one.networks), *map(_disk, one.disks)])
        what = f"{'':10} interface {one.number}  {one.triple}  {one.role:8}"
        yield f"{what} {one.driver or '(no driver)':16} {nodes}".rstrip()


def _disk(disk: Disk) -> str:
    """A disk and where it is mounted; a mount point is as long as a path may be."""
    return " ".join([printable(disk.device), *(f"on {printable(point, 100)}" for point in disk.points[:MOST_POINTS])])
