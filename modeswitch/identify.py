"""Which of several products with one id a device is, by the strings that this host already knows.

Most ids need none of this.  Where only INQUIRY can tell and nobody has sent it yet, ``inquiry.py`` does.
"""

from __future__ import annotations

from .bus import Bus
from .library import Library
from .profile import SCSI_STRINGS
from .recognise import Known, recognise
from .sighting import Sighting


def told(sighting: Sighting, bus: Bus, library: Library) -> Known:
    """The device recognised, with the strings that this host has already asked it for.

    Raises :class:`~modeswitch.errors.ProfileError` when a profile that it needs is broken.
    """
    asked = _asked(sighting, library)
    if asked and not any(sighting.strings):
        sighting = sighting._replace(strings=bus.strings(sighting))
    if asked & set(SCSI_STRINGS):
        sighting = sighting._replace(scsi=bus.scsi(sighting))
    return recognise(sighting, library)


def undecided(known: Known, library: Library) -> bool:
    """Would INQUIRY tell which product it is, and has nobody sent it yet?"""
    sighting = known.sighting
    return known.product is None and not any(sighting.scsi) and bool(_asked(sighting, library) & set(SCSI_STRINGS))


def _asked(sighting: Sighting, library: Library) -> set[str]:
    """The strings by which products of that id are told apart."""
    products = [product for family in library.families(sighting.id) for product in family.products]
    return {key for each in products if each.usb == sighting.id for key, _ in (*each.match, *each.unless)}
