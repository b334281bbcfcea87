"""What the checks of the doctor give."""

from __future__ import annotations

from ..values import NamedTuple


class Finding(NamedTuple):
    """One finding, the reasons for it, and commands that help.

    ``level`` is ``"good"``, ``"note"``, ``"problem"``, ``"unclear"`` (a text does not tell, and the commands would) or
    ``"other"`` (it is no modem).
    """

    level: str
    text: str
    why: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
