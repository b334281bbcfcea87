"""A service that leaves by itself: after so long without work, and without losing a stick that comes at that moment."""

from __future__ import annotations

import array
import socket
import threading
import time
from pathlib import Path

import pytest

from modeswitch.service import watch
from modeswitch.service.notify import Notify
from modeswitch.sim.spec import parse
from modeswitch.usb.descriptors import Port
from tests.support.running_service import StartService

pytestmark = pytest.mark.slow


def test_it_leaves_once_nothing_has_woken_up_for_so_long(start: StartService) -> None:
    began = time.monotonic()
    running = start("e3372h", idle=0.3)
    assert running.left()
    assert time.monotonic() - began >= 0.3
    assert (running.service.switched, running.hanging) == (1, [])
    assert running.states.lines.count("STOPPING=1") == 1
    assert running.states.lines.index("READY=1") < running.states.lines.index("STOPPING=1")


def test_work_keeps_it(start: StartService) -> None:
    running = start(idle=0.4)
    for number in range(1, 5):
        time.sleep(0.2)
        running.bus.plug(f"e3372h@1-{number}")
    assert not running.left(0.2)
    assert running.left()
    assert running.service.switched == 4


def test_without_a_time_it_stays(start: StartService) -> None:
    running = start("e3372h")
    running.done(1)
    assert not running.left(0.5)
    running.end()


@pytest.mark.parametrize("heard", [True, False])
def test_a_stick_that_wakes_up_while_it_tells_systemd_is_switched(heard: bool, start: StartService) -> None:
    """Whether its event has come already, or it is only there."""
    running = start(idle=0.2)

    def plug() -> None:
        if heard:
            running.bus.plug("e3372h@1-2")
        else:
            stick = parse("e3372h@1-2,sunny")
            stick.address = 50
            running.bus.sim.sticks = [*running.bus.sim.sticks, stick]

    running.states.at_the_end = plug
    assert running.left()
    assert running.service.switched == 1
    assert running.states.lines.count("STOPPING=1") == 1


def test_a_stick_that_has_no_configuration_yet_is_waited_for(
    start: StartService, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = start(idle=0.2)
    whole, ready = running.bus.for_thread, threading.Event()

    def unconfigured(port: Port) -> object:
        bus = whole(port)
        look = bus.at
        monkeypatch.setattr(
            bus, "at", lambda where: (seen := look(where)) and (seen if ready.is_set() else _bare(seen))
        )
        return bus

    def _bare(seen: object) -> object:
        return seen._replace(active=None)  # type: ignore[attr-defined]

    monkeypatch.setattr(running.bus, "for_thread", unconfigured)

    def plug() -> None:
        running.bus.plug("e3372h@1-2")

        def configure() -> None:
            ready.set()
            running.bus.netlink.device("bind", "1-2", 40)

        threading.Timer(0.5, configure).start()

    running.states.at_the_end = plug
    assert running.left()
    assert running.service.switched == 1


def test_what_never_gets_a_configuration_does_not_keep_it(start: StartService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "ARRIVING", 0.5)
    running = start(idle=0.2)
    whole = running.bus.for_thread

    def unreadable(port: Port) -> object:
        bus = whole(port)
        monkeypatch.setattr(bus, "at", lambda _where: None)
        return bus

    monkeypatch.setattr(running.bus, "for_thread", unreadable)
    running.bus.plug("e3372h@1-2")
    began = time.monotonic()
    assert running.left()
    assert time.monotonic() - began < 3


def test_a_stop_while_it_is_idle_is_a_stop(start: StartService) -> None:
    running = start(idle=30.0)
    running.idle()
    assert running.end() == []
    assert running.states.lines.count("STOPPING=1") == 1


class Systemd(threading.Thread):
    """Hears one line and then a barrier, whose descriptor it closes after so many seconds."""

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__(daemon=True)
        self.heard: list[bytes] = []
        self.closed_at = 0.0
        self._seconds = seconds
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))

    def run(self) -> None:
        self.heard.append(self._socket.recv(100))
        line, files, _flags, _address = socket.recv_fds(self._socket, 100, 4)
        self.heard.append(line)
        time.sleep(self._seconds)
        self.closed_at = time.monotonic()
        for file in array.array("i", files):
            socket.close(file)


def test_what_was_sent_is_waited_for_until_it_was_read(tmp_path: Path) -> None:
    systemd = Systemd(tmp_path / "notify", 0.3)
    systemd.start()
    notify = Notify({"NOTIFY_SOCKET": str(tmp_path / "notify")})
    notify.send("STOPPING=1")
    assert notify.await_read()
    assert systemd.heard == [b"STOPPING=1", b"BARRIER=1"]
    assert time.monotonic() >= systemd.closed_at > 0


def test_nobody_who_reads_is_not_waited_for_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modeswitch.service.notify.PATIENCE", 0.2)
    deaf = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    deaf.bind(str(tmp_path / "deaf"))
    began = time.monotonic()
    assert not Notify({"NOTIFY_SOCKET": str(tmp_path / "deaf")}).await_read()
    assert time.monotonic() - began < 0.9
    assert not Notify({"NOTIFY_SOCKET": str(tmp_path / "absent")}).await_read()
    assert not Notify({}).await_read()
    assert time.monotonic() - began < 2
