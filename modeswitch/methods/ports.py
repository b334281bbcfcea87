"""The port list in the stick's NVRAM, written by AT^SETPORT once the old one is saved: the kind ``ports``."""

from __future__ import annotations

from ..errors import UsageError
from ..values import TYPE_CHECKING
from .base import Action

if TYPE_CHECKING:
    from ..fields import Fields
    from .resources import Resources


class Ports(Action):
    """A port list for the stick's NVRAM: its own made to give that ``mode``, or ``value`` as it stands.

    ``first`` replaces the group that is shown before the switch, where it is not empty (``FF``, ``A1,A2``).
    """

    mode: str = ""
    first: str = ""
    value: str = ""

    means = "at"
    writes = True

    def __str__(self) -> str:
        if self.value:
            return f'AT^SETPORT="{self.value}", once the old list is saved'
        group = f" and the first group {self.first}" if self.first else ""
        return f"AT^SETPORT with the stick's own list made to give {self.mode}{group}, once the old one is saved"

    def take(self, resources: Resources) -> None:
        resources.dialogue()

    def perform(self, resources: Resources, taken: None) -> None:
        from ..modem import nvram
        from ..modem.ports import PortList

        wanted = PortList.parse(self.value) if self.value else nvram.Change(self.mode, self.first)
        with resources.writing():
            resources.wrote |= nvram.write_ports(
                resources.dialogue(), resources.device.usb, wanted, resources.store(), resources.tell
            )


def read(fields: Fields) -> tuple[Ports]:
    """The stick's own port list made to give a mode."""
    from ..modem import ports

    mode = fields.text("mode")
    if mode not in ("ncm", "stick"):
        raise UsageError(f"a list of ports can be made to give ncm or stick, not {mode!r}")
    first = fields.text("first", "")
    if first and tuple(first.split(",")) not in ports.FIRST_GROUPS:
        raise UsageError(f"{first!r} is no first group: A1, A1,A2 or FF")
    return (Ports(mode, first),)
