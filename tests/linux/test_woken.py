"""What a switched stick woke up as: believed only of the enumeration that it was noted of."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from modeswitch.linux import locks, woken
from modeswitch.usb.descriptors import Port, UsbId
from modeswitch.usb.device import UsbDevice

NOW = UsbDevice(Port(1, (1, 4)), 17, UsbId(0x12D1, 0x155E), None, None)
WOKE = UsbId(0x12D1, 0x1F01)


def test_a_note_is_read_again(tmp_path: Path) -> None:
    woken.note(NOW, WOKE, str(tmp_path / "new"))
    assert woken.read(NOW, str(tmp_path / "new")) == WOKE
    assert os.stat(tmp_path / "new/1-1.4.woke").st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    "other", [NOW._replace(address=18), NOW._replace(id=UsbId(0x12D1, 0x14DC)), NOW._replace(port=Port(1, (1,)))]
)
def test_it_is_of_this_enumeration_alone(tmp_path: Path, other: UsbDevice) -> None:
    woken.note(NOW, WOKE, str(tmp_path))
    assert woken.read(other, str(tmp_path)) is None


@pytest.mark.parametrize(
    "text", ["", "17 12d1:155e\n", "17 12d1:155e x\n", "17 12d1:155e 12d1:1f01\n" * 9, "\x00" * 99]
)
def test_a_note_that_makes_no_sense_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "1-1.4.woke").write_text(text)
    assert woken.read(NOW, str(tmp_path)) is None


def test_where_nothing_can_be_noted_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "1-1.4.woke").symlink_to(tmp_path / "elsewhere")
    for folder in ("file", "."):
        woken.note(NOW, WOKE, str(tmp_path / folder))
        assert woken.read(NOW, str(tmp_path / folder)) is None
    assert not (tmp_path / "elsewhere").exists()


def test_roots_note_is_read_by_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "MACHINE", str(tmp_path / "machine"))
    monkeypatch.setattr(locks, "folder", lambda: str(tmp_path / "own"))
    woken.note(NOW, WOKE, str(tmp_path / "machine"))
    assert woken.read(NOW) == WOKE
