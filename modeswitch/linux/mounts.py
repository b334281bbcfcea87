"""What would be lost if a stick left now: file systems and swap on block devices below it.

The stick's own CD-ROM, mounted read-only, is nothing to lose; everything else is.

Ref: proc(5), /proc/pid/mountinfo and /proc/swaps.
"""

from __future__ import annotations

import os
import re

from ..printable import printable
from ..sighting import Sighting


def block_devices(path: str) -> dict[str, str]:
    """``major:minor`` → name of every block device and partition below a device's folder in sysfs."""
    found = {}
    for folder, _folders, files in os.walk(path):
        if "/block/" in folder and "dev" in files:
            try:
                with open(os.path.join(folder, "dev"), encoding="ascii") as file:
                    found[file.read(32).strip()] = os.path.basename(folder)
            except OSError:
                continue
    return found


def _lines(path: str) -> list[list[str]]:
    try:
        with open(path, encoding="utf-8", errors="replace", newline="\n") as file:
            return [re.split("[ \t]+", line.rstrip("\n")) for line in file]
    except OSError:
        return []


def _unescaped(path: str) -> str:
    """A path as a person writes it: the kernel writes blank, tab, newline and backslash as three octal digits."""
    return printable(re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), path))


def holders(sighting: Sighting, proc: str = "/proc") -> list[str]:
    """What holds data on the stick, as phrases: ``/dev/sdb1 mounted at /mnt``, ``/dev/sdb2 used as swap``."""
    devices = block_devices(sighting.path) if sighting.path else {}
    if not devices:
        return []
    found = []
    names = {f"/dev/{name}" for name in devices.values()}
    for words in _lines(f"{proc}/self/mountinfo"):
        if len(words) < 10 or "-" not in words[6:-2]:
            continue
        kind, source = words[words.index("-", 6) + 1 :][:2]
        if words[2] not in devices and source not in names:  # btrfs mounts under a number of its own
            continue
        if kind in ("iso9660", "udf") and "ro" in words[5].split(","):
            continue
        block = f"/dev/{devices[words[2]]}" if words[2] in devices else source
        found.append(f"{block} is mounted at {_unescaped(words[4])}")
    found += [f"{words[0]} is used as swap" for words in _lines(f"{proc}/swaps") if words and words[0] in names]
    return found
