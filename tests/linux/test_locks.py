"""The lock of a port: held by real processes, freed by their death."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

import pytest

from modeswitch.errors import Busy
from modeswitch.linux import locks
from modeswitch.linux.locks import PortLock
from modeswitch.usb.descriptors import Port
from tests.support.held_lock import PORT, held

MACHINE = locks.MACHINE
"""What it is outside of tests."""


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


def test_what_gave_up_waiting_holds_no_file(tmp_path: Path) -> None:
    with held(tmp_path):
        opened = os.listdir("/proc/self/fd")
        lock = PortLock(PORT, str(tmp_path))
        with pytest.raises(Busy):
            lock.acquire(0.0, time.sleep, lambda _who: None)
        assert os.listdir("/proc/self/fd") == opened


def test_it_is_asked_for_again_until_the_time_is_over(tmp_path: Path) -> None:
    waits: list[float] = []
    with held(tmp_path), pytest.raises(Busy):
        PortLock(PORT, str(tmp_path)).acquire(0.12, waits.append, lambda _who: None)
    assert waits == pytest.approx([0.05, 0.05, 0.02])


def test_a_holder_that_signed_with_a_long_number_is_cut(tmp_path: Path) -> None:
    (tmp_path / "1-1.4.lock").write_text("1" * 100)
    (tmp_path / "1-1.4.lock").chmod(0o600)
    with open(tmp_path / "1-1.4.lock", "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(Busy) as raised:
            take(tmp_path)
    assert raised.value.message.endswith(f"is in use by process {'1' * 32}")


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
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("precious")
    elsewhere.chmod(0o600)
    for target in (elsewhere, tmp_path / "none"):
        (tmp_path / "1-1.4.lock").symlink_to(target)
        assert take(tmp_path) == []
        assert not (tmp_path / "none").exists()
        (tmp_path / "1-1.4.lock").unlink()
    assert elsewhere.read_text() == "precious"
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
    monkeypatch.setattr(locks, "MACHINE", MACHINE)
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    monkeypatch.setenv("XDG_RUNTIME_DIR", own)
    assert locks.folder() == expected
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert locks.folder() == (expected if uid == 0 else None)
