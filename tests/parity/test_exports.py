"""``plan --as usb_modeswitch``: the real program, called by the line that is printed, sends what its own data send."""

from __future__ import annotations

import os
import shlex

import pytest

from modeswitch.errors import ModeswitchError
from modeswitch.exporters.export import export
from modeswitch.exporters.stick import stick_of
from modeswitch.identity.recognise import recognise
from modeswitch.switching.plan import plan

from . import programs, shapes
from .bench import Bench
from .entries import PACK, Entry, entries
from .runs import Runs
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
