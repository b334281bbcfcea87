"""How switches ended is noted by port: counted on, read by all, and nothing where the note makes no sense."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from modeswitch.linux import locks, past
from modeswitch.usb.descriptors import Port
from modeswitch.usb.host import Past

PORT = Port(1, (1, 4))
NOTHING = Past()


def test_how_switches_ended_is_read_again(tmp_path: Path) -> None:
    folder = str(tmp_path / "new")
    assert past.read(PORT, folder) == NOTHING
    past.note(PORT, away=2.5, where=folder)
    past.note(PORT, error="NotBack", where=folder)
    past.note(PORT, error="SwitchFailed", where=folder)
    found = past.read(PORT, folder)
    assert (found.away, found.failures, found.kind) == (2.5, 2, "SwitchFailed")
    assert found.switched is not None
    assert found.failed is not None
    assert 0 <= found.failed <= found.switched < 5
    past.note(PORT, away=0.25, where=folder)
    assert past.read(PORT, folder)[1:3] == (0.25, 2)
    assert past.read(Port(1, (1,)), folder) == NOTHING
    assert os.stat(tmp_path / "new/1-1.4.past").st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    "text",
    [
        *("", "1.000 2.000 3\n", "1.000 2.000 3 4.000 NotBack", "nan 2.000 3 4.000 NotBack\n", "\0" * 500),
        *("1.000 2.000 -3 4.000 NotBack\n", "1.000 2.000 3 4.000 \x1b[2J\n", f"1.000 2.000 {'9' * 200} - -\n"),
    ],
)
def test_a_note_that_makes_no_sense_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "1-1.4.past").write_text(text)
    assert past.read(PORT, str(tmp_path)) == NOTHING
    past.note(PORT, error="Busy", where=str(tmp_path))
    assert past.read(PORT, str(tmp_path)).failures == 1


def test_a_moment_that_is_yet_to_come_is_none(tmp_path: Path) -> None:
    late = time.clock_gettime(time.CLOCK_BOOTTIME) + 1000
    (tmp_path / "1-1.4.past").write_text(f"{late:.3f} 1.000 3 {late:.3f} Busy\n")
    assert past.read(PORT, str(tmp_path)) == Past(None, 1.0, 3, None, "Busy")


def test_failures_are_not_counted_for_ever(tmp_path: Path) -> None:
    (tmp_path / "1-1.4.past").write_text(f"- - {past.MOST} 1.000 Busy\n")
    past.note(PORT, error="Busy", where=str(tmp_path))
    assert past.read(PORT, str(tmp_path)).failures == past.MOST


def test_where_nothing_can_be_noted_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "1-1.4.past").symlink_to(tmp_path / "elsewhere")
    for folder in ("file", "."):
        past.note(PORT, error="Busy", where=str(tmp_path / folder))
        assert past.read(PORT, str(tmp_path / folder)) == NOTHING
    assert not (tmp_path / "elsewhere").exists()


def test_of_roots_note_and_a_users_own_the_later_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine, own = str(tmp_path / "machine"), str(tmp_path / "own")
    monkeypatch.setattr(locks, "MACHINE", machine)
    monkeypatch.setattr(locks, "folder", lambda: own)
    past.note(PORT, error="NotBack", where=machine)
    assert past.read(PORT).kind == "NotBack"
    past.note(PORT, error="PermissionDenied")
    assert past.read(PORT).kind == "PermissionDenied"
    past.note(PORT, away=1.0, where=machine)
    assert past.read(PORT).kind == "NotBack"
    assert past.folders() == [own, machine]
