"""The signals of a service: SIGTERM and SIGINT stop it, SIGHUP makes it read its configuration again."""

from __future__ import annotations

from collections.abc import Callable

from ..c_modules import signals
from ..values import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any


class SignalHandlers:
    """Within a ``with`` block, SIGTERM and SIGINT call ``stop``, and SIGHUP calls ``reload``; afterwards as before.

    Outside the main thread no signal can be handled, and the block changes nothing.
    """

    def __init__(self, stop: Callable[[], None], reload: Callable[[], None]) -> None:
        self._calls: dict[int, Callable[[], None]] = {signals.SIGTERM: stop, signals.SIGINT: stop}
        if hasattr(signals, "SIGHUP"):
            self._calls[signals.SIGHUP] = reload
        self._before: dict[int, Any] = {}

    def __enter__(self) -> None:
        try:
            for number in self._calls:
                self._before[number] = signals.signal(number, lambda got, _frame: self._calls[got]())
        except ValueError:  # not in the main thread
            return

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signals.signal(number, handler)
