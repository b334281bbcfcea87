"""A stick by what it is called: a node or network interface of this host, a model, a maker."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..database.library import Library
from ..errors import NoDevice
from ..printable import printable
from ..usb.bus import Bus
from .device import Device
from .recognise import identify_here, remembered

LONGEST = 64
"""The longest name that is looked for, in characters."""
MOST = 4
"""How many ids of a model that is not here are named."""


def by_name(text: str, bus: Bus, library: Library) -> list[Device]:
    """The sticks that are called so, by port; none where nothing is, and no stick that is known would be.

    Raises :class:`NoDevice` for a model that is known and not on the bus.
    """
    port = bus.host.port_of(text)
    if port is not None:
        seen = bus.at(port)
        return [identify_here(seen, bus, library)] if seen else []
    words = _words(text)
    if not words:
        return []
    devices = [identify_here(usb_device, bus, library) for usb_device in bus.scan()]
    found = [device for device in devices if device.may_be_stick and _called(words, _said(device, bus))]
    if found:
        return found
    ids = list(dict.fromkeys(_ids(words, library))) if re.search(r"\d", text) else []
    if ids:
        shown = ", ".join(ids[:MOST]) + (" or others" if len(ids) > MOST else "")
        raise NoDevice(
            f"no {printable(text, LONGEST)} is on the bus",
            hint=f"Such a stick has the id {shown}. See what is there: modeswitch list",
        )
    return []


def _words(text: str) -> list[str]:
    """The words of a name; none where it is no name: one begins with a letter, and has three at least."""
    words = text.lower().split()
    whole = (
        len(text) <= LONGEST
        and text.isprintable()
        and all(re.fullmatch(r"[a-z][a-z0-9._/+-]+", word) for word in words)
    )
    return words if whole and all(len(word) >= 3 for word in words) else []


def _said(device: Device, bus: Bus) -> str:
    """All that a stick is called: by itself, by its profile, by its family."""
    strings = device.usb.strings if any(device.usb.strings) else bus.strings(device.usb)
    device = remembered(device, bus)
    family = (device.profile.vendor, device.profile.name) if device.profile else ()
    return " ".join((*strings[:2], *device.names, *family))


def _called(words: list[str], said: str) -> bool:
    """Is each word in it: as a whole word, or where it has a digit, as a model's name does, as the beginning of one?"""
    said = said.lower().replace("_", " ")
    ends = [rf"(?<![a-z0-9]){re.escape(word)}" + ("" if re.search(r"\d", word) else "(?![a-z0-9])") for word in words]
    return all(re.search(pattern, said) for pattern in ends)


def _ids(words: list[str], library: Library) -> Iterator[str]:
    """The ids with which sticks of that name wake up."""
    for name in library.names():
        family = library.family(name)
        for product in family.products:
            if product.wakes and _called(words, " ".join((*product.names, family.vendor))):
                yield str(product.usb)


def near(text: str, bus: Bus, library: Library) -> str:
    """What a stick on the bus is called or is, that is written nearly so; empty where nothing is."""
    import difflib

    there: dict[str, str] = {}
    for usb_device in bus.scan():
        device = identify_here(usb_device, bus, library)
        if device.may_be_stick:
            words = (str(device.port), str(device.id), *_words_of(_said(device, bus)))
            there.update(dict.fromkeys(words, f"{device.id} at {device.port}"))
    found = difflib.get_close_matches(text[:LONGEST].lower(), there, 1, 0.65)
    if not found:
        return ""
    shown = printable(found[0], LONGEST)
    return f"Did you mean {shown}{'' if shown in there[found[0]] else f' ({there[found[0]]})'}? "


def _words_of(said: str) -> list[str]:
    """The words of what a stick is called that may be written in its place."""
    return re.findall(r"[a-z][a-z0-9-]{2,63}", said.lower().replace("_", " "))[:200]
