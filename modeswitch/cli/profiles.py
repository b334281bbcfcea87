"""``modeswitch profiles``: list, show, draw and check; ``importing.py`` and ``exporting.py`` do the rest."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

from ..database.library import Library
from ..database.profile import Profile
from ..database.reader import read, read_text
from ..errors import ModeswitchError, NoWay, UsageError
from ..usb.descriptors import UsbId
from . import importing, setting
from .show import Show


def run(arguments: argparse.Namespace, show: Show) -> int:
    """List the families, show or draw one, check files, import the peer's, or export ours for it."""
    if arguments.what == "export":
        from . import exporting

        return exporting.run(arguments, show)
    if arguments.target is not None or arguments.to is not None:
        raise UsageError("--openwrt, --usb-modeswitch and --to are for: modeswitch profiles export")
    jobs = {"list": _list, "show": _show, "graph": _graph, "check": _check, "import": importing.run}
    return jobs[arguments.what](arguments, show)


def _list(arguments: argparse.Namespace, show: Show) -> int:
    library = setting.library(arguments)
    names = library.names()
    width = max(map(len, names), default=0)
    for name in names:
        family = library.family(name)
        woken = [str(product.usb) for product in family.products if product.wakes]
        modes = sorted({mode for transition in family.transitions for mode in transition.to})
        if show.json:
            show.emit("family", name=name, vendor=family.vendor, goal=family.goal, modes=modes, products=woken)
        else:
            show.result(f"{name:{width}} {len(woken):3} products  to {', '.join(modes) or 'nothing: leave alone'}")
    for problem in library.problems:
        show.warn(problem)
    return 0


def _show(arguments: argparse.Namespace, show: Show) -> int:
    library = setting.library(arguments)
    for family, usb in _named(arguments, library):
        lines = read_text(library.path(family.name)).splitlines()
        lines = _with_first(lines, usb) if usb is not None else lines
        if show.json:
            show.emit("profile", name=family.name, text="\n".join(lines))
            continue
        for line in lines:
            show.result(line)
    return 0


def _graph(arguments: argparse.Namespace, show: Show) -> int:
    """Draw each family as a flowchart of Mermaid."""
    from ..exporters.mermaid import flowchart

    for family, _ in _named(arguments, setting.library(arguments)):
        lines = flowchart(family)
        if show.json:
            show.emit("graph", name=family.name, text="\n".join(lines))
            continue
        for line in lines:
            show.result(line)
    return 0


def _named(arguments: argparse.Namespace, library: Library) -> Iterator[tuple[Profile, UsbId | None]]:
    """Each family that is named, or has an id that is named; with that id.

    Raises :class:`UsageError` where none is named, :class:`NoWay` for an id or a name that no profile has.
    """
    if not arguments.names:
        command = f"modeswitch profiles {arguments.what}"
        raise UsageError("which profile?", hint=f"{command} huawei-hilink, or an id: 12d1:1f01")
    for name in arguments.names:
        if ":" not in name:
            yield library.family(name), None
            continue
        usb = UsbId.parse(name)
        families = library.families(usb)
        if not families:
            raise NoWay(f"no profile knows {name}", hint="See: modeswitch profiles list")
        yield from ((family, usb) for family in families)


def _with_first(lines: list[str], usb: UsbId) -> list[str]:
    """The lines of a profile with the products of that id before all else; it is a profile still."""
    blocks = _blocks(lines)
    first = [block for block in blocks if _is_product(block, usb)]
    rest = [block for block in blocks if block not in first]
    if not first:
        return lines
    return [*(line for block in first for line in [*block, ""]), *(line for block in rest for line in block)]


def _blocks(lines: list[str]) -> list[list[str]]:
    """What stands before the first table, then each table with the comment right before it."""
    cuts = [0]
    for number, line in enumerate(lines):
        if line.startswith("["):
            start = number
            while start > cuts[-1] and lines[start - 1].startswith("#"):
                start -= 1
            cuts.append(start)
    return [lines[start:end] for start, end in zip(cuts, [*cuts[1:], len(lines)], strict=True)]


_USB = re.compile(r'^usb\s*=\s*"([^"]+)"')


def _is_product(block: list[str], usb: UsbId) -> bool:
    """Is it the table of a product that has that id?"""
    if not any(line.startswith(("[[product]]", "[[switched]]")) for line in block):
        return False
    return any(UsbId.parse(found[1]) == usb for line in block if (found := _USB.match(line)))


def _check(arguments: argparse.Namespace, show: Show) -> int:
    if not arguments.names:
        raise UsageError("which file?", hint="modeswitch profiles check my-stick.toml")
    status = 0
    for name in arguments.names:
        try:
            family = read(read_text(name), name)
        except ModeswitchError as error:
            show.error(error)
            status = status or error.status
            continue
        products, transitions = len(family.products), len(family.transitions)
        if show.json:
            show.emit("checked", file=name, name=family.name, products=products, transitions=transitions)
        else:
            show.result(f"{name}: {products} products, {transitions} transitions, all well")
    return status
