"""Checks of what programs say of a stick in a text: usb_modeswitch, usbmode, ModemManager, nmcli, ip.  Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..values import NamedTuple
from .finding import Finding
from .pasted.values import Said
from .snapshot import Snapshot


class Meaning(NamedTuple):
    """What a message means: the level of the finding, its text, the reasons, the commands.

    ``{}`` stands for what the message names.  ``storage`` tells whether it is only said of a stick in mass-storage
    (True), of one that is not (False), or of any (None).
    """

    level: str
    text: str
    why: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    storage: bool | None = None


MEANINGS: dict[tuple[str, str], Meaning] = {
    ("usb_modeswitch", "no storage"): Meaning(
        "note",
        "usb_modeswitch's \"can't use storage command\" means that it is no storage any more",
        ("It has been switched already, so there is no CD-ROM that could take the message.",),
        storage=False,
    ),
    ("usb_modeswitch", "no storage:storage"): Meaning(
        "note", "usb_modeswitch asked an interface that is no storage: its storage is another interface (-i N)"
    ),
    ("usb_modeswitch", "nothing to do"): Meaning(
        "unclear",
        "usb_modeswitch did not find that id: it is not on the bus, switched already or not plugged in",
        (),
        ("lsusb", "dmesg | tail -50"),
    ),
    ("usb_modeswitch", "no match"): Meaning("note", "usb_modeswitch found nothing at that bus and address"),
    ("usb_modeswitch", "no access"): Meaning(
        "problem", "usb_modeswitch may not open the device: it must run as root", commands=("sudo usb_modeswitch …",)
    ),
    ("usb_modeswitch", "no endpoint"): Meaning(
        "note", "usb_modeswitch found no bulk endpoint: the interface that it asked is no storage"
    ),
    ("usb_modeswitch", "busy"): Meaning(
        "problem", "another program or driver held the interface while usb_modeswitch wanted to send", storage=True
    ),
    ("usb_modeswitch", "two methods"): Meaning("problem", "usb_modeswitch was given two methods, and did nothing"),
    ("usb_modeswitch", "no method"): Meaning("problem", "usb_modeswitch was given no method, and did nothing"),
    ("usb_modeswitch", "not sent"): Meaning("problem", "the switching message could not be sent", storage=True),
    ("usb_modeswitch", "not switched"): Meaning(
        "problem", "usb_modeswitch says that the stick did not switch", storage=True
    ),
    ("usb_modeswitch", "switched"): Meaning(
        "note",
        "usb_modeswitch says that it switched; a stick that is storage after that fell back, or was never switched",
        storage=True,
    ),
    ("usb_modeswitch", "sent"): Meaning(
        "note",
        "usb_modeswitch sent a message, and the stick has not come back as something else in this text",
        storage=True,
    ),
    ("usb_modeswitch", "bad config"): Meaning("problem", "usbmode cannot read its list, and switches nothing"),
    ("usb_modeswitch", "no libusb"): Meaning("problem", "usb_modeswitch lacks libusb, and does not start"),
    ("usb_modeswitch", "new_id"): Meaning(
        "note",
        "usb_modeswitch gave option the id {}: option then takes every interface of it, the network function too",
    ),
    ("ModemManager", "not supported"): Meaning(
        "note",
        'ModemManager says "not supported by any plugin": it found no port that it can use',
        ("That is right for a router (hilink), a Wi-Fi adapter and a CD-ROM; a modem lacks its drivers then.",),
    ),
    ("ModemManager", "created"): Meaning("good", "ModemManager has made a modem of it", (), ("mmcli -L",)),
    ("ModemManager", "not created"): Meaning("problem", "ModemManager could not make a modem of it: {}"),
    ("ModemManager", "no modem"): Meaning("note", "ModemManager has no modem", (), ("mmcli --scan-modems",)),
    ("ModemManager", "state"): Meaning("note", "ModemManager: its state is {}", (), ()),
}
"""Program and message → what it means for the stick."""
STATES = {
    "connected": ("good", "ModemManager: it is connected", ()),
    "registered": ("good", "ModemManager: it is registered in a network", ("mmcli -m any --simple-connect=apn=NAME",)),
    "failed": ("problem", "ModemManager: its state is failed, mostly for want of a SIM", ("mmcli -m any",)),
    "locked": ("problem", "ModemManager: its SIM wants a PIN", ("mmcli -m any; mmcli -i any --pin=PIN",)),
}
"""A state of ModemManager's that means something → level, words, commands.  Ref: ModemManager-enums.h, MMModemState."""


def check_programs(snapshot: Snapshot) -> Iterator[Finding]:
    """What programs say of it, each thing once."""
    states = [said for said in snapshot.said if (said.program, said.what) == ("ModemManager", "state")]
    seen: set[tuple[str, str]] = set()
    for said in snapshot.said:
        key = (said.program, said.what)
        if key in seen or (said in states and said is not states[-1]):
            continue
        seen.add(key)
        yield from _finding(snapshot, said)


def _finding(snapshot: Snapshot, said: Said) -> Iterator[Finding]:
    if said.what == "state" and said.detail in STATES:
        level, text, commands = STATES[said.detail]
        yield Finding(level, text, (), commands)
        return
    meaning = MEANINGS.get((said.program, said.what))
    if meaning is None:
        return
    waits = snapshot.standing is not None and snapshot.standing.kind == "waking"
    is_storage = snapshot.device.mode == "mass-storage" or waits
    if meaning.storage is False and is_storage:
        meaning = MEANINGS[said.program, f"{said.what}:storage"]
    elif meaning.storage is True and not is_storage:
        return
    elif said.what == "nothing to do" and (snapshot.standing is None or snapshot.standing.kind == "switched"):
        meaning = meaning._replace(level="note")
    yield Finding(meaning.level, meaning.text.format(said.detail), meaning.why, meaning.commands)


def check_links(snapshot: Snapshot) -> Iterator[Finding]:
    """What ip and nmcli say of its network interfaces and control ports."""
    links = dict(snapshot.text.links) if snapshot.text else {}
    names = [*snapshot.networks, *(snapshot.pasted.wdms if snapshot.pasted else ())]
    mine = [name for name in names if name in links] or [name for name in links if is_modems(name, links[name])]
    for name in mine if names or snapshot.is_only_stick else ():
        state = links[name]
        if state == "DOWN":
            yield Finding("note", f"its network interface {name} is DOWN", (), (f"ip link set {name} up",))
        elif state.startswith("gsm, disconnected"):
            command = f"nmcli connection add type gsm ifname {name} apn NAME"
            yield Finding("note", f"NetworkManager: {name} is disconnected, and waits for a connection", (), (command,))
        else:
            yield Finding("note", f"its {name} is there: {state}")


def is_modems(name: str, state: str) -> bool:
    """Is it by its name or kind of a modem, or may it be that of a router of one?"""
    return name.startswith(("wwan", "wwx", "cdc-wdm", "usb", "enx", "eth1", "eth2")) or state.startswith("gsm")
