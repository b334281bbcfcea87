"""The power of a connector by the kernel's own switch, and the boards whose ports cut none."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.errors import PermissionDenied, TransferError
from modeswitch.linux import portpower
from modeswitch.linux.host import LinuxHost
from modeswitch.usb.descriptors import Port
from tests.support import sysfs_tree

PORTS = [Port(1, (1, 4)), Port(2, (1, 4))]


def disable(root: Path, name: str) -> Path:
    """The file that switches a port."""
    folder = sysfs_tree.folder(root, name)
    folder.mkdir(parents=True)
    (folder / "disable").write_text("0\n")
    return folder / "disable"


def test_both_halves_are_written(tmp_path: Path) -> None:
    files = [disable(tmp_path, "1-1:1.0/1-1-port4"), disable(tmp_path, "2-1:1.0/2-1-port4")]
    switch = LinuxHost(str(tmp_path)).port_switch(PORTS)
    assert switch is not None
    switch.off()
    assert [file.read_text() for file in files] == ["1", "1"]
    switch.on()
    assert [file.read_text() for file in files] == ["0", "0"]


def test_a_kernel_without_such_a_switch_has_none(tmp_path: Path) -> None:
    assert portpower.switch_of(str(tmp_path), PORTS) is None


def test_one_half_alone_is_written_where_the_other_has_none(tmp_path: Path) -> None:
    file = disable(tmp_path, "1-0:1.0/usb1-port1")
    switch = portpower.switch_of(str(tmp_path), [Port(1, (1,)), Port(2, (1,))])
    assert switch is not None
    switch.off()
    assert file.read_text() == "1"


def test_each_half_gets_its_power_back_whatever_becomes_of_the_other(tmp_path: Path) -> None:
    first, second = disable(tmp_path, "1-1:1.0/1-1-port4"), disable(tmp_path, "2-1:1.0/2-1-port4")
    switch = portpower.PortSwitch([str(tmp_path / "gone" / "disable"), str(second)])
    second.write_text("1")
    with pytest.raises(TransferError):
        switch.on()
    assert (first.read_text(), second.read_text()) == ("0\n", "0")


def test_who_may_not_write_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", denied)
    with pytest.raises(PermissionDenied, match="permission denied"):
        portpower.PortSwitch([str(tmp_path / "disable")]).off()


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("Raspberry Pi 5 Model B Rev 1.0\0", "Raspberry Pi 5"),
        ("Raspberry Pi 4 Model B Rev 1.4\0", "Raspberry Pi 4"),
        ("Raspberry Pi 3 Model B Plus Rev 1.3\0", ""),
        ("", ""),
    ],
)
def test_the_boards_that_cut_no_power(tmp_path: Path, model: str, name: str) -> None:
    (tmp_path / "device-tree").mkdir()
    (tmp_path / "device-tree" / "model").write_text(model)
    assert portpower.board(str(tmp_path)) == name
