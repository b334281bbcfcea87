"""``modeswitch profiles``: list the families, show one, check files; ``importing.py`` reads the peer's."""

from __future__ import annotations

import argparse

from ..database.reader import read, read_text
from ..errors import ModeswitchError, NoWay, UsageError
from ..usb.descriptors import UsbId
from . import importing, setting
from .show import Show


def run(arguments: argparse.Namespace, show: Show) -> int:
    """List the families, show one, check files, or import the peer's."""
    return {"list": _list, "show": _show, "check": _check, "import": importing.run}[arguments.what](arguments, show)


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
    if not arguments.names:
        raise UsageError("which profile?", hint="modeswitch profiles show huawei-hilink, or an id: 12d1:1f01")
    library = setting.library(arguments)
    for name in arguments.names:
        names = [name]
        if ":" in name:
            names = [family.name for family in library.families(UsbId.parse(name))]
            if not names:
                raise NoWay(f"no profile knows {name}", hint="See: modeswitch profiles list")
        for each in names:
            library.family(each)
            for line in read_text(library.path(each)).splitlines():
                show.result(line)
    return 0


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
        show.result(f"{name}: {len(family.products)} products, {len(family.transitions)} transitions, all well")
    return status
