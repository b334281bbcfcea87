"""Runs of pytest in copies of the checkout: forked from a process that has imported what is not changed."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import construct
import coverage
import hypothesis
import pytest
import serial
import usb.core

IMPORTED = (construct, hypothesis, serial, usb.core)
"""What every run needs and no mutant changes: it is imported once, before the forks."""
MOST_MEMORY = 4 << 30
"""How much address space a mutant may take, in bytes."""


class Test(NamedTuple):
    """A test that passes without a mutant: its node id, the lines of the module it runs, its seconds of CPU."""

    id: str
    lines: frozenset[int]
    seconds: float


class Limits(NamedTuple):
    """How long a run may take: seconds of CPU, seconds on the clock."""

    cpu: int
    clock: float


def copy(root: Path, to: Path) -> None:
    """Copy what git knows of the checkout."""
    shutil.rmtree(to, ignore_errors=True)
    names = subprocess.run(("git", "-C", root, "ls-files", "-z"), check=True, capture_output=True, text=True).stdout
    for name in names.split("\0"):
        if name and (root / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, to / name, follow_symlinks=False)


def file(tree: Path, module: str) -> Path:
    """Where the module (``usb.bot``) is in a tree."""
    return tree / "modeswitch" / (module.replace(".", "/") + ".py")


def trace(tree: Path, module: str, paths: list[str], limits: Limits) -> list[Test]:
    """Run the tests in those files and folders without a mutant; those that pass and run a line of the module.

    Leaves the bytecode of all that it imports in the tree: the mutants' runs read it.
    """
    answer = tree / "traced.json"
    answer.unlink(missing_ok=True)

    def run() -> int:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        sys.dont_write_bytecode = False
        recorder = _Recorder(str(file(tree, module)))
        pytest.main([*paths, *OPTIONS], plugins=[recorder])
        answer.write_text(json.dumps(recorder.tests()))
        return 0

    if _fork(tree, run, limits) != 0:
        raise SystemExit(f"{module}: the tests without a mutant took longer than {limits.clock:.0f} s, or broke off")
    return [Test(one, frozenset(lines), seconds) for one, lines, seconds in json.loads(answer.read_text())]


def passes(tree: Path, tests: list[Test], limits: Limits) -> bool | None:
    """Do all these tests pass in that tree? None where the time was over before.

    Writes no bytecode: that of the tree stays that of the module as it is.
    """
    files = sorted({one.id.partition("::")[0] for one in tests})

    def run() -> int:
        os.environ["PYTHONDONTWRITEBYTECODE"], sys.dont_write_bytecode = "1", True
        return pytest.main([*files, "-x", *OPTIONS], plugins=[_Only(tests)])

    status = _fork(tree, run, limits)
    return None if status is None else status == 0


OPTIONS = ("-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-seed=0")


def _fork(tree: Path, run: Any, limits: Limits) -> int | None:
    """Call it in a process of its own, which sees that tree; its status, None where the time was over."""
    child = os.fork()
    if not child:
        status = 70
        with contextlib.suppress(BaseException):
            _enter(tree, limits)
            status = int(run())
        os._exit(status)
    end = time.monotonic() + limits.clock
    ended, status = os.waitpid(child, os.WNOHANG)
    while not ended and time.monotonic() < end:
        time.sleep(0.02)
        ended, status = os.waitpid(child, os.WNOHANG)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    if not ended:
        os.waitpid(child, 0)
        return None
    if os.WIFSIGNALED(status):
        return None if os.WTERMSIG(status) in {signal.SIGXCPU, signal.SIGKILL} else 128 + os.WTERMSIG(status)
    return os.waitstatus_to_exitcode(status)


def _enter(tree: Path, limits: Limits) -> None:
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(null, number)
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu, limits.cpu + 2))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    os.environ["PYTHONPATH"] = str(tree)
    os.chdir(tree)
    sys.path.insert(0, str(tree))
    for name in [name for name in sys.modules if name.partition(".")[0] in {"modeswitch", "tests", "tools"}]:
        del sys.modules[name]


class _Only:
    """Keeps those tests alone, the quick ones first."""

    def __init__(self, tests: list[Test]) -> None:
        self._order = {one.id: place for place, one in enumerate(sorted(tests, key=lambda one: one.seconds))}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted((one for one in items if one.nodeid in self._order), key=lambda one: self._order[one.nodeid])


class _Recorder:
    """Records which lines of a file each test runs, how long it takes, and which do not pass."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._coverage = coverage.Coverage(data_file=None, include=[path], config_file=False)
        self._seconds: dict[str, float] = {}
        self._failed: set[str] = set()
        self._coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._coverage.switch_context(item.nodeid)
        began = time.process_time()
        answer = yield
        self._seconds[item.nodeid] = time.process_time() - began
        self._coverage.switch_context("")
        return answer

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.passed:
            self._failed.add(report.nodeid)

    def tests(self) -> list[tuple[str, list[int], float]]:
        self._coverage.stop()
        lines: dict[str, list[int]] = {}
        for line, contexts in self._coverage.get_data().contexts_by_lineno(self._path).items():
            for one in contexts:
                lines.setdefault(one, []).append(line)
        return [(one, lines[one], s) for one, s in self._seconds.items() if one in lines and one not in self._failed]
