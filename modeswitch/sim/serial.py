"""A serial port of the simulated stick: what the host writes is heard, what the stick says waits until it is read."""

from __future__ import annotations

from collections.abc import Callable

from .storage import Nak


class SerialPort:
    """Bytes both ways; ``hear`` gets what the host wrote.  A port that nobody hears swallows everything.

    ``later`` does something after so many seconds, on the stick's clock.
    """

    def __init__(
        self, hear: Callable[[SerialPort, bytes], None] | None, later: Callable[[float, Callable[[], None]], None]
    ) -> None:
        self._hear = hear
        self._later = later
        self.pending = bytearray()
        self.line = bytearray()
        """What the host has written since its last carriage return."""
        self.on_say: Callable[[], None] | None = None

    def out(self, data: bytes) -> None:
        """Bytes from the host."""
        if self._hear is not None:
            self._hear(self, data)

    def into(self, most: int) -> bytes:
        """Bytes for the host, at most that many; raises :class:`Nak` while there are none."""
        if not self.pending:
            raise Nak
        found = bytes(self.pending[:most])
        del self.pending[:most]
        return found

    def say(self, data: bytes, after: float = 0.0) -> None:
        """Bytes for the host, after so many seconds."""
        if after > 0:
            self._later(after, lambda: self.say(data))
            return
        self.pending += data
        if self.on_say is not None:
            self.on_say()
