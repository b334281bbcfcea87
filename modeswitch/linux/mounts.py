"""What would be lost if a stick left now, and letting go of it: mounts, swap, what is stacked on its disks, open files.

The stick's own CD-ROM, mounted read-only, is nothing to lose; everything else is.

Ref: proc(5), /proc/pid/mountinfo, /proc/swaps, /proc/pid/fdinfo; mount_namespaces(7); umount2(2);
Documentation/ABI/testing/sysfs-block (holders), sysfs-block-loop.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from .. import files
from ..printable import printable
from ..usb.device import Disk, UsbDevice
from ..values import NamedTuple

MOST_LINKS = 200_000
"""How many open files are looked at, of all processes together."""
DEEPEST = 8
"""How many devices may be stacked on each other."""
WRITING = 0o3
"""The bits of a file's flags that say whether it was opened for reading only (0)."""
DETACH, NO_FOLLOW = 0x02, 0x08
"""MNT_DETACH and UMOUNT_NOFOLLOW of umount2(2)."""


class Mount(NamedTuple):
    """A file system of the stick's: block device, mount point (as bytes), whether it is its read-only CD-ROM.

    ``where`` is empty for our own mount namespace, else a process in the one that has it, for a person.
    """

    device: str
    point: bytes
    cd: bool
    where: str = ""

    def __str__(self) -> str:
        shown = printable(self.point.decode("utf-8", "replace"))
        return f"{self.device} is mounted at {shown}" + (f" for {self.where}" if self.where else "")


def block_devices(path: str) -> dict[str, str]:
    """``major:minor`` → name of every block device below a device's folder in sysfs, and of what is stacked on them."""
    found: dict[str, str] = {}
    for folder in _block_folders(path, DEEPEST):
        for disk in files.names(folder):
            _add(f"{folder}/{disk}", found, DEEPEST)
            for part in files.names(f"{folder}/{disk}"):
                if part.startswith(disk):
                    _add(f"{folder}/{disk}/{part}", found, DEEPEST)
    return found


def _block_folders(path: str, depth: int) -> Iterator[str]:
    """The folders ``block`` of a device, in sysfs: ``…/1-1:1.0/host0/target0:0:0/0:0:0:0/block``.

    Devices have a number at the end of their names, and most of the many other folders have none.
    """
    try:
        entries = list(os.scandir(path)) if depth else []
    except OSError:  # it is just being taken down
        return
    for entry in entries:
        if entry.name == "block":
            yield entry.path
        elif entry.name[-1].isdigit() and not entry.name.startswith("ep_") and entry.is_dir(follow_symlinks=False):
            yield from _block_folders(entry.path, depth - 1)


def _add(folder: str, found: dict[str, str], depth: int) -> None:
    """A device's folder in sysfs, and those of what is stacked on it (dm, md)."""
    number = files.text(f"{folder}/dev", 32).strip()
    if not number or number in found or not depth:
        return
    found[number] = os.path.basename(folder)
    for holder in files.names(f"{folder}/holders"):
        try:
            stacked = os.path.realpath(f"{folder}/holders/{holder}", strict=True)
        except OSError:
            continue  # it was taken down meanwhile
        _add(stacked, found, depth - 1)


def _lines(path: str) -> list[list[bytes]]:
    """The words of each line; blanks alone part them, and only the newline ends a line."""
    try:
        with open(path, "rb") as file:
            lines = file.read().replace(b"\t", b" ").split(b"\n")
    except OSError:
        return []
    return [[word for word in line.split(b" ") if word] or [b""] for line in lines]


def _unescaped(path: bytes) -> bytes:
    """A path as it is: the kernel writes blank, tab, newline and backslash as three octal digits."""
    if b"\\" not in path:
        return path
    import re

    return re.sub(rb"\\([0-3][0-7]{2})", lambda match: bytes([int(match[1], 8)]), path)


def mounts(devices: dict[str, str], proc: str = "/proc") -> list[Mount]:
    """Every mount of these devices: in our mount namespace, then those that only others have."""
    if not devices:
        return []
    found = list(_mounted(devices, f"{proc}/self/mountinfo", ""))
    ours = {(mount.device, mount.point) for mount in found}
    for process in _other_namespaces(proc):
        who = f"{_comm(proc, process)} ({process})"
        for mount in _mounted(devices, f"{proc}/{process}/mountinfo", who):
            if (mount.device, mount.point) not in ours:
                found.append(mount)
    return found


def disks(folder: str, proc: str = "/proc") -> tuple[Disk, ...]:
    """The block devices below a folder in sysfs, by name, each with its mount points."""
    devices = block_devices(folder)
    found: dict[str, list[str]] = {f"/dev/{name}": [] for name in sorted(devices.values())}
    for mount in mounts(devices, proc):
        point = mount.point.decode("utf-8", "surrogateescape")
        found[mount.device].append(point + (f" (for {mount.where})" if mount.where else ""))
    return tuple(Disk(device, tuple(points)) for device, points in found.items())


def _mounted(devices: dict[str, str], path: str, where: str) -> Iterator[Mount]:
    names = {f"/dev/{name}" for name in devices.values()}
    for words in _lines(path):
        if len(words) < 10 or b"-" not in words[6:-2]:
            continue
        kind, raw = words[words.index(b"-", 6) + 1 :][:2]
        number, source = words[2].decode("ascii", "replace"), raw.decode("utf-8", "replace")
        if number not in devices and source not in names:  # btrfs mounts under a number of its own
            continue
        device = f"/dev/{devices[number]}" if number in devices else source
        cd = kind in (b"iso9660", b"udf") and b"ro" in words[5].split(b",")
        yield Mount(device, _unescaped(words[4]), cd, where)


def _other_namespaces(proc: str) -> list[str]:
    """One process of each mount namespace but ours, as far as we may look."""
    seen = {files.link(f"{proc}/self/ns/mnt")}
    found = []
    for process in filter(str.isdigit, files.names(proc)):
        space = files.link(f"{proc}/{process}/ns/mnt")
        if space and space not in seen:
            seen.add(space)
            found.append(process)
    return found


def _comm(proc: str, process: str) -> str:
    from . import processes  # only where something is held

    return processes.name(process, proc) or "a process"


def holders(usb_device: UsbDevice, proc: str = "/proc", sys: str = "/sys") -> list[str]:
    """What holds data on the stick, as phrases: ``/dev/sdb1 is mounted at /mnt``, ``/dev/sdb2 is used as swap``."""
    devices = block_devices(usb_device.path) if usb_device.path else {}
    if not devices:
        return []
    names = {f"/dev/{name}" for name in devices.values()}
    found = [str(mount) for mount in mounts(devices, proc) if not mount.cd]
    for words in _lines(f"{proc}/swaps"):
        device = words[0].decode("utf-8", "replace")
        if device in names:
            found.append(f"{device} is used as swap")
    found += [f"/dev/{name} is stacked on it" for name in devices.values() if name.startswith(("dm-", "md"))]
    found += _loops(names, sys)
    return found + list(_writers({name for name in names if not name.startswith("/dev/sr")}, proc))


def _loops(names: set[str], sys: str) -> list[str]:
    """Loop devices whose file is one of these devices."""
    found = []
    for name in files.names(f"{sys}/block"):
        backing = files.text(f"{sys}/block/{name}/loop/backing_file", 4096).rstrip("\n")
        if backing in names:
            found.append(f"{backing} is held by /dev/{printable(name)}")
    return found


def _writers(names: set[str], proc: str) -> Iterator[str]:
    """Processes that have one of these devices open for writing, as far as we may look."""
    left = MOST_LINKS
    for process in filter(str.isdigit, files.names(proc)) if names else ():
        for number in files.names(f"{proc}/{process}/fd"):
            left -= 1
            if left < 0:
                return
            target = files.link(f"{proc}/{process}/fd/{number}")
            if target in names and _is_writing(f"{proc}/{process}/fdinfo/{number}"):
                yield f"{target} is open for writing by {_comm(proc, process)} ({process})"


def _is_writing(path: str) -> bool:
    flags = next((words[1] for words in _lines(path) if words[0] == b"flags:" and len(words) > 1), b"0")
    return bool(flags) and not flags.strip(b"01234567") and int(flags, 8) & WRITING != 0


def unmount(usb_device: UsbDevice, *, cd_only: bool, proc: str = "/proc") -> list[str]:
    """Unmount what is mounted of the stick in our namespace; its CD-ROM lazily, since nothing of it can be lost.

    Everything else is synced first and unmounted only where nobody uses it.  Returns what could not be unmounted, as
    phrases.
    """
    devices = block_devices(usb_device.path) if usb_device.path else {}
    found = [mount for mount in mounts(devices, proc) if not mount.where and (mount.cd or not cd_only)]
    if any(not mount.cd for mount in found):
        os.sync()
    failed = []
    for mount in reversed(found):  # what was mounted last stands on what was mounted before
        problem = _umount(mount.point, DETACH if mount.cd else 0)
        if problem and not mount.cd:
            failed.append(f"{mount}: {problem}")
    return failed


def _umount(point: bytes, flags: int) -> str:
    """umount2(2); what went wrong, or nothing."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.umount2(ctypes.c_char_p(point), flags | NO_FOLLOW) == 0:
        return ""
    return os.strerror(ctypes.get_errno())
