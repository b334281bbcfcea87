"""Which of several products with one id a device is, by the strings that this host already knows.

Most ids need none of this.  Where only INQUIRY can tell and nobody has sent it yet, ``inquiry.py`` does.
"""

from __future__ import annotations

from ..database.library import Library
from ..database.profile import SCSI_STRINGS, STRINGS, Profile
from ..printable import printable
from ..usb.bus import Bus
from ..usb.device import UsbDevice
from .recognise import Device, recognise


def identify_here(usb_device: UsbDevice, bus: Bus, library: Library, family: Profile | None = None) -> Device:
    """The device recognised, with the strings that this host has already asked it for; ``family`` as there.

    Raises :class:`~modeswitch.errors.ProfileError` when a profile that it needs is broken.
    """
    asked = _asked(usb_device, library)
    if asked and not any(usb_device.strings):
        usb_device = usb_device._replace(strings=bus.strings(usb_device))
    if asked & set(SCSI_STRINGS):
        usb_device = usb_device._replace(scsi=bus.host.scsi(usb_device))
    return recognise(usb_device, library, family)


def needs_inquiry(device: Device, library: Library) -> bool:
    """Would INQUIRY tell which product it is, and has nobody sent it yet?"""
    usb_device = device.usb
    return device.product is None and not any(usb_device.scsi) and bool(_asked(usb_device, library) & set(SCSI_STRINGS))


MOST = 12
"""How many products an error names; 05c6:1000, the most shared id, has as many."""


def mismatch(usb_device: UsbDevice, library: Library) -> str:
    """How a device differs from all products of its id, for a person; empty where nobody knows the id."""
    products = [product for family in library.families(usb_device.id) for product in family.products]
    alike = [product for product in products if product.usb == usb_device.id]
    barred = [(key, text) for product in alike for key, text in product.unless if product.bars(usb_device)]
    if barred:
        key, text = barred[0]
        return f"its {key} has {text!r} in it, and a device that says so is left alone"
    if not alike:
        return ""
    asked = _asked(usb_device, library)
    said = zip(STRINGS, (*usb_device.strings, *usb_device.scsi), strict=True)
    has = [f"{key} {printable(text, 60)!r}" for key, text in said if key in asked]
    wanted = [" and ".join(f"{key} {text!r}" for key, text in product.match) for product in alike[:MOST]]
    more = f" and {len(alike) - MOST} more" if len(alike) > MOST else ""
    return f"its id is shared, and it says {', '.join(has)}; known are {'; '.join(wanted)}{more}"


def _asked(usb_device: UsbDevice, library: Library) -> set[str]:
    """The strings by which products of that id are told apart."""
    products = [product for family in library.families(usb_device.id) for product in family.products]
    return {key for each in products if each.usb == usb_device.id for key, _ in (*each.match, *each.unless)}
