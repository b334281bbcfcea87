"""The bench of many profiles: that what it measures is what it says."""

from __future__ import annotations

from pathlib import Path

from modeswitch.database.library import Library
from modeswitch.usb.descriptors import UsbId
from tests.scale import TEN, made_up, measure, write


def test_the_ten_are_there() -> None:
    assert set(TEN) <= set(Library(user=[]).names())
    assert len(set(TEN)) == 10


def test_made_up_families_have_ids_of_their_own_that_no_shipped_one_has(tmp_path: Path) -> None:
    library = Library(user=[])
    many = made_up(library.family("zte-19d2-0026"), 5000)
    ids = {family.products[0].usb for family in many}
    assert len(ids) == len({family.name for family in many}) == 5000
    assert not any(library.families(usb) for usb in list(ids)[:100])
    folder = write(tmp_path / "more", [library.family("huawei-hilink"), *many[:50]])
    written = Library(shipped=folder, user=[])
    assert [family.name for family in written.families(UsbId.parse("12d1:1f01"))] == ["huawei-hilink"]
    assert [family.name for family in written.families(many[49].products[0].usb)] == ["made-up-49"]


def test_a_measurement_is_of_a_process_that_sends_its_first_byte(tmp_path: Path) -> None:
    folder = write(tmp_path / "one", [Library(user=[]).family("huawei-hilink")])
    (seconds,) = measure({"one": folder}, rounds=1).values()
    assert 0 < seconds < 30
