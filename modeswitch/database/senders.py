"""Which families send a message: found by what their steps put on the wire."""

from __future__ import annotations

from collections.abc import Iterator

from ..methods.base import Action
from ..values import TYPE_CHECKING
from .library import Library
from .profile import Profile, Transition

if TYPE_CHECKING:
    from typing import Any

TAG = slice(4, 8)
"""Where a CBW has its tag, which is any number.  Ref: USB MSC BOT 1.0 §5.1."""


def senders(raw: bytes, library: Library) -> Iterator[tuple[Profile, Transition]]:
    """Each family and transition that sends a CBW (its tag may differ), a CDB, a setup packet or bytes."""
    wanted = _bare(raw)
    for name in library.names():
        family = library.family(name)
        for transition in family.transitions:
            actions = (action for step in transition.steps for action in step.actions)
            if any(wanted in _sent(action) for action in actions):
                yield family, transition


def _bare(raw: bytes) -> bytes:
    """The message without its tag."""
    return raw[: TAG.start] + raw[TAG.stop :] if raw[:4] == b"USBC" and len(raw) == 31 else raw


def _sent(action: Action) -> tuple[bytes, ...]:
    """What an action sends, in each form that a message may be asked for in."""
    of: Any = action
    if hasattr(action, "cbw"):
        cdb = of.cbw[15:31]
        return (_bare(of.cbw), *(cdb[:length] for length in (6, 10, 12, 16)))
    if hasattr(action, "request_type"):
        length = of.length or len(of.data)
        numbers = (of.value, of.windex, length)
        return (bytes((of.request_type, of.request)) + b"".join(n.to_bytes(2, "little") for n in numbers),)
    return (of.data,) if isinstance(getattr(action, "data", None), bytes) and of.data else ()
