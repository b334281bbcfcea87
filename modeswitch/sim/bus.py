"""A bus of simulated sticks, for tests and for ``--simulate``."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..errors import UsageError
from ..usb.bus import PyusbBus
from ..usb.descriptors import Port
from ..usb.device import UsbDevice
from ..usb.link import Link
from .backend import SimBackend
from .clock import Clock, RealClock
from .host import SimHost
from .spec import parse
from .stick import Stick


class SimBus(PyusbBus):
    """A bus of simulated sticks; a wait ends exactly when something becomes due."""

    def __init__(self, sticks: list[Stick], clock: Clock | None = None, *, plugged: bool = False) -> None:
        self.clock = clock or (sticks[0].clock if sticks else RealClock())
        self.sim = SimBackend(sticks, self.clock, plugged=plugged)
        super().__init__(lambda: self.sim, SimHost(self.sim))

    def present(self, without: Collection[Port] = ()) -> dict[Port, int]:
        sticks = [stick for stick in self.sim.sticks if stick.port not in without]
        for stick in sticks:
            stick.advance()
        return {stick.port: stick.address for stick in sticks if stick.present}

    def for_thread(self, port: Port) -> SimBus:
        """The one stick alone, so that no two threads have to do with the same."""
        own = [stick for stick in self.sim.sticks if stick.port == port]
        bus = SimBus(own, self.clock, plugged=True)
        bus.sim.wire, bus.sim.homes, bus.sim.past = self.sim.wire, self.sim.homes, self.sim.past
        return bus._stoppable()

    def now(self) -> float:
        return self.clock.now()

    def scan(self) -> list[UsbDevice]:
        """What is there, with the strings that a host reads when a device comes; no fault is met by looking."""
        with self.sim.looking():
            return [usb_device._replace(strings=self._strings(usb_device)) for usb_device in super().scan()]

    def _strings(self, usb_device: UsbDevice) -> tuple[str, str, str]:
        for stick in self.sim.at(usb_device.port):
            raws = [stick.string(index) or b"\x02\x03" for index in (1, 2, 3)]
            first, second, third = (raw[2 : raw[0]].decode("utf-16-le", "replace") for raw in raws)
            return first, second, third
        return "", "", ""

    def wait(self, seconds: float) -> None:
        for stick in self.sim.sticks:
            stick.advance()
        now = self.clock.now()
        seconds = self._bounded(seconds)
        told = [stick for stick in self.sim.sticks if not stick.faults.events]
        due = [when for stick in told if (when := stick.next_due()) is not None]
        self.clock.wait(max(0.0, min([now + seconds, *due]) - now))

    def hub(self, port: Port) -> Link:
        return self.sim.open_hub(port)


def plug(sticks: Sequence[str], clock: Clock | None = None) -> SimBus:
    """A bus of sticks in words (``e3372h@1-2,csw=late``), in real time where no clock is given.

    Raises :class:`UsageError` for words that are no stick, and for two sticks in one port.
    """
    plugged = [parse(words, clock) for words in sticks]
    ports = [stick.port for stick in plugged]
    if len(set(ports)) != len(ports):
        raise UsageError("two simulated sticks in one port", hint="Give each its own: --simulate e3372h@1-2")
    return SimBus(plugged, clock)
