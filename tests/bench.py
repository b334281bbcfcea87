"""``python -m tests.bench``: what the command costs on this machine, beside the bare interpreter; medians, in turn.

The stick is simulated in the same process, so its model's own work is in the figures; its absence is not.  An AT
exchange is measured against a stick that takes its time to answer, a way through several modes against its absences.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from subprocess import DEVNULL

from modeswitch.library import Library
from modeswitch.reach import Reach
from modeswitch.recognise import recognise
from modeswitch.sim.backend import SimBus, parse

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

ANSWER = 0.02
"""How long the stick takes to answer an AT command, in seconds."""
EXCHANGES = 101
EXCHANGE_AIM = 0.005
"""What an AT exchange may cost beyond the stick's answer time, in seconds."""

ROUND = ["-m", "modeswitch", "12d1:14dc", "--to", "ncm", "--simulate", f"{STICK},wakes=ecm"]
ROUND_OWN = 2 * (LINGER + AWAY)
"""Restarted by its web page, then switched: the stick's own time in that, in seconds (its web page answers at once)."""
MANY, MANY_AIM, MEMORY_AIM = 64, 1.5, 100.0
"""So many sticks at once may take so many times the time of one, and so many MB."""
ROUND_AIM = 1.0
"""What that may take beyond the stick's own time, in seconds."""


def seconds(arguments: list[str], cache: str) -> float:
    """One run, by the clock on the wall; with compiled modules in ``cache``, as an installation has them."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = cache
    command = [sys.executable, *arguments]
    began = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=environment, stdout=DEVNULL, stderr=DEVNULL, check=False)
    return time.perf_counter() - began


def exchanges() -> list[float]:
    """So many AT exchanges over the stick's bare endpoints, each in seconds."""
    bus = SimBus([parse(f"e3372h-153,wakes=linux,at=slow,lag={ANSWER}")])
    known = recognise(bus.scan()[0], Library(user=[]))
    taken = []
    with Reach(bus, known, bus.now() + 600, lambda *_, **__: None) as reach:
        for _ in range(EXCHANGES):
            began = time.perf_counter()
            reach.dialogue.ask("AT^SETPORT?")
            taken.append(time.perf_counter() - began)
    return taken[1:]  # the first finds the port


def many(cache: str) -> str:
    """So many sticks at once against one alone, both whole processes, and the most memory that they held."""
    places = [f"{bus}-{port}" for bus in range(1, 9) for port in range(1, 9)][:MANY]
    command = ["-m", "modeswitch", "12d1:1f01", "--all", "--to", "ncm"]
    one = [*command, "--simulate", STICK]
    all_of_them = [
        *command,
        *(word for place in places for word in ("--simulate", STICK.replace(",", f"@{place},", 1))),
    ]
    pairs = [(seconds(all_of_them, cache), seconds(one, cache)) for _ in range(ROUNDS // 2)]
    ratio = median(first / second for first, second in pairs)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6
    return (
        f"{MANY} sticks at once / one alone: {ratio:.2f}; aim: at most {MANY_AIM:g}, "
        f"{'met' if ratio <= MANY_AIM else 'MISSED'}; at most {peak:.0f} MB; aim: under {MEMORY_AIM:g} MB, "
        f"{'met' if peak < MEMORY_AIM else 'MISSED'}"
    )


def voice(cache: str) -> str:
    """What the stick's own voice costs: an AT exchange, and hilink -> mass-storage -> ncm in one command."""
    exchange = median(exchanges())
    whole = median(seconds(ROUND, cache) for _ in range(ROUNDS // 2))
    beyond, top = exchange - ANSWER, whole - ROUND_OWN
    return (
        f"an AT exchange / the stick's answer time of {ANSWER * 1e3:g} ms: {exchange / ANSWER:.2f}; beyond it "
        f"{beyond * 1e3:.2f} ms; aim: under {EXCHANGE_AIM * 1e3:g} ms, {'met' if beyond < EXCHANGE_AIM else 'MISSED'}\n"
        f"hilink -> ncm / the stick's own absences and answers of {ROUND_OWN:g} s: {whole / ROUND_OWN:.2f}; beyond "
        f"them {top:.3f} s; aim: at most {ROUND_AIM:g} s, {'met' if top <= ROUND_AIM else 'MISSED'}"
    )


def main() -> None:
    """Measure in turn, and print ratios of medians."""
    taken: dict[str, list[float]] = {name: [] for name in SUBJECTS}
    with tempfile.TemporaryDirectory() as cache:
        for number in range(ROUNDS + 1):
            for name, (arguments, absence) in SUBJECTS.items():
                spent = seconds(arguments, cache) - absence
                if number:  # the first round fills caches
                    taken[name].append(spent)
        spoken, together = voice(cache), many(cache)
    alone = median(taken["python3 -c pass"])
    print(f"on this machine (medians of {ROUNDS}){'ms':>16}{'x python3 -c pass':>20}")
    for name, times in taken.items():
        print(f"{name:42}{median(times) * 1e3:8.1f}{median(times) / alone:20.1f}")
    top = median(taken["a whole switch, less the stick's absence"])
    print(spoken)
    print(together)
    print(f"on top of the absence: {top:.3f} s; aim: under {AIM} s, {'met' if top < AIM else 'MISSED'}")


if __name__ == "__main__":
    main()
