"""Why a stick is left as it is, and when a switch is counted."""

from __future__ import annotations

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import Refused, Unavailable
from modeswitch.identity.device import Device
from modeswitch.identity.recognise import recognise
from modeswitch.service.apply import apply, nothing_to_do
from modeswitch.service.policy import Policy
from modeswitch.service.wish import Wish
from modeswitch.sim.bus import SimBus
from modeswitch.sim.host import SimHost
from tests.support.rig import plugged

LIBRARY = Library(user=[])


def device(stick: str = "e3372h") -> tuple[SimBus, Device]:
    bus = plugged(stick)
    return bus, recognise(bus.scan()[0], LIBRARY)


def test_why_it_is_left() -> None:
    bus, storage = device()
    assert storage.product is not None
    unreadable = storage.usb._replace(problem="descriptors end too early", active=None)
    awake = device("e3372h,wakes=ecm")[1]
    alone = storage.product._replace(leave_alone="it is a module")
    for one, wish, why in (
        (storage, Wish(), ""),
        (storage, Wish("ncm"), ""),
        (storage, Wish("leave-alone"), "is left alone: the policy wants it so"),
        (storage._replace(profile=None), Wish(), "is not a known stick"),
        (storage._replace(product=None), Wish(), "is not a known stick"),
        (storage._replace(product=alone), Wish(), "is left alone: it is a module"),
        (storage._replace(mode=None), Wish(), "has no active configuration"),
        (storage._replace(mode=None, usb=unreadable), Wish(), "is unreadable: descriptors end too early"),
        (awake, Wish(), "is in hilink already"),
        (awake, Wish("hilink", always=True), "is in hilink already"),
        (awake, Wish("switched"), "is in hilink already"),
        (
            *(awake, Wish("ncm")),
            "is left in hilink, the policy wants ncm: it is awake already, and always = true is not set",
        ),
        (awake, Wish("ncm", always=True), ""),
    ):
        assert nothing_to_do(one, wish, bus) == why
        if why:
            left = apply(one, Policy(default=wish), bus, LIBRARY)
            assert left.wanted == ("ncm" if "the policy wants ncm" in why else "")


@pytest.mark.parametrize(("stick", "to"), [("e3372h,wakes=ecm", "ncm"), ("e3372h-153,wakes=linux", "stick")])
def test_a_stick_that_is_awake_is_switched_where_its_owner_always_wants_it_so(stick: str, to: str) -> None:
    bus, one = device(stick)
    result = apply(one, Policy(default=Wish(to, always=True)), bus, LIBRARY)
    assert (result.result, result.mode) == ("switched", to)


def test_nothing_is_ever_written_to_nvram() -> None:
    """Where the only way needs a write the stick stays as it is, whatever the policy wants."""
    bus, one = device("e173,wakes=linux,u2diag=256,hub=none")
    with pytest.raises(Unavailable):
        apply(one, Policy(default=Wish("ncm", always=True)), bus, LIBRARY)
    assert bus.sim.sticks[0].nvram.u2diag == 256


def test_only_a_switch_is_counted_and_before_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[int] = []

    def count(_host: SimHost, _port: object) -> None:
        counted.append(len(bus.sim.wire))
        if len(counted) > 1:
            raise Refused("too often")

    monkeypatch.setattr(SimHost, "count_start", count)
    bus, one = device("e3372h,wakes=ecm")
    result = apply(one, Policy(), bus, LIBRARY)
    assert (result.result, result.why) == ("left", "is in hilink already")
    assert counted == []
    bus, one = device()
    outcome = apply(one, Policy(default=Wish("ncm", 30)), bus, LIBRARY)
    assert (outcome.mode, counted) == ("ncm", [0])
    bus, one = device()
    with pytest.raises(Refused):
        apply(one, Policy(), bus, LIBRARY)
    assert bus.sim.wire == []


def test_a_switch_that_is_refused_since_the_stick_falls_back_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_host: SimHost, port: object) -> None:
        raise Refused(f"the stick at {port} was switched 5 times")

    monkeypatch.setattr(SimHost, "count_start", refuse)
    bus, one = device()
    with pytest.raises(Refused):
        apply(one, Policy(), bus, LIBRARY)
    past = bus.host.past(one.port)
    assert (past.failures, past.kind, past.switched) == (1, "Refused", None)
