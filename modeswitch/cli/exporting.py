"""``modeswitch profiles export``: profiles of ours as usb_modeswitch's and OpenWrt's files."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence

from ..database.library import Library
from ..database.profile import Product, Profile
from ..errors import ModeswitchError, NoWay, UsageError
from ..exporters.entries import LIST, Entry, Unsaid, entries, reference, whole_list
from ..usb.descriptors import UsbId
from . import setting
from .new_file import give_file
from .show import DOUBTFUL, Show

SHOWN = 4
"""So many ids are named in one line."""


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Print what the other program can be told, or write it to ``--into``; what it cannot is told, too.

    Raises :class:`NoWay` where it can be told nothing.
    """
    if arguments.target is None:
        raise UsageError("for which program?", hint="modeswitch profiles export --openwrt, or --usb-modeswitch")
    library = setting.library(arguments)
    families, only = _chosen(arguments.names, library)
    for problem in library.problems:
        show.warn(problem)

    def others(usb: UsbId) -> Iterator[Product]:
        return (one for family in library.families(usb) for one in family.products if one.usb == usb)

    found, unsaid = entries(_narrowed(families, only), arguments.target, arguments.to, others)
    for each in unsaid:
        _tell(show, arguments.target, each)
    alone = arguments.into is None and not show.json and arguments.target == "usb_modeswitch"
    if alone:  # a text for all has no file names, and the strings stand in those
        by_strings = [entry for entry in found if entry.name.count(":") > 1]
        found = [entry for entry in found if entry not in by_strings]
        words = "it is told from others of its id by the name of its file: see --into DIR"
        for entry in by_strings:
            _tell(show, arguments.target, Unsaid(entry.name, (entry.usb,), words, written=False))
    if not found:
        raise NoWay(
            f"{arguments.target} can be told nothing of what was asked for",
            hint="Why stands above. What modeswitch itself does: modeswitch profiles show ID",
        )
    return _give(arguments, show, found)


def _chosen(names: Sequence[str], library: Library) -> tuple[list[Profile], dict[str, set[UsbId]]]:
    """The families that are meant, all where none is named; and those of which only some ids are, with these."""
    if not names:
        return [library.family(name) for name in library.names()], {}
    families: dict[str, Profile] = {}
    whole: set[str] = set()
    only: dict[str, set[UsbId]] = {}
    for name in names:
        if ":" not in name:
            families[name] = library.family(name)
            whole.add(name)
            continue
        usb = UsbId.parse(name)
        knowing = library.families(usb)
        if not knowing:
            raise NoWay(f"no profile knows {usb}", hint="See: modeswitch profiles list")
        for family in knowing:
            families[family.name] = family
            waking = {one.usb for one in family.products if one.usb == usb and one.wakes}
            makers = {one.usb for one in family.products if one.wakes and usb in one.becomes}
            only.setdefault(family.name, set()).update(waking or makers or {one.usb for one in family.products})
    return [*families.values()], {name: ids for name, ids in only.items() if name not in whole}


def _narrowed(families: Iterable[Profile], only: dict[str, set[UsbId]]) -> Iterator[Profile]:
    """The families, each with the products that wake up and are meant; what they become stays."""
    for family in families:
        ids = only.get(family.name)
        yield (
            family
            if ids is None
            else family._replace(products=tuple(one for one in family.products if not one.wakes or one.usb in ids))
        )


def _tell(show: Show, target: str, unsaid: Unsaid) -> None:
    """What the program cannot be told, and why."""
    ids = [*map(str, dict.fromkeys(unsaid.ids))]
    if show.json:
        facts = {"family": unsaid.family, "ids": ids, "message": unsaid.message, "written": unsaid.written}
        show.emit("unsaid", target=target, **facts)
        return
    named = ", ".join(ids[:SHOWN]) + (f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else "")
    left = "" if unsaid.written else "left out: "
    show.progress(f"{left}{named} ({unsaid.family}): {unsaid.message}", DOUBTFUL)


def _give(arguments: argparse.Namespace, show: Show, found: Sequence[Entry]) -> int:
    """Print the entries, or write them to new files; the status of the first that could not be written."""
    files = {LIST: whole_list(found)} if arguments.target == "openwrt" else {one.name: one.text for one in found}
    if arguments.into is None and not show.json:
        for line in (files[LIST] if LIST in files else reference(found)).splitlines():
            show.result(line)
        return 0
    status = 0
    for name, text in files.items():
        try:
            if arguments.into is None:
                show.emit("entry", target=arguments.target, name=name, text=text)
            else:
                give_file(arguments.into, name, name, text, show)
        except ModeswitchError as error:
            show.error(error)
            status = status or error.status
    return status
