"""What comes back in the port after a switch: the stick under another id, another device, or something unreadable."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modeswitch.errors import SwitchFailed
from modeswitch.sim.composition import Composition, Function, Setting
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
