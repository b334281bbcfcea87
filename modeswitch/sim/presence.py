"""Whether a stick is on the bus, as what, and when that changes: how it arrives, leaves, restarts, and comes back.

Its time is a clock's; what is due is done when somebody looks (:meth:`Presence.advance`).

Ref: hw_pnp.c of the E3372h kernel source; times from captures 06 to 11, and as ``weather.py`` has them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from itertools import count

from ..usb.descriptors import Port
from .clock import Clock
from .composition import Composition
from .faults import Faults
from .model import Model
from .models import from_list
from .modem import Nvram
from .schedule import Schedule
from .storage import Broken
from .weather import Weather

IDLE_AWAY = 10.0
"""How long a stick is away that dropped off for want of SCSI commands, in seconds (E3372h source)."""
DATA_BACK = 0.5
"""How long a stick needs that had its power all the time (VenusOS-E3372h, measured at a Pi 5)."""
UNREAD = 1.0
"""How long a stick that is leaving waits for its CSW to be read, in seconds."""


class Presence(ABC):
    """The comings and goings of one stick.

    ``present`` and ``address`` are what the bus sees; ``broken`` is a stick that is gone, and of whose departure the
    hub does not know yet.  ``looks`` names its composition, ``arrived`` and ``powered`` are when it came to the bus and
    when it got its power.
    """

    def __init__(
        self, model: Model, port: Port, faults: Faults, clock: Clock, weather: Weather, nvram: Nvram | None
    ) -> None:
        self.model, self.port, self.faults, self.clock, self.weather = model, port, faults, clock, weather
        self.nvram = nvram or Nvram(model.features.ports, model.features.u2diag)
        self.present = self.broken = self.switched = self.pulled = False
        self.addresses = count(2)
        self.enumerations = self.configured = self.address = 0
        self.looks = ""
        self.arrived = self.powered = clock.now()
        self._plans = Schedule(clock)
        self._leave: Callable[[], None] | None = None

    @abstractmethod
    def _plug_together(self) -> None:
        """What is behind each interface of the configuration it has now."""

    @abstractmethod
    def _restart(self) -> None:
        """What its firmware does before it restarts."""

    @property
    def whole(self) -> Composition:
        """What it looks like now, or looked like last, with all its configurations."""
        return self._listed.get(self.looks) or self.model.compositions[self.looks]

    @property
    def composition(self) -> Composition:
        """The same in its active configuration."""
        return self.whole.configured(self.configured) or self.whole

    @property
    def speed(self) -> str:
        """How fast its link is in this enumeration: ``full``, ``high`` or ``super``."""
        return (self.faults.relinks if self.enumerations > 1 else "") or self.faults.speed or "high"

    def advance(self) -> None:
        """Do what has become due."""
        self._plans.advance()

    def next_due(self) -> float | None:
        """When the next thing happens by itself, on the clock; None when nothing will."""
        return self._plans.next()

    def unplug(self) -> None:
        """Pulled out; it does not come back by itself."""
        self._plans.clear()
        self._depart(0.0, None)
        self.pulled = self._plans.stopped = True

    def power(self, on: bool) -> None:
        """Its port's power, switched by the hub: it loses all but its NVRAM, and wakes up as after plugging in.

        Where only the data lines are cut it comes back as it was.  A hub that tells of no departure (``unseen``) leaves
        it on the bus, broken, until it is back.
        """
        kind, looks = self.faults.hub, self.looks
        if self.pulled:
            return
        if not on:
            self._plans.clear()
            self.broken, self.present = True, kind == "unseen"
        elif self.broken and kind == "dataonly":
            self._schedule(DATA_BACK, lambda: self._arrive(looks))
        elif self.broken:
            self._schedule(self.weather.restarts, lambda: self._arrive(self._woken(), fresh=True))

    def hangs(self) -> float:
        """For how many seconds its storage still answers nothing."""
        return max(0.0, self.arrived + self.faults.hung - self._plans.now())

    def reboot(self, looks: str = "") -> None:
        """AT^RESET, or the web page's restart: gone after a moment, and back as after power-up, or as ``looks``."""

        def leave() -> None:
            self._restart()
            self._come(self.weather.restarts, looks or self._woken(), fresh=True)

        self._schedule(self.weather.resets, leave)

    def become(self, looks: str) -> None:
        """Leave for another composition once the CSW is read, or after a while without."""
        back = self.faults.back
        target = self.looks if back == "same" else back if back not in ("", "never") else looks

        def leave() -> None:
            self._come(self.weather.away, target, at=self.faults.moves)

        self._leave = leave
        unread = self._csw in ("missing", "late", "cut")
        self._schedule(self.weather.linger if unread else UNREAD, leave)

    def _woken(self) -> str:
        """What it looks like after power-up: its NVRAM may leave out the state before the switch."""
        without_cd = self.nvram.ports.startswith("FF") or self.nvram.u2diag == 256
        return "windows" if self.model.own_list and without_cd else self.model.wakes

    def _arrive(self, looks: str, *, fresh: bool = False, at: Port | None = None) -> None:
        """Be on the bus, in the port ``at`` or in its own; ``fresh`` after a power-up or reset.

        Then its port list is read, and it may be switched anew.
        """
        ports = self.nvram.ports if self.nvram.u2diag != 256 else "FF;1,2,A2"
        self._listed = from_list(self.model.own_list, ports) if self.model.own_list else {}
        self.looks = looks
        self.port = at or self.port
        self.present, self.broken = True, False
        self.enumerations += 1
        self.address = next(self.addresses)
        self.configured = 0 if self.faults.blocked and self.enumerations > 1 else self.whole.value
        self._commands = 0
        self._leave = None
        self.arrived = self._plans.now()
        if fresh:
            self.switched = False
            self.powered = self.arrived
        self._plug_together()
        if self.faults.hung:
            self._schedule(self.faults.hung, _nothing)  # so that who waits for an answer looks then
        if self.faults.falls and self.enumerations > 1 and looks != self._woken():
            self._schedule(self.faults.falls, self._fall_back)

    def _come(self, away: float, looks: str, *, fresh: bool = False, at: str = "") -> None:
        """Leave, and come back as that after so many seconds; its faults may have it otherwise."""
        port, first, twice = Port.parse(at) if at else None, self.faults.first or self.looks, self.faults.twice
        if self.model.first and fresh and looks == self._woken() and not twice:
            first, twice = self.model.first

        def last() -> None:
            self._arrive(looks, fresh=fresh, at=port)

        def again() -> None:
            self._depart(self.weather.away, last)

        def transient() -> None:
            self._arrive(first, at=port)
            self._schedule(twice, again)

        back = transient if twice else last
        self._depart(away + self.faults.slow, None if self.faults.back == "never" else back)

    def _depart(self, away: float, back: Callable[[], None] | None) -> None:
        """Be gone, of which the hub knows after a moment; ``back`` is done after ``away`` seconds more."""

        def gone() -> None:
            self.present = False
            if back is not None:
                self._schedule(away, back)

        self.broken, self._leave = True, None
        self._after(self.weather.breaks, gone)

    def _fall_back(self) -> None:
        """Leave the mode it was switched to by itself, for the one it wakes up in."""
        self._come(self.weather.away, self._woken(), fresh=True)

    def _drop_off(self) -> None:
        """The idle timer: gone, and back as it was."""
        looks = self.looks
        self._depart(IDLE_AWAY, lambda: self._arrive(looks))

    @property
    def _csw(self) -> str:
        """What becomes of the CSW of a switching command."""
        return self.faults.csw or ("cut" if self.weather.cut else "")

    def _check(self) -> None:
        if self.broken:
            raise Broken

    def _go(self, action: Callable[[], None]) -> None:
        self._plans.forget(action)
        action()

    def _after(self, seconds: float, action: Callable[[], None]) -> None:
        """Do something after so many seconds, at once where there are none."""
        if seconds > 0:
            self._schedule(seconds, action)
        else:
            action()

    def _schedule(self, seconds: float, action: Callable[[], None]) -> None:
        self._plans.later(seconds, action)


def _nothing() -> None:
    """A moment at which somebody shall look."""
