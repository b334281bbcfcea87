"""The older form of a port list, written by AT^U2DIAG once the old value is saved: the kind ``u2diag``."""

from __future__ import annotations

from ..values import TYPE_CHECKING
from .base import Action

if TYPE_CHECKING:
    from ..fields import Fields
    from .resources import Resources


class U2diag(Action):
    """A value of AT^U2DIAG for the stick's NVRAM."""

    value: int

    means = "at"
    writes = True

    def __str__(self) -> str:
        return f"AT^U2DIAG={self.value}, once the old value is saved"

    def take(self, resources: Resources) -> None:
        resources.dialogue()

    def perform(self, resources: Resources, taken: None) -> None:
        from ..modem.nvram import write_u2diag

        with resources.writing() as writing:
            write_u2diag(writing, self.value)


def read(fields: Fields) -> tuple[U2diag]:
    """A value of AT^U2DIAG, of those that leave an AT port."""
    from ..modem.u2diag import guard

    value = fields.number("value", 0, 999)
    guard(value)
    return (U2diag(value),)
