"""From what a person writes to a port, while what it names is just leaving."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import NoDevice, UsageError
from modeswitch.identity.find import find
from modeswitch.linux.bus import LinuxBus
from tests.support import sysfs_tree


@pytest.fixture
def link(tmp_path: Path) -> Path:
    """A stick at 1-1, whose folder in sysfs is reached by a link, as the kernel has it."""
    sysfs_tree.plug(tmp_path, "elsewhere", "12d1:1f01")
    link = sysfs_tree.folder(tmp_path, "1-1")
    link.symlink_to(sysfs_tree.folder(tmp_path, "elsewhere").rename(tmp_path / "1-1"))
    return link


def gone(path: str) -> str:
    """Readlink(2) of a link that went between realpath's two looks at it."""
    raise FileNotFoundError(errno.ENOENT, "No such file or directory", path)


def test_a_folder_in_sysfs_names_its_port(link: Path, tmp_path: Path) -> None:
    (device,) = find(str(link), LinuxBus(str(tmp_path)), Library(user=[]))
    assert str(device.usb.port) == "1-1"


def test_a_link_that_goes_while_it_is_followed_still_names_its_port(
    link: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The device is leaving: that it is not there is what is told, not the system's error."""
    monkeypatch.setattr(os, "readlink", gone)
    with pytest.raises(FileNotFoundError):
        os.path.realpath(link)
    with pytest.raises(NoDevice, match="nothing on the bus is"):
        find(str(link), LinuxBus(str(tmp_path)), Library(user=[]))


def test_a_link_that_goes_and_names_no_port(link: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = link.with_name("hub")
    other.symlink_to(tmp_path)
    monkeypatch.setattr(os, "readlink", gone)
    with pytest.raises(UsageError, match="no USB device's folder"):
        find(str(other), LinuxBus(str(tmp_path)), Library(user=[]))
