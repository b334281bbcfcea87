"""What a device is: the family it belongs to, its product there, and its mode now.

Most ids are of one product.  Several products of one id are told apart by their strings: by those that this host knows
already, or where only INQUIRY can tell and no program has sent it yet, by ``switching/inquiry.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..database.library import Library
from ..database.profile import SCSI_STRINGS, STRINGS, Product, Profile, selected
from ..modem import roles
from ..printable import printable
from ..usb.bus import Bus
from ..usb.device import UsbDevice
from .configurations import ways
from .device import Device, DeviceInterface

MOST = 12
"""How many products an error names; 05c6:1000, the most shared id, has as many."""


LIVE = {"rndis", "ecm", "ncm", "mbim"}
"""The roles of network functions of USB's own classes: who has such a function is awake, whatever a list says of the id
(05c6:9024, an RNDIS router of MSM8916)."""


def recognise(usb_device: UsbDevice, library: Library, family: Profile | None = None) -> Device:
    """Recognise a device; ``family`` is the one it is believed to be of, and is taken where it knows the id.

    An id that no profile lists is ``switched`` then, whoever's vendor id it has, unless the interfaces say more: what a
    stick becomes under another brand is seldom known.  What is storage is not, nor what has nothing but keys, a pointer
    or a printer: somebody has plugged in something else.

    Where several families know the id, the one wins whose description fits what the device is now: an id that wakes
    up as storage, or an id seen after a switch with exactly the ports described.  Raises
    :class:`~modeswitch.errors.ProfileError` when a profile that it needs is broken.
    """
    if family is not None and (believed := _as(usb_device, family)):
        return believed
    return _fitting(usb_device, library.families(usb_device.id), library, family)


def identify_here(usb_device: UsbDevice, bus: Bus, library: Library, family: Profile | None = None) -> Device:
    """The device recognised, with the strings that this host has already asked it for; ``family`` as there.

    Raises :class:`~modeswitch.errors.ProfileError` when a profile that it needs is broken.
    """
    families = library.families(usb_device.id)
    asked = _telling_strings(usb_device, families)
    if asked and not any(usb_device.strings):
        usb_device = usb_device._replace(strings=bus.strings(usb_device))
    if asked & set(SCSI_STRINGS):
        usb_device = usb_device._replace(scsi=bus.host.scsi(usb_device))
    if family is not None and (believed := _as(usb_device, family)):
        return believed
    device = _fitting(usb_device, families, library, family)
    return _with_relatives(device, bus) if device.profile is None and device.mode == "mass-storage" else device


def remembered(device: Device, bus: Bus) -> Device:
    """The device with the product that it was when it woke up, where this host has noted that."""
    woke = bus.host.woken(device.usb) if device.product is not None and not device.product.wakes else None
    if woke is None:
        return device
    products = [product for family in device.families for product in family.products if product.usb == woke]
    return device._replace(woke=next((product for product in products if product.wakes), None))


def _with_relatives(device: Device, bus: Bus) -> Device:
    """A disk that no profile knows, with what it may be like: what this host knows of it is looked up only here."""
    from .relatives import relatives

    usb_device = device.usb
    if not any(usb_device.strings):
        usb_device = usb_device._replace(strings=bus.strings(usb_device))
    if not any(usb_device.scsi):
        usb_device = usb_device._replace(scsi=bus.host.scsi(usb_device))
    return device._replace(usb=usb_device, relatives=relatives(usb_device, bus.host.has_cd(usb_device)))


def _fitting(usb_device: UsbDevice, families: list[Profile], library: Library, family: Profile | None) -> Device:
    """The device as the family sees it that fits best; ``family`` is the one it is believed to be of."""
    fitting = [device for profile in families if (device := _as(usb_device, profile))]
    if fitting:
        return min(fitting, key=lambda device: _unfit(device, library))._replace(families=tuple(families))
    interfaces = _interfaces(usb_device, None)
    names = [one.role for one in interfaces]
    switched = family is not None and bool(set(names) - roles.NEVER)
    mode = roles.mode(names) or ("switched" if switched else None)
    return Device(usb_device, None, None, mode, interfaces, families=tuple(families))


def needs_inquiry(device: Device) -> bool:
    """Would INQUIRY tell which product it is, and has no program sent it yet?"""
    asked = _telling_strings(device.usb, device.families)
    return device.product is None and not any(device.usb.scsi) and bool(asked & set(SCSI_STRINGS))


def mismatch(device: Device) -> str:
    """How a device differs from all products of its id, for a person; empty where no profile knows the id."""
    usb_device = device.usb
    products = [product for family in device.families for product in family.products]
    alike = [product for product in products if product.usb == usb_device.id]
    barred = [(key, text) for product in alike for key, text in product.unless if product.bars(usb_device)]
    if barred:
        key, text = barred[0]
        return f"its {key} has {text!r} in it, and a device that says so is left alone"
    if not any(product.match for product in alike):
        return ""
    asked = _telling_strings(usb_device, device.families)
    said = zip(STRINGS, (*usb_device.strings, *usb_device.scsi), strict=True)
    has = [f"{key} {printable(text, 60)!r}" for key, text in said if key in asked]
    wanted = [" and ".join(f"{key} {text!r}" for key, text in product.match) for product in alike[:MOST]]
    more = f" and {len(alike) - MOST} more" if len(alike) > MOST else ""
    return f"its id is shared, and it says {', '.join(has)}; known are {'; '.join(wanted)}{more}"


def _telling_strings(usb_device: UsbDevice, families: Iterable[Profile]) -> set[str]:
    """The strings by which products of that id are told apart."""
    products = [product for family in families for product in family.products]
    return {key for each in products if each.usb == usb_device.id for key, _ in (*each.match, *each.unless)}


def _as(usb_device: UsbDevice, profile: Profile) -> Device | None:
    """The device as this family sees it; None where it is not of this family."""
    product = profile.product_of(usb_device)
    if product is None:
        return None
    device = Device(usb_device, profile, product, None, _interfaces(usb_device, product))
    names = [one.role for one in device.interfaces]
    if not names:
        return device
    device = device._replace(mode=_mode(device, product, profile, names))
    return device._replace(ways=ways(device))


def _interfaces(usb_device: UsbDevice, product: Product | None) -> tuple[DeviceInterface, ...]:
    """The interfaces of the active configuration with their roles."""
    configuration = usb_device.configuration
    if configuration is None:
        return ()
    named = roles.roles(configuration, usb_device.id.vendor, product.ports if product else (), usb_device.id.product)
    return tuple(DeviceInterface(interface, role) for interface, role in named)


def _mode(device: Device, product: Product, profile: Profile, names: list[str]) -> str:
    """Its mode: what its interfaces make, unless the family says that a switch would show elsewhere."""
    found = product.mode or roles.mode(names)
    if _chosen(device.usb, found):
        return found or "switched"
    if product.wakes and profile.told_by != "interfaces":
        if not _awake(device.usb, profile):
            lives = profile.told_by == "id" and bool(set(names) & LIVE)
            if not lives and (profile.told_by == "id" or found in (None, "mass-storage")):
                return "mass-storage" if "storage" in names else "asleep"
        elif found == "mass-storage":
            return "switched"
    return found or "switched"


def _chosen(usb_device: UsbDevice, mode: str | None) -> bool:
    """Has a program chosen a configuration that makes this mode?  No stick waits for its message in MBIM.

    Ref: USB 2.0 §9.4.7; Linux takes the first configuration unless that is a vendor's own (usb/core/generic.c).
    """
    configurations = usb_device.descriptors.configurations if usb_device.descriptors else ()
    return mode == "mbim" or (mode in roles.FUNCTIONS and configurations[0].value != usb_device.active)


def _awake(usb_device: UsbDevice, profile: Profile) -> bool:
    """Does a device with the id of one that wakes up show what a switched one of its family shows?"""
    if profile.told_by == "configuration":
        return usb_device.active == selected(profile)
    kind, _, digits = profile.told_by.partition(" ")
    functions = usb_device.configuration.functions if usb_device.configuration else ()
    return kind == "class" and bool(functions) and functions[0].triple.cls == int(digits, 16)


def _unfit(device: Device, library: Library) -> tuple[int, bool, int]:
    """How badly a family's description fits, 0 is well; then a user's wins; then the one that asks for more strings."""
    product, profile = device.product, device.profile
    wakes = product is not None and product.wakes
    shipped = profile is None or not library.own(profile.name)
    asked = -len(product.match) if product is not None else 0
    if device.mode in ("mass-storage", "asleep"):
        return (0 if wakes else 2), shipped, asked
    if device.mode == "switched":
        return (1 if wakes else 2), shipped, asked
    return (1 if wakes else 0), shipped, asked
