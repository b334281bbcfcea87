"""The two programs: usb_modeswitch, a short process each time; ours, in a process that runs it many times."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Self

from .bench import Bench

PRELOAD = "libumockdev-preload.so.0"
PEER = "/usr/sbin/usb_modeswitch"
SECONDS = 200
"""MobileAction's 154 transfers may each take a second."""
ROOT = Path(__file__).resolve().parents[2]


class Said(NamedTuple):
    """What a run came to."""

    status: int
    stdout: str
    stderr: str


def _environment(root: str = "") -> dict[str, str]:
    return {**os.environ, "LD_PRELOAD": PRELOAD, "UMOCKDEV_DIR": root, "LC_ALL": "C.UTF-8"}


def peer(bench: Bench, argv: Sequence[str]) -> Said:
    """One run of Debian's usb_modeswitch on that machine."""
    done = subprocess.run(
        [PEER, *argv],
        env=_environment(str(bench.root)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=SECONDS,
    )
    return Said(done.returncode, done.stdout, done.stderr)


class Worker:
    """A process that runs our command, one run at a time; a context manager."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.parity.worker"],
            env=_environment("/nonexistent"),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=30)  # its input ends, and so does it

    def run(self, bench: Bench, argv: Sequence[str]) -> Said:
        """One run of ``modeswitch`` on that machine."""
        there, back = self._process.stdin, self._process.stdout
        if there is None or back is None:
            raise RuntimeError("the worker has no pipes")
        print(json.dumps({"root": str(bench.root), "argv": list(argv)}), file=there, flush=True)
        line = back.readline()
        if not line:
            raise RuntimeError(f"the worker died: status {self._process.wait()}")
        return Said(**json.loads(line))
