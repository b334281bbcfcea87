"""Every entry of usb-modeswitch-data: what usb_modeswitch and our command do to the same stick, byte for byte."""

from __future__ import annotations

import os

import pytest

from . import shapes
from .differences import DIFFERENCES, Difference, expected
from .entries import PACK, Entry, entries
from .runs import Runs
from .stick import untagged

pytestmark = pytest.mark.parity

REFUSED = 5
ALL = entries() if os.path.exists(PACK) else ()
COVERED = [entry for entry in ALL if shapes.covered(entry)]


def _named(entry: Entry) -> str:
    return entry.name


@pytest.mark.parametrize("entry", ALL, ids=_named)
def test_usb_modeswitch_does_all_of_the_entry(entry: Entry, runs: Runs) -> None:
    """The stick we made fits: usb_modeswitch sends the last transfer that we worked out, and says all is well."""
    peer = runs.peer(entry)
    assert peer.said.status == 0, peer.said
    if not entry.dummy:
        assert peer.said.stdout.startswith("ok:"), peer.said
        assert peer.wire, "it sent nothing"
        assert untagged(peer.wire[-1]) == untagged(entry.last)


@pytest.mark.parametrize("entry", COVERED, ids=_named)
def test_we_send_the_same(entry: Entry, runs: Runs) -> None:
    peer, ours = runs.peer(entry), runs.ours(entry)
    assert ours.wire == expected(entry, peer.wire), ours.said


@pytest.mark.parametrize("entry", COVERED, ids=_named)
def test_we_prove_it(entry: Entry, runs: Runs) -> None:
    """The stick is in the mode our profile promises, and the command says so; a dummy entry is left alone."""
    ours = runs.ours(entry)
    if entry.dummy:
        assert ours.said.status in (0, REFUSED), ours.said
        assert ours.wire == []
        return
    assert ours.said.status == 0, ours.said
    assert "switched from" in ours.said.stdout
    target = entry.targets[0] if entry.targets else (entry.vendor, entry.product)
    assert ours.ended == "{:04x}:{:04x}".format(*target)
    assert ours.ended in ours.said.stdout


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.name)
def test_each_listed_difference_occurs(difference: Difference, runs: Runs) -> None:
    """It changes what usb_modeswitch sends, for every entry that it is listed for; what we send is compared above."""
    listed = [entry for entry in ALL if difference.fits(entry)]
    assert listed
    for entry in listed:
        theirs = runs.peer(entry).wire
        assert difference.ours(theirs) != theirs, entry.name


def test_every_entry_is_covered() -> None:
    left_out = [entry.name for entry in ALL if not shapes.covered(entry)]
    assert ALL
    if left_out:
        pytest.xfail(f"{len(left_out)} entries are not covered yet")
