"""Both programs on the stick of each entry, many at once: most of the peer's time is sleep."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import NamedTuple, Self

from . import programs, shapes
from .bench import Bench
from .entries import Entry
from .programs import Said, Worker

PEERS, WORKERS = 8, 2
SLOW = ("SonyMode", "CiscoMode", "MobileActionMode", "ReleaseDelay", "PantechMode")
"""Keys of entries that sleep for seconds: they begin first."""


class Run(NamedTuple):
    """What a program did to the stick, what it said, and the ids that the stick had in the end."""

    wire: list[str]
    said: Said
    ended: str


def peer_arguments(entry: Entry, configurations: int, address: int) -> list[str]:
    """How the dispatcher calls usb_modeswitch.  Ref: usb_modeswitch_dispatcher 2.6.1."""
    one = ["-u", "-1"] if configurations == 1 else []
    ids = ["-v", f"{entry.vendor:04x}", "-p", f"{entry.product:04x}"]
    return ["-Q", "-D", *one, "-b", "1", "-g", str(address), *ids, "-f", entry.text]


def run_peer(entry: Entry) -> Run:
    """Usb_modeswitch on the entry's stick; a dummy entry is never given to it."""
    stick = shapes.stick(entry)
    if entry.dummy:
        return Run([], Said(0, "", ""), entry.usb)
    arguments = peer_arguments(entry, len(stick.look.configurations), stick.address)
    with Bench(stick) as bench:
        said = programs.peer(bench, arguments)
    return Run(stick.wire, said, _ids(stick))


def run_ours(entry: Entry, worker: Worker, port: str) -> Run:
    """Our command on the entry's stick, at its port, to the profile's own goal, on whatever host this is."""
    stick = shapes.stick(entry, port)
    with Bench(stick) as bench:
        said = worker.run(bench, [entry.usb, "--port", port, "--without-driver"])
    return Run(stick.wire, said, _ids(stick))


def _ids(stick: shapes.Stick) -> str:
    return f"{stick.look.first.vendor:04x}:{stick.look.first.product:04x}"


class Runs:
    """Both programs on every entry that was asked for, begun at once; a context manager."""

    def __init__(self, wanted: Iterable[Entry]) -> None:
        self._lanes: SimpleQueue[tuple[Worker, str]] = SimpleQueue()
        self._workers = [Worker() for _ in range(WORKERS)]
        for number, worker in enumerate(self._workers, 1):
            self._lanes.put((worker, f"1-{number}"))
        self._peers, self._ours = ThreadPoolExecutor(PEERS), ThreadPoolExecutor(WORKERS)
        slow_first = sorted(wanted, key=lambda entry: not any(key in entry.keys for key in SLOW))
        self._of_peer = {entry.name: self._peers.submit(run_peer, entry) for entry in slow_first}
        covered = filter(shapes.covered, slow_first)
        self._of_us = {entry.name: self._ours.submit(self._our_run, entry) for entry in covered}

    def _our_run(self, entry: Entry) -> Run:
        worker, port = self._lanes.get()
        try:
            return run_ours(entry, worker, port)
        finally:
            self._lanes.put((worker, port))

    def peer(self, entry: Entry) -> Run:
        """What usb_modeswitch did, once it is done."""
        if entry.name not in self._of_peer:
            self._of_peer[entry.name] = self._peers.submit(run_peer, entry)
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
