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
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from subprocess import DEVNULL, PIPE
from typing import Any

from modeswitch.database.library import Library
from modeswitch.identity.recognise import recognise
from modeswitch.linux.uevents import Uevents
from modeswitch.methods.resources import Resources
from modeswitch.service.apply import apply
from modeswitch.service.policy import Policy
from modeswitch.service.watch import PortWatcher, prepare
from modeswitch.sim.backend import SimBackend
from modeswitch.sim.bus import SimBus
from modeswitch.sim.spec import parse
from modeswitch.usb.bus import Bus
from modeswitch.usb.descriptors import Port
from tests.support.netlink import Netlink

ROOT = Path(__file__).parent.parent
ROUNDS = 11
LINGER, AWAY = 0.1, 0.43
STICK = f"e3372h,linger={LINGER},away={AWAY}"

REGISTERED = "e3372h-153,wakes=linux,sunny"
SUBJECTS: dict[str, tuple[list[str], float]] = {
    "python3 -c pass": (["-c", "pass"], 0.0),
    "modeswitch --version": (["-m", "modeswitch", "--version"], 0.0),
    "modeswitch 12d1:1f01, nothing there": (["-m", "modeswitch", "12d1:1f01"], 0.0),
    "a whole switch, less the stick's absence": (
        ["-m", "modeswitch", "12d1:1f01", "--to", "ncm", "--simulate", STICK],
        LINGER + AWAY,
    ),
    "connect, a stick that is registered": (
        ["-m", "modeswitch", "connect", "1-1", "--apn", "internet", "--simulate", REGISTERED],
        0.0,
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
EVENT_AIM = 0.01
"""How much of the processor `watch` may have from a uevent to the first byte to the stick, in seconds."""


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
    with Resources(bus, known, bus.now() + 600, lambda *_, **__: None) as resources:
        for _ in range(EXCHANGES):
            began = time.perf_counter()
            resources.dialogue().ask("AT^SETPORT?")
            taken.append(time.perf_counter() - began)
    return taken[1:]  # the first finds the port


class Noting(SimBackend):
    """Notes how much of the processor this process has had when a byte goes out."""

    sent: Callable[[], object]

    def bulk_write(self, dev_handle: Any, ep: int, intf: int, data: Any, timeout: int) -> int:
        self.sent()
        return super().bulk_write(dev_handle, ep, intf, data, timeout)


class Wired(SimBus):
    """Simulated sticks that come one after the other, each told over a netlink socket's stand-in."""

    def __init__(self) -> None:
        super().__init__([])
        self.netlink = Netlink()
        self.first: dict[Port, float] = {}

    def events(self) -> Uevents:
        return self.netlink.uevents()

    def for_thread(self, port: Port) -> SimBus:
        bus = super().for_thread(port)
        bus.sim = noting = Noting(bus.sim.sticks, self.clock, plugged=True)
        noting.sent = lambda: self.first.setdefault(port, time.process_time())
        return bus

    def plug(self, port: Port, address: int) -> float:
        """A stick in that port; how much of the processor this process has had."""
        stick = parse(f"e3372h@{port},away=0.02,linger=0.01")
        stick.address = address
        self.sim.sticks = [*self.sim.sticks, stick]
        before = time.process_time()
        self.netlink.device("add", str(port), address)
        return before


def event() -> str:
    """From a uevent to the first byte: what `watch` has of the processor for that, on real threads."""
    bus, library, taken = Wired(), Library(user=[]), []
    prepare(bus, library)
    ended = threading.Semaphore(0)

    def do(port: Port, own: Bus) -> int | None:
        seen = own.at(port)
        outcome = apply(recognise(seen, library), Policy(), own, library) if seen else None
        ended.release()
        return outcome.device.usb.address if outcome else None

    watch = PortWatcher(bus, do, lambda _port, error: print(error))
    thread = threading.Thread(target=watch.run, args=(lambda: None,))
    thread.start()
    for number in range(1, EXCHANGES + 1):
        port = Port(1, (number,))
        before = bus.plug(port, 2)
        ended.acquire(timeout=10)
        taken.append(bus.first[port] - before)
    watch.stop()
    thread.join()
    spent = median(taken)
    return (
        f"watch, uevent -> first byte: {spent * 1e3:.2f} ms of the processor (most: {max(taken) * 1e3:.2f}); "
        f"aim: under {EVENT_AIM * 1e3:g} ms, {'met' if spent < EVENT_AIM else 'MISSED'}"
    )


def watched(sticks: list[str], cache: str) -> float:
    """From the start of `watch` until all of these are switched, by the clock on the wall."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": cache}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    words = ["-m", "modeswitch", "watch", "--policy", "/nonexistent"]
    command = [sys.executable, *words, *(word for stick in sticks for word in ("--simulate", stick))]
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=PIPE, stderr=DEVNULL) as process:
        assert process.stdout is not None
        for _ in sticks:
            assert b"is in hilink" in process.stdout.readline()
        spent = time.perf_counter() - began
        process.terminate()
    return spent


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
    sticks = [STICK.replace(",", f"@{place},", 1) for place in places]
    looked_after = median(watched(sticks, cache) / watched(sticks[:1], cache) for _ in range(ROUNDS // 2))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6
    return (
        f"{MANY} sticks at once / one alone: {ratio:.2f}; aim: at most {MANY_AIM:g}, "
        f"{'met' if ratio <= MANY_AIM else 'MISSED'}; the same by watch: {looked_after:.2f}, "
        f"{'met' if looked_after <= MANY_AIM else 'MISSED'}; at most {peak:.0f} MB; aim: under {MEMORY_AIM:g} MB, "
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
        heard, spoken, together = event(), voice(cache), many(cache)
    alone = median(taken["python3 -c pass"])
    print(f"on this machine (medians of {ROUNDS}){'ms':>16}{'x python3 -c pass':>20}")
    for name, times in taken.items():
        print(f"{name:42}{median(times) * 1e3:8.1f}{median(times) / alone:20.1f}")
    top = median(taken["a whole switch, less the stick's absence"])
    print(heard)
    print(spoken)
    print(together)
    print(f"on top of the absence: {top:.3f} s; aim: under {AIM} s, {'met' if top < AIM else 'MISSED'}")


if __name__ == "__main__":
    main()
