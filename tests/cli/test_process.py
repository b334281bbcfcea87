"""The command as a process: interrupted, ended by a signal, with nobody left to read what it says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.said import Command

ROOT = Path(__file__).resolve().parent.parent.parent


def test_interrupted(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("modeswitch.switching.transition.perform", interrupt)
    said = command("1-1", sticks=("e3372h",))
    assert said.status == 130
    assert "1-1: interrupted" in said.err
    assert command("1-1", "--json", sticks=("e3372h",)).events[-1]["status"] == 130


def test_sigterm_lets_go(tmp_path: Path) -> None:
    """A real process, a real signal, while it waits for a stick that stays away."""
    words = [sys.executable, "-m", "modeswitch", "1-1", "--json", "--simulate", "e3372h,back=never,linger=0.01"]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["event"] == "left":
                process.terminate()
                break
        rest = [json.loads(line) for line in process.stdout]
        assert process.wait(10) == 143
    assert rest[-1]["status"] == 143


def test_broken_pipe(tmp_path: Path) -> None:
    """Whoever reads has gone: no traceback, and a status that says so."""
    reading, writing = os.pipe()
    os.close(reading)
    words = [sys.executable, "-m", "modeswitch", "profiles", "list"]
    done = subprocess.run(words, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=20, check=False)
    os.close(writing)
    assert done.returncode == 141
    assert done.stderr == ""
