"""The stick is away, and what follows is for when it is back: the kind ``back``."""

from __future__ import annotations

from ..errors import UsageError
from ..values import TYPE_CHECKING
from .base import Action

if TYPE_CHECKING:
    from ..fields import Fields


class Back(Action):
    """The stick is away after what was last done: what follows is for when it is back, and in that mode.

    A stick that is back in another mode has finished the transition there.  A transition is cut into phases at these:
    nothing of one is itself performed.
    """

    mode: str

    def __str__(self) -> str:
        return f"wait until it is back in {self.mode}"


def read(fields: Fields) -> tuple[Back]:
    """The rest of the steps is for the stick that is back, in that mode."""
    from ..modem.roles import MODES

    mode = fields.text("in")
    if mode not in MODES:
        raise UsageError(f"{mode!r} is no mode; the modes are {', '.join(MODES)}")
    return (Back(mode),)
