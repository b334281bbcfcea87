"""What is exported: the real program, called by that line or given that file, sends what its own data send."""

from __future__ import annotations

import os
import shlex

import pytest

from modeswitch.database.profile import Product
from modeswitch.errors import ModeswitchError
from modeswitch.exporters.entries import entries as exported
from modeswitch.exporters.export import export
from modeswitch.exporters.stick import stick_of
from modeswitch.identity.recognise import recognise
from modeswitch.switching.plan import plan
from modeswitch.usb.descriptors import UsbId

from . import programs, shapes
from .bench import Bench
from .entries import PACK, Entry, entries
from .runs import Runs, peer_arguments
from .stick import untagged

pytestmark = pytest.mark.parity


def lines(entry: Entry) -> list[str]:
    """The calls that the plan for the stick of an entry is printed as; empty where there is none to compare."""
    device = recognise(shapes.usb_device(shapes.before(entry)), shapes.LIBRARY)
    try:
        if device.profile is None or device.product is None or device.product.leave_alone:
            return []
        way = plan(device.profile, device.mode or "", device.profile.goal)
    except ModeswitchError:
        return []
    stick = stick_of(device.profile, device.id, "1-1", "", device)
    return [line for line in export(way, stick, "usb_modeswitch", device.profile.goal) if line[0] != "#"]


def kind(line: str) -> str:
    """The options of a call, and how long its messages are: what is not an id."""
    words = shlex.split(line)[5:]
    return " ".join(word if word[0] == "-" else str(len(word)) for word in words)


def chosen() -> list[Entry]:
    """One entry for each kind of call."""
    found: dict[tuple[str, ...], Entry] = {}
    for entry in entries() if os.path.exists(PACK) else ():
        calls = lines(entry)
        if calls and not entry.dummy:
            found.setdefault(tuple(map(kind, calls)), entry)
    return list(found.values())


@pytest.mark.parametrize("entry", chosen(), ids=lambda entry: entry.name)
def test_the_printed_call_sends_the_same(entry: Entry, runs: Runs) -> None:
    stick = shapes.stick(entry)
    with Bench(stick) as bench:
        for line in lines(entry):
            program, *words = shlex.split(line)
            assert program in ("usb_modeswitch", "sleep"), line
            assert program == "sleep" or programs.peer(bench, words).status == 0, line
    assert [*map(untagged, stick.wire)] == [*map(untagged, runs.peer(entry).wire)]


def files() -> dict[str, str]:
    """What ``profiles export --usb-modeswitch`` writes: name → text."""
    families = [shapes.LIBRARY.family(name) for name in shapes.LIBRARY.names()]

    def others(usb: UsbId) -> list[Product]:
        return [one for family in shapes.LIBRARY.families(usb) for one in family.products if one.usb == usb]

    return {one.name: one.text for one in exported(families, "usb_modeswitch", None, others)[0]}


def written() -> list[tuple[Entry, str]]:
    """One entry, with the file that is written for it, for each set of keywords."""
    texts = files() if os.path.exists(PACK) else {}
    found: dict[str, tuple[Entry, str]] = {}
    for entry in entries() if texts else ():
        if entry.name in texts and not entry.dummy:
            words = [line.partition("=")[0] for line in texts[entry.name].splitlines() if line[:1] not in ("", "#")]
            found.setdefault(" ".join(words), (entry, texts[entry.name]))
    return list(found.values())


@pytest.mark.parametrize(("entry", "text"), written(), ids=lambda one: one.name if isinstance(one, Entry) else "")
def test_the_written_file_sends_the_same(entry: Entry, text: str, runs: Runs) -> None:
    stick = shapes.stick(entry)
    with Bench(stick) as bench:
        words = peer_arguments(entry, stick)
        assert programs.peer(bench, [*words[:-1], text]).status == 0
    assert [*map(untagged, stick.wire)] == [*map(untagged, runs.peer(entry).wire)]
