"""On a terminal: a live line with the time left while the stick is away, wiped before anything else is said."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
WIPE = "\r\x1b[K"


def on_terminal(*words: str) -> tuple[int, str]:
    """Run the command with its stderr on a terminal of its own; its exit status and what the terminal was sent."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "modeswitch", *words]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=theirs) as process:
        os.close(theirs)
        seen = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:  # Linux says EIO when the last writer has gone
                break
            if not part:
                break
            seen += part
    os.close(ours)
    return process.returncode, seen.decode()


def test_the_live_line_counts_down_and_is_wiped() -> None:
    status, seen = on_terminal("12d1:1f01", "--simulate", "e3372h,away=1,linger=0.01", "--timeout", "8")
    assert status == 0
    live = [line for line in seen.split("\r") if "waiting for the stick" in line]
    left = [float(line.partition(", ")[2].split()[0]) for line in live]
    assert len(left) >= 4
    assert left == sorted(left, reverse=True)
    assert left[0] <= 8.0
    assert f"{WIPE}1-1: back as 12d1:14dc" in seen


def test_nothing_live_where_stderr_is_no_terminal() -> None:
    command = [sys.executable, "-m", "modeswitch", "12d1:1f01", "--simulate", "e3372h,away=0.5,linger=0.01"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0
    assert "waiting" not in done.stderr
    assert "\x1b" not in done.stderr
