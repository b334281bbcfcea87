"""What an id tells: by profile, by table."""

from __future__ import annotations

import pytest

from modeswitch.doctor.standing import LOOK_FOR, standing_of
from modeswitch.usb.descriptors import UsbId
from tests.support.snapshots import LIBRARY

EVERY = sorted(
    {(str(product.usb), product.wakes) for name in LIBRARY.names() for product in LIBRARY.family(name).products}
)


@pytest.mark.parametrize(
    ("usb", "kind"),
    [
        ("12d1:1f01", "waking"),
        ("12d1:14fe", "waking"),
        ("19d2:2000", "waking"),
        ("0bda:1a2b", "waking"),
        ("12d1:14db", "switched"),
        ("12d1:1506", "switched"),
        ("161c:f101", "switched"),
        ("19d2:1405", "switched"),
        ("12d1:1573", "switched"),
        ("2c7c:9999", "switched"),
        ("0e8d:7127", "switched"),
        ("413c:81b6", "switched"),
        ("1e0e:9001", "switched"),
        ("1e0e:9999", "either"),
        ("0489:e0cd", "other"),
        ("3566:2001", "either"),
        ("12d1:1003", "either"),
        ("05c6:1000", "either"),
        ("1199:9011", "either"),
        ("12d1:9999", "either"),
        ("19d2:9999", "either"),
        ("1d6b:0104", "either"),
        ("abcd:1234", "unknown"),
        ("0781:5567", "other"),
        ("0403:6001", "other"),
    ],
)
def test_what_an_id_tells(usb: str, kind: str) -> None:
    usb_id = UsbId.parse(usb)
    assert standing_of(usb_id, LIBRARY.families(usb_id)).kind == kind


@pytest.mark.parametrize(("usb", "wakes"), EVERY)
def test_every_id_of_a_profile_tells_something(usb: str, wakes: bool) -> None:
    usb_id = UsbId.parse(usb)
    standing = standing_of(usb_id, LIBRARY.families(usb_id))
    assert standing.kind in (("waking", "either", "switched") if wakes else ("switched", "either", "waking"))
    assert standing.words
    assert set(standing.modes) <= set(LOOK_FOR)


def test_strings_tell_products_of_one_id_apart() -> None:
    usb_id = UsbId.parse("05c6:1000")
    assert standing_of(usb_id, LIBRARY.families(usb_id), ("AnyDATA Corp", "", "")).kind == "waking"


def test_without_an_id_drivers_tell() -> None:
    assert standing_of(None, []).kind == "unknown"
    assert standing_of(None, [], drivers=frozenset(("ftdi_sio",))).kind == "other"
