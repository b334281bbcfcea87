"""Many sticks side by side: one thread each, since each spends its time waiting; and one way to stop them all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from ..errors import ModeswitchError, Refused
from ..identity.device import Device
from ..usb.bus import Bus

LOOK = 0.2
"""How soon the one who waits for all of them hears of a Ctrl-C, in seconds."""
LAST = 10.0
"""How long all of them may take to release their sticks once their stop was asked for, in seconds."""


def in_parallel(
    devices: Sequence[Device], bus: Bus, do: Callable[[Device, Bus], None]
) -> list[tuple[Device, ModeswitchError | None]]:
    """Do something with every stick at once, each on a bus of its own; each stick with the error that it ended with.

    A Ctrl-C or SIGTERM stops all of them, each lets go of its stick, and it goes on from here.  Any other error than
    ours is raised again, once all have ended.  Raises :class:`Refused` where the system gives too few threads.
    """
    ended: list[tuple[Device, ModeswitchError | None]] = []
    strange: list[BaseException] = []
    buses = [bus.for_thread(one.usb.port) for one in devices]
    # None begins before all are started: what interrupts the start leaves no stick that somebody is at.
    begin, stopped = threading.Event(), threading.Event()
    # Not Thread.join: in CPython before 3.13 one that Ctrl-C interrupts takes a running thread for ended.
    gone = [threading.Event() for _ in devices]

    def run(one: Device, own: Bus, left: threading.Event) -> None:
        error: ModeswitchError | None = None
        begin.wait()
        try:
            with own:
                if not stopped.is_set():
                    do(one, own)
        except ModeswitchError as raised:
            error = raised
        except BaseException as raised:
            strange.append(raised)
        finally:
            ended.append((one, error))
            left.set()

    threads = [threading.Thread(target=run, args=each, daemon=True) for each in zip(devices, buses, gone, strict=True)]
    try:
        _start(threads)
        begin.set()
        for left in gone:
            while not left.wait(LOOK):
                pass
    except BaseException:
        all_started = begin.is_set()
        stopped.set()
        for own in buses:
            own.stop()
        begin.set()
        end = time.monotonic() + LAST
        for left in gone if all_started else ():
            left.wait(max(0.0, end - time.monotonic()))
        raise
    if strange:
        raise strange[0]
    return sorted(ended, key=lambda pair: pair[0].usb.port)


def _start(threads: Sequence[threading.Thread]) -> None:
    """Start them all.  Raises :class:`Refused` where the system gives no more.  Ref: pthread_create(3), EAGAIN."""
    try:
        for thread in threads:
            thread.start()
    except RuntimeError as error:
        raise Refused(
            f"this system lets no {len(threads)} sticks be switched at once: it gives no more threads",
            hint="Nothing was done. Take them one by one (--port PORT), or raise the limit (ulimit -u, ulimit -v; "
            "TasksMax= of a unit).",
        ) from error
