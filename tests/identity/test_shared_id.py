"""Ids that many products share: each variant is told, and what is not one of them is sent nothing and told why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import NoWay
from modeswitch.identity.recognise import recognise
from modeswitch.switching.goal import goal_of, of_any_host
from modeswitch.usb.descriptors import UsbId
from tests.support.cbw import INQUIRY
from tests.support.rig import has_driver, messages, run, sunny
from tests.support.said import Command
from tests.support.shared_id import SHARED, asked, at_ports, seen, shared

VARIANTS = (
    (0, "AnyDATA", "AnyDATA devices, Bless UC165", "16d5:6502"),
    (0, "CELOT", "Celot K-300 a.o.", "211f:6801"),
    (0, "XY Co.,Ltd", "TechFaith Venus VT-18", "1d09:4306"),
    (0, "DGT", "Celot CT-680", "211f:6802"),
    (0, "Option N.V.", "Quirky Option devices", "0af0:6901"),
    (0, "Qualcomm, Incorporated", "Venus Fast2", "19f5:9909"),
    (0, "SAMSUNG", "Samsung SGH-Z810", "04e8:6601"),
    (0, "SSE", "Prolink P2000 CDMA", "05c6:6000"),
    (0, "StrongRising", "StrongRising device", "028a:1006"),
    (0, "Vertex", "Vertex Wireless 100 Series", "1fe7:0100"),
    (3, "GT", "Option GlobeTrotter GX0201", "0af0:6701"),
    (3, "Option", "Older Option devices", "0af0:6901"),
)


@pytest.mark.parametrize(("place", "said", "name", "becomes"), VARIANTS, ids=[name for _, _, name, _ in VARIANTS])
def test_each_variant_of_the_most_shared_id(place: int, said: str, name: str, becomes: str) -> None:
    strings = [""] * 6
    strings[place] = said
    device = recognise(seen(SHARED, *strings), Library(user=[]))
    assert device.product is not None
    assert device.product.names == (name,)
    assert str(device.product.becomes[0]) == becomes


def test_the_error_for_an_unknown_maker_lists_what_is_known_of_its_id() -> None:
    bus = shared(("Foo", "Bar", "1"))
    ran = run(bus, "1-1")
    assert type(ran.error) is NoWay
    assert ran.error.status == 4
    words = ran.error.message
    assert "no profile is for 05c6:1000 at 1-1: its id is shared" in words
    assert "manufacturer 'Nobody', scsi-vendor 'Foo'" in words
    for key, text in (("manufacturer", "AnyDATA"), ("manufacturer", "SAMSUNG"), ("scsi-vendor", "GT")):
        assert f"{key} {text!r}" in words
    assert "serial" not in words
    assert len(words) < 800
    assert asked(bus) == [INQUIRY]
    assert has_driver(bus)
    assert ran.error.facts == {"port": "1-1", "id": "05c6:1000", "mode": "mass-storage"}


def test_hostile_strings_are_harmless_in_the_error() -> None:
    ran = run(shared(("\x1b[2J", "B", "1"), manufacturer="\x1b]0;owned\x07" + "A" * 100), "1-1")
    assert type(ran.error) is NoWay
    assert ran.error.message.isprintable()
    assert "A" * 70 not in ran.error.message


def test_a_plan_for_a_shared_id_that_is_not_plugged_in_is_refused(command: Command) -> None:
    said = command("plan", "05c6:1000", sticks=("e3372h",))
    assert (said.status, said.out) == (4, "")
    assert "05c6:1000 is shared by sticks of 3 families" in said.err
    assert command("plan", "19d2:0083", sticks=("e3372h",)).status == 0


def test_an_id_that_no_profile_has_is_an_error() -> None:
    device = recognise(seen(UsbId.parse("1209:1234")), Library(user=[]))
    with pytest.raises(NoWay, match="no profile knows 1209:1234 at 1-1"):
        goal_of(device, None, of_any_host)


@pytest.mark.parametrize("usb", ["12d1:1f01", "12d1:14fe", "12d1:1570", "12d1:1003", "12d1:380b"])
@pytest.mark.parametrize("manufacturer", ["Android", "Huawei Android Phone"])
def test_an_android_phone_is_left_alone_and_the_error_says_why(usb: str, manufacturer: str) -> None:
    library = Library(user=[])
    device = recognise(seen(UsbId.parse(usb), manufacturer), library)
    assert device.product is None
    with pytest.raises(NoWay, match="its manufacturer has 'Android' in it, and a device that says so is left alone"):
        goal_of(device, None, of_any_host)
    stick = recognise(seen(UsbId.parse(usb), "HUAWEI_MOBILE"), library)
    assert stick.product is not None


def test_an_android_phone_is_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = sunny("e3372h")
    looks = bus.sim.sticks[0].model.compositions
    monkeypatch.setitem(looks, "storage", replace(looks["storage"], manufacturer="Android"))
    ran = run(bus, "12d1:1f01", "ncm")
    assert type(ran.error) is NoWay
    assert "Android" in ran.error.message
    assert bus.sim.wire == []


def test_the_message_of_one_variant_is_not_sent_to_another() -> None:
    """19d2:0083 without WCDMA in its product string is no known product."""
    for name, sent in (("ZTE WCDMA Technologies MSM", 4), ("ZTE CDMA", 0)):
        bus = at_ports(("storage", 0x0083))
        (stick,) = bus.sim.sticks
        look = stick.model.compositions["storage"]
        stick.model.compositions["storage"] = replace(look, name=name)
        ran = run(bus, "1-1")
        assert len(messages(bus)) == sent, ran.error
