"""What holds a stick's disks, beyond our own mounts: other namespaces, stacked devices, loops, open files."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

import pytest

from modeswitch.errors import Refused
from modeswitch.linux import mounts, sysfs
from modeswitch.usb.device import Disk, UsbDevice
from tests.support import sysfs_tree
from tests.support.rig import messages, plugged, run

CARD = "31 1 8:17 / /mnt rw - vfat /dev/sdb1 rw\n"
CD = "30 1 11:0 / /media/cd ro - iso9660 /dev/sr0 ro\n"


class Machine:
    """A made-up /sys and /proc: a stick with a disc (sr0) and a card (sdb with sdb1)."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._disks = sysfs_tree.plug(root, "1-1", "12d1:1f01") / "1-1:1.0/host4/target4:0:0/4:0:0:0/block"
        for name, numbers in (("sr0", "11:0"), ("sdb", "8:16"), ("sdb/sdb1", "8:17")):
            self._device(self._disks / name, numbers)
        self.process("self", "4026531840")
        self.process("1", "4026531840")

    @staticmethod
    def _device(folder: Path, numbers: str) -> None:
        (folder / "holders").mkdir(parents=True)
        (folder / "dev").write_text(numbers + "\n")

    @property
    def proc(self) -> str:
        return str(self.root / "proc")

    @property
    def stick(self) -> UsbDevice:
        (seen,) = sysfs.scan(str(self.root))
        return seen

    def process(self, number: str, space: str, mountinfo: str = "", comm: str = "sleep") -> Path:
        folder = self.root / "proc" / number
        (folder / "ns").mkdir(parents=True, exist_ok=True)
        (folder / "fd").mkdir(exist_ok=True)
        (folder / "fdinfo").mkdir(exist_ok=True)
        link = folder / "ns" / "mnt"
        link.unlink(missing_ok=True)
        link.symlink_to(f"mnt:[{space}]")
        (folder / "mountinfo").write_text(mountinfo)
        (folder / "comm").write_text(comm + "\n")
        return folder

    def opened(self, process: Path, number: int, path: str, flags: str) -> None:
        (process / "fd" / str(number)).symlink_to(path)
        (process / "fdinfo" / str(number)).write_text(f"pos:\t0\nflags:\t{flags}\nmnt_id:\t1\n")

    def stacked(self, name: str, numbers: str, under: str) -> None:
        folder = self.root / "devices/virtual/block" / name
        self._device(folder, numbers)
        place = self._disks / under if under.startswith("sdb") else self.root / "devices/virtual/block" / under
        (place / "holders" / name).symlink_to(folder)

    def loop(self, name: str, backing: str) -> None:
        folder = self.root / "block" / name / "loop"
        folder.mkdir(parents=True)
        (folder / "backing_file").write_text(backing + "\n")

    def holders(self) -> list[str]:
        return mounts.holders(self.stick, self.proc, str(self.root))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_nothing(machine: Machine) -> None:
    assert machine.holders() == []


def test_a_mount_that_only_a_container_has(machine: Machine) -> None:
    machine.process("77", "4026532999", CARD, "con\x1btainer")
    machine.process("78", "4026532999", CARD)
    assert machine.holders() == ["/dev/sdb1 is mounted at /mnt for con\\x1btainer (77)"]


def test_our_own_mount_is_told_once(machine: Machine) -> None:
    machine.process("self", "4026531840", CARD)
    machine.process("77", "4026532999", CARD)
    assert machine.holders() == ["/dev/sdb1 is mounted at /mnt"]


def test_the_cdrom_of_a_container_is_nothing_to_lose(machine: Machine) -> None:
    machine.process("77", "4026532999", CD)
    assert machine.holders() == []


def test_a_disc_that_may_become_read_only_is_not_yet(machine: Machine) -> None:
    machine.process("self", "4026531840", CD.replace(" ro ", " rw,errors=remount-ro "))
    assert machine.holders() == ["/dev/sr0 is mounted at /media/cd"]


def test_the_disks_of_a_stick_and_where_they_are_mounted(machine: Machine) -> None:
    machine.process("self", "4026531840", CARD)
    machine.process("77", "4026532999", CD + CARD.replace("/mnt", "/other"), "runc")
    assert mounts.disks(machine.stick.path, machine.proc) == (
        Disk("/dev/sdb", ()),
        Disk("/dev/sdb1", ("/mnt", "/other (for runc (77))")),
        Disk("/dev/sr0", ("/media/cd (for runc (77))",)),
    )


def test_a_device_that_is_just_being_taken_down_has_no_disks(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir

    def gone(path: str) -> object:
        if path.endswith("4:0:0:0"):
            raise FileNotFoundError(errno.ENOENT, "No such file or directory", path)
        return scandir(path)

    assert mounts.block_devices(machine.stick.path)
    monkeypatch.setattr(os, "scandir", gone)
    assert mounts.block_devices(machine.stick.path) == {}


def test_only_folders_of_devices_are_looked_into(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir, looked_into = os.scandir, list[str]()
    for name in ("ep_81", "power", "1-1:1.0/ep_01", "1-1:1.0/power"):
        (Path(machine.stick.path) / name).mkdir(exist_ok=True)
    (Path(machine.stick.path) / "link0").symlink_to(machine.root)

    def noted(path: str) -> object:
        looked_into.append(os.path.basename(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", noted)
    assert mounts.block_devices(machine.stick.path)
    assert {"1-1:1.0", "host4", "target4:0:0", "4:0:0:0"} <= set(looked_into)
    assert not {"power", "ep_81", "ep_01", "link0"} & set(looked_into)


@pytest.mark.parametrize(("levels", "found"), [(1, {"8:16": "sdb"}), (7, {"8:16": "sdb"}), (8, {})])
def test_it_is_looked_so_deep_for_disks_and_no_deeper(levels: int, found: dict[str, str], tmp_path: Path) -> None:
    disk = tmp_path.joinpath(*(f"device{level}" for level in range(levels)), "block", "sdb")
    disk.mkdir(parents=True)
    (disk / "dev").write_text("8:16\n")
    assert mounts.block_devices(str(tmp_path)) == found


def test_only_block_devices_that_have_a_number_count(machine: Machine) -> None:
    """The stick itself has a number, too, that of its file in /dev/bus/usb."""
    path = Path(machine.stick.path)
    (path / "dev").write_text("189:5\n")
    next(path.rglob("sr0/dev")).write_text("\n")
    assert mounts.block_devices(str(path)) == {"8:16": "sdb", "8:17": "sdb1"}


def test_what_is_stacked_on_it(machine: Machine) -> None:
    machine.stacked("dm-0", "253:0", "sdb/sdb1")
    machine.stacked("md127", "9:127", "dm-0")
    assert machine.holders() == ["/dev/dm-0 is stacked on it", "/dev/md127 is stacked on it"]
    machine.process("self", "4026531840", "40 1 253:0 / /secret rw - ext4 /dev/mapper/secret rw\n")
    assert machine.holders()[0] == "/dev/dm-0 is mounted at /secret"


def test_a_stack_is_followed_for_eight_devices(machine: Machine) -> None:
    under = "sdb/sdb1"
    for number in range(9):
        machine.stacked(f"dm-{number}", f"253:{number}", under)
        under = f"dm-{number}"
    assert machine.holders() == [f"/dev/dm-{number} is stacked on it" for number in range(7)]


def test_stacks_that_go_in_circles_end(machine: Machine) -> None:
    machine.stacked("dm-0", "253:0", "sdb/sdb1")
    machine.stacked("dm-1", "253:1", "dm-0")
    (machine.root / "devices/virtual/block/dm-1/holders/dm-0").symlink_to(machine.root / "devices/virtual/block/dm-0")
    assert machine.holders() == ["/dev/dm-0 is stacked on it", "/dev/dm-1 is stacked on it"]


def test_what_is_taken_down_while_it_is_looked_at_is_not_there(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device on top goes between two looks at its link; what else there is counts all the same."""
    machine.stacked("dm-0", "253:0", "sdb/sdb1")
    machine.stacked("dm-1", "253:1", "sdb/sdb1")
    readlink = os.readlink

    def gone(path: str, **more: int) -> str:
        if str(path).endswith("holders/dm-0"):
            raise FileNotFoundError(errno.ENOENT, "No such file or directory", path)
        return readlink(path, **more)

    monkeypatch.setattr(os, "readlink", gone)
    assert machine.holders() == ["/dev/dm-1 is stacked on it"]


def test_a_loop_over_it(machine: Machine) -> None:
    machine.loop("loop3", "/dev/sdb1")
    machine.loop("loop4", "/home/me/image")
    assert machine.holders() == ["/dev/sdb1 is held by /dev/loop3"]


@pytest.mark.parametrize(
    ("path", "flags", "held"),
    [
        ("/dev/sdb", "0100002", ["/dev/sdb is open for writing by dd (9)"]),
        ("/dev/sdb1", "0100001", ["/dev/sdb1 is open for writing by dd (9)"]),
        ("/dev/sdb", "0100000", []),
        ("/dev/sr0", "0100002", []),
        ("/dev/sda", "0100002", []),
        ("/dev/sdb", "rubbish", []),
    ],
)
def test_open_files(machine: Machine, path: str, flags: str, held: list[str]) -> None:
    """What only reads loses nothing: udev and the desktop look at each disk when it comes."""
    machine.opened(machine.process("9", "4026531840", comm="dd"), 3, path, flags)
    assert machine.holders() == held


def test_an_open_file_without_its_flags_is_not_written_to(machine: Machine) -> None:
    process = machine.process("9", "4026531840", comm="dd")
    machine.opened(process, 3, "/dev/sdb", "0100002")
    (process / "fdinfo" / "3").write_text("pos:\t0\nflags:\n")
    assert machine.holders() == []


def test_so_many_open_files_are_looked_at_and_no_more(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    process = machine.process("9", "4026531840", comm="dd")
    for number in range(3, 6):
        machine.opened(process, number, "/dev/sdb", "0100002")
    for most in (2, 3, 4):
        monkeypatch.setattr(mounts, "MOST_LINKS", most)
        assert len(machine.holders()) == min(most, 3)


def test_a_process_that_ends_while_it_is_looked_at(machine: Machine) -> None:
    folder = machine.process("9", "4026531840")
    (folder / "fd" / "3").symlink_to("/dev/sdb")
    assert machine.holders() == []


# Letting go.


class Libc:
    """The C library's place: notes each umount2(2), and fails it with ``error`` where that is not 0."""

    def __init__(self, error: int = 0) -> None:
        self.done: list[tuple[bytes | None, int]] = []
        self._error = error

    def umount2(self, point: ctypes.c_char_p, flags: int) -> int:
        self.done.append((point.value, flags))
        ctypes.set_errno(self._error)
        return -1 if self._error else 0


def libc(monkeypatch: pytest.MonkeyPatch, error: int = 0) -> Libc:
    found = Libc(error)
    monkeypatch.setattr(ctypes, "CDLL", lambda _name, use_errno: found if use_errno else None)
    return found


MNT_DETACH, UMOUNT_NOFOLLOW = 2, 8
"""Ref: umount2(2), linux/fs.h."""


def test_unmounting_in_order(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = "32 31 8:16 / /mnt/in\\040side rw - ext4 /dev/sdb rw\n"
    machine.process("self", "4026531840", CD + CARD + inner)
    machine.process("77", "4026532999", CARD.replace("/mnt", "/other"))
    done, synced = libc(monkeypatch).done, list[int]()
    monkeypatch.setattr(os, "sync", lambda: synced.append(len(done)))
    assert mounts.unmount(machine.stick, cd_only=True, proc=machine.proc) == []
    assert (done, synced) == ([(b"/media/cd", MNT_DETACH | UMOUNT_NOFOLLOW)], [])
    done.clear()
    assert mounts.unmount(machine.stick, cd_only=False, proc=machine.proc) == []
    assert done == [
        (b"/mnt/in side", UMOUNT_NOFOLLOW),
        (b"/mnt", UMOUNT_NOFOLLOW),
        (b"/media/cd", MNT_DETACH | UMOUNT_NOFOLLOW),
    ]
    assert synced == [0]


def test_what_cannot_be_unmounted_is_told(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.process("self", "4026531840", CD + CARD)
    libc(monkeypatch, errno.EBUSY)
    assert mounts.unmount(machine.stick, cd_only=False, proc=machine.proc) == [
        "/dev/sdb1 is mounted at /mnt: Device or resource busy"
    ]


def test_the_system_call(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sync", lambda: None)
    machine.process("self", "4026531840", CARD.replace("/mnt", "/nonexistent"))
    assert mounts.unmount(machine.stick, cd_only=False, proc=machine.proc) == [
        "/dev/sdb1 is mounted at /nonexistent: No such file or directory"
    ]


def test_a_mounted_card_is_refused_and_says_how() -> None:
    bus = plugged("e3372h,mounted")
    ran = run(bus, "1-1", "ncm")
    assert isinstance(ran.error, Refused)
    assert "--unmount" in ran.error.hint
    assert messages(bus) == []


def test_a_mounted_card_is_unmounted_when_asked() -> None:
    ran = run(plugged("e3372h,mounted"), "1-1", "ncm", unmount=True)
    assert ran.outcome is not None
    assert "unmounted" in ran.told
