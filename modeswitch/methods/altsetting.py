"""SET_INTERFACE: the kind ``altsetting``.  Ref: USB 2.0 §9.4.10."""

from __future__ import annotations

from ..errors import Refused
from ..values import TYPE_CHECKING
from .base import Action

if TYPE_CHECKING:
    from ..fields import Fields
    from .resources import Resources
    from .target import Target


class SetAltsetting(Action):
    """SET_INTERFACE: an interface to one of its alternate settings."""

    interface: int
    alternate: int

    def __str__(self) -> str:
        return f"set interface {self.interface} to alternate setting {self.alternate}"

    def check(self, device: Target) -> None:
        configuration = device.usb.configuration
        having = [(each.number, each.alternate) for each in configuration.interfaces] if configuration else []
        if (self.interface, self.alternate) not in having:
            raise Refused(f"{device} has no alternate setting {self.alternate} of interface {self.interface}")

    def take(self, resources: Resources) -> None:
        resources.link().claim(self.interface)

    def perform(self, resources: Resources, taken: None) -> None:
        resources.link().set_altsetting(self.interface, self.alternate)


def read(fields: Fields) -> tuple[SetAltsetting]:
    """SET_INTERFACE."""
    return (SetAltsetting(fields.number("interface", 0, 0xFF), fields.number("alternate", 0, 0xFF)),)
