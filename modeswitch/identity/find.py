"""From what a person writes to the sticks that fit: an id, a port path, bus and address, a path, a node, or a name."""

from __future__ import annotations

import os

from ..database.library import Library
from ..database.profile import Profile
from ..errors import NoDevice, ProfileError, SeveralDevices, UsageError
from ..printable import printable
from ..usb.bus import Bus
from ..usb.descriptors import Port, UsbId, port_in
from ..usb.device import UsbDevice
from .device import Device
from .recognise import identify_here, recognise, remembered

FORMS = "Write an id (12d1:1f01), a port path (1-1.4), bus/address (1/5), a node (/dev/ttyUSB0, wwan0) or a model."
LIST = "See what is there: modeswitch list"
WITHOUT_USB = "A container needs /sys and /dev/bus/usb of its host; a virtual machine a USB controller, and the stick."


def find(wanted: str | Port | UsbId, bus: Bus, library: Library) -> list[Device]:
    """All sticks that fit, by port; at least one.

    An id also means the stick that woke up with it and has been switched since: every device whose id the same family
    lists as switched.  Raises :class:`UsageError`, :class:`NoDevice`, :class:`~modeswitch.errors.ProfileError`.
    """
    text = str(wanted)
    port = _port(text)
    if port is not None:
        seen = bus.at(port)
        found = [identify_here(seen, bus, library)] if seen else []
    elif (place := _place(text)) is not None:
        found = [identify_here(s, bus, library) for s in bus.scan() if (s.port.bus, s.address) == place]
    elif ":" in text and not text.startswith("/"):
        found = _by_id(UsbId.parse(text), bus, library)
    else:
        from .names import by_name, near  # what most people write has been read by now

        found = by_name(text, bus, library)
        if not found and not text.startswith("/dev/"):
            path = f"{text!r} is no USB device's folder in sysfs"
            words = path if text.startswith("/") else f"{text!r} names no device"
            raise UsageError(words, hint=near(text, bus, library) + FORMS)
    if not found:
        from .names import near

        raise absent(bus, f"nothing on the bus is {printable(text)}", near(text, bus, library) + LIST)
    return found


def absent(bus: Bus, words: str, hint: str) -> NoDevice:
    """The error that says so of a bus; where no device could be seen at all it says why, with another hint."""
    why = bus.host.without_usb()
    return NoDevice(f"{words}: {why}" if why else words, hint=WITHOUT_USB if why else hint)


def only(bus: Bus, library: Library) -> Device:
    """The only stick there is.  Raises :class:`NoDevice`, and :class:`SeveralDevices` with a list of them."""
    found = every(bus, library)
    if len(found) > 1:
        raise _several(f"which stick? {len(found)} are there:", found, "Name one by its port, or take all with --all.")
    return found[0]


def every(bus: Bus, library: Library) -> list[Device]:
    """Every stick that a profile knows and does not leave alone; where there is none, what else may be one.

    Raises :class:`NoDevice` where nothing is.
    """
    maybe = [device for device in survey(bus, library) if device.may_be_stick]
    found = [device for device in maybe if device.product is not None and not device.product.leave_alone] or maybe
    if not found:
        raise absent(bus, "no stick is on the bus", "All devices, whatever they are: modeswitch list -v")
    return found


def find_one(wanted: str | Device | Port | UsbId, bus: Bus, library: Library, port: str | Port | None = None) -> Device:
    """The one stick that fits, at that port where it is given; a :class:`Device` is taken as it is.

    Raises what :func:`find` raises, and :class:`SeveralDevices` with a list of them.
    """
    if isinstance(wanted, Device):
        return wanted
    text, found = str(wanted), find(wanted, bus, library)
    if port is not None:
        found = [device for device in found if str(device.port) == str(Port.parse(str(port)))]
        if not found:
            raise NoDevice(f"nothing at port {port} is {printable(text)}", hint=LIST, port=str(port))
    if len(found) > 1:
        words = f"{len(found)} devices are {printable(text)}:"
        raise _several(words, found, "Choose one with --port, or take all with --all.")
    return found[0]


def _several(words: str, found: list[Device], hint: str) -> SeveralDevices:
    """More than one fits: the error lists them."""
    listed = "".join(f"\n  {device.port}  {device.id}  {device.mode or '-'}" for device in found)
    return SeveralDevices(f"{words}{listed}", hint=hint, devices=[device.facts() for device in found])


def _port(text: str) -> Port | None:
    """The port that a port path or a path within sysfs names; None where the text is neither."""
    if text.startswith("/") and not text.startswith("/dev/"):
        try:
            real = os.path.realpath(text)
        except OSError:
            real = text  # the link went while it was followed: its device is leaving
        return port_in(real)
    return Port.parse(text) if text.partition("-")[0].isdecimal() and "-" in text else None


def _place(text: str) -> tuple[int, ...] | None:
    """Bus and address from ``1/5`` or ``/dev/bus/usb/001/005``, or None where the text is something else."""
    parts = text.removeprefix("/dev/bus/usb/").split("/")
    whole = len(parts) == 2 and all(part.isascii() and part.isdigit() and len(part) <= 3 for part in parts)
    return tuple(map(int, parts)) if whole else None


def _by_id(usb: UsbId, bus: Bus, library: Library) -> list[Device]:
    families = [family for family in library.families(usb) if _wakes(family, usb)]
    found = []
    for usb_device in bus.scan():
        family = _family_of(usb_device, usb, families)
        if family is not None or usb_device.id == usb:
            found.append(recognise(usb_device, library, family) if family else identify_here(usb_device, bus, library))
    return found


def _wakes(family: Profile, usb: UsbId) -> bool:
    product = family.product(usb)
    return product is not None and product.wakes


def _family_of(usb_device: UsbDevice, usb: UsbId, families: list[Profile]) -> Profile | None:
    """The family through which a switched device is what was asked for."""
    for family in families:
        asked = [product for product in family.products if product.usb == usb and product.wakes]
        mine = {target for product in asked for target in product.becomes}
        product = family.product(usb_device.id)
        if product is not None and usb_device.id != usb and not product.wakes and (not mine or usb_device.id in mine):
            return family
    return None


def survey(bus: Bus, library: Library) -> list[Device]:
    """Everything on the bus, by port; a device whose profile is broken is listed without one."""
    found = []
    for usb_device in bus.scan():
        try:
            found.append(identify_here(usb_device, bus, library))
        except ProfileError:
            found.append(Device(usb_device, None, None, None))
    return found


def describe(device: Device, bus: Bus) -> Device:
    """The device with its strings, and with what this host made of each of its interfaces."""
    strings = device.usb.strings if any(device.usb.strings) else bus.strings(device.usb)
    device = remembered(device, bus)
    return device.with_nodes(bus.host.nodes(device.usb))._replace(usb=device.usb._replace(strings=strings))
