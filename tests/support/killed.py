"""Kills real processes at every step of saving and writing: run as ``python -m tests.support.killed FOLDER ACTION``.

Each process is a fork that writes to a simulated stick whose NVRAM is a file, restarts it and reads it again, and is
killed (SIGKILL) before the n-th line of the modules that do that.  Prints one JSON line each: where it was killed, and
what the disk has then.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from modeswitch.modem.saved import Store
from modeswitch.switching.switch import switch
from tests.support.rig import do, here, sunny

STEPS = ("modem/saved.py", "modem/nvram.py", "methods/ports.py", "methods/u2diag.py", "methods/at.py", "confirm.py")
STICKS = {"ports": "e3372h-153,wakes=linux", "u2diag": "e173,wakes=linux"}
"""What is written → to which stick: both go from ncm to stick for good."""


def write(folder: Path, name: str, killer: Killer | None = None) -> None:
    """What ``modeswitch DEVICE --to stick --persist`` does."""
    bus = sunny(f"{STICKS[name]},nvram={folder / 'nvram'}")
    sys.settrace(killer)
    try:
        do(switch, here(bus), "stick", persist=True, bus=bus, store=Store(folder / "state"))
    finally:
        sys.settrace(None)


class Killer:
    """A trace function that counts lines, and kills its process before the n-th; it tells a pipe where."""

    def __init__(self, number: int, pipe: int) -> None:
        self.left, self.pipe = number, pipe

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> Any:
        if not frame.f_code.co_filename.endswith(STEPS):
            return None
        if event == "line":
            self.left -= 1
            if not self.left:
                where = f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno} {frame.f_code.co_name}"
                os.write(self.pipe, where.encode())
                os.kill(os.getpid(), signal.SIGKILL)
        return self


def killed_at(number: int, folder: Path, name: str) -> str:
    """Fork, write, be killed before that line; which it was, empty where the process ended by itself."""
    source, sink = os.pipe()
    child = os.fork()
    if not child:
        write(folder, name, Killer(number, sink))
        os.kill(os.getpid(), signal.SIGKILL)  # it has ended, and says nothing
    os.close(sink)
    said = os.read(source, 200).decode()
    os.close(source)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        raise AssertionError(f"the child ended by itself: {status}")
    return said


def main(top: Path, name: str) -> None:
    (top / "warm").mkdir()
    write(top / "warm", name)  # what is imported late is imported before the forks
    for number in range(1, 2000):
        folder = top / str(number)
        folder.mkdir()
        said = killed_at(number, folder, name)
        nvram = folder / "nvram"
        files = sorted((folder / "state").glob("*.toml"))
        held = json.loads(nvram.read_text("utf-8")) if nvram.exists() else None
        text = files[0].read_text("utf-8") if files else ""
        print(json.dumps({"where": said, "nvram": held, "text": text, "folder": str(folder)}), flush=True)
        if not said:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
