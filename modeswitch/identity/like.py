"""A device whose id no profile knows, taken for another at a person's word: its family then, and the doubts."""

from __future__ import annotations

from ..database.library import Library
from ..database.profile import Product, Profile
from ..errors import NoWay, Refused, UsageError
from ..printable import printable
from ..usb.descriptors import Port, UsbId
from ..usb.device import UsbDevice
from ..values import TYPE_CHECKING, NamedTuple
from .device import Device
from .recognise import mismatch, recognise
from .relatives import phone

if TYPE_CHECKING:
    from collections.abc import Iterable

WAKING = "mass-storage"


class Likeness(NamedTuple):
    """A device taken for another: ``device`` as of that family, what it was taken for, and why that may be wrong.

    ``keep`` tells that no profile has its id: where it works, a profile of its own can be kept.
    """

    device: Device
    like: str
    doubts: tuple[str, ...]
    keep: bool


def liken(device: Device, like: str, library: Library) -> Likeness:
    """Take a device for what ``like`` names: an id that wakes up (12d1:1f01), a model (E3131h) or a family.

    Raises :class:`UsageError` where its id is known and no model of that id was named, or where several families are
    meant; :class:`NoWay` where nothing is called so; :class:`Refused` for what must not be sent anything: what is left
    alone, a phone, what is no storage.
    """
    family, product, model = named(like, library)
    if device.product is not None:
        return _known(device, family, product, model, like)
    usb_device = device.usb
    barred = mismatch(device) if any(p.bars(usb_device) for f in device.families for p in f.products) else ""
    word = phone(usb_device)
    if barred or word or product.bars(usb_device):
        why = barred or (f"{word!r} is in what it says of itself" if word else "its strings say that it is none")
        raise Refused(f"{device} is not taken for {like}: {why}", hint="A phone is nobody's modem.", **device.facts())
    if device.mode != WAKING:
        raise Refused(
            f"{device} is not taken for {like}: it is no storage, so there is nothing that a message would switch",
            hint="See what it is: modeswitch list -v",
            **device.facts(),
        )
    own = _for(family, model)._replace(products=(_product(device, product), *family.products))
    taken = recognise(usb_device, library, own)
    return Likeness(taken, like, tuple(_doubts(device, like, family, model)), keep=True)


def _known(device: Device, family: Profile, product: Product, model: str, like: str) -> Likeness:
    """A device whose id is known, and of which a person says which of the models of that id it is."""
    known = device.profile
    if device.product is not None and device.product.leave_alone:
        raise Refused(
            f"{device} is left alone: {device.product.leave_alone}", hint="Leave --like out.", **device.facts()
        )
    ways = [way for way in family.transitions if model in way.only]
    if known is None or known.name != family.name or not ways or product.usb != device.id:
        raise UsageError(
            f"{device} is known{f' to {known.name}' if known else ''}: it is not taken for {printable(like, 60)}",
            hint="Leave --like out. A profile of your own may say otherwise: see CONTRIBUTING.md.",
            **device.facts(),
        )
    doubts = tuple(way.caution for way in ways if way.caution)
    return Likeness(device._replace(profile=_for(known, model)), like, doubts, keep=False)


def absent(usb: UsbId, like: str, library: Library) -> tuple[Profile, tuple[str, ...]]:
    """The family that an id which is not on the bus is taken for, and why that may be wrong.

    Raises as :func:`liken`.
    """
    families = tuple(library.families(usb))
    known = next((found for one in families if (found := one.product(usb))), None)
    nowhere = Device(UsbDevice(Port(0, ()), 0, usb, None, None), families[0] if families else None, known, WAKING)
    family, product, model = named(like, library)
    if known is not None:
        likeness = _known(nowhere, family, product, model, like)
        return likeness.device.profile or family, likeness.doubts
    whole = _for(family, model)._replace(products=(_product(nowhere, product), *family.products))
    return whole, tuple(_doubts(nowhere, like, family, model))


class Named(NamedTuple):
    """What a person's word for a relative means; ``model`` is empty where the word is no model's name."""

    family: Profile
    product: Product
    model: str


def named(like: str, library: Library) -> Named:
    """The family, the product that wakes up, and the model that a word means.  Raises as :func:`liken`."""
    shown = printable(like, 60)
    if ":" in like:
        usb = UsbId.parse(like)
        found = [Named(family, one, "") for family in library.families(usb) for one in _waking(family, usb)]
        if not found:
            raise NoWay(f"no profile has a stick that wakes up as {usb}", hint="See: modeswitch profiles list")
    elif like in library.names():
        family = library.family(like)
        found = [Named(family, one, "") for one in family.products if one.wakes][:1]
    else:
        found = list(_models(like, library))
        if not found:
            raise NoWay(
                f"{shown!r} is no model, no id and no family that a profile has",
                hint="See: modeswitch profiles list; an id is written as 12d1:1f01",
            )
    families = dict.fromkeys(one.family.name for one in found)
    if len(families) > 1:
        raise UsageError(
            f"{shown} is shared by {len(families)} families: {', '.join(families)}",
            hint="Name the family: --like FAMILY",
        )
    first = found[0]
    if first.product.leave_alone or not first.family.transitions:
        why = first.product.leave_alone or "its family has no way to another mode"
        raise Refused(f"{shown} is left alone: {why}", hint="Name another relative.")
    return first


def _waking(family: Profile, usb: UsbId) -> list[Product]:
    return [product for product in family.products if product.usb == usb and product.wakes]


def _models(like: str, library: Library) -> Iterable[Named]:
    """Every product that wakes up and has that name; of one family the first is enough."""
    for name in library.names():
        family = library.family(name)
        for product in family.products:
            model = next((one for one in product.names if one.lower() == like.lower()), None)
            if product.wakes and model is not None:
                yield Named(family, product, model)
                break


def _for(family: Profile, model: str) -> Profile:
    """The family as it is for one model; empty: for none of those that have ways of their own."""
    return family._replace(transitions=family.ways_for(lambda name: name == model))


def _product(device: Device, product: Product) -> Product:
    """The unknown device as a product of the family; one that shares its id with others is told by its strings."""
    usb_device = device.usb
    own = " ".join(dict.fromkeys(filter(None, (printable(text, 60) for text in usb_device.strings[:2]))))
    keys = zip(("manufacturer", "product"), usb_device.strings, strict=False)
    match = tuple((key, text) for key, text in keys if text) if device.families else ()
    return product._replace(usb=device.id, names=(own or str(device.id),), match=match, becomes=(), new_id="")


def _doubts(device: Device, like: str, family: Profile, model: str) -> Iterable[str]:
    """Why the likeness may be wrong, for a person, the gravest first."""
    yield f"no profile knows {device.id}: that it is like {printable(like, 60)} is a guess"
    vendors = {one.usb.vendor for one in family.products if one.wakes}
    if device.id.vendor not in vendors:
        theirs = ", ".join(f"{vendor:04x}" for vendor in sorted(vendors))
        yield f"its vendor id is {device.id.vendor:04x}, that of its relatives {theirs}"
    said = " ".join(filter(None, (printable(text, 60) for text in (*device.usb.strings[:2], *device.usb.scsi[:2]))))
    if family.vendor.lower() not in said.lower():
        yield f"nothing that it says names {family.vendor}" + (f": it says {said}" if said else "")
    yield from (way.caution for way in family.transitions if model and model in way.only and way.caution)
    yield "a stick that does not know the message may stay as it is, and take no other until it is plugged in again"
