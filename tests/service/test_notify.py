"""What systemd is told: ready, the state, alive, stopping."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from modeswitch.service.notify import Notify
from modeswitch.usb.bus import PortEvent
from tests.support.port_watch import eventually
from tests.support.running_service import StartService

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(params=["path", "abstract"])
def service_manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """A socket that hears, and what NOTIFY_SOCKET says of it."""
    heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    name = str(tmp_path / "notify") if request.param == "path" else f"@modeswitch-test-{os.getpid()}"
    heard.bind(name if request.param == "path" else "\0" + name[1:])
    heard.settimeout(10)
    yield heard, name
    heard.close()


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


def test_notify(service_manager: tuple[socket.socket, str]) -> None:
    heard, name = service_manager
    notify = Notify({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())})
    assert notify.interval == 15.0
    notify.send("READY=1", "MAINPID=1")
    notify.status("all\nis well")
    notify.status("all\nis well")
    notify.send_once("STOPPING=1")
    notify.send_once("STOPPING=1")
    assert [heard.recv(1000) for _ in range(3)] == [b"READY=1\nMAINPID=1", b"STATUS=all\\nis well", b"STOPPING=1"]
    assert more(heard, 0.05) == []


def test_a_long_status_is_cut(service_manager: tuple[socket.socket, str]) -> None:
    heard, name = service_manager
    Notify({"NOTIFY_SOCKET": name}).status("x" * 2000)
    assert heard.recv(4000).decode() == f"STATUS={'x' * 1000}…"


def test_a_manager_that_reads_nothing_holds_nobody_up(service_manager: tuple[socket.socket, str]) -> None:
    _, name = service_manager
    notify = Notify({"NOTIFY_SOCKET": name})
    for number in range(2000):
        notify.status(f"{number} {'x' * 900}")


def test_a_heartbeat_when_it_is_due(service_manager: tuple[socket.socket, str]) -> None:
    heard, name = service_manager
    notify = Notify({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "400000"})
    assert notify.heartbeat(busy=True) == 0.2
    left = notify.heartbeat(busy=True)
    assert left is not None
    assert 0 < left < 0.2
    assert more(heard, 0.05) == ["WATCHDOG=1"]
    time.sleep(0.2)
    assert notify.heartbeat(busy=True) == 0.2
    assert more(heard, 0.05) == ["WATCHDOG=1"]


def test_who_is_not_busy_is_not_watched_and_may_sleep(service_manager: tuple[socket.socket, str]) -> None:
    heard, name = service_manager
    notify = Notify({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "30000000"})
    assert [notify.heartbeat(busy=False) for _ in range(2)] == [None, None]
    assert more(heard, 0.05) == ["WATCHDOG_USEC=0"]
    assert notify.heartbeat(busy=True) == 15.0
    assert more(heard, 0.05) == ["WATCHDOG_USEC=30000000", "WATCHDOG=1"]
    assert notify.heartbeat(busy=False) is None
    assert notify.heartbeat(busy=True) == 15.0, "the watch begins anew"


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
    assert notify.heartbeat(busy=True) is None
    assert notify.heartbeat(busy=False) is None
    notify.send("READY=1")
    notify.status("x")


def started(stick: str, environment: dict[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "modeswitch", "watch", "--json", "--policy", "/nonexistent", "--simulate", stick]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, text=True, env={**os.environ, **environment})


def test_systemd_hears_that_it_is_ready_alive_and_stopping(service_manager: tuple[socket.socket, str]) -> None:
    heard, name = service_manager
    with started("e3372h", {"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "200000"}) as process:
        lines = [heard.recv(1000).decode() for _ in range(5)]
        assert lines[0] == "READY=1"
        lines += more(heard, 3)
        assert {"WATCHDOG=1", "STATUS=watching; 1 switched, 0 failed"} <= set(lines)
        assert lines[-1] == "WATCHDOG_USEC=0", "there is no more to do"
        assert more(heard, 0.5) == []
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert "STOPPING=1" in more(heard, 0.3)


def test_a_loop_that_hangs_is_not_alive(
    service_manager: tuple[socket.socket, str], start: StartService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the loop itself that says so, and no thread beside it."""
    heard, name = service_manager
    hang, work = threading.Event(), threading.Event()
    states = Notify({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "100000"})
    running = start("e3372h", notify=states, tell=lambda *_, **__: work.wait(10))
    eventually(lambda: "WATCHDOG=1" in more(heard, 0.1))

    def take() -> list[PortEvent]:
        hang.wait(5)
        return []

    monkeypatch.setattr(running.bus.uevents, "take", take)
    more(heard, 0.2)
    assert more(heard, 0.4) == []
    hang.set()
    eventually(lambda: "WATCHDOG=1" in more(heard, 0.1))
    work.set()
