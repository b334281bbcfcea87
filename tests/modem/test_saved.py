"""What is saved of a stick's NVRAM: readable, never lost, never anybody else's."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import threading
import time
import tomllib
from contextlib import suppress
from pathlib import Path

import pytest

from modeswitch.errors import Refused
from modeswitch.modem import saved as state
from modeswitch.modem.saved import Store
from tests.support.owners import of_imei, without_imei

IMEI = "868723020012345"
KEY = f"imei-{IMEI}"
LIST, OTHER, THIRD = "A1,A2;12,16", "FF;12,16", "FF;12"
WHO = of_imei(IMEI)


def test_a_file_can_be_read_by_a_person_and_by_toml(tmp_path: Path) -> None:
    saved = Store(tmp_path / "new" / "folder").save(WHO._replace(shown="12d1:1506 at 1-1.4"), "SETPORT", "A1,A2;12,16")
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
    for name, value in (("SETPORT", LIST), ("SETPORT", OTHER), ("U2DIAG", "255")):
        store.save(WHO, name, value)
    assert [(one.name, one.value) for one in store.first(WHO)] == [("SETPORT", LIST), ("U2DIAG", "255")]
    assert store.first(of_imei("868723020054321")) == []


def test_a_file_whose_last_line_has_no_end_is_read_again(tmp_path: Path) -> None:
    """As some editors leave it: what is appended must not stand in that line."""
    store = Store(tmp_path)
    path = Path(store.save(WHO, "SETPORT", LIST).file)
    path.write_text(path.read_text("utf-8").rstrip("\n"), "utf-8")
    store.save(WHO, "SETPORT", OTHER)
    assert [one.value for one in store.first(WHO)] == [LIST]
    assert path.read_text("utf-8").count("[[saved]]") == 2


@pytest.mark.parametrize("text", ["saved = []\n", "[saved]\n", "[[saved]\n", 'name = "\n', "\0"])
def test_nothing_is_saved_where_it_could_not_be_read_again(text: str, tmp_path: Path) -> None:
    store = Store(tmp_path)
    path = Path(store.path(WHO))
    path.write_text(text, "utf-8")
    with pytest.raises(Refused, match="cannot be saved") as raised:
        store.save(WHO, "SETPORT", LIST)
    assert raised.value.facts["unsaved"] == str(path)
    assert "Nothing was written to the stick" in raised.value.hint
    assert path.read_text("utf-8") == text


def test_what_was_saved_of_another_stick_is_nobodys_else(tmp_path: Path) -> None:
    """A stick with an IMEI was never the one that the port's file is about; one in another port is another one."""
    store, other = Store(tmp_path), without_imei("E173", "11.1")
    store.save(other, "SETPORT", LIST)
    for who in (WHO, other._replace(firmware="11.2"), other._replace(model="E176"), other._replace(place="1-2")):
        assert store.first(who) == []
    store.save(WHO, "SETPORT", OTHER)
    assert [one.value for one in store.first(WHO)] == [OTHER]
    assert [one.value for one in store.first(other)] == [LIST]
    assert sorted(path.name for path in tmp_path.glob("*.toml")) == [f"{KEY}.toml", "port-1-1-E173-11.1.toml"]


def test_one_imei_with_two_models_is_a_copied_one(tmp_path: Path) -> None:
    store, stick = Store(tmp_path), WHO._replace(model="E3372")
    store.save(stick, "SETPORT", LIST)
    copy = WHO._replace(model="E173")
    assert store.first(copy) == []
    assert [(one.value, one.whose) for one in store.of_others(copy)] == [(LIST, "stick (E3372)")]
    store.save(copy, "SETPORT", OTHER)
    assert [one.value for one in store.first(stick)] == [LIST]
    assert [one.value for one in store.first(copy)] == [OTHER]
    assert [one.value for one in store.first(WHO)] == [LIST], "who tells no model is believed by its IMEI"


def test_what_was_saved_of_others_at_the_same_place_is_named(tmp_path: Path) -> None:
    """Files of an earlier form (by the port alone), of another model, of another firmware; damaged ones have no say."""
    store = Store(tmp_path)
    earlier = (
        "[[saved]]\nname = 'SETPORT'\nvalue = 'A1;12'\nwhen = '2025-01-01T00:00:00Z'\nstick = '12d1:1506 at 1-1'\n"
    )
    (tmp_path / "port-1-1.toml").write_text(earlier)
    (tmp_path / "port-1-1-E9-1.toml").write_text("rubbish")
    store.save(without_imei("E176", "11.1"), "U2DIAG", "255")
    store.save(without_imei("E177", "11.1", "1-1.4"), "U2DIAG", "256")
    for who in (WHO, without_imei("E173", "11.1"), without_imei("", "")):
        found = [(one.value, Path(one.file).name) for one in store.of_others(who)]
        assert found == [("255", "port-1-1-E176-11.1.toml"), ("A1;12", "port-1-1.toml")]
    assert store.of_others(without_imei("E173", "11.1", "1-9")) == []


def test_many_that_save_at_once_lose_nothing(tmp_path: Path) -> None:
    """Eight sticks with one IMEI, side by side in threads, and two processes more."""
    other = (
        "import sys; from modeswitch.modem.saved import Store; from modeswitch.modem.owner import Owner\n"
        f"for n in range(20): Store(sys.argv[1]).save(Owner{tuple(WHO)}, 'SETPORT', sys.argv[2] + str(n))"
    )
    processes = [subprocess.Popen([sys.executable, "-c", other, str(tmp_path), name]) for name in ("p", "q")]

    def save(name: str) -> None:
        for number in range(20):
            Store(tmp_path).save(WHO, "SETPORT", f"{name}{number}")

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
    Store(tmp_path).save(WHO, "SETPORT", LIST)
    assert [one.value for one in Store(tmp_path).first(WHO)] == [LIST]


def test_what_a_killed_process_has_left_is_nobodys(tmp_path: Path) -> None:
    """A new file that was not given its name yet: nothing of it counts."""
    store, other = Store(tmp_path), without_imei("E176", "11.1")
    left = Path(store.save(other, "SETPORT", OTHER).file)
    left.rename(f"{left}.k3x_9a2b")
    assert store.of_others(without_imei("E173", "11.1")) == []


@pytest.mark.parametrize("moment", ["fsync", "replace", "close"])
def test_a_process_that_is_killed_while_it_saves_leaves_the_old_file_or_the_new(moment: str, tmp_path: Path) -> None:
    Store(tmp_path).save(WHO, "SETPORT", LIST)
    killed = (
        "import os, sys, signal; from modeswitch.modem.saved import Store; from modeswitch.modem.owner import Owner\n"
        f"def die(*words): os.kill(os.getpid(), signal.SIGKILL)\nos.{moment} = die\n"
        f"Store(sys.argv[1]).save(Owner{tuple(WHO)}, 'SETPORT', {OTHER!r})"
    )
    assert subprocess.run([sys.executable, "-c", killed, str(tmp_path)], check=False).returncode == -9
    text = (tmp_path / f"{KEY}.toml").read_text("utf-8")
    assert re.findall(r'value = "(.+)"', text) in ([LIST], [LIST, OTHER])
    Store(tmp_path).save(WHO, "SETPORT", THIRD)
    assert [one.value for one in Store(tmp_path).first(WHO)] == [LIST]


def test_what_a_hostile_stick_says_of_itself_stays_a_string(tmp_path: Path) -> None:
    hostile = 'a"\n[[saved]]\nname = "U2DIAG"\x1b[2J'
    store, who = Store(tmp_path), WHO._replace(shown=hostile, model=hostile, firmware=hostile)
    saved = store.save(who, "SETPORT", LIST)
    assert [entry["name"] for entry in tomllib.loads(Path(saved.file).read_text("utf-8"))["saved"]] == ["SETPORT"]
    (one,) = store.first(WHO)
    assert (one.name, one.value) == ("SETPORT", LIST)
    assert one.whose.isprintable()


def test_what_a_hostile_file_says_can_be_shown(tmp_path: Path) -> None:
    (tmp_path / f"{KEY}.toml").write_text(ENTRY.replace("stick = ''", 'stick = "\\u001b[2J\\u202e"'))
    (one,) = Store(tmp_path).first(WHO)
    assert one.whose == r"\x1b[2J\u202e"


@pytest.mark.parametrize("word", ["../../etc/passwd", "a/b", "..", "/", "a\0b", "\x1b[2J", "é" * 99, " "])
def test_what_a_hostile_stick_says_of_itself_becomes_no_path(word: str, tmp_path: Path) -> None:
    """A stick without an IMEI has a file that is named by its own words."""
    who = without_imei(word, word)
    assert re.fullmatch(r"port-1-1-[\w.]{1,40}-[\w.]{1,40}", who.key, re.ASCII)
    saved = Store(tmp_path / "state").save(who, "SETPORT", LIST)
    assert Path(saved.file).parent == tmp_path / "state"
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


ENTRY = "[[saved]]\nname = 'SETPORT'\nvalue = 'A1;12'\nwhen = ''\nstick = ''\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (ENTRY.replace("'A1;12'", "3"), "saved value 1: its value is no string"),
        (ENTRY + ENTRY.replace("'SETPORT'", "'NVRDEX'"), "saved value 2: 'NVRDEX' is no name of a value .SETPORT, U2D"),
        (ENTRY.replace("A1;12", "rubbish"), "SETPORT = 'rubbish' is no value that a stick has"),
        (ENTRY.replace("SETPORT", "U2DIAG"), "U2DIAG = 'A1;12' is no value that a stick has"),
        (ENTRY.replace("SETPORT", "U2DIAG").replace("A1;12", "255255"), "U2DIAG = '255255' is no value"),
        (ENTRY.replace("when = ''\n", ""), "saved value 1 has no when"),
        ("saved = [" + "[" * 5000 + "]" * 5000 + "]", "nested too deeply"),
        ("saved = ['x']", "saved value 1 is no table"),
        ("saved = 3", "saved is no list of tables"),
        ("rubbish", "Expected '='"),
        ("\x00", "Invalid statement"),
        ("a" + ".a" * 20_000 + " = 1", "a key of more than 20 parts .at line 1"),
        (ENTRY + "[" + '"b" . ' * 20 + "c]", "a key of more than 20 parts .at line 6"),
    ],
)
def test_a_file_that_somebody_edited_is_an_error_that_names_it(text: str, why: str, tmp_path: Path) -> None:
    (tmp_path / f"{KEY}.toml").write_text(text)
    with pytest.raises(Refused, match=f"{KEY}.toml: .*{why}"):
        Store(tmp_path).first(WHO)


@pytest.mark.parametrize("part", ["a.", "'a'.", '"a" .  ', "a", "[[a]]\n", "a.b.c.d.e.f.g.h.i.j.k.l.m.n = {}\n"])
def test_no_file_that_is_read_takes_long(part: str, tmp_path: Path) -> None:
    text = part * (state.LARGEST // len(part))
    (tmp_path / f"{KEY}.toml").write_text(text)
    started = time.monotonic()
    with suppress(Refused):
        Store(tmp_path).first(WHO)
    assert time.monotonic() - started < 4


def test_a_file_never_grows_beyond_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / f"{KEY}.toml"
    path.write_text("#" * (state.LARGEST - 50) + "\n")
    before = path.read_bytes()
    with pytest.raises(Refused, match=r"cannot be saved: .*: it would be larger than 1048576 bytes"):
        Store(tmp_path).save(WHO, "SETPORT", LIST)
    assert path.read_bytes() == before
    assert Store(tmp_path).first(WHO) == []


def test_a_file_that_cannot_be_read_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / f"imei-{IMEI}.toml").mkdir()
    with pytest.raises(Refused, match=rf"imei-{IMEI}.toml: Is a directory"):
        Store(tmp_path).first(WHO)


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
    saved = Store(tmp_path).save(WHO, "SETPORT", LIST)
    above, *rest = synced
    assert above.startswith(f"{tmp_path.parent}: ")
    assert rest == [Path(saved.file).read_text("utf-8"), f"{tmp_path}: ['.lock', 'imei-{IMEI}.toml']"]
    assert len(os.listdir("/proc/self/fd")) == opened


@pytest.mark.parametrize("which", ["the lock", "the new file"])
def test_a_link_that_somebody_laid_is_not_written_through(
    which: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At whatever name a file is made, and just before it is: its target stays as it was."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("precious")
    whole, laid = os.open, list[str]()

    def lay(path: str, flags: int, *mode: int, **more: int) -> int:
        if flags & os.O_CREAT and path.endswith(".lock") == (which == "the lock") and len(laid) < 3:
            os.symlink(elsewhere, path)
            laid.append(path)
        return whole(path, flags, *mode, **more)

    monkeypatch.setattr(os, "open", lay)
    store = Store(tmp_path / "new")
    if which == "the lock":
        with pytest.raises(Refused, match=r"cannot be saved: .*: Too many levels of symbolic links"):
            store.save(WHO, "SETPORT", LIST)
    else:  # another name is taken, as often as needed
        store.save(WHO, "SETPORT", LIST)
        assert len(laid) == 3
        assert [one.value for one in store.first(WHO)] == [LIST]
    assert elsewhere.read_text() == "precious"


def test_nobody_else_may_write_into_the_folder(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        Store(tmp_path / "new").save(WHO, "SETPORT", LIST)
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
        Store(tmp_path).save(WHO, "SETPORT", LIST)
    with pytest.raises(Refused, match=why):
        Store(tmp_path).first(WHO)
    assert path.read_bytes() == raw


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(Refused, match="cannot be saved") as raised:
        Store("/proc/nobody").save(WHO, "SETPORT", LIST)
    assert "Nothing was written" in raised.value.hint


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    store.save(WHO, "SETPORT", LIST)

    def full(file: int) -> None:
        if stat.S_ISREG(os.fstat(file).st_mode):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Refused, match="No space left"):
        store.save(WHO, "SETPORT", OTHER)
    assert [one.value for one in store.first(WHO)] == [LIST]
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


def test_a_lock_that_cannot_be_had_is_named(tmp_path: Path) -> None:
    (tmp_path / ".lock").mkdir()
    with pytest.raises(Refused, match=rf"cannot be saved: {re.escape(str(tmp_path))}/\.lock: Is a directory"):
        Store(tmp_path).save(WHO, "SETPORT", LIST)
