"""Which kernel drivers of a host bind an interface: from the host's own module index.

Ref: modules.alias and modules.builtin.modinfo as depmod and the kernel's build write them (modules.dep(5), kbuild);
Linux Documentation/driver-api/usb/hotplug.rst and file2alias.c for the form of a usb alias.  Where a host has no index
(OpenWrt has none), what its loaded drivers bind is taken from :data:`KNOWN`.
"""

from __future__ import annotations

import os
from _thread import allocate_lock
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from .. import files
from ..errors import UsageError
from ..usb.descriptors import Triple

LARGEST = 16 * 1024 * 1024
"""No index is larger, in bytes; Debian 12's is 1.2 MB."""
MOST_KNOWN, MOST_VENDORS = 1000, 8
"""So many answers are kept, and the aliases for so many vendors."""
LONGEST, MOST_ALIASES = 1024, 20_000
"""How long a line may be, in bytes, and how many are for one vendor: Debian 12's has some 200 for 12d1."""

KNOWN: dict[str, tuple[str, ...]] = {
    "huawei_cdc_ncm": tuple(f"12d1 ff/{pair}" for pair in ("02/16", "02/46", "02/76", "03/16")),
    "cdc_ncm": ("* 02/0d/00",),
    "cdc_mbim": ("* 02/0e/00",),
    "cdc_ether": ("* 02/06/00", "12d1 02/06/ff"),
    "rndis_host": ("* e0/01/03", "* ef/04/01", "* ef/01/01", "* 02/02/ff"),
    "cdc_acm": tuple(f"* 02/02/{protocol:02x}" for protocol in range(7)),
    "option": tuple(f"12d1:{product} 02/02/ff" for product in ("1c05", "1c1f", "1c23", "1441", "1442")),
    "qmi_wwan": tuple(f"12d1 ff/01/{code}" for code in ("07", "09", "11", "37", "39", "67", "69")),
    "usb-storage": ("* 08/06/50",),
    "uas": ("* 08/06/62",),
}
"""Driver → vendor, perhaps product, and class triple that it binds, for drivers that a host has and whose aliases it
cannot tell: what a switch must know.  All that drivers bind is in :mod:`.kernel_tables`.

Ref: Linux 6.1.192 (2026), tests/captures/29_kernel_6.1_huawei_bindings.txt; kernel_tables.txt."""

Alias = tuple[str, str, str, str, str]
"""What an alias asks for besides the vendor: product, class, subclass, protocol and number of the interface, as upper
case hexadecimals; ``*`` where any will do."""

DECLINED = {("cdc_mbim", "02/0d/00"), ("uas", "08/06/50"), ("cdc_ether", "14AC#01")}
"""Aliases that a driver has and whose interfaces it then declines: cdc_mbim takes an NCM interface only where one of
its alternate settings is MBIM, uas a disk only where one is UAS, cdc_ether leaves interface 1 of 12d1:14ac to qmi_wwan.

Ref: Linux drivers/net/usb/cdc_mbim.c, cdc_ncm.c cdc_ncm_comm_intf_is_mbim(), cdc_ether.c; usb/storage/uas-detect.h."""


class ModuleIndex:
    """The text of a host's module index, cut up once for each vendor; threads share it."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._cut: dict[int, list[tuple[bytes, bytes]]] = {}
        self._cutting = allocate_lock()

    def aliases(self, vendor: int) -> list[tuple[bytes, bytes]]:
        """(driver, alias) of every usb alias for that vendor, or for all; a megabyte is searched in a millisecond."""
        with self._cutting:  # the second thread waits for what the first finds
            if vendor not in self._cut:
                if len(self._cut) >= MOST_VENDORS:
                    self._cut.clear()
                self._cut[vendor] = _cut_up(self._text, vendor)
            return self._cut[vendor]

    def mentions(self, driver: str) -> bool:
        """Is the driver's name in it?"""
        return driver.replace("-", "_").encode() in self._text


class DriverIndex:
    """What the drivers of one host bind.

    ``index`` is its module index, or the text of that; None where it has none.  ``loaded`` are the drivers that are
    there all the same.  Without an index nobody can say that a driver is *not* to be had.
    """

    def __init__(self, index: ModuleIndex | bytes | None, loaded: Iterable[str] = ()) -> None:
        self._index = ModuleIndex(index) if isinstance(index, bytes) else index
        self._loaded = tuple(loaded)
        self._aliases: dict[int, list[tuple[bytes, bytes]]] = {}
        self._known: dict[tuple[int, Triple, int | None, int | None], list[str]] = {}

    def binding(self, vendor: int, triple: Triple, product: int | None = None, number: int | None = None) -> list[str]:
        """The drivers that bind such an interface of that vendor, each once, as :func:`binding` says."""
        wanted = (vendor, triple, product, number)
        if wanted not in self._known:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[wanted] = binding(self._fitting(vendor, triple), triple, product, number)
        return list(self._known[wanted])

    def _fitting(self, vendor: int, triple: Triple) -> Iterator[tuple[str, Alias]]:
        """The aliases for that vendor whose class such an interface fits, and their drivers."""
        if vendor not in self._aliases:
            indexed = self._index.aliases(vendor) if self._index is not None else []
            self._aliases[vendor] = [*indexed, *self._of_loaded()]
        classes = _classes(triple)
        for driver, alias in self._aliases[vendor]:
            if alias[alias.find(b"ic") : alias.rfind(b"in")] in classes:
                cut = _cut(alias.decode("ascii", "replace"), vendor)
                if cut is not None:
                    yield driver.decode("ascii", "replace"), cut

    def can_drive(
        self, vendor: int, triple: Triple, product: int | None = None, number: int | None = None
    ) -> bool | None:
        """Can this host drive such an interface?  None where it is unknown."""
        if self.binding(vendor, triple, product, number):
            return True
        return False if self._index is not None else None

    def _of_loaded(self) -> Iterator[tuple[bytes, bytes]]:
        """The aliases of loaded drivers that the index does not mention, from the table."""
        for name in self._loaded:
            known = _known(name)
            if known and (self._index is None or not self._index.mentions(name)):
                yield from ((name.encode(), alias.encode()) for alias in known)


def binding(
    pairs: Iterable[tuple[str, Alias]], triple: Triple, product: int | None = None, number: int | None = None
) -> list[str]:
    """The drivers whose aliases, all of one vendor, an interface fits, each once.

    What names the number of the interface goes before what names the product, and that before a class alone: a driver
    leaves to another what that one has by number or product.  Where ``product`` or ``number`` is None, what names one
    is passed over.  Ref: Linux drivers/usb/serial/option.c (RSVD), drivers/net/usb/qmi_wwan.c (QMI_FIXED_INTF).
    """
    fits = fitting(triple, product, number)
    return best((driver, fits(driver, alias)) for driver, alias in pairs)


def best(ranked: Iterable[tuple[str, int | None]]) -> list[str]:
    """The drivers that fit best by :func:`fitting`, each once; perhaps none."""
    there = [(driver, rank) for driver, rank in ranked if rank is not None]
    least = min((rank for _, rank in there), default=0)
    return list(dict.fromkeys(driver for driver, rank in there if rank == least))


def fitting(triple: Triple, product: int | None, number: int | None) -> Callable[[str, Alias], int | None]:
    """What tells how well an alias of a driver fits an interface: 0 by number, 1 by product, 2 by class, None not.

    An alias of a product without a class is for vendor-specific interfaces, unless it names the number: the drivers
    that have such decline all others.  Ref: Linux option.c option_probe(), qcserial.c qcprobe().
    """
    wanted = (f"{triple.cls:02X}", f"{triple.sub:02X}", f"{triple.proto:02X}")
    products = ("*", "" if product is None else f"{product:04X}")
    numbers = ("*", "" if number is None else f"{number:02X}")
    written = str(triple)

    def rank(driver: str, alias: Alias) -> int | None:
        of_product, cls, sub, proto, of_number = alias
        if of_product not in products or of_number not in numbers:
            return None
        if cls not in ("*", wanted[0]) or sub not in ("*", wanted[1]) or proto not in ("*", wanted[2]):
            return None
        if cls == "*" and (of_product == "*" or (of_number == "*" and triple.cls != 0xFF)):
            return None
        if (driver, written) in DECLINED or (driver, f"{of_product}#{of_number}") in DECLINED:
            return None
        return 0 if of_number != "*" else 1 if of_product != "*" else 2

    return rank


def _cut(alias: str, vendor: int) -> Alias | None:
    """What an alias asks for, None where it is for another vendor, or for a release of a device only.

    ``usb:v12D1p*d*dc*dsc*dp*icFFisc02ip16in*`` is cut up by hand, since to compile a regular expression for it would
    take a tenth of the time to the first byte.
    """
    device, _, interface = alias.partition("ic")
    cls, _, rest = interface.partition("isc")
    sub, _, rest = rest.partition("ip")
    proto, inside, number = rest.partition("in")
    makers, _, rest = device.partition("p")
    product, _, release = rest.partition("d")
    if makers not in (f"usb:v{vendor:04X}", "usb:v*") or not release.startswith("*") or not inside:
        return None
    return product, cls, sub, proto, number.rstrip("*") or "*"


def _classes(triple: Triple) -> set[bytes]:
    """What the middle of an alias can be that an interface of that class fits: ``icFFisc02ip16``, with ``*`` for any.

    A few of hundreds for one vendor fit, and only these are looked at in full.
    """
    ways = [(b"%02X" % number, b"*") for number in triple]
    return {b"ic%sisc%sip%s" % (cls, sub, proto) for cls in ways[0] for sub in ways[1] for proto in ways[2]}


def _cut_up(index: bytes, vendor: int) -> list[tuple[bytes, bytes]]:
    pairs: list[tuple[bytes, bytes]] = []
    for usb in (b"usb:v%04Xp" % vendor, b"usb:v*p"):
        before, *found = index.split(usb, MOST_ALIASES)
        first = True
        for rest in found:
            if before.endswith(b"alias "):
                alias, _, driver = _start(rest, b"\n").partition(b" ")
                pairs.append((driver, usb + alias))
            elif before.endswith(b".alias=") and (first or b"\0" in before):
                record = before[-LONGEST:].rpartition(b"\0")[2]
                pairs.append((record.removesuffix(b".alias="), usb + _start(rest, b"\0")))
            before, first = rest, False
    return [pair for pair in pairs if pair[0] and b" " not in pair[0] and b".alias=" not in pair[0]]


def _start(text: bytes, mark: bytes) -> bytes:
    """What stands before the next mark, at most a line."""
    end = text.find(mark, 0, LONGEST)
    return text[: end if end >= 0 else LONGEST]


def of_this_host(sys: str = "/sys", modules: str = "/lib/modules") -> DriverIndex:
    """The drivers of the machine we run on: its index, and what is built in or loaded."""
    loaded = files.names(os.path.join(sys, "bus/usb/drivers"))
    return DriverIndex(_index_in(os.path.join(modules, os.uname().release)), loaded)


def of_folder(folder: str) -> DriverIndex:
    """The drivers of another machine: a copy of its ``/lib/modules/VERSION``.

    Raises :class:`UsageError` where no index is in it.
    """
    index = _index_in(folder)
    if index is None:
        raise UsageError(
            f"no modules.alias or modules.builtin.modinfo in {folder!r}",
            hint="Give the folder of one kernel: /lib/modules/6.1.0-31-amd64, or a copy of it.",
        )
    return DriverIndex(index)


def _index_in(folder: str) -> ModuleIndex | None:
    """modules.alias and modules.builtin.modinfo in one; None where there is neither."""
    paths = tuple(os.path.join(folder, name) for name in ("modules.alias", "modules.builtin.modinfo"))
    return _read(paths, tuple(map(_stamp, paths)))


def _stamp(path: str) -> tuple[int, int, int] | None:
    """What is another one once the file is; None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_ctime_ns, found.st_size


@lru_cache(maxsize=2)
def _read(paths: tuple[str, ...], _stamps: tuple[tuple[int, int, int] | None, ...]) -> ModuleIndex | None:
    """The files in one, read again only where one of them has changed: each port's thread asks for itself."""
    there = []
    for path in paths:
        try:
            there.append(files.read_start(path, LARGEST))
        except OSError:
            continue
    return ModuleIndex(b"\n\0".join(there)) if there else None


def _known(name: str) -> list[str]:
    """The aliases of a driver of the table, as an index would have them."""
    made = []
    for text in KNOWN.get(name, ()):
        device, triple = text.upper().split()
        vendor, _, product = device.partition(":")
        cls, sub, proto = triple.split("/")
        made.append(f"usb:v{vendor}p{product or '*'}d*dc*dsc*dp*ic{cls}isc{sub}ip{proto}in*")
    return made
