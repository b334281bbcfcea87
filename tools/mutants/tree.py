"""Runs of pytest in copies of the checkout: forked from a process that has imported what is not changed."""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import resource
import shutil
import signal
import struct
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

from .mutants import called_lines

IMPORTED = (construct, hypothesis, serial, usb.core)
"""What every run needs and no mutant changes: it is imported once, before the forks."""
MOST_MEMORY = 4 << 30
"""How much address space a mutant may take, in bytes."""


class Test(NamedTuple):
    """A test that passes without a mutant: its node id, the lines of the module that it runs, its seconds of CPU."""

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


def trace(tree: Path, modules: list[str], paths: list[str], limits: Limits) -> dict[str, list[Test]]:
    """Run the tests in those files and folders without a mutant; module → those that pass, with its lines.

    Leaves the bytecode of all that it imports in the tree: the mutants' runs read it.
    """
    answer = tree / "traced.json"
    answer.unlink(missing_ok=True)

    def run() -> int:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        sys.dont_write_bytecode = False
        recorder = _Recorder({module: str(file(tree, module)) for module in modules})
        pytest.main([*paths, *OPTIONS], plugins=[recorder])
        answer.write_text(json.dumps(recorder.tests()))
        return 0

    if _fork(tree, run, limits) != 0:
        raise SystemExit(f"{paths}: the tests without a mutant took longer than {limits.clock:.0f} s, or broke off")
    return {
        module: [Test(one, frozenset(lines), seconds) for one, lines, seconds in tests]
        for module, tests in json.loads(answer.read_text()).items()
    }


def passes(tree: Path, tests: list[Test], limits: Limits) -> bool | None:
    """Do all these tests pass in that tree? None where the time was over before, of one test or of all.

    Writes no bytecode: that of the tree stays that of the module as it is.
    """
    files = sorted({one.id.partition("::")[0] for one in tests})
    with mmap.mmap(-1, mmap.PAGESIZE) as notes:

        def run() -> int:
            os.environ["PYTHONDONTWRITEBYTECODE"], sys.dont_write_bytecode = "1", True
            return pytest.main([*files, "-x", *OPTIONS], plugins=[_Only(tests, limits, notes)])

        status = _fork(tree, run, limits, notes)
        noticed_by = notes[_NAME:].rstrip(b"\0").decode()
    if noticed_by:
        _first.pop(noticed_by, None)
        _first[noticed_by] = len(_first)
    return None if status is None else status == 0


_DEADLINE, _NAME = struct.Struct("d"), 8
"""What a run notes: until when the test that runs may take, on the monotonic clock; the name of the one that failed."""
_first: dict[str, int] = {}
"""Tests that noticed a mutant, the latest last: they are run first, since many a mutant is noticed by the same one."""
MARKED = "not (kernel or package or bench or parity or matrix or fuzz)"
"""The fast suite and the rest of it, whose tests wait for seconds (``slow``)."""
OPTIONS = ("-m", MARKED, "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-seed=0")


def _fork(tree: Path, run: Any, limits: Limits, notes: mmap.mmap | None = None) -> int | None:
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
    while not ended and time.monotonic() < min(end, (notes and _DEADLINE.unpack_from(notes)[0]) or end):
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
    """Keeps those tests alone, first what noticed another mutant, then the quick ones; bounds and notes each."""

    def __init__(self, tests: list[Test], limits: Limits, notes: mmap.mmap) -> None:
        order = sorted(tests, key=lambda one: (-_first.get(one.id, -1), one.seconds))
        self._tests = {one.id: (place, one.seconds) for place, one in enumerate(order)}
        self._limits, self._notes = limits, notes

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted((one for one in items if one.nodeid in self._tests), key=lambda one: self._tests[one.nodeid])

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        usual = self._tests[nodeid][1]
        most = min(self._limits.cpu, int(time.process_time() + 6 + 10 * usual))
        resource.setrlimit(resource.RLIMIT_CPU, (most, self._limits.cpu + 2))
        _DEADLINE.pack_into(self._notes, 0, time.monotonic() + 15 + 20 * usual)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self._notes[_NAME]:
            name = report.nodeid.encode()[: len(self._notes) - _NAME]
            self._notes[_NAME : _NAME + len(name)] = name


class _Recorder:
    """Records which lines of some modules' files each test runs, how long it takes, and which do not pass."""

    def __init__(self, paths: dict[str, str]) -> None:
        self._paths = paths
        self._coverage = coverage.Coverage(data_file=None, include=[*paths.values()], config_file=False)
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

    def tests(self) -> dict[str, list[tuple[str, list[int], float]]]:
        self._coverage.stop()
        return {module: list(self._tests(path)) for module, path in self._paths.items()}

    def _tests(self, path: str) -> Iterator[tuple[str, list[int], float]]:
        lines: dict[str, set[int]] = {}
        for line, contexts in self._coverage.get_data().contexts_by_lineno(path).items():
            for one in contexts:
                lines.setdefault(one, set()).add(line)
        at_import = lines.pop("", set()) & called_lines(
            Path(path).read_text()
        )  # of a test's file: for any of its tests
        for one, seconds in self._seconds.items():
            if one not in self._failed:
                yield one, sorted(lines.get(one, set()) | at_import), seconds
