"""One transition of several steps: where the stick is looked at again between them, and what ends it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from modeswitch.errors import Refused, Unavailable
from modeswitch.modem.at import Dialogue
from modeswitch.modem.saved import Store
from tests.support.made_up import BACK, LINUX, RESET, WRITE, hop, made_up
from tests.support.rig import messages, plugged, run
from tests.support.sticks import HILINK_NCM, STICK_PPP, STORAGE

CHANGED = hop("stick", '"ncm"', WRITE, RESET, BACK, LINUX, flag="persistent = true")


def test_a_transition_goes_on_where_the_stick_is_back(tmp_path: Path) -> None:
    ran = run(plugged(STICK_PPP), "1-1", "ncm", persist=True, store=Store(tmp_path), library=made_up(tmp_path, CHANGED))
    assert ran.mode_at() == "ncm", ran.error
    assert ran.told.count("transition") == 1
    assert [(facts["number"], facts["of"]) for name, facts in ran.events if name == "step"] == [(1, 4), (2, 4), (4, 4)]


def test_a_stick_that_is_back_in_another_mode_is_not_gone_on_with(tmp_path: Path) -> None:
    """Its list begins with FF: it is where it was wanted, and the message for a CD-ROM is not sent."""
    library = made_up(tmp_path, CHANGED.replace('first = "A1,A2"', 'first = "FF"'))
    bus = plugged(STICK_PPP)
    ran = run(bus, "1-1", "ncm", persist=True, store=Store(tmp_path), library=library)
    assert ran.mode_at() == "ncm", ran.error
    assert messages(bus) == []


def test_what_is_mounted_as_soon_as_it_is_back_is_not_pulled_away(tmp_path: Path) -> None:
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


def test_what_is_barred_after_the_first_look_ends_the_switch(tmp_path: Path) -> None:
    """Something was changed already: another way is not tried by itself."""
    hops = hop("stick", '"ncm"', RESET, BACK, RESET), hop("stick", '"hilink"', RESET), hop("hilink", '"ncm"', RESET)
    bus = plugged(STICK_PPP)
    ran = run(bus, "1-1", "ncm", library=made_up(tmp_path, *hops))
    assert type(ran.error) is Unavailable
    assert ran.error.facts["port"] == "1-1"
    assert ran.told.count("transition") == 1
    assert "unavailable" not in ran.told


def test_what_was_tried_with_the_old_list_is_worth_trying_with_the_new(tmp_path: Path) -> None:
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


def test_its_ports_are_let_go_of_before_it_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []
    hang_up = Dialogue.close

    def note(self: Dialogue) -> None:
        happened.append("closed")
        hang_up(self)

    monkeypatch.setattr(Dialogue, "close", note)
    run(plugged(f"{HILINK_NCM},hub=none"), "1-1", STORAGE, tell=lambda event, **_facts: happened.append(event))
    assert happened.index("closed") < happened.index("left")
