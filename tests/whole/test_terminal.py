"""On a terminal: a live line with the time left while the stick is away, wiped before anything else is said."""

from __future__ import annotations

import os
import pty
import select

import pytest

from tests.support.rig import plugged
from tests.support.said import Command

WIPE = "\r\x1b[K"


def test_the_live_line_counts_down_and_is_wiped(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr("sys.stderr", terminal)
        assert command("12d1:1f01", "--timeout", "8", bus=plugged("e3372h,away=1")).status == 0
        seen = b""
        while select.select([ours], [], [], 0.2)[0]:  # a terminal gives what was written in parts
            seen += os.read(ours, 1 << 16)
    os.close(ours)
    live = [line for line in seen.decode().split("\r") if "waiting for the stick" in line]
    left = [float(line.partition(", ")[2].split()[0]) for line in live]
    assert len(left) >= 4
    assert left == sorted(left, reverse=True)
    assert left[0] <= 8.0
    assert f"{WIPE}1-1: back as 12d1:14dc" in seen.decode()


def test_nothing_live_where_stderr_is_no_terminal(command: Command) -> None:
    said = command("12d1:1f01", "--timeout", "8", bus=plugged("e3372h,away=1"))
    assert said.status == 0
    assert "waiting" not in said.err
    assert "\x1b" not in said.err
