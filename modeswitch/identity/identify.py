"""Which of several products with one id a device is, by the strings that this host already knows.

Most ids need none of this.  Where only INQUIRY can tell and nobody has sent it yet, ``inquiry.py`` does.
"""

from __future__ import annotations

from ..database.library import Library
from ..database.profile import SCSI_STRINGS, STRINGS, Profile
from ..printable import printable
from ..usb.bus import Bus
from ..usb.sighting import Sighting
from .recognise import Known, recognise


def told(sighting: Sighting, bus: Bus, library: Library, family: Profile | None = None) -> Known:
    """The device recognised, with the strings that this host has already asked it for; ``family`` as there.

    Raises :class:`~modeswitch.errors.ProfileError` when a profile that it needs is broken.
    """
    asked = _asked(sighting, library)
    if asked and not any(sighting.strings):
        sighting = sighting._replace(strings=bus.strings(sighting))
    if asked & set(SCSI_STRINGS):
        sighting = sighting._replace(scsi=bus.scsi(sighting))
    return recognise(sighting, library, family)


def undecided(known: Known, library: Library) -> bool:
    """Would INQUIRY tell which product it is, and has nobody sent it yet?"""
    sighting = known.sighting
    return known.product is None and not any(sighting.scsi) and bool(_asked(sighting, library) & set(SCSI_STRINGS))


MOST = 12
"""How many products an error names; 05c6:1000, the most shared id, has as many."""


def unlike(sighting: Sighting, library: Library) -> str:
    """How a device differs from all products of its id, for a person; empty where nobody knows the id."""
    products = [product for family in library.families(sighting.id) for product in family.products]
    alike = [product for product in products if product.usb == sighting.id]
    barred = [(key, text) for product in alike for key, text in product.unless if product.bars(sighting)]
    if barred:
        key, text = barred[0]
        return f"its {key} has {text!r} in it, and a device that says so is left alone"
    if not alike:
        return ""
    asked = _asked(sighting, library)
    said = zip(STRINGS, (*sighting.strings, *sighting.scsi), strict=True)
    has = [f"{key} {printable(text, 60)!r}" for key, text in said if key in asked]
    wanted = [" and ".join(f"{key} {text!r}" for key, text in product.match) for product in alike[:MOST]]
    more = f" and {len(alike) - MOST} more" if len(alike) > MOST else ""
    return f"its id is shared, and it says {', '.join(has)}; known are {'; '.join(wanted)}{more}"


def _asked(sighting: Sighting, library: Library) -> set[str]:
    """The strings by which products of that id are told apart."""
    products = [product for family in library.families(sighting.id) for product in family.products]
    return {key for each in products if each.usb == sighting.id for key, _ in (*each.match, *each.unless)}
