"""What the checks of the doctor give."""

from __future__ import annotations

from ..values import NamedTuple


class Finding(NamedTuple):
    """One finding: ``level`` is ``"good"``, ``"note"`` or ``"problem"``; the reasons for it, and commands that help."""

    level: str
    text: str
    why: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
