"""The sticks that can be simulated: what each looks like, and what its firmware makes of a switching message.

Ref: hw_pnp.c of the E3372h kernel source (host, profile and green mode decide); captures 01, 06, 13, 15, 19, 27.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from .composition import Composition, Numbers, ecm, from_ports, ncm, rndis, serial, storage

HUAWEI = 0x12D1
WINDOWS, MAC, LINUX, GATEWAY = 0x00, 0x10, 0x20, 0x30
DEAF = "deaf"
"""What a message does that the firmware does not know: nothing, and no later one is heard."""

Rewind = Callable[[int, int, int], str | None]
"""(host, profile, green) → the name of the composition to come back as, DEAF, or None for "ignored"."""


@dataclass(frozen=True)
class Model:
    """A stick: its compositions by name, the one it wakes up in, what its firmware does with messages.

    ``set_feature`` is the composition that SET_FEATURE(1) leads to, where that is a switch.
    """

    name: str
    about: str
    wakes: str
    compositions: dict[str, Composition]
    rewind: Rewind
    set_feature: str = ""


def _woken(product: int, serial_number: str = "0123456789ABCDEF") -> Composition:
    """One storage interface, CD-ROM on LUN 0 and TF card on LUN 1 (capture 16)."""
    return Composition(HUAWEI, product, (storage(Numbers(), "cdrom", "card"),), serial=serial_number)


def _gateway() -> dict[str, Composition]:
    """The two compositions that every Balong V7 firmware has for a gateway host."""
    with_ncm, with_ppp = Numbers(), Numbers()
    mute = (0xFF, 0xFF, 0xFF)
    ports = [serial(with_ncm, mute, interrupt=True), serial(with_ncm, mute), serial(with_ncm, mute)]
    return {
        "gateway-ncm": Composition(HUAWEI, 0x155E, (*ports, *ncm(with_ncm))),
        "gateway-ppp": Composition(
            HUAWEI,
            0x1001,
            (serial(with_ppp, mute, interrupt=True), serial(with_ppp, mute), serial(with_ppp, mute)),
        ),
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
            "project": Composition(HUAWEI, 0x1442, (serial(project, (0xFF, 0xFF, 0xFF)), storage(project, "cdrom"))),
            **_gateway(),
        },
        _hilink_rewind,
    )


def _stick(name: str, about: str, wakes: int, becomes: int, ports: tuple[str, ...]) -> Model:
    def after(subclass: int) -> Composition:
        return Composition(HUAWEI, becomes, from_ports(ports, subclass, Numbers()))

    return Model(
        name,
        about,
        "storage",
        {"storage": _woken(wakes), "linux": after(0x02), "windows": after(0x03), **_gateway()},
        _stick_rewind,
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
                    serial(after, mute, interrupt=True),
                    serial(after, mute),
                    storage(after, "cdrom"),
                    storage(after, "card"),
                ),
            ),
        },
        _never,
        "modem",
    )


def _all() -> dict[str, Model]:
    models = (
        _hilink(),
        _stick(
            "e3372h-153", "E3372h-153 with stick firmware, 12d1:14fe", 0x14FE, 0x1506, ("12", "1", "16", "A1", "A2")
        ),
        _stick("e3372s", "E3372s-153, 12d1:15cf", 0x15CF, 0x15B6, ("12", "10", "16", "A1", "A2")),
        _set_feature(),
    )
    return {model.name: model for model in models}


MODELS = _all()
"""Name → model."""
