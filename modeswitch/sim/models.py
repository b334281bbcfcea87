"""The sticks that can be simulated: what each looks like, and what its firmware makes of a switching message.

Ref: hw_pnp.c of the E3372h kernel source (host, profile and green mode decide); captures 01, 06, 13, 15, 19, 27.
"""

from __future__ import annotations

from dataclasses import replace

from .composition import Composition, Numbers, ecm, from_ports, mbim, ncm, rndis, serial, storage
from .e3372 import e3372_325, e3372h_320
from .model import DEAF, GATEWAY, HUAWEI, LINUX, MAC, WINDOWS, Model
from .modem import Features


def _woken(product: int, serial_number: str = "0123456789ABCDEF") -> Composition:
    """One storage interface, CD-ROM on LUN 0 and TF card on LUN 1 (capture 16)."""
    return Composition(HUAWEI, product, (storage(Numbers(), "cdrom", "card"),), serial=serial_number)


def _gateway() -> dict[str, Composition]:
    """The two compositions that every Balong V7 firmware has for a gateway host."""
    with_ncm, with_ppp = Numbers(), Numbers()
    mute = (0xFF, 0xFF, 0xFF)
    roles = ("modem", "diag", "pcui")
    return {
        "gateway-ncm": Composition(HUAWEI, 0x155E, (*(serial(with_ncm, mute, role) for role in roles), *ncm(with_ncm))),
        "gateway-ppp": Composition(HUAWEI, 0x1001, tuple(serial(with_ppp, mute, role) for role in roles)),
    }


def _hilink_rewind(host: int, profile: int, green: int) -> str | None:
    if host == GATEWAY:
        return {0: "gateway-ppp", 1: "gateway-ncm"}.get(profile)
    if green == 1:
        return {WINDOWS: "rndis", MAC: "ecm", LINUX: "ecm"}.get(host, DEAF)
    return "project" if (host, green) == (WINDOWS, 0) else DEAF


def _stick_rewind(host: int, profile: int, green: int) -> str | None:
    if host == GATEWAY:
        return {0: "gateway-ppp", 1: "gateway-ncm"}.get(profile)
    return "linux" if host == LINUX else "windows"


def _never(host: int, profile: int, green: int) -> str | None:
    return None


def _hilink() -> Model:
    ecm_numbers, rndis_numbers, project = Numbers(), Numbers(), Numbers()
    return Model(
        "e3372h",
        "E3372h with HiLink firmware, 12d1:1f01",
        "storage",
        {
            "storage": _woken(0x1F01),
            "ecm": Composition(HUAWEI, 0x14DC, (*ecm(ecm_numbers), storage(ecm_numbers, "card")), device_class=2),
            "rndis": Composition(HUAWEI, 0x14DC, (*rndis(rndis_numbers), storage(rndis_numbers, "card"))),
            # hw_pnp.c: rndis or ecm, pcui, c_shell, a_shell, 3g_diag, gps, 4g_diag, SD
            "debug": Composition(
                HUAWEI, 0x1566, from_ports(("A3", "12", "19", "18", "3", "5", "13", "A2"), 0x02, Numbers())
            ),
            "project": Composition(
                HUAWEI, 0x1442, (serial(project, (0xFF, 0xFF, 0xFF), "pcui"), storage(project, "cdrom"))
            ),
            **_gateway(),
        },
        _hilink_rewind,
    )


def from_list(product: int, ports: str) -> dict[str, Composition]:
    """What firmware with a list of ports (``A1,A2;12,16``) becomes after the switch, for each kind of host.

    Without the state before the switch (``FF``) it keeps its serial number (captures 02, 03).
    """
    first, _, after = ports.partition(";")
    serial_number = "0123456789ABCDEF" if first == "FF" else ""
    codes = after.split(",")
    return {
        host: Composition(HUAWEI, product, from_ports(codes, subclass, Numbers()), serial=serial_number)
        for host, subclass in (("linux", 0x02), ("windows", 0x03))
    }


LTE_CODES = {
    "3": "3G DIAG",
    "10": "4G MODEM",
    "1": "3G MODEM",
    "12": "4G PCUI",
    "13": "4G DIAG",
    "5": "3G GPS",
    "14": "4G GPS",
    "A": "BLUE TOOTH",
    "16": "NCM",
    "A1": "CDROM",
    "A2": "SD",
}
"""What AT^SETPORT=? of an E3372s-153 and E3372h-153 lists (capture 26)."""


def _stick(name: str, about: str, wakes: int, becomes: int, features: Features) -> Model:
    return Model(
        name,
        about,
        "storage",
        {"storage": _woken(wakes), **from_list(becomes, features.ports), **_gateway()},
        _stick_rewind,
        features=features,
        own_list=becomes,
    )


def _set_feature() -> Model:
    woken, after = Numbers(), Numbers()
    mute = (0xFF, 0xFF, 0xFF)
    # Linux's usb-storage knows it by release 00.00 (capture 19), and sends SET_FEATURE by itself.
    look = Composition(HUAWEI, 0x1003, (), manufacturer="HUAWEI Technology", name="HUAWEI Mobile", release=0)
    return Model(
        "e220",
        "E220, 12d1:1003, switched by SET_FEATURE",
        "storage",
        {
            "storage": replace(look, functions=(storage(woken, "cdrom"), storage(woken, "card"))),
            "modem": replace(
                look,
                functions=(
                    serial(after, mute, "modem"),
                    serial(after, mute, "pcui"),
                    storage(after, "cdrom"),
                    storage(after, "card"),
                ),
            ),
        },
        _never,
        "modem",
    )


def _eject() -> Model:
    """As usb-modeswitch-data 20251207 has 19d2:0053: an eject of both LUNs, three ports afterwards."""
    after = Numbers()
    mute = (0xFF, 0xFF, 0xFF)
    look = Composition(0x19D2, 0x0053, (), serial="0123456789ABCDEF", manufacturer="ZTE,Incorporated", name="ZTE MF110")
    ports = tuple(serial(after, mute, role) for role in ("diag", "pcui", "modem"))
    return Model(
        "eject",
        "ZTE MF110, 19d2:0053, switched by an eject",
        "storage",
        {
            "storage": replace(look, functions=(storage(Numbers(), "cdrom", "card"),)),
            "single": replace(look, functions=(storage(Numbers(), "cdrom"),)),
            "modem": replace(look, product=0x0031, functions=ports),
        },
        _never,
        eject="modem",
    )


def _config() -> Model:
    """A module with three configurations, the last of them MBIM: the id of a Huawei ME906s, the layout made up."""
    first, second, third = Numbers(), Numbers(), Numbers()
    at = (0xFF, 0x02, 0x12)
    return Model(
        "config",
        "a module with three configurations, 12d1:15c1: storage, AT ports, MBIM",
        "module",
        {
            "module": Composition(
                HUAWEI,
                0x15C1,
                (storage(first, "cdrom"),),
                manufacturer="Huawei Technologies Co., Ltd.",
                more=((2, (serial(second, at, "pcui"), serial(second, (0xFF, 0x02, 0x01), "modem"))), (3, mbim(third))),
            )
        },
        _never,
    )


def _vendor() -> Model:
    """As usb-modeswitch-data 20251207 has 1199:0fff: one vendor request, ports afterwards."""
    after = Numbers()
    mute = (0xFF, 0xFF, 0xFF)
    look = Composition(0x1199, 0x0FFF, (), manufacturer="Sierra Wireless", name="TRU-Install")
    return Model(
        "vendor",
        "Sierra TRU-Install, 1199:0fff, switched by a vendor request",
        "storage",
        {
            "storage": replace(look, functions=(storage(Numbers(), "cdrom"),)),
            "modem": replace(look, product=0x6880, functions=(serial(after, mute, "pcui"),)),
        },
        _never,
        request=("40", "0b", "0001"),
        becomes="modem",
    )


def _all() -> dict[str, Model]:
    models = (
        _hilink(),
        e3372h_320(),
        e3372_325(),
        _stick(
            "e3372h-153",
            "E3372h-153 with stick firmware, 12d1:14fe",
            0x14FE,
            0x1506,
            Features(LTE_CODES, "A1,A2;12,1,16,A1,A2"),
        ),
        _stick("e3372s", "E3372s-153, 12d1:15cf", 0x15CF, 0x15B6, Features(LTE_CODES, "A1,A2;12,10,16,A1,A2")),
        # Capture 25; AT^U2DIAG=256 leaves CD-ROM and network out.
        _stick(
            "e173",
            "E173 with AT^U2DIAG, 12d1:1446",
            0x1446,
            0x1506,
            Features({}, "A1,A2;1,16,3,2,A1,A2", 255, model="E173"),
        ),
        _set_feature(),
        _eject(),
        _config(),
        _vendor(),
    )
    return {model.name: model for model in models}


MODELS = _all()
"""Name → model."""
