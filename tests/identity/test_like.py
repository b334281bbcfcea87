"""A stick that no profile knows, taken for another: what a word may mean, what is refused, what is told of the risk."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import ModeswitchError, NoWay, Refused, UsageError
from modeswitch.identity.device import Device
from modeswitch.identity.find import find_one
from modeswitch.identity.like import liken, named
from modeswitch.sim.bus import SimBus
from modeswitch.sim.composition import Numbers, mbim, serial, storage
from tests.support.rig import plugged
from tests.support.unknown import NOBODYS, unknown

LIBRARY = Library(user=[])


def found(bus: SimBus, library: Library = LIBRARY) -> Device:
    return find_one("1-1", bus, library)


@pytest.mark.parametrize(
    ("like", "family", "product", "model"),
    [
        ("12d1:1f01", "huawei-hilink", "12d1:1f01", ""),
        ("12D1:1F01", "huawei-hilink", "12d1:1f01", ""),
        ("12d1:14fe", "huawei-stick", "12d1:14fe", ""),
        ("19d2:2000", "zte-19d2-0149", "19d2:2000", ""),
        ("E3131h", "huawei-hilink", "12d1:1f01", "E3131h"),
        ("e3351", "huawei-hilink", "12d1:1f01", "E3351"),
        ("huawei-wimax", "huawei-wimax", "12d1:380b", ""),
    ],
)
def test_what_a_word_means(like: str, family: str, product: str, model: str) -> None:
    meant = named(like, LIBRARY)
    assert (meant.family.name, str(meant.product.usb), meant.model) == (family, product, model)


@pytest.mark.parametrize(
    ("like", "error", "words"),
    [
        ("12d1:ffff", NoWay, "no profile has a stick that wakes up as 12d1:ffff"),
        ("12d1:155e", NoWay, "wakes up as 12d1:155e"),
        ("E9999", NoWay, "no model, no id and no family"),
        ("\x1b[2J", NoWay, r"\\x1b\[2J"),
        ("12d1:zzzz", UsageError, "zzzz"),
        ("12d1:1573", Refused, "left alone: a module"),
        ("huawei-module", Refused, "left alone: a module"),
        ("05c6:1000", UsageError, "shared by"),
    ],
)
def test_what_is_no_relative(like: str, error: type[ModeswitchError], words: str) -> None:
    with pytest.raises(error, match=words) as raised:
        named(like, LIBRARY)
    assert type(raised.value) is error
    assert raised.value.hint or error is UsageError


@pytest.mark.parametrize(
    ("bus", "error", "words"),
    [
        (plugged("e3372h"), UsageError, "12d1:1f01 at 1-1 is known to huawei-hilink"),
        (plugged("e3372h,wakes=ecm"), UsageError, "is known to huawei-hilink"),
        (plugged("config"), Refused, "left alone: a module"),
        (unknown(manufacturer="Android"), Refused, "android"),
        (unknown(name="Android Phone"), Refused, "android"),
        (unknown(name="Digital Camera"), Refused, "camera"),
        (unknown(functions=(serial(Numbers(), (0xFF, 0xFF, 0xFF), "pcui"),)), Refused, "is no storage"),
        (unknown(functions=(*mbim(Numbers()),)), Refused, "is no storage"),
    ],
)
def test_what_is_not_taken_for_another(bus: SimBus, error: type[ModeswitchError], words: str) -> None:
    with pytest.raises(error, match=words) as raised:
        liken(found(bus), "12d1:1f01", LIBRARY)
    assert type(raised.value) is error
    assert raised.value.hint
    assert (raised.value.port, raised.value.id is not None) == ("1-1", True)


def test_a_shared_id_whose_strings_bar_it_is_refused(tmp_path: Path) -> None:
    """A family that would have it, were it not for its strings."""
    text = (Path("profiles") / "example.toml").read_text("utf-8")
    (tmp_path / "example.toml").write_text(
        text.replace('unless = { manufacturer = "Android" }', 'unless = { product = "Router" }')
    )
    library = Library(user=[tmp_path])
    device = found(unknown("1209:0001", name="A Router"), library)
    with pytest.raises(Refused, match="Router"):
        liken(device, "12d1:1f01", library)


def test_the_stick_is_of_the_relatives_family_then() -> None:
    likeness = liken(found(unknown()), "12d1:1f01", LIBRARY)
    device = likeness.device
    assert device.profile is not None
    assert (device.profile.name, device.mode, device.names) == ("huawei-hilink", "mass-storage", ("HUAWEI_MOBILE",))
    assert likeness.keep
    assert device.profile.products[1:] == LIBRARY.family("huawei-hilink").products


@pytest.mark.parametrize(
    ("bus", "like", "doubts"),
    [
        (unknown(), "12d1:1f01", ("a guess", "take no other")),
        (
            unknown("0781:9999"),
            "12d1:1f01",
            ("a guess", "vendor id is 0781, that of its relatives 12d1, 3426", "take no"),
        ),
        (
            unknown("0781:9999", manufacturer="SanDisk", name="Cruzer"),
            "12d1:1f01",
            ("a guess", "vendor id", "nothing that it says names Huawei: it says SanDisk Cruzer", "take no other"),
        ),
        (unknown(), "E3131h", ("a guess", "deaf after this message", "take no other")),
        (unknown(manufacturer="\x1b[2J", name=""), "12d1:1f01", ("a guess", r"\x1b[2J", "take no other")),
    ],
)
def test_why_it_may_be_wrong(bus: SimBus, like: str, doubts: tuple[str, ...]) -> None:
    told = liken(found(bus), like, LIBRARY).doubts
    assert [want in said for want, said in zip(doubts, told, strict=True)] == [True] * len(doubts)
    assert "\x1b" not in "".join(told)


def test_a_known_stick_may_be_said_to_be_one_of_its_ids_models() -> None:
    likeness = liken(found(plugged("e3372h")), "E3531", LIBRARY)
    assert likeness.device.profile is not None
    assert not any(way.only for way in likeness.device.profile.transitions)
    assert likeness.device.profile.transitions[0].to == ("stick",)
    assert not likeness.keep
    assert "deaf" in likeness.doubts[0]


@pytest.mark.parametrize("like", ["E3372h (HiLink firmware)", "E3131", "12d1:14fe", "huawei-hilink"])
def test_a_known_stick_is_taken_for_nothing_else(like: str) -> None:
    with pytest.raises(UsageError):
        liken(found(plugged("e3372h")), like, LIBRARY)


def test_a_stick_looks_like_nothing_where_a_profile_knows_it() -> None:
    assert found(plugged("e3372h")).relatives == ()
    assert found(unknown()).relatives == ("12d1:1f01", "12d1:14fe")
    assert found(unknown(functions=(storage(Numbers(), "card"),))).relatives == ()
    assert str(found(unknown()).id) == NOBODYS
