"""Whose time it is: getting hold has a limit of its own, a transition's begins with the message."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import Busy, Unavailable
from modeswitch.switching.session import Session
from tests.support.rig import ALT_MODE, messages, plugged, run, sunny


def test_a_kernel_that_does_not_let_go_takes_nothing_of_the_sticks_time() -> None:
    """usb-storage waits for the command that hangs; the stick needs nearly all of its own time afterwards."""
    ran = run(plugged("e3372h,hung=30,slow=18"), "1-1", "ncm")
    assert ran.outcome is not None, ran.error
    assert messages(ran.bus) == [ALT_MODE]
    assert 48 < ran.seconds < 51


@pytest.mark.parametrize(("hung", "timeout"), [(4.5, 5.0), (9.2, 10.0)])
def test_nothing_is_sent_with_less_than_a_second_left(hung: float, timeout: float) -> None:
    ran = run(plugged(f"e3372h,hung={hung}"), "1-1", "ncm", timeout=timeout)
    assert isinstance(ran.error, Unavailable)
    assert "nothing was sent: less than a second is left" in ran.error.message
    assert "--timeout" in ran.error.hint
    assert messages(ran.bus) == []
    assert ran.seconds <= timeout


class Waiting:
    """A lock that another process holds for so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __call__(self, _port: object) -> Waiting:
        return self

    def acquire(self, seconds: float, wait, told) -> None:  # type: ignore[no-untyped-def]
        told("other (process 1)")
        wait(min(seconds, self.seconds))
        if seconds < self.seconds:
            raise Busy("the stick is in use")

    def release(self) -> None:
        """Nothing is held."""


@pytest.mark.parametrize(("locked", "timeout", "error"), [(9.0, 12.0, "NotBack"), (20.0, 12.0, "Busy")])
def test_a_timeout_bounds_the_wait_for_the_lock_too(
    locked: float, timeout: float, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus = sunny("e3372h,back=never")
    monkeypatch.setattr(bus.host, "lock", Waiting(locked))
    ran = run(bus, "1-1", "ncm", timeout=timeout)
    assert type(ran.error).__name__ == error
    assert ran.seconds <= timeout + 0.1


def test_a_task_has_no_more_time_than_the_lock_left_it(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = sunny("e3372h-153,wakes=linux,at=mute")
    monkeypatch.setattr(bus.host, "lock", Waiting(9))
    started = bus.now()
    with pytest.raises(Unavailable), Session("1-1", bus=bus, timeout=12) as session, session.talk() as talk:
        talk.dialogue()
    assert bus.now() - started <= 12.1


def settling(folder: Path, seconds: float) -> Library:
    """The shipped families, where HiLink's settle for so long."""
    text = Path("profiles/huawei-hilink.toml").read_text("utf-8")
    (folder / "huawei-hilink.toml").write_text(text.replace("[family]", f"[family]\nsettle = {seconds}", 1))
    return Library(user=[folder])


@pytest.mark.parametrize(("falls", "outcome"), [(0.0, True), (2.0, False), (9.0, True)])
def test_a_family_that_settles_is_watched_for_so_long(falls: float, outcome: bool, tmp_path: Path) -> None:
    stick = f"e3372h,falls={falls}" if falls else "e3372h"
    ran = run(plugged(stick), "1-1", "ncm", library=settling(tmp_path, 3.5))
    assert (ran.outcome is not None) is outcome, ran.error
    if outcome:
        assert 4.0 <= ran.seconds < 4.4
    else:
        assert "fell back to mass-storage" in str(ran.error)


def test_a_host_without_events_loses_at_most_a_second() -> None:
    heard, deaf = (run(plugged(f"e3372h{word}"), "1-1", "ncm").seconds for word in ("", ",events=never"))
    assert deaf - heard <= 1.0
