"""usb-modeswitch-data as Debian installs it: a small reader of its own, and what a stick must be like for an entry.

Nothing of ours is asked here: what an entry puts on the wire last is worked out from its text and from what
usb_modeswitch documents.

Ref: usb_modeswitch 2.6.1, device_reference.txt (the keys), usb_modeswitch_dispatcher (names, match suffixes).
"""

from __future__ import annotations

import re
import tarfile
from functools import cache
from typing import NamedTuple

PACK = "/usr/share/usb_modeswitch/configPack.tar.gz"

STORAGE, VENDOR, HID = (0x08, 0x06, 0x50), (0xFF, 0xFF, 0xFF), (0x03, 0x00, 0x00)

EJECT = "5553424397654321000000000000061b000000020000000000000000000000"
LAST_EJECT = EJECT[:26] + "01" + EJECT[28:]
"""START STOP UNIT with LoEj, the second and fourth of StandardEject's commands: LUN 0, LUN 1."""

LAST: dict[str, str] = {
    "HuaweiMode": "control 00 03 0001 0000 ",
    "SierraMode": "control 40 0b 0001 0000 ",
    "SequansMode": "control 40 0b 0002 0000 ",
    "QisdaMode": "control 40 04 0000 0000 058c0408a0ee20005c01040898cdeabf",
    "QuantaMode": "control c0 ff 0000 0000 in 0",
    "GCTMode": "control a1 fe 0000 0000 in 1",
    "KobilMode": "control c0 88 0000 0000 in 8",
    "BlackberryMode": "control c0 a9 000e 0000 in 2",
    "PantechMode": "control 40 70 000{n} 0000 ",
    "SonyMode": "control c0 11 0002 0000 in 3",
    "HuaweiNewMode": "out {out} 55534243123456780000000000000011062000000101000100000000000000",
    "HuaweiAltMode": "out {out} 55534243123456780000000000000011063000000000010000000000000000",
    "OptionMode": "out {out} 55534243123456780000000000000601000000000000000000000000000000",
    "CiscoMode": "out {out} 55534243d84c04820000000000000afd000110732400000000000000000000",
    "MobileActionMode": "out 02 3207fef029b93af0",
}
"""Mode → its last transfer, as the stick's record has it (tags do not matter)."""

ATTRIBUTES = {"uMa": "manufacturer", "uPr": "name", "uSe": "serial", "sVe": "vendor", "sMo": "model", "sRe": "rev"}


class Entry(NamedTuple):
    """One file of the package: its name, its ids, which strings it asks for, its keys, its text."""

    name: str
    vendor: int
    product: int
    strings: dict[str, str]
    keys: dict[str, str]
    text: str

    @property
    def usb(self) -> str:
        """``12d1:1f01``."""
        return f"{self.vendor:04x}:{self.product:04x}"

    def number(self, key: str, default: int = 0) -> int:
        """A number that an entry writes in hexadecimal."""
        return int(self.keys.get(key, f"{default:x}"), 16)

    def on(self, key: str) -> bool:
        """Is a mode asked for?"""
        return self.keys.get(key, "0")[:1].lower() in ("1", "y", "t")

    @property
    def dummy(self) -> bool:
        """``Configuration=0``: the dispatcher then does nothing at all."""
        return self.keys.get("Configuration") == "0"

    @property
    def out(self) -> int:
        """The endpoint that its messages go to."""
        return 0x02 if self.on("MobileActionMode") else self.number("MessageEndpoint", 0x01)

    @property
    def targets(self) -> list[tuple[int, int]]:
        """What the package says the device may come back as; perhaps nothing."""
        listed = self.keys.get("TargetProductList", "").split(",")
        products = [int(text, 16) for text in listed if text] or [self.number("TargetProduct")]
        return [(self.number("TargetVendor"), product) for product in products if "TargetVendor" in self.keys]

    @property
    def messages(self) -> list[str]:
        """The messages it has of its own, in order."""
        found = [self.keys.get(f"MessageContent{number}", "") for number in ("", "2", "3")]
        return [message.lower() for message in found if message]

    @property
    def last(self) -> str:
        """The last transfer of its way, as the stick's record has it; empty where it has none."""
        if "Configuration" in self.keys:
            return f"set configuration {int(self.keys['Configuration'], 16)}"
        out = f"{self.out:02x}"
        if self.on("StandardEject"):
            return f"out {out} {(self.messages or [LAST_EJECT])[0]}"
        if self.messages:
            return f"out {out} {self.messages[-1]}"
        return self.mode

    @property
    def mode(self) -> str:
        """The last transfer of its special mode, or nothing."""
        found = next((form for key, form in LAST.items() if self.keys.get(key, "0") != "0"), "")
        return found.format(out=f"{self.out:02x}", n=self.keys.get("PantechMode", ""))


def _keys(text: str) -> dict[str, str]:
    pairs = re.findall(r"^[ \t]*(\w+)[ \t]*=[ \t]*(.*?)[ \t]*$", text, re.MULTILINE)
    return {key: value.strip('"').removeprefix("0x") for key, value in pairs}


def parse(name: str, text: str) -> Entry:
    """One entry.  PantechMode 1 leaves the choice to the dispatcher, which makes it 4 where there is a driver."""
    ids, *rest = re.split(r":(?=[us][A-Z][a-z]=)", name)
    vendor, product = (int(part, 16) for part in ids.split(":"))
    text = text.replace("PantechMode=1", "PantechMode=4")
    strings = {ATTRIBUTES[key]: value.replace("_", " ") for key, value in (one.split("=", 1) for one in rest)}
    return Entry(name, vendor, product, strings, _keys(text), text)


@cache
def entries() -> tuple[Entry, ...]:
    """Every entry of the installed package, by name; what else lies in its archive is left out."""
    with tarfile.open(PACK) as pack:
        found = []
        for member in pack.getmembers():
            name, file = member.name.rpartition("/")[2], pack.extractfile(member)
            if file is not None and re.match(r"[0-9a-f]{4}:[0-9a-f]{4}", name):
                found.append(parse(name, file.read().decode("utf-8", "replace")))
    return tuple(sorted(found))
