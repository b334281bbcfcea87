"""What a device is: the family it belongs to, its product there, and its mode now.  Pure, once it has been sighted."""

from __future__ import annotations

from ..database.library import Library
from ..database.profile import Product, Profile, selected
from ..modem import roles
from ..usb.descriptors import Configuration, Interface
from ..usb.sighting import Sighting
from ..values import NamedTuple


class Known(NamedTuple):
    """A sighting with what is known of it; ``mode`` is None where the interfaces make none, or none can be read."""

    sighting: Sighting
    profile: Profile | None
    product: Product | None
    mode: str | None

    @property
    def roles(self) -> list[tuple[Interface, str]]:
        """Each interface of the active configuration with its role."""
        configuration = self.sighting.configuration
        return self.roles_of(configuration) if configuration else []

    def roles_of(self, configuration: Configuration) -> list[tuple[Interface, str]]:
        """The same of any of its configurations."""
        return roles.roles(configuration, self.sighting.id.vendor, self.product.ports if self.product else ())

    def __str__(self) -> str:
        return f"{self.sighting.id} at {self.sighting.port}"


def recognise(sighting: Sighting, library: Library, family: Profile | None = None) -> Known:
    """Recognise a device; ``family`` is the one it is believed to be of, and is taken where it knows the id.

    An id of the family's vendor that nobody lists is ``switched`` then, unless the interfaces say more.

    Where several families know the id, the one wins whose description fits what the device is now: an id that wakes
    up as storage, or an id seen after a switch with exactly the ports described.  Raises
    :class:`~modeswitch.errors.ProfileError` when a profile that it needs is broken.
    """
    if family is not None and (believed := _as(sighting, family)):
        return believed
    fitting = [known for profile in library.families(sighting.id) if (known := _as(sighting, profile))]
    if not fitting:
        names = [role for _, role in Known(sighting, None, None, None).roles]
        of_family = family is not None and any(p.usb.vendor == sighting.id.vendor for p in family.products)
        return Known(sighting, None, None, roles.mode(names) or ("switched" if names and of_family else None))
    return min(fitting, key=lambda known: _unfit(known, library))


def _as(sighting: Sighting, profile: Profile) -> Known | None:
    """The device as this family sees it; None where it is none of this family's."""
    product = profile.known(sighting)
    if product is None:
        return None
    known = Known(sighting, profile, product, None)
    names = [role for _, role in known.roles]
    return known._replace(mode=_mode(known, product, profile, names)) if names else known


def _mode(known: Known, product: Product, profile: Profile, names: list[str]) -> str:
    """Its mode: what its interfaces make, unless the family says that a switch would show elsewhere."""
    found = product.mode or roles.mode(names)
    if _chosen(known.sighting, found):
        return found or "switched"
    if product.wakes and profile.told_by != "interfaces":
        if not _awake(known.sighting, profile):
            if profile.told_by == "id" or found in (None, "mass-storage"):
                return "mass-storage" if "storage" in names else "asleep"
        elif found == "mass-storage":
            return "switched"
    return found or "switched"


def _chosen(sighting: Sighting, mode: str | None) -> bool:
    """Has somebody chosen a configuration that makes this mode?  No stick waits for its message in MBIM.

    Ref: USB 2.0 §9.4.7; Linux takes the first configuration unless that is a vendor's own (usb/core/generic.c).
    """
    configurations = sighting.descriptors.configurations if sighting.descriptors else ()
    return mode == "mbim" or (mode in roles.FUNCTIONS and configurations[0].value != sighting.active)


def _awake(sighting: Sighting, profile: Profile) -> bool:
    """Does a device with the id of one that wakes up show what a switched one of its family shows?"""
    if profile.told_by == "configuration":
        return sighting.active == selected(profile)
    kind, _, digits = profile.told_by.partition(" ")
    functions = sighting.configuration.functions if sighting.configuration else ()
    return kind == "class" and bool(functions) and functions[0].triple.cls == int(digits, 16)


def _unfit(known: Known, library: Library) -> tuple[int, bool, int]:
    """How badly a family's description fits, 0 is well; then a user's wins; then the one that asks for more strings."""
    product, profile = known.product, known.profile
    wakes = product is not None and product.wakes
    shipped = profile is None or not library.own(profile.name)
    asked = -len(product.match) if product is not None else 0
    if known.mode in ("mass-storage", "asleep"):
        return (0 if wakes else 2), shipped, asked
    if known.mode == "switched":
        return (1 if wakes else 2), shipped, asked
    return (1 if wakes else 0), shipped, asked
