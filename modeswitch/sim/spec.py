"""A simulated stick from words, as ``--simulate`` takes them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..errors import UsageError
from ..usb.descriptors import UsbId
from .clock import Clock
from .faults import Faults, seconds
from .model import Model
from .models import MODELS
from .modem import Nvram, port_words
from .stick import Stick
from .weather import RAINY, SUNNY

TIMES = tuple(name for name, value in vars(RAINY).items() if isinstance(value, float))
"""The words that are times of the weather."""


def parse(text: str, clock: Clock | None = None) -> Stick:
    """A stick from words: ``e3372h``, ``e3372h@1-1.4``, ``e3372h@1-2,csw=late,back=never``.

    ``id=12d1:9999`` is what it wakes up as, to rehearse with an id that no profile knows.

    ``wakes=NAME`` names the composition to begin with, ``ports=A1+A2;12+1`` is its port list (``+`` for a comma),
    ``u2diag=256`` the older form, ``nvram=PATH`` the file that keeps both over the end of the process.  ``sunny`` is a
    stick that does all at once; the times of :class:`~modeswitch.sim.weather.Weather` are words, too.  The rest are
    :class:`~modeswitch.sim.faults.Faults`.  Raises :class:`UsageError`.
    """
    head, *words = text.split(",")
    name, _, port = head.partition("@")
    model = MODELS.get(name)
    if model is None:
        raise UsageError(f"{name!r} is no simulated stick", hint=f"Known: {', '.join(MODELS)}.")
    weather = SUNNY if "sunny" in words else RAINY
    times: dict[str, Any] = {}
    nvram = Nvram(model.features.ports, model.features.u2diag)
    wakes, faults = "", []
    usb: UsbId | None = None
    for word in words:
        key, _, value = word.partition("=")
        if key == "wakes":
            wakes = value
        elif key == "id":
            usb = UsbId.parse(value)
        elif key in TIMES:
            times[key] = seconds(key, value)
        elif key == "ports":
            nvram.ports = port_words(value)
        elif key == "u2diag":
            nvram.u2diag = int(seconds(key, value))
        elif key == "nvram":
            nvram.path = value
        elif word != "sunny":
            faults.append(word)
    chosen = Faults.parse(faults)
    for named in (wakes, chosen.first, "" if chosen.back in ("same", "never") else chosen.back):
        if named and named not in model.compositions:
            raise UsageError(f"{name} never looks like {named!r}", hint=f"Known: {', '.join(model.compositions)}.")
    if usb is not None:
        model = _called(model, usb)
    if chosen.moves:
        _ = Stick(model, chosen.moves, clock=clock)
    nvram.load()
    return Stick(model, port or "1-1", chosen, clock, wakes=wakes, nvram=nvram, weather=replace(weather, **times))


def _called(model: Model, usb: UsbId) -> Model:
    """The model with another id while it has not been switched."""
    woken = replace(model.compositions[model.wakes], vendor=usb.vendor, product=usb.product)
    return replace(model, compositions={**model.compositions, model.wakes: woken})
