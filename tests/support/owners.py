"""Who the simulated sticks are, as far as what is saved of them goes."""

from __future__ import annotations

from modeswitch.modem.owner import Owner
from modeswitch.sim.answers import IMEI, REVISION

STICK = Owner(IMEI, "1-1", "E3372", REVISION, "12d1:1506 at 1-1")
"""The simulated E3372h-153."""


def of_imei(imei: str = IMEI) -> Owner:
    """A stick that tells an IMEI, and no model."""
    return Owner(imei, "1-1", "", "", "stick")


def without_imei(model: str, firmware: str, place: str = "1-1") -> Owner:
    """A stick that tells no IMEI of its own."""
    return Owner("", place, model, firmware, "12d1:1506 at 1-1")
