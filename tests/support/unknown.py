"""Sticks whose id no profile knows: a model's stick under another id, with other strings where a test wants them."""

from __future__ import annotations

from dataclasses import replace

from modeswitch.sim.bus import SimBus
from modeswitch.sim.composition import Function
from modeswitch.sim.faults import Faults
from modeswitch.sim.models import MODELS
from tests.support.rig import bus_of

NOBODYS = "12d1:9999"


def unknown(
    usb: str = NOBODYS,
    model: str = "e3372h",
    faults: Faults | None = None,
    *,
    becomes: str = "",
    manufacturer: str = "HUAWEI_MOBILE",
    name: str = "HUAWEI_MOBILE",
    functions: tuple[Function, ...] = (),
) -> SimBus:
    """A bus with that model's stick at 1-1: it wakes up as ``usb``, and becomes ``becomes`` where that is given."""
    of = MODELS[model]
    looks = dict(of.compositions)
    vendor, product = (int(part, 16) for part in usb.split(":"))
    woken = replace(looks[of.wakes], vendor=vendor, product=product, manufacturer=manufacturer, name=name)
    looks[of.wakes] = replace(woken, functions=functions) if functions else woken
    if becomes:
        vendor, product = (int(part, 16) for part in becomes.split(":"))
        looks = {
            look: one if look == of.wakes else replace(one, vendor=vendor, product=product)
            for look, one in looks.items()
        }
    return bus_of(replace(of, compositions=looks), faults)
