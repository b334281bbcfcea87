"""Reading files: bounded, trusted, and what sysfs tells at any moment."""

from __future__ import annotations

import errno
import os
import stat
import threading
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from modeswitch.files import (
    UntrustedFile,
    link,
    make_folder,
    names,
    note,
    read_bounded,
    read_start,
    text,
    write_new,
    write_whole,
)
from tests.support.short_files import short_files
from tests.support.synced import synced


def written(tmp_path: Path, raw: bytes = b"abc", mode: int = 0o644) -> Path:
    path = tmp_path / "file"
    path.write_bytes(raw)
    path.chmod(mode)
    return path


def owned_by(monkeypatch: pytest.MonkeyPatch, user: int, *, running_as: int = 0) -> None:
    """Let every open file belong to that user, and this process to another."""
    fstat = os.fstat

    def made_up(file: int) -> os.stat_result:
        real = fstat(file)
        return os.stat_result((*real[:4], user, *real[5:]))

    monkeypatch.setattr(os, "fstat", made_up)
    monkeypatch.setattr(os, "geteuid", lambda: running_as)


@pytest.mark.parametrize(("most", "start"), [(0, b""), (2, b"ab"), (3, b"abc"), (4, b"abc")])
def test_the_start_of_a_file(tmp_path: Path, most: int, start: bytes) -> None:
    assert read_start(written(tmp_path), most) == start


def test_a_file_that_fits_and_one_that_does_not(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert read_bounded(path, 3) == read_bounded(str(path), 4) == b"abc"
    with pytest.raises(OSError, match="larger than 2 bytes") as raised:
        read_bounded(path, 2)
    assert (raised.value.errno, raised.value.strerror) == (errno.EFBIG, "larger than 2 bytes")


def test_no_more_is_read_than_tells_that_it_is_too_large(tmp_path: Path) -> None:
    path = written(tmp_path)
    os.truncate(path, 64_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(OSError, match="larger than"):
            read_bounded(path, 1000)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("read", [read_start, read_bounded])
def test_a_pipe_is_waited_for_where_somebody_writes_into_it_and_only_there(
    read: Callable[[Path, int], bytes], tmp_path: Path
) -> None:
    """What ``<(ssh router dmesg)`` gives, and what lies in a folder with nobody behind it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="a pipe out of which nothing comes"):
        read(pipe, 100)
    held_open = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)

    def write() -> None:
        for part in (b"one ", b"two"):
            time.sleep(0.1)
            os.write(held_open, part)
        os.close(held_open)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert read(pipe, 100) == b"one two"
    finally:
        writer.join()


@pytest.mark.parametrize("read", [read_start, read_bounded])
@pytest.mark.parametrize(
    ("name", "number"), [("none", errno.ENOENT), (".", errno.EISDIR), ("a\0b", errno.EINVAL), ("x" * 300, 36)]
)
def test_what_cannot_be_read(tmp_path: Path, read: Callable[..., bytes], name: str, number: int) -> None:
    with pytest.raises(OSError, match=r".") as raised:
        read(f"{tmp_path}/{name}", 10)
    assert raised.value.errno == number
    assert raised.value.strerror


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o622])
def test_root_trusts_no_file_that_others_may_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int) -> None:
    owned_by(monkeypatch, 0)
    path = written(tmp_path, mode=mode)
    with pytest.raises(UntrustedFile) as raised:
        read_bounded(path, 10, trusted=True)
    assert raised.value.strerror == "may be written by its group or by all"
    assert read_bounded(path, 10) == b"abc"


def test_root_trusts_no_file_of_another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owned_by(monkeypatch, 1000)
    with pytest.raises(UntrustedFile) as raised:
        read_bounded(written(tmp_path), 2, trusted=True)
    assert raised.value.strerror == "belongs to another user than root"


def test_root_trusts_its_own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owned_by(monkeypatch, 0)
    assert read_bounded(written(tmp_path), 10, trusted=True) == b"abc"


def test_another_user_trusts_any_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owned_by(monkeypatch, 1001, running_as=1000)
    assert read_bounded(written(tmp_path, mode=0o666), 10, trusted=True) == b"abc"


def test_an_untrusted_file_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = len(os.listdir("/proc/self/fd"))
    owned_by(monkeypatch, 1000)
    path = written(tmp_path)
    for _ in range(3):
        with pytest.raises(UntrustedFile):
            read_bounded(path, 10, trusted=True)
    assert len(os.listdir("/proc/self/fd")) == opened


@pytest.mark.parametrize("call", ["fchmod", "fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), OSError(errno.EDQUOT, "quota"), KeyboardInterrupt()])
def test_what_cannot_be_written_leaves_the_old_file_and_nothing_beside_it(
    call: str, error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path)

    def fail(*_words: object) -> None:
        raise error

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(type(error)):
        write_whole(str(path), b"new", durable=True)
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("file", b"abc")]


def test_a_folder_is_on_the_disk_with_its_name_whoever_made_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that was killed between the two may have left one of which the disk does not know."""
    told = synced(monkeypatch)
    make_folder(f"{tmp_path}/a/b")
    assert (tmp_path / "a/b").stat().st_mode & 0o777 == 0o755
    assert sorted(told) == [str(tmp_path), f"{tmp_path}/a"]
    told.clear()
    make_folder(f"{tmp_path}/a/b")
    assert told == [f"{tmp_path}/a"]


def test_a_folder_within_one_that_cannot_be_read_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_words: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("modeswitch.files.sync_folder", denied)
    make_folder(str(tmp_path))
    with pytest.raises(PermissionError):
        make_folder(f"{tmp_path}/new")


# What sysfs tells.


def test_the_names_in_a_folder_are_sorted(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        (tmp_path / name).mkdir()
    assert names(str(tmp_path)) == ["a", "b", "c"]
    assert names(f"{tmp_path}/none") == []
    assert names(str(written(tmp_path))) == []


def test_the_text_of_an_attribute(tmp_path: Path) -> None:
    path = str(written(tmp_path, b"caf\xc3\xa9 \xff\n"))
    assert text(path, 100) == "café \ufffd\n"
    assert text(path, 3) == "caf"
    assert text(f"{tmp_path}/none", 3) == text(str(tmp_path), 3) == text("a\0b", 3) == ""


def test_where_a_link_leads(tmp_path: Path) -> None:
    (tmp_path / "driver").symlink_to("../drivers/option")
    assert link(f"{tmp_path}/driver") == "../drivers/option"
    assert link(f"{tmp_path}/none") == link(str(written(tmp_path))) == ""


def test_a_new_file_is_whole_or_not_there(tmp_path: Path) -> None:
    path = str(tmp_path / "new")
    with short_files(10), pytest.raises(OSError, match="File too large"):
        write_new(path, "x" * 20_000, mode=0o600)
    assert names(str(tmp_path)) == []
    write_new(path, "\u00e9", mode=0o600)
    assert (Path(path).read_bytes(), os.stat(path).st_mode & 0o777) == (b"\xc3\xa9", 0o600)
    with pytest.raises(FileExistsError):
        write_new(path, "other", mode=0o600)
    assert Path(path).read_bytes() == b"\xc3\xa9"


def test_a_note_is_for_all_to_read(tmp_path: Path) -> None:
    """Also that of the service, whose umask is 0077."""
    before = os.umask(0o077)
    try:
        note(str(tmp_path), "1-1.woke", "2 12d1:14dc 12d1:1f01\n")
    finally:
        os.umask(before)
    assert (tmp_path / "1-1.woke").stat().st_mode & 0o777 == 0o644


def test_only_a_plain_file_is_written_anew(tmp_path: Path) -> None:
    """As root a device's node would be taken away."""
    fifo, dangling = tmp_path / "fifo", tmp_path / "dangling"
    os.mkfifo(fifo)
    dangling.symlink_to(tmp_path / "elsewhere")
    for kind, path in {"a pipe or a device": fifo, "a link": dangling}.items():
        with pytest.raises(OSError, match=f"it is {kind}, and only a plain file is written anew"):
            write_whole(str(path), b"abc")
    assert sorted(names(str(tmp_path))) == ["dangling", "fifo"]
    assert stat.S_ISFIFO(fifo.lstat().st_mode)
    assert dangling.is_symlink()


def test_a_ctrl_c_after_the_rename_leaves_the_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = os.replace

    def interrupted(fresh: str, path: str) -> None:
        replace(fresh, path)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(str(tmp_path / "file"), b"abc")
    assert names(str(tmp_path)) == ["file"]
