"""``modeswitch report``, from words to exit status: the file, its place, what it may overwrite."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.support.machine_tree import SEED, Machine
from tests.support.said import Command
from tests.support.short_files import short_files


def test_a_report_is_a_new_file_of_its_owners(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = command("report", "1-1", sticks=("e3372h",))
    assert said.status == 0
    path = tmp_path / "modeswitch-report-1-1.txt"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_text()
    again = command("report", "1-1", sticks=("e3372h",))
    assert again.status == 5
    assert path.read_text() == before
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    assert command("report", "1-1", "--output", "link", sticks=("e3372h",)).status == 5
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_is_not_there(command: Command, tmp_path: Path) -> None:
    assert command("report", "1-1", "--output", str(tmp_path / "no/where"), sticks=("e3372h",)).status == 5


def test_a_full_disk_leaves_no_half_of_a_report(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "report"
    with short_files(100):
        said = command("report", "1-1", "--output", str(path), sticks=("e3372h",))
    assert (said.status, said.out) == (5, "")
    assert "File too large" in said.err
    assert not path.exists()


def test_what_a_report_holds_and_does_not(command: Command, machine: Machine) -> None:
    machine.stick(*SEED, bound=("option", "option"))
    machine.dynamic("option1")
    tried = "pppd; called +49 151 23456789; IMEI 861234567890123; MAC 0c:5b:8f:27:9a:64; SECRET0123456789"
    said = command("report", "1-1", "--tried", tried, "--tried", "a new cable", "--output", "-")
    assert said.status == 0
    for secret in ("SECRET0123456789", "861234567890123", "23456789", "27:9a:64"):
        assert secret not in said.out
    for word in ("<serial: 16 characters>", "<15 digits>", "<phone number>", "<MAC>", "a new cable", "Linux"):
        assert word in said.out
    assert "DEVICE 1201" in said.out
    assert "CONFIG 0902" in said.out
    assert "families that know 12d1:1506: huawei-stick" in said.out
    assert "dynamic id  12d1 1506" in said.out
    assert "interface 1  ff/03/16  ncm      option  should be huawei_cdc_ncm" in said.out


def test_a_report_can_be_given_to_the_doctor(command: Command, machine: Machine, tmp_path: Path) -> None:
    machine.stick(*SEED, bound=("option", "option"))
    path = tmp_path / "report.txt"
    assert command("report", "1-1", "--output", str(path)).status == 0
    said = command("doctor", str(path))
    assert said.status == 1
    assert "12d1:1506 at 1-1: ncm" in said.out
    assert "interface 1 (ff/03/16, ncm) is held by option" in said.out


def test_a_report_talks_only_when_told_to(command: Command) -> None:
    stick = "e3372h-153,wakes=linux"
    assert "SETPORT" not in command("report", "1-1", "--output", "-", sticks=(stick,)).out
    said = command("report", "1-1", "--talk", "--output", "-", sticks=(stick,))
    assert said.status == 0
    assert "^SETPORT:A1,A2;12,1,16,A1,A2" in said.out
    assert "^GETPORTMODE" in said.out


def test_a_report_of_a_stick_that_does_not_talk(command: Command) -> None:
    said = command("report", "1-1", "--talk", "--timeout", "1", "--output", "-", sticks=("e3372h",))
    assert said.status == 0
    assert "it could not be asked" in said.out


def test_a_report_as_json(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "r.txt"
    (done,) = command("report", "1-1", "--json", "--output", str(path), sticks=("e3372h",)).events
    assert (done["result"], done["file"]) == ("report", str(path))
    (done,) = command("report", "1-1", "--json", "--output", "-", sticks=("e3372h",)).events
    assert "# what was tried" in done["text"]
