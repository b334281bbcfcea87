"""05c6:1000, the id that most products share: devices that show it, and a simulated stick that INQUIRY tells apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from modeswitch.sim.bus import SimBus
from modeswitch.sim.composition import Composition
from modeswitch.sim.faults import Faults
from modeswitch.sim.models import MODELS, Model
from modeswitch.usb.descriptors import Port, UsbId
from modeswitch.usb.device import UsbDevice
from tests.support.rig import bus_of

SHARED = UsbId.parse("05c6:1000")
REZERO = "55534243123456780000000000000601000000000000000000000000000000"
INQUIRY = "555342431234567824000000800006120000002400000000000000000000" + "00"


def seen(usb: UsbId, *strings: str) -> UsbDevice:
    """A device with these strings, in the order of STRINGS, and nothing to show."""
    all_six = [*strings, *[""] * (6 - len(strings))]
    first, scsi = (all_six[0], all_six[1], all_six[2]), (all_six[3], all_six[4], all_six[5])
    return UsbDevice(Port.parse("1-1"), 5, usb, None, 1, first, scsi=scsi)


def shared(scsi: tuple[str, str, str], manufacturer: str = "Nobody", **more: Any) -> SimBus:
    """A simulated 05c6:1000 that an eject or, with ``obeys``, its n-th command switches."""
    look = Composition(0x05C6, 0x1000, MODELS["eject"].compositions["storage"].functions, manufacturer=manufacturer)
    after = replace(MODELS["eject"].compositions["modem"], vendor=0x0AF0, product=0x6701)
    model = Model("shared", "made up", "storage", {"storage": look, "modem": after}, lambda *_: None, eject="modem")
    bus = bus_of(model, Faults(**more))
    vendor, product_, revision = scsi
    answer = bytes([5, 0x80, 2, 2, 31, 0, 0, 0]) + f"{vendor:8}{product_:16}{revision:4}".encode()
    for medium in bus.sim.sticks[0].media.values():
        medium.inquiry = lambda: answer  # type: ignore[method-assign]
    return bus


def asked(bus: SimBus) -> list[str]:
    return [data for kind, _, data in bus.sim.wire if kind == "bulk out" and data[30:32] != "03"]
