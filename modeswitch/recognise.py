"""What a device is: the family it belongs to, its product there, and its mode now.  Pure, once it has been sighted."""

from __future__ import annotations

from . import roles
from .descriptors import Interface
from .library import Library
from .profile import Product, Profile
from .sighting import Sighting
from .values import NamedTuple


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
        ports = self.product.ports if self.product else ()
        return roles.roles(configuration, self.sighting.id.vendor, ports) if configuration else []

    def __str__(self) -> str:
        return f"{self.sighting.id} at {self.sighting.port}"


def recognise(sighting: Sighting, library: Library, family: Profile | None = None) -> Known:
    """Recognise a device; ``family`` is the one it is believed to be of, and is taken where it knows the id.

    An id of the family's vendor that nobody lists is ``switched`` then, unless the interfaces say more.

    Where several families know the id, the one wins whose description fits what the device is now: an id that wakes
    up as storage, or an id seen after a switch with exactly the ports described.  Raises
    :class:`~modeswitch.errors.ProfileError` when a profile that it needs is broken.
    """
    if family is not None and family.product(sighting.id):
        return _as(sighting, family)
    families = library.families(sighting.id)
    if not families:
        names = [role for _, role in Known(sighting, None, None, None).roles]
        of_family = family is not None and any(p.usb.vendor == sighting.id.vendor for p in family.products)
        return Known(sighting, None, None, roles.mode(names) or ("switched" if names and of_family else None))
    return min((_as(sighting, profile) for profile in families), key=_unfit)


def _as(sighting: Sighting, profile: Profile) -> Known:
    """The device as this family sees it."""
    known = Known(sighting, profile, profile.product(sighting.id), None)
    names = [role for _, role in known.roles]
    if not names:
        return known
    mode = known.product.mode if known.product and known.product.mode else roles.mode(names)
    return known._replace(mode=mode or "switched")


def _unfit(known: Known) -> int:
    """How badly a family's description fits; 0 is well."""
    wakes = known.product is not None and known.product.wakes
    if known.mode == "mass-storage":
        return 0 if wakes else 2
    if known.mode == "switched":
        return 1 if wakes else 2
    return 1 if wakes else 0
