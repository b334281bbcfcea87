"""``modeswitch profiles import``: usb_modeswitch's and OpenWrt's files as profiles of ours."""

from __future__ import annotations

import argparse
import os

from ..database.library import Library
from ..database.reader import read
from ..errors import ModeswitchError, ProfileError, UsageError
from ..importers import files
from ..importers import toml as text
from ..importers.methods import Draft, draft
from ..importers.usb_modeswitch import Entry
from ..printable import printable
from ..usb.descriptors import UsbId
from . import setting
from .new_file import give_file
from .show import Show

Key = tuple[UsbId, frozenset[tuple[str, str]]]
"""An id and the strings that go with it."""
MOST_DEVICES = 2000
"""How many devices one file may have; the longest list that is known has some 520."""
SOURCE = "Imported from {} by: modeswitch profiles import."
LICENCE = "GPL-2.0-or-later"
"""That of usb-modeswitch-data, from which such files are drawn."""


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Print a profile for each family, or write it to ``--into``; the first error's status where there was one."""
    if not arguments.names:
        raise UsageError("which file?", hint="modeswitch profiles import /etc/usb_modeswitch.d/12d1:1f01")
    found: list[tuple[Entry, Draft]] = []
    errors: list[ModeswitchError] = []
    library = setting.library(arguments)
    seen: dict[Key, Entry] = {}
    for name in arguments.names:
        try:
            entries, problems = files.read_file(name)
        except ProfileError as error:
            errors.append(error)
            continue
        errors += [_with_profile(problem, library) for problem in problems]
        if len(entries) > MOST_DEVICES:
            words = f"{printable(name)}: more than {MOST_DEVICES} devices, which no list has"
            errors.append(ProfileError(words, file=name))
            continue
        for entry in entries:
            try:
                _alone(entry, seen)
                _see_that_it_wakes(entry, library)
                found.append((entry, draft(entry)))
            except ProfileError as error:
                errors.append(error)
    made = _profiles(found, errors)
    for name, content in made.items():
        try:
            _give(arguments.into, name, content, show, alone=len(made) == 1)
        except ModeswitchError as error:
            errors.append(error)
    for _entry, each in found:
        for note in each.notes:
            show.warn(UsageError(f"{each.usb}: {note}"))
    for problem in errors:
        show.error(problem)
    return errors[0].status if errors else 0


def _alone(entry: Entry, seen: dict[Key, Entry]) -> None:
    """Raise :class:`ProfileError` where the same device stands already: which of the two would count?"""
    other = seen.setdefault((entry.usb, frozenset(entry.match)), entry)
    if other is not entry:
        where = f"line {other.line}" if other.file == entry.file else printable(other.file)
        entry.wrong("", f"{entry.usb} stands in {where} already")


def _see_that_it_wakes(entry: Entry, library: Library) -> None:
    """Raise :class:`ProfileError` where the id is known, and known only as what another becomes by its switch."""
    families = library.families(entry.usb)
    if not families or any(one.wakes for family in families for one in family.products if one.usb == entry.usb):
        return
    makers = [str(one.usb) for family in families for one in family.products if entry.usb in one.becomes]
    makers = makers or [str(one.usb) for family in families for one in family.products if one.wakes]
    names = ", ".join(makers[:4]) + (" and others" if len(makers) > 4 else "")
    try:
        entry.wrong(
            "",
            f"{entry.usb} is no id that a stick wakes up with: it is what {names} is after its switch. A stick with "
            "this id is switched already, and this entry would send a message to a modem that works",
        )
    except ProfileError as error:
        raise error.located(hint=f"See: modeswitch profiles show {entry.usb}") from None


def _with_profile(problem: ProfileError, library: Library) -> ProfileError:
    """The problem; where it is about an id that a profile knows, with the name of that."""
    if problem.id is None:
        return problem
    usb = UsbId.parse(problem.id)
    families = library.families(usb)
    if not families:
        return problem.located(hint=f"No profile knows {usb}.")
    names = " or ".join(family.name for family in families)
    wakes = any(one.wakes and not one.leave_alone for family in families for one in family.products if one.usb == usb)
    instead = "; modeswitch udev install switches it without such a rule" if wakes else ""
    return problem.located(hint=f"The profile {names} knows it: modeswitch profiles show {usb}{instead}.")


def _profiles(found: list[tuple[Entry, Draft]], errors: list[ModeswitchError]) -> dict[str, str]:
    """Name → text: one profile for each vendor and graph; what no reader would take is an error."""
    made: dict[str, str] = {}
    for group in text.families(found):
        first = group[0][1]
        name = text.unused(str(first.usb).replace(":", "-"), made)
        names = sorted({os.path.basename(entry.file) for entry, _ in group})
        shown = printable(names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more")
        about = text.About(name, f"USB vendor {first.usb.vendor:04x}", "", SOURCE.format(shown), LICENCE)
        sources = [
            f"{printable(os.path.basename(entry.file))}, a configuration of usb_modeswitch" for entry, _ in group
        ]
        content = text.profile(about, [each for _, each in group], sources)
        try:
            read(content, f"{name}.toml")
            made[name] = content
        except ProfileError as error:
            errors.append(ProfileError(f"{shown}: no profile can say this: {error.message}"))
    return made


def _give(into: str | None, name: str, content: str, show: Show, *, alone: bool) -> None:
    """Write the profile to a new file in that folder, or show it."""
    if into is None and show.json:
        show.emit("profile", name=name, text=content)
        return
    if into is None:
        if not alone:
            show.result(f"# ---- {name}.toml")
        for line in content.splitlines():
            show.result(line)
        return
    give_file(into, f"{name}.toml", name, content, show)
