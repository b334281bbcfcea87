"""``modeswitch profiles export``: what goes to standard output, to programs, to a folder, and the exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from modeswitch.importers.files import read as read_back
from tests.support.rig import NEW_MODE
from tests.support.said import Command

HILINK = "12d1:1f01"


def test_a_text_for_usb_modeswitch(command: Command) -> None:
    said = command("profiles", "export", "--usb-modeswitch", HILINK)
    assert said.status == 0
    (entry,), problems = read_back(said.out.encode(), "text")
    assert (str(entry.usb), problems) == (HILINK, [])
    assert entry.settings["MessageContent"].value == NEW_MODE
    assert "12d1:1f01 (huawei-hilink): usb_modeswitch cannot be told to leave alone" in said.err


def test_a_list_for_openwrt(command: Command) -> None:
    said = command("profiles", "export", "--openwrt", HILINK, "huawei-set-feature")
    assert said.status == 0
    made = json.loads(said.out)
    assert HILINK in made["devices"]
    assert "12d1:1001" in made["devices"]
    assert made["devices"][HILINK]["*"]["mode"] == "HuaweiNew"


def test_to_another_mode(command: Command) -> None:
    usual = command("profiles", "export", "--usb-modeswitch", HILINK).out
    ncm = command("profiles", "export", "--usb-modeswitch", HILINK, "--to", "NDIS").out
    assert "-> ncm" in ncm
    assert "-> ncm" not in usual


def test_an_id_after_the_switch_is_its_family(command: Command) -> None:
    said = command("profiles", "export", "--usb-modeswitch", "12d1:14dc")
    assert said.status == 0
    assert "DefaultProduct=0x1f01" in said.out


def test_files_in_a_folder_and_none_is_written_over(command: Command, tmp_path: Path) -> None:
    words = ("profiles", "export", "--usb-modeswitch", HILINK, "0408:f000", "--into", str(tmp_path))
    said = command(*words)
    assert said.status == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0408:f000", "0408:f000:uMa=Yota", HILINK]
    (tmp_path / HILINK).write_text("mine\n", "utf-8")
    (tmp_path / "0408:f000").unlink()
    again = command(*words)
    assert again.status == 2
    assert f"{tmp_path / HILINK} is there already: it is not written over" in again.err
    assert (tmp_path / HILINK).read_text("utf-8") == "mine\n"
    assert (tmp_path / "0408:f000").exists()


def test_a_link_is_not_followed(command: Command, tmp_path: Path) -> None:
    (tmp_path / "usb-mode.json").symlink_to(tmp_path / "elsewhere")
    said = command("profiles", "export", "--openwrt", HILINK, "--into", str(tmp_path))
    assert said.status == 2
    assert not (tmp_path / "elsewhere").exists()


def test_the_file_in_a_folder_that_is_not_there(command: Command, tmp_path: Path) -> None:
    said = command("profiles", "export", "--openwrt", HILINK, "--into", str(tmp_path / "no"))
    assert (said.status, said.out) == (2, "")


def test_events(command: Command, tmp_path: Path) -> None:
    unsaid, entry = command("profiles", "export", "--usb-modeswitch", HILINK, "--json").events
    assert (unsaid["event"], unsaid["ids"], unsaid["written"]) == ("unsaid", [HILINK], True)
    assert (entry["event"], entry["name"]) == ("entry", HILINK)
    assert read_back(entry["text"].encode(), entry["name"])[0][0].usb.product == 0x1F01
    *_, written = command("profiles", "export", "--openwrt", HILINK, "--json", "--into", str(tmp_path)).events
    assert (written["event"], written["file"]) == ("written", str(tmp_path / "usb-mode.json"))
    names = [e["name"] for e in command("profiles", "export", "--usb-modeswitch", "0408:f000", "--json").events]
    assert "0408:f000:uMa=Yota" in names


def test_strings_have_no_place_in_one_text(command: Command) -> None:
    said = command("profiles", "export", "--usb-modeswitch", "0408:f000")
    assert said.status == 0
    assert said.out.count("DefaultVendor") == 1
    assert (
        "left out: 0408:f000 (0408:f000:uMa=Yota): it is told from others of its id by the name of its file" in said.err
    )


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ((HILINK,), 2),
        (("--openwrt", "--usb-modeswitch"), 2),
        (("--openwrt", "12d1:fffe"), 4),
        (("--openwrt", "nothing"), 4),
        (("--openwrt", "huawei-module"), 4),  # all of it is left alone
        (("--usb-modeswitch", HILINK, "--to", "qmi"), 4),
        (("--usb-modeswitch", HILINK, "--to", "nonsense"), 2),
    ],
)
def test_what_cannot_be_exported(words: tuple[str, ...], status: int, command: Command) -> None:
    said = command("profiles", "export", *words)
    assert (said.status, said.out) == (status, "")
    assert said.err


def test_why_nothing_can_be_said_is_an_event(command: Command) -> None:
    unsaid, error = command("profiles", "export", "--openwrt", "huawei-module", "--json").events
    assert (unsaid["event"], unsaid["written"], len(unsaid["ids"])) == ("unsaid", False, 9)
    assert (error["event"], error["status"]) == ("error", 4)


@pytest.mark.parametrize("words", [("list", "--openwrt"), ("show", HILINK, "--to", "ncm")])
def test_the_options_are_for_export(words: tuple[str, ...], command: Command) -> None:
    assert command("profiles", *words).status == 2


def test_a_profile_of_ones_own_is_exported_too(command: Command, tmp_path: Path) -> None:
    shipped = command("profiles", "show", "zte-19d2-0026").out
    (tmp_path / "mine.toml").write_text(shipped.replace('"zte-19d2-0026"', '"mine"'), "utf-8")
    said = command("profiles", "export", "--openwrt", "mine", "--profiles", str(tmp_path))
    assert said.status == 0
    assert "19d2:0026" in json.loads(said.out)["devices"]
