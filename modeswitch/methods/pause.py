"""Seconds in which nothing is sent: the kind ``pause``."""

from __future__ import annotations

from ..values import TYPE_CHECKING
from .base import Action

if TYPE_CHECKING:
    from ..fields import Fields
    from .resources import Resources


class Pause(Action):
    """Seconds in which nothing is sent, because this firmware needs them."""

    seconds: float

    def __str__(self) -> str:
        return f"pause {self.seconds:g} s"

    def perform(self, resources: Resources, taken: None) -> None:
        resources.bus.pause(min(self.seconds, resources.left()))


def read(fields: Fields) -> tuple[Pause]:
    """Seconds of silence that this firmware needs between two steps."""
    return (Pause(fields.seconds("seconds", 60.0)),)
