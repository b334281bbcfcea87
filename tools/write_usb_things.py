"""Write modeswitch/doctor/usb_things.txt: what USB devices are by their ids, of those that are no modems.

    python -m tools.write_usb_things FOLDER        of the newest kernel of SERIES, of usb.ids and of libmtp's list

A product is what the folder of the driver that names it tells, else what its name in usb.ids says, and ``portable``
where libmtp has it and its name does not.  A vendor is given one thing where most of what is known of it is that, and
``other`` where much is known of it and no modem among it.  All comes from Debian's archive; needs apt-get, dpkg-deb and
the archive's keys.

Ref: the tree of Linux' drivers; http://www.linux-usb.org/usb.ids (GPL-2+ or BSD-3-Clause); 69-libmtp.hwdb (LGPL-2+).
Ids and kinds are facts that are taken, and none of the names.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from modeswitch.doctor.things import MODEM_DRIVERS, thing_said
from modeswitch.doctor.usb_things import PATH, THINGS
from tools.read_kernel_aliases import Archive, aliases_of_module

SERIES = "6.12"
"""That of Debian 13."""

HEAD = """\
# SPDX-License-Identifier: GPL-2.0-only
# SPDX-FileCopyrightText: the authors of Linux' USB drivers, of usb.ids and of libmtp
#
# What USB devices are that are no modems: facts of these packages of Debian's:
{sources}# Made by tools/write_usb_things.py; modeswitch/doctor/usb_things.py reads it.
#
# vendor thing products; * is any other product of a vendor that is known for it
"""

ETHERNET = (
    *("asix", "ax88179_178a", "aqc111", "catc", "ch9200", "cx82310_eth", "dm9601", "kaweth", "lan78xx", "mcs7830"),
    *("pegasus", "r8152", "r8153_ecm", "rtl8150", "smsc75xx", "smsc95xx", "sr9700", "sr9800"),
)
CABLES = (
    *("ftdi_sio", "pl2303", "cp210x", "ch341", "ark3116", "mct_u232", "f81232", "f81534", "mos7720", "mos7840"),
    *("mxuport", "io_edgeport", "io_ti", "keyspan", "keyspan_pda", "quatech2", "ssu100", "spcp8x5", "oti6858"),
    *("belkin_sa", "cypress_m8", "digi_acceleport", "ti_usb_3410_5052", "whiteheat", "xr_serial", "upd78f0730"),
    "kl5kusb105",
)
CAMERAS = ("gspca", "uvc", "pwc", "stkwebcam", "cpia2", "zr364xx", "s2255")
TELEVISION = (
    *("dvb", "em28xx", "siano", "cx231xx", "au0828", "pvrusb2", "tm6000", "ttusb", "hdpvr", "go7007", "as102", "b2c2"),
    *("usbtv", "stk1160"),
)
FOLDERS = (
    ("wifi", r"drivers/net/wireless/"),
    ("bluetooth", r"drivers/bluetooth/"),
    ("ethernet", rf"drivers/net/usb/(?:{'|'.join(ETHERNET)})\."),
    ("camera", rf"drivers/media/usb/(?:{'|'.join(CAMERAS)})"),
    ("television", rf"drivers/media/usb/(?:{'|'.join(TELEVISION)})"),
    ("cable", rf"drivers/usb/serial/(?:{'|'.join(CABLES)})\."),
    ("reader", r"drivers/(?:mfd/rtsx|misc/cardreader)"),
    ("input", r"drivers/(?:input|hid)/"),
    ("sound", r"sound/usb/"),
)
"""Thing → where its drivers are in Linux; what stands first goes first."""
ORDER = [thing for thing, _ in FOLDERS]
NAMING = set(MODEM_DRIVERS) - {"cdc_ether", "rndis_host", "cdc_ncm", "option1"}
"""Drivers whose tables name modems only."""

SHARED = {"0525", "1209", "16c0", "1d50", "1d6b", "0000", "1234", "abcd", "ffff"}
"""Vendors whose ids others use for what they build, and ids that nobody owns: nothing is told of them.

Ref: Linux drivers/usb/gadget/legacy (0525, 1d6b), pid.codes (1209), V-USB (16c0), Openmoko (1d50).
"""

MODEM = re.compile(r"modem|lte\b|\b[345]g\b|wwan|hspa|umts|broadband|gsm|cdma|cellular", re.IGNORECASE)
"""Names in usb.ids that tell that a vendor makes modems, too."""

MOST, MANY, FEW_MODEMS = 2 / 3, 10, 0.05
"""The share of a vendor's known products that are one thing, how many must be known for ``other``, and the share of
modems by name that may be beside one thing: a cable in a housing with a GSM module behind it."""
PORTABLE = re.compile(r"^usb:v(....)p(....)\*$", re.MULTILINE)
"""What libmtp's list says of a device."""

Products = dict[str, dict[str, str]]
"""Vendor → product → something of it, the ids as four digits."""


def of_drivers(lines: Iterable[tuple[str, str]]) -> tuple[Products, dict[str, set[str]]]:
    """What products are, and which are modems (``*`` for all of a vendor), of (module's path, alias)."""
    things: Products = defaultdict(dict)
    modems: dict[str, set[str]] = defaultdict(set)
    for path, alias in lines:
        match = re.match(r"usb:v([0-9A-F]{4})p([0-9A-F]{4}|\*)d", alias)
        if match is None:
            continue
        vendor, product = match[1].lower(), match[2].lower()
        if Path(path).name.partition(".")[0].replace("-", "_") in NAMING:
            modems[vendor].add(product)
        thing = next((thing for thing, folder in FOLDERS if re.match(folder, path)), "")
        if thing and product != "*":
            held = things[vendor].get(product, thing)
            things[vendor][product] = min(held, thing, key=ORDER.index)
    return things, modems


def names_of(text: str) -> Products:
    """The names of products in a usb.ids."""
    names: Products = defaultdict(dict)
    vendor = ""
    for line in text.splitlines():
        match = re.match(r"(\t?)([0-9a-f]{4})  (.*)", line)
        if match and match[1] and vendor:
            names[vendor][match[2]] = match[3]
        elif match and not match[1]:
            vendor = match[2]
        elif line[:1] not in ("\t", "#", ""):
            vendor = ""  # the lists of classes and languages begin
    return names


def pack(things: Products, modems: dict[str, set[str]], names: Products, portable: Products) -> str:
    """The lines of the list."""
    lines = []
    for vendor in sorted({*things, *names, *portable} - SHARED):
        said = {product: _named(name) for product, name in names.get(vendor, {}).items()}
        known = said | portable.get(vendor, {})
        known |= {product: word for product, word in said.items() if word not in ("", "modem")}
        known |= things.get(vendor, {})
        known |= {product: "modem" for product in modems.get(vendor, ()) if product in known}
        usual = "" if modems.get(vendor) else _usual(known)
        of_thing = defaultdict(list)
        for product, thing in sorted(known.items()):
            if thing and thing != usual:
                of_thing[thing].append(product)
        if usual:
            of_thing[usual] = ["*"]
        lines += [f"{vendor} {thing} {','.join(products)}\n" for thing, products in sorted(of_thing.items())]
    return "".join(lines)


def _named(name: str) -> str:
    """The word for what a name in usb.ids says; empty where it does not."""
    word = WORD_OF.get(thing_said(name), "")
    return "modem" if word != "phone" and MODEM.search(name) else word


def portable_of(text: str) -> Products:
    """The products in libmtp's list."""
    found: Products = defaultdict(dict)
    for vendor, product in PORTABLE.findall(text):
        found[vendor.lower()][product.lower()] = "portable"
    return found


def _usual(known: dict[str, str]) -> str:
    """What a vendor is known for."""
    counted = Counter(filter(None, known.values()))
    modems = counted.pop("modem", 0)
    if counted["portable"]:
        counted["portable"] += counted.pop("phone", 0)
    counted += Counter()  # without zeros
    thing, number = counted.most_common(1)[0] if counted else ("", 0)
    if number >= 2 and number >= MOST * counted.total() and modems <= FEW_MODEMS * number and 2 * number >= len(known):
        return thing
    return "other" if len(known) >= MANY and not modems else ""


WORD_OF = {thing: word for word, thing in THINGS.items()}


def read_modules(archive: Archive) -> tuple[str, list[tuple[str, str]]]:
    """The kernel's package, and (path of module, alias) of all its modules."""
    name, version = archive.newest()[SERIES]
    archive.run("apt-get", "download", f"{name}={version}")
    (deb,) = archive.folder.glob(f"{name}_*.deb")
    with tempfile.TemporaryDirectory() as folder:
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE) as archived:
            tar = ["tar", "x", "-C", folder, "--wildcards", "--no-anchored", "*/drivers/*.ko*", "*/sound/usb/*.ko*"]
            subprocess.run(tar, stdin=archived.stdout, check=True)
        found = [
            (path.as_posix().partition("/kernel/")[2], alias)
            for path in sorted(Path(folder).rglob("*.ko*"))
            for alias in aliases_of_module(path)
        ]
    deb.unlink()
    return f"{name} {version}", found


def read_file(archive: Archive, package: str, name: str) -> tuple[str, str]:
    """A package of Debian's with its version, and the text of its file of that name."""
    archive.run("apt-get", "download", package)
    (deb,) = archive.folder.glob(f"{package}_*.deb")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["dpkg-deb", "-x", deb, folder], check=True)
        path = next(path for path in Path(folder).rglob(name) if path.is_file() and not path.is_symlink())
        text = path.read_text("utf-8", errors="replace")
    version = deb.name.split("_")[1]
    deb.unlink()
    return f"{package} {version}", text


def main(words: list[str]) -> int:
    """Write the list of what Debian carries today."""
    folder = Path(words[0])
    folder.mkdir(parents=True, exist_ok=True)
    archive = Archive(folder.resolve() / "apt")
    archive.run("apt-get", "update")
    kernel, aliases = read_modules(archive)
    ids, names = read_file(archive, "usb.ids", "usb.ids")
    libmtp, players = read_file(archive, "libmtp-common", "69-libmtp.hwdb")
    sources = "".join(f"#   {source}\n" for source in (kernel, ids, libmtp))
    body = pack(*of_drivers(aliases), names_of(names), portable_of(players))
    Path(PATH).write_text(HEAD.format(sources=sources) + body, "ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
