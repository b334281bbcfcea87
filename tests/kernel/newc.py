"""Knows the "newc" cpio format that the Linux kernel unpacks as an initramfs.

The archive is written here rather than by cpio(1), so that everything in it belongs to root whoever builds it, and so
that /dev/console can be in it without the right to make device nodes.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_ALIGN = 4
_TRAILER = "TRAILER!!!"


@dataclass(frozen=True)
class Entry:
    """One archive member: its name relative to the root, its mode, its content and, for a device, its number."""

    name: str
    mode: int
    content: bytes = b""
    mtime: int = 0
    device: tuple[int, int] = (0, 0)


CONSOLE = Entry("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))


def write(archive: BinaryIO, root: Path) -> None:
    """Write the tree below `root`, and the console that PID 1 is started on, as one archive."""
    for inode, entry in enumerate(_entries(root), start=1):
        archive.write(_header(entry, inode))
        archive.write(_padded(entry.content))
    archive.write(_header(Entry(_TRAILER, 0), 0))


def _entries(root: Path) -> Iterator[Entry]:
    """Every member in a fixed order, a folder before what is in it."""
    for folder, subfolders, files in os.walk(root):
        subfolders.sort()
        for name in sorted(subfolders + files):
            yield _entry(root, Path(folder, name))
    yield CONSOLE


def _entry(root: Path, path: Path) -> Entry:
    status = path.lstat()
    name = str(path.relative_to(root))
    mtime = int(status.st_mtime)
    if stat.S_ISLNK(status.st_mode):
        return Entry(name, status.st_mode, os.fsencode(path.readlink()), mtime)
    if stat.S_ISREG(status.st_mode):
        return Entry(name, status.st_mode, path.read_bytes(), mtime)
    return Entry(name, status.st_mode, mtime=mtime)


def _header(entry: Entry, inode: int) -> bytes:
    name = os.fsencode(entry.name) + b"\0"
    links = 2 if stat.S_ISDIR(entry.mode) else 1
    size = len(entry.content)
    fields = (inode, entry.mode, 0, 0, links, entry.mtime, size, 0, 0, *entry.device, len(name), 0)
    return _padded(b"070701" + b"".join(b"%08X" % field for field in fields) + name)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % _ALIGN)
