"""A service in a thread of its own, on simulated sticks that are plugged in while it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from modeswitch.database.library import Library
from modeswitch.linux.uevents import Uevents
from modeswitch.service.metrics import Metrics
from modeswitch.service.notify import Notify
from modeswitch.service.policy import Policy
from modeswitch.service.service import Service
from modeswitch.sim.bus import SimBus
from modeswitch.sim.spec import parse
from modeswitch.usb.descriptors import Port
from tests.support.netlink import Netlink
from tests.support.port_watch import eventually
from tests.support.said import QUICK

USUAL = Policy()
"""Every stick goes where its family usually goes."""


class PluggableBus(SimBus):
    """Simulated sticks whose coming and going is told over netlink; ``threads`` are the buses of the ports."""

    def __init__(self, *sticks: str) -> None:
        super().__init__([parse(stick + QUICK) for stick in sticks])
        self.netlink = Netlink()
        self.uevents: Uevents | None = None
        self.threads: list[SimBus] = []

    def events(self) -> Uevents:
        self.uevents = self.netlink.uevents()
        return self.uevents

    def for_thread(self, port: Port) -> SimBus:
        self.threads.append(super().for_thread(port))
        return self.threads[-1]

    def unplug(self, port: str) -> None:
        """Take the stick out that is there, if any is."""
        for stick in [one for one in self.sim.sticks if str(one.port) == port]:
            self.sim.sticks = [one for one in self.sim.sticks if one is not stick]
            self.netlink.device("remove", port, stick.address)

    def plug(self, words: str) -> None:
        stick = parse(words + QUICK)
        stick.address = 40 + len(self.sim.sticks)
        self.sim.sticks = [*(one for one in self.sim.sticks if one.port != stick.port), stick]
        self.netlink.device("add", str(stick.port), stick.address)


class NotedStates(Notify):
    """Keeps what systemd would be told in ``lines``."""

    def __init__(self) -> None:
        super().__init__({})
        self.lines: list[str] = []
        self.at_the_end: Callable[[], None] = lambda: None

    def send(self, *lines: str) -> None:
        self.lines += lines

    def await_read(self) -> bool:
        self.at_the_end()
        return True


class RunningService:
    """A service that runs until :meth:`end`; ``policy`` is one, or the path of its file."""

    def __init__(
        self,
        *sticks: str,
        policy: Policy | str = USUAL,
        tell: Callable[..., None] | None = None,
        library: Library | None = None,
        notify: Notify | None = None,
        idle: float | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self.bus = PluggableBus(*sticks)
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.tell = tell or self.note
        self.states = NotedStates()
        states = notify or self.states
        self.service = Service(
            self.bus, library or Library(user=[]), policy, on_event=self.tell, notify=states, idle=idle, metrics=metrics
        )
        self.hanging: list[Port] | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def note(self, event: str, **facts: Any) -> None:
        self.events.append((event, facts))

    def told(self, event: str) -> list[dict[str, Any]]:
        """The facts of all events of that name so far."""
        return [facts for name, facts in self.events if name == event]

    def _run(self) -> None:
        self.hanging = self.service.run()

    def idle(self) -> None:
        """Wait until the service has begun, and no port is worked at."""
        eventually(lambda: "READY=1" in self.states.lines and not self.service.active_ports)

    def done(self, switched: int = 0, failed: int = 0) -> None:
        """Wait until that many have ended so, and no port is worked at."""
        # A busy machine may keep a stick's thread from its work for seconds.
        eventually(
            lambda: not self.service.active_ports and self.service.switched + self.service.failed >= switched + failed,
            60,
        )
        assert (self.service.switched, self.service.failed) == (switched, failed)

    def left(self, seconds: float = 10.0) -> bool:
        """Has it left by itself within so long?"""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def end(self) -> list[Port] | None:
        """Stop the service; what its ``run`` returned."""
        self.service.stop()
        self._thread.join(15)
        return self.hanging


StartService = Callable[..., RunningService]
