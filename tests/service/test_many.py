"""A farm whose 128 sticks all fall back, again and again: none is forgotten, and nothing grows."""

from __future__ import annotations

import gc
import os
import threading
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.port_watch import eventually
from tests.support.running_service import RunningService, StartService

PORTS = [f"{bus}-{hub}.{number}" for bus in (1, 2) for hub in range(1, 9) for number in range(1, 9)]
TURNS = int(os.environ.get("MODESWITCH_TURNS", "5"))
"""How often each of them falls back; a day of a farm in which each does so every half an hour has 48."""
GROWTH = 1.5
"""How much memory may come and go between two turns, in MiB."""


class Held(NamedTuple):
    """What this process holds: open files, threads, MiB of memory."""

    files: int
    threads: int
    memory: float


def held() -> Held:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return Held(len(os.listdir("/proc/self/fd")), threading.active_count(), pages * os.sysconf("SC_PAGESIZE") / 2**20)


def turn(running: RunningService, done: int) -> Held:
    """All sticks come in storage, and what was there before leaves; waits until all are switched."""
    for port in PORTS:
        running.bus.unplug(port)
        running.bus.plug(f"e3372h@{port}")
    eventually(lambda: not running.service.active_ports and running.service.switched >= done, 120)
    assert (running.service.switched, running.service.failed) == (done, 0)
    assert {facts["mode"] for facts in running.told("done")} == {"hilink"}
    assert {facts["port"] for facts in running.told("done")} == set(PORTS)
    running.events.clear()
    running.bus.threads.clear()
    running.states.lines.clear()
    running.bus.sim.wire.clear()
    return held()


@pytest.mark.slow
def test_128_sticks_that_fall_back_again_and_again(start: StartService) -> None:
    running = start()
    accounts = [turn(running, len(PORTS) * number) for number in range(1, TURNS + 1)]
    first, last = accounts[1], accounts[-1]
    assert (last.files, last.threads) == (first.files, first.threads)
    print(accounts)
    assert last.memory - first.memory <= GROWTH, accounts
