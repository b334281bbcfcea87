"""A port watcher in a thread of its own, on a bus that knows only which address is in which port."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection

from modeswitch.linux.uevents import Uevents
from modeswitch.service.watch import PortWatcher
from modeswitch.usb.bus import Bus
from modeswitch.usb.descriptors import Port
from modeswitch.usb.device import UsbDevice
from tests.support.netlink import Netlink

ONE, TWO = Port(1, (1,)), Port(1, (2,))


def eventually(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until that is true; fail where it does not become true in time."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not become true"
        time.sleep(0.002)


class PortBus(Bus):
    """The ports and their addresses are in ``there``; ``threads`` are the ports a thread was started for."""

    def __init__(
        self, there: dict[Port, int], netlink: Netlink | None, backend: Callable[[], object] | None = None
    ) -> None:
        super().__init__(backend)
        self.there, self.netlink = there, netlink
        self.threads: list[Port] = []
        self.uevents: Uevents | None = None
        self.wakeup = threading.Event()
        self.stopped = False

    def now(self) -> float:
        return time.monotonic()

    def scan(self) -> list[UsbDevice]:
        raise AssertionError

    def wake_on(self, bell: threading.Event) -> None:
        self.wakeup = bell

    def wait(self, seconds: float) -> None:
        self.wakeup.wait(seconds)
        self.wakeup.clear()
        if self.stopped:
            raise KeyboardInterrupt

    def stop(self) -> None:
        self.stopped = True
        self.wakeup.set()

    def present(self, without: Collection[Port] = ()) -> dict[Port, int]:
        return {port: address for port, address in self.there.items() if port not in without}

    def events(self) -> Uevents | None:
        self.uevents = self.netlink.uevents() if self.netlink else None
        return self.uevents

    def for_thread(self, port: Port) -> Bus:
        self.threads.append(port)
        return PortBus(self.there, None)


class WatchRig:
    """The work at a port notes the port in ``worked``, and ends when the port's gate is open, with what ``end`` says.

    ``faults`` are those that the watcher told, ``rounds`` counts the calls of ``periodic``, unless a test has its own.
    """

    def __init__(self, there: dict[Port, int], *, events: bool = True) -> None:
        self.netlink = Netlink() if events else None
        self.there = there
        self.gates: dict[Port, threading.Event] = {}
        self.worked: list[Port] = []
        self.most = 0
        self.end: Callable[[Port, Bus], int | None] = lambda port, _bus: self.there.get(port)
        self.faults: list[tuple[Port, BaseException]] = []
        self.rounds = 0
        self.periodic: Callable[[], float | None] = self.count_round
        self.bus = PortBus(there, self.netlink)
        self.watcher = PortWatcher(self.bus, self.work, self.note_fault)
        self.hanging: list[Port] | None = None
        self._working: list[Port] = []
        self._thread = threading.Thread(target=self._run, daemon=True)

    def work(self, port: Port, bus: Bus) -> int | None:
        self.worked.append(port)
        self._working.append(port)
        assert len(set(self._working)) == len(self._working), "two at one port"
        self.most = max(self.most, len(self._working))
        try:
            gate = self.gates.get(port)
            assert gate is None or gate.wait(10)
            return self.end(port, bus)
        finally:
            self._working.remove(port)

    def note_fault(self, port: Port, fault: BaseException) -> None:
        self.faults.append((port, fault))

    def shut(self, *ports: Port) -> None:
        """Let no work at these ports end until their gate is set."""
        for port in ports:
            self.gates[port] = threading.Event()

    def count_round(self) -> None:
        self.rounds += 1

    def _run(self) -> None:
        self.hanging = self.watcher.run(lambda: self.periodic())

    def start(self) -> None:
        self._thread.start()

    def plug(self, port: Port, address: int) -> None:
        self.there[port] = address
        self.say("add", port, address)

    def say(self, action: str, port: Port, address: int) -> None:
        assert self.netlink
        self.netlink.device(action, str(port), address)

    def settle_events(self) -> None:
        """Wait until all events that were sent have been taken."""
        for _ in range(2):
            rounds = self.rounds
            self.watcher.wake()
            eventually(lambda rounds=rounds: self.rounds > rounds)  # type: ignore[misc]

    def settle(self) -> None:
        """Wait until all events have been taken, and no port is worked at."""
        for _ in range(2):
            self.settle_events()
            eventually(lambda: not self.watcher.active_ports)

    def close(self) -> None:
        """Stop the watcher; what hangs is left behind."""
        if not self.watcher.stopping:
            self.watcher.stop()
        self._thread.join(15)
        assert not self._thread.is_alive()


class StrictRig(WatchRig):
    """A fault ends the watcher."""

    def note_fault(self, port: Port, fault: BaseException) -> None:
        raise fault


MakeRig = Callable[..., WatchRig]
