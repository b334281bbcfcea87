"""Write profiles/imported/ anew, from all entries of usb-modeswitch-data; what a person has written stays.

    python -m tools.draft_profiles DATA profiles --release 20251207

DATA is the package's folder of configuration files (``usb_modeswitch.d``), or its ``configPack.tar.gz``.  Entries whose
id wakes up in a profile of the folder itself, which a person wrote, are left out.  ``imported/`` is this script's own:
one file for each vendor and graph, whose products can be told apart by their ids and strings alone.  To take one over,
move it up and change it.

A family is called by its vendor and its first product, and keeps that name when a later release puts others before it.
"""

from __future__ import annotations

import argparse
import re
import sys
import tarfile
from collections.abc import Container, Iterator
from pathlib import Path

from modeswitch.database.library import IMPORTED
from modeswitch.database.reader import read, read_text
from modeswitch.errors import ProfileError
from modeswitch.importers import files as peer_files
from modeswitch.importers import methods
from modeswitch.importers import toml as text
from modeswitch.importers.usb_modeswitch import Entry
from tools.compile_profiles import EXAMPLE

LICENCE = "GPL-2.0-or-later"
NAMED = re.compile("[0-9a-f]{4}:[0-9a-f]{4}")
"""How the name of a configuration file begins."""
SOURCE = "Drafted by tools/draft_profiles.py from usb-modeswitch-data {} (Josua Dietze, GPL-2.0-or-later)."

VENDORS = {
    0x03F0: ("hp", "HP"),
    0x0408: ("quanta", "Quanta"),
    0x0421: ("nokia", "Nokia"),
    0x046D: ("logitech", "Logitech"),
    0x0471: ("philips", "Philips"),
    0x0482: ("kyocera", "Kyocera"),
    0x04BB: ("io-data", "I-O Data"),
    0x04CC: ("st-ericsson", "ST-Ericsson"),
    0x04E8: ("samsung", "Samsung"),
    0x04FC: ("sunplus", "Sunplus"),
    0x057C: ("avm", "AVM"),
    0x0586: ("zyxel", "ZyXEL"),
    0x05C6: ("qualcomm", "Qualcomm"),
    0x05C7: ("qtronix", "Qtronix"),
    0x0685: ("ze-3g", "ZE-3G"),
    0x072F: ("acs", "Advanced Card Systems"),
    0x07D1: ("d-link", "D-Link"),
    0x0846: ("netgear", "Netgear"),
    0x0922: ("dymo", "Dymo"),
    0x0930: ("toshiba", "Toshiba"),
    0x0ACE: ("zydas", "ZyDAS"),
    0x0AF0: ("option", "Option"),
    0x0B3C: ("olivetti", "Olivetti"),
    0x0BDA: ("realtek", "Realtek"),
    0x0BDB: ("ericsson", "Ericsson"),
    0x0CF3: ("atheros", "Atheros"),
    0x0D46: ("kobil", "Kobil"),
    0x0DF7: ("mobile-action", "Mobile Action"),
    0x0E8D: ("mediatek", "MediaTek"),
    0x0FCA: ("blackberry", "BlackBerry"),
    0x0FCE: ("sony-ericsson", "Sony Ericsson"),
    0x0FD1: ("advinne", "Advinne"),
    0x1004: ("lg", "LG"),
    0x106C: ("utstarcom", "UTStarcom, Pantech"),
    0x1076: ("gct", "GCT"),
    0x109B: ("hisense", "Hisense"),
    0x10A9: ("pantech", "Pantech"),
    0x1199: ("sierra", "Sierra Wireless"),
    0x1266: ("pirelli", "Pirelli"),
    0x12D1: ("huawei", "Huawei"),
    0x1307: ("cisco", "Cisco"),
    0x1410: ("novatel", "Novatel Wireless"),
    0x148E: ("sequans", "Sequans"),
    0x148F: ("ralink", "Ralink"),
    0x15EB: ("via-telecom", "VIA Telecom"),
    0x1614: ("amoi", "Amoi"),
    0x161C: ("kuwfi", "KuWFi"),
    0x16D5: ("anydata", "AnyDATA"),
    0x16D8: ("c-motech", "C-motech"),
    0x1726: ("axesstel", "Axesstel"),
    0x1782: ("spreadtrum", "Spreadtrum"),
    0x198A: ("joa", "JOA Telecom"),
    0x198F: ("beceem", "Beceem"),
    0x19D2: ("zte", "ZTE"),
    0x1A8D: ("bandrich", "BandRich"),
    0x1AB7: ("hummer", "Hummer"),
    0x1B7D: ("epivalley", "EpiValley"),
    0x1BBB: ("alcatel", "Alcatel"),
    0x1C9E: ("longcheer", "Longcheer"),
    0x1D09: ("techfaith", "TechFaith"),
    0x1DA5: ("qisda", "Qisda"),
    0x1DBC: ("wisue", "Wisue"),
    0x1DD6: ("solomon", "Solomon"),
    0x1DE1: ("actions", "Actions Microelectronics"),
    0x1E0E: ("qualcomm-option", "Qualcomm, Option"),
    0x1E89: ("3go", "3GO"),
    0x1EDF: ("airplus", "AirPlus"),
    0x1EE8: ("onda", "Onda"),
    0x1F28: ("cal-comp", "Cal-Comp"),
    0x1FAC: ("franklin", "Franklin Wireless"),
    0x2001: ("d-link", "D-Link"),
    0x2015: ("venus", "Venus"),
    0x201E: ("haier", "Haier"),
    0x2020: ("broadmobi", "BroadMobi"),
    0x2077: ("t-and-w", "T&W"),
    0x20A6: ("intex", "Intex"),
    0x20B9: ("tlaytech", "Tlaytech"),
    0x21F5: ("strongrising", "StrongRising"),
    0x2262: ("viettel", "Viettel"),
    0x22DE: ("wetelecom", "WeTelecom"),
    0x22F4: ("tata", "Tata"),
    0x230D: ("linktop", "Linktop"),
    0x2357: ("tp-link", "TP-Link"),
    0x23A2: ("titan", "Titan"),
    0x257A: ("unknown", "unknown"),
    0x2FD4: ("4g-systems", "4G Systems"),
    0x413C: ("dell", "Dell"),
    0x6000: ("bluelink", "BlueLink"),
    0x8888: ("exiss", "Exiss Mobile"),
    0xED09: ("aiko", "Aiko"),
}
"""idVendor → how files of it are called, and what people call it."""

METHODS = {
    "HuaweiNewMode": "Huawei's command",
    "OptionMode": "REZERO UNIT",
    "HuaweiMode": "SET_FEATURE(DEVICE_REMOTE_WAKEUP)",
    "SierraMode": "the vendor request of Sierra's sticks",
    "StandardEject": "an eject of both LUNs",
    "PantechMode": "a vendor request",
    "Configuration": "SET_CONFIGURATION",
    "MessageContent": "a message of their own",
}
"""Keyword → what a family's sticks are switched by; the first that stands in an entry."""


class Found:
    """A draft, with the file and the keyword that it comes from."""

    def __init__(self, entry: Entry) -> None:
        self.file = Path(entry.file).name
        self.draft = methods.draft(entry)
        self.method = next((METHODS[key] for key in METHODS if key in entry.settings), "requests of their own")


def files(data: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of each configuration file, in the order of their names; Debian's pack has other files, too."""
    if data.is_dir():
        for path in sorted(data.iterdir()):
            if NAMED.match(path.name):
                yield path.name, path.read_bytes()
        return
    with tarfile.open(data) as pack:
        for member in sorted(pack.getmembers(), key=lambda each: each.name):
            content = pack.extractfile(member)
            if content is not None and NAMED.match(Path(member.name).name):
                yield Path(member.name).name, content.read()


def collected(data: Path) -> list[Found]:
    """Every entry, translated; raises the first error."""
    found = []
    for name, content in files(data):
        entries, problems = peer_files.read(content, name)
        if problems:
            raise problems[0]
        found += [Found(entry) for entry in entries]
    return found


def taken(out: Path) -> set[str]:
    """The ids that wake up in a profile that a person wrote."""
    found = [read(read_text(path), str(path)) for path in sorted(out.glob("*.toml")) if path.stem != EXAMPLE]
    return {str(product.usb) for profile in found for product in profile.products if product.wakes}


def called(draft: methods.Draft) -> str:
    """What a family would be called by this product: vendor, id, and the strings that tell it from others of its id."""
    parts = (VENDORS[draft.usb.vendor][0], str(draft.usb), *(said for _, said in draft.match))
    return "-".join(re.sub("[^a-z0-9]+", "-", part.lower()).strip("-") for part in parts)


def named(group: list[Found], used: Container[str]) -> str:
    """The name of a family: the one that is used already and that one of its products gave it, or its first's."""
    names = [called(each.draft) for each in group]
    return next((name for name in names if name in used), names[0])


def about(first: Found) -> str:
    """What a family is, in a line."""
    vendor = VENDORS[first.draft.usb.vendor][1]
    if first.draft.leave_alone:
        return f"{vendor}: modules that are ready as they are; what can be chosen is a configuration."
    return f"{vendor}: switched by {first.method}."


def profiles(found: list[Found], release: str, used: Container[str] = ()) -> dict[str, str]:
    """Name → text of all families, one for each vendor and graph; ``used`` are the names that drafts have already.

    Raises :class:`~modeswitch.errors.ProfileError` where two families would be called the same.
    """
    written: dict[str, str] = {}
    for group in text.families((each, each.draft) for each in found):
        members = [each for each, _ in group]
        name, vendor = named(members, used), VENDORS[members[0].draft.usb.vendor][1]
        if name in written:
            raise ProfileError(f"two families would be called {name}: {members[0].file} is of the second")
        head = text.About(name, vendor, about(members[0]), SOURCE.format(release), LICENCE)
        sources = [f"usb-modeswitch-data {release}, {each.file}" for each in members]
        written[name] = text.profile(head, [each.draft for each in members], sources)
    return written


def main(arguments: list[str]) -> int:
    """Draft."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--release", required=True)
    given = parser.parse_args(arguments)
    folder: Path = given.out / IMPORTED
    folder.mkdir(exist_ok=True)
    present = {path.stem for path in folder.glob("*.toml")}
    try:
        known = taken(given.out)
        found = [each for each in collected(given.data) if str(each.draft.usb) not in known]
        written = profiles(found, given.release, present)
    except ProfileError as error:
        print(error.message, file=sys.stderr)
        return error.status
    for name in sorted(present - set(written)):
        (folder / f"{name}.toml").unlink()
        print(f"removed: {name}")
    for name, content in written.items():
        (folder / f"{name}.toml").write_text(content, "utf-8")
        print(f"written: {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
