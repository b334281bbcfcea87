"""A reset of the device's port: the kind ``reset``.  Ref: USB 2.0 §7.1.7.5."""

from __future__ import annotations

from ..values import TYPE_CHECKING
from .base import Action

if TYPE_CHECKING:
    from ..fields import Fields
    from .resources import Resources


class Reset(Action):
    """A reset of the device's port."""

    def __str__(self) -> str:
        return "reset"

    def take(self, resources: Resources) -> None:
        resources.link()

    def perform(self, resources: Resources, taken: None) -> None:
        resources.link().reset()


def read(_fields: Fields) -> tuple[Reset]:
    """A port reset."""
    return (Reset(),)
