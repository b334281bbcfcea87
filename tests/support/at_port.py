"""A port with a script and a clock, for dialogues of AT commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from modeswitch.modem.at import Carrier, Dialogue

Script = Callable[[bytes], list[tuple[float, bytes]]]
"""What the host wrote → what comes back, each part so many seconds later than the one before."""


class Port(Carrier):
    """A port with a script and a clock."""

    name = "port"

    def __init__(self, script: Script, waiting: bytes = b"") -> None:
        self.time = 0.0
        self.written: list[bytes] = []
        self._script = script
        self.coming: list[tuple[float, bytes]] = [(0.0, waiting)] if waiting else []
        self.closed = False

    def waiting(self, *parts: bytes) -> None:
        """These have come already."""
        self.coming += [(0.0, part) for part in parts]

    def write(self, data: bytes) -> None:
        self.written.append(data)
        due = self.time
        for delay, part in self._script(data):
            due += delay
            self.coming.append((due, part))

    def read(self, seconds: float) -> bytes:
        if not self.coming or self.coming[0][0] > self.time + seconds:
            self.time += seconds
            return b""
        due, part = self.coming.pop(0)
        self.time = max(self.time, due)
        return part

    def close(self) -> None:
        self.closed = True


def says(*parts: bytes, delay: float = 0.0) -> Script:
    return lambda _data: [(delay, part) for part in parts]


def dialogue(script: Script, waiting: bytes = b"", **more: Any) -> tuple[Dialogue, Port]:
    port = Port(script, waiting)
    return Dialogue(port, lambda: port.time, **more), port


def ask(command: str, *parts: bytes, delay: float = 0.0, waiting: bytes = b"", seconds: float = 5.0) -> Any:
    talk, _port = dialogue(says(*parts, delay=delay), waiting)
    return talk.ask(command, seconds)


OK = b"\r\nOK\r\n"
