"""``python -m tests.bench``: what the command costs on this machine, beside the bare interpreter; medians, in turn.

The stick is simulated in the same process, so its model's own work is in the figures; its absence is not.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from subprocess import DEVNULL

ROOT = Path(__file__).parent.parent
ROUNDS = 11
LINGER, AWAY = 0.1, 0.43
STICK = f"e3372h,linger={LINGER},away={AWAY}"

SUBJECTS: dict[str, tuple[list[str], float]] = {
    "python3 -c pass": (["-c", "pass"], 0.0),
    "modeswitch --version": (["-m", "modeswitch", "--version"], 0.0),
    "modeswitch 12d1:1f01, nothing there": (["-m", "modeswitch", "12d1:1f01"], 0.0),
    "a whole switch, less the stick's absence": (
        ["-m", "modeswitch", "12d1:1f01", "--to", "ncm", "--simulate", STICK],
        LINGER + AWAY,
    ),
}
"""What is run → its arguments, and the seconds of it that are the stick's own."""

AIM = 0.15
"""What a switch may cost on top of the stick's absence, in seconds."""


def seconds(arguments: list[str], cache: str) -> float:
    """One run, by the clock on the wall; with compiled modules in ``cache``, as an installation has them."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = cache
    command = [sys.executable, *arguments]
    began = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=environment, stdout=DEVNULL, stderr=DEVNULL, check=False)
    return time.perf_counter() - began


def main() -> None:
    """Measure in turn, and print ratios of medians."""
    taken: dict[str, list[float]] = {name: [] for name in SUBJECTS}
    with tempfile.TemporaryDirectory() as cache:
        for number in range(ROUNDS + 1):
            for name, (arguments, absence) in SUBJECTS.items():
                spent = seconds(arguments, cache) - absence
                if number:  # the first round fills caches
                    taken[name].append(spent)
    alone = median(taken["python3 -c pass"])
    print(f"on this machine (medians of {ROUNDS}){'ms':>16}{'x python3 -c pass':>20}")
    for name, times in taken.items():
        print(f"{name:42}{median(times) * 1e3:8.1f}{median(times) / alone:20.1f}")
    top = median(taken["a whole switch, less the stick's absence"])
    print(f"on top of the absence: {top:.3f} s; aim: under {AIM} s, {'met' if top < AIM else 'MISSED'}")


if __name__ == "__main__":
    main()
