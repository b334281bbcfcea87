"""What Linux' modem drivers bind, by kernel: the tables of kernels that were read once and are shipped.

They answer for a machine whose own ``modules.alias`` nobody has: by the tables of its version where that was read, and
by when a match came in where it lies between.  A plain switch never loads them.

Ref: kernel_tables.txt, whose first lines name each kernel and its source.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache

from ..errors import ModeswitchError
from ..printable import printable
from ..usb.descriptors import Triple
from ..values import NamedTuple
from .modules import Alias, best, fitting

PATH = os.path.join(os.path.dirname(__file__), "kernel_tables.txt")

Version = tuple[int, ...]
"""Of a kernel: series and patch level, (5, 10, 262); (5, 10) where the last is unknown."""


NEW = 20
"""Up to this patch level a series is taken to have what it began with, and no ids of later ones."""


class Since(NamedTuple):
    """When a match came in: all kernels that were read have it from ``first`` on, ``lacking`` is the last before.

    Stable releases of an older series may have it all the same.
    """

    lacking: Version | None
    first: Version


class KernelTables:
    """What the kernels of the shipped file bind; ``text`` is the file's, a vendor's lines are cut up when asked for.

    Raises :class:`ValueError` for a text without kernels; a line that is none raises :class:`ModeswitchError`.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        heads = [line.split(" ", 2) for line in text.splitlines() if line.startswith("kernel ")]
        self.kernels: tuple[Version, ...] = tuple(parse_version(head[1]) for head in heads if len(head) == 3)
        if len(self.kernels) != len(heads) or not heads or any(len(kernel) != 3 for kernel in self.kernels):
            raise ValueError("it does not name its kernels")
        self.sources = dict(zip(self.kernels, (head[2] for head in heads), strict=True))
        self._found: dict[int, list[tuple[frozenset[int], str, Alias]]] = {}

    @property
    def newest(self) -> Version:
        """The newest kernel that was read."""
        return self.kernels[-1]

    def of(self, kernel: Version) -> KernelTable:
        """The tables of one of :attr:`kernels`, as those of a host."""
        return KernelTable(self, self.kernels.index(kernel))

    def bound(
        self, vendor: int, triple: Triple, product: int | None = None, number: int | None = None
    ) -> tuple[list[str], ...]:
        """The drivers that each of :attr:`kernels` has for an interface, in their order."""
        fits = fitting(triple, product, number)
        ranked = [(kernels, driver, fits(driver, alias)) for kernels, driver, alias in self._of_vendor(vendor)]
        there = [(kernels, driver, rank) for kernels, driver, rank in ranked if rank is not None]
        return tuple(
            best((driver, rank) for kernels, driver, rank in there if place in kernels)
            for place in range(len(self.kernels))
        )

    def naming(self, vendor: int, product: int) -> frozenset[str]:
        """The drivers that name a product in the table of any of :attr:`kernels`, whatever its interfaces."""
        number = f"{product:04X}"
        return frozenset(driver for _, driver, alias in self._of_vendor(vendor) if alias[0] == number)

    def since(
        self, vendor: int, triple: Triple, product: int | None = None, number: int | None = None, driver: str = ""
    ) -> Since | None:
        """When ``driver``, or any driver, got its match for such an interface; None where no kernel has it."""
        having = self._having(vendor, triple, product, number, driver)
        if not having:
            return None
        lacking = [kernel for kernel in self.kernels if kernel not in having]
        if lacking and lacking[-1] == self.newest:
            lacking = [kernel for kernel in lacking if kernel < having[0]]
        last = lacking[-1] if lacking else None
        return Since(last, next(kernel for kernel in having if last is None or kernel > last))

    def has(
        self,
        version: Version,
        vendor: int,
        triple: Triple,
        product: int | None = None,
        number: int | None = None,
        driver: str = "",
    ) -> bool | None:
        """Has a kernel of that version the match?  None where it came in somewhere between what was read.

        Stable releases of a series (5.4) get new ids and lose none; a later series begins with what an earlier one
        began with.  A version without a patch level, (5, 4), is any of its series.
        """
        having = self._having(vendor, triple, product, number, driver)
        series, patch = version[:2], version[2] if len(version) > 2 else None
        own = [kernel for kernel in self.kernels if kernel[:2] == series]
        if not having or version < self.kernels[0] or (patch is None and own and not set(own) & set(having)):
            return None if having[:1] == self.kernels[:1] else False
        if patch is not None and any(kernel not in having and kernel >= version for kernel in own):
            return False
        earlier = [kernel for kernel in having if kernel[:2] < series and kernel[2] <= NEW]
        in_series = [kernel for kernel in having if kernel in own and kernel[2] <= (NEW if patch is None else patch)]
        if earlier or in_series:
            return True
        lacked = any(kernel not in having for kernel in self.kernels if kernel[:2] > series)
        return False if not own and lacked and patch is not None and patch <= NEW else None

    def _having(
        self, vendor: int, triple: Triple, product: int | None, number: int | None, driver: str
    ) -> tuple[Version, ...]:
        found = self.bound(vendor, triple, product, number)
        return tuple(
            kernel
            for kernel, drivers in zip(self.kernels, found, strict=True)
            if (driver in drivers if driver else drivers)
        )

    def _of_vendor(self, vendor: int) -> list[tuple[frozenset[int], str, Alias]]:
        if vendor not in self._found:
            lines = self._lines(f"\n{vendor:04x} ") + self._lines("\n* ")
            try:
                self._found[vendor] = [entry for line in lines for entry in _entries(line, len(self.kernels))]
            except ValueError as error:
                raise _damaged(error) from error
        return self._found[vendor]

    def _lines(self, start: str) -> list[str]:
        found, at = [], self._text.find(start)
        while at >= 0:
            end = self._text.find("\n", at + 1)
            found.append(self._text[at + 1 : end])
            at = self._text.find(start, end)
        return found


class KernelTable:
    """What one kernel that was read binds, asked as a host's own index is."""

    def __init__(self, tables: KernelTables, place: int) -> None:
        self._tables, self._place = tables, place

    def binding(self, vendor: int, triple: Triple, product: int | None = None, number: int | None = None) -> list[str]:
        """The drivers that bind such an interface, each once; perhaps none."""
        return self._tables.bound(vendor, triple, product, number)[self._place]

    def can_drive(self, vendor: int, triple: Triple, product: int | None = None, number: int | None = None) -> bool:
        """Can this kernel drive such an interface?"""
        return bool(self.binding(vendor, triple, product, number))


def _entries(line: str, count: int) -> list[tuple[frozenset[int], str, Alias]]:
    """The aliases of a line of the file, each with the places of the kernels that have it, of so many kernels."""
    _, driver, when, products, patterns = line.upper().split(" ")
    kernels: set[int] = set()
    for run in when.split(","):
        first, _, last = run.partition("-")
        kernels.update(range(count)[int(first) : int(last or first) + 1])
    frozen = frozenset(kernels)
    return [
        (frozen, driver.lower(), (product, *_cut(pattern)))
        for product in products.split(",")
        for pattern in patterns.split(",")
    ]


def _cut(pattern: str) -> tuple[str, str, str, str]:
    """Class, subclass, protocol and number of ``FF0212``, ``******#04``; ``*`` where any will do."""
    classes, _, number = pattern.partition("#")
    cls, sub, proto = (part.replace("**", "*") for part in (classes[:2], classes[2:4], classes[4:6]))
    return cls, sub, proto, number or "*"


@lru_cache(1)
def shipped() -> KernelTables:
    """The tables that are shipped.  Raises :class:`ModeswitchError` where the installation lacks them."""
    try:
        with open(PATH, encoding="ascii") as file:
            return KernelTables(file.read())
    except (OSError, ValueError) as error:
        raise _damaged(error) from error


def _damaged(error: Exception) -> ModeswitchError:
    words = f"{PATH}: {printable(str(error))}"
    return ModeswitchError(words, hint="The installation is damaged: install it again.")


def parse_version(text: str) -> Version:
    """The numbers that a kernel's version begins with: (3, 10, 108); empty where it begins with none.

    ``5.10.0-30-amd64`` is (5, 10): distributions write a 0 there whatever the patch level is.
    """
    match = re.match(r"(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3})(-\d)?)?", text)
    if match is None:
        return ()
    major, minor, patch, build = match.groups()
    hides_patch = patch is None or (patch == "0" and build)
    return (int(major), int(minor)) if hides_patch else (int(major), int(minor), int(patch))
