"""A stick that no profile knows: switched as if it were another, and then known by the profile that was printed."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import modeswitch
from modeswitch.database.library import Library
from modeswitch.database.reader import read
from modeswitch.errors import NoWay, Refused, SwitchFailed, UsageError
from modeswitch.sim.bus import SimBus
from modeswitch.sim.faults import Faults
from tests.support.rig import ALT_MODE, NEW_MODE, PPP_MODE, messages, plugged, run
from tests.support.said import Command
from tests.support.unknown import NOBODYS, unknown

LIKE = "12d1:1f01"
OLD_MODE = "55534243123456780000000000000011062000000100000000000000000000"


def test_without_it_the_error_offers_it_and_nothing_is_sent(command: Command) -> None:
    bus = unknown()
    said = command(NOBODYS, bus=bus)
    assert said.status == 4
    assert f"no profile knows {NOBODYS} at 1-1" in said.err
    assert f"modeswitch plan {NOBODYS} --like {LIKE}" in said.err
    assert bus.sim.wire == []


@pytest.mark.parametrize("bus", [unknown("0781:5567", manufacturer="SanDisk", name="Cruzer"), unknown(name="Phone")])
def test_what_looks_like_no_stick_is_offered_none(bus: SimBus, command: Command) -> None:
    said = command("1-1", bus=bus)
    assert said.status == 4
    assert "--like" not in said.err
    assert "--like" not in command("doctor", "1-1", bus=bus).out


def test_the_doctor_offers_it(command: Command) -> None:
    said = command("doctor", bus=unknown())
    assert said.status == 1
    assert f"$ modeswitch plan 1-1 --like {LIKE}" in said.out
    assert "It looks like 12d1:1f01 or 12d1:14fe" in said.out


def test_the_plan_says_what_would_be_sent_and_why_it_may_be_wrong(command: Command) -> None:
    bus = unknown()
    said = command("plan", NOBODYS, "--like", LIKE, "--to", "ncm", bus=bus)
    assert said.status == 0
    assert ALT_MODE in said.out
    assert f"1-1: {NOBODYS} is taken for {LIKE}, of the family huawei-hilink" in said.err
    assert said.err.count("this may be wrong: ") == 2
    assert bus.sim.wire == []
    dry = command(NOBODYS, "--like", LIKE, "--to", "ncm", "--dry-run", bus=bus)
    assert (dry.out, dry.err, bus.sim.wire) == (said.out, said.err, [])


def test_a_plan_for_an_id_that_is_not_there(command: Command) -> None:
    said = command("plan", "12d1:9998", "--like", "E3131h", "--to", "stick", "--json", sticks=("e220",))
    assert said.status == 0
    names = [event["event"] for event in said.events]
    assert names == ["likened", "risk", "risk", "risk", "risk", "transition", "done"]
    assert OLD_MODE in said.events[-2]["steps"][0]["wire"][0]
    assert said.events[0] == {"event": "likened", "like": "E3131h", "family": "huawei-hilink", "id": "12d1:9998"} | {
        "mode": "mass-storage"
    }
    known = command("plan", "12d1:1f01", "--like", "12d1:14fe", sticks=("e220",))
    assert (known.status, "is known to huawei-hilink" in known.err) == (2, True)


@pytest.mark.parametrize(("to", "message"), [("hilink", NEW_MODE), ("ncm", ALT_MODE), ("switched", NEW_MODE)])
@pytest.mark.parametrize("becomes", ["", "12d1:9998", "3625:0001"])
def test_it_is_switched_and_then_known_by_what_was_printed(
    to: str, message: str, becomes: str, command: Command, tmp_path: Path
) -> None:
    """First told, then sent, then the profile; saved, that makes the stick known, and it goes the same way."""
    bus = unknown(becomes=becomes)
    said = command(NOBODYS, "--like", LIKE, "--to", to, bus=bus)
    assert said.status == 0, said.err
    assert messages(bus) == [message]
    assert said.err.index("1-1: to be sent: ") < said.err.index("1-1: left")
    first, *rest = said.out.splitlines()
    assert first.startswith("1-1: ")
    text = "\n".join(rest) + "\n"
    written = tomllib.loads(text)
    name = written["family"]["name"]
    assert [one["usb"] for one in written["product"]] == [NOBODYS]
    assert [one["names"] for one in written["switched"]] == [["HUAWEI_MOBILE"]]
    assert f"save it as /etc/modeswitch/profiles/{name}.toml" in text
    profile = read(text, f"{name}.toml")
    goal = "ncm" if to == "ncm" else "hilink"
    assert (profile.name, profile.goal) == ("like-12d1-9999", goal)
    assert sum("switched by modeswitch --like" in str(way.evidence[0]) for way in profile.transitions) == 1
    (tmp_path / f"{name}.toml").write_text(text, "utf-8")
    library = Library(user=[tmp_path])
    again = unknown(becomes=becomes)
    ran = run(again, NOBODYS, library=library)
    assert ran.outcome is not None, ran.error
    assert (ran.outcome.mode, messages(again)) == (goal, [message])
    already = run(again, NOBODYS, library=library)
    assert already.outcome is not None, already.error
    assert already.outcome.result == "already"


def test_ports_that_nobody_describes_are_no_stick(command: Command) -> None:
    """Three ports of ff/ff/ff under an id that nobody knows: that one of them takes AT commands is not claimed."""
    bus = unknown(becomes="12d1:9998")
    said = command(NOBODYS, "--like", LIKE, "--to", "stick", bus=bus)
    assert (said.status, said.out, messages(bus)) == (1, "", [PPP_MODE])
    assert "12d1:9998 at 1-1 is there now" in said.err


def test_in_json_the_profile_is_an_event(command: Command) -> None:
    events = command(NOBODYS, "--like", LIKE, "--json", bus=unknown()).events
    names = [event["event"] for event in events]
    assert names[:4] == ["likened", "risk", "risk", "sends"]
    assert names[-2:] == ["profile", "done"]
    assert read(events[-2]["text"], f"{events[-2]['name']}.toml").products[0].usb == modeswitch.UsbId.parse(NOBODYS)


def test_the_library_takes_it_for_another_too() -> None:
    bus = unknown()
    told: list[str] = []
    (way,) = modeswitch.plan(NOBODYS, "ncm", like=LIKE, bus=bus)
    assert way.to[0] == "ncm"
    assert bus.sim.wire == []
    result = modeswitch.switch(NOBODYS, "ncm", like=LIKE, bus=bus, on_event=lambda event, **_: told.append(event))
    assert (result.mode, str(result.id)) == ("ncm", "12d1:155e")
    assert read(result.keep, "like-12d1-9999.toml").goal == "ncm"
    assert told.index("sends") < told.index("transition") < told.index("profile")


def test_a_known_stick_that_is_one_of_its_ids_models_needs_no_profile() -> None:
    result = modeswitch.switch("1-1", to="ncm", like="E3351", bus=plugged("e3372h"))
    assert (result.mode, result.keep) == ("ncm", "")


def test_a_session_has_its_own() -> None:
    bus = unknown()
    with modeswitch.Session(NOBODYS, like=LIKE, bus=bus) as session:
        with pytest.raises(UsageError):
            modeswitch.switch(session, like=LIKE)
        assert modeswitch.switch(session, "hilink").mode == "hilink"


def test_a_stick_that_wakes_up_and_comes_back_under_one_id(tmp_path: Path) -> None:
    bus = unknown(becomes=NOBODYS)
    result = modeswitch.switch(NOBODYS, "hilink", like=LIKE, bus=bus)
    profile = read(result.keep, "like-12d1-9999.toml")
    assert [product.wakes for product in profile.products] == [True]
    (tmp_path / "like-12d1-9999.toml").write_text(result.keep, "utf-8")
    again = run(bus, NOBODYS, library=Library(user=[tmp_path]))
    assert again.outcome is not None
    assert again.outcome.result == "already"


@pytest.mark.parametrize("fault", [Faults(deaf=True), Faults(back="never"), Faults(back="same")])
def test_what_did_not_work_is_not_to_be_kept(fault: Faults, command: Command) -> None:
    said = command(NOBODYS, "--like", LIKE, bus=unknown(faults=fault))
    assert said.status in (SwitchFailed.status, 6)
    assert said.out == ""


def test_a_mounted_card_is_not_pulled_away() -> None:
    bus = unknown(faults=Faults(mounted=True))
    with pytest.raises(Refused, match="/mnt/card"):
        modeswitch.switch(NOBODYS, like=LIKE, bus=bus)
    assert messages(bus) == []


def test_a_relative_without_a_way_there_is_told_before_anything_is_sent() -> None:
    bus = unknown()
    with pytest.raises(NoWay):
        modeswitch.switch(NOBODYS, "mbim", like=LIKE, bus=bus)
    assert bus.sim.wire == []


def test_an_old_hilink_stick_goes_to_stick_where_a_person_says_what_it_is() -> None:
    """The id of an E3372h, which the message makes deaf: so it is sent only at a person's word."""
    bus = plugged("e3372h")
    with pytest.raises(SwitchFailed):
        modeswitch.switch("12d1:1f01", "stick", like="E3131h", bus=bus)
    assert messages(bus) == [OLD_MODE]


def test_hostile_strings_reach_neither_the_terminal_nor_the_profile(command: Command) -> None:
    bus = unknown(manufacturer='HUAWEI"]\x1b[2J', name="\u202e\\")
    said = command(NOBODYS, "--like", LIKE, bus=bus)
    assert said.status == 0
    assert not set("\x1b\u202e") & set(said.out + said.err)
    text = "\n".join(said.out.splitlines()[1:]) + "\n"
    assert read(text, "like-12d1-9999.toml").name == "like-12d1-9999"


def test_what_writes_to_nvram_is_not_kept() -> None:
    """Nobody has tried it with this stick."""
    bus = unknown(model="e3372h-153")
    result = modeswitch.switch(NOBODYS, like="12d1:14fe", bus=bus)
    assert any(way.persistent for way in Library(user=[]).family("huawei-stick").transitions)
    profile = read(result.keep, "like-12d1-9999.toml")
    assert profile.transitions
    assert not any(way.persistent for way in profile.transitions)
