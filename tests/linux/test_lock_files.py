"""The file of a lock: who can open it, what else may stand in its place, what removes it, where it cannot be."""

from __future__ import annotations

import errno
import fcntl
import multiprocessing
import os
import resource
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from modeswitch import files
from modeswitch.errors import Busy, PermissionDenied, Refused
from modeswitch.linux import locks
from modeswitch.linux.locks import PortLock
from modeswitch.usb.descriptors import Port
from tests.support.held_lock import PORT, held
from tests.support.root import NOBODY, as_root


def path(folder: Path) -> Path:
    return folder / "1-1.4.lock"


def taken(folder: Path | None, seconds: float = 0.0) -> PortLock:
    """The lock, held by this process."""
    lock = PortLock(PORT, None if folder is None else str(folder))
    lock.acquire(seconds, time.sleep, lambda _who: None)
    return lock


def another(folder: Path) -> PortLock:
    """The lock of another port, held by this process: whoever takes one then is not alone."""
    lock = PortLock(Port(1, (1, 7)), str(folder))
    lock.acquire(0.0, time.sleep, lambda _who: None)
    return lock


def others_get_it(folder: Path) -> bool:
    """Does it lock anything: does another open file get the lock, too?"""
    try:
        taken(folder).release()
    except Busy:
        return False
    return True


def child(do: Callable[[], object], group: int | None = None) -> int:
    """Do something as nobody, in a process of its own; its exit status: that of the error, 0 where there was none."""

    def become_nobody() -> None:
        os.setgroups([] if group is None else [group])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        try:
            do()
        except (PermissionDenied, Refused, Busy) as error:
            sys.exit(error.status)
        except PermissionError:
            sys.exit(13)

    process = multiprocessing.get_context("fork").Process(target=become_nobody)
    process.start()
    process.join(20)
    return -1 if process.exitcode is None else process.exitcode


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user can come to, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as own:
        os.chmod(own, 0o755)
        yield Path(own) / "locks"


@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
def test_only_its_owner_can_open_it(umask: int, folder: Path) -> None:
    before = os.umask(umask)
    try:
        taken(folder).release()
    finally:
        os.umask(before)
    assert stat.S_IMODE(path(folder).stat().st_mode) == 0o600
    assert not folder.stat().st_mode & 0o022


@as_root
def test_a_user_cannot_hold_what_root_wants(folder: Path) -> None:
    taken(folder).release()
    assert child(lambda: fcntl.flock(os.open(path(folder), os.O_RDONLY), fcntl.LOCK_EX)) == 13
    assert child(lambda: taken(folder)) == PermissionDenied.status


def test_a_file_that_everybody_can_open_is_no_lock(folder: Path) -> None:
    """What an earlier version made may be held by anybody at this moment."""
    folder.mkdir()
    path(folder).touch(0o644)
    with path(folder).open() as anybody:
        fcntl.flock(anybody, fcntl.LOCK_EX)
        taken(folder).release()
    assert stat.S_IMODE(path(folder).stat().st_mode) == 0o600


@as_root
def test_a_user_without_the_lock_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock of its own that root's processes do not see would be none."""
    monkeypatch.setattr(locks, "MACHINE", str(folder))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder.parent))
    assert child(lambda: taken(None)) == PermissionDenied.status
    taken(None).release()
    assert child(lambda: taken(None)) == PermissionDenied.status


def test_a_refusal_says_what_to_do(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "makedirs", denied)
    with pytest.raises(PermissionDenied) as raised:
        taken(folder)
    assert "1-1.4" in raised.value.message
    assert f"install -d -m 2770 -g GROUP {folder}" in raised.value.hint
    assert raised.value.port == "1-1.4"


@as_root
@pytest.mark.parametrize("first", ["root", "user"])
def test_a_group_and_root_have_one_lock(first: str, folder: Path) -> None:
    """As the hint of the refusal says it: each keeps the other away, whoever made the file."""
    group = 4711
    folder.mkdir()
    os.chown(folder, 0, group)
    folder.chmod(0o2770)
    if first == "user":
        assert child(lambda: taken(folder), group) == 0
    else:
        taken(folder).release()
    assert stat.S_IMODE(path(folder).stat().st_mode) == 0o660
    assert child(lambda: taken(folder), group) == 0
    lock = taken(folder)
    assert child(lambda: taken(folder), group) == Busy.status
    lock.release()

    def hold() -> None:
        taken(folder)
        if others_get_it(folder):
            raise PermissionError

    assert child(hold, group) == 0
    assert others_get_it(folder)
    assert child(lambda: taken(folder)) == PermissionDenied.status, "who is not of the group"


def test_a_file_that_was_replaced_before_it_was_locked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is locked then is a file that nobody else will open."""
    whole = fcntl.flock

    def replaced(file: int, how: int) -> None:
        monkeypatch.setattr(fcntl, "flock", whole)
        path(folder).rename(folder / "old")
        path(folder).touch(0o600)
        whole(file, how)

    monkeypatch.setattr(fcntl, "flock", replaced)
    lock = taken(folder)
    assert not others_get_it(folder)
    lock.release()
    assert others_get_it(folder)


def test_a_file_that_is_removed_while_it_is_held(folder: Path) -> None:
    """Nobody else comes in, and it says for whom it waits; not even once the file was made anew."""
    folder.mkdir()
    with held(folder) as process:
        path(folder).unlink()
        for _ in range(2):
            with pytest.raises(Busy) as raised:
                taken(folder)
            assert f"(process {process.pid})" in raised.value.message
    assert others_get_it(folder)


def test_where_the_shared_lock_cannot_be_had_a_removed_file_counts_all_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir()
    above, open_file = str(folder.parent.parent), os.open

    def denied(name: str, *how: int) -> int:
        if name == above:
            raise PermissionError(errno.EACCES, "Permission denied")
        return open_file(name, *how)

    with held(folder), monkeypatch.context() as patched:
        path(folder).unlink()
        patched.setattr(os, "open", denied)
        assert not others_get_it(folder)
    assert others_get_it(folder)


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often the list of all locks was read, for which the kernel waits."""
    found: list[str] = []

    def text(path: str, most: int = 4096) -> str:
        found.extend([path] if path == locks.FLOCKS else [])
        return read(path, most)

    read = files.text
    monkeypatch.setattr(files, "text", text)
    return found


@pytest.fixture
def below(folder: Path) -> Path:
    """Like /run/modeswitch/locks: nobody else has to do with the folder that is never removed."""
    run = folder.parent / "run"
    run.mkdir()
    return run / "modeswitch/locks"


def test_the_list_of_all_locks_is_read_only_where_a_file_may_have_been_removed(below: Path, looked: list[str]) -> None:
    """Not where nobody holds any, and not for a file that somebody has held before."""
    taken(below).release()
    assert looked == []
    path(below).unlink()
    below.rename(below.with_name("gone"))
    taken(below).release()
    assert looked == []
    other = another(below)
    taken(below).release()
    assert looked == []
    path(below).unlink()
    taken(below).release()
    assert looked == [locks.FLOCKS]
    other.release()


def test_who_has_for_himself_what_all_share_stops_nobody(below: Path, looked: list[str]) -> None:
    """Any user can open that folder and lock it."""
    below.mkdir(parents=True)
    above = os.open(below.parent.parent, os.O_RDONLY)
    fcntl.flock(above, fcntl.LOCK_EX)
    began = time.monotonic()
    lock = taken(below)
    assert time.monotonic() - began < 1
    assert looked == [locks.FLOCKS]
    assert not others_get_it(below)
    lock.release()
    os.close(above)


@as_root
def test_nobody_pretends_to_hold_a_removed_file(folder: Path) -> None:
    """A user's own file that has that path only in a namespace of the user's counts for nothing."""
    other = another(folder)
    for mode, owner, counts in ((0o600, NOBODY, False), (0o644, 0, False), (0o600, 0, True)):
        path(folder).touch(mode)
        path(folder).chmod(mode)
        os.chown(path(folder), owner, owner)
        with path(folder).open() as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            path(folder).unlink()
            assert others_get_it(folder) is not counts
        path(folder).unlink()
    other.release()


def test_a_removed_file_of_another_name_is_not_this_lock(folder: Path) -> None:
    other = another(folder)
    strange = folder / "1-1.5.lock"
    strange.touch(0o600)
    with strange.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        strange.unlink()
        assert others_get_it(folder)
    other.release()


def test_only_holders_of_files_that_have_no_name_are_looked_at(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ref: Linux fs/locks.c, lock_get_status(): number, kind, …, process, device and inode; ``->`` waits for it."""
    other = another(folder)
    known = (folder / "1-1.7.lock").stat().st_ino
    (tmp_path / "locks").write_text(
        "1: FLOCK  ADVISORY  WRITE 111 00:19:5 0 EOF\n"
        "2: POSIX  ADVISORY  WRITE 112 00:19:6 0 EOF\n"
        "3: -> FLOCK  ADVISORY  WRITE 113 00:19:7 0 EOF\n"
        "4: FLOCK  ADVISORY  WRITE 0 00:19:8 0 EOF\n"
        "5: FLOCK  ADVISORY  WRITE -1 00:19:9 0 EOF\n"
        "6: FLOCK  ADVISORY  WRITE 114\n"
        "7: FLOCK  ADVISORY  WRITE 115 00:19:10\n"
        f"8: FLOCK  ADVISORY  WRITE 116 00:19:{known} 0 EOF\n"
        f"9: FLOCK  ADVISORY  WRITE 117 {known}:19:11 0 EOF\n"
        "\n"
    )
    looked_at: list[str] = []

    def names(name: str) -> list[str]:
        looked_at.append(name)
        return []

    monkeypatch.setattr(locks, "FLOCKS", str(tmp_path / "locks"))
    monkeypatch.setattr(files, "names", names)
    taken(folder).release()
    assert looked_at == [f"/proc/{process}/fd" for process in (111, 115, 117)]
    other.release()


@pytest.mark.parametrize("what", ["link", "dangling link", "folder", "pipe"])
def test_what_stands_in_its_place_is_taken_away(what: str, folder: Path) -> None:
    folder.mkdir()
    other = folder / "other"
    if "link" in what:
        if what == "link":
            other.write_text("precious")
        path(folder).symlink_to(other)
    elif what == "folder":
        path(folder).mkdir()
    else:
        os.mkfifo(path(folder))
    lock = taken(folder)
    assert stat.S_ISREG(os.lstat(path(folder)).st_mode)
    assert not others_get_it(folder)
    lock.release()
    assert (other.read_text() if other.exists() else "") == ("precious" if what == "link" else "")


def test_a_folder_that_is_not_empty_is_left(folder: Path) -> None:
    (path(folder) / "precious").mkdir(parents=True)
    with pytest.raises(Refused, match="cannot be removed") as raised:
        taken(folder)
    assert raised.value.port == "1-1.4"
    assert isinstance(raised.value.__cause__, IsADirectoryError)  # why it was looked at, not why it stayed
    assert (path(folder) / "precious").is_dir()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EMFILE])
@pytest.mark.parametrize("call", ["makedirs", "open"])
def test_where_no_file_can_be_made_there_is_no_lock(
    call: str, number: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> int:
        raise OSError(number, "full")

    with monkeypatch.context() as patched:
        patched.setattr(os, call, full)
        taken(folder).release()


def test_a_full_disk_takes_the_lock_without_a_name(folder: Path) -> None:
    """A file of no length is all that may be written: what is in the file is for people."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        lock = taken(folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path(folder).stat().st_size == 0
    with pytest.raises(Busy, match="in use by another process"):
        taken(folder)
    lock.release()


def test_an_interrupted_wait_leaves_no_lock(folder: Path) -> None:
    folder.mkdir()
    before = os.listdir("/proc/self/fd")
    with held(folder):
        lock = PortLock(PORT, str(folder))

        def interrupted(_seconds: float) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            lock.acquire(10.0, interrupted, lambda _who: None)
    assert os.listdir("/proc/self/fd") == before


CROWD = """
import os, sys, time
from modeswitch.linux.locks import PortLock
from modeswitch.usb.descriptors import Port
folder, number = sys.argv[1], int(sys.argv[2])
for turn in range(8):
    lock = PortLock(Port(1, (1, 4)), folder)
    lock.acquire(60, time.sleep, lambda who: None)
    inside = os.open(folder + "/inside", os.O_CREAT | os.O_EXCL)
    if (turn + number) % 3 == 0:
        os.unlink(folder + "/1-1.4.lock")
    time.sleep(0.002)
    os.close(inside)
    os.unlink(folder + "/inside")
    lock.release()
"""


@pytest.mark.slow
def test_never_two_at_once(folder: Path) -> None:
    """Many processes, and the file is removed again and again by who holds it."""
    folder.mkdir()
    words = [sys.executable, "-c", CROWD, str(folder)]
    crowd = [subprocess.Popen([*words, str(number)], stderr=subprocess.PIPE, text=True) for number in range(8)]
    said = [process.communicate(timeout=60)[1] for process in crowd]
    assert [process.returncode for process in crowd] == [0] * 8, said
