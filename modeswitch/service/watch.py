"""Looks after every port at once: a device that is plugged in gets a thread of its own, one thread for each port.

This module decides when a port is looked at, and knows nothing of what is done there.  Each thread has its own bus and
shares only the library.  The events of the bus are read in one place, which wakes the thread that waits at that port.
"""

from __future__ import annotations

import selectors
import threading
import time
from collections.abc import Callable

from ..c_modules import sockets
from ..database.library import Library
from ..usb.bus import POLL, Bus, PortEvent
from ..usb.descriptors import Port
from ..values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..usb.bus import PortEvents

MOST_THREADS = 128
"""So many ports are worked at in the same time; the others wait."""
FINISH = 20.0
"""How long a switch under way may go on after :meth:`PortWatcher.stop`, in seconds."""
RELEASE = 10.0
"""How long an interrupted switch may then take to release its stick, in seconds."""
ARRIVING = 3.0
"""How long a device may take from its arrival to its configuration while the watcher wants to leave, in seconds."""
LOOK = 0.1
"""How soon it is looked at again then, in seconds."""
RETRY = 1.0
"""How soon a thread that could not be started is tried again, in seconds."""


def prepare(bus: Bus, library: Library) -> None:
    """Load now what a switch by a message will need.

    Raises :class:`~modeswitch.errors.ProfileError`, :class:`~modeswitch.errors.NoLibusb`.
    """
    from ..methods import resources
    from ..switching import perform
    from ..usb import bot, link, replug, scsi

    _ = (bot, link, perform, replug, resources, scsi)
    for name in library.names():
        library.family(name)
    bus.prepare()


class PortJob:
    """The work at one port while it lasts: its bus, its thread, and what the events of the port said meanwhile."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.thread: threading.Thread | None = None
        self.wakeup = threading.Event()
        self.unplugged = False
        """Has the device left since, and has nothing come in its place?"""
        self.repeat = False
        """Is there a reason to look at the port again afterwards?"""
        self.anew = False
        """Is the work to be done again then, whatever is settled by now?"""
        bus.wake_on(self.wakeup)


class JobEnd(NamedTuple):
    """How the work at a port ended: the address of the device that is settled now, and the fault that stopped it."""

    port: Port
    address: int | None
    fault: BaseException | None


class PortWatcher:
    """Calls ``work`` for each port whose device is new, in a thread for each port and never twice at once for one.

    ``work(port, bus)`` does what is to be done and returns the address of the device that is settled by that; None
    where nothing is there, or where it cannot be told yet.  A settled device is not looked at again before it leaves.
    ``on_fault`` is called with a port and the exception that ``work`` raised, in the thread that calls :meth:`run`.
    """

    def __init__(
        self,
        bus: Bus,
        work: Callable[[Port, Bus], int | None],
        on_fault: Callable[[Port, BaseException], None],
    ) -> None:
        self._bus, self._work, self._on_fault = bus, work, on_fault
        self._waiting: dict[Port, None] = {}
        self._jobs: dict[Port, PortJob] = {}
        self._settled: dict[Port, int] = {}
        self._ended: list[JobEnd] = []
        self._finish_by: float | None = None
        self._interrupted = False
        self._leave_by: float | None = None
        self._events: PortEvents | None = None
        self._wake_reader, self._wake_writer = sockets.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)

    @property
    def active_ports(self) -> list[Port]:
        """The ports that are worked at now."""
        return sorted(self._jobs)

    @property
    def stopping(self) -> bool:
        """Was :meth:`stop` called, or :meth:`leave`?"""
        return self._finish_by is not None or self._leave_by is not None

    def stop(self) -> None:
        """Start nothing more, let what is under way end, and return from :meth:`run`; a second call interrupts it.

        May be called from any thread and from a signal handler.
        """
        self._finish_by = time.monotonic() + (0.0 if self._finish_by is not None else FINISH)
        self.wake()

    def wake(self) -> None:
        """Have the ``periodic`` function of :meth:`run` called soon; from any thread, or from a signal handler."""
        try:
            self._wake_writer.send(b".")
        except OSError:  # the buffer is full: it will wake anyway; or run has ended
            return

    def leave(self) -> None:
        """Look at the bus once more, do what is to be done there, and return from :meth:`run`.  Called by ``periodic``.

        A device that is not settled yet, since it has just been plugged in, is waited for.
        """
        self._leave_by = time.monotonic() + ARRIVING
        self._read_events()
        self._rescan()

    @property
    def is_quiet(self) -> bool:
        """Is nothing under way, and nothing waiting?"""
        return not self._jobs and not self._waiting and not self._ended

    def look_at(self, port: Port) -> None:
        """Have the work at that port done again, whatever is settled there.  Called by ``periodic``."""
        self._settled.pop(port, None)
        job = self._jobs.get(port)
        if job is not None:
            job.anew = True
        else:
            self._waiting[port] = None

    def look_again(self) -> None:
        """Look at every port again, whatever is settled.  Called by ``periodic``."""
        self._settled.clear()
        for job in self._jobs.values():
            job.anew = True
        self._rescan()

    def run(self, periodic: Callable[[], float | None]) -> list[Port]:
        """Look after all ports until :meth:`stop`; the ports whose thread did not end even then.

        ``periodic`` is called after every event, and at the end; it returns within how many seconds it must be called
        again (None: it need not be).
        """
        self._events = self._bus.events()
        try:
            self._rescan()
            with selectors.DefaultSelector() as selector:
                selector.register(self._wake_reader, selectors.EVENT_READ)
                if self._events is not None:
                    selector.register(self._events, selectors.EVENT_READ)
                while not self._is_over():
                    self._start_jobs()
                    selector.select(self._pause(periodic()))
                    self._read_events()
                    self._collect()
            periodic()
        finally:
            self._close()
        return self.active_ports

    def _is_over(self) -> bool:
        """Is it stopping, with nothing under way any more, or with something that takes too long?"""
        if self._leave_by is not None and self.is_quiet and not self._arriving():
            return True
        if self._finish_by is None:
            return False
        late = time.monotonic() - self._finish_by
        if late >= 0 and not self._interrupted:
            self._interrupted = True
            for job in self._jobs.values():
                job.bus.stop()
        return not self._jobs or late >= RELEASE

    def _arriving(self) -> bool:
        """Is a device there that is not settled yet, and has it not been so for long?"""
        if self._leave_by is None or time.monotonic() >= self._leave_by:
            return False
        return any(self._settled.get(port) != address for port, address in self._bus.present().items())

    def _start_jobs(self) -> None:
        """Start the work at as many waiting ports as there may be threads."""
        while self._waiting and self._finish_by is None and len(self._jobs) < MOST_THREADS:
            port = next(iter(self._waiting))
            job = PortJob(self._bus.for_thread(port))
            arguments = (port, job.bus, self._settled.get(port))
            job.thread = threading.Thread(target=self._run_job, args=arguments, daemon=True, name=f"port {port}")
            try:
                job.thread.start()
            except RuntimeError:  # the system gives no more threads now
                return
            del self._waiting[port]
            self._jobs[port] = job

    def _run_job(self, port: Port, bus: Bus, settled: int | None) -> None:
        """What a thread does; nothing for a device that is settled."""
        address: int | None = None
        fault: BaseException | None = None
        try:
            address = bus.present().get(port)
            if address is not None and address != settled:
                address = self._work(port, bus)
        except BaseException as error:
            fault = error
        finally:
            bus.close()
            self._ended.append(JobEnd(port, address, fault))
            self.wake()

    def _pause(self, most: float | None) -> float | None:
        """How long nothing needs to be looked at, in seconds; None: until an event comes."""
        pauses = [] if most is None else [most]
        if self._events is None:
            pauses.append(POLL)
        if self._waiting and len(self._jobs) < MOST_THREADS:
            pauses.append(RETRY)
        if self._leave_by is not None:
            pauses.append(LOOK)
        if self._finish_by is not None:
            pauses.append(self._finish_by + (RELEASE if self._interrupted else 0.0) - time.monotonic())
        return max(0.0, min(pauses)) if pauses else None

    def _read_events(self) -> None:
        """Take the events that have come; rescan where nothing tells of changes, or where some events were lost."""
        try:
            while self._wake_reader.recv(4096):
                pass
        except BlockingIOError:
            pass
        if self._events is None:
            self._rescan()
            return
        for event in self._events.take():
            self._note(event)
        if self._events.lost:
            self._events.lost = False
            for job in self._jobs.values():
                job.repeat = True
                job.wakeup.set()
            self._rescan()

    def _note(self, event: PortEvent) -> None:
        """Note one event; a settled device is looked at again only when another one has come in its place."""
        port, job = event.port, self._jobs.get(event.port)
        unplugged = event.action == "remove" and event.address is not None
        if job is not None:
            job.wakeup.set()
            job.unplugged = unplugged or (job.unplugged and event.action != "add")
        if unplugged:
            self._settled.pop(port, None)
            self._waiting.pop(port, None)
        elif event.action in ("remove", "unbind"):
            return
        elif job is not None:
            job.repeat = True
        elif port not in self._settled or event.address not in (None, self._settled[port]):
            self._waiting[port] = None

    def _rescan(self) -> None:
        """Look at what is there: whatever is not settled waits for a thread."""
        present = self._bus.present(self._jobs)
        self._settled = {port: at for port, at in self._settled.items() if port in present or port in self._jobs}
        for port, address in present.items():
            if port not in self._jobs and self._settled.get(port) != address:
                self._waiting[port] = None

    def _collect(self) -> None:
        """Note which work has ended; a port that had events meanwhile waits for a thread again."""
        while self._ended:
            end = self._ended.pop()
            job = self._jobs.pop(end.port)
            if end.address is None or job.unplugged or job.anew:
                self._settled.pop(end.port, None)
            else:
                self._settled[end.port] = end.address
            if job.repeat or job.anew:
                self._waiting[end.port] = None
            if end.fault is not None:
                self._on_fault(end.port, end.fault)

    def _close(self) -> None:
        """Interrupt all work that is left, however :meth:`run` ends, and close what it needed."""
        if not self._interrupted:
            for job in self._jobs.values():
                job.bus.stop()
            end = time.monotonic() + RELEASE
            for job in self._jobs.values():
                if job.thread is not None:
                    job.thread.join(max(0.0, end - time.monotonic()))
        if self._events is not None:
            self._events.close()
        self._wake_reader.close()
        self._wake_writer.close()
