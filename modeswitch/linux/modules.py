"""Which kernel drivers of a host bind an interface: from the host's own module index.

Ref: modules.alias and modules.builtin.modinfo as depmod and the kernel's build write them (modules.dep(5), kbuild);
Linux Documentation/driver-api/usb/hotplug.rst and file2alias.c for the form of a usb alias.  Where a host has no index
(OpenWrt has none), what its loaded drivers bind is taken from :data:`KNOWN`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from .. import files
from ..errors import UsageError
from ..usb.descriptors import Triple

LARGEST = 16 * 1024 * 1024
"""No index is larger, in bytes; Debian 12's is 1.2 MB."""

KNOWN: dict[str, tuple[str, ...]] = {
    "huawei_cdc_ncm": tuple(f"12d1 ff/{pair}" for pair in ("02/16", "02/46", "02/76", "03/16")),
    "cdc_ncm": ("* 02/0d/00",),
    "cdc_mbim": ("* 02/0e/00",),
    "cdc_ether": ("* 02/06/00", "12d1 02/06/ff"),
    "rndis_host": ("* e0/01/03", "* 02/02/ff"),
    "qmi_wwan": tuple(f"12d1 ff/01/{code}" for code in ("07", "09", "11", "37", "39", "67", "69")),
    "usb-storage": ("* 08/06/50",),
}
"""Driver → vendor and class triple that it binds, for drivers that a host has and whose aliases it cannot tell.

Ref: Linux 6.1.192 (2026), tests/captures/29_kernel_6.1_huawei_bindings.txt."""


DECLINED = {("cdc_mbim", "02/0d/00")}
"""Aliases that a driver has and whose interfaces it then declines: cdc_mbim takes an NCM interface only where one of
its alternate settings is MBIM.  Ref: Linux drivers/net/usb/cdc_mbim.c, cdc_ncm.c cdc_ncm_comm_intf_is_mbim()."""


class DriverIndex:
    """What the drivers of one host bind.

    ``index`` is the text of its module index, None where it has none; ``loaded`` are the drivers that are there all the
    same.  Without an index nobody can say that a driver is *not* to be had.
    """

    def __init__(self, index: bytes | None, loaded: Iterable[str] = ()) -> None:
        self._index = index
        self._loaded = tuple(loaded)
        self._found: dict[int, list[tuple[str, str]]] = {}

    def binding(self, vendor: int, triple: Triple) -> list[str]:
        """The drivers that bind an interface of that class of any device of that vendor, each once; perhaps none."""
        if vendor not in self._found:
            self._found[vendor] = [*_indexed(self._index or b"", vendor), *self._of_loaded()]
        wanted = (f"{triple.cls:02X}", f"{triple.sub:02X}", f"{triple.proto:02X}")
        found = dict.fromkeys(driver for driver, alias in self._found[vendor] if _fits(alias, vendor, wanted))
        return [driver for driver in found if (driver, str(triple)) not in DECLINED]

    def can_drive(self, vendor: int, triple: Triple) -> bool | None:
        """Can this host drive such an interface?  None where it is unknown."""
        if self.binding(vendor, triple):
            return True
        return False if self._index is not None else None

    def _of_loaded(self) -> Iterator[tuple[str, str]]:
        """The aliases of loaded drivers that the index does not mention, from the table."""
        for name in self._loaded:
            mentioned = self._index is not None and name.replace("-", "_").encode() in self._index
            yield from ((name, alias) for alias in ([] if mentioned else _known(name)))


def _fits(alias: str, vendor: int, wanted: tuple[str, ...]) -> bool:
    """Does an alias mean this vendor and class, whatever the product?

    ``usb:v12D1p*d*dc*dsc*dp*icFFisc02ip16in*``: what names a product, or no class, does not.  It is cut up by
    hand, since to compile a regular expression for it would take a tenth of the time to the first byte.
    """
    device, _, interface = alias.partition("ic")
    cls, _, rest = interface.partition("isc")
    sub, _, rest = rest.partition("ip")
    proto, inside, _ = rest.partition("in")
    if not device.startswith((f"usb:v{vendor:04X}p*d", "usb:v*p*d")) or cls == "*" or not inside:
        return False
    return all(part in ("*", want) for want, part in zip(wanted, (cls, sub, proto), strict=True))


def _indexed(index: bytes, vendor: int) -> list[tuple[str, str]]:
    """(driver, alias) of every usb alias for that vendor, or for all; a megabyte is searched in some milliseconds."""
    pairs: list[list[bytes]] = []
    for usb in (b"usb:v%04Xp" % vendor, b"usb:v*p"):
        at = index.find(usb)
        while at >= 0:
            if index.endswith(b"alias ", 0, at):
                line = index[at : _end(index, b"\n", at)]
                pairs += [line.split()[::-1]] if line.count(b" ") == 1 else []
            elif index.endswith(b".alias=", 0, at):
                record = index[index.rfind(b"\0", 0, at) + 1 : _end(index, b"\0", at)].split(b".alias=")
                pairs += [record] if len(record) == 2 else []
            at = index.find(usb, at + 1)
    return [
        (pair[0].decode("ascii", "replace"), pair[1].decode("ascii", "replace")) for pair in pairs if len(pair) == 2
    ]


def _end(text: bytes, mark: bytes, at: int) -> int:
    """Where the next mark is, else the end of the text."""
    found = text.find(mark, at)
    return found if found >= 0 else len(text)


def of_this_host(sys: str = "/sys", modules: str = "/lib/modules") -> DriverIndex:
    """The drivers of the machine we run on: its index, and what is built in or loaded."""
    loaded = files.names(os.path.join(sys, "bus/usb/drivers"))
    return DriverIndex(_texts(os.path.join(modules, os.uname().release)), loaded)


def of_folder(folder: str) -> DriverIndex:
    """The drivers of another machine: a copy of its ``/lib/modules/VERSION``.

    Raises :class:`UsageError` where no index is in it.
    """
    index = _texts(folder)
    if index is None:
        raise UsageError(
            f"no modules.alias or modules.builtin.modinfo in {folder!r}",
            hint="Give the folder of one kernel: /lib/modules/6.1.0-31-amd64, or a copy of it.",
        )
    return DriverIndex(index)


def _texts(folder: str) -> bytes | None:
    """modules.alias and modules.builtin.modinfo in one; None where there is neither."""
    texts = [_read(os.path.join(folder, name)) for name in ("modules.alias", "modules.builtin.modinfo")]
    there = [text for text in texts if text is not None]
    return b"\n\0".join(there) if there else None


def _read(path: str) -> bytes | None:
    try:
        return files.read_start(path, LARGEST)
    except OSError:
        return None


def _known(name: str) -> list[str]:
    """The aliases of a driver of the table, as an index would have them."""
    made = []
    for text in KNOWN.get(name, ()):
        vendor, triple = text.split()
        cls, sub, proto = triple.upper().split("/")
        made.append(f"usb:v{vendor.upper()}p*d*dc*dsc*dp*ic{cls}isc{sub}ip{proto}in*")
    return made
