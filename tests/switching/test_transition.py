"""One transition of several steps: where the stick is looked at again between them, and what ends it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from modeswitch.errors import LinkLost, NotBack, Refused, Unavailable
from modeswitch.modem.at import Dialogue
from modeswitch.modem.saved import Store
from tests.support.made_up import BACK, LINUX, RESET, ROUTER, WRITE, hop, made_up
from tests.support.rig import leaving, messages, plugged, run
from tests.support.sticks import HILINK_NCM, STICK_PPP, STORAGE

AGAIN = '{ at = { send = "ATI" } }'
CHANGED = hop("stick", '"ncm"', WRITE, RESET, BACK, LINUX, flag="persistent = true")


def test_a_transition_goes_on_once_the_stick_is_back(tmp_path: Path) -> None:
    ran = run(plugged(STICK_PPP), "1-1", "ncm", persist=True, store=Store(tmp_path), library=made_up(tmp_path, CHANGED))
    assert ran.mode_at() == "ncm", ran.error
    assert ran.told.count("transition") == 1
    assert [(facts["number"], facts["of"]) for name, facts in ran.events if name == "step"] == [(1, 4), (2, 4), (4, 4)]


def test_a_transition_ends_where_the_stick_is_back_in_another_mode(tmp_path: Path) -> None:
    """Its list begins with FF: it is where it was wanted, and the message for a CD-ROM is not sent."""
    library = made_up(tmp_path, CHANGED.replace('first = "A1,A2"', 'first = "FF"'))
    bus = plugged(STICK_PPP)
    ran = run(bus, "1-1", "ncm", persist=True, store=Store(tmp_path), library=library)
    assert ran.mode_at() == "ncm", ran.error
    assert messages(bus) == []


def test_a_transition_that_ended_early_is_not_taken_up_again(tmp_path: Path) -> None:
    """It is where its third part begins, but the second was for a router, which it has not become."""
    bus = plugged(STICK_PPP)
    router = BACK.replace(STORAGE, "hilink")
    library = made_up(tmp_path, hop("stick", '"ncm"', RESET, router, RESET, BACK, LINUX))
    ran = run(bus, "1-1", "ncm", library=library)
    assert ran.mode_at() == STORAGE
    assert ran.error is not None
    assert messages(bus) == []


def test_a_transition_that_could_not_be_sent_whole_ends_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stick left before its message: what the transition would do next was meant for one that had obeyed."""
    bus = plugged("e3372h,sunny")
    write = bus.sim.bulk_write
    monkeypatch.setattr(bus.sim, "bulk_write", leaving(bus))

    def mend(event: str, **_facts: object) -> None:
        if event == "back":
            monkeypatch.setattr(bus.sim, "bulk_write", write)

    library = made_up(tmp_path, hop(STORAGE, '"ncm"', ROUTER, LINUX, BACK, LINUX))
    ran = run(bus, "1-1", "ncm", library=library, tell=mend)
    assert type(ran.error) is LinkLost
    assert ran.told.count("step") == 1
    assert messages(bus) == []


def test_a_stick_that_leaves_while_it_is_taken_hold_of_was_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = plugged("e3372h,sunny")
    monkeypatch.setattr(bus.sim, "claim_interface", leaving(bus))
    ran = run(bus, "1-1", "ncm")
    assert type(ran.error) is LinkLost
    assert ran.error.message.startswith("12d1:1f01 at 1-1: step 1 of 1")


def test_the_time_of_a_transition_begins_with_its_first_step(tmp_path: Path) -> None:
    library = made_up(tmp_path, hop(STORAGE, '"ncm"', "{ pause = { seconds = 20 } }", LINUX))
    ran = run(plugged("e3372h,sunny,back=never"), "1-1", "ncm", library=library)
    assert type(ran.error) is NotBack
    assert ran.seconds <= 60 + 1e-6


def lock_is_a_folder(store: Path) -> None:
    (store / ".lock").mkdir(parents=True)


def store_is_a_file(store: Path) -> None:
    store.touch()


def store_was_edited(store: Path) -> None:
    store.mkdir()
    for stick in ("imei-868723020012345", "imei-868723020012346"):
        (store / f"{stick}.toml").write_text("somebody was here")


def store_has_a_pipe(store: Path) -> None:
    store.mkdir()
    os.mkfifo(store / "imei-868723020012345.toml")


@pytest.mark.parametrize("spoil", [lock_is_a_folder, store_is_a_file, store_was_edited, store_has_a_pipe])
def test_a_value_that_cannot_be_kept_ends_the_switch(spoil: Callable[[Path], None], tmp_path: Path) -> None:
    """Who lets NVRAM be written wants its old value kept, and no other way instead."""
    hops = (
        hop("stick", '"ncm"', WRITE, RESET, flag="persistent = true"),
        hop("stick", '"mass-storage"', RESET),
        hop(STORAGE, '["ncm", "stick"]', LINUX),
    )
    spoil(tmp_path / "store")
    bus = plugged(STICK_PPP)
    library = made_up(tmp_path, *hops)
    ran = run(bus, "1-1", "ncm", persist=True, store=Store(tmp_path / "store"), library=library)
    assert type(ran.error) is Refused, ran.error
    assert str(ran.error.facts["unsaved"]).startswith(str(tmp_path / "store"))
    assert "Nothing was written to the stick" in ran.error.hint
    assert not any('AT^SETPORT="' in word for word in bus.sim.sticks[0].modem.heard)
    assert "unavailable" not in ran.told
    assert ran.mode_at() == "stick"


def test_a_step_that_is_unavailable_after_a_write_ends_the_switch(tmp_path: Path) -> None:
    hops = (
        hop("stick", '"ncm"', WRITE, "{ power = {} }", flag="persistent = true"),
        hop("stick", '"mass-storage"', RESET),
        hop(STORAGE, '["ncm", "stick"]', LINUX),
    )
    bus = plugged(f"{STICK_PPP},hub=none")
    ran = run(bus, "1-1", "ncm", persist=True, store=Store(tmp_path), library=made_up(tmp_path, *hops))
    assert type(ran.error) is Unavailable, ran.error
    assert "unavailable" not in ran.told
    assert ran.mode_at() == "stick"


@pytest.mark.parametrize("steps", [1, 2])
def test_a_stick_that_stays_names_the_last_step_that_was_sent(steps: int, tmp_path: Path) -> None:
    library = made_up(tmp_path, hop("stick", '"ncm"', *['{ at = { send = "AT" } }', AGAIN][-steps:]))
    ran = run(plugged(STICK_PPP), "1-1", "ncm", library=library)
    assert ran.error is not None
    assert f"after step {steps} of {steps}, {AGAIN}" in ran.error.message


def test_a_stick_that_is_lost_before_all_was_sent_says_both(tmp_path: Path) -> None:
    library = made_up(tmp_path, hop(STORAGE, '"ncm"', ROUTER, LINUX))
    ran = run(plugged("e3372h,sunny,pulled=1"), "1-1", "ncm", library=library)
    assert type(ran.error) is NotBack
    assert "did not come back in time; before that: 12d1:1f01 at 1-1: step 1 of 2" in ran.error.message
    assert "after step" not in ran.error.message


def test_a_stick_that_said_no_and_left_for_good_took_the_message() -> None:
    ran = run(plugged("e3372h,sunny,csw=failed,back=never"), "1-1", "ncm")
    assert type(ran.error) is NotBack
    assert ran.error.message.startswith("after step 1 of 1")
    assert "before that" not in ran.error.message


def test_a_disk_mounted_as_soon_as_the_stick_is_back_ends_the_switch(tmp_path: Path) -> None:
    bus = plugged(STICK_PPP)
    stick = bus.sim.sticks[0]

    def mount(event: str, **facts: object) -> None:
        if event == "back":
            stick.faults = replace(stick.faults, mounted=True)

    library = made_up(tmp_path, CHANGED)
    ran = run(bus, "1-1", "ncm", persist=True, store=Store(tmp_path), library=library, tell=mount)
    assert type(ran.error) is Refused
    assert "in use" in ran.error.message
    assert messages(bus) == []


def test_a_step_that_is_unavailable_after_a_restart_ends_the_switch(tmp_path: Path) -> None:
    """Something was changed already: another way is not tried by itself."""
    hops = hop("stick", '"ncm"', RESET, BACK, RESET), hop("stick", '"hilink"', RESET), hop("hilink", '"ncm"', RESET)
    bus = plugged(STICK_PPP)
    ran = run(bus, "1-1", "ncm", library=made_up(tmp_path, *hops))
    assert type(ran.error) is Unavailable
    assert ran.error.facts["port"] == "1-1"
    assert ran.told.count("transition") == 1
    assert "unavailable" not in ran.told


def test_a_transition_is_tried_again_once_the_port_list_has_changed(tmp_path: Path) -> None:
    hops = (
        hop(STORAGE, '["ncm", "stick"]', LINUX, flag="listed = true"),
        hop("stick", '["ncm", "mass-storage"]', WRITE, RESET, flag="persistent = true"),
    )
    bus = plugged("e3372h-153,ports=A1+A2;12+1+A1+A2")
    ran = run(bus, "1-1", "ncm", persist=True, store=Store(tmp_path), library=made_up(tmp_path, *hops))
    assert ran.mode_at() == "ncm", ran.error
    starts = [facts["start"] for name, facts in ran.events if name == "transition"]
    assert starts == [STORAGE, "stick", STORAGE]
    assert bus.sim.sticks[0].nvram.ports == "A1,A2;12,1,16,A1,A2"


def test_the_at_port_is_closed_before_the_stick_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []
    hang_up = Dialogue.close

    def note(self: Dialogue) -> None:
        happened.append("closed")
        hang_up(self)

    monkeypatch.setattr(Dialogue, "close", note)
    run(plugged(f"{HILINK_NCM},hub=none"), "1-1", STORAGE, tell=lambda event, **_facts: happened.append(event))
    assert happened.index("closed") < happened.index("left")
