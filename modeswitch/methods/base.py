"""What all methods have in common: an action is a value that knows its words, its check and its performance.

A method is one file of this package: its action (a value, complete enough to be sent), a function that reads it from a
profile's TOML, and one line in ``registry.py``.
"""

from __future__ import annotations

from ..values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Any, dataclass_transform

    from .resources import Resources
    from .target import Target

    @dataclass_transform(frozen_default=True)
    class _Value:
        """What type checkers see of a value whose class has a base; at run time it is a named tuple like all others."""

else:
    _Value = NamedTuple


class Action(_Value):
    """One thing that is put on the wire, as a value.  ``str`` of it is its line in a dry run.

    ``means`` is what it needs besides the device itself: ``"at"``, ``"web"``, ``"hub"``, ``"storage"``, or nothing.
    ``writes`` tells that it writes to the stick's NVRAM; ``may_fail`` that the transition goes on where the stick
    refuses it.
    """

    means = ""
    writes = False
    may_fail = False

    def check(self, device: Target) -> None:
        """See that the device has what the action is for; called for every action before the first byte.

        Raises :class:`~modeswitch.errors.Refused`.
        """

    def take(self, resources: Resources) -> Any:
        """Take hold of what the action needs; nothing is sent that changes the stick.

        What it returns is handed to :meth:`perform`.  Raises :class:`~modeswitch.errors.Unavailable` where this stick
        or host cannot do it.
        """

    def perform(self, resources: Resources, taken: Any) -> None:
        """Put the action on the wire."""


MAY_FAIL = " (may fail)"


class Step(NamedTuple):
    """One step of a transition: how the profile writes it, and the actions that it comes down to, in order."""

    written: str
    actions: tuple[Action, ...]

    def __str__(self) -> str:
        return self.written
