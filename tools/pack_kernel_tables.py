"""Pack what the modem drivers of many kernels bind into modeswitch/linux/kernel_tables.txt.

python -m tools.pack_kernel_tables FOLDER        of the files that tools.read_kernel_aliases wrote there
"""

from __future__ import annotations

import datetime
import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from modeswitch.linux.kernel_tables import PATH

HEAD = """\
# SPDX-License-Identifier: GPL-2.0-only
# SPDX-FileCopyrightText: the authors of Linux' USB drivers
#
# Which interfaces the modem drivers of Linux bind, by kernel: facts of the drivers' tables, read {date}.
# Made by tools/read_kernel_aliases.py and tools/pack_kernel_tables.py; modeswitch/linux/kernel_tables.py reads it.
#
# kernel VERSION SOURCE, numbered from 0; then a line for each set of aliases:
# vendor driver kernels products patterns, a pattern being class, subclass and protocol, or #number of an interface
"""
ALIAS = re.compile(r"alias usb:v(....|\*)p(....|\*)d\*dc\*dsc\*dp\*ic(..|\*)isc(..|\*)ip(..|\*)in(..)?\* (\w+)")

STORAGE = {"usb_storage": "usb-storage", "uas": "uas"}
"""Module → driver, of those whose tables name single disks: only the classes of all disks are kept."""


def ranges(numbers: Iterable[int]) -> str:
    """``0-3,5`` of 0, 1, 2, 3 and 5."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def pack(texts: dict[str, str], date: str) -> str:
    """The packed file; ``texts`` is version → text of its alias file, the oldest first."""
    kernels: dict[tuple[str, str, str, str], set[int]] = defaultdict(set)
    for number, text in enumerate(texts.values()):
        for vendor, product, cls, sub, proto, interface, module in ALIAS.findall(text):
            driver = STORAGE.get(module, module)
            if module in STORAGE and vendor != "*":
                continue  # quirks of single disks
            classes = "".join(part.rjust(2, "*") for part in (cls, sub, proto))
            pattern = classes + (f"#{interface}" if interface else "")
            kernels[vendor.lower(), driver, product.lower(), pattern.lower()].add(number)
    of_product: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    for (vendor, driver, product, pattern), numbers in kernels.items():
        of_product[vendor, driver, ranges(numbers), product].append(pattern)
    lines: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    for (vendor, driver, when, product), patterns in of_product.items():
        lines[vendor, driver, when, ",".join(sorted(patterns))].append(product)
    sources = "".join(f"kernel {version} {text.splitlines()[0][2:]}\n" for version, text in texts.items())
    body = sorted(f"{v} {d} {when} {','.join(sorted(found))} {p}\n" for (v, d, when, p), found in lines.items())
    return HEAD.format(date=date) + sources + "".join(body)


def main(words: list[str]) -> int:
    """Pack the files of a folder."""
    paths = sorted(Path(words[0]).glob("*.alias"), key=lambda path: tuple(map(int, path.stem.split("."))))
    date = datetime.datetime.fromtimestamp(max(path.stat().st_mtime for path in paths), datetime.UTC).date().isoformat()
    Path(PATH).write_text(pack({path.stem: path.read_text("ascii") for path in paths}, date), "ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
