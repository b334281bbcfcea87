"""The profile that a person keeps of a stick: what is written of each shipped family is read back as the same."""

from __future__ import annotations

import pytest

from modeswitch.database.library import Library
from modeswitch.database.profile import Profile, Transition
from modeswitch.database.reader import read
from modeswitch.database.writer import kept, kept_name

LIBRARY = Library(user=[])
FAMILIES = [LIBRARY.family(name) for name in LIBRARY.names()]


def bare(way: Transition) -> Transition:
    """The same without why it is believed."""
    return way._replace(evidence=())


@pytest.mark.parametrize("family", FAMILIES, ids=[family.name for family in FAMILIES])
def test_what_is_written_is_read_back_as_the_same(family: Profile) -> None:
    """All but why it is believed, and the ids of relatives after a switch: the stick's own is seen."""
    ways = [way for way in family.transitions if not way.persistent and not way.only]
    waking = {one.usb: one for one in reversed(family.products) if one.wakes and not one.leave_alone}
    for usb, product in waking.items():
        after = next((one for one in family.products if not one.wakes and one.usb != usb), None)
        text = kept(family, usb, "0001:0002", ways[:1], family.goal, after)
        again = read(text, f"{kept_name(usb)}.toml")
        assert [bare(way) for way in again.transitions] == [bare(way) for way in ways]
        assert (again.vendor, again.told_by, again.settle) == (family.vendor, family.told_by, family.settle)
        wanted = [one._replace(evidence=(), becomes=()) for one in (product, after) if one is not None]
        assert [one._replace(evidence=()) for one in again.products] == wanted


def test_what_was_taken_has_been_seen_and_the_rest_has_not() -> None:
    family = LIBRARY.family("huawei-hilink")
    usb = next(one.usb for one in family.products if one.wakes)
    taken = family.transitions[:1]
    again = read(
        kept(family, usb, "12d1:1f01", taken, family.goal, None, hardware="one stick, seen"), f"{kept_name(usb)}.toml"
    )
    first, *rest = ({(one.kind, "not tried" in one.ref) for one in way.evidence} for way in again.transitions)
    assert first == {("hardware", False)}
    assert set().union(*rest) == {("report", True)}


def test_it_is_called_as_no_shipped_one_is() -> None:
    assert {kept_name(one.usb) for family in FAMILIES for one in family.products}.isdisjoint(LIBRARY.names())
