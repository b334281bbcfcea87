"""Checks of what programs say of a stick in a text: usb_modeswitch, usbmode, ModemManager, nmcli, ip.  Pure."""

from __future__ import annotations

from collections.abc import Iterator

from .actions import Action
from .finding import Finding
from .pasted.values import Said
from .snapshot import Snapshot

MEANINGS: dict[tuple[str, str], Finding] = {
    ("usb_modeswitch", "no storage"): Finding(
        "storage-message-refused",
        "note",
        "usb_modeswitch's \"can't use storage command\" means that it is no storage any more",
        ("It has been switched already, so there is no CD-ROM that could take the message.",),
    ),
    ("usb_modeswitch", "no storage, of storage"): Finding(
        "wrong-interface",
        "note",
        "usb_modeswitch asked an interface that is no storage: its storage is another interface (-i N)",
    ),
    ("usb_modeswitch", "nothing to do"): Finding(
        "not-on-bus",
        "unclear",
        "usb_modeswitch did not find that id: it is not on the bus, switched already or not plugged in",
        (),
        ("dmesg | tail -50",),
        (Action("list"),),
    ),
    ("usb_modeswitch", "nothing to do, of a modem"): Finding(
        "not-on-bus",
        "note",
        "usb_modeswitch did not find that id: it is not on the bus, switched already or not plugged in",
        (),
        ("dmesg | tail -50",),
        (Action("list"),),
    ),
    ("usb_modeswitch", "no match"): Finding("no-match", "note", "usb_modeswitch found nothing at that bus and address"),
    ("usb_modeswitch", "no access"): Finding(
        "not-root",
        "problem",
        "usb_modeswitch may not open the device: it must run as root",
        commands=("sudo usb_modeswitch …",),
    ),
    ("usb_modeswitch", "no endpoint"): Finding(
        "no-endpoint", "note", "usb_modeswitch found no bulk endpoint: the interface that it asked is no storage"
    ),
    ("usb_modeswitch", "busy"): Finding(
        "interface-busy",
        "problem",
        "another program or driver held the interface while usb_modeswitch wanted to send",
    ),
    ("usb_modeswitch", "two methods"): Finding(
        "two-methods", "problem", "usb_modeswitch was given two methods, and did nothing"
    ),
    ("usb_modeswitch", "no method"): Finding(
        "no-method", "problem", "usb_modeswitch was given no method, and did nothing"
    ),
    ("usb_modeswitch", "not sent"): Finding("message-not-sent", "problem", "the switching message could not be sent"),
    ("usb_modeswitch", "not switched"): Finding(
        "switch-failed", "problem", "usb_modeswitch says that the stick did not switch"
    ),
    ("usb_modeswitch", "switched"): Finding(
        "fell-back",
        "note",
        "usb_modeswitch says that it switched; a stick that is storage after that fell back, or was never switched",
    ),
    ("usb_modeswitch", "sent"): Finding(
        "message-sent",
        "note",
        "usb_modeswitch sent a message, and the stick has not come back as something else in this text",
    ),
    ("usb_modeswitch", "bad config"): Finding(
        "bad-usbmode-list", "problem", "usbmode cannot read its list, and switches nothing"
    ),
    ("usb_modeswitch", "no libusb"): Finding("no-libusb", "problem", "usb_modeswitch lacks libusb, and does not start"),
    ("usb_modeswitch", "new_id"): Finding(
        "new-id-by-usb-modeswitch",
        "note",
        "usb_modeswitch gave option the id {}: option then takes every interface of it, the network function too",
    ),
    ("ModemManager", "not supported"): Finding(
        "modemmanager-unsupported",
        "note",
        'ModemManager says "not supported by any plugin": it found no port that it can use',
        ("That is right for a router (hilink), a Wi-Fi adapter and a CD-ROM; a modem lacks its drivers then.",),
    ),
    ("ModemManager", "created"): Finding(
        "modemmanager-modem", "good", "ModemManager has made a modem of it", (), ("mmcli -L",)
    ),
    ("ModemManager", "not created"): Finding(
        "modemmanager-failed", "problem", "ModemManager could not make a modem of it: {}"
    ),
    ("ModemManager", "no modem"): Finding(
        "modemmanager-no-modem", "note", "ModemManager has no modem", (), ("mmcli --scan-modems",)
    ),
    ("ModemManager", "state"): Finding("modemmanager-state", "note", "ModemManager: its state is {}"),
    ("ModemManager", "state connected"): Finding("modemmanager-state", "good", "ModemManager: it is connected"),
    ("ModemManager", "state registered"): Finding(
        "modemmanager-state",
        "good",
        "ModemManager: it is registered in a network",
        (),
        ("mmcli -m any --simple-connect=apn=NAME",),
    ),
    ("ModemManager", "state failed"): Finding(
        "modemmanager-sim",
        "problem",
        "ModemManager: its state is failed, mostly for want of a SIM",
        (),
        ("mmcli -m any",),
    ),
    ("ModemManager", "state locked"): Finding(
        "modemmanager-sim",
        "problem",
        "ModemManager: its SIM wants a PIN",
        (),
        ("mmcli -m any; mmcli -i any --pin=PIN",),
    ),
}
"""Program and message → what it means for the stick; ``{}`` stands for what the message names.

A state of ModemManager's that means something has its own entry (ModemManager-enums.h, MMModemState); so has what means
another thing of a stick in mass-storage, or of one that is a modem.
"""
ONLY_OF_STORAGE = ("busy", "not sent", "not switched", "switched", "sent")
"""The messages that are only told of a stick in mass-storage: of another one they are past."""


def check_programs(snapshot: Snapshot) -> Iterator[Finding]:
    """What programs say of it, each thing once."""
    states = [said for said in snapshot.said if (said.program, said.what) == ("ModemManager", "state")]
    seen: set[tuple[str, str]] = set()
    for said in snapshot.said:
        key = (said.program, said.what)
        if key in seen or (said in states and said is not states[-1]):
            continue
        seen.add(key)
        meaning = _meaning(snapshot, said)
        if meaning is not None:
            yield meaning._replace(text=meaning.text.format(said.detail))


def _meaning(snapshot: Snapshot, said: Said) -> Finding | None:
    """What a message means for this stick; None where it means nothing."""
    waits = snapshot.standing is not None and snapshot.standing.kind == "waking"
    is_storage = snapshot.device.mode == "mass-storage" or waits
    is_modem = snapshot.standing is None or snapshot.standing.kind == "switched"
    if said.what in ONLY_OF_STORAGE and not is_storage:
        return None
    closer = (
        (f"{said.what}, of storage", is_storage),
        (f"{said.what}, of a modem", is_modem),
        (f"{said.what} {said.detail}", said.what == "state"),
    )
    keys = [(said.program, what) for what, holds in closer if holds]
    return next((MEANINGS[key] for key in keys if key in MEANINGS), MEANINGS.get((said.program, said.what)))


def check_links(snapshot: Snapshot) -> Iterator[Finding]:
    """What ip and nmcli say of its network interfaces and control ports."""
    links = dict(snapshot.text.links) if snapshot.text else {}
    names = [*snapshot.networks, *(snapshot.pasted.wdms if snapshot.pasted else ())]
    mine = [name for name in names if name in links] or [name for name in links if is_modems(name, links[name])]
    for name in mine if names or snapshot.is_only_stick else ():
        state = links[name]
        if state == "DOWN":
            yield Finding(
                "network-down", "note", f"its network interface {name} is DOWN", (), (f"ip link set {name} up",)
            )
        elif state.startswith("gsm, disconnected"):
            command = f"nmcli connection add type gsm ifname {name} apn NAME"
            yield Finding(
                "networkmanager-disconnected",
                "note",
                f"NetworkManager: {name} is disconnected, and waits for a connection",
                (),
                (command,),
            )
        else:
            yield Finding("link-there", "note", f"its {name} is there: {state}")


def is_modems(name: str, state: str) -> bool:
    """Is it by its name or kind of a modem, or may it be that of a router of one?"""
    return name.startswith(("wwan", "wwx", "cdc-wdm", "usb", "enx", "eth1", "eth2")) or state.startswith("gsm")
