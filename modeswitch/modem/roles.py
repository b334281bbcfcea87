"""What an interface is for, and what a stick can do now: triple → role, roles → mode.  Two tables, no I/O.

A mode is read from the interfaces of the active configuration and never from the product id: 12d1:1506 is ``stick``
or ``ncm``, 12d1:14dc is ECM or RNDIS.  The one thing that interfaces cannot tell is download mode, which has a modem's
looks; there the profile says so.

Ref: USB class codes (usb.org); Huawei's port codes from the E3372h kernel source, drivers/usb/mbb_usb_unitary/hw_pnp.h
and usb_nv_get.h (samm-git/e3372h-vendor-src); bindings as in Linux 6.1 option.c, huawei_cdc_ncm.c, qmi_wwan.c.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..usb.descriptors import Configuration, Interface, Triple

MODES: dict[str, str] = {
    "mass-storage": "storage only: a fake CD-ROM, perhaps a TF card",
    "hilink": "a router of its own behind an ECM or RNDIS network card, no AT port",
    "stick": "AT ports (pcui, modem) and no network function: PPP, dial-up",
    "ncm": "an NCM network function, and an AT port to dial with",
    "mbim": "an MBIM function",
    "qmi": "a QMI function",
    "debug": "HiLink with its serial ports",
    "download": "project or download mode: for flashing, never a goal",
    "asleep": "not switched yet, and no storage: it waits for its message, or in another configuration",
    "switched": "something else than storage, of a product whose ports are not described",
}
"""Every mode with what the stick offers in it."""

GOALS = tuple(mode for mode in MODES if mode not in ("download", "asleep"))
"""The modes that may be asked for."""

STARTS = tuple(mode for mode in MODES if mode != "download")
"""The modes that a transition may start from."""

WAKING = ("mass-storage", "asleep")
"""The modes of a stick that has not been switched yet."""

GENERIC: dict[tuple[int, ...], str] = {
    (0x08, 0x06, 0x50): "storage",
    (0x08, 0x06, 0x62): "storage",
    (0x02, 0x06): "ecm",
    (0xE0, 0x01, 0x03): "rndis",
    (0xEF, 0x04, 0x01): "rndis",
    (0xEF, 0x01, 0x01): "rndis",
    (0x02, 0x02, 0xFF): "rndis",
    (0x02, 0x0D): "ncm",
    (0x02, 0x0E): "mbim",
    (0x02, 0x02): "acm",
    (0x0A,): "data",
    (0x03,): "hid",
    (0x07,): "printer",
    (0x08,): "storage",
}
"""USB's own classes; the longest prefix of the triple wins.

RNDIS has four: as a radio device, as a miscellaneous one (Telit, Fibocom, SIMCom), as ActiveSync, and as a modem of the
vendor's own protocol.  Ref: Linux drivers/net/usb/rndis_host.c.
"""

FUNCTIONS: dict[str, tuple[str, ...]] = {
    "mbim": ("mbim",),
    "qmi": ("qmi",),
    "ncm": ("ncm",),
    "hilink": ("ecm", "rndis"),
    "stick": ("pcui", "modem"),
}
"""Mode → the roles one of which makes it: what a configuration is chosen by."""

NETWORK = ("ncm", "ecm", "rndis", "mbim", "qmi")
"""The roles of which the host makes a network interface."""

SERIAL = ("modem", "pcui", "diag", "gps", "serial", "vendor")
"""The roles of vendor-specific interfaces of which the host makes a tty; ``vendor`` are those that no profile
described.  ``acm`` is not among them: its class is a standard one, which cdc_acm binds at every vendor."""

NEVER = frozenset(("hid", "printer"))
"""The roles of interfaces that no stick has alone."""

_AT = {"pcui", "modem"}
_MAY_TAKE_AT = _AT | {"acm", "serial", "vendor"}
"""The roles that may be an AT port: with one of them, a network function is not that of a router."""

ASKED = ("pcui", "modem", "vendor")
"""The roles of ports that are asked, the likeliest first; ``vendor`` are those that no profile describes."""

HUAWEI_PORTS: dict[str, tuple[int, ...]] = {
    "modem": (0x01, 0x10, 0x17, 0x31, 0x61),
    "pcui": (0x02, 0x12, 0x32, 0x62, 0x72),
    "diag": (0x03, 0x13, 0x33, 0x63, 0x73),
    "gps": (0x05, 0x14, 0x35, 0x65, 0x74),
    "ncm": (0x16, 0x46, 0x76),
    "qmi": (0x07, 0x08, 0x09, 0x11, 0x37, 0x38, 0x39, 0x67, 0x68, 0x69),
}
"""Role → bInterfaceProtocol of ff/01..06 at Huawei: the port code is the protocol.

The base set, +30 for Vodafone, +60 without Huawei's name.
"""

_HUAWEI = {code: role for role, codes in HUAWEI_PORTS.items() for code in codes}
HUAWEI = 0x12D1
OPTIONS_OWN = ((0x1C05, 0x1C1F, 0x1C23, 0x1441, 0x1442), Triple(0x02, 0x02, 0xFF))
"""Products of Huawei's whose interfaces of that class are serial ports, and no RNDIS as everywhere else.

Ref: Linux drivers/usb/serial/option.c; tests/captures/29_kernel_6.1_huawei_bindings.txt.
"""
QMI_BY_NUMBER = ((0x140C, 1), (0x14AC, 1))
"""Product of Huawei's and number of its interface that speaks QMI, be it vendor-specific or 02/06/ff.

Ref: Linux drivers/net/usb/qmi_wwan.c (Huawei E173, E1820).
"""
QUALCOMM = 0x01
"""The subclass of Qualcomm chips, the only ones whose NDIS ports speak QMI (qmi_wwan binds no other)."""


ADB = Triple(0xFF, 0x42, 0x01)
"""The Android debug bridge, which a program (adb) drives through usbfs.  Ref: AOSP, adb's adb.h."""


def role(triple: Triple, vendor: int | None = None, product: int = 0, number: int | None = None) -> str:
    """The role of one interface: a word of the tables above, ``vendor`` where only the vendor knows, else ``other``."""
    if vendor == HUAWEI and (product, number) in QMI_BY_NUMBER and triple.cls in (0x02, 0xFF):
        return "qmi"
    if vendor == HUAWEI and product in OPTIONS_OWN[0] and triple == OPTIONS_OWN[1]:
        return "serial"
    if triple.cls == 0xFF:
        if vendor == HUAWEI and 0x01 <= triple.sub <= 0x06:
            named = _HUAWEI.get(triple.proto, "serial")
            return named if named != "qmi" or triple.sub == QUALCOMM else "other"
        return "vendor"
    for length in (3, 2, 1):
        found = GENERIC.get(triple[:length])
        if found is not None:
            return found
    return "other"


def roles(
    configuration: Configuration, vendor: int, ports: Sequence[str] = (), product: int = 0
) -> list[tuple[Interface, str]]:
    """Each interface of the configuration, once, with its role.

    ``ports`` are the roles a profile gives, in order, to interfaces that say nothing but ff/ff/ff (12d1:155e: modem,
    diag, pcui).  They are used only when their number is right: a stick with other ports is not the one described.
    """
    found = [
        (interface, role(interface.triple, vendor, product, interface.number)) for interface in configuration.functions
    ]
    mute = [interface.number for interface, name in found if name == "vendor"]
    given = dict(zip(mute, ports, strict=True)) if len(mute) == len(ports) else {}
    return [(interface, given.get(interface.number, name)) for interface, name in found]


def mode(names: Iterable[str]) -> str | None:
    """The mode that a set of roles makes, or None where nothing of it is a modem's or a disk's."""
    present = set(names)
    if present and present <= {"storage"}:
        return "mass-storage"
    network = bool(present & {"ecm", "rndis"})
    rules = (
        ("mbim", "mbim" in present),
        ("qmi", "qmi" in present),
        ("ncm", "ncm" in present and bool(present & _MAY_TAKE_AT)),
        ("debug", network and bool(present & _AT)),
        ("hilink", network and not present & _MAY_TAKE_AT),
        ("stick", bool(present & _AT) and not network and "ncm" not in present),
    )
    return next((name for name, holds in rules if holds), None)


def satisfies(mode: str | None, goal: str) -> bool:
    """Is this mode the one wanted?  ``switched`` is content with all that is neither asleep, storage nor download."""
    if goal == "switched":
        return mode not in (None, "download", *WAKING)
    return mode == goal
