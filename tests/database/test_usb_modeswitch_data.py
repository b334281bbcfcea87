"""The shipped profiles against usb-modeswitch-data: each of its entries is a product, and is sent the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple, cast

from modeswitch.database.library import Library
from modeswitch.database.profile import Product, Profile
from modeswitch.identity.recognise import recognise
from modeswitch.methods.base import Action
from modeswitch.methods.bulk import Bulk
from modeswitch.methods.configuration import SetConfiguration
from modeswitch.methods.control import Control
from modeswitch.methods.pause import Pause
from modeswitch.methods.storage import Bot
from modeswitch.switching.plan import plan
from modeswitch.usb import scsi as wire
from modeswitch.usb.descriptors import Configuration, Descriptors, Interface, Port, Triple, UsbId
from modeswitch.usb.device import UsbDevice
from tests.support.profiles import ENTRIES, PEER
from tests.support.rig import NEW_MODE

DUMMY = {"Configuration": "0"}


class Home(NamedTuple):
    """The one family that an id wakes up in."""

    family: Profile
    product: Product


STRINGS = {"uMa": 0, "uPr": 1, "uSe": 2, "sVe": 3, "sMo": 4, "sRe": 5}
LIBRARY = Library(user=[])


def usb_device(file: str) -> UsbDevice:
    """A device that fits the entry's file name by its id and its strings, and has nothing to show but storage."""
    vendor, product, *matches = file.split(":")
    strings = [""] * 6
    for match in matches:
        key, _, text = match.partition("=")
        strings[STRINGS[key]] = f"a {text} b"
    usb = UsbId(int(vendor, 16), int(product, 16))
    disk = Interface(0, 0, Triple(0x08, 0x06, 0x50))
    descriptors = Descriptors(usb, 0, Triple(0, 0, 0), tuple(Configuration(value, (disk,)) for value in (9, 8)))
    usb_strings, scsi = (strings[0], strings[1], strings[2]), (strings[3], strings[4], strings[5])
    return UsbDevice(Port.parse("1-1"), 5, usb, descriptors, 9, usb_strings, scsi=scsi)


@cache
def home(file: str) -> Home:
    """The one family that a device of that entry wakes up in: no other fits it as well."""
    known = recognise(usb_device(file), LIBRARY)
    assert known.profile is not None, file
    assert known.product is not None
    assert known.product.wakes
    return Home(known.profile, known.product)


def test_the_peers_data_is_whole() -> None:
    assert len(ENTRIES) == len({entry["file"] for entry in ENTRIES}) == 513
    assert sum(entry["keys"] == DUMMY for entry in ENTRIES) == 33
    assert PEER["license"] == "GPL-2.0-or-later"


def test_each_entry_of_the_peer_is_a_product() -> None:
    products = {entry["file"]: home(entry["file"]).product for entry in ENTRIES}
    dummies = {entry["file"] for entry in ENTRIES if entry["keys"] == DUMMY}
    assert {file for file, product in products.items() if product.leave_alone} == dummies


def wire_of(actions: Sequence[Action]) -> list[tuple[Any, ...]]:
    """What actions put on the wire; a wrapped CDB that the peer and we tag differently without its tag."""
    plain: list[tuple[Any, ...]] = []
    for action in actions:
        if isinstance(action, Bot):
            cbw = wire.read_cbw(action.cbw)
            plain.append(("bot", cbw.length, cbw.flags, cbw.lun, cbw.cb, action.data_in, action.data_out))
        elif isinstance(action, Control):
            plain.append(("control", action.request_type, action.request, action.value, action.windex, action.data))
        else:
            plain.append(tuple(cast("tuple[Any, ...]", action)))
    return plain


def peer_wire(keys: dict[str, str]) -> list[tuple[Any, ...]]:
    """What the peer sends for an entry (usb_modeswitch 2.6.1)."""
    if "HuaweiNewMode" in keys:
        return wire_of([Bot(bytes.fromhex(NEW_MODE))])
    requests: dict[str, Action] = {
        "HuaweiMode": Control(0x00, 0x03, 0x0001, 0x0000),
        "SierraMode": Control(0x40, 0x0B, 0x0001, 0x0000),
        "SequansMode": Control(0x40, 0x0B, 0x0002, 0x0000),
        "QuantaMode": Control(0xC0, 0xFF, 0x0000, 0x0000),
        "QisdaMode": Control(0x40, 0x04, 0x0000, 0x0000, bytes.fromhex("058c0408a0ee20005c01040898cdeabf")),
        "KobilMode": Control(0xC0, 0x88, 0x0000, 0x0000, length=8),
    }
    request = next((requests[key] for key in requests if key in keys), None)
    if request is not None:
        return wire_of([request])
    actions: list[Action] = []
    if "StandardEject" in keys:
        allow, eject = bytes.fromhex("1e0000000000"), bytes.fromhex("1b0000000200")
        actions += [Bot(wire.build_cbw(cdb, lun=lun)) for lun in (0, 1) for cdb in (allow, eject)]
    if "OptionMode" in keys:
        actions.append(Bot(wire.build_cbw(bytes.fromhex("010000000000"))))
    for key in ("MessageContent", "MessageContent2"):
        message = bytes.fromhex(keys.get(key, ""))
        if message.startswith(b"USBC"):
            said = wire.read_cbw(message)
            actions.append(Bot(message, said.length if said.flags & 0x80 else 0))
        elif message:
            actions.append(Bulk(message, int(keys.get("MessageEndpoint", "0"), 16) or None))
    if "Configuration" in keys:
        actions.append(SetConfiguration(int(keys["Configuration"])))
    return wire_of(actions)


SEQUENCES = ("SonyMode", "GCTMode", "BlackberryMode", "CiscoMode", "MobileActionMode", "PantechMode")
"""Methods of several steps, or whose step depends: the suite that runs the peer compares them."""


def sent(entry: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What the default switch of its family puts on the wire, pauses apart."""
    family = home(entry["file"]).family
    (way,) = plan(family, "mass-storage", family.goal)
    return wire_of([action for step in way.steps for action in step.actions if not isinstance(action, Pause)])


def test_the_default_switch_sends_what_the_peer_sends() -> None:
    every = [entry for entry in ENTRIES if entry["keys"] != DUMMY]
    messages = {entry["file"]: sent(entry) for entry in every}
    compared = [entry for entry in every if not any(key in entry["keys"] for key in SEQUENCES)]
    assert len(compared) > 400
    assert [entry["file"] for entry in compared if messages[entry["file"]] != peer_wire(entry["keys"])] == []


def test_what_the_peer_leaves_alone_has_no_transition() -> None:
    dummies = [entry["file"] for entry in ENTRIES if entry["keys"] == DUMMY]
    assert [file for file in dummies if home(file).family.transitions] == []


def test_each_target_of_the_peer_is_known_to_the_family() -> None:
    unknown = []
    for entry in ENTRIES:
        keys, family = entry["keys"], home(entry["file"]).family
        targets = re.split(r"[, ]+", keys.get("TargetProductList", keys.get("TargetProduct", "").removeprefix("0x")))
        for target in filter(None, targets):
            if not family.product(UsbId.parse(f"{int(keys['TargetVendor'], 16):04x}:{target}")):
                unknown.append((entry["file"], target))
    assert unknown == []
