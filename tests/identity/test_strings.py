"""Which product a device is by its strings: what a profile wants and forbids, and which of several wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.database.library import Library
from modeswitch.database.profile import STRINGS, Product
from modeswitch.identity.recognise import recognise
from modeswitch.usb.descriptors import UsbId
from tests.support.shared_id import SHARED, seen


def product(match: tuple[tuple[str, str], ...] = (), unless: tuple[tuple[str, str], ...] = ()) -> Product:
    return Product(SHARED, ("made up",), (), "", "", (), match=match, unless=unless)


# Match and unless.


@pytest.mark.parametrize("key", STRINGS)
def test_each_string_decides_and_no_other_does(key: str) -> None:
    place = STRINGS.index(key)
    for at in range(6):
        strings = ["x"] * 6
        strings[at] = "the GT one"
        assert product(match=((key, "GT"),)).fits(seen(SHARED, *strings)) is (at == place)
        assert product(unless=((key, "GT"),)).fits(seen(SHARED, *strings)) is (at != place)


@pytest.mark.parametrize(
    ("wanted", "said", "fits"),
    [
        ("USB_Modem", "My USB Modem x", True),
        ("USB Modem", "USB_Modem", True),
        ("USB_Modem", "USB_Modem", True),
        ("USB_Modem", "USBModem", False),
        ("Modem", "modem", False),
        ("Modem", "", False),
        ("Modem", "\ud800Modem\x1b[2J", True),
        ("M*", "Modem", False),
        ("M.dem", "Modem", False),
        ("?", "?", True),
        ("A" * 200, "A" * 126, False),
        ("A", "\0A\n", True),
    ],
)
def test_a_string_is_found_in_another(wanted: str, said: str, fits: bool) -> None:
    """Case counts, nothing is a pattern, and a blank is an underscore: a file name of the peer's cannot hold one."""
    assert product(match=(("manufacturer", wanted),)).fits(seen(SHARED, said)) is fits
    assert product(unless=(("manufacturer", wanted),)).fits(seen(SHARED, said)) is not fits


def test_all_that_is_asked_for_must_be_there() -> None:
    both = product(match=(("manufacturer", "A"), ("product", "B")))
    assert both.fits(seen(SHARED, "A", "B"))
    assert not both.fits(seen(SHARED, "A", "x"))
    assert not both.fits(seen(SHARED, "x", "B"))
    assert not both.fits(seen(SHARED._replace(product=1), "A", "B"))
    barred = product(match=(("manufacturer", "A"),), unless=(("product", "B"), ("serial", "C")))
    assert barred.fits(seen(SHARED, "A"))
    assert not barred.fits(seen(SHARED, "A", "B"))
    assert not barred.fits(seen(SHARED, "A", "", "C"))


TWO = """
[family]
name = "%s"
vendor = "Test"
goal = "switched"
[[product]]
usb = "1209:0001"
names = ["%s"]
%s
evidence = [{ report = "made up" }]
[[transition]]
from = "mass-storage"
to = "switched"
steps = [{ eject = {} }]
within = 5
evidence = [{ report = "made up" }]
"""


@pytest.mark.parametrize("names", [("a", "b", "c"), ("c", "b", "a")])
def test_the_variant_that_asks_for_more_wins_in_whatever_family(names: tuple[str, str, str], tmp_path: Path) -> None:
    matches = ("", 'match = { manufacturer = "M" }', 'match = { manufacturer = "M", product = "P" }')
    for name, match in zip(names, matches, strict=True):
        (tmp_path / f"{name}.toml").write_text(TWO % (name, match.count("="), match), "utf-8")
    library = Library(user=[tmp_path])
    usb = UsbId.parse("1209:0001")
    expected = {("", ""): names[0], ("M", ""): names[1], ("M", "P"): names[2], ("", "P"): names[0]}
    for strings, name in expected.items():
        device = recognise(seen(usb, *strings), library)
        assert device.profile is not None
        assert device.profile.name == name


def test_the_variant_that_asks_for_more_wins_in_one_family(tmp_path: Path) -> None:
    product_ = '[[product]]\nusb = "1209:0001"\nnames = ["%s"]\n%s\nevidence = [{ report = "made up" }]\n'
    more = product_ % ("two", 'match = { manufacturer = "M", serial = "S" }')
    text = (TWO % ("a", "one", 'match = { manufacturer = "M" }')).replace("[[transition]]", f"{more}[[transition]]")
    (tmp_path / "a.toml").write_text(text, "utf-8")
    library = Library(user=[tmp_path])
    for serial, name in (("", "one"), ("S", "two")):
        device = recognise(seen(UsbId.parse("1209:0001"), "M", "", serial), library)
        assert device.product is not None
        assert device.product.names == (name,)


def test_a_user_profile_wins_over_a_shipped_one_that_asks_for_more(tmp_path: Path) -> None:
    """19d2:0083 is shipped with a product string; a user's file for the id says what is done all the same."""
    (tmp_path / "mine.toml").write_text((TWO % ("mine", "mine", "")).replace("1209:0001", "19d2:0083"), "utf-8")
    library = Library(user=[tmp_path])
    usb = UsbId.parse("19d2:0083")
    for strings in (("", ""), ("ZTE", "ZTE WCDMA Technologies")):
        device = recognise(seen(usb, *strings), library)
        assert device.profile is not None
        assert device.profile.name == "mine"
    assert [problem.message for problem in library.problems if "19d2:0083" in problem.message]
