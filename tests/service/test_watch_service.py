"""``modeswitch watch``: what it says of each stick, what systemd hears, and how signals are heeded."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from modeswitch.cli import main
from modeswitch.cli.show import Show
from modeswitch.cli.watch import _Service
from modeswitch.database.library import Library
from modeswitch.linux.uevents import Uevents
from modeswitch.service import policy as wishes
from modeswitch.service.notify import Notify
from modeswitch.sim.bus import SimBus
from modeswitch.sim.host import SimHost
from modeswitch.sim.spec import parse
from modeswitch.usb.descriptors import Port
from tests.service.test_watch import eventually
from tests.support.netlink import Netlink
from tests.support.said import QUICK
from tests.support.shared_id import REZERO, asked, shared

ROOT = Path(__file__).resolve().parent.parent.parent


class Wired(SimBus):
    """Simulated sticks whose coming and going is told over netlink."""

    def __init__(self, *sticks: str) -> None:
        super().__init__([parse(stick + QUICK) for stick in sticks])
        self.netlink = Netlink()
        self.counted: list[str] = []

    def events(self) -> Uevents:
        return self.netlink.uevents()

    def plug(self, words: str) -> None:
        stick = parse(words + QUICK)
        stick.address = 40 + len(self.sim.sticks)
        self.sim.sticks = [*(one for one in self.sim.sticks if one.port != stick.port), stick]
        self.netlink.device("add", str(stick.port), stick.address)


class Running:
    """A service in a thread."""

    def __init__(self, bus: SimBus, policy: str, path: str, show: Show) -> None:
        self.bus, self.show = bus, show
        self.service = _Service(bus, Library(user=[]), wishes.read(policy), path, show)
        self.status: int | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self.status = self.service.run()

    def done(self, switched: int = 0, failed: int = 0) -> None:
        """That many have ended so, and nobody is at work."""
        wanted = {"switched": switched, "failed": failed}
        # A busy machine may keep a stick's thread from its work for seconds.
        eventually(
            lambda: not self.service._watch.busy and sum(self.service._results.values()) >= switched + failed, 60
        )
        assert self.service._results == wanted

    def idle(self) -> None:
        eventually(lambda: self.service._ready and not self.service._watch.busy)

    def end(self) -> int | None:
        self.service._stop()
        self._thread.join(15)
        return self.status


Start = Callable[..., Running]


@pytest.fixture
def start() -> Iterator[Start]:
    made: list[Running] = []

    def begin(*sticks: str, policy: str = "", json: bool = False, verbose: int = 0, path: str = "/nowhere") -> Running:
        show = Show(json=json)
        show.verbose = verbose
        made.append(Running(Wired(*sticks), policy, path, show))
        return made[-1]

    yield begin
    for one in made:
        one.end()


def test_one_line_for_each_stick(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    policy = '[[stick]]\nport = "1-3"\nto = "ncm"\n[[stick]]\nport = "1-5"\nto = "leave-alone"'
    sticks = ("e3372h", "e3372h@1-2,busy", "e3372h@1-3", "e3372h@1-4,wakes=ecm", "e3372h@1-5", "e3372h@1-6,mounted")
    running = start(*sticks, policy=policy)
    running.done(2, 2)
    assert running.end() == 0
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
    assert isinstance(running.bus, Wired)
    running.bus.plug("e3372h@1-2")
    running.done(1)
    running.bus.plug("e3372h-153@1-2")
    running.done(2)
    running.end()
    assert capsys.readouterr().out.count("1-2: 12d1:14dc is in hilink, switched from mass-storage") == 1


def test_a_stick_plugged_while_its_port_is_busy(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    """The one before it never came back; the one that is there now is switched when the port is free."""
    running = start(policy="[default]\ntimeout = 30")
    running.idle()
    assert isinstance(running.bus, Wired)
    running.bus.plug("e3372h,back=never")
    eventually(lambda: not running.bus.present())
    turn = next(iter(running.service._watch._turns.values()))
    assert isinstance(turn.bus, SimBus)
    fresh = parse("e3372h" + QUICK)
    fresh.address = 90
    turn.bus.sim.sticks = [fresh]  # as the thread sees it
    running.bus.sim.sticks = [fresh]
    running.bus.netlink.device("add", "1-1", 90)
    running.done(1, 1)
    running.end()
    out, err = capsys.readouterr()
    assert "came back in mode mass-storage" in err
    assert out.startswith("1-1: 12d1:14dc is in hilink")


def test_its_own_coming_back_starts_nothing(
    start: Start, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    counted: list[str] = []
    monkeypatch.setattr(SimHost, "count_start", lambda _host, port: counted.append(str(port)))
    running = start("e3372h", policy='[default]\nto = "ncm"', verbose=1)
    eventually(lambda: counted == ["1-1"])
    assert isinstance(running.bus, Wired)
    for action in ("remove", "add", "bind"):
        running.bus.netlink.device(action, "1-1", 3)
    running.done(1)
    settled = running.service._watch._settled
    assert settled == running.bus.present()
    running.end()
    assert counted == ["1-1"]
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_what_is_not_configured_yet_is_not_settled(
    start: Start, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bus = Wired("e3372h")
    (seen,) = bus.scan()
    monkeypatch.setattr(bus, "at", lambda _port: seen._replace(active=None))
    running = start(verbose=1)
    running.idle()
    assert running.service._look_after(seen.port, bus) is None
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(bus, "at", lambda _port: seen._replace(active=None, problem="too short"))
    assert running.service._look_after(seen.port, bus) == seen.address
    assert capsys.readouterr().out == "1-1: 12d1:1f01 is unreadable: too short\n"


def test_a_warning_is_always_told(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    tell = start().service._teller(Port(1, (1,)))
    tell("left", port="1-1")
    tell("warning", message="it is in download mode")
    assert capsys.readouterr().err == "1-1: warning: it is in download mode\n"


def test_where_nobody_reads_any_more_it_ends(start: Start) -> None:
    with pytest.raises(BrokenPipeError):
        start().service._failed(Port(1, (1,)), BrokenPipeError())


def test_what_a_broken_profile_says_ends_one_stick_only(start: Start, tmp_path: Path) -> None:
    running = start()
    running.idle()
    (tmp_path / "mine.toml").write_text('usb = "12d1:1f01" rubbish')
    running.service._library = Library(user=[tmp_path])
    assert isinstance(running.bus, Wired)
    running.bus.plug("e3372h")
    running.done(0, 1)
    assert running.end() == 0


def test_a_fault_of_our_own_is_told_and_ends_nothing(
    start: Start, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: object) -> None:
        raise ZeroDivisionError("\x1b[2J")

    monkeypatch.setattr("modeswitch.cli.watch.apply", stumble)
    running = start("e3372h")
    running.done(0, 1)
    assert running.end() == 0
    err = capsys.readouterr().err
    assert err.startswith("warning: 1-1: ZeroDivisionError: \\x1b[2J: this is a fault of modeswitch's")


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
    assert all(event["port"] in ("1-1", "1-2") for event in events)


# The policy, read again.


def test_the_policy_is_read_again(start: Start, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """What was left alone is switched then; one that cannot be read is told, and the old one stays."""
    path = tmp_path / "modeswitch.toml"
    path.write_text('[default]\nto = "ncm"\n[[stick]]\ntypo = 1')
    path.chmod(0o644)
    running = start("e3372h", policy='[default]\nto = "leave-alone"', path=str(path))
    running.idle()
    running.service._hang_up()
    running.done(1)
    for text in ("rubbish", None):
        if text is None:
            path.unlink()
            path.mkdir()
        else:
            path.write_text(text)
        running.service._hang_up()
        eventually(lambda: not running.service._reload)
    assert isinstance(running.bus, Wired)
    running.bus.plug("e3372h@1-2")
    running.done(2)
    running.end()
    out, err = capsys.readouterr()
    assert [line.partition(",")[0][-19:] for line in out.splitlines()] == ["12d1:155e is in ncm"] * 2
    assert "line 4: " in err
    assert f"{path} was read again" in err
    assert "not TOML" in err
    assert err.count("the policy stays as it was") == 2


def test_a_policy_that_root_must_not_believe_is_an_error_at_the_start(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "policy").mkdir()
    assert main(["watch", "--policy", str(tmp_path / "policy"), "--simulate", "e3372h"]) == 5
    assert "policy" in capsys.readouterr().err


# What systemd hears.


@pytest.fixture(params=["path", "abstract"])
def service_manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """A socket that hears, and what NOTIFY_SOCKET says of it."""
    heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    name = str(tmp_path / "notify") if request.param == "path" else f"@modeswitch-test-{os.getpid()}"
    heard.bind(name if request.param == "path" else "\0" + name[1:])
    heard.settimeout(10)
    yield heard, name
    heard.close()


def test_notify(service_manager: tuple[socket.socket, str]) -> None:
    heard, name = service_manager
    notify = Notify({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())})
    assert notify.interval == 15.0
    notify.send("READY=1", "MAINPID=1")
    notify.status("all\nis well")
    notify.status("all\nis well")
    notify.send("STOPPING=1")
    assert [heard.recv(1000) for _ in range(3)] == [b"READY=1\nMAINPID=1", b"STATUS=all\\nis well", b"STOPPING=1"]


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"NOTIFY_SOCKET": "vsock:2:1234", "WATCHDOG_USEC": "1"},
        {"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "rubbish"},
        {"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"},
        {"NOTIFY_SOCKET": "/" + "x" * 200},
        {"NOTIFY_SOCKET": "/x\0y"},
        {"NOTIFY_SOCKET": "/nonexistent/notify", "WATCHDOG_USEC": "0"},
    ],
)
def test_where_nobody_hears(environment: dict[str, str]) -> None:
    notify = Notify(environment)
    assert notify.interval is None
    notify.send("READY=1")
    notify.status("x")


def test_systemd_hears_that_it_is_ready_alive_and_stopping(service_manager: tuple[socket.socket, str]) -> None:
    """And a frozen loop is not told to be alive."""
    heard, name = service_manager
    with started("e3372h", environment={"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "200000"}) as process:
        lines = [heard.recv(1000).decode() for _ in range(8)]
        assert lines[0] == "READY=1"
        assert {"WATCHDOG=1", "STATUS=watching; 1 switched, 0 failed"} <= set(lines + more(heard, 1.5))
        process.send_signal(signal.SIGSTOP)
        more(heard, 0.5)
        assert more(heard, 0.5) == []
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert "STOPPING=1" in more(heard, 0.3)


def more(heard: socket.socket, seconds: float) -> list[str]:
    """All that is heard for so long."""
    end, lines = time.monotonic() + seconds, []
    while (left := end - time.monotonic()) > 0:
        heard.settimeout(left)
        try:
            lines.append(heard.recv(1000).decode())
        except TimeoutError:
            break
    heard.settimeout(10)
    return lines


def test_a_loop_that_hangs_is_not_alive(service_manager: tuple[socket.socket, str], start: Start) -> None:
    """It is the loop itself that says so, and no thread beside it."""
    heard, name = service_manager
    running = start()
    running.idle()
    running.service._notify = Notify({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "100000"})
    running.service._watch.wake()
    assert "WATCHDOG=1" in more(heard, 0.5)
    hang = threading.Event()
    running.service._watch._events.take = lambda: hang.wait(5) and []  # type: ignore
    running.service._watch.wake()
    more(heard, 0.2)
    assert more(heard, 0.4) == []
    hang.set()
    assert "WATCHDOG=1" in more(heard, 0.5)


# Signals.


def started(*sticks: str, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
    words = [word for stick in sticks for word in ("--simulate", stick)]
    command = [sys.executable, "-m", "modeswitch", "watch", "--json", "--policy", "/nonexistent", *words]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})}
    )


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


def test_what_this_host_knows_of_a_stick_is_not_asked_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """usb-storage has sent INQUIRY to 05c6:1000 already; without that answer it would be sent once more."""
    bus = shared(("GT", "GX0201", "1.00"), obeys=1)
    monkeypatch.setattr(SimHost, "scsi", lambda _host, _sighting: ("GT", "GX0201", "1.00"))
    (seen,) = bus.scan()
    service = _Service(bus, Library(user=[]), wishes.Policy(), "/nowhere", Show(json=False))
    assert service._look_after(seen.port, bus) is not None
    assert asked(bus) == [REZERO]
    assert "1-1: 0af0:6701 is in switched" in capsys.readouterr().out
