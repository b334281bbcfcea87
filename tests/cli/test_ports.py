"""``modeswitch ports --set``, ``--persist`` and ``restore``: what is written, saved and put back."""

from __future__ import annotations

from pathlib import Path

from tests.support.said import Command, done_event
from tests.support.sticks import FACTORY_LIST, STICK_TWO_PORTS


def test_restore_in_json(command: Command, tmp_path: Path) -> None:
    stick = f"e3372h-153,wakes=linux,nvram={tmp_path / 'nvram'}"
    state = ("--state", str(tmp_path / "state"), "--json")
    written = command("ports", "1-1", "--set", "FF;12,16", "--persist", *state, sticks=(stick,))
    (kept,) = (event for event in written.events if event["event"] == "saved")
    assert (kept["name"], kept["value"]) == ("SETPORT", FACTORY_LIST)
    said = command("restore", "1-1", *state, sticks=(stick,))
    assert {"saved", "transition", "left", "back"} <= {event["event"] for event in said.events}
    (value,) = said.events[-1]["values"]
    assert (value["name"], value["value"], value["stick"]) == ("SETPORT", FACTORY_LIST, "12d1:1506 at 1-1")
    assert value["file"] == kept["file"]
    assert said.events[-1] == {
        **done_event("12d1:14fe", "mass-storage"),
        "result": "restored",
        "values": [value],
        "read_again": False,
    }
    again = command("restore", "1-1", *state, sticks=(stick,))
    assert again.events[-1] == {**done_event("12d1:1506", "ncm"), "result": "already", "values": [], "read_again": True}


def test_write_and_restore_over_two_runs(command: Command, tmp_path: Path) -> None:
    """The stick's NVRAM is in a file, as a replugged stick would have it."""
    stick = f"e3372h-153,nvram={tmp_path / 'nvram'}"
    state = ("--state", str(tmp_path / "state"))
    assert command("12d1:14fe", "--to", "ncm", sticks=(stick,)).status == 0
    said = command("ports", "1-1", "--set", "FF;12,16", "--persist", *state, sticks=(f"{stick},wakes=linux",))
    assert said.status == 0
    assert "warning: " in said.err
    assert f"SETPORT was {FACTORY_LIST}: saved in {tmp_path}" in said.err
    woken = command("list", sticks=(stick,))
    assert "ncm" in woken.out
    said = command("restore", "1-1", *state, sticks=(stick,))
    assert said.status == 0, said
    first, second = said.out.splitlines()
    assert first.startswith(f"1-1: SETPORT was written: {FACTORY_LIST}, as it was saved on 20")
    assert "of 12d1:1506 at 1-1 (E3372, firmware 21.200.07.01.26), in " in first
    assert "whether it kept it is not known, in mass-storage it has no AT port" in said.err
    assert second == "1-1: 12d1:14fe is in mass-storage"
    assert "mass-storage" in command("list", sticks=(stick,)).out
    said = command("restore", "1-1", *state, sticks=(f"{stick},wakes=linux",))
    assert said.out == "1-1: 12d1:1506 holds what it came with already\n"


def test_a_switch_with_persist_writes_and_one_without_does_not(command: Command, tmp_path: Path) -> None:
    said = command("1-1", "--to", "ncm", "--persist", "--state", str(tmp_path), sticks=(STICK_TWO_PORTS,))
    assert "its list will begin with FF" in said.err
    assert (tmp_path / "imei-868723020012345.toml").exists()
    without = command("plan", "1-1", "--to", "ncm", sticks=(STICK_TWO_PORTS,))
    assert "NVRAM" not in without.out
    assert "from stick to ncm through mass-storage, within 90 s, usually 17 s" in without.out
