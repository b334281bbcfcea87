"""Sticks of ZTE's at several ports, by the product id that each shows."""

from __future__ import annotations

from dataclasses import replace

from modeswitch.sim.bus import SimBus
from modeswitch.sim.clock import VirtualClock
from modeswitch.sim.models import MODELS
from modeswitch.sim.stick import Stick


def at_ports(*looks: tuple[str, int]) -> SimBus:
    """Sticks at 1-1, 1-2 …, each with a composition's name and an idProduct of ZTE's."""
    clock = VirtualClock()
    model = MODELS["eject"]
    sticks = []
    for number, (name, product_) in enumerate(looks, 1):
        look = replace(model.compositions[name], product=product_)
        one = replace(model, wakes=name, compositions={**model.compositions, name: look})
        sticks.append(Stick(one, f"1-{number}", clock=clock))
    return SimBus(sticks, clock)
