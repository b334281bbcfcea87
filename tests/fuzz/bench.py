"""``python -m tests.fuzz.bench``: what reading costs on this machine beside the aims, in time and memory.

The worst of all texts and files of 1 MiB, a usual paste, and a look at forty simulated sticks.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from tests.fuzz import large_files, large_texts
from tests.fuzz.measure import ROOT, Cost, cost_of

TEXT_AIM = Cost(0, 2.0, 60.0)
FILE_AIM = Cost(0, 4.0, 150.0)
"""Seconds of the processor and MiB."""
PASTE_AIM, STICKS_AIM = 0.15, 1.0
"""Seconds of the processor: as long as it takes on a machine that does nothing else."""
STICKS, ROUNDS = 40, 9
PASTES = ("24_1506_huawei_cdc_ncm_ok_lede.txt", "01a_e5576-320_loop_openwrt.txt", "t13_udevadm_walk_unread.txt")


def worst(words: list[str], texts: dict[str, bytes], aim: Cost) -> str:
    """The texts that take most time and most memory, beside the aim."""
    costs = {name: cost_of(words, text) for name, text in texts.items()}
    slowest = max(costs, key=lambda name: costs[name].seconds)
    largest = max(costs, key=lambda name: costs[name].memory)
    seconds, memory = costs[slowest].seconds, costs[largest].memory
    met = "met" if seconds < aim.seconds and memory < aim.memory else "MISSED"
    return (
        f"{' '.join(words)}, {len(texts)} texts of up to 1 MiB: at most {seconds:.2f} s ({slowest}), {memory:.0f} MiB "
        f"({largest}); aim: under {aim.seconds:g} s and {aim.memory:g} MiB, {met}"
    )


def seconds(words: list[str], cache: str) -> float:
    """The whole command, the median; with compiled modules in ``cache``, as an installation has them."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = cache
    command = [sys.executable, "-m", "modeswitch", *words]
    taken = []
    for _ in range(ROUNDS + 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return median(taken[1:])  # the first fills the cache


def main() -> None:
    """Measure, and print each figure beside its aim."""
    print(worst(["doctor"], large_texts.texts(), TEXT_AIM))
    print(worst(["profiles", "import"], large_files.texts(), FILE_AIM))
    field = Path(__file__).parents[1] / "doctor" / "field"
    with tempfile.TemporaryDirectory() as cache:
        spent = max(seconds(["doctor", str(field / name)], cache) for name in PASTES)
        sticks = [f"e3372h@{1 + number // 10}-{1 + number % 10}" for number in range(STICKS)]
        look = seconds(["doctor", *(word for stick in sticks for word in ("--simulate", stick))], cache)
    met = "met" if spent < PASTE_AIM else "MISSED"
    print(f"doctor, a usual paste: {spent * 1e3:.0f} ms; aim: under {PASTE_AIM * 1e3:g} ms, {met}")
    met = "met" if look < STICKS_AIM else "MISSED"
    print(f"doctor, {STICKS} simulated sticks: {look:.2f} s; aim: under {STICKS_AIM:g} s, {met}")


if __name__ == "__main__":
    main()
