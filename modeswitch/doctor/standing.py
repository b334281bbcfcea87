"""What the id of a device tells of it, where a text has too little of its interfaces: asleep still, or switched.

A profile that has the id goes first, then what the kernel's drivers name, then the tables of :mod:`.things`.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..database.profile import USB_STRINGS, Product, Profile
from ..modem.roles import HUAWEI
from ..usb.descriptors import UsbId
from ..values import NamedTuple
from .things import GADGET, MODULES, STICKS, SWITCHED, WIFI, modem_driver, other_thing


class Standing(NamedTuple):
    """What an id tells: ``kind`` is ``waking``, ``switched``, ``either``, ``other`` (no modem), ``unknown``
    or ``absent`` (it is not on the bus).

    ``words`` say so in short, ``why`` in sentences; ``modes`` are those that a switched one may be in.  ``thing`` is
    what it is where it is no modem.
    """

    kind: str
    words: str
    why: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    thing: str = ""


LOOK_FOR = {
    "hilink": (
        "a network interface of cdc_ether or rndis_host (ethN, usbN, enx…), and DHCP on it",
        ("ip link",),
    ),
    "ncm": (
        "a network interface of huawei_cdc_ncm or cdc_ncm (wwan0), /dev/cdc-wdm0, and the tty of its AT port",
        ("ip link", "ls /dev/ttyUSB* /dev/cdc-wdm*"),
    ),
    "stick": ("the ttys of option (ttyUSB0 and on)", ("ls /dev/ttyUSB*",)),
    "qmi": (
        "wwan0 and /dev/cdc-wdm0 of qmi_wwan, and the ttys of option",
        ("ip link", "ls /dev/ttyUSB* /dev/cdc-wdm*"),
    ),
    "mbim": ("wwan0 and /dev/cdc-wdm0 of cdc_mbim", ("ip link", "ls /dev/cdc-wdm*")),
    "debug": ("a network interface, and the ttys of option", ("ip link", "ls /dev/ttyUSB*")),
    "wifi": ("a wireless interface (wlan0), whose driver must fit the chip", ("ip link", "dmesg | tail -50")),
    "": (
        "a network interface (wwan0, ethN, usbN), ttys (ttyUSB0, ttyACM0) or /dev/cdc-wdm0",
        ("ip link", "ls /dev/ttyUSB* /dev/ttyACM* /dev/cdc-wdm*"),
    ),
}
"""Mode → what a switched stick shows in it, and the commands that show whether it is there."""

HUAWEI_MODES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("12d1:14db", "12d1:14dc", "3426:14db", "12d1:1589"), ("hilink",)),
    **dict.fromkeys(("12d1:155e", "12d1:1506", "12d1:15b6", "12d1:1c1e", "12d1:1576"), ("ncm", "stick")),
    **dict.fromkeys(("12d1:1442", "12d1:1441", "12d1:1001", "12d1:1c05", "12d1:1c23"), ("stick",)),
    **dict.fromkeys(("12d1:1566",), ("debug",)),
}
"""The modes in which an id of Huawei's is seen.  Ref: tests/captures; E3372h kernel source, usb_nv_get.h."""


KEEP_ID = ("12d1:1001", "12d1:1003", "12d1:1009", "12d1:1010", "12d1:1413", "12d1:1414")
"""Ids of Huawei's oldest sticks, which SET_FEATURE switches and which stay as they are.  Ref: Linux option.c of 2.6.32,
which has 1001 to 103f; usb-modeswitch-data 20251207, 12d1:1003, without a target."""


def standing_of(
    usb_id: UsbId | None,
    families: Iterable[Profile],
    strings: tuple[str, str, str] = ("", "", ""),
    drivers: frozenset[str] = frozenset(),
) -> Standing:
    """What an id tells, with the strings of the device (manufacturer, product, serial number) and its drivers."""
    said = " ".join(strings[:2])
    if usb_id is None:
        thing = other_thing(None, said, drivers)
        return _no_modem(thing) if thing else Standing("unknown", "not told: the text lacks its id")
    known = [(family, product) for family in families for product in family.products if product.usb == usb_id]
    if known:
        return _by_profile(usb_id, known, strings)
    if str(usb_id) in SWITCHED:
        return Standing("switched", "switched already", (f"It is {SWITCHED[str(usb_id)]}.",))
    driver = modem_driver(usb_id)
    if driver:
        return Standing("switched", "switched already", (f"Linux' {driver} has {usb_id} in its table of modems.",))
    if usb_id == GADGET:
        return Standing(
            "either",
            "a gadget: could be either",
            (
                "1d6b:0104 is a Linux machine that plays a device.",
                "It is a modem stick with Linux on it (OpenStick, UZ801), or a board.",
            ),
        )
    if usb_id.vendor in MODULES:
        words = f"It is a module of {MODULES[usb_id.vendor]}'s: it has no CD-ROM, and there is nothing to switch."
        return Standing("switched", "switched already: a modem module", (words,))
    thing = other_thing(usb_id, said, drivers)
    if thing:
        return _no_modem(thing)
    if usb_id.vendor in STICKS:
        words = f"It is {STICKS[usb_id.vendor]}'s, and no profile knows {usb_id}: a CD-ROM that waits, or a modem."
        return Standing("either", "could be either", (words,))
    return Standing("unknown", "not known by its id", (f"Nothing here knows {usb_id}.",))


def _no_modem(thing: str) -> Standing:
    if thing == WIFI:
        return Standing("switched", "no modem: a Wi-Fi adapter, in its Wi-Fi mode already", (), ("wifi",), thing)
    return Standing("other", f"no modem: {thing}", thing=thing)


def _by_profile(usb_id: UsbId, known: list[tuple[Profile, Product]], strings: tuple[str, str, str]) -> Standing:
    """What the families that have the id tell."""
    waking = [(family, product) for family, product in known if product.wakes and not product.leave_alone]
    shown = [(family, product) for family, product in known if not product.wakes and not product.leave_alone]
    if not waking and not shown:
        return Standing("switched", "switched already")
    if any(product.mode == "download" for _, product in known):
        return Standing("waking", "in download mode")
    is_wifi = any(_names_wifi(product) for _, product in known)
    if not waking:
        return Standing("switched", "switched already", (), ("wifi",) if is_wifi else _modes(usb_id, shown))
    if shown or any(_keeps_id(family, product) for family, product in waking):
        why = (f"{usb_id} is both: what it wakes up as, and what it is after a switch.",)
        return Standing("either", "could be either", why, _modes(usb_id, shown))
    if all(product.match and not _says(product, strings) for _, product in waking):
        shared = f"{usb_id} is shared by {len(waking)} products, which their strings tell apart; others have it, too."
        return Standing("either", "could be either", (shared,))
    return Standing("waking", "not switched yet: it waits for its message", _why_waking(waking))


def _keeps_id(family: Profile, product: Product) -> bool:
    """Does a stick of that product keep its id when it is switched, or may it?"""
    if family.told_by not in ("interfaces", "id") or product.usb in product.becomes:
        return True
    others = any(not other.wakes for other in family.products)
    return family.told_by == "interfaces" and (not others or str(product.usb) in KEEP_ID)


def _why_waking(waking: list[tuple[Profile, Product]]) -> tuple[str, ...]:
    becomes = sorted({str(one) for _, product in waking for one in product.becomes})[:6]
    return (f"After its switch it is {', '.join(becomes)}.",) if becomes else ()


def _modes(usb_id: UsbId, shown: list[tuple[Profile, Product]]) -> tuple[str, ...]:
    """The modes that a switched one may be in."""
    if usb_id.vendor != HUAWEI and str(usb_id) not in HUAWEI_MODES:
        return ()
    of_all = {mode for family, _ in shown for way in family.transitions for mode in way.to if mode in LOOK_FOR}
    return HUAWEI_MODES.get(str(usb_id), tuple(sorted(of_all)) if len(of_all) == 1 else ())


def _says(product: Product, strings: tuple[str, str, str]) -> bool:
    """Does the device say what this product must say of itself?  What only INQUIRY tells is not known."""
    said = dict(zip(USB_STRINGS, strings, strict=True))
    return all(text.replace("_", " ") in said.get(key, "").replace("_", " ") for key, text in product.match)


def _names_wifi(product: Product) -> bool:
    return other_thing(None, " ".join(product.names)) == WIFI
