"""What would be lost if a stick left now: file systems and swap on block devices below it.

The stick's own CD-ROM, mounted read-only, is nothing to lose; everything else is.

Ref: proc(5), /proc/pid/mountinfo and /proc/swaps.
"""

from __future__ import annotations

import os

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
        with open(path, encoding="utf-8", errors="replace") as file:
            return [line.split() for line in file]
    except OSError:
        return []


def holders(sighting: Sighting, proc: str = "/proc") -> list[str]:
    """What holds data on the stick, as phrases: ``/dev/sdb1 mounted at /mnt``, ``/dev/sdb2 used as swap``."""
    devices = block_devices(sighting.path) if sighting.path else {}
    if not devices:
        return []
    found = []
    for words in _lines(f"{proc}/self/mountinfo"):
        if len(words) < 10 or words[2] not in devices:
            continue
        kind = words[words.index("-") + 1] if "-" in words else ""
        if kind in ("iso9660", "udf") and "ro" in words[5].split(","):
            continue
        found.append(f"/dev/{devices[words[2]]} is mounted at {words[4]}")
    names = {f"/dev/{name}" for name in devices.values()}
    found += [f"{words[0]} is used as swap" for words in _lines(f"{proc}/swaps") if words and words[0] in names]
    return found
