"""``modeswitch switch``: the exit status of each end, what is on stdout and on stderr, and the same as JSON."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from modeswitch.linux.bus import LinuxBus
from modeswitch.usb.link import no_libusb
from tests.support import sysfs_tree
from tests.support.rig import ALT_MODE
from tests.support.said import Command

STATUSES: tuple[tuple[int, str, tuple[str, ...]], ...] = (
    (0, "", ("1-1", "--to", "ncm")),
    (0, "", ("switch", "1-1")),
    (0, ",wakes=ecm", ("12d1:1f01",)),
    (1, ",deaf", ("1-1", "--timeout", "0.1")),
    (1, ",busy", ("1-1",)),
    (1, ",back=rndis", ("1-1", "--to", "ncm")),
    (2, "", ("1-1", "--to", "nothing")),
    (2, "", ("1-x",)),
    (3, "", ("12d1:1f02",)),
    (3, "", ("2-2",)),
    (3, "", ("12d1:1f01", "--port", "1-2")),
    (4, "", ("1-1", "--to", "mbim")),
    (4, ",wakes=ecm", ("1-1", "--to", "mbim")),
    (5, ",mounted", ("1-1",)),
    (5, ",descriptors=lying", ("1-1",)),
    (6, ",back=never", ("1-1", "--timeout", "1.5")),
    (6, ",blocked", ("1-1", "--timeout", "1.5")),
    (7, ",denied", ("1-1",)),
)


@pytest.mark.parametrize(("status", "fault", "words"), STATUSES)
def test_exit_status(command: Command, status: int, fault: str, words: tuple[str, ...]) -> None:
    """A result is one line on stdout; an error is on stderr, names itself and leaves stdout empty."""
    said = command(*words, sticks=(f"e3372h{fault}",))
    assert said.status == status
    if status:
        assert said.out == ""
        assert "modeswitch: " in said.err
        assert len(said.err.strip().splitlines()) >= 1
    else:
        assert len(said.out.splitlines()) == 1
        assert said.out.startswith(("1-1: ncm ", "1-1: hilink "))


@pytest.mark.parametrize(("status", "fault", "words"), STATUSES)
def test_exit_status_in_json(command: Command, status: int, fault: str, words: tuple[str, ...]) -> None:
    """Every line is JSON, the last says how it ended, and stderr is silent."""
    said = command(*words, "--json", sticks=(f"e3372h{fault}",))
    assert said.status == status
    assert said.err == ""
    last = said.events[-1]
    assert [event["event"] for event in said.events].count(last["event"]) == 1
    if status:
        assert last["event"] == "error"
        assert last["status"] == status
        assert last["message"]
        assert last["error"][0].isupper()
        if status not in (2, 3):
            assert last["port"] == "1-1"
            assert last["id"].startswith("12d1:")
    else:
        assert last["event"] == "done"
        assert last["result"] == ("already" if fault else "switched")
        assert last["port"] == "1-1"
        assert last["id"] in ("12d1:155e", "12d1:14dc")
        assert last["mode"] in ("ncm", "hilink")
        assert last["seconds"] < 2


def test_several_devices(command: Command) -> None:
    twins = ("e3372h", "e3372h@1-2")
    said = command("12d1:1f01", sticks=twins)
    assert said.status == 8
    assert "1-1" in said.err
    assert "1-2" in said.err
    listed = command("12d1:1f01", "--json", sticks=twins).events[-1]["devices"]
    assert [device["port"] for device in listed] == ["1-1", "1-2"]
    assert command("12d1:1f01", "--port", "1-2", sticks=twins).status == 0


@pytest.mark.parametrize("words", [("--to", "ncm"), ("switch",), ("plan",), ("--port", "1-1"), ("status",), ("--all",)])
def test_the_only_stick_need_not_be_named(command: Command, words: tuple[str, ...]) -> None:
    assert command(*words, sticks=("e3372h",)).status == 0
    assert command(*words, sticks=()).status == 3
    several = command(*words, sticks=("e3372h", "e3372h@1-2"))
    if words[0].startswith("--a") or words[0] == "--port":
        assert several.status == 0
        return
    assert several.status == 8
    assert "which stick? 2 are there" in several.err
    assert {"1-1", "1-2"} <= set(several.err.split())


def test_nothing_is_switched_that_nobody_asked_for(command: Command) -> None:
    """An option alone is no wish."""
    said = command("-v", sticks=("e3372h",))
    assert said.status == 2
    assert command.opened == []


def test_a_name_finds_its_stick(command: Command) -> None:
    sticks = ("e3372h", "e220@1-2,wakes=modem")
    assert command("E3372h", "--to", "ncm", sticks=sticks).status == 0
    assert command("wwan0", "--to", "ncm", "--json", sticks=("e3372h,wakes=gateway-ncm",)).events[-1]["port"] == "1-1"


def test_the_result_is_on_stdout_and_progress_on_stderr(command: Command) -> None:
    said = command("1-1", "--to", "ncm", sticks=("e3372h",))
    assert re.fullmatch(r"1-1: ncm in 0\.\d s, wwan0\. Next: modeswitch connect 1-1 --apn NAME\n", said.out)
    assert [line.removeprefix("1-1: ") for line in said.err.splitlines()] == [
        "12d1:1f01 is in mass-storage",
        "going from mass-storage to ncm or stick, which may take 20 s",
        "left",
        "back as 12d1:155e",
    ]


@pytest.mark.parametrize(
    ("stick", "to", "line"),
    [
        ("e3372h,wakes=gateway-ncm", "ncm", "1-1: ncm already, wwan0. Next: modeswitch connect 1-1 --apn NAME"),
        ("e3372h", "hilink", "1-1: hilink in 0.1 s, eth1. Next: DHCP on eth1 (NetworkManager, or: dhclient eth1)"),
        ("e3372h-153", "stick", "1-1: stick in 0.1 s. Next: modeswitch connect 1-1 --apn NAME"),
        ("e3372h", "mass-storage", "1-1: mass-storage already"),
    ],
)
def test_a_switch_ends_in_what_one_wants_next(command: Command, stick: str, to: str, line: str) -> None:
    said = re.sub(r"in 0\.\d s", "in 0.1 s", command("1-1", "--to", to, sticks=(stick,)).out)
    assert said == f"{line}\n"


def test_what_a_stick_is_now_is_told_each_time_with_v(command: Command) -> None:
    said = command("1-1", "--to", "ncm", "-v", sticks=("e3372h",)).err
    assert [line for line in said.splitlines() if " is in " in line] == [
        "1-1: 12d1:1f01 is in mass-storage",
        "1-1: 12d1:155e is in ncm",
    ]


@pytest.mark.parametrize(("flag", "step", "transfer"), [("-v", True, False), ("-vv", True, True)])
def test_verbose(command: Command, flag: str, step: bool, transfer: bool) -> None:
    said = command("1-1", "--to", "ncm", flag, sticks=("e3372h",))
    assert ("step 1 of 1" in said.err) == step
    assert (f"out 01: {ALT_MODE}" in said.err) == transfer
    assert len(said.out.splitlines()) == 1


def test_json_verbose_has_every_transfer(command: Command) -> None:
    events = command("1-1", "--to", "ncm", "-vv", "--json", sticks=("e3372h",)).events
    assert {"event": "out", "port": "1-1", "endpoint": "01", "data": ALT_MODE} in events


def test_own_profiles_are_used_and_broken_ones_are_warned_of(command: Command, tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("[", "utf-8")
    said = command("1-1", "--profiles", str(tmp_path), sticks=("e3372h",))
    assert said.status == 0
    assert "warning: " in said.err
    assert "broken.toml" in said.err
    events = command("1-1", "--json", "--profiles", str(tmp_path), sticks=("e3372h",)).events
    assert events[0]["event"] == "warning"
    assert command("list", "--profiles", "/nonexistent", sticks=("e3372h",)).status == 2


def test_hostile_strings_do_not_stop_a_switch(command: Command) -> None:
    for kind in ("escape", "surrogate", "long", "odd"):
        said = command("1-1", sticks=(f"e3372h,strings={kind}",))
        assert said.status == 0
        assert "\x1b" not in said.out + said.err


def test_all_with_one_bad_stick(command: Command) -> None:
    """The good ones are switched, the bad one is reported, and the status is the bad one's."""
    sticks = ("e3372h", "e3372h@1-2,denied", "e3372h@1-3")
    said = command("12d1:1f01", "--all", "--to", "ncm", sticks=sticks)
    assert said.status == 7
    *lines, total = said.out.splitlines()
    assert sorted(line[:3] for line in lines) == ["1-1", "1-3"]
    assert not any("Next" in line for line in lines)
    assert total == "3 sticks: 2 in ncm, 1 failed (1-2)"
    assert "permission denied" in said.err
    events = command("12d1:1f01", "--all", "--to", "ncm", "--json", sticks=sticks).events
    ends = [(event["event"], event["port"]) for event in events if event["event"] in ("done", "error")]
    assert sorted(ends) == [("done", "1-1"), ("done", "1-3"), ("error", "1-2")]
    modes = {"1-1": "ncm", "1-3": "ncm"}
    assert events[-1] == {"event": "summary", "sticks": 3, "modes": modes, "failed": ["1-2"]}


def test_all_of_one(command: Command) -> None:
    assert command("12d1:1f01", "--all", sticks=("e3372h",)).status == 0
    assert command("12d1:1f01", "--all", sticks=("e220",)).status == 3


def test_no_libusb_is_an_error_with_a_hint(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> None:
        raise no_libusb()

    sysfs_tree.plug(tmp_path, "1-1", "12d1:1f01")
    monkeypatch.setattr("modeswitch.host.default", lambda: LinuxBus(str(tmp_path)))
    monkeypatch.setattr("modeswitch.usb.libusb.libusb_backend", none)
    said = command("1-1")
    assert said.status == 1
    assert "modeswitch[libusb]" in said.err
