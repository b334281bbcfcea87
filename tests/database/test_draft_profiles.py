"""tools/draft_profiles.py: what it makes of usb-modeswitch-data, and how it calls it."""

from __future__ import annotations

import re
import tarfile
from pathlib import Path

import pytest

from modeswitch.errors import ProfileError
from tests.support.profiles import ENTRIES, IMPORTED_FILES, profile_of
from tools import draft_profiles
from tools.compile_profiles import PROFILES
from tools.draft_profiles import collected, profiles, taken

RELEASE = "20251207"
EJECT, REZERO = "StandardEject=1\n", "OptionMode=1\n"


def draft(folder: Path, **entries: str) -> int:
    """Draft into ``folder`` from these entries: ``z1000`` is 19d2:1000, what follows an underscore its manufacturer."""
    data = folder / "data"
    data.mkdir(exist_ok=True)
    for path in data.iterdir():
        path.unlink()
    for name, text in entries.items():
        usb, _, maker = name.partition("_")
        vendor = {"z": "19d2", "o": "0af0", "x": "1209"}[usb[0]]
        (data / f"{vendor}:{usb[1:]}{':uMa=' if maker else ''}{maker}").write_text(f"# {name}\n{text}", "utf-8")
    return draft_profiles.main([str(data), str(folder), "--release", "1"])


def drafted(folder: Path) -> dict[str, list[str]]:
    """Name → the names of the products, of each family there."""
    return {
        path.stem: [name for product in profile_of(path).products if product.wakes for name in product.names]
        for path in sorted((folder / "imported").glob("*.toml"))
    }


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The peer's data as its package has it, but for the names in the comments."""
    folder = tmp_path_factory.mktemp("data")
    for entry in ENTRIES:
        lines = [f'{key}="{value}"' for key, value in entry["keys"].items()]
        (folder / entry["file"]).write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def test_what_is_imported_is_what_the_script_writes(data: Path) -> None:
    known = taken(PROFILES)
    found = [each for each in collected(data) if str(each.draft.usb) not in known]
    present = {path.stem: path.read_text("utf-8") for path in IMPORTED_FILES}
    made = profiles(found, RELEASE)
    assert set(made) == set(present)
    names = re.compile(r"^names    = .*$", re.MULTILINE)
    assert [name for name, text in made.items() if names.sub("", text) != names.sub("", present[name])] == []


@pytest.mark.parametrize("every", [2, 3, 7])
def test_no_name_shifts_when_the_list_grows(every: int, data: Path) -> None:
    """Whatever was missing: a family that was there keeps its name."""
    found = collected(data)
    before = profiles([each for number, each in enumerate(found) if number % every], RELEASE)
    after = profiles(found, RELEASE, before)
    assert len(after) > len(before) > 100
    assert set(before) <= set(after)


def test_a_family_is_called_by_its_vendor_and_its_first_product(tmp_path: Path) -> None:
    assert draft(tmp_path, z1001=EJECT, z1000=EJECT, z0999=REZERO, o1000=EJECT) == 0
    assert drafted(tmp_path) == {
        "option-0af0-1000": ["o1000"],
        "zte-19d2-0999": ["z0999"],
        "zte-19d2-1000": ["z1000", "z1001"],
    }


def test_of_two_with_one_id_the_strings_tell(tmp_path: Path) -> None:
    assert draft(tmp_path, z1000=EJECT, z1000_ZTE_corp=REZERO) == 0
    assert set(drafted(tmp_path)) == {"zte-19d2-1000", "zte-19d2-1000-zte-corp"}


def test_a_family_keeps_its_name_and_new_ones_get_their_own(tmp_path: Path) -> None:
    draft(tmp_path, z1001=EJECT, z1003=REZERO)
    assert draft(tmp_path, z0999=REZERO, z1000=EJECT, z1001=EJECT, z1002="Configuration=2\n", z1003=REZERO) == 0
    assert drafted(tmp_path) == {
        "zte-19d2-1001": ["z1000", "z1001"],
        "zte-19d2-1002": ["z1002"],
        "zte-19d2-1003": ["z0999", "z1003"],
    }


def test_what_is_no_more_is_removed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draft(tmp_path, z1000=EJECT, z1001=REZERO)
    draft(tmp_path, z1001=REZERO)
    assert set(drafted(tmp_path)) == {"zte-19d2-1001"}
    assert "removed: zte-19d2-1000\n" in capsys.readouterr().out


def test_two_of_one_name_are_refused_and_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draft(tmp_path, z1001=REZERO)
    assert draft(tmp_path, z1000_a=EJECT, z1000_A=REZERO) == ProfileError.status
    assert "two families would be called zte-19d2-1000-a" in capsys.readouterr().err
    assert set(drafted(tmp_path)) == {"zte-19d2-1001"}


def test_what_a_person_has_written_is_left_out(tmp_path: Path) -> None:
    """A family that was moved up is that person's: its ids are drafted no more, and its file is left alone."""
    draft(tmp_path, z1000=EJECT, z1001=REZERO)
    mine = tmp_path / "zte-19d2-1000.toml"
    (tmp_path / "imported" / mine.name).rename(mine)
    before = mine.read_bytes()
    assert draft(tmp_path, z1000=EJECT, z1001=REZERO) == 0
    assert set(drafted(tmp_path)) == {"zte-19d2-1001"}
    assert mine.read_bytes() == before


def test_the_script_reads_the_pack(tmp_path: Path) -> None:
    """The pack of a distribution gives the same as the folder."""
    folder, pack = tmp_path / "data", tmp_path / "pack.tar.gz"
    folder.mkdir()
    (folder / "1209:0001").write_text("# One of 1209\nOptionMode=1\n")
    (folder / "0af0:0001").write_text("# One of Option\nOptionMode=1\n")
    (folder / "new.lst").write_text("no configuration\n")
    with tarfile.open(pack, "w:gz") as written:
        written.add(folder, arcname="pack")
    assert list(draft_profiles.files(folder)) == list(draft_profiles.files(pack))


def test_what_is_broken_is_told_with_file_and_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert draft(tmp_path, o0001="OptionMod=1\n") == ProfileError.status
    assert "0af0:0001, line 2" in capsys.readouterr().err
