"""A profile: which products a family has, which transitions lead from mode to mode, and the evidence for each claim.

Values only: ``reader.py`` makes them from TOML, ``compiled.py`` from the form that runs.
"""

from __future__ import annotations

from collections.abc import Callable

from ..methods.base import Step
from ..usb.descriptors import Triple, UsbId
from ..usb.device import UsbDevice
from ..values import NamedTuple

EVIDENCE = ("hardware", "capture", "source", "report")
"""Kinds of evidence, the best first."""

ROLES = ("modem", "pcui", "diag", "gps", "ncm", "ecm", "rndis", "qmi", "mbim", "serial", "storage", "acm", "other")
"""The words that ``ports`` and ``gives`` may use for a role."""


USB_STRINGS, SCSI_STRINGS = ("manufacturer", "product", "serial"), ("scsi-vendor", "scsi-model", "scsi-revision")
STRINGS = (*USB_STRINGS, *SCSI_STRINGS)
"""What a product may be told from another of the same id by."""

TOLD_BY = ("interfaces", "id", "configuration", "class")
"""How a switched stick of a family is told from one that has only been plugged in."""

NEW_IDS = ("option",)
"""The drivers that ``new-id`` may name: those of usb-serial that drive modems' ports of any class."""

Words = tuple[tuple[str, str], ...]
"""Which string (one of STRINGS), and what is in it."""


class Evidence(NamedTuple):
    """Why a claim is believed: its kind, and the file, document or address that shows it."""

    kind: str
    ref: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.ref}"


class Product(NamedTuple):
    """One id of the family: what a stick wakes up as (``wakes``), or what it is seen as after a switch.

    ``ports`` are the roles of interfaces that say only ff/ff/ff, in order; ``mode`` is set only where the interfaces
    cannot tell it (download); ``leave_alone`` says why this product must not be touched, and is empty else.
    Where an id is shared, ``match`` is what the stick's strings must have in them, and ``unless`` what they must not.
    ``becomes`` are the ids it has after a switch, where each product of the family has its own.  ``new_id`` names the
    driver of its serial ports where that does not know the id by itself: it must be written to the driver's ``new_id``.
    """

    usb: UsbId
    names: tuple[str, ...]
    ports: tuple[str, ...]
    mode: str
    leave_alone: str
    evidence: tuple[Evidence, ...]
    wakes: bool = True
    match: Words = ()
    unless: Words = ()
    becomes: tuple[UsbId, ...] = ()
    new_id: str = ""

    def fits(self, usb_device: UsbDevice) -> bool:
        """Is it this device, by id and strings?"""
        having = all(_has(usb_device, key, text) for key, text in self.match)
        return self.usb == usb_device.id and having and not self.bars(usb_device)

    def bars(self, usb_device: UsbDevice) -> bool:
        """Has a device of this id a string that it must not have?"""
        return any(_has(usb_device, key, text) for key, text in self.unless)


def _has(usb_device: UsbDevice, key: str, text: str) -> bool:
    said = (*usb_device.strings, *usb_device.scsi)[STRINGS.index(key)]
    return _plain(text) in _plain(said)


def _plain(text: str) -> str:
    """Blanks and underscores are the same: usb_modeswitch's file names cannot hold a blank."""
    return text.replace("_", " ")


class Gives(NamedTuple):
    """A network function that the target mode has: class triple and role; the host needs a driver for it."""

    triple: Triple
    role: str

    def __str__(self) -> str:
        return f"{self.triple} {self.role}"


CanDrive = Callable[[Gives], bool | None]
"""Has the host a driver for such a function?  None where it is unknown."""


class Transition(NamedTuple):
    """One edge of the family's graph.

    ``to`` are the modes it may end in, the likeliest first: what the firmware's own settings decide is not ours to
    claim.  ``within`` is how long the stick may take until it is back on its port, ``usual`` how long it takes as a
    rule (0 where it is unknown), both in seconds.  ``persistent`` marks what writes to the stick's NVRAM, ``listed``
    what leads where the stick's own port list says: a stick that was seen in another mode comes back in that one.
    ``only`` names the models that it is for, where others of the same id are harmed by it: it is planned only for a
    stick that is known to be one of them.  ``caution`` is what a person must know before it is taken.  ``stand_in``
    marks what is taken only where another way from the same mode could not begin.
    """

    start: str
    to: tuple[str, ...]
    gives: tuple[Gives, ...]
    steps: tuple[Step, ...]
    within: float
    persistent: bool
    evidence: tuple[Evidence, ...]
    usual: float = 0.0
    listed: bool = False
    only: tuple[str, ...] = ()
    caution: str = ""
    stand_in: bool = False

    def __str__(self) -> str:
        return f"{self.start} -> {' or '.join(self.to)}"


class Profile(NamedTuple):
    """A family: its name (that of its file), vendor, the mode a switch without ``--to`` leads to, and its graph.

    ``told_by`` says how a switched stick is told from one that has only been plugged in: by its ``interfaces`` (no
    storage, or more), by its ``id``, by the ``configuration`` that the family's step selects, or by ``class ff``, the
    class of its first interface.  ``settle`` is for how many seconds a stick that is back may still change by itself:
    it is known to enumerate more than once, or to fall back.
    """

    name: str
    vendor: str
    goal: str
    products: tuple[Product, ...]
    transitions: tuple[Transition, ...]
    told_by: str = "interfaces"
    settle: float = 0.0

    def ways_for(self, is_model: Callable[[str], bool]) -> tuple[Transition, ...]:
        """The transitions for a stick whose model is known: those that are only for it, then those for all."""
        own = tuple(way._replace(only=()) for way in self.transitions if any(map(is_model, way.only)))
        return (*own, *(way for way in self.transitions if not way.only))

    def product_of(self, usb_device: UsbDevice) -> Product | None:
        """The product that this device is, by id and strings, or None; the one with more to match wins."""
        fitting = [product for product in self.products if product.fits(usb_device)]
        return max(fitting, key=lambda product: len(product.match), default=None)

    def product(self, usb: UsbId) -> Product | None:
        """The product with that id, or None."""
        return next((product for product in self.products if product.usb == usb), None)


def selected(profile: Profile) -> int | None:
    """The bConfigurationValue that a step of the family selects by number, or None."""
    from ..methods.configuration import SetConfiguration

    every = (action for one in profile.transitions for step in one.steps for action in step.actions)
    return next((action.value for action in every if isinstance(action, SetConfiguration) and action.value), None)
