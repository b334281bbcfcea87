"""What the checks of the doctor give."""

from __future__ import annotations

from ..values import NamedTuple
from .actions import Action

LEVELS = ("problem", "unclear", "other", "note", "good")
"""How much a finding weighs, the heaviest first."""


class Finding(NamedTuple):
    """One finding, the reasons for it, and commands that help.

    ``id`` names the kind of finding and stays; :data:`.catalogue.CATALOGUE` has them all.  ``level`` is ``"good"``,
    ``"note"``, ``"problem"``, ``"unclear"`` (a text does not tell, and the commands would) or ``"other"`` (it is no
    modem).  ``wants`` is what shall be done, of which :mod:`.commands` makes the commands of the stick's machine;
    ``commands`` has those that are the same on every machine, and all of them once that is done.
    """

    id: str
    level: str
    text: str
    why: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    wants: tuple[Action, ...] = ()
