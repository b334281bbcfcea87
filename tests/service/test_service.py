"""What the service does at each port, what it tells of that, and how the policy is read again."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import modeswitch
from modeswitch.database.library import Library
from modeswitch.errors import ProfileError, Refused
from modeswitch.events import COMMON, EVENTS, OPEN
from modeswitch.service import service as module
from modeswitch.service import watch as ports
from modeswitch.service.policy import Policy, read
from modeswitch.service.service import Service, watch
from modeswitch.sim.host import SimHost
from modeswitch.sim.spec import parse
from tests.support.cbw import REZERO
from tests.support.port_watch import eventually
from tests.support.running_service import PluggableBus, StartService
from tests.support.said import QUICK
from tests.support.shared_id import asked, shared

pytestmark = pytest.mark.slow

NCM = read('[default]\nto = "ncm"')


def test_what_is_told_of_each_stick(start: StartService) -> None:
    policy = read('[[stick]]\nport = "1-3"\nto = "leave-alone"')
    running = start("e3372h", "e3372h@1-2,busy", "e3372h@1-3", "e3372h@1-4,wakes=ecm", policy=policy)
    running.done(1, 1)
    running.idle()
    assert running.end() == []
    results = {facts["port"]: facts["result"] for facts in running.told("done")}
    assert results == {"1-1": "switched", "1-3": "left", "1-4": "left"}
    (error,) = running.told("error")
    assert (error["port"], error["id"], error["error"], error["status"]) == ("1-2", "12d1:1f01", "Busy", 1)
    for event, facts in running.events:
        known = {**COMMON, **EVENTS[event].facts}
        assert facts.keys() >= COMMON.keys(), event
        assert event in OPEN or facts.keys() <= known.keys(), event


def test_a_stick_plugged_while_its_port_is_worked_at(start: StartService) -> None:
    """The one before it never came back; the one that is there now is switched when the port is free."""
    running = start(policy=read("[default]\ntimeout = 2"))
    running.idle()
    running.bus.plug("e3372h,back=never")
    eventually(lambda: not running.bus.present())
    (own,) = running.bus.threads
    fresh = parse("e3372h" + QUICK)
    fresh.address = 90
    own.sim.sticks = [fresh]  # as the thread sees it
    running.bus.sim.sticks = [fresh]
    running.bus.netlink.device("add", "1-1", 90)
    running.done(1, 1)
    running.end()
    assert "came back in mode mass-storage" in running.told("error")[0]["message"]
    assert [facts["mode"] for facts in running.told("done")] == ["hilink"]


def test_a_device_that_the_switch_brings_back_starts_nothing(
    start: StartService, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []
    monkeypatch.setattr(SimHost, "count_start", lambda _host, port: counted.append(str(port)))
    running = start("e3372h", policy=NCM)
    eventually(lambda: counted == ["1-1"])
    for action in ("remove", "add", "bind"):
        running.bus.netlink.device(action, "1-1", 3)
    running.done(1)
    running.bus.plug("e3372h@1-2")
    running.done(2)
    threads = len(running.bus.threads)
    for action in ("add", "bind"):
        running.bus.netlink.device(action, "1-1", running.bus.present()[parse("e3372h").port])
    running.bus.plug("e3372h@1-3")
    running.done(3)
    running.end()
    assert len(running.bus.threads) == threads + 1  # what came back was settled
    assert sorted(counted) == ["1-1", "1-2", "1-3"]
    assert len(running.told("done")) == 3


def test_what_is_not_configured_yet_is_not_settled(start: StartService, monkeypatch: pytest.MonkeyPatch) -> None:
    bus = PluggableBus("e3372h")
    (seen,) = bus.scan()
    events: list[tuple[str, dict[str, Any]]] = []
    service = Service(bus, Library(user=[]), Policy(), on_event=lambda name, **facts: events.append((name, facts)))
    monkeypatch.setattr(bus, "at", lambda _port: seen._replace(active=None))
    assert service.look_after(seen.port, bus) is None
    assert events == []
    monkeypatch.setattr(bus, "at", lambda _port: seen._replace(active=None, problem="too short"))
    assert service.look_after(seen.port, bus) == seen.address
    ((name, facts),) = events
    assert (name, facts["result"], facts["why"]) == ("done", "left", "is unreadable: too short")


def test_what_this_host_knows_of_a_stick_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """usb-storage has sent INQUIRY to 05c6:1000 already; without that answer it would be sent once more."""
    bus = shared(("GT", "GX0201", "1.00"), obeys=1)
    monkeypatch.setattr(SimHost, "scsi", lambda _host, _sighting: ("GT", "GX0201", "1.00"))
    (seen,) = bus.scan()
    service = Service(bus, Library(user=[]), Policy())
    assert service.look_after(seen.port, bus) is not None
    assert asked(bus) == [REZERO]
    assert (service.switched, service.failed) == (1, 0)


def test_what_a_broken_profile_says_ends_one_stick_only(start: StartService, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('usb = "12d1:1f01" rubbish')
    running = start(library=Library(user=[tmp_path]))
    running.idle()
    running.bus.plug("e3372h")
    running.done(0, 1)
    assert running.end() == []
    assert running.told("error")[0]["error"] == "ProfileError"


def test_a_fault_of_our_own_is_told_and_ends_nothing(start: StartService, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object) -> None:
        raise ZeroDivisionError("\x1b[2J")

    monkeypatch.setattr(module, "apply", stumble)
    running = start("e3372h")
    running.done(0, 1)
    assert running.end() == []
    (warning,) = running.told("warning")
    assert warning["port"] is None
    assert warning["message"].startswith("1-1: ZeroDivisionError: \x1b[2J: this is a fault of modeswitch's")


def test_what_it_is_at_is_told_to_systemd_and_what_hangs_at_the_end(
    start: StartService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "FINISH", 0.1)
    monkeypatch.setattr(ports, "RELEASE", 0.1)
    hung, told = threading.Event(), []

    def hang(event: str, **facts: Any) -> None:
        told.append((event, facts.get("message", "")))
        if event != "warning":
            hung.wait(20)

    running = start("e3372h", tell=hang)
    eventually(lambda: "STATUS=watching; 0 switched, 0 failed; at work: 1-1" in running.states.lines)
    assert [str(port) for port in running.end() or []] == ["1-1"]
    assert "STATUS=stopping; 0 switched, 0 failed; at work: 1-1" in running.states.lines
    hung.set()
    warnings = [message for event, message in told if event == "warning"]
    assert warnings == ["1-1: the switch hangs in the kernel, and is left behind"]


def test_where_nobody_reads_the_events_any_more_it_ends() -> None:
    stop = threading.Event()

    def broken(event: str, **_: object) -> None:
        if event != "warning":
            raise BrokenPipeError
        stop.set()

    with pytest.raises(BrokenPipeError):
        watch(Policy(), bus=PluggableBus("e3372h"), library=Library(user=[]), on_event=broken, stop=stop)


def test_a_system_without_usb_is_told_at_the_start(start: StartService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SimHost, "without_usb", lambda _host: "no sysfs is mounted at /sys")
    running = start()
    running.idle()
    assert running.end() == []
    messages = [facts["message"] for facts in running.told("warning")]
    assert messages == ["no stick can come here: no sysfs is mounted at /sys"]


# The policy, read again.


def test_the_policy_is_read_again(start: StartService, tmp_path: Path) -> None:
    """What was left alone is switched then; one that cannot be read is told, and the old one stays."""
    path = tmp_path / "modeswitch.toml"
    path.write_text('[default]\nto = "leave-alone"')
    path.chmod(0o644)
    running = start("e3372h", policy=str(path))
    running.idle()
    path.write_text('[default]\nto = "ncm"\n[[stick]]\ntypo = 1')
    running.service.reload()
    running.done(1)
    for number, text in enumerate(("rubbish", None), 1):
        if text is None:
            path.unlink()
            path.mkdir()
        else:
            path.write_text(text)
        running.service.reload()
        wanted = number
        eventually(lambda wanted=wanted: len(stays(running.told("warning"))) == wanted)  # type: ignore[misc]
    running.bus.plug("e3372h@1-2")
    running.done(2)
    running.end()
    assert [facts["mode"] for facts in running.told("done") if facts["result"] == "switched"] == ["ncm"] * 2
    assert [(facts["file"], facts["rules"]) for facts in running.told("policy")] == [(str(path), 0)]
    messages = [facts["message"] for facts in running.told("warning")]
    assert any("line 4: " in message for message in messages)
    assert any("not TOML" in message for message in messages)
    assert len(stays(running.told("warning"))) == 2


def stays(warnings: list[dict[str, Any]]) -> list[str]:
    return [facts["message"] for facts in warnings if "the policy stays as it was" in facts["message"]]


def test_a_policy_that_is_no_file_is_not_read_again(start: StartService) -> None:
    running = start("e3372h", policy=NCM)
    running.done(1)
    running.service.reload()
    running.bus.plug("e3372h@1-2")
    running.done(2)
    assert running.told("policy") == running.told("warning") == []


# The call of the library.


def test_watch_until_it_is_told_to_stop() -> None:
    """The caller's own event stops it; nothing else needs to happen on the bus."""
    bus, stop, told = PluggableBus("e3372h"), threading.Event(), []

    def note(event: str, **facts: Any) -> None:
        told.append((event, facts.get("port"), facts.get("mode")))
        if event == "done":
            threading.Timer(0.5, stop.set).start()

    began = time.monotonic()
    assert watch(NCM, on_event=note, bus=bus, library=Library(user=[]), stop=stop) == []
    assert told[-1] == ("done", "1-1", "ncm")
    assert 0.5 < time.monotonic() - began < 10


def test_watch_logs_what_it_tells(caplog: pytest.LogCaptureFixture) -> None:
    bus, stop = PluggableBus("e3372h,busy"), threading.Event()
    policy = read('[[stick]]\nprot = "1-1"', "p")

    def note(event: str, **_: object) -> None:
        if event == "error":
            stop.set()

    modeswitch.log_to(logging.getLogger("sticks"))
    try:
        watch(policy, on_event=note, bus=bus, library=Library(user=[]), stop=stop)
    finally:
        modeswitch.log_to(None)
    lines = [(record.levelname, record.message) for record in caplog.records]
    assert lines[0][1].startswith("warning: p, line 2: ")
    (failed,) = (message for level, message in lines if level == "ERROR")
    assert failed.startswith("1-1: ")
    assert "another program holds it" in failed


def test_watch_tells_what_is_wrong_with_policy_and_profiles(tmp_path: Path) -> None:
    stop, told = threading.Event(), []
    stop.set()
    (tmp_path / "mine.toml").write_text("rubbish")

    def note(event: str, **facts: Any) -> None:
        told.append((event, facts["port"], facts["error"]))

    policy = read('[[stick]]\nprot = "1-1"')
    watch(policy, on_event=note, bus=PluggableBus(), library=Library(user=[tmp_path]), stop=stop)
    assert told == [("warning", None, "UsageError"), ("warning", None, "ProfileError")]


def test_watch_of_a_policy_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        watch(str(tmp_path), bus=PluggableBus(), library=Library(user=[]))


def test_watch_is_public() -> None:
    assert modeswitch.watch is watch


def test_a_broken_shipped_profile_ends_it_at_the_start() -> None:
    class Broken(Library):
        def family(self, name: str) -> Any:
            raise ProfileError(f"{name} is broken")

    with pytest.raises(ProfileError):
        watch(Policy(), bus=PluggableBus(), library=Broken(user=[]))
