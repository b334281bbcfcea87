"""What is saved of a stick's NVRAM: readable, never lost, never anybody else's."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import pytest

from modeswitch.errors import Refused
from modeswitch.modem import saved as state
from modeswitch.modem.saved import Store

IMEI = "868723020012345"
KEY = f"imei-{IMEI}"


def test_a_file_can_be_read_by_a_person_and_by_toml(tmp_path: Path) -> None:
    saved = Store(tmp_path / "new" / "folder").save(KEY, "12d1:1506 at 1-1.4", "SETPORT", "A1,A2;12,16")
    text = Path(saved.file).read_text("utf-8")
    assert text.startswith("# What this stick's NVRAM held")
    assert "modeswitch restore" in text
    (entry,) = tomllib.loads(text)["saved"]
    assert entry["value"] == "A1,A2;12,16"
    assert entry["stick"] == "12d1:1506 at 1-1.4"
    assert re.fullmatch(r"20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\dZ", entry["when"])
    assert Path(saved.file).stat().st_mode & 0o777 == 0o600


def test_the_first_value_is_the_one_to_go_back_to(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for name, value in (("SETPORT", "one"), ("SETPORT", "two"), ("U2DIAG", "255")):
        store.save(KEY, "stick", name, value)
    assert [(one.name, one.value) for one in store.first(KEY)] == [("SETPORT", "one"), ("U2DIAG", "255")]
    assert store.first("imei-" + "1" * 15) == []


def test_what_was_saved_of_another_stick_is_nobodys_else(tmp_path: Path) -> None:
    """A stick with an IMEI was never the one that the port's file is about."""
    store = Store(tmp_path)
    store.save("port-1-1-E173-11.1", "stick", "SETPORT", "by port")
    assert store.first(KEY) == []
    assert store.first("port-1-1-E173-11.2") == []
    store.save(KEY, "stick", "SETPORT", "by IMEI")
    assert [one.value for one in store.first(KEY)] == ["by IMEI"]
    names = sorted(path.name for path in tmp_path.glob("*.toml"))
    assert names == [f"imei-{IMEI}.toml", "port-1-1-E173-11.1.toml"]


def test_many_that_save_at_once_lose_nothing(tmp_path: Path) -> None:
    """Eight sticks with one IMEI, side by side in threads, and two processes more."""
    other = (
        "import sys; from modeswitch.modem.saved import Store\n"
        f"for n in range(20): Store(sys.argv[1]).save({KEY!r}, 'stick', 'SETPORT', sys.argv[2] + str(n))"
    )
    processes = [subprocess.Popen([sys.executable, "-c", other, str(tmp_path), name]) for name in ("p", "q")]

    def save(name: str) -> None:
        for number in range(20):
            Store(tmp_path).save(KEY, "stick", "SETPORT", f"{name}{number}")

    threads = [threading.Thread(target=save, args=(f"t{number}-",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.wait() for process in processes] == [0, 0]
    values = re.findall(r'value = "(.+)"', (tmp_path / f"{KEY}.toml").read_text("utf-8"))
    assert len(values) == len(set(values)) == 200


def test_what_a_crash_has_left_bars_nothing(tmp_path: Path) -> None:
    (tmp_path / f"{KEY}.toml.{os.getpid()}").write_text("half")
    (tmp_path / ".lock").touch(mode=0o600)
    Store(tmp_path).save(KEY, "stick", "SETPORT", "one")
    assert [one.value for one in Store(tmp_path).first(KEY)] == ["one"]


@pytest.mark.parametrize("moment", ["fsync", "replace", "close"])
def test_a_process_that_is_killed_while_it_saves_leaves_the_old_file_or_the_new(moment: str, tmp_path: Path) -> None:
    Store(tmp_path).save(KEY, "stick", "SETPORT", "first")
    killed = (
        "import os, sys, signal; from modeswitch.modem.saved import Store\n"
        f"def die(*words): os.kill(os.getpid(), signal.SIGKILL)\nos.{moment} = die\n"
        f"Store(sys.argv[1]).save({KEY!r}, 'stick', 'SETPORT', 'second')"
    )
    assert subprocess.run([sys.executable, "-c", killed, str(tmp_path)], check=False).returncode == -9
    text = (tmp_path / f"{KEY}.toml").read_text("utf-8")
    assert re.findall(r'value = "(.+)"', text) in (["first"], ["first", "second"])
    Store(tmp_path).save(KEY, "stick", "SETPORT", "third")
    assert [one.value for one in Store(tmp_path).first(KEY)] == ["first"]


def test_a_hostile_value_stays_a_string(tmp_path: Path) -> None:
    hostile = 'a"\n[[saved]]\nname = "U2DIAG"\x1b[2J'
    store = Store(tmp_path)
    store.save(KEY, hostile, "SETPORT", hostile)
    (one,) = store.first(KEY)
    assert one.name == "SETPORT"
    assert one.value.isprintable()


@pytest.mark.parametrize(
    "text",
    [
        "[[saved]]\nname = 'SETPORT'\nvalue = 3\nwhen = ''\nstick = ''",
        "saved = [" + "[" * 5000 + "]" * 5000 + "]",
        "saved = ['x']",
    ],
    ids=["a number", "deep", "a string"],
)
def test_a_file_that_somebody_edited_is_an_error_that_names_it(text: str, tmp_path: Path) -> None:
    (tmp_path / f"imei-{IMEI}.toml").write_text(text)
    with pytest.raises(Refused, match=f"imei-{IMEI}.toml"):
        Store(tmp_path).first(KEY)


@pytest.mark.parametrize("text", ["rubbish", "[[saved]]\nname = 1", "saved = 3", "\x00", "[[saved]]\nvalue = 'x'"])
def test_a_damaged_file_is_an_error_that_names_it(text: str, tmp_path: Path) -> None:
    (tmp_path / f"imei-{IMEI}.toml").write_text(text)
    with pytest.raises(Refused, match=f"imei-{IMEI}.toml"):
        Store(tmp_path).first(KEY)


def test_a_file_that_cannot_be_read_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / f"imei-{IMEI}.toml").mkdir()
    with pytest.raises(Refused, match=rf"imei-{IMEI}.toml: Is a directory"):
        Store(tmp_path).first(KEY)


def test_it_is_on_the_disk_before_anybody_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    whole = os.fsync

    def note(file: int) -> None:
        found = os.readlink(f"/proc/self/fd/{file}")
        if stat.S_ISDIR(os.fstat(file).st_mode):
            synced.append(f"{found}: {sorted(os.listdir(found))}")
        else:
            synced.append(Path(found).read_text("utf-8"))
        whole(file)

    monkeypatch.setattr(os, "fsync", note)
    opened = len(os.listdir("/proc/self/fd"))
    saved = Store(tmp_path).save(KEY, "stick", "SETPORT", "A1;12")
    assert synced == [Path(saved.file).read_text("utf-8"), f"{tmp_path}: ['.lock', 'imei-{IMEI}.toml']"]
    assert len(os.listdir("/proc/self/fd")) == opened


def test_a_link_that_somebody_laid_is_not_written_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At whatever name the new file is made, and just before it is: its target stays as it was."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("precious")
    whole = os.open

    def lay(path: str, flags: int, *mode: int, **more: int) -> int:
        if flags & os.O_CREAT and not os.path.lexists(path):
            os.symlink(elsewhere, path)
        return whole(path, flags, *mode, **more)

    monkeypatch.setattr(os, "open", lay)
    with pytest.raises(Refused, match=r"cannot be saved: .*: (?:File exists|Too many levels of symbolic links)"):
        Store(tmp_path / "new").save(KEY, "stick", "SETPORT", "A1;12")
    assert elsewhere.read_text() == "precious"


def test_nobody_else_may_write_into_the_folder(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        Store(tmp_path / "new").save(KEY, "stick", "SETPORT", "A1;12")
    finally:
        os.umask(before)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize(
    ("raw", "why"), [(b"#" * (1024 * 1024 + 1), "larger than 1048576 bytes"), (b"#\xff\n", "not UTF-8 at byte 1")]
)
def test_no_value_is_added_to_a_file_that_cannot_be_read_whole(tmp_path: Path, raw: bytes, why: str) -> None:
    """What it holds already would be lost."""
    path = tmp_path / f"imei-{IMEI}.toml"
    path.write_bytes(raw)
    with pytest.raises(Refused, match=why):
        Store(tmp_path).save(KEY, "stick", "SETPORT", "A1;12")
    with pytest.raises(Refused, match=why):
        Store(tmp_path).first(KEY)
    assert path.read_bytes() == raw


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(Refused, match="cannot be saved") as raised:
        Store("/proc/nobody").save(KEY, "stick", "SETPORT", "A1;12")
    assert "Nothing was written" in raised.value.hint


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    store.save(KEY, "stick", "SETPORT", "one")

    def full(file: int) -> None:
        if stat.S_ISREG(os.fstat(file).st_mode):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Refused, match="No space left"):
        store.save(KEY, "stick", "SETPORT", "two")
    assert [one.value for one in store.first(KEY)] == ["one"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", f"imei-{IMEI}.toml"]


@pytest.mark.parametrize(
    ("environment", "uid", "expected"),
    [
        ({"STATE_DIRECTORY": "/var/lib/x:/var/lib/y"}, 0, "/var/lib/x"),
        ({}, 0, "/var/lib/modeswitch"),
        ({"XDG_STATE_HOME": "/home/me/state"}, 1000, "/home/me/state/modeswitch"),
        ({"HOME": "/home/me"}, 1000, "/home/me/.local/state/modeswitch"),
    ],
)
def test_where(environment: dict[str, str], uid: int, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("STATE_DIRECTORY", "XDG_STATE_HOME"):
        monkeypatch.delenv(key, raising=False)
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    assert state.folder() == expected
    assert Store().folder == expected
