"""Signals, from the command's first moment to its last: it ends, says so by its status, and every stick is released."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import weakref
from pathlib import Path

import pytest

from modeswitch.cli import guarded, interrupts
from modeswitch.cli.show import Show
from tests.support.said import Command

ROOT = Path(__file__).resolve().parent.parent.parent
AWAY = ("--simulate", "e3372h,back=never,linger=0.01")
STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
AT_IMPORT = """
import os, sys
left = [int(os.environ["IMPORTS"])]

def hook(event, arguments):
    if event == "import" and arguments[0].startswith("modeswitch."):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), int(os.environ["NUMBER"]))

sys.addaudithook(hook)
"""
"""Python's own hook for whoever starts it: a signal at the n-th import of a module of ours."""

every = pytest.mark.parametrize("number", STATUS, ids=lambda number: signal.Signals(number).name)


def ended_by(number: int, status: int) -> bool:
    """Does the status tell of that signal: our own, or the system's for a process that it has ended?"""
    return status in (STATUS[signal.Signals(number)], -number)


@every
def test_a_signal_in_the_middle(number: int) -> None:
    """The way out is not cut short by the same signal again, and says what it was."""

    def do() -> int:
        try:
            os.kill(os.getpid(), number)
            time.sleep(5)
        finally:
            for _ in range(3):
                os.kill(os.getpid(), number)
                time.sleep(0.01)
            released.append(True)
        return 0

    released: list[bool] = []
    before = [signal.getsignal(one) for one in STATUS]
    assert guarded(do, Show(json=False)) == STATUS[signal.Signals(number)]
    assert released == [True]
    assert [signal.getsignal(one) for one in STATUS] == before


def test_one_that_hangs_on_its_way_out_is_interrupted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupts, "PATIENCE", 0.05)

    def do() -> int:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        finally:
            time.sleep(0.1)
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)
        return 0

    began = time.monotonic()
    assert guarded(do, Show(json=False)) == 143
    assert time.monotonic() - began < 2


@every
@pytest.mark.parametrize("where", ["end", "callback"])
def test_where_python_lets_no_exception_out(number: int, where: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In the end of an object, or in a call from C, it is raised all the same; any other exception there is told."""

    class Object:
        def __del__(self) -> None:
            signal.raise_signal(number)
            sum(range(1000))

    class Target:
        pass

    def do() -> int:
        target = Target()
        kept = [weakref.ref(target, lambda _gone: signal.raise_signal(number))] if where == "callback" else [Object()]
        del target
        kept.clear()
        end = time.monotonic() + 5
        while time.monotonic() < end:
            time.sleep(0.01)
        return 0

    hook = sys.unraisablehook
    assert guarded(do, Show(json=False)) == 128 + number
    assert sys.unraisablehook is hook
    assert "ignored" not in capsys.readouterr().err


def test_another_exception_there_is_told_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda what: told.append(what.exc_type))

    class Object:
        def __del__(self) -> None:
            raise RuntimeError

    with interrupts.Interrupts():
        Object()
    assert told == [RuntimeError]


def test_what_was_ignored_stays_so() -> None:
    """nohup(1), and a shell's background."""

    def do() -> int:
        os.kill(os.getpid(), signal.SIGHUP)
        return 0

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert guarded(do, Show(json=False)) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_no_stick_is_said_to_be_released_where_none_was_held(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("modeswitch.database.library.Library.names", interrupt)
    said = command("profiles", "list")
    assert (said.status, said.err) == (130, "modeswitch: interrupted\n")
    monkeypatch.setattr("modeswitch.switching.transition.perform", interrupt)
    assert command("1-1", sticks=("e3372h",)).err.endswith("modeswitch: 1-1: interrupted; the stick was released\n")


def test_a_program_that_uses_the_library_keeps_its_own_way() -> None:
    code = "import signal, modeswitch; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    words = [sys.executable, "-c", code, "-m", "modeswitch"]
    assert subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout == "True\n"


@pytest.mark.slow
@pytest.mark.parametrize(("number", "step"), [(signal.SIGINT, 4), (signal.SIGTERM, 17), (signal.SIGHUP, 17)])
def test_while_it_starts(number: int, step: int, tmp_path: Path) -> None:
    """At any import of ours there is no traceback; before its first line Python has its own ways."""
    (tmp_path / "sitecustomize.py").write_text(AT_IMPORT)
    words = [sys.executable, "-m", "modeswitch", "1-1", *AWAY, "--timeout", "1.5"]
    statuses = []
    for imports in range(2, 400, step):
        environment = {
            **os.environ,
            "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}",
            "IMPORTS": str(imports),
            "NUMBER": str(int(number)),
        }
        done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30, check=False)
        statuses.append(done.returncode)
        assert "Traceback" not in done.stderr, imports
        assert "Exception ignored" not in done.stderr
        if done.returncode == 6:  # NotBack: there were no more imports
            break
        assert ended_by(number, done.returncode), (imports, done.stderr)
    assert statuses[-1] == 6
    assert len(statuses) > 4


@pytest.mark.slow
@every
def test_again_and_again_until_it_has_ended(number: int) -> None:
    words = [sys.executable, "-m", "modeswitch", "1-1", "--json", *AWAY]
    for _ in range(5):
        with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            for line in process.stdout:
                if json.loads(line)["event"] == "left":
                    break
            while process.poll() is None:
                process.send_signal(number)
                time.sleep(0.001)
            rest = [json.loads(line) for line in process.stdout]
            assert process.stderr.read() == ""
            assert process.returncode == STATUS[signal.Signals(number)]
            assert rest[-1]["status"] == process.returncode


@pytest.mark.slow
@every
@pytest.mark.parametrize("wait", [0.15, 0.25, 0.35, 0.5, 0.7])
def test_sixty_four_sticks(number: int, wait: float) -> None:
    """Whether their threads are being started, are all at work, or some have ended: nobody goes on."""
    sticks = [f"e3372h@{1 + n // 8}-{1 + n % 8},back=never" for n in range(64)]
    simulated = [word for stick in sticks for word in ("--simulate", stick)]
    words = [sys.executable, "-m", "modeswitch", "12d1:1f01", "--all", "--timeout", "25", *simulated]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        time.sleep(wait)
        sent = time.monotonic()
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
        assert time.monotonic() - sent < 5
        assert ended_by(number, process.returncode)
        assert "Traceback" not in err
        assert "Exception ignored" not in err
