"""What of a stick is in use and would be lost."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
import usb.core

from modeswitch.errors import (
    LinkLost,
)
from modeswitch.linux import mounts, sysfs
from modeswitch.sim.backend import SimBackend
from modeswitch.usb.device import UsbDevice
from tests.support import sysfs_tree
from tests.support.rig import plugged


def stick_with_disks(tmp_path: Path) -> UsbDevice:
    """A stick with a disc (sr0, 11:0) and a card (sdb, 8:16) with two partitions, somewhere below its folder."""
    path = sysfs_tree.plug(tmp_path, "1-1", "12d1:1f01")
    for name, numbers in (("sr0", "11:0"), ("sdb", "8:16"), ("sdb/sdb1", "8:17"), ("sdb/sdb2", "8:18")):
        folder = path / "1-1:1.0" / "host4" / "target4:0:0" / "4:0:0:0" / "block" / name
        folder.mkdir(parents=True)
        (folder / "dev").write_text(numbers + "\n", "ascii")
    (seen,) = sysfs.scan(str(tmp_path))
    return seen


def proc(tmp_path: Path, mountinfo: str = "", swaps: str = "") -> str:
    folder = tmp_path / "proc" / "self"
    folder.mkdir(parents=True)
    (folder / "mountinfo").write_bytes(mountinfo.encode("utf-8", "surrogateescape"))
    (folder.parent / "swaps").write_text("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n" + swaps, "utf-8")
    return str(folder.parent)


HELD = "/dev/sdb1 is mounted at /mnt"
ISO = "30 1 11:0 / /media/cd ro,nosuid,nodev shared:5 - iso9660 /dev/sr0 ro,nojoliet\n"


@pytest.mark.parametrize(
    ("mountinfo", "swaps", "held"),
    [
        ("", "", []),
        (ISO, "", []),
        (ISO.replace("iso9660", "udf"), "", []),
        (ISO.replace(" ro,", " rw,"), "", ["/dev/sr0 is mounted at /media/cd"]),
        ("31 1 8:17 / /mnt rw - vfat /dev/sdb1 rw\n", "", ["/dev/sdb1 is mounted at /mnt"]),
        ("31 1 8:17 / /mnt ro shared:1 - vfat /dev/sdb1 ro\n", "", ["/dev/sdb1 is mounted at /mnt"]),
        ("31 1 8:16 / /mnt rw - ext4 /dev/sdb rw\n", "", ["/dev/sdb is mounted at /mnt"]),
        ("31 1 8:17 / /my\\040card rw - vfat /dev/sdb1 rw\n", "", ["/dev/sdb1 is mounted at /my card"]),
        ("31 1 8:17 / /a\\012b\\134c rw - vfat /dev/sdb1 rw\n", "", ["/dev/sdb1 is mounted at /a\\nb\\c"]),
        ("31 1 8:17 / /\x1b[2J rw - vfat /dev/sdb1 rw\n", "", ["/dev/sdb1 is mounted at /\\x1b[2J"]),
        ("31 1 8:17 / /\udcff rw - vfat /dev/sdb1 rw\n", "", ["/dev/sdb1 is mounted at /\ufffd"]),
        ("31 1 8:17 / /\x1f\u2028ro rw - vfat /dev/sdb1 rw\n", "", ["/dev/sdb1 is mounted at /\\x1f\\u2028ro"]),
        ("31 1 8:17 / /a\rb rw - vfat /dev/sdb1 rw\n", "", ["/dev/sdb1 is mounted at /a\\rb"]),
        ("31 1 0:45 / /mnt rw - btrfs /dev/sdb1 rw\n", "", ["/dev/sdb1 is mounted at /mnt"]),
        ("31 1 8:1 / /mnt rw - ext4 /dev/sda1 rw\n", "", []),
        ("31 1 8:33 / / rw - ext4 /dev/sdc1 rw\n31 1 0:5 / /dev rw - devtmpfs udev rw\n", "", []),
        ("garbage\n\n31 1 8:17\n31 1 8:17 / /mnt rw shared:1 no separator here at all\n", "", []),
        ("x\n31 1 8:1 / / rw - ext4 /dev/sda1 rw\n31 1 8:17 / /mnt rw - vfat /dev/sdb1 rw\n", "", [HELD]),
        # Optional fields, none, and lines that the kernel does not write.
        ("31 1 0:45 / /mnt rw shared:1 master:2 - btrfs /dev/sdb1 rw\n", "", ["/dev/sdb1 is mounted at /mnt"]),
        ("31 1 8:17 / /mnt rw shared:1 - vfat /dev/sdb1\n", "", ["/dev/sdb1 is mounted at /mnt"]),
        ("31 1 8:17 / /mnt rw - vfat /dev/sdb1\n", "", []),
        ("31 1 8:17 / /mnt rw shared:1 master:2 x - rw\n", "", []),
        ("31 1 8:17 / /mnt - shared:1 vfat /dev/sdb1 rw\n", "", []),
        ("31 1 0:45 / /mnt - - btrfs /dev/sdb1 rw\n", "", ["/dev/sdb1 is mounted at /mnt"]),
        ("", "/dev/sdb2 partition 1000 0 -2\n", ["/dev/sdb2 is used as swap"]),
        ("", "/dev/sda2\t\tpartition\t1000\t0\t-2\n", []),
        (
            ISO + "31 1 8:17 / /mnt rw - vfat /dev/sdb1 rw\n",
            "/dev/sdb2\tpartition\t1\t0\t-2\n",
            ["/dev/sdb1 is mounted at /mnt", "/dev/sdb2 is used as swap"],
        ),
    ],
)
def test_holders(tmp_path: Path, mountinfo: str, swaps: str, held: list[str]) -> None:
    assert mounts.holders(stick_with_disks(tmp_path), proc(tmp_path, mountinfo, swaps)) == held


def test_a_stick_without_disks_holds_nothing(tmp_path: Path) -> None:
    sysfs_tree.plug(tmp_path, "1-1", "12d1:1f01")
    (seen,) = sysfs.scan(str(tmp_path))
    everything = "".join(f"31 1 8:{minor} / /mnt rw - vfat /dev/sdb1 rw\n" for minor in range(32))
    assert mounts.holders(seen, proc(tmp_path, everything)) == []
    assert mounts.holders(seen._replace(path=""), proc(tmp_path / "other", everything)) == []


def test_no_proc_is_nothing_held(tmp_path: Path) -> None:
    assert mounts.holders(stick_with_disks(tmp_path), str(tmp_path / "nowhere")) == []


def test_a_folder_that_goes_while_its_link_is_followed_is_no_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """realpath looks twice at a link, and only its first look expects that there may be none."""
    real = sysfs_tree.folder(tmp_path, "elsewhere")
    sysfs_tree.plug(tmp_path, "elsewhere", "12d1:1f01")
    sysfs_tree.folder(tmp_path, "1-1").symlink_to(real)
    assert sysfs.look(str(tmp_path), "1-1") is not None

    def gone(path: str) -> str:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", path)

    monkeypatch.setattr(os, "readlink", gone)
    assert sysfs.look(str(tmp_path), "1-1") is None
    assert sysfs.scan(str(tmp_path)) == []


@pytest.mark.parametrize(("reading", "times", "seen"), [("device", 2, 2), ("configuration", 1, 1), ("device", 99, 0)])
def test_what_leaves_during_a_look_is_not_there(
    reading: str, times: int, seen: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Libusb lists it, and by the time it is read it is gone: no error, unless that never ends."""
    name = f"get_{reading}_descriptor"
    whole = getattr(SimBackend, name)
    left = [times]

    def leaving(self: SimBackend, *words: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise usb.core.USBError("No such device", -4, errno.ENODEV)
        return whole(self, *words)

    bus = plugged("e3372h", "e3372h@1-2")
    monkeypatch.setattr(SimBackend, name, leaving)
    if seen:
        assert len(bus.scan()) == seen
    else:
        with pytest.raises(LinkLost, match="looking at the bus: the device is gone"):
            bus.scan()
