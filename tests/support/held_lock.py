"""The lock of port 1-1.4, held by another process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from modeswitch.usb.descriptors import Port

PORT = Port(1, (1, 4))
HOLD = """
import sys, time
from modeswitch.usb.descriptors import Port
from modeswitch.linux.locks import PortLock
lock = PortLock(Port(1, (1, 4)), sys.argv[1])
lock.acquire(1, time.sleep, print)
print("held", flush=True)
sys.stdin.readline()
"""


@contextmanager
def held(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock."""
    words = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


class Locks:
    """In the place of a host's ``lock``: notes which ports are taken, in order, and which are held."""

    def __init__(self) -> None:
        self.taken: list[Port] = []
        self.held: set[Port] = set()

    def __call__(self, port: Port) -> PortNote:
        return PortNote(self, port)


class PortNote:
    """The lock of one port."""

    def __init__(self, locks: Locks, port: Port) -> None:
        self._locks, self._port = locks, port

    def acquire(self, seconds: float, wait: Callable[[float], None], told: Callable[[str], None]) -> None:
        assert seconds > 0
        self._locks.taken.append(self._port)
        self._locks.held.add(self._port)

    def release(self) -> None:
        self._locks.held.remove(self._port)
