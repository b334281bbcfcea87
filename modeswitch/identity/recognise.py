"""What a device is: the family it belongs to, its product there, and its mode now.  Pure, once it has been sighted."""

from __future__ import annotations

from ..database.library import Library
from ..database.profile import Product, Profile, selected
from ..modem import roles
from ..usb.descriptors import Configuration, Interface
from ..usb.device import UsbDevice
from ..values import NamedTuple


class Device(NamedTuple):
    """A device on the bus, its family, product and mode.

    ``mode`` is None where the interfaces make none, or none can be read.
    """

    usb: UsbDevice
    profile: Profile | None
    product: Product | None
    mode: str | None

    @property
    def roles(self) -> list[tuple[Interface, str]]:
        """Each interface of the active configuration with its role."""
        configuration = self.usb.configuration
        return self.roles_of(configuration) if configuration else []

    def roles_of(self, configuration: Configuration) -> list[tuple[Interface, str]]:
        """The same of any of its configurations."""
        return roles.roles(configuration, self.usb.id.vendor, self.product.ports if self.product else ())

    def __str__(self) -> str:
        return f"{self.usb.id} at {self.usb.port}"


def recognise(usb_device: UsbDevice, library: Library, family: Profile | None = None) -> Device:
    """Recognise a device; ``family`` is the one it is believed to be of, and is taken where it knows the id.

    An id of the family's vendor that nobody lists is ``switched`` then, unless the interfaces say more.

    Where several families know the id, the one wins whose description fits what the device is now: an id that wakes
    up as storage, or an id seen after a switch with exactly the ports described.  Raises
    :class:`~modeswitch.errors.ProfileError` when a profile that it needs is broken.
    """
    if family is not None and (believed := _as(usb_device, family)):
        return believed
    fitting = [device for profile in library.families(usb_device.id) if (device := _as(usb_device, profile))]
    if not fitting:
        names = [role for _, role in Device(usb_device, None, None, None).roles]
        of_family = family is not None and any(p.usb.vendor == usb_device.id.vendor for p in family.products)
        return Device(usb_device, None, None, roles.mode(names) or ("switched" if names and of_family else None))
    return min(fitting, key=lambda device: _unfit(device, library))


def _as(usb_device: UsbDevice, profile: Profile) -> Device | None:
    """The device as this family sees it; None where it is none of this family's."""
    product = profile.product_of(usb_device)
    if product is None:
        return None
    device = Device(usb_device, profile, product, None)
    names = [role for _, role in device.roles]
    return device._replace(mode=_mode(device, product, profile, names)) if names else device


def _mode(device: Device, product: Product, profile: Profile, names: list[str]) -> str:
    """Its mode: what its interfaces make, unless the family says that a switch would show elsewhere."""
    found = product.mode or roles.mode(names)
    if _chosen(device.usb, found):
        return found or "switched"
    if product.wakes and profile.told_by != "interfaces":
        if not _awake(device.usb, profile):
            if profile.told_by == "id" or found in (None, "mass-storage"):
                return "mass-storage" if "storage" in names else "asleep"
        elif found == "mass-storage":
            return "switched"
    return found or "switched"


def _chosen(usb_device: UsbDevice, mode: str | None) -> bool:
    """Has somebody chosen a configuration that makes this mode?  No stick waits for its message in MBIM.

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
