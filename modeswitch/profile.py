"""A profile: which products a family has, which transitions lead from mode to mode, and the evidence for each claim.

Values only: ``reader.py`` makes them from TOML, ``compiled.py`` from the form that runs.
"""

from __future__ import annotations

from .actions import Step
from .descriptors import Triple, UsbId
from .values import NamedTuple

EVIDENCE = ("hardware", "capture", "source", "report")
"""Kinds of evidence, the best first."""

ROLES = ("modem", "pcui", "diag", "gps", "ncm", "ecm", "rndis", "qmi", "mbim", "serial", "storage", "acm", "other")
"""The words that ``ports`` and ``gives`` may use for a role."""


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
    """

    usb: UsbId
    names: tuple[str, ...]
    ports: tuple[str, ...]
    mode: str
    leave_alone: str
    evidence: tuple[Evidence, ...]
    wakes: bool = True


class Gives(NamedTuple):
    """A network function that the target mode has: class triple and role; the host needs a driver for it."""

    triple: Triple
    role: str

    def __str__(self) -> str:
        return f"{self.triple} {self.role}"


class Transition(NamedTuple):
    """One edge of the family's graph.

    ``to`` are the modes it may end in, the likeliest first: what the firmware's own settings decide is not ours to
    claim.  ``within`` is how long the stick may take until it is back on its port, ``usual`` how long it takes as a
    rule (0 where nobody knows), both in seconds.  ``persistent`` marks what writes to the stick's NVRAM, ``listed``
    what leads where the stick's own port list says: a stick that was seen in another mode comes back in that one.
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

    def __str__(self) -> str:
        return f"{self.start} -> {' or '.join(self.to)}"


class Profile(NamedTuple):
    """A family: its name (that of its file), vendor, the mode a switch without ``--to`` leads to, and its graph."""

    name: str
    vendor: str
    goal: str
    products: tuple[Product, ...]
    transitions: tuple[Transition, ...]

    def product(self, usb: UsbId) -> Product | None:
        """The product with that id, or None."""
        return next((product for product in self.products if product.usb == usb), None)
