"""Where imported profiles go: to standard output, to programs, or into a folder whose files the next switch uses."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from modeswitch.database.library import Library
from modeswitch.database.reader import read
from tests.support.imports import HEAD, Import, wire
from tests.support.rig import NEW_MODE, messages, plugged, run
from tests.support.said import Command


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_no_file_is_written_over(flags: tuple[str, ...], tmp_path: Path, imported: Import) -> None:
    into = tmp_path / "into"
    into.mkdir()
    said = imported(f"{HEAD}HuaweiNewMode=1\n", "--into", str(into), *flags)
    path = into / "12d1-1f01.toml"
    assert said.status == 0
    if flags:
        assert said.events == [{"event": "written", "name": "12d1-1f01", "file": str(path)}]
    else:
        assert said.out == f"{path}: written\n"
    before = path.read_bytes()
    assert wire(read(before.decode(), str(path))) == [NEW_MODE]
    assert not stat.S_IMODE(path.stat().st_mode) & 0o002
    again = imported(f"{HEAD}HuaweiAltMode=1\n", "--into", str(into), *flags)
    assert again.status == 2
    assert "is there already: it is not written over" in again.out + again.err
    assert path.read_bytes() == before


@pytest.mark.parametrize("where", ["missing", "file"])
def test_a_folder_that_cannot_be_written_to(where: str, tmp_path: Path, imported: Import) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    said = imported(f"{HEAD}HuaweiNewMode=1\n", "--into", str(tmp_path / where))
    assert (said.status, said.out) == (2, "")
    assert str(tmp_path / where / "12d1-1f01.toml") in said.err


def test_a_profile_in_json(imported: Import) -> None:
    said = imported(f"{HEAD}HuaweiNewMode=1\nNeedResponse=1\n", "--json")
    profile, warning = said.events
    assert (profile["event"], profile["name"]) == ("profile", "12d1-1f01")
    assert wire(read(profile["text"], "12d1-1f01.toml")) == [NEW_MODE]
    assert warning["event"] == "warning"


def test_options_may_stand_before_the_file(tmp_path: Path, command: Command) -> None:
    path = tmp_path / "12d1:1f01"
    path.write_text("HuaweiNewMode=1\n", "utf-8")
    for words in (("import", "--into", str(tmp_path), str(path)), ("import", "--json", str(path))):
        assert command("profiles", *words).status == 0


def test_the_next_switch_uses_what_was_imported(tmp_path: Path, imported: Import, command: Command) -> None:
    """In a folder of --profiles, with a warning that a shipped profile knows the id too."""
    into = tmp_path / "into"
    into.mkdir()
    imported(f"{HEAD}HuaweiAltMode=1\n", "--into", str(into))
    said = command("12d1:1f01", "--profiles", str(into), sticks=("e3372h",))
    assert said.status == 0, said.err
    assert said.out.startswith("1-1: ncm in ")
    assert "12d1-1f01: 12d1:1f01 is taken over from the shipped huawei-hilink" in said.err
    without = command("12d1:1f01", sticks=("e3372h",))
    assert without.out.startswith("1-1: hilink in ")


def test_the_same_bytes_reach_a_stick(tmp_path: Path, imported: Import) -> None:
    into = tmp_path / "into"
    into.mkdir()
    imported(f'{HEAD}MessageContent="{NEW_MODE}"\nTargetVendor=0x12d1\nTargetProduct=14dc\n', "--into", str(into))
    bus = plugged("e3372h")
    ran = run(bus, "1-1", library=Library(user=[into]))
    assert ran.outcome is not None, ran.error
    assert messages(bus) == [NEW_MODE]
