"""Which names are those of a text, and how the file is read."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from modeswitch.doctor.pasted.files import is_text_file, read_file
from modeswitch.doctor.pasted.read import MOST_BYTES
from modeswitch.errors import UsageError
from tests.support.captures import raw


def test_files_and_pipes_are_texts(tmp_path: Path) -> None:
    (tmp_path / "post.txt").touch()
    os.mkfifo(tmp_path / "pipe")
    assert is_text_file(str(tmp_path / "post.txt"))
    assert is_text_file(str(tmp_path / "pipe"))


@pytest.mark.parametrize("name", ["/tmp", "/dev/null", "12d1:1f01", "1-1", "a\0b", "", "x" * 10_000])
def test_devices_folders_and_what_is_not_there_are_none(name: str) -> None:
    assert not is_text_file(name)


def test_a_file_by_name_and_an_open_one(tmp_path: Path) -> None:
    (tmp_path / "post.txt").write_bytes(raw("05"))
    text = read_file(str(tmp_path / "post.txt"))
    assert [str(device.id) for device in text.devices] == ["12d1:1506"]
    assert read_file("-", io.BytesIO(raw("05"))) == text


def test_more_than_the_bound_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "post.txt").write_bytes(b" " * (MOST_BYTES + 1))
    assert read_file(str(tmp_path / "post.txt")).truncated


@pytest.mark.parametrize(("name", "words"), [("/nowhere/x\x1b", "/nowhere/x"), ("/tmp", "/tmp: is a directory")])
def test_what_cannot_be_read(name: str, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_file(name)
    assert raised.value.message.startswith(words)
    assert raised.value.message.isprintable()
