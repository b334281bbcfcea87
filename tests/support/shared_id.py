"""Devices whose id does not say what they are: 05c6:1000, which most products share, and ids that sticks become."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from modeswitch.sim.bus import SimBus
from modeswitch.sim.clock import VirtualClock
from modeswitch.sim.composition import Composition
from modeswitch.sim.faults import Faults
from modeswitch.sim.models import MODELS, Model
from modeswitch.sim.stick import Stick
from modeswitch.sim.weather import SUNNY
from modeswitch.usb.descriptors import Port, UsbId
from modeswitch.usb.device import UsbDevice
from tests.support.rig import bus_of

SHARED = UsbId.parse("05c6:1000")


def seen(usb: UsbId, *strings: str) -> UsbDevice:
    """A device with these strings, in the order of STRINGS, and nothing to show."""
    all_six = [*strings, *[""] * (6 - len(strings))]
    first, scsi = (all_six[0], all_six[1], all_six[2]), (all_six[3], all_six[4], all_six[5])
    return UsbDevice(Port.parse("1-1"), 5, usb, None, 1, first, scsi=scsi)


def shared(scsi: tuple[str, str, str], manufacturer: str = "Nobody", **more: Any) -> SimBus:
    """A bus with a simulated 05c6:1000 that says so of itself: SCSI vendor, product and revision, manufacturer.

    An eject switches it or, with ``obeys``, its n-th command; ``more`` are faults.
    """
    look = Composition(0x05C6, 0x1000, MODELS["eject"].compositions["storage"].functions, manufacturer=manufacturer)
    after = replace(MODELS["eject"].compositions["modem"], vendor=0x0AF0, product=0x6701)
    model = Model("shared", "made up", "storage", {"storage": look, "modem": after}, lambda *_: None, eject="modem")
    bus = bus_of(model, Faults(**more))
    vendor, product, revision = scsi
    answer = bytes([5, 0x80, 2, 2, 31, 0, 0, 0]) + f"{vendor:8}{product:16}{revision:4}".encode()
    for medium in bus.sim.sticks[0].media.values():
        medium.inquiry = lambda: answer  # type: ignore[method-assign]
    return bus


def asked(bus: SimBus) -> list[str]:
    """Every CBW that was sent, as hex, but REQUEST SENSE."""
    return [data for kind, _, data in bus.sim.wire if kind == "bulk out" and data[30:32] != "03"]


def at_ports(*looks: tuple[str, int]) -> SimBus:
    """Sticks at 1-1, 1-2 …, each with a composition's name and an idProduct of ZTE's."""
    clock = VirtualClock()
    model = MODELS["eject"]
    sticks = []
    for number, (name, product) in enumerate(looks, 1):
        look = replace(model.compositions[name], product=product)
        one = replace(model, wakes=name, compositions={**model.compositions, name: look})
        sticks.append(Stick(one, f"1-{number}", clock=clock, weather=SUNNY))
    return SimBus(sticks, clock)
