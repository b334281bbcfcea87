"""Why a stick is left as it is, and when a switch is counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import NoWay, Refused, Unavailable
from modeswitch.identity.device import Device
from modeswitch.identity.recognise import recognise
from modeswitch.service.apply import apply, nothing_to_do, unmet_mode
from modeswitch.service.policy import Policy
from modeswitch.service.wish import Wish
from modeswitch.sim.bus import SimBus
from modeswitch.sim.host import SimHost
from tests.support.rig import plugged
from tests.support.shared_id import shared

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


def test_what_mode_was_wanted_is_known_after_an_error_too() -> None:
    """Also where it came before anybody saw what the stick is."""
    bus, awake = device("e3372h,wakes=ecm")
    for to, known, unknown in (
        ("ncm", "ncm", "ncm"),
        ("hilink", None, "hilink"),
        ("usual", None, None),
        ("leave-alone", None, None),
    ):
        policy = Policy(default=Wish(to))
        assert (unmet_mode(awake.usb, awake, policy, bus), unmet_mode(awake.usb, None, policy, bus)) == (
            known,
            unknown,
        )


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


def test_a_known_stick_without_a_way_is_an_error_and_an_unknown_one_is_left() -> None:
    bus, one = device()
    with pytest.raises(NoWay):
        apply(one, Policy(default=Wish("mbim")), bus, LIBRARY)
    bus = shared(("Foo", "Bar", "1"))
    left = apply(recognise(bus.scan()[0], LIBRARY), Policy(), bus, LIBRARY)
    assert (left.result, left.why.partition(":")[0]) == ("left", "is not a known stick")


@pytest.mark.parametrize("written", [True, False])
def test_the_password_of_the_page_is_read_where_the_policy_names_its_file(written: bool, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("Geheim-1234\n")
    (tmp_path / "password").chmod(0o600)
    bus, one = device("e3372h,sunny,wakes=ecm,password=Geheim-1234,hub=none")
    wish = Wish("debug", always=True, web_password_file=str(tmp_path / "password") if written else "")
    if written:
        assert apply(one, Policy(default=wish), bus, LIBRARY).mode == "debug"
        return
    with pytest.raises(Unavailable):
        apply(one, Policy(default=wish), bus, LIBRARY)
