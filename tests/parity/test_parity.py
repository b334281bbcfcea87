"""Every entry of usb-modeswitch-data: what usb_modeswitch and our command do to the same stick, byte for byte."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

import pytest

from modeswitch.identity.recognise import recognise
from modeswitch.modem.roles import satisfies

from . import shapes
from .bench import Bench
from .differences import DIFFERENCES, Difference, expected
from .entries import EJECT, PACK, Entry, entries
from .look import Stage
from .programs import Said, Worker
from .runs import Runs, ours, peer
from .stick import untagged

pytestmark = pytest.mark.parity

REFUSED = 5
ALL = entries() if os.path.exists(PACK) else ()
EJECTED = ("12d1:380b", "19d2:2000")
"""One that is ejected, one that then gets a message of its own."""
COVERED = [entry for entry in ALL if shapes.covered(entry)]


def _named(entry: Entry) -> str:
    return entry.name


@pytest.mark.parametrize("entry", ALL, ids=_named)
def test_usb_modeswitch_does_all_of_the_entry(entry: Entry, runs: Runs) -> None:
    """The stick we made fits: usb_modeswitch sends the last transfer that we worked out, and says all is well."""
    theirs = runs.peer(entry)
    assert theirs.said.status == 0, theirs.said
    assert theirs.said.stdout.startswith("ok:"), theirs.said
    assert [untagged(transfer) for transfer in theirs.wire[-1:]] == [untagged(entry.last)] * (not entry.dummy)


@pytest.mark.parametrize("entry", COVERED, ids=_named)
def test_we_send_the_same(entry: Entry, runs: Runs) -> None:
    sent = runs.ours(entry)
    assert sent.wire == expected(entry, runs.peer(entry).wire), sent.said


@pytest.mark.parametrize("entry", COVERED, ids=_named)
def test_we_prove_it(entry: Entry, runs: Runs) -> None:
    """The stick is in the mode our profile promises, and the command says so; a dummy entry is left alone."""
    done = runs.ours(entry)
    if entry.dummy:
        assert done.said.status in (0, REFUSED), done.said
        assert done.wire == []
        return
    assert done.said.status == 0, done.said
    assert re.match(r"[\d.-]+: [a-z-]+ in \d+\.\d s", done.said.stdout), done.said
    target = entry.targets[0] if entry.targets else (entry.vendor, entry.product)
    assert done.ended == "{:04x}:{:04x}".format(*target)
    assert done.ended in done.said.stderr


@pytest.mark.parametrize("entry", [entry for entry in COVERED if len(entry.targets) > 1], ids=_named)
def test_every_target_counts(entry: Entry) -> None:
    """Whichever of its targets the stick comes back as, it is where the profile wants it."""
    woken = recognise(shapes.usb_device(shapes.before(entry)), shapes.LIBRARY)
    assert woken.profile is not None
    for number in range(1, len(entry.targets)):
        look = shapes.after(entry, number)
        assert look is not None
        seen = recognise(shapes.usb_device(look), shapes.LIBRARY, woken.profile)
        assert seen.product is not None, look.first
        assert satisfies(seen.mode, woken.profile.goal), (look.first, seen.mode)


@pytest.mark.parametrize("entry", [entry for entry in COVERED if entry.name in EJECTED], ids=_named)
def test_a_stick_that_leaves_at_the_first_eject(entry: Entry, worker: Worker) -> None:
    """LUN 0 is enough for it: neither sends anything more to what has gone, whatever the entry still has."""
    wires = []
    programs: list[Callable[[Bench], Said]] = [
        lambda bench: peer(bench, entry),
        lambda bench: ours(bench, entry, worker),
    ]
    for program in programs:
        stick = shapes.stick(entry)
        stick.stages = [Stage(f"out {entry.out:02x} {EJECT}", stick.stages[0].then)]
        with Bench(stick) as bench:
            assert program(bench).status == 0
        wires.append(stick.wire)
    assert len(wires[0]) == 2
    assert wires[1] == expected(entry, wires[0])


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.name)
def test_each_listed_difference_occurs(difference: Difference, runs: Runs) -> None:
    """It changes what usb_modeswitch sends, for every entry that it is listed for; what we send is compared above."""
    listed = [entry for entry in ALL if difference.fits(entry)]
    assert listed
    for entry in listed:
        theirs = runs.peer(entry).wire
        assert difference.ours(theirs) != theirs, entry.name


def test_every_entry_is_covered() -> None:
    assert ALL
    assert [entry.name for entry in ALL if not shapes.covered(entry)] == []
