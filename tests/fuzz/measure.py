"""What a whole command costs, in a process of its own: its exit status, processor seconds and memory."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
CHILD = """
import os, resource, sys
from modeswitch.cli import main
shown = sys.stdout
sys.stdout = sys.stderr = open(os.devnull, "w")
status = main(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_SELF)
peak = open("/proc/self/status").read().split("VmHWM:")[1].split()[0]
print(status, used.ru_utime + used.ru_stime, int(peak) / 1024, file=shown)
"""


class Cost(NamedTuple):
    """The exit status, the processor's seconds, and the most memory in MiB."""

    status: int
    seconds: float
    memory: float


def cost_of(words: list[str], text: bytes, name: str = "text") -> Cost:
    """What the command costs with that text in a file of that name: its last word, or ``@`` its folder."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(text)
        last = [] if "@" in words else [str(path)]
        command = [sys.executable, "-c", CHILD, *(folder if word == "@" else word for word in words), *last]
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    status, seconds, memory = ran.stdout.split()
    return Cost(int(status), float(seconds), float(memory))
