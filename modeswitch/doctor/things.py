"""What a device is that no profile knows: a modem of a vendor that makes nothing else, or something that is no modem.

Ref: usb.ids (linux-usb.org, 2025) for vendors; Linux drivers/usb/serial, drivers/net/usb, drivers/net/wireless for what
an id is; usb-modeswitch-data 20251207 for the vendors whose sticks wake up as something else.
"""

from __future__ import annotations

import re

from ..usb.descriptors import UsbId
from ..values import NamedTuple

WIFI, BLUETOOTH, ETHERNET, CABLE = "a Wi-Fi adapter", "a Bluetooth adapter", "an Ethernet adapter", "a serial cable"
DISK, PHONE, HUB, READER = "a USB disk", "a phone", "a hub", "a card reader"
INPUT, CAMERA, SOUND, PRINTER = "a keyboard, mouse or tablet", "a camera", "a sound card", "a printer"
OTHER = "something else than a modem"

MODULES: dict[int, str] = {
    0x2C7C: "Quectel",
    0x1199: "Sierra Wireless",
    0x1BC7: "Telit",
    0x2CB7: "Fibocom",
    0x1E0E: "SIMCom",
    0x33F8: "Rolling Wireless",
    0x2DEE: "MeiG",
    0x2CD2: "u-blox",
    0x1546: "u-blox",
    0x0BDB: "Ericsson",
    0x1E2D: "Cinterion",
    0x0489: "Foxconn",
    0x3763: "China Mobile IoT",
    0x2020: "MobileTek",
    0x2DF3: "Longsung",
    0x305A: "Neoway",
    0x3505: "GosuncnWelink",
    0x2949: "Lierda",
}
"""The vendors of modules, which have no CD-ROM: what they show at first is what they are."""

STICKS: dict[int, str] = {
    0x12D1: "Huawei",
    0x3566: "Huawei (Brovi)",
    0x3426: "Huawei",
    0x19D2: "ZTE",
    0x05C6: "Qualcomm",
    0x1BBB: "Alcatel",
    0x1410: "Novatel",
    0x0AF0: "Option",
    0x1C9E: "Longcheer",
    0x20A6: "Longcheer",
    0x1EE8: "ONDA",
    0x230D: "Linktop",
    0x16D8: "C-motech",
    0x106C: "Pantech",
    0x0F3D: "AirPrime",
    0x1726: "Axesstel",
    0x211F: "Celot",
    0x1DA5: "Quanta",
    0x0408: "Quanta",
    0x1E89: "3GO",
    0x161C: "KuWFi",
    0x1435: "Wistron",
    0x15EB: "VIA",
    0x1782: "Spreadtrum",
    0x1FAC: "Franklin",
    0x0FCE: "Sony Ericsson",
    0x201E: "Haier",
    0x1D09: "TechFaith",
    0x1529: "UBIQUAM",
    0x16D5: "AnyDATA",
}
"""The vendors of sticks, which mostly wake up as a CD-ROM: an id of theirs that no profile knows may be either."""

SWITCHED: dict[str, str] = {
    "19d2:1405": "the network card (ECM) that ZTE's 19d2:1225, 1420 and others become",
    "19d2:1403": "the network card (RNDIS) of a ZTE stick that was switched",
    "19d2:1489": "a built-in ZTE modem (RNDIS, and AT ports of cdc_acm)",
    "05c6:9091": "a Qualcomm modem in its final mode",
    "05c6:90b2": "a Qualcomm modem in its final mode",
    "05c6:9025": "a Qualcomm modem in its final mode",
    "1bbb:0195": "an Alcatel router (RNDIS) that was switched",
    "0e8d:7127": "a MediaTek modem (MBIM)",
}
"""Ids that profiles do not have, of modems in their final mode.

Ref: forum.openwrt.org t/108843, t/113350; openwrt/openwrt#10086; Linux drivers/usb/serial/option.c, net/usb/qmi_wwan.c.
"""

GADGET = UsbId(0x1D6B, 0x0104)
"""A Linux machine as a device, by a gadget's default id: OpenStick, UZ801.  Ref: Linux drivers/usb/gadget."""


class Vendor(NamedTuple):
    """What a vendor makes: mostly one thing, other things by the pattern of the product id."""

    mostly: str
    but: tuple[tuple[str, str], ...] = ()


VENDORS: dict[int, Vendor] = {
    0x0BDA: Vendor(
        WIFI,
        (
            (r"815[0-9a]|8053|8050", ETHERNET),
            (r"01[0-9a-f]{2}|03[0-9a-f]{2}", READER),
            (r"54[0-9a-f]{2}|04[0-9a-f]{2}|55[0-9a-f]{2}", HUB),
            (r"58[0-9a-f]{2}|57[0-9a-f]{2}|36[0-9a-f]{2}", CAMERA),
            (r"2832|2838", "a television receiver"),
            (r"48[0-9a-f]{2}|40[0-9a-f]{2}", SOUND),
            (r"877[0-9a-f]|a72[0-9a-f]|b00[0-9a-f]|8771", BLUETOOTH),
            (r"9201|9210|9220", DISK),
        ),
    ),
    **dict.fromkeys((0x148F, 0x0CF3, 0x13D3, 0x7392, 0x2357, 0x0CDE, 0x083A, 0x057C, 0x368B, 0x0DB0), Vendor(WIFI)),
    **dict.fromkeys((0x0B05, 0x0846, 0x2001, 0x07D1, 0x0586, 0x050D, 0x1737, 0x13B1, 0x2604), Vendor(WIFI)),
    0x0E8D: Vendor(WIFI, ((r"20[0-9a-f]{2}|000[0-9a-f]", PHONE), (r"00a[0-9a-f]", "a modem"))),
    0x8087: Vendor(BLUETOOTH, ((r"002[04]|8[0-9a-f]{3}", HUB), (r"07[0-9a-f]{2}|09[0-9a-f]{2}", "a modem"))),
    0x0A12: Vendor(BLUETOOTH),
    0x0A5C: Vendor(BLUETOOTH),
    0x0489: Vendor(BLUETOOTH),
    **dict.fromkeys((0x0B95, 0x0FE6, 0x0424, 0x17EF), Vendor(ETHERNET)),
    0x0424: Vendor(HUB, ((r"ec00|7[0-9a-f]{3}|9730", ETHERNET),)),
    **dict.fromkeys((0x0403, 0x067B, 0x10C4, 0x1A86, 0x9710, 0x0557, 0x04D8), Vendor(CABLE)),
    **dict.fromkeys(
        (0x0781, 0x0951, 0x058F, 0x090C, 0x13FE, 0x8564, 0x1058, 0x0BC2, 0x152D, 0x174C, 0x1516), Vendor(DISK)
    ),
    **dict.fromkeys(
        (0x0930, 0x154B, 0x18A5, 0x1307, 0x1F75, 0x125F, 0x0634, 0x13D7, 0x059F, 0x4971, 0x0480), Vendor(DISK)
    ),
    **dict.fromkeys(
        (0x04E8, 0x18D1, 0x05AC, 0x22B8, 0x2717, 0x2A70, 0x22D9, 0x2D95, 0x2A45, 0x0BB4, 0x1949), Vendor(PHONE)
    ),
    **dict.fromkeys((0x05E3, 0x1A40, 0x2109, 0x214B, 0x0451, 0x1A36, 0x04B4), Vendor(HUB)),
    **dict.fromkeys((0x046D, 0x045E, 0x0627, 0x04F3, 0x093A, 0x1532, 0x04D9, 0x062A, 0x258A, 0x413C), Vendor(INPUT)),
    **dict.fromkeys((0x04F2, 0x5986, 0x0C45, 0x1BCF, 0x174F), Vendor(CAMERA)),
    **dict.fromkeys((0x0D8C, 0x1397, 0x08BB), Vendor(SOUND)),
    **dict.fromkeys((0x03F0, 0x04A9, 0x04B8, 0x04F9), Vendor(PRINTER)),
}
"""What vendors make that are known for one thing.  A profile that has an id goes before this table."""

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
    (
        r"flash|cruzer|datatraveler|ultra fit|pen ?drive|udisk|hard ?(?:disk|drive)|\bssd\b|sata|jumpdrive|my passport",
        DISK,
    ),
    (r"android phone|iphone|galaxy|\bmtp\b|nexus|pixel|redmi", PHONE),
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


def other_thing(usb_id: UsbId | None, said: str, drivers: frozenset[str] = frozenset()) -> str:
    """What a device is where it is no modem: by its drivers, by what is said of it, by its vendor; empty where unknown.

    ``said`` are its strings and what lsusb calls it.
    """
    if _PHONE_WORDS.search(said):
        return PHONE
    if usb_id is not None and (usb_id.vendor in MODULES or usb_id.vendor in STICKS or str(usb_id) in SWITCHED):
        return ""
    by_driver = _by_driver(drivers)
    if by_driver:
        return by_driver
    by_word = next((thing for pattern, thing in WORDS if re.search(pattern, said, re.IGNORECASE)), "")
    if by_word:
        return by_word
    vendor = VENDORS.get(usb_id.vendor) if usb_id is not None else None
    if vendor is None or usb_id is None or _MODEM_WORDS.search(said):
        return ""
    product = f"{usb_id.product:04x}"
    found = next((thing for pattern, thing in vendor.but if re.fullmatch(pattern, product)), vendor.mostly)
    return "" if found == "a modem" else found


def _by_driver(drivers: frozenset[str]) -> str:
    """What its drivers tell."""
    if drivers & set(CABLE_DRIVERS) and not drivers & set(MODEM_DRIVERS):
        return CABLE
    names = {"btusb": BLUETOOTH, "usbhid": INPUT, "uvcvideo": CAMERA, "snd_usb_audio": SOUND, "usblp": PRINTER}
    names |= dict.fromkeys(("r8152", "ax88179_178a", "asix", "smsc95xx", "lan78xx", "r8153_ecm", "aqc111"), ETHERNET)
    wifi = WIFI if any(WIFI_DRIVERS.match(name) for name in drivers) else ""
    return next((thing for name, thing in names.items() if name in drivers), wifi)
