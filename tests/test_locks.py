"""One process at a time at each port: held by real processes, freed by their death."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from modeswitch.descriptors import Port
from modeswitch.errors import Busy, NotBack
from modeswitch.linux import locks
from modeswitch.linux.locks import PortLock
from modeswitch.sim.backend import SimBus
from tests.rig import messages, plugged, run

PORT = Port(1, (1, 4))
HOLD = """
import sys, time
from modeswitch.descriptors import Port
from modeswitch.linux.locks import PortLock
lock = PortLock(Port(1, (1, 4)), sys.argv[1])
lock.acquire(1, time.sleep, print)
print("held", flush=True)
sys.stdin.readline()
"""


@contextmanager
def held(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock."""
    words = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def take(folder: Path, seconds: float = 0.0) -> list[str]:
    """Take the lock and let go of it; who was waited for."""
    waited: list[str] = []
    lock = PortLock(PORT, str(folder))
    lock.acquire(seconds, time.sleep, waited.append)
    lock.release()
    return waited


def test_a_free_lock_is_taken_at_once(tmp_path: Path) -> None:
    assert take(tmp_path / "new") == []
    assert (tmp_path / "new" / "1-1.4.lock").exists()


def test_who_holds_it_is_told(tmp_path: Path) -> None:
    with held(tmp_path) as process, pytest.raises(Busy) as raised:
        take(tmp_path)
    assert f"(process {process.pid})" in raised.value.message
    assert "1-1.4" in raised.value.message


def test_a_dead_process_holds_nothing(tmp_path: Path) -> None:
    with held(tmp_path) as process:
        process.kill()
        process.wait()
        assert take(tmp_path) == []


def test_it_is_waited_for(tmp_path: Path) -> None:
    with held(tmp_path) as process:
        lock = PortLock(PORT, str(tmp_path))
        pauses: list[float] = []

        def wait(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 3:
                process.kill()
                process.wait()

        lock.acquire(10.0, wait, lambda _who: None)
        lock.release()
    assert len(pauses) == 3


def test_other_ports_are_free(tmp_path: Path) -> None:
    with held(tmp_path):
        PortLock(Port(1, (1,)), str(tmp_path)).acquire(0.0, time.sleep, lambda _who: None)


def test_a_hostile_lock_file(tmp_path: Path) -> None:
    """A link that somebody laid is not followed; garbage in the file is not shown."""
    (tmp_path / "1-1.4.lock").symlink_to(tmp_path / "elsewhere")
    assert take(tmp_path) == []
    assert not (tmp_path / "elsewhere").exists()
    (tmp_path / "1-1.4.lock").unlink()
    with held(tmp_path):
        (tmp_path / "1-1.4.lock").write_text("\x1b[2J999999999")
        with pytest.raises(Busy) as raised:
            take(tmp_path)
    assert raised.value.message.isprintable()


def test_where_nothing_can_be_locked_nothing_is_in_the_way() -> None:
    assert take(Path("/proc/nowhere")) == []


@pytest.mark.parametrize(
    ("uid", "own", "expected"),
    [(0, "/run/user/0", "/run/modeswitch"), (1000, "/run/user/1000", "/run/user/1000/modeswitch")],
)
def test_where(uid: int, own: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    monkeypatch.setenv("XDG_RUNTIME_DIR", own)
    assert locks.folder() == expected
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert locks.folder() == (expected if uid == 0 else None)


# What a switch does with it.


class Shared(SimBus):
    """A bus whose ports have locks, in a folder."""

    folder = ""

    def lock(self, port: Port) -> PortLock | None:
        return PortLock(port, self.folder)


def shared(stick: str, folder: Path) -> Shared:
    sim = plugged(stick)
    bus = Shared(sim.sim.sticks, sim.clock)
    bus.folder = str(folder)
    return bus


def other(port: str, folder: Path) -> PortLock:
    """The lock, held by this process through another open file."""
    lock = PortLock(Port.parse(port), str(folder))
    lock.acquire(0.0, time.sleep, lambda _who: None)
    return lock


def test_a_switch_waits_for_its_port(tmp_path: Path) -> None:
    bus = shared("e3372h", tmp_path)
    holder = other("1-1", tmp_path)
    ran = run(bus, "1-1", "ncm", timeout=2)
    assert isinstance(ran.error, Busy)
    assert ran.seconds == pytest.approx(2, abs=0.1)
    assert ran.told == ["locked"]
    assert messages(bus) == []
    holder.release()
    assert run(bus, "1-1", "ncm").outcome is not None


def test_after_waiting_it_looks_again(tmp_path: Path) -> None:
    """What another process has switched meanwhile is there already."""
    bus = shared("e3372h", tmp_path)
    holder = other("1-1", tmp_path)

    def meanwhile(event: str, **_facts: object) -> None:
        if event == "locked":
            run(plain, "1-1", "ncm")
            holder.release()

    plain = SimBus(bus.sim.sticks, bus.clock)
    ran = run(bus, "1-1", "ncm", tell=meanwhile)
    assert ran.outcome is not None, ran.error
    assert ran.outcome.result == "already"


def test_after_waiting_it_may_be_gone(tmp_path: Path) -> None:
    bus = shared("e3372h", tmp_path)
    holder = other("1-1", tmp_path)

    def meanwhile(event: str, **_facts: object) -> None:
        if event == "locked":
            bus.sim.sticks[0].unplug()
            holder.release()

    assert isinstance(run(bus, "1-1", "ncm", tell=meanwhile).error, NotBack)


def test_the_lock_is_free_after_a_failure(tmp_path: Path) -> None:
    run(shared("e3372h,busy", tmp_path), "1-1", "ncm")
    other("1-1", tmp_path).release()
