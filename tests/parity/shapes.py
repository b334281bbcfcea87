"""The stick of an entry: what it looks like before and after, and which transfers bring it there.

Ids, classes, strings and endpoints are the entry's.  What no entry says is which interfaces a modem has once it is
switched: there the stick takes the likeliest mode that our profile promises, so that a promise is put to the proof.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from modeswitch.database.library import Library
from modeswitch.identity.recognise import recognise
from modeswitch.modem.roles import satisfies
from modeswitch.sim.composition import INTERRUPT, Composition, Function, Numbers, ecm, from_ports, ncm, rndis, serial
from modeswitch.switching.plan import plan
from modeswitch.usb.descriptors import Descriptors, Port, UsbId
from modeswitch.usb.device import UsbDevice

from .entries import HID, STORAGE, VENDOR, Entry
from .look import Look, Stage, function, looks
from .stick import Faults, Stick

HUAWEI = 0x12D1
LIBRARY = Library(user=[])


def covered(entry: Entry) -> bool:
    """Does our library know the id?"""
    return bool(LIBRARY.families(UsbId(entry.vendor, entry.product)))


def before(entry: Entry) -> Look:
    """What it wakes up as: storage, unless its method has to do with something else."""
    triple, kind = STORAGE, 2
    if entry.on("MobileActionMode"):
        triple, kind = HID, INTERRUPT
    elif entry.dummy or (entry.messages and not entry.messages[0].startswith("55534243") and "c261" in entry.usb):
        triple = VENDOR
    woken = (function(triple, entry.out, 0x81, kind),)
    vendor, model, rev = (entry.strings.get(key, "") for key in ("vendor", "model", "rev"))
    return replace(_named(entry, _configured(entry, woken)), scsi=(vendor, model, rev))


def _configured(entry: Entry, woken: tuple[Function, ...]) -> Look:
    """As many configurations as the entry's number asks for; it wakes up in the first, or 2 where 1 is wanted."""
    wanted = entry.number("Configuration")
    switched = (_of_class(entry.number("TargetClass", 0xFF)),)
    every = [switched if value == wanted else woken for value in range(1, max(wanted, 1) + (wanted == 1) + 1)]
    return replace(looks(entry.vendor, entry.product, *every), active=2 if wanted == 1 else 1)


def _named(entry: Entry, look: Look) -> Look:
    """The look with the USB strings that the entry asks for."""
    wanted = entry.strings
    maker, name, serial_number = (wanted.get(key, "") for key in ("manufacturer", "name", "serial"))
    named = (
        replace(one, manufacturer=maker or "Maker", name=name or "Stick", serial=serial_number)
        for one in look.configurations
    )
    return replace(look, configurations=tuple(named))


def _of_class(number: int) -> Function:
    """An interface of a class that an entry names."""
    triple = {0x02: (2, 2, 1), 0x03: (3, 0, 0), 0x07: (7, 1, 2), 0x08: STORAGE, 0x0E: (2, 0x0E, 0)}.get(number)
    return function(triple or (number, 0xFF, 0xFF))


def usb_device(look: Look) -> UsbDevice:
    """What our library would see of it."""
    descriptors = Descriptors.parse(look.descriptors())
    strings = (look.first.manufacturer, look.first.name, look.first.serial)
    return UsbDevice(Port(1, (1,)), 5, descriptors.id, descriptors, look.active, strings, scsi=look.scsi)


def promised(entry: Entry) -> str:
    """The likeliest mode that our profile says this way leads to; ``switched`` where it says no more."""
    device = recognise(usb_device(before(entry)), LIBRARY)
    if device.profile is None or device.mode is None or device.product is None or device.product.leave_alone:
        return "switched"
    if satisfies(device.mode, device.profile.goal):
        return device.mode
    return plan(device.profile, device.mode, device.profile.goal)[0].to[0]


def modem(mode: str, vendor: int) -> tuple[Function, ...]:
    """The interfaces of a switched stick in that mode."""
    numbers = Numbers()
    made: dict[str, Callable[[], tuple[Function, ...]]] = {
        "hilink": lambda: ecm(numbers),
        "debug": lambda: (*rndis(numbers), serial(numbers, (0xFF, 0x02, 0x12), "pcui")),
        "ncm": lambda: (serial(numbers, VENDOR, "pcui"), *ncm(numbers)),
        "stick": lambda: from_ports(("12", "1"), 0x02, numbers),
        "mbim": lambda: (function((2, 0x0E, 0)),),
        "qmi": lambda: from_ports(("12", "9"), 0x01, numbers),
    }
    if mode == "ncm" and vendor == HUAWEI:
        return from_ports(("12", "1", "16"), 0x02, numbers)
    return made[mode]() if mode in made else tuple(serial(numbers, VENDOR, "modem") for _ in range(3))


def after(entry: Entry, target: int = 0) -> Look | None:
    """What it comes back as, of several targets as that one; None where it only takes another configuration."""
    if not entry.targets and "Configuration" in entry.keys:
        return None
    vendor, product = entry.targets[target] if entry.targets else (entry.vendor, entry.product)
    if "TargetClass" in entry.keys:
        functions: tuple[Function, ...] = (_of_class(entry.number("TargetClass")),)
    else:
        functions = modem(promised(entry), vendor)
    return Look((Composition(vendor, product, functions, manufacturer="Maker", name="Modem"),))


def stages(entry: Entry) -> list[Stage]:
    """What it has to be sent, and what it does then.

    Sony's comes back once with its modem's class in front, and wants to hear the same again before it is configured.
    """
    if not entry.last or entry.dummy:
        return []
    if not entry.on("SonyMode"):
        return [Stage(entry.last, after(entry))]
    modem_first = (_of_class(entry.number("TargetClass")),)
    half = _named(entry, looks(entry.vendor, entry.product, modem_first, modem_first))
    return [Stage(entry.mode, half), Stage(entry.mode, None), Stage(entry.last, after(entry))]


def stick(entry: Entry, name: str = "1-1", faults: Faults | None = None) -> Stick:
    """The stick of an entry, at that port; Cisco's has no data for those who ask, else its peer would stop there."""
    return Stick(name, before(entry), stages(entry), faults, data=not entry.on("CiscoMode"))
