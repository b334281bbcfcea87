"""The lock of port 1-1.4, held by another process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
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
