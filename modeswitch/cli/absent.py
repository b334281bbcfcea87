"""Where a stick that is not on the bus may stand: the modes that its id tells."""

from __future__ import annotations

from ..database.library import Library
from ..database.profile import Product, Profile
from ..doctor.standing import HUAWEI_MODES
from ..errors import NoWay, UsageError
from ..identity.device import Device
from ..switching.goal import leave_alone
from ..usb.descriptors import Port, UsbId
from ..usb.device import UsbDevice
from ..values import NamedTuple


class Stand(NamedTuple):
    """What a stick may be: one of a family, that product of it, in that mode."""

    family: Profile
    product: Product | None
    mode: str

    def device(self, usb: UsbId) -> Device:
        """A device of that id which is so."""
        return Device(UsbDevice(Port(0, ()), 0, usb, None, None), self.family, self.product, self.mode)


def stands_of(usb: UsbId, library: Library, mode: str | None = None) -> list[Stand]:
    """Each family and mode that the id allows, the one that it wakes up in first; only ``mode`` where that is given.

    Raises :class:`NoWay` where no profile has the id, or several families have it as what wakes up,
    :class:`~modeswitch.errors.Refused` where it is left alone, :class:`UsageError` where it has no such mode.
    """
    families = library.families(usb)
    if not families:
        raise NoWay(f"no profile knows {usb}", hint="See: modeswitch profiles list", id=str(usb))
    waking = [(family, one) for family in families if (one := family.product(usb)) and one.wakes]
    if len(waking) > 1:
        raise NoWay(
            f"{usb} is shared by sticks of {len(waking)} families, and which one it is shows only when it is there",
            hint=f"Plug it in and plan again. All of them: modeswitch profiles show {usb}",
            id=str(usb),
        )
    found = []
    for family, product in waking:
        leave_alone(product, str(usb), id=str(usb))
        found.append(Stand(family, product, waking_mode(family)))
    for family in families:
        for product in family.products:
            if product.usb == usb and not product.wakes:
                found += [Stand(family, product, each) for each in _modes(family, product)]
    if mode is not None:
        modes = list(dict.fromkeys(stand.mode for stand in found))
        found = [stand for stand in found if stand.mode == mode]
        if not found:
            raise UsageError(f"{usb} is never in {mode}: by its profile it is in {' or '.join(modes)}", id=str(usb))
    return found


def waking_mode(family: Profile) -> str:
    """The mode that its sticks wake up in."""
    return "mass-storage" if any(way.start == "mass-storage" for way in family.transitions) else "asleep"


def _modes(family: Profile, product: Product) -> list[str]:
    """The modes of a switched product: its own, those in which the id is seen, else where the family's ways end."""
    if product.mode:
        return [product.mode]
    ends = list(dict.fromkeys(mode for way in family.transitions for mode in way.to if mode != waking_mode(family)))
    known = HUAWEI_MODES.get(str(product.usb), ())
    return [mode for mode in known if mode in ends] or list(known) or ends
