"""Kill -9 before each system call of saving and writing, and the order of those calls for a loss of power.

What a stick came with is on the disk before a byte goes to the stick: so whenever the process dies the first list is
there, or the stick is untouched.  ``test_killed.py`` does the same before each line of Python, without strace(1).

Ref: strace(1), ``--inject``; fsync(2): a file's name is on the disk once its folder was synced.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from modeswitch.modem.saved import Saved, Store
from tests.support.owners import of_imei
from tests.support.sticks import FACTORY_LIST


def can_trace() -> bool:
    """Is strace there, and may it trace here?"""
    return (
        bool(shutil.which("strace"))
        and not subprocess.run(["strace", "true"], capture_output=True, check=False).returncode
    )


pytestmark = [pytest.mark.slow, pytest.mark.skipif(not can_trace(), reason="needs strace(1), and the right to trace")]

ROOT = Path(__file__).resolve().parent.parent.parent
CALLS = "trace=file,desc"
"""Every call that names a file or uses one."""
CALL = re.compile(r"\d+ +(\w+)\((.*)\) += (-?\d+|\?)")
PATH = re.compile(r"[<\"](/[^>\"]*)[>\"]")


class Write(NamedTuple):
    """What is written: the stick, the name of its value, what it came with, the new one, and what was saved before."""

    stick: str
    name: str
    had: str
    wanted: str
    before: tuple[str, ...] = ()


WRITES = {
    "ports": Write("e3372h-153", "SETPORT", FACTORY_LIST, "FF;12,1,A1,A2"),
    "u2diag": Write("e173", "U2DIAG", "255", "256"),
    "again": Write("e3372h-153", "SETPORT", FACTORY_LIST, "FF;12,1,A1,A2", ("A1;A1,A2",)),
}


class Called(NamedTuple):
    """One system call: its name, how many of that name there were with it, its words, its result."""

    name: str
    number: int
    words: str
    result: str

    @property
    def paths(self) -> list[str]:
        return PATH.findall(self.words)


def run(write: Write, folder: Path, *options: str) -> int:
    """Write to a simulated stick whose NVRAM is a file, under strace; the exit status, below 0 where it was killed."""
    folder.mkdir()
    store = Store(folder / "state/deep")
    for value in write.before:
        store.save(of_imei(), write.name, value)
    stick = f"{write.stick},wakes=linux,sunny,away=0.02,linger=0.01,nvram={folder}/nvram"
    words = ["1-1", "--to", "stick", "--persist", "--state", store.folder, "--simulate", stick]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)}
    traced = ["strace", "-f", "-y", "-s", "4096", "-o", str(folder / "log"), *options]
    command = [*traced, sys.executable, "-m", "modeswitch", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=60, check=False).returncode


def called(folder: Path) -> list[Called]:
    """The system calls of a run, in order."""
    counts: Counter[str] = Counter()
    found = []
    for line in (folder / "log").read_text("utf-8", "replace").splitlines():
        match = CALL.match(line)
        if match:
            counts[match[1]] += 1
            found.append(Called(match[1], counts[match[1]], match[2], match[3]))
    return found


def touches(call: Called, what: Path) -> bool:
    return any(path == str(what) or path.startswith(f"{what}/") for path in call.paths)


def saved_in(folder: Path) -> list[str]:
    """The values in the stick's file, the oldest first; the file is whole, or is not there."""
    files = sorted((folder / "state/deep").glob("*.toml"))
    assert len(files) <= 1
    return [entry["value"] for entry in tomllib.loads(files[0].read_text("utf-8"))["saved"]] if files else []


@pytest.fixture(scope="module", params=WRITES)
def write(request: pytest.FixtureRequest) -> Write:
    return WRITES[request.param]


@pytest.fixture(scope="module")
def whole(write: Write, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nobody killed."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    run(write, folder.parent / "warm", "-e", CALLS)  # whatever is written once, compiled modules above all
    assert run(write, folder, "-e", CALLS) == 0
    return folder


def interval(whole: Path) -> list[Called]:
    """The calls from the first that may save to the last that writes to the stick."""
    calls = called(whole)
    first = next(
        n
        for n, call in enumerate(calls)
        if touches(call, whole / "state") and (call.name == "mkdir" or "O_CREAT" in call.words)
    )
    last = max(n for n, call in enumerate(calls) if touches(call, whole / "nvram"))
    return calls[max(0, first - 3) : last + 3]


def test_kill_at_each_system_call(write: Write, whole: Path, tmp_path: Path) -> None:
    kills = interval(whole)
    assert {call.name for call in kills} >= {"openat", "write", "fsync", "rename", "flock", "close"}

    def killed(number: int) -> tuple[int, Path]:
        call, folder = kills[number], tmp_path / str(number)
        how = f"--inject={call.name}:signal=KILL:when={call.number}"
        return run(write, folder, "-e", CALLS, how), folder

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = list(pool.map(killed, range(len(kills))))
    states = []
    came_with = [*write.before, write.had]
    for status, folder in runs:
        assert status in (-9, 137), f"{folder}: not killed"
        values = saved_in(folder)
        touched = (folder / "nvram").exists()
        assert values[:1] == came_with[:1] or (not values and not touched)
        assert values == came_with or not touched
        states.append((values == came_with, touched))
        # What it left bars nothing: the next one saves, and the first is the one that it came with.
        store = Store(folder / "state/deep")
        saved: Saved = store.save(of_imei(), write.name, write.had)
        assert [one.value for one in store.first(of_imei())] == came_with[:1]
        assert Path(saved.file).stat().st_mode & 0o777 == 0o600
    assert set(states) == {(False, False), (True, False), (True, True)}


FAULTS = {"ENOSPC": ("openat", "write", "mkdir", "rename"), "EDQUOT": ("write",), "EIO": ("write", "fsync", "close")}
"""What a disk answers → to which calls."""
OFTEN = ("EINTR", ("openat", "write", "fsync"))
"""What a signal does, and is no failure: the call is made again.  Ref: PEP 475; signal(7)."""


def test_each_system_call_fails(write: Write, whole: Path, tmp_path: Path) -> None:
    """The stick is untouched, or what it came with is on the disk; nothing half-written is left beside."""
    saving = [call for call in interval(whole) if touches(call, whole / "state")]
    assert {call.name for call in saving} >= {"openat", "write", "fsync", "rename", "close"}
    faults = [(call, error) for error, names in (*FAULTS.items(), OFTEN) for call in saving if call.name in names]

    def failing(number: int) -> tuple[int, Path]:
        (call, error), folder = faults[number], tmp_path / str(number)
        return run(write, folder, "-e", CALLS, f"--inject={call.name}:error={error}:when={call.number}"), folder

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = list(pool.map(failing, range(len(faults))))
    came_with = [*write.before, write.had]
    refused = 0
    for (call, error), (status, folder) in zip(faults, runs, strict=True):
        values, touched = saved_in(folder), (folder / "nvram").exists()
        assert status in (0, 5), (call, error)
        assert touched == (status == 0), (call, error)
        assert values in ([came_with] if touched else [list(write.before), came_with]), (call, error)
        assert error != "EINTR" or touched, call
        beside = {path.name for path in (folder / "state/deep").glob("*")} - {".lock"}
        assert all(name.endswith(".toml") for name in beside), (call, error)
        refused += status == 5
    assert refused > 5


def test_a_loss_of_power_at_any_moment(write: Write, whole: Path) -> None:
    """When the stick is written to, the file with its name and every new folder with its own are on the disk."""
    state = whole / "state"
    unsynced: set[str] = set()
    """Files whose content, and folders whose names, are in memory alone."""
    renamed = False
    for call in interval(whole):
        if call.result.startswith("-"):
            continue
        if touches(call, whole / "nvram"):
            break
        if not any(touches(call, one) for one in (state, whole)):
            continue
        path = Path(call.paths[-1])
        if call.name == "mkdir" or (call.name == "openat" and "O_CREAT" in call.words):
            unsynced.add(str(path.parent))
        elif call.name in ("write", "pwrite64", "ftruncate"):
            unsynced.add(str(path))
        elif call.name == "rename":
            assert call.paths[0] not in unsynced, "its content is on the disk before its name"
            unsynced.add(str(path.parent))
            renamed = True
        elif call.name in ("fsync", "fdatasync"):
            unsynced.discard(str(path))
    else:
        raise AssertionError("the stick was not written to")
    assert renamed
    assert unsynced == set()
