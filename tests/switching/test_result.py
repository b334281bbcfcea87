"""What a switch gives back and the host notes of it, and what is said where no way is left."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import LinkLost, NoDriver, NoWay, SwitchFailed, Unavailable
from modeswitch.modem.nvram import Written
from modeswitch.modem.saved import Store
from modeswitch.sim.bus import SimBus
from modeswitch.sim.models import MODELS
from modeswitch.switching.confirm import confirm
from modeswitch.switching.plan import plan
from modeswitch.switching.session import Session
from modeswitch.switching.switch import SwitchResult, check_readable, switch, take
from modeswitch.usb.descriptors import UsbId
from tests.support.made_up import LINUX, RESET, ROUTER, WRITE, hop, made_up
from tests.support.rig import ALT_MODE, NEW_MODE, do, here, leaving, messages, plugged, run, sunny
from tests.support.sticks import HILINK, STICK_PPP, STORAGE
from tests.support.unknown import unknown

POWER = "{ power = {} }"
WOKE = UsbId.parse("12d1:1f01")


def test_the_facts_of_a_switch() -> None:
    device = here(plugged("e3372h"))
    result = SwitchResult("switched", device, device._replace(mode="ncm"), seconds=1.23456)
    assert result.facts().items() >= {"from": STORAGE, "mode": "ncm", "seconds": 1.23}.items()
    assert SwitchResult("already", device, device).seconds == 0


def test_the_facts_of_a_stick_that_is_left() -> None:
    device = here(plugged("e3372h"))
    facts = SwitchResult("left", device, device, why="the policy wants it so", wanted="ncm").facts()
    assert facts.items() >= {"family": "huawei-hilink", "why": "the policy wants it so", "wanted": "ncm"}.items()
    assert "seconds" not in facts
    unknown = device._replace(profile=None)
    facts = SwitchResult("left", unknown, unknown, why="is not a known stick").facts()
    assert facts["family"] is None
    assert "wanted" not in facts


def woken(bus: SimBus) -> UsbId | None:
    return bus.host.woken(here(bus).usb)


def test_what_it_woke_up_as_is_noted_for_as_long_as_it_is_awake() -> None:
    bus = sunny("e3372h,web=")
    assert run(bus, "1-1", STORAGE).outcome is not None
    assert woken(bus) is None
    for to, noted in (("hilink", WOKE), ("debug", WOKE), (STORAGE, None)):
        assert run(bus, "1-1", to).mode_at() == to
        assert woken(bus) == noted


@pytest.mark.parametrize("to", ["hilink", "debug"])
def test_what_was_awake_from_the_first_is_not_noted(to: str, monkeypatch: pytest.MonkeyPatch) -> None:
    noted: list[object] = []
    bus = sunny(HILINK)
    monkeypatch.setattr(bus.host, "note_woken", lambda *words: noted.append(words))
    ran = run(bus, "1-1", to)
    assert ran.mode_at() == to
    assert (ran.seconds == 0) is (to == "hilink")
    assert noted == []


@pytest.mark.parametrize(("stick", "comes"), [("e3372h", 2), (HILINK, 3)])
def test_a_stick_that_falls_into_another_outcome_is_not_waited_for(stick: str, comes: int) -> None:
    bus = plugged(stick)
    (there,) = bus.sim.sticks

    at: list[float] = []

    def fall(event: str, **_facts: object) -> None:
        if event == "back" and there.enumerations == comes:
            there.become("gateway-ppp")
        elif event == "fell":
            at.append(bus.now())

    ran = run(bus, "1-1", "ncm", tell=fall)
    assert "was in ncm for a moment and fell back to stick" in str(ran.error)
    assert bus.now() - at[0] < 3


def test_how_long_it_was_there_before_it_fell() -> None:
    ran = run(plugged("e3372h,falls=0.09"), "1-1", "ncm")
    (seconds,) = (facts["seconds"] for name, facts in ran.events if name == "fell")
    assert seconds == 0.3


@pytest.mark.parametrize(("stick", "again"), [("e3372h", False), (HILINK, True)])
def test_a_stick_that_is_awake_may_have_another_way_once_it_is_plugged_in_again(stick: str, again: bool) -> None:
    ran = run(sunny(stick), "1-1", "mbim")
    assert type(ran.error) is NoWay
    assert ("Plug it in again: it then starts in mass-storage" in ran.error.hint) is again
    assert "modeswitch profiles show huawei-hilink" in ran.error.hint


def test_plugging_in_again_gives_no_driver() -> None:
    ran = run(sunny(HILINK), "1-1", "ncm", can_drive=lambda _gives: False)
    assert type(ran.error) is NoDriver
    assert "Plug it in again" not in ran.error.hint


def test_a_way_that_came_to_nothing_may_have_changed_the_address(tmp_path: Path) -> None:
    """Its port's data lines were cut, and its power was not."""
    hops = (
        hop("stick", '"mass-storage"', POWER),
        hop("stick", '"mass-storage"', RESET),
        hop(STORAGE, '["ncm", "stick"]', LINUX),
    )
    ran = run(sunny(f"{STICK_PPP},hub=dataonly"), "1-1", STORAGE, library=made_up(tmp_path, *hops))
    assert ran.mode_at() == STORAGE, ran.error
    assert ran.told.count("unavailable") == 1


@pytest.mark.parametrize(("at", "others"), [("", 0), (",at=mute", 1)])
def test_where_no_way_could_begin_each_says_why(at: str, others: int, tmp_path: Path) -> None:
    hops = [hop("stick", '"mass-storage"', POWER), hop("stick", '"mass-storage"', RESET)]
    ran = run(sunny(f"{STICK_PPP},hub=none{at}"), "1-1", STORAGE, library=made_up(tmp_path, *hops[: others + 1]))
    assert type(ran.error) is Unavailable
    assert ran.error.message.count("\n  also: ") == others
    assert "step 1 of 1, { power = {} }" in ran.error.message.split("\n  also: ")[0]


def test_a_stick_that_is_gone_after_a_way_that_could_not_begin(tmp_path: Path) -> None:
    bus = sunny(f"{STICK_PPP},hub=none")
    hops = hop("stick", '"mass-storage"', POWER), hop("stick", '"mass-storage"', RESET)

    def pull(event: str, **_facts: object) -> None:
        if event == "unavailable":
            bus.sim.sticks[0].unplug()

    ran = run(bus, "1-1", STORAGE, library=made_up(tmp_path, *hops), tell=pull)
    assert ran.error is not None
    assert ran.mode_at() is None


def test_one_transition_is_taken_wherever_it_leads() -> None:
    family = Library(user=[]).family("huawei-hilink")
    (transition,) = plan(family, STORAGE, "ncm")
    bus = sunny("e3372h")
    told: list[object] = []
    after = do(
        take, here(bus), transition, bus=bus, tell=lambda event, **facts: told.append((event, facts.get("mode")))
    )
    assert (after.mode, told[-1]) == ("ncm", ("found", "ncm"))


def test_one_transition_that_cannot_be_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    family = made_up(tmp_path, hop(STORAGE, '"ncm"', POWER)).family("made-up")
    bus = sunny("e3372h,hub=none")
    with pytest.raises(Unavailable):
        do(take, here(bus), family.transitions[0], bus=bus)
    bus = sunny("e3372h")
    monkeypatch.setattr(bus.sim, "claim_interface", leaving(bus))
    (transition,) = plan(Library(user=[]).family("huawei-hilink"), STORAGE, "ncm")
    with pytest.raises(LinkLost):
        do(take, here(bus), transition, bus=bus)


@pytest.mark.parametrize(("persist", "heard"), [(True, 1), (False, 0)])
def test_a_mode_that_is_not_kept_is_warned_of_where_it_was_to_be(persist: bool, heard: int) -> None:
    warnings: list[str] = []
    bus = sunny("e3372h")

    def note(event: str, **facts: object) -> None:
        if event == "warning":
            warnings.append(str(facts["message"]))

    do(switch, here(bus), "ncm", bus=bus, persist=persist, tell=note)
    assert sum("does not keep this mode" in one for one in warnings) == heard


def test_nvram_is_written_only_where_that_is_asked_for() -> None:
    bus = sunny("e173,wakes=linux,u2diag=256,hub=none")
    with pytest.raises(Unavailable):
        do(switch, here(bus), "ncm", bus=bus)
    assert bus.sim.sticks[0].nvram.u2diag == 256


def test_a_stick_that_came_back_otherwise_never_was_what_was_wanted() -> None:
    ran = run(sunny("e3372h,back=rndis"), "1-1", "ncm")
    assert "came back in mode hilink, not ncm" in str(ran.error)
    assert "fell back" not in str(ran.error)


def test_a_message_that_its_list_decides_is_worth_sending_to_what_is_still_storage(tmp_path: Path) -> None:
    hops = hop(STORAGE, '"ncm"', ROUTER), hop(STORAGE, '["ncm", "stick"]', LINUX, flag="listed = true")
    ran = run(sunny("e3372h-153,back=same"), "1-1", "ncm", library=made_up(tmp_path, *hops))
    assert ran.told.count("transition") == 2


def test_what_comes_back_unreadable_or_as_no_modem_says_what_to_do() -> None:
    device = here(plugged("e3372h"))
    check_readable(device, device)
    unreadable = device._replace(usb=device.usb._replace(problem="descriptors end too early"))
    with pytest.raises(SwitchFailed, match="which is unreadable: descriptors end too early") as raised:
        check_readable(device, unreadable)
    assert "a weak port or cable" in raised.value.hint
    with pytest.raises(SwitchFailed, match="which is no modem that is known") as raised:
        check_readable(device, device._replace(mode=None))
    assert raised.value.hint == "What it is: modeswitch doctor --port 1-1"


@pytest.mark.parametrize("changed", [True, False])
def test_what_was_written_is_read_again_once_the_stick_has_arrived(changed: bool, tmp_path: Path) -> None:
    """Only then: who wrote nothing asks nothing."""
    to_storage, to_ncm = hop("stick", '"mass-storage"', RESET), hop(STORAGE, '["ncm", "stick"]', LINUX)
    writes = hop("stick", '"mass-storage"', WRITE, RESET, flag="persistent = true")
    library = made_up(tmp_path, writes if changed else to_storage, to_ncm)
    bus = sunny(STICK_PPP)
    ran = run(bus, "1-1", "ncm", persist=True, store=Store(tmp_path), library=library)
    heard = bus.sim.sticks[0].modem.heard
    if changed:
        assert ran.mode_at() == "ncm", ran.error
        assert heard[-1] == "AT^SETPORT?"
    else:
        assert not [one for one in heard if "SETPORT" in one]


def test_a_stick_taken_for_another_has_a_profile_to_keep_once_it_was_switched() -> None:
    with Session("1-1", like="12d1:1f01", bus=unknown()) as session:
        assert "like-12d1-9999" in switch(session, "ncm").keep
    with Session("1-1", like="12d1:1f01", bus=unknown()) as session:
        assert switch(session, STORAGE).keep == ""


def test_what_comes_back_as_another_familys_stick_goes_on_in_that(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = MODELS["e3372h"].compositions
    monkeypatch.setitem(looks, "other", replace(looks["storage"], product=0x14FE))
    ran = run(sunny("e3372h,back=other"), "1-1", "ncm")
    assert [facts["id"] for name, facts in ran.events if name == "transition"] == ["12d1:1f01", "12d1:14fe"]
    assert messages(ran.bus) == [ALT_MODE, NEW_MODE]


def test_a_stick_that_cannot_be_asked_what_it_kept_is_warned_of() -> None:
    warnings: list[object] = []

    def note(event: str, **facts: object) -> None:
        if event == "warning":
            warnings.append(facts["message"])

    with Session("1-1", bus=sunny("e3372h-153,wakes=linux,at=mute"), on_event=note, timeout=30) as session:
        session.written["SETPORT"] = Written("SETPORT", "A", "B", "file", "folder")
        confirm(session, ("ncm",))
        session.written.clear()
    (warning,) = warnings
    assert "whether it kept it is not known" in str(warning)
