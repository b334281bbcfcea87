"""An AT command on the stick's PCUI port: the kind ``at``."""

from __future__ import annotations

from ..errors import CommandFailed, Refused, Unavailable
from ..values import TYPE_CHECKING
from .base import Action

if TYPE_CHECKING:
    from ..fields import Fields
    from .resources import Resources


class At(Action):
    """An AT command, and how long its answer may take (seconds)."""

    command: str
    seconds: float = 5.0

    means = "at"

    def __str__(self) -> str:
        return self.command

    def take(self, resources: Resources) -> None:
        resources.dialogue()

    def perform(self, resources: Resources, taken: None) -> None:
        """Ask; a command that the firmware does not know, before anything was written, is a way that is not there."""
        try:
            resources.dialogue().ask(self.command, self.seconds)
        except CommandFailed as error:
            from ..modem.at import UNKNOWN_COMMAND

            if not resources.wrote and UNKNOWN_COMMAND.fullmatch(str(error.facts.get("answer"))):
                raise Unavailable(error.message, answer=error.facts.get("answer")) from error
            raise


def read(fields: Fields) -> tuple[At]:
    """One AT command, of those that may be sent and write nothing; ``seconds`` is how long its answer may take."""
    from ..modem import at

    command = at.checked(fields.text("send"))
    name = command.upper().partition("=")[0]
    if name in ("AT^SETPORT", "AT^U2DIAG") and "=" in command and not command.endswith("=?"):
        raise Refused(f"{name} is written by a step of its own, ports or u2diag, which saves the old value first")
    return (At(command, fields.seconds("seconds", 180.0) if fields.has("seconds") else at.USUAL),)
