"""Two more generations of the E3372, as their owners measured them.

Ref: trackIT-Systems/modemmanager-e3372, docs/E3372h-320.md (firmware 10.0.3.1) and docs/E3372-325.md (3.0.2.61);
forum.openwrt.org/t/153556 (RNDIS for some seconds first); Huawei-LTE-routers-mods/README, disable_autoswitch (firmware
10.x goes to its router once it is asked for its LUNs).
"""

from __future__ import annotations

from dataclasses import replace

from .composition import Composition, Function, Numbers, Setting, ecm, ncm, rndis, serial, storage
from .model import DEAF, GATEWAY, HUAWEI, LINUX, Model
from .modem import Features

MUTE = (0xFF, 0xFF, 0xFF)
UNKNOWN_PORTS = Features(portmode=False)
"""An AT side that refuses AT^GETPORTMODE and knows neither AT^SETPORT nor AT^U2DIAG."""


def e3372h_320() -> Model:
    """Its ports in the gateway's mode say what they are; asked for its LUNs it goes to its router by itself."""
    woken, router, modem = Numbers(), Numbers(), Numbers()
    ports = (((0xFF, 0x02, 0x01), "modem"), ((0xFF, 0x02, 0x03), "diag"), ((0xFF, 0x02, 0x02), "pcui"))
    return Model(
        "e3372h-320",
        "E3372h-320 with firmware 10.x, 12d1:1f01",
        "storage",
        {
            "storage": Composition(HUAWEI, 0x1F01, (storage(woken, "cdrom", "card"),), serial="0123456789ABCDEF"),
            "ecm": Composition(HUAWEI, 0x14DB, ecm(router), device_class=2),
            "gateway-ncm": Composition(HUAWEI, 0x155E, (*(serial(modem, *port) for port in ports), *ncm(modem))),
        },
        lambda host, profile, green: (
            "gateway-ncm" if (host, profile) == (GATEWAY, 1) else "ecm" if (host, green) == (LINUX, 1) else DEAF
        ),
        by_itself="ecm",
    )


def e3372_325() -> Model:
    """One id in all modes, told by the class of interface 0; NCM without a carrier; RNDIS first after a restart."""
    look = Composition(0x3566, 0x2001, (), manufacturer="Mobile", name="Mobile", release=0xFFFF)
    router, modem = Numbers(), Numbers()
    idle = Function((Setting(MUTE, (modem.into(3),)),))
    ports = tuple(serial(modem, MUTE, role) for role in ("modem", "diag", "other", "pcui"))
    becomes = {(GATEWAY, 1): "modem", (LINUX, 0): "router"}
    return Model(
        "e3372-325",
        "Brovi E3372-325, 3566:2001",
        "storage",
        {
            "storage": replace(look, functions=(storage(Numbers(), "cdrom"),)),
            "router": replace(look, functions=rndis(router)),
            "modem": replace(look, functions=(idle, *ports, *ncm(modem))),
        },
        lambda host, profile, _green: becomes.get((host, profile), DEAF),
        features=UNKNOWN_PORTS,
        first=("router", 2.0),
        no_carrier=True,
    )
