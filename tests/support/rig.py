"""A simulated bus whose time is virtual, and one call that runs a whole switch on it."""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import usb.core

from modeswitch.database.library import Library
from modeswitch.database.profile import Gives
from modeswitch.errors import ModeswitchError
from modeswitch.events import silent
from modeswitch.identity.device import Device
from modeswitch.identity.recognise import recognise
from modeswitch.modem.saved import Store
from modeswitch.sim.backend import SimBackend
from modeswitch.sim.bus import SimBus, plug
from modeswitch.sim.clock import VirtualClock
from modeswitch.sim.faults import Faults
from modeswitch.sim.host import SimHost
from modeswitch.sim.model import Model
from modeswitch.sim.stick import Stick
from modeswitch.sim.weather import SUNNY
from modeswitch.switching.session import Session
from modeswitch.switching.switch import SwitchResult, switch
from modeswitch.usb.descriptors import Port

H = TypeVar("H", bound=SimHost)
T = TypeVar("T")

NEW_MODE = "55534243123456780000000000000011062000000101000100000000000000"
ALT_MODE = "55534243123456780000000000000011063000000000010000000000000000"
PPP_MODE = "55534243123456780000000000000011063000000000000000000000000000"
SET_FEATURE = "00 03 0001 0000"
REWIND = "1106"
USBC = "55534243"


def plugged(*sticks: str) -> SimBus:
    """A bus with these sticks (``e3372h@1-2,csw=late``), on one virtual clock."""
    return plug(sticks, VirtualClock())


def sunny(*sticks: str) -> SimBus:
    """The same with sticks that do all at once, for a test of something else than the weather."""
    return plugged(*(f"{stick},sunny" for stick in sticks))


def on_host(stick: str, kind: Callable[[SimBackend], H]) -> tuple[SimBus, H]:
    """A bus with that stick, on a host of that kind."""
    bus = sunny(stick)
    bus.host = host = kind(bus.sim)
    return bus, host


def leaving(bus: SimBus) -> Callable[..., None]:
    """In the place of a call of its backend: the only stick leaves, comes back in storage a second later, and that
    call is the first to meet it."""
    (stick,) = bus.sim.sticks

    def leave(*_words: object) -> None:
        stick.become("storage")
        bus.clock.wait(1.0)
        raise usb.core.USBError("", -4, errno.ENODEV)

    return leave


def stick_at(bus: SimBus, port: str) -> Stick:
    """The model of the stick in that port."""
    return next(stick for stick in bus.sim.sticks if str(stick.port) == port)


def known_at(bus: SimBus, port: str, library: Library | None = None) -> Device | None:
    """What is at a port now, recognised."""
    seen = bus.at(Port.parse(port))
    return recognise(seen, library or Library()) if seen else None


def here(bus: SimBus, library: Library | None = None) -> Device:
    """What is at 1-1 now, recognised; something must be there."""
    device = known_at(bus, "1-1", library)
    assert device is not None
    return device


def has_driver(bus: SimBus, interface: int = 0) -> bool:
    """Is the kernel's driver bound to that interface of the first stick of the bus?"""
    return bus.sim.is_kernel_driver_active(next(bus.sim.enumerate_devices()), interface)


def bus_of(model: Model, faults: Faults | None = None) -> SimBus:
    """A bus with one stick of that model, on a virtual clock; the model may be one that no profile and no word has."""
    clock = VirtualClock()
    return SimBus([Stick(model, faults=faults, clock=clock, weather=SUNNY)], clock)


def messages(bus: SimBus) -> list[str]:
    """What was sent to switch: each CBW but REQUEST SENSE, each control request that is no class request.

    AT commands are in ``stick.modem.heard``.
    """
    sent = [data for kind, _, data in bus.sim.wire if kind == "bulk out" and data[:8] == USBC and data[30:32] != "03"]
    return sent + [where for kind, where, _ in bus.sim.wire if kind == "control" and int(where[:2], 16) & 0x60 != 0x20]


def script(bus: SimBus, answers: Mapping[str, Sequence[str]]) -> None:
    """Every stick of the bus answers these commands so; how is said at :class:`modeswitch.sim.modem.Modem`."""
    for stick in bus.sim.sticks:
        stick.modem.answers.update({command: list(given) for command, given in answers.items()})


def do(task: Callable[..., T], device: Device, *words: Any, **more: Any) -> T:
    """Hold the stick and do a task with it; what is meant for the session and not for the task goes there."""
    own = {name: more.pop(name) for name in list(more) if name in ("bus", "timeout", "tick", "store", "unmount")}
    tell = more.pop("tell", silent)

    def note(event: str, time: str = "", **facts: object) -> None:
        tell(event, **facts)

    with Session(device, on_event=note, library=more.pop("library", None) or Library(), **own) as session:
        return task(session, *words, **more)


@dataclass
class Ran:
    """What a switch came to, seen from outside: outcome or error, events, virtual seconds, the bus afterwards."""

    bus: SimBus
    outcome: SwitchResult | None = None
    error: ModeswitchError | None = None
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def told(self) -> list[str]:
        """The names of the events, without the repeated ``waiting``."""
        return [name for name, _ in self.events if name != "waiting"]

    def mode_at(self, port: str = "1-1") -> str | None:
        """The mode of what is at a port now."""
        device = known_at(self.bus, port)
        return device.mode if device else None


def run(
    bus: SimBus,
    device: str,
    to: str | None = None,
    *,
    timeout: float | None = None,
    port: str | None = None,
    library: Library | None = None,
    tell: Callable[..., None] | None = None,
    persist: bool = False,
    store: Store | None = None,
    can_drive: Callable[[Gives], bool | None] | None = None,
    unmount: bool = False,
    take: bool = False,
) -> Ran:
    """Find and switch as the command does; an error of modeswitch is a result, anything else flies."""
    ran, library = Ran(bus), library or Library()
    started = bus.now()

    def note(event: str, **facts: object) -> None:
        del facts["time"]
        ran.events.append((event, facts))
        if tell is not None:
            tell(event, **facts)

    try:
        held = Session(
            device,
            port=port,
            bus=bus,
            library=library,
            timeout=timeout,
            on_event=note,
            store=store,
            unmount=unmount,
            take=take,
        )
        with held as session:
            ran.outcome = switch(session, to, persist=persist, can_drive=can_drive)
    except ModeswitchError as error:
        ran.error = error
    finally:
        ran.seconds = bus.now() - started
    return ran
