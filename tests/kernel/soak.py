"""`python -m tests.kernel.soak`: switch after switch on the real kernel, two sticks at a time, faults drawn at random.

One process of the guest does all switches (turns.py), behind vhci_hcd and behind QEMU's xHCI, half of them each.
MODESWITCH_SOAK is how many, MODESWITCH_SEED what is drawn, MODESWITCH_FIRST the number of the first turn.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from tests.kernel import bundle, image
from tests.kernel.lab import Lab
from tests.kernel.machine import Machine
from tests.kernel.wiring import REDIRECTED, VHCI

WIRINGS = {"vhci": VHCI, "xhci": REDIRECTED}
STEADY = ("descriptors", "threads", "locks", "files", "urbs")
"""What must be as it was after the warm-up, to the last one."""
WARM_UP = 50
"""Turns after which modules are loaded, caches are full, and both ports have had a switch and a failure."""
MOST_MEMORY = 2048
"""By how much the process may have grown since the warm-up, in KB."""
LONGEST = 3600.0
"""How long the host waits for a measurement, in its seconds."""
ALARMS = ("BUG:", "WARNING:", "refcount_t", "use-after-free", "blocked for more than", "Oops", "general protection")
"""What the kernel's log must not have."""


class Account(NamedTuple):
    """What came of a soak: what was held after so many turns each, the turns that were wrong, what became of which
    fault, the guest's seconds, and what the kernel complained of."""

    seed: str
    held: list[dict[str, int]]
    wrong: list[dict[str, Any]]
    outcomes: dict[str, int]
    seconds: float
    alarms: list[str]

    @property
    def grown(self) -> dict[str, int]:
        """What was held at the end and not after the warm-up; memory in KB. Nothing where it ended before."""
        first = next((held for held in self.held if held["turns"] >= WARM_UP), self.held[-1])
        return {name: self.held[-1][name] - first[name] for name in first}

    def leaks(self, kilobytes: int) -> list[str]:
        """What has grown that must not, memory by more than so many KB."""
        grown = self.grown
        bounds = {**dict.fromkeys(STEADY, 0), "memory": kilobytes}
        return [f"{name} grew by {grown[name]}" for name, most in bounds.items() if grown[name] > most]

    def complaints(self, kilobytes: int, wiring: str = "") -> list[str]:
        """All that was not as it must be: wrong turns, with the command that has each again, and the rest."""
        turns, told = self.held[-1]["turns"], sum(self.outcomes.values()) + len(self.wrong)
        again = "MODESWITCH_SEED={} MODESWITCH_FIRST={} MODESWITCH_SOAK=2 MODESWITCH_WIRING={} make soak"
        return [
            *(
                f"turn {one['turn']}: {one['why']}\n  {again.format(self.seed, one['turn'], wiring)}"
                for one in self.wrong
            ),
            *([f"of {turns} turns {told} are accounted for"] if told != turns else []),
            *self.leaks(kilobytes),
            *(f"the kernel: {line}" for line in self.alarms),
        ]


def _seed() -> str:
    return os.environ.get("MODESWITCH_SEED") or str(random.SystemRandom().randrange(10**6))


def soak(
    lab: Lab, seed: str, first: int, turns: int, every: int, said: Callable[[str], None] = lambda _line: None
) -> Account:
    """So many turns in an empty lab; ``said`` hears of each measurement, one for so many turns, and of wrong turns."""
    redirected = lab.wiring is REDIRECTED
    sticks = ("stick0", "stick1")
    channels = " ".join(f"/dev/virtio-ports/{name}" for name in sticks) if redirected else "0 1"
    joined = "\n".join(f"join {name} {number}" for number, name in enumerate(sticks)) if redirected else ""
    words = f"python3 {bundle.FOLDER}/turns.py {seed} {first} {turns} {every} {channels}"
    lab.sh(
        "modprobe -a usb-storage sr_mod sd_mod cdc_ether cdc_ncm huawei_cdc_ncm option\n"
        f"{joined}\nmkfifo marks; exec 8<>marks\n"
        f"background soak bash -c '{words} >marks; echo ended $? >marks'\n"
    )
    held: list[dict[str, int]] = []
    wrong: list[dict[str, Any]] = []
    alarms: dict[str, None] = {}  # in the order in which they came; the kernel keeps its log only for so long
    while True:
        line = lab.sh('exec 8<>marks; read -r -u 8 line; echo "$line"', LONGEST)
        if line.startswith("ended"):
            break
        last = json.loads(line)
        held.append(last["held"])
        alarms |= dict.fromkeys(line for line in lab.dmesg().splitlines() if any(alarm in line for alarm in ALARMS))
        said(f"{last['held']}, {last['seconds']} s")
        for turn in last["wrong"][len(wrong) :]:
            said(f"wrong: {turn}")
        wrong = last["wrong"]
    if not held or line.split() != ["ended", "0"]:
        raise RuntimeError(f"the soak ended with {line!r}: {lab.sh('cat soak.log')}")
    return Account(seed, held, wrong, last["outcomes"], last["seconds"], list(alarms))


def _run(name: str, seed: str, first: int, turns: int) -> Account:
    with (
        tempfile.TemporaryDirectory() as share,
        Machine(image.ensure(), Path(share), icount=True, wiring=WIRINGS[name]) as machine,
    ):
        bundle.pack(machine.share)
        lab = Lab(machine)
        lab.begin()
        every = max(2, min(100, turns // 8))
        return soak(lab, seed, first, turns, every, lambda line: print(f"{name}: {line}", flush=True))


def main() -> int:
    seed, turns = _seed(), int(os.environ.get("MODESWITCH_SOAK", "10000"))
    first = int(os.environ.get("MODESWITCH_FIRST", "0"))
    print(f"MODESWITCH_SEED={seed}", flush=True)
    names = os.environ.get("MODESWITCH_WIRING", " ".join(WIRINGS)).split()
    with ThreadPoolExecutor(len(names)) as pool:
        running = {name: pool.submit(_run, name, seed, first, turns // len(names)) for name in names}
        accounts = {name: done.result() for name, done in running.items()}
    bad = False
    for name, account in accounts.items():
        print(json.dumps({"wiring": name, **account._asdict(), "grown": account.grown}))
        for complaint in account.complaints(MOST_MEMORY, name):
            bad = True
            print(f"{name}: {complaint}")
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
