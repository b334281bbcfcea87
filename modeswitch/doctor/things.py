"""What a device is that no profile knows: a modem of a vendor that makes nothing else, or something that is no modem.

What ids are is taken from :mod:`.usb_things` and from the tables of the kernel's modem drivers; here stand the vendors
of modems, and what words and drivers tell.
"""

from __future__ import annotations

import re

from ..linux import kernel_tables
from ..usb.descriptors import UsbId
from .usb_things import THINGS, shipped

WIFI, BLUETOOTH, ETHERNET, CABLE, DISK, PHONE, PORTABLE = (
    *(THINGS["wifi"], THINGS["bluetooth"], THINGS["ethernet"], THINGS["cable"]),
    *(THINGS["disk"], THINGS["phone"], THINGS["portable"]),
)
HUB, READER, INPUT, CAMERA = THINGS["hub"], THINGS["reader"], THINGS["input"], THINGS["camera"]
SOUND, PRINTER, OTHER = THINGS["sound"], THINGS["printer"], THINGS["other"]

MODULES: dict[int, str] = {
    0x2C7C: "Quectel",
    0x1199: "Sierra Wireless",
    0x1BC7: "Telit",
    0x2CB7: "Fibocom",
    0x33F8: "Rolling Wireless",
    0x2DEE: "MeiG",
    0x1546: "u-blox",
    0x0BDB: "Ericsson",
    0x1E2D: "Cinterion",
    0x2DF3: "Longsung",
    0x305A: "GosunCn",
    0x2949: "Neoway",
    0x1435: "Wistron NeWeb",
}
"""The vendors of modules, which have no CD-ROM: what they show at first is what they are.

The one that has, Sierra's 1199:0fff, is in a profile.
Ref: usb.ids 2025.07.26 (1199, 2c7c, 1bc7, 2cb7, 1546, 0bdb, 1e2d, 1435); Linux 6.12 drivers/usb/serial/option.c (2df3,
305a, 2949, 2dee); ModemManager src/plugins/rolling (33f8).
"""

STICKS: dict[int, str] = {
    0x12D1: "Huawei",
    0x3566: "Huawei (Brovi)",
    0x3426: "Huawei",
    0x19D2: "ZTE",
    0x05C6: "Qualcomm",
    0x1E0E: "Qualcomm or SIMCom",
    0x2020: "BroadMobi",
    0x1BBB: "Alcatel",
    0x1410: "Novatel",
    0x0AF0: "Option",
    0x1C9E: "Longcheer",
    0x20A6: "Inovia",
    0x1EE8: "ONDA",
    0x230D: "Teracom",
    0x16D8: "C-motech",
    0x106C: "Pantech",
    0x1726: "Axesstel",
    0x1DA5: "Qisda",
    0x0408: "Quanta",
    0x1E89: "3GO",
    0x161C: "Digitech",
    0x15EB: "VIA Telecom",
    0x1782: "Spreadtrum",
    0x1FAC: "Franklin",
    0x0FCE: "Sony Ericsson",
    0x201E: "Haier",
    0x1D09: "TechFaith",
    0x16D5: "AnyDATA",
}
"""The vendors of sticks, of which some wake up as a CD-ROM: an id of theirs that no profile knows may be either.

Ref: the profiles, which have an id of each that wakes up; for the names usb.ids 2025.07.26 and Linux
drivers/usb/serial/option.c (2020, 20a6, 1da5, 15eb), the profiles (3566, 3426, 1e89).
"""

SWITCHED: dict[str, str] = {
    "19d2:1403": "the network card (RNDIS) and disk of a ZTE stick that was switched",
    "19d2:1489": "a built-in ZTE modem (RNDIS, and AT ports of cdc_acm)",
}
"""Ids of modems in their final mode that neither a profile nor a table of the kernel's drivers has.

Ref: public reports of ``usb0`` of 19d2:1403 behind OpenWrt and Padavan; openwrt/openwrt#10086 (19d2:1489).
"""

GADGET = UsbId(0x1D6B, 0x0104)
"""A Linux machine as a device, by a gadget's default id: OpenStick, UZ801.  Ref: Linux drivers/usb/gadget."""

NAMING = ("option", "qcserial", "sierra", "sierra_net", "qmi_wwan", "cdc_mbim", "huawei_cdc_ncm", "kalmia")
"""Drivers that name products in their tables which are modems when they have that id.

Not hso: its sticks keep the id that they wake up with.  Ref: Linux drivers/net/usb/hso.c; the profiles of 0af0.
"""

WORDS: tuple[tuple[str, str], ...] = (
    (
        r"802\.11|wi-?fi\b|wlan|wireless (?:lan|network|n\b|adapter)|rtl8(?:188|192|723|81[12]|82[12])|mt76\d\d",
        WIFI,
    ),
    (r"bluetooth|\bcsr8510", BLUETOOTH),
    (r"ethernet|rtl815\d|ax88\d{3}|gigabit|lan78\d\d|smsc9\d{3}", ETHERNET),
    (
        r"\bft232|\bft2232|ftdi|pl2303|cp210\d|ch34\d|uart|serial (?:port|adapter|converter)|usb[- ]serial|rs-?232",
        CABLE,
    ),
    (r"\bhub\b", HUB),
    (r"card ?reader", READER),
    (r"flash|cruzer|datatraveler|ultra fit|pen ?drive|udisk|hard ?(?:disk|drive)|\bssd\b|sata|jumpdrive", DISK),
    (r"my (?:passport|book)|sandisk|seagate|western digital|lacie", DISK),
    (r"android phone|iphone|ipad\b|ipod|galaxy|\bmtp\b|\bptp mode|nexus|pixel|redmi|xperia", PHONE),
    (r"keyboard|mouse|tablet|touch|receiver|joystick|gamepad", INPUT),
    (r"webcam|camera", CAMERA),
    (r"audio|headset|sound", SOUND),
    (r"printer|laserjet|deskjet", PRINTER),
    (r"fingerprint|smart ?card|yubikey|zigbee|z-wave|dvb|\btv\b|scanner", OTHER),
)
"""What a device says of itself, or lsusb of it → what it is."""
_PHONE_WORDS = re.compile(r"smart ?phone", re.IGNORECASE)
_MODEM_WORDS = re.compile(
    r"modem|lte\b|\b[345]g\b|wwan|hspa|umts|mobile|broadband|gsm|cellular|hilink|mifi", re.IGNORECASE
)

CABLE_DRIVERS = ("ftdi_sio", "pl2303", "cp210x", "ch341", "ch341_uart", "ark3116", "mct_u232")
MODEM_DRIVERS = (
    *("option", "qcserial", "sierra", "sierra_net", "qmi_wwan", "cdc_mbim", "huawei_cdc_ncm", "cdc_wdm", "hso"),
    *("option1", "cdc_ether", "rndis_host", "cdc_ncm"),
)
WIFI_DRIVERS = re.compile(
    r"^(?:rtw|rtl8|r8[18]|8[18]\d\d|88x2|mt7|mt76|ath\d|ath9k|rt2[58]|carl9170|brcmfmac|zd1211|aic)"
)


def modem_driver(usb_id: UsbId) -> str:
    """The driver of Linux that names this product as a modem, by the tables that are shipped; empty where none does."""
    named = kernel_tables.shipped().naming(usb_id.vendor, usb_id.product)
    return next((driver for driver in NAMING if driver in named), "")


def is_modem_id(usb_id: UsbId) -> bool:
    """Is it a modem by its id: by a table of the kernel's, by the list above, or by its vendor?"""
    return usb_id.vendor in (*MODULES, *STICKS) or str(usb_id) in SWITCHED or bool(modem_driver(usb_id))


def other_thing(usb_id: UsbId | None, said: str, drivers: frozenset[str] = frozenset()) -> str:
    """What a device is where it is no modem: by its drivers, its id, what is said of it, its vendor; else empty.

    ``said`` are its strings and what lsusb calls it.
    """
    by_id = shipped().of_product(usb_id) if usb_id is not None else ""
    if _PHONE_WORDS.search(said):
        return PHONE
    if by_id in ("phone", "portable"):
        return THINGS[by_id]
    if usb_id is not None and is_modem_id(usb_id):
        return ""
    found = _by_driver(drivers)
    if found or by_id == "modem":
        return found
    found = THINGS.get(by_id) or thing_said(said)
    if found or usb_id is None or _MODEM_WORDS.search(said):
        return found
    return THINGS.get(shipped().of_vendor(usb_id.vendor), "")


def thing_said(said: str) -> str:
    """What the strings or the name of a device say that it is; empty where they do not."""
    return next((thing for pattern, thing in WORDS if re.search(pattern, said, re.IGNORECASE)), "")


def _by_driver(drivers: frozenset[str]) -> str:
    """What its drivers tell."""
    if drivers & set(CABLE_DRIVERS) and not drivers & set(MODEM_DRIVERS):
        return CABLE
    names = {"btusb": BLUETOOTH, "usbhid": INPUT, "uvcvideo": CAMERA, "snd_usb_audio": SOUND, "usblp": PRINTER}
    names |= dict.fromkeys(("r8152", "ax88179_178a", "asix", "smsc95xx", "lan78xx", "r8153_ecm", "aqc111"), ETHERNET)
    wifi = WIFI if any(WIFI_DRIVERS.match(name) for name in drivers) else ""
    return next((thing for name, thing in names.items() if name in drivers), wifi)
