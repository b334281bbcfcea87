"""``modeswitch watch``: what it prints of each stick, and how it ends when a signal comes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from modeswitch.cli import main
from modeswitch.cli.show import Show
from modeswitch.cli.watch import EventLines
from modeswitch.service.policy import Policy, read
from tests.support.running_service import RunningService

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent.parent


class Printing(RunningService):
    """A service whose events are printed as the command prints them."""

    def __init__(self, *sticks: str, policy: str | Policy = "", json: bool = False, verbose: int = 0) -> None:
        show = Show(json=json)
        show.verbose = verbose
        wanted = read(policy) if isinstance(policy, str) else policy
        super().__init__(*sticks, policy=wanted, tell=EventLines(show).tell)


@pytest.fixture
def start() -> Iterator[Callable[..., Printing]]:
    made: list[Printing] = []

    def begin(*sticks: str, **more: Any) -> Printing:
        made.append(Printing(*sticks, **more))
        return made[-1]

    yield begin
    for one in made:
        one.end()


Start = Callable[..., Printing]


def test_one_line_for_each_stick(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    policy = '[[stick]]\nport = "1-3"\nto = "ncm"\n[[stick]]\nport = "1-5"\nto = "leave-alone"'
    sticks = ("e3372h", "e3372h@1-2,busy", "e3372h@1-3", "e3372h@1-4,wakes=ecm", "e3372h@1-5", "e3372h@1-6,mounted")
    running = start(*sticks, policy=policy)
    running.done(2, 2)
    assert running.end() == []
    out, err = capsys.readouterr()
    said, failed = sorted(out.splitlines()), sorted(err.splitlines())
    assert [line.partition(", switched")[0] for line in said] == [
        "1-1: 12d1:14dc is in hilink",
        "1-3: 12d1:155e is in ncm",
    ]
    assert len(failed) == 2
    assert failed[0].startswith("1-2: 12d1:1f01 is not switched: ")
    assert "another program holds it; Close what uses the stick" in failed[0]
    assert "1-6: 12d1:1f01 is not switched: 12d1:1f01 at 1-6 is in use" in failed[1]


def test_a_stick_that_is_not_where_the_policy_wants_it_is_told(
    start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    running = start("e3372h,wakes=ecm", "e3372h@1-2,id=0781:5567", policy='[default]\nto = "ncm"')
    running.idle()
    running.end()
    wanted = "is left in hilink, the policy wants ncm: it is awake already, and always = true is not set"
    assert capsys.readouterr() == (f"1-1: 12d1:14dc {wanted}\n", "")


def test_quiet_lines_with_v(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    policy = '[[stick]]\nport = "1-2"\nto = "leave-alone"'
    running = start("e3372h,wakes=ecm", "e3372h@1-2", policy=policy, verbose=1)
    running.idle()
    running.end()
    out, err = capsys.readouterr()
    assert sorted(out.splitlines()) == [
        "1-1: 12d1:14dc is in hilink already",
        "1-2: 12d1:1f01 is left alone: the policy wants it so",
    ]
    assert err == ""


def test_what_is_plugged_later_and_what_takes_its_place(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    running = start()
    running.idle()
    running.bus.plug("e3372h@1-2")
    running.done(1)
    running.bus.plug("e3372h-153@1-2")
    running.done(2)
    running.end()
    assert capsys.readouterr().out.count("1-2: 12d1:14dc is in hilink, switched from mass-storage") == 1


def test_a_failure_is_told_of_the_stick_that_was_there_first(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    """Also after it has become another: the error's own id is what is there now."""
    events = EventLines(Show(json=False))
    said: dict[str, Any] = {"port": "1-1", "time": "", "message": "came back in mode debug", "hint": "  Plug it\nin."}
    for _ in range(2):
        events.tell("found", port="1-1", time="", id="12d1:1f01", mode="mass-storage")
        events.tell("found", port="1-1", time="", id="12d1:1001", mode="debug")
        events.tell("error", **said, id="12d1:1001", status=1, error="SwitchFailed")
    line = "1-1: 12d1:1f01 is not switched: came back in mode debug; Plug it; in.\n"
    assert capsys.readouterr() == ("", line * 2)
    events.tell("error", **said, id="12d1:1001", status=1, error="SwitchFailed")
    assert capsys.readouterr().err.startswith("1-1: 12d1:1001 is not switched")


def test_a_warning_is_always_told(capsys: pytest.CaptureFixture[str]) -> None:
    events = EventLines(Show(json=False))
    events.tell("left", port="1-1", time="")
    events.tell("warning", port="1-1", time="", message="it is in download mode")
    events.tell("warning", port=None, time="", message="no policy", error="Refused")
    assert capsys.readouterr().err == "1-1: warning: it is in download mode\nwarning: no policy\n"


def test_the_way_of_a_switch_is_told_with_v(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    running = start("e3372h", verbose=1)
    running.done(1)
    running.end()
    err = capsys.readouterr().err.splitlines()
    assert err[0] == "1-1: 12d1:1f01 is in mass-storage"
    assert "1-1: left" in err


def test_a_policy_that_was_read_again(capsys: pytest.CaptureFixture[str]) -> None:
    EventLines(Show(json=False)).tell("policy", port=None, time="", file="/etc/x.toml", rules=2)
    assert capsys.readouterr().err == "/etc/x.toml was read again\n"


MADE = ("drivers", "ttys", "networks", "at")


def test_in_json(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    running = start("e3372h", "e3372h@1-2,busy", "e3372h@1-3,wakes=ecm", json=True)
    running.done(1, 1)
    running.end()
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (done,) = (event for event in events if event["event"] == "done")
    (error,) = (event for event in events if event["event"] == "error")
    assert {key: done[key] for key in ("result", "port", "id", "mode", "from")} == {
        "result": "switched",
        "port": "1-1",
        "id": "12d1:14dc",
        "mode": "hilink",
        "from": "mass-storage",
    }
    assert (error["port"], error["id"], error["error"], error["status"]) == ("1-2", "12d1:1f01", "Busy", 1)
    assert set(done) == {"event", "schema", "port", "time", "result", "id", "mode", "from", "seconds", *MADE}
    told = {"event", "schema", "port", "time", "status", "error", "message", "id", "mode", "wanted", "step", "hint"}
    assert set(error) == told
    assert error["wanted"] == "hilink"
    assert all(event["port"] in ("1-1", "1-2") for event in events)


def test_a_policy_that_root_must_not_trust_is_an_error_at_the_start(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "policy").mkdir()
    assert main(["watch", "--policy", str(tmp_path / "policy"), "--simulate", "e3372h"]) == 5
    assert "policy" in capsys.readouterr().err


# Signals.


def started(*sticks: str, policy: str = "/nonexistent") -> subprocess.Popen[str]:
    words = [word for stick in sticks for word in ("--simulate", stick)]
    command = [sys.executable, "-m", "modeswitch", "watch", "--json", "--policy", policy, *words]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=dict(os.environ))


def until(process: subprocess.Popen[str], event: str) -> dict[str, Any]:
    assert process.stdout is not None
    for line in process.stdout:
        found: dict[str, Any] = json.loads(line)
        if found["event"] == event:
            return found
    raise AssertionError(f"no {event}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_when_the_switch_has_ended(number: int) -> None:
    with started("e3372h,away=0.6,linger=0.01") as process:
        until(process, "left")
        process.send_signal(number)
        assert until(process, "done")["mode"] == "hilink"
        assert process.wait(10) == 0


def test_a_second_signal_ends_it_at_once() -> None:
    with started("e3372h,back=never,linger=0.01") as process:
        until(process, "left")
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        assert "told to stop" in until(process, "error")["message"]
        assert process.wait(10) == 0


def test_a_hang_up_reads_the_policy_again() -> None:
    with started("e3372h,away=0.02,linger=0.01") as process:
        until(process, "done")
        process.send_signal(signal.SIGHUP)
        assert until(process, "policy")["rules"] == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_nobody_reads_what_it_says() -> None:
    with started("e3372h,away=0.02,linger=0.01") as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(10) == 141
