"""What is wrong with a file of usb_modeswitch's is told with its line, and nothing of that device is printed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from modeswitch.database.reader import read
from modeswitch.importers import usb_modeswitch
from tests.support.cbw import REZERO
from tests.support.imports import HEAD, Import, wire
from tests.support.rig import NEW_MODE
from tests.support.said import Command

WRONG = (
    (f"{HEAD}MessageContent=555\n", 3, "no even number of hex digits"),
    (f"{HEAD}MessageContent=55zz\n", 3, "no even number of hex digits"),
    (f'{HEAD}MessageContent=""\n', 3, "no even number of hex digits"),
    (f"{HEAD}MessageContent={'55' * 600}\n", 3, "no even number of hex digits"),
    (f"{HEAD}MessageContent={REZERO}00\n", 3, "a CBW has 31 bytes, not 32"),
    (f"{HEAD}MessageContent={REZERO[:-2]}\n", 3, "a CBW has 31 bytes, not 30"),
    (f'{HEAD}MessageContent="{REZERO}\n', 3, "the quotes are not balanced"),
    (f'{HEAD}MessageContent={REZERO}"\n', 3, "the quotes are not balanced"),
    (f"{HEAD}MessageContent='{REZERO}\"\n", 3, "the quotes are not balanced"),
    (f'{HEAD}MessageContent="{REZERO}" # mine\n', 3, "the quotes are not balanced"),
    (f'{HEAD}MessageContent="\n', 3, "the quotes are not balanced"),
    (f"{HEAD}HuaweiNewMode=2\n", 3, "neither 1 (yes, true) nor 0 (no, false)"),
    (f"{HEAD}HuaweiNewMode=\n", 3, "neither 1 (yes, true) nor 0 (no, false)"),
    (f"{HEAD}HuaweiNewMode\n", 3, "neither a comment nor 'keyword = value'"),
    (f"{HEAD}HuaweiNewMod=1\n", 3, "did you mean 'HuaweiNewMode'?"),
    (f"{HEAD}huaweinewmode=1\n", 3, "is no keyword of usb_modeswitch; did you mean"),
    (f"{HEAD}AltHuaweiMode=1\n", 3, "did you mean 'HuaweiAltMode'?"),
    (f"{HEAD}MessageContent4={REZERO}\n", 3, "did you mean 'MessageContent"),
    (f"{HEAD}DisableSwitchin=0\n", 3, "is no keyword of usb_modeswitch"),
    (f"{HEAD}FunctionMBIM=1\n", 3, "is no keyword of usb_modeswitch"),
    (f"{HEAD}x\x1b[2J=1\n", 3, "is no keyword of usb_modeswitch"),
    (f"{HEAD}HuaweiNewMode=1\nHuaweiNewMode=1\n", 4, "HuaweiNewMode stands in line 3 already"),
    (f"{HEAD}HuaweiNewMode=1\nSierraMode=1\n", 4, "HuaweiNewMode stands here too, and only one of them can be"),
    (f"{HEAD}SierraMode=1\nPantechMode=2\n", 4, "SierraMode stands here too"),
    (f"{HEAD}PantechMode=3\n", 3, "3 does nothing"),
    (f"{HEAD}PantechMode=70000\n", 3, "PantechMode: "),
    (f"{HEAD}NoMBIMCheck=1\nStandardEject=1\n", 3, "no profile can say this"),
    (f"{HEAD}Configuration=300\n", 3, "one byte"),
    (f"{HEAD}AltSetting=256\n", 3, "one byte"),
    (f"{HEAD}Configuration=-1\n", 3, "is no number"),
    (f"{HEAD}StandardEject=1\nCheckSuccess=301\n", 4, "no stick is waited for longer than 300 s"),
    (f"{HEAD}StandardEject=1\nWaitBefore=61\n", 4, "no step waits longer than 60 s"),
    (f"{HEAD}TargetProductList=14db;14dc\nStandardEject=1\n", 3, "no list of ids"),
    (f"{HEAD}TargetClass=0x100\nStandardEject=1\n", 3, "no byte in hex"),
    ("DefaultVendor=0x12d12\nDefaultProduct=1\n", 1, "no id of at most four hex digits"),
    (HEAD, 1, "no method stands here: nothing would be sent"),
    (f"{HEAD}HuaweiMode=0\n", 1, "no method stands here"),
    ("HuaweiNewMode=1\n", 1, "whose settings? Neither DefaultVendor and DefaultProduct nor the file's name"),
    (
        "#\nDefaultVendor=0x12d1\nHuaweiNewMode=1\n",
        2,
        "DefaultVendor stands here, and the other half of the id does not",
    ),
    (
        "DefaultProduct=0x12d1\nHuaweiNewMode=1\n",
        1,
        "DefaultProduct stands here, and the other half of the id does not",
    ),
    ("", 1, "no setting stands here"),
    ("# only a comment\n\n", 1, "no setting stands here"),
    (f"{HEAD}HuaweiNewMode=1\r\n", 3, "a carriage return: the file has DOS line ends"),
    (f"{HEAD}Huawei\0NewMode=1\n", 3, "a NUL"),
    (f"{HEAD}# Rogério\n".encode("latin-1"), 3, "not UTF-8"),
    (b"\xff\xfe" + "x".encode("utf-16-le"), 1, "a NUL"),
)


@pytest.mark.parametrize(("text", "line", "words"), WRONG, ids=[f"{n} {w[2][:40]}" for n, w in enumerate(WRONG)])
def test_an_error_has_its_file_and_line(text: str | bytes, line: int, words: str, imported: Import) -> None:
    said = imported(text)
    assert said.status == 4
    assert said.out == ""
    first = said.err.splitlines()[0]
    assert f"usb_modeswitch.conf, line {line}: " in first
    assert words in first
    assert "\x1b" not in said.err
    assert len(first) < 500


def test_an_error_in_json(imported: Import, tmp_path: Path) -> None:
    said = imported(f"{HEAD}HuaweiNewMod=1\n", "--json")
    (error,) = said.events
    assert (error["event"], error["error"], error["status"], error["line"]) == ("error", "ProfileError", 4, 3)
    assert error["file"] == str(tmp_path / "usb_modeswitch.conf")


def test_a_file_that_is_too_large_is_not_read(imported: Import) -> None:
    said = imported(b"# a comment\n" * 1_000_000)
    assert (said.status, said.out) == (4, "")
    assert "larger than 1048576 bytes" in said.err


def test_a_file_of_another_kind_ends_in_a_few_errors(imported: Import) -> None:
    """A megabyte of prose is not a hundred thousand errors."""
    said = imported("It was a dark and stormy night = 1\n" * 29_000)
    assert said.status == 4
    assert len(said.err.splitlines()) == usb_modeswitch.MOST + 1
    assert "so much is wrong that the rest is not read" in said.err


@pytest.mark.parametrize("name", ["nothing", ".", "no\nname", "a\0b"])
def test_a_file_that_cannot_be_read(name: str, tmp_path: Path, command: Command) -> None:
    said = command("profiles", "import", str(tmp_path / name))
    assert (said.status, said.out) == (4, "")
    assert len(said.err.splitlines()) == 1


def test_a_file_that_may_not_be_read(tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "12d1:1f01"
    path.write_text("HuaweiNewMode=1\n", "utf-8")

    open_file = os.open

    def denied(name: str, *how: Any, **more: Any) -> int:
        if name == str(path):
            raise PermissionError(13, "Permission denied", name)
        return open_file(name, *how, **more)

    monkeypatch.setattr(os, "open", denied)
    said = command("profiles", "import", str(path))
    assert (said.status, said.out) == (4, "")
    assert f"{path}: Permission denied" in said.err


def test_no_file_is_a_usage_error(command: Command) -> None:
    assert command("profiles", "import").status == 2


def test_good_files_are_printed_beside_a_broken_one_whose_status_counts(tmp_path: Path, command: Command) -> None:
    good, bad = tmp_path / "12d1:1f01", tmp_path / "12d1:14fe"
    good.write_text("HuaweiNewMode=1\n", "utf-8")
    bad.write_text("HuaweiNewMode=x\n", "utf-8")
    said = command("profiles", "import", str(bad), str(good))
    assert said.status == 4
    assert wire(read(said.out, "12d1-1f01.toml")) == [NEW_MODE]
    assert "12d1:14fe, line 1" in said.err


@pytest.mark.parametrize("second", ["HuaweiNewMode=1\n", "StandardEject=1\n"])
def test_a_device_that_stands_twice_is_an_error(second: str, imported: Import) -> None:
    """With the same method or another: which of the two would count?"""
    said = imported(f"{HEAD}HuaweiNewMode=1\n{HEAD}{second}")
    assert said.status == 4
    assert "line 4: 12d1:1f01 stands in line 1 already" in said.err
    assert wire(read(said.out, "12d1-1f01.toml")) == [NEW_MODE]
