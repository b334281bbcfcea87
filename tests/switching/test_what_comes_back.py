"""What comes back in the port after a switch: the stick under another id, another device, or something unreadable."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modeswitch.errors import SwitchFailed
from modeswitch.sim.composition import Composition, Function, Setting
from modeswitch.switching.session import Session
from modeswitch.switching.switch import switch
from tests.support.rig import messages, plugged, run


def test_a_stick_that_comes_back_under_an_id_nobody_lists_is_switched(monkeypatch: pytest.MonkeyPatch) -> None:
    """No profile knows its ports, but it has left mass-storage: that is all that was wanted."""
    bus = plugged("e3372h-153,back=gateway-ppp")
    model = bus.sim.sticks[0].model
    monkeypatch.setitem(model.compositions, "gateway-ppp", replace(model.compositions["gateway-ppp"], product=0xFFFE))
    ran = run(bus, "1-1")
    assert ran.outcome is not None, ran.error
    assert ran.outcome.mode == "switched"
    assert str(ran.outcome.device.usb.id) == "12d1:fffe"


@pytest.mark.parametrize(("vendor", "goal"), [(0x0781, "ncm"), (0x0781, "switched"), (0x12D1, "ncm")])
def test_another_device_in_the_port_is_sent_nothing(vendor: int, goal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the stick is away somebody plugs a flash drive into its port."""
    bus = plugged("e3372h-153,back=gateway-ppp")
    model = bus.sim.sticks[0].model
    drive = replace(model.compositions["storage"], vendor=vendor, product=0x5567)
    monkeypatch.setitem(model.compositions, "gateway-ppp", drive)
    ran = run(bus, "1-1", goal)
    assert isinstance(ran.error, SwitchFailed)
    assert "of no family that is known" in ran.error.message
    assert len(messages(bus)) == 1


def test_a_keyboard_in_the_port_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = plugged("e3372h-153,back=gateway-ppp")
    model = bus.sim.sticks[0].model
    keys = Function((Setting((3, 1, 1), ((0x81, 3),)),))
    monkeypatch.setitem(model.compositions, "gateway-ppp", Composition(0x046D, 0xC31C, (keys,)))
    ran = run(bus, "1-1", "switched")
    assert isinstance(ran.error, SwitchFailed)
    assert "no modem that is known" in ran.error.message


def test_a_stick_that_comes_back_unreadable_says_why() -> None:
    """Good descriptors at first, broken ones after the switch."""
    bus = plugged("e3372h")
    stick = bus.sim.sticks[0]

    def break_them(event: str, **facts: object) -> None:
        if event == "left":
            stick.faults = replace(stick.faults, descriptors="lying")

    ran = run(bus, "1-1", "ncm", tell=break_them)
    assert isinstance(ran.error, SwitchFailed)
    assert "bNumInterfaces 9" in ran.error.message


@pytest.mark.parametrize(
    ("vendor", "product", "triples"),
    [
        (0x2001, 0x331D, ((0xFF, 0xFF, 0xFF),)),
        (0x0B05, 0x1997, ((0xFF, 0xFF, 0xFF),)),
        (0x3625, 0x010B, ((0xFF, 0xFF, 0xFF),)),
        (0x368B, 0x8D83, ((0xE0, 0x01, 0x01), (0xFF, 0xFF, 0xFF))),
        (0x0BDA, 0xC820, ((0xFF, 0xFF, 0xFF), (0x03, 0x01, 0x01))),
        (0x3625, 0x010B, ((0x08, 0x06, 0x50), (0xFF, 0xFF, 0xFF))),
    ],
)
def test_whoevers_id_it_has_a_stick_that_is_no_storage_is_switched(
    vendor: int, product: int, triples: tuple[tuple[int, int, int], ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Wi-Fi adapter that was another brand's CD-ROM before."""
    bus = plugged("eject,back=single")
    functions = tuple(
        Function((Setting(triple, ((0x81 + n, 2), (1 + n, 2))),), ("cdrom",) * (triple[0] == 8))
        for n, triple in enumerate(triples)
    )
    look = Composition(vendor, product, functions, manufacturer="Its own", name="name")
    monkeypatch.setitem(bus.sim.sticks[0].model.compositions, "single", look)
    ran = run(bus, "1-1")
    assert ran.outcome is not None, ran.error
    assert (ran.outcome.mode, str(ran.outcome.id)) == ("switched", f"{vendor:04x}:{product:04x}")
    assert ran.outcome.device.usb.strings[:2] == ("Its own", "name")


def test_one_that_was_never_sent_a_message_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen by itself, an id that nobody knows is no stick."""
    bus = plugged("eject,wakes=modem")
    model = bus.sim.sticks[0].model
    look = replace(model.compositions["modem"], vendor=0x3625, product=0x010B)
    monkeypatch.setitem(model.compositions, "modem", look)
    assert run(bus, "1-1").outcome is None


def test_a_stick_that_leaves_twice_is_followed_under_both_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """A boot loader nobody knows, then an id nobody knows: the family it was known to be of still counts."""
    bus = plugged("eject,back=single")
    stick = bus.sim.sticks[0]
    mute = Function((Setting((0xFF, 0xFF, 0xFF), ((0x81, 2), (1, 2))),))
    monkeypatch.setitem(stick.model.compositions, "single", Composition(0x3625, 0x0001, (mute,)))
    with Session("1-1", bus=bus) as session:
        switch(session)
        assert session.device.profile is None
        monkeypatch.setitem(stick.model.compositions, "single", Composition(0x3625, 0x0002, (mute,)))
        seen = bus.at(session.device.port)
        assert seen is not None
        assert (str(session.seen(seen).id), session.device.mode) == ("3625:0002", "switched")
