"""Where profiles come from, which one wins, and what happens to a broken one."""

from __future__ import annotations

import gc
import os
import threading
import tracemalloc
from pathlib import Path

import pytest

from modeswitch.database import library as module
from modeswitch.database import reader
from modeswitch.database.library import Library, shipped_directory, user_directories
from modeswitch.errors import ProfileError
from modeswitch.usb.descriptors import UsbId

HILINK = UsbId.parse("12d1:1f01")
MINE = """
[family]
name = "%s"
vendor = "Me"
goal = "ncm"
[[product]]
usb = "%s"
names = ["mine"]
evidence = [{ hardware = "my desk" }]
[[transition]]
from = "mass-storage"
to = "ncm"
steps = [{ eject = {} }]
within = 9
evidence = [{ hardware = "my desk" }]
"""


def put(folder: Path, name: str, usb: str = "12d1:1f01", *, text: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.toml"
    path.write_text(text or MINE % (name, usb), "utf-8")
    return path


def names(library: Library, usb: str) -> list[str]:
    return [family.name for family in library.families(UsbId.parse(usb))]


@pytest.mark.parametrize(
    ("usb", "families"),
    [
        ("12d1:1f01", ["huawei-hilink"]),
        ("12D1:1F01", ["huawei-hilink"]),
        ("12d1:14dc", ["huawei-hilink"]),
        ("12d1:14fe", ["huawei-stick"]),
        ("12d1:1003", ["huawei-set-feature"]),
        ("12d1:1570", ["huawei-module"]),
        ("12d1:155e", ["huawei-hilink", "huawei-stick"]),
        ("12d1:1001", ["huawei-hilink", "huawei-set-feature", "huawei-stick"]),
        ("1209:0001", []),
        ("12d1:fffe", []),
        ("0000:0000", []),
    ],
)
def test_families_of_an_id(usb: str, families: list[str]) -> None:
    assert names(Library(user=[]), usb) == families


def test_the_shipped_families_are_those_of_the_two_folders() -> None:
    library = Library(user=[])
    folder = Path(shipped_directory())
    found = {path.stem: path for path in (*folder.glob("*.toml"), *folder.glob("imported/*.toml"))}
    assert library.names() == sorted(found.keys() - {"example"})
    assert library.problems == []
    assert [name for name in library.names() if library.family(name).name != name] == []
    assert [name for name in library.names() if Path(library.path(name)) != found[name]] == []


def test_a_user_profile_takes_the_place_of_an_imported_one(tmp_path: Path) -> None:
    """By its file's name alone: a user's folder has none within it."""
    path = put(tmp_path, "zte-19d2-0026", "1209:0001")
    put(tmp_path / "imported", "mine", "1209:0002")
    library = Library(user=[tmp_path])
    assert library.family("zte-19d2-0026").vendor == "Me"
    assert Path(library.path("zte-19d2-0026")) == path
    assert names(library, "19d2:0026") == []
    assert names(library, "1209:0002") == []


def test_a_user_profile_of_a_shipped_name_takes_its_place(tmp_path: Path) -> None:
    path = put(tmp_path, "huawei-hilink", "1209:0001")
    library = Library(user=[tmp_path])
    assert library.family("huawei-hilink").vendor == "Me"
    assert names(library, "1209:0001") == ["huawei-hilink"]
    assert names(library, "12d1:1f01") == []
    assert names(library, "12d1:155e") == ["huawei-stick"]
    assert Path(library.path("huawei-hilink")) == path
    assert library.problems == []


def test_a_user_profile_of_a_shipped_id_wins_with_a_notice(tmp_path: Path) -> None:
    put(tmp_path, "mine")
    library = Library(user=[tmp_path])
    first, second = library.families(HILINK)
    assert (first.name, second.name) == ("mine", "huawei-hilink")
    (notice,) = library.problems
    assert notice.message == "mine: 12d1:1f01 is taken over from the shipped huawei-hilink"
    library.families(HILINK)
    assert library.problems == [notice]
    other = Library(user=[tmp_path])
    other.families(UsbId.parse("12d1:1446"))
    assert other.problems == []  # of what nobody asks for nothing is said


def test_a_thread_that_asks_while_another_reads_gets_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else its stick would go another way than its owner wrote."""
    put(tmp_path, "mine")
    reading, go_on, read_text = threading.Event(), threading.Event(), reader.read_text

    def slow(path: str, *, trusted: bool = False) -> str:
        reading.set()
        go_on.wait(10)
        return read_text(path, trusted=trusted)

    monkeypatch.setattr(reader, "read_text", slow)
    library, found = Library(user=[tmp_path]), []
    threads = [threading.Thread(target=lambda: found.append(names(library, "12d1:1f01"))) for _ in range(2)]
    threads[0].start()
    assert reading.wait(10)
    threads[1].start()
    threads[1].join(0.1)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert found == [["mine", "huawei-hilink"]] * 2


def test_the_first_folder_wins(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    put(one, "mine", "1209:0001")
    put(two, "mine", "1209:0002")
    put(two, "other", "1209:0003")
    library = Library(user=[one, two, tmp_path / "missing"])
    assert names(library, "1209:0001") == ["mine"]
    assert names(library, "1209:0002") == []
    assert names(library, "1209:0003") == ["other"]
    assert Path(library.path("mine")) == one / "mine.toml"


BROKEN = (
    '[family]\nname = "mine"\nvendor = "x"\ngoal = "ncm"\n[[product]]\nusb = "12d1:1f01"\nnmaes = 1',
    "[family]\n[[product]]\nusb = '12d1:1f01'\n",
    '[[product]]\nusb = "12D1:1F01"\n[',
    'usb = "0x12d1:0x1f01" [',
)


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_user_profile_is_reported_and_refused_where_it_is_needed(tmp_path: Path, text: str) -> None:
    """Guessing past it would send something else than its author wanted; other sticks are not concerned."""
    path = put(tmp_path, "mine", text=text)
    library = Library(user=[tmp_path])
    assert "mine" not in library.names()
    (problem,) = library.problems
    assert str(path) in problem.message
    with pytest.raises(ProfileError, match=r"mine\.toml"):
        library.families(HILINK)
    with pytest.raises(ProfileError, match=r"mine\.toml"):
        library.family("mine")
    assert names(library, "12d1:14fe") == ["huawei-stick"]


def test_what_is_wrong_with_a_profile_does_not_keep_its_text(tmp_path: Path) -> None:
    for number in range(2):
        put(tmp_path, f"p{number}", text="k = {" + ",".join(f"k{key} = 1" for key in range(8_000)) + "}\n")
    library = Library(user=[tmp_path])
    gc.collect()
    tracemalloc.start()
    try:
        library.names()
        assert len(library.problems) == 2
        assert tracemalloc.get_traced_memory()[0] < 1_000_000
    finally:
        tracemalloc.stop()


def test_the_report_has_file_table_and_key(tmp_path: Path) -> None:
    path = put(tmp_path, "mine", text=(MINE % ("mine", "1209:0001")).replace("within = 9", "within = -9"))
    library = Library(user=[tmp_path])
    library.names()
    (problem,) = library.problems
    assert problem.facts == {"file": str(path), "table": "[[transition]] 1", "key": "within"}
    assert all(word in problem.message for word in (str(path), "[[transition]] 1", "'within'"))


def test_a_broken_stand_in_refuses_the_family_it_stands_for(tmp_path: Path) -> None:
    put(tmp_path, "huawei-hilink", text="[")
    library = Library(user=[tmp_path])
    assert "huawei-hilink" not in library.names()
    assert "huawei-stick" in library.names()
    for ask in (lambda: library.families(HILINK), lambda: library.family("huawei-hilink")):
        with pytest.raises(ProfileError, match=r"huawei-hilink\.toml"):
            ask()


@pytest.mark.parametrize(
    "name",
    ["", "nothing", "huawei", "../huawei-hilink", "imported/zte-19d2-0026", "example", "12d1:1f01", "a\nb", "/etc/x"],
)
def test_no_family_of_that_name(name: str) -> None:
    with pytest.raises(ProfileError, match="no profile is called"):
        Library(user=[]).family(name)


def test_only_toml_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("[", "utf-8")
    (tmp_path / "backup.toml~").write_text("[", "utf-8")
    library = Library(user=[tmp_path])
    assert library.names() == Library(user=[]).names()
    assert library.problems == []


@pytest.mark.parametrize(("uid", "xdg", "own"), [(0, "/x", False), (1000, "/x", True), (1000, "", True)])
def test_root_uses_only_the_machines_folder(uid: int, xdg: str, own: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: uid)
    monkeypatch.setenv("XDG_CONFIG_HOME", xdg)
    monkeypatch.setenv("HOME", "/home/me")
    mine = f"{xdg or '/home/me/.config'}/modeswitch/profiles"
    assert user_directories() == ([mine] if own else []) + [module.USER_DIRECTORY]


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666])
def test_root_does_not_act_on_what_others_could_have_written(
    mode: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "made-up.toml"
    path.write_text(MINE % ("made-up", "1209:0001"), "utf-8")
    path.chmod(mode)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "made-up" in Library(user=[tmp_path]).names()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    library = Library(user=[tmp_path])
    assert "made-up" not in library.names()
    (problem,) = library.problems
    assert problem.message.startswith(str(path))
    assert "chmod" in problem.hint
