"""The storage driver taken off its interface, and nothing sent: the kind ``detach``."""

from __future__ import annotations

from ..values import TYPE_CHECKING
from .base import Action
from .target import storage_pipes

if TYPE_CHECKING:
    from ..fields import Fields
    from .resources import Resources
    from .target import Target


class Detach(Action):
    """The kernel's driver taken off the storage interface, and nothing sent: some leave once no driver asks."""

    def __str__(self) -> str:
        return "detach the driver of the storage interface"

    def check(self, device: Target) -> None:
        storage_pipes(device)

    def take(self, resources: Resources) -> None:
        resources.link().claim(storage_pipes(resources.device).interface)


def read(_fields: Fields) -> tuple[Detach]:
    """Nothing is sent; the storage driver is detached."""
    return (Detach(),)
