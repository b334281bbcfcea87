"""Ctrl-C and the other signals that end a command: the first has the stick released, and no other cuts that short."""

from __future__ import annotations

import sys
import time
from _thread import start_new_thread

from ..c_modules import signals
from ..starting import is_command
from ..values import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

PATIENCE = 5.0
"""How long the way out may take, in seconds, before a further signal counts again."""
AGAIN = 0.01
"""How soon one that was raised where Python lets no exception out is raised again, in seconds."""


class Interrupted(KeyboardInterrupt):
    """A signal that ends the command: ``word`` tells a person which, ``status`` is the exit status that says so.

    Ref: bash(1): 128 and the signal's number.
    """

    def __init__(self, number: int = signals.SIGINT) -> None:
        super().__init__()
        self.word = WORDS[number]
        self.status = 128 + number


WORDS: dict[int, str] = {signals.SIGINT: "interrupted", signals.SIGTERM: "terminated"}
if hasattr(signals, "SIGHUP"):
    WORDS[signals.SIGHUP] = "hung up"


class Interrupts:
    """Within a ``with`` block, the first of these signals raises :class:`Interrupted`; those that follow are ignored.

    What was ignored when the command was started stays so (nohup(1)).  Outside the main thread no signal can be
    handled, and the block changes nothing.
    """

    def __init__(self) -> None:
        self._before: dict[int, Any] = {}
        self._came: float | None = None
        self._told_unraisable = sys.unraisablehook

    def __enter__(self) -> None:
        try:
            for number in WORDS:
                before = signals.getsignal(number)
                if before != signals.SIG_IGN and before is not None:
                    signals.signal(number, self._raise)
                    self._before[number] = before
        except ValueError:  # not in the main thread
            return
        self._told_unraisable, sys.unraisablehook = sys.unraisablehook, self._note_unraisable

    def _raise(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._came is None or now - self._came > PATIENCE:
            self._came = now
            raise Interrupted(number)

    def _note_unraisable(self, what: sys.UnraisableHookArgs) -> None:
        """Raise it again where it was lost: in the end of an object (``__del__``), or in a call from C.

        Ref: Python's sys.unraisablehook.
        """
        lost = what.exc_value
        if not isinstance(lost, Interrupted):
            self._told_unraisable(what)
            return
        self._came = None
        start_new_thread(_send_again, (lost.status - 128,))

    def __exit__(self, *_: object) -> None:
        """As before; but what ends because of a signal says so, and is not killed by the next one while it does."""
        if sys.unraisablehook == self._note_unraisable:
            sys.unraisablehook = self._told_unraisable
        ending = self._came is not None and is_command()
        for number, handler in self._before.items():
            signals.signal(number, signals.SIG_IGN if ending else handler)


def _send_again(number: int) -> None:
    time.sleep(AGAIN)
    signals.raise_signal(number)
