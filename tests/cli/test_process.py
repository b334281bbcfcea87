"""The command as a process: interrupted, ended by a signal, with nobody left to read what it says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.said import Command

pytestmark = pytest.mark.slow

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


SWITCH = ("1-1", "--to", "ncm", "--simulate", "e3372h,sunny,away=0.02,linger=0.01")


def outcome(redirections: str, *words: str, **environment: str) -> tuple[int, str, str]:
    """Status, stdout and stderr of the command, run by a shell with those redirections."""
    command = f'"$0" -m modeswitch "$@" {redirections}'
    done = subprocess.run(
        ["sh", "-c", command, sys.executable, *words],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=30,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("redirections", [">&-", ">/dev/full", "<&- >&-", ">/dev/full <&-"])
@pytest.mark.parametrize("words", [SWITCH, (*SWITCH, "--json"), ("--help",), ("--version",), ("list", "--help")])
@pytest.mark.parametrize("buffered", ["", "1"])
def test_only_the_output_failed(redirections: str, words: tuple[str, ...], buffered: str) -> None:
    """The stick is switched, and the status says that its line could not be written."""
    status, _, err = outcome(redirections, *words, PYTHONUNBUFFERED=buffered)
    assert status == 74
    assert "Traceback" not in err
    assert "Exception ignored" not in err
    if words == SWITCH:
        assert "1-1: back as 12d1:155e" in err


@pytest.mark.parametrize("redirections", ["2>&-", "2>/dev/full", "<&- 2>&-"])
def test_progress_that_nobody_reads_is_no_failure(redirections: str) -> None:
    status, out, _ = outcome(redirections, *SWITCH)
    assert status == 0
    assert out.startswith("1-1: ncm in ")


@pytest.mark.parametrize("redirections", [">&- 2>&-", ">/dev/full 2>/dev/full", "<&- >&- 2>&-"])
def test_the_status_of_a_failure_stays(redirections: str) -> None:
    assert outcome(redirections, "1-1", "--to", "mbim", "--simulate", "e3372h")[0] == 4
    assert outcome(redirections, "xyzzy", "--simulate", "e3372h")[0] == 2
    assert outcome(redirections, *SWITCH)[0] == 74


def test_a_reader_that_goes_ends_no_switch() -> None:
    """Progress goes into a pipe that nobody reads; the switch goes on, and its result is written."""
    reading, writing = os.pipe()
    os.close(reading)
    words = [sys.executable, "-m", "modeswitch", *SWITCH]
    done = subprocess.run(words, cwd=ROOT, stderr=writing, stdout=subprocess.PIPE, text=True, timeout=20, check=False)
    os.close(writing)
    assert done.returncode == 0
    assert done.stdout.startswith("1-1: ncm in ")


def test_no_device_gets_the_number_of_a_standard_stream() -> None:
    """What libusb writes to a closed stderr would otherwise go to the first file that is opened."""
    code = "import os; from modeswitch.cli import main; main(['profiles']); print(os.open('/dev/null', 0), flush=True)"
    done = subprocess.run(
        ["sh", "-c", '"$0" -c "$1" 2>&- <&-', sys.executable, code],
        cwd=ROOT,
        capture_output=True,
        timeout=20,
        check=True,
    )
    assert int(done.stdout.splitlines()[-1]) > 2


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
@pytest.mark.parametrize("words", [("--help",), ("switch", "--help"), ("profiles", "list"), ("explain", "zz"), SWITCH])
def test_every_encoding_takes_what_is_said(encoding: str, words: tuple[str, ...]) -> None:
    status, _, err = outcome("", *words, PYTHONIOENCODING=encoding)
    assert status == (2 if words[0] == "explain" else 0)
    assert "Traceback" not in err


def test_a_watch_that_nobody_can_read_ends() -> None:
    words = [sys.executable, "-m", "modeswitch", "watch", "--policy", "/nonexistent", "--simulate", "e3372h,sunny"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(words, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, timeout=30, check=False)
    assert done.returncode == 74
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_too_little_memory_is_told(command: Command, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    def none_is_left(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("modeswitch.switching.transition.perform", none_is_left)
    said = command("1-1", "--to", "ncm", *words, sticks=("e3372h",))
    assert said.status == 1
    assert "too little memory" in said.out + said.err
    assert "ulimit -v" in said.out + said.err
