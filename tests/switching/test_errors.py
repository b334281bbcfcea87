"""What the error of a switch says: where, in which step, what the stick is now, and why nothing was sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import ModeswitchError, NoWay, Refused, SwitchFailed
from modeswitch.identity.device import Device
from modeswitch.identity.recognise import recognise
from modeswitch.switching.goal import goal_of, of_any_host, why_not
from tests.support.rig import here, known_at, plugged, run
from tests.support.unknown import unknown


@pytest.mark.parametrize("fault", ["busy", "denied"])
def test_a_stick_that_cannot_be_opened_or_claimed_names_the_step(fault: str) -> None:
    ran = run(plugged(f"e3372h,{fault}"), "1-1", "ncm")
    assert ran.error is not None
    assert ran.error.facts["step"] == 1


def test_why_there_is_no_goal() -> None:
    device = here(plugged("e3372h"))
    unreadable = device.usb._replace(problem="cannot be read")
    cases: tuple[tuple[Device, type[ModeswitchError], str], ...] = (
        (device._replace(profile=None), NoWay, "no profile knows 12d1:1f01 at 1-1"),
        (device._replace(product=None), NoWay, "no profile knows 12d1:1f01 at 1-1"),
        (device._replace(usb=unreadable), Refused, "is unreadable: cannot be read"),
        (recognise(device.usb._replace(active=None), Library(user=[])), Refused, "no active configuration"),
    )
    for case, kind, words in cases:
        with pytest.raises(kind, match=words) as raised:
            goal_of(case, "ncm", of_any_host)
        assert raised.value.facts == {"port": "1-1", "id": "12d1:1f01"} | ({"mode": case.mode} if case.mode else {})


def test_a_stick_that_is_not_wholly_known_stays() -> None:
    device = here(plugged("e3372h"))
    assert why_not(device, "ncm") is None
    for one in (device._replace(profile=None), device._replace(product=None)):
        obstacle = why_not(one, "ncm")
        assert obstacle is not None
        assert (obstacle.kind, obstacle.words) == (NoWay, "is not a known stick")


def test_of_the_relatives_of_an_unknown_stick_the_likeliest_is_named() -> None:
    ran = run(unknown(), "1-1", "ncm")
    assert type(ran.error) is NoWay
    assert ran.error.hint.startswith("It looks like 12d1:1f01; ")
    assert "modeswitch plan 12d1:9999 --like 12d1:1f01" in ran.error.hint


def test_an_error_says_what_the_stick_is_now() -> None:
    ran = run(plugged("e3372h,back=rndis"), "12d1:1f01", "ncm")
    assert isinstance(ran.error, SwitchFailed)
    assert ran.error.facts == {"port": "1-1", "id": "12d1:14dc", "mode": "hilink"}
    assert "hilink" in ran.error.message


@pytest.mark.parametrize(
    ("fault", "after"), [("deaf", True), ("back=never", True), ("csw=refused", False), ("busy", False)]
)
def test_an_error_says_in_which_step_or_after_it(fault: str, after: bool) -> None:
    ran = run(plugged(f"e3372h,{fault}"), "1-1", "ncm")
    assert ran.error is not None
    assert "step 1 of 1, { huawei = " in ran.error.message
    assert ran.error.message.startswith("after step") is after


def test_a_stick_that_is_not_configured_says_who_may_have_blocked_it() -> None:
    ran = run(plugged("e3372h,blocked"), "1-1", "ncm")
    assert "authorized" in str(ran.error)
    assert known_at(ran.bus, "1-1") is not None


@pytest.mark.parametrize("usb", ["12d1:1570", "12d1:1573"])
def test_a_module_is_left_alone(usb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bus = plugged("e3372h")
    model = bus.sim.sticks[0].model
    module = replace(model.compositions["storage"], product=int(usb[5:], 16))
    monkeypatch.setitem(model.compositions, "storage", module)
    ran = run(bus, usb)
    assert isinstance(ran.error, Refused)
    assert "left alone" in ran.error.message
    assert bus.sim.wire == []


def test_a_product_that_no_profile_knows_is_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = plugged("e3372h")
    model = bus.sim.sticks[0].model
    monkeypatch.setitem(model.compositions, "storage", replace(model.compositions["storage"], product=0xFFFE))
    ran = run(bus, "12d1:fffe")
    assert type(ran.error) is NoWay
    assert bus.sim.wire == []
