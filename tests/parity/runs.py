"""Both programs on the stick of each entry, many at once: most of the peer's time is sleep."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import NamedTuple, Self

from . import programs, shapes
from .bench import Bench
from .entries import Entry
from .programs import Said, Worker
from .stick import Stick

PEERS, WORKERS, OTHER_PORTS = 8, 4, 2
"""How many run side by side, waiting most of their time; how many ports are left to tests with sticks of their own."""
SLOW = ("SonyMode", "CiscoMode", "MobileActionMode", "ReleaseDelay", "WaitBefore")
"""Keys of entries that sleep for seconds: they begin first."""
PATIENCE, LONG_PATIENCE = "5", "90"
"""How long our command may take, in seconds: a wrong message shall not cost half a minute each."""


def is_slow(entry: Entry) -> bool:
    """Does it sleep for seconds?"""
    return any(key in entry.keys for key in SLOW)


class Run(NamedTuple):
    """What a program did to the stick, what it said, and the ids that the stick had in the end."""

    wire: list[str]
    said: Said
    ended: str


def peer(bench: Bench, entry: Entry) -> Said:
    """Usb_modeswitch, called as its dispatcher calls it.  Ref: usb_modeswitch_dispatcher 2.6.1."""
    return programs.peer(bench, peer_arguments(entry, bench.sticks[0]))


def peer_arguments(entry: Entry, stick: Stick) -> list[str]:
    """The arguments that the dispatcher gives it for that stick."""
    one = ["-u", "-1"] if len(stick.look.configurations) == 1 else []
    ids = ["-v", f"{entry.vendor:04x}", "-p", f"{entry.product:04x}"]
    return ["-Q", "-D", *one, "-b", "1", "-g", str(stick.address), *ids, "-f", entry.text]


def ours(bench: Bench, entry: Entry, worker: Worker) -> Said:
    """Our command, to the profile's own goal, whatever drivers this host has."""
    patience = LONG_PATIENCE if is_slow(entry) else PATIENCE
    return worker.run(bench, [entry.usb, "--port", bench.sticks[0].name, "--without-driver", "--timeout", patience])


def run(entry: Entry, program: Callable[[Bench, Entry], Said], port: str = "1-1") -> Run:
    """One program on the entry's stick at that port."""
    stick = shapes.stick(entry, port)
    with Bench(stick) as bench:
        said = program(bench, entry)
    return Run(stick.wire, said, _ids(stick))


def _ids(stick: Stick) -> str:
    return f"{stick.look.first.vendor:04x}:{stick.look.first.product:04x}"


class Runs:
    """Both programs on every entry that was asked for, begun at once; a context manager."""

    def __init__(self, wanted: Iterable[Entry]) -> None:
        self._lanes: SimpleQueue[tuple[Worker, str]] = SimpleQueue()
        self._workers = [Worker() for _ in range(WORKERS)]
        for number, worker in enumerate(self._workers, 1):
            self._lanes.put((worker, f"1-{OTHER_PORTS + number}"))
        self._peers, self._ours = ThreadPoolExecutor(PEERS), ThreadPoolExecutor(WORKERS)
        slow_first = sorted(wanted, key=lambda entry: not is_slow(entry))
        self._of_peer = {entry.name: self._peers.submit(run, entry, peer) for entry in slow_first}
        covered = filter(shapes.covered, slow_first)
        self._of_us = {entry.name: self._ours.submit(self._our_run, entry) for entry in covered}

    def _our_run(self, entry: Entry) -> Run:
        worker, port = self._lanes.get()
        try:
            return run(entry, lambda bench, one: ours(bench, one, worker), port)
        finally:
            self._lanes.put((worker, port))

    def peer(self, entry: Entry) -> Run:
        """What usb_modeswitch did, once it is done."""
        if entry.name not in self._of_peer:
            self._of_peer[entry.name] = self._peers.submit(run, entry, peer)
        return self._of_peer[entry.name].result()

    def ours(self, entry: Entry) -> Run:
        """What our command did, once it is done."""
        return self._of_us[entry.name].result()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for pool in (self._peers, self._ours):
            pool.shutdown(cancel_futures=True)
        for worker in self._workers:
            worker.__exit__()
