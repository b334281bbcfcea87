"""What a transition takes hold of: once, when it is wanted, and given back whatever happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from modeswitch.errors import Unavailable
from modeswitch.identity.device import Device
from modeswitch.linux.modules import DriverIndex
from modeswitch.methods.resources import Resources
from modeswitch.modem.at import Dialogue
from modeswitch.modem.nvram import Written
from modeswitch.modem.saved import Store
from modeswitch.sim.backend import SimBackend
from modeswitch.sim.bus import SimBus
from modeswitch.sim.host import SimHost
from modeswitch.usb.device import UsbDevice
from modeswitch.usb.host import Held, StickNetwork
from modeswitch.usb.link import Link
from tests.support.rig import known_at, on_host, sunny

NCM = "e3372h-153,wakes=linux"
ROUTER = "e3372h,wakes=ecm"


Watched = tuple[SimBus, "WatchedHost"]
Clock = Callable[[], float]
Wait = Callable[[float], None]


class Asked:
    """ModemManager agrees, and what it is asked is kept."""

    def __init__(self, events: list[str]) -> None:
        self._events = events

    def held(self, *_: object) -> Held | None:
        self._events.append("asked")
        return None

    def begin(self, *, take: bool, **_: object) -> bool:
        self._events.append("taken" if take else "inhibited")
        return True

    def end(self) -> None:
        self._events.append("released")


class WatchedHost(SimHost):
    """A host that keeps what is taken and given back."""

    def __init__(self, sim: SimBackend) -> None:
        super().__init__(sim)
        self.events: list[str] = []

    def manager(self, usb_device: UsbDevice) -> Asked:
        return Asked(self.events)

    @contextmanager
    def route(self, usb_device: UsbDevice, network: StickNetwork, now: Clock, wait: Wait) -> Iterator[Any]:
        with super().route(usb_device, network, now, wait) as dial:
            self.events.append("route")
            yield dial
            self.events.append("route given back")


def here(bus: SimBus) -> Device:
    device = known_at(bus, "1-1")
    assert device is not None
    return device


@pytest.fixture
def watched(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Watched:
    bus, host = on_host(request.param, WatchedHost)
    hang_up, close = Dialogue.close, Link.close

    def note_dialogue(self: Dialogue) -> None:
        host.events.append("dialogue closed")
        hang_up(self)

    def note_link(self: Link, *, attach: bool) -> list[int]:
        what = "stick" if self.usb.port.ports else "hub"
        host.events.append(f"{what} closed" + ", drivers attached" * attach)
        return close(self, attach=attach)

    monkeypatch.setattr(Dialogue, "close", note_dialogue)
    monkeypatch.setattr(Link, "close", note_link)
    return bus, host


@pytest.mark.parametrize("watched", [NCM], indirect=True)
@pytest.mark.parametrize("fails", [False, True])
def test_what_was_taken_is_given_back(watched: Watched, fails: bool) -> None:
    bus, host = watched
    told: list[tuple[str, Any]] = []

    def tell(event: str, **facts: Any) -> None:
        if event == "inhibited":
            told.append((event, facts))

    def take() -> None:
        with Resources(bus, here(bus), bus.now() + 60, tell) as resources:
            assert (resources.dialogue(), resources.hub(), resources.link()) == (
                resources.dialogue(),
                resources.hub(),
                resources.link(),
            )
            if fails:
                raise RuntimeError

    with suppress(RuntimeError):
        take()
    assert host.events == ["inhibited", "dialogue closed", "hub closed", "stick closed, drivers attached", "released"]
    assert told == [("inhibited", {})]


@pytest.mark.parametrize("watched", [NCM], indirect=True)
def test_other_programs_are_kept_away_over_two_dialogues(watched: Watched) -> None:
    bus, host = watched
    with Resources(bus, here(bus), bus.now() + 60, lambda *_, **__: None) as resources:
        first = resources.dialogue()
        resources.release_ports()
        assert resources.dialogue() is not first
    assert host.events[:3] == ["inhibited", "dialogue closed", "dialogue closed"]
    assert host.events[-1] == "released"
    assert host.events.count("inhibited") == 1


@pytest.mark.parametrize("watched", [NCM], indirect=True)
def test_what_shall_be_taken_is_not_asked_for(watched: Watched) -> None:
    bus, host = watched
    with Resources(bus, here(bus), bus.now() + 60, lambda *_, **__: None, take=True) as resources:
        assert resources.held() is None
        resources.dialogue()
    assert (host.events[0], host.events[-1]) == ("taken", "released")
    host.events.clear()
    with Resources(bus, here(bus), bus.now() + 60, lambda *_, **__: None) as resources:
        assert resources.held() is None
    assert host.events == ["asked", "released"]


@pytest.mark.parametrize("watched", [ROUTER], indirect=True)
def test_the_web_server_is_reached_once_and_let_go(watched: Watched) -> None:
    bus, host = watched
    with Resources(bus, here(bus), bus.now() + 60, lambda *_, **__: None) as resources:
        assert resources.web() is resources.web()
        resources.release_ports()
        assert host.events == ["route", "route given back"]
    assert host.events == ["route", "route given back"]


@pytest.mark.parametrize("watched", [NCM], indirect=True)
def test_nothing_is_taken_that_nobody_wants(watched: Watched) -> None:
    bus, host = watched
    with Resources(bus, here(bus), bus.now() + 60, lambda *_, **__: None):
        pass
    assert host.events == []
    assert bus.sim.wire == []


def test_old_values_are_kept_where_the_system_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", "/somewhere/modeswitch")
    bus = sunny(NCM)
    assert Resources(bus, here(bus), 0.0, lambda *_, **__: None).store().folder == "/somewhere/modeswitch"


@pytest.mark.parametrize(
    ("age", "left", "starting"),
    [
        *((None, 60.0, 45.0), (0.0, 60.0, 45.0), (10.0, 60.0, 35.0), (44.5, 60.0, 0.5), (50.0, 60.0, 0.0)),
        *((0.0, 20.0, 19.0), (0.0, 1.5, 0.5), (0.0, 0.5, 0.0)),
    ],
)
def test_how_long_a_stick_may_still_be_starting(
    age: float | None, left: float, starting: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """45 s from its arrival, and never so long that nothing could be seen any more."""
    bus = sunny(NCM)
    monkeypatch.setattr(bus.host, "age", lambda _device, _now: age)
    assert Resources(bus, here(bus), bus.now() + left, lambda *_, **__: None).starting() == pytest.approx(starting)


def test_what_was_written_is_kept_where_the_session_has_it() -> None:
    bus = sunny(NCM)
    kept: dict[str, Written] = {}
    assert Resources(bus, here(bus), 0.0, lambda *_, **__: None, None, kept).written is kept
    alone = Resources(bus, here(bus), 0.0, lambda *_, **__: None)
    assert (alone.written, alone.wrote, alone.managed) == ({}, False, False)


@pytest.mark.parametrize("writes", [True, False])
def test_a_write_counts_also_where_it_ends_in_an_error(writes: bool, tmp_path: Path) -> None:
    bus = sunny(NCM)
    with Resources(bus, here(bus), bus.now() + 60, lambda *_, **__: None, Store(tmp_path)) as resources:
        with suppress(RuntimeError), resources.writing() as writing:
            if writes:
                writing.written["setport"] = Written("setport", "A", "B", "file", "folder")
            raise RuntimeError
        assert resources.wrote is writes


def test_a_second_dialogue_is_one_on_another_carrier(monkeypatch: pytest.MonkeyPatch) -> None:
    bus, closed = sunny(NCM), list[str]()

    class Other:
        def close(self) -> None:
            closed.append("closed")

    found: Any = Other()
    asked: list[object] = []

    def by_wdm(*_words: object, besides: str) -> Any:
        asked.append(besides)
        return found

    monkeypatch.setattr("modeswitch.modem.carriers.converse_by_wdm", by_wdm)
    with Resources(bus, here(bus), bus.now() + 60, lambda *_, **__: None) as resources:
        assert resources.other_dialogue() is None
        assert asked == []
        first = resources.dialogue()
        assert resources.other_dialogue() is found
        found = None
        assert resources.other_dialogue() is None
        assert asked == [first.carrier.name] * 2
        assert closed == []
    assert closed == ["closed"]


class Binding(SimHost):
    """A host whose drivers take their time to make a network interface; ``asked`` is when the web was asked for."""

    made_at = 1.0
    asked = -1.0
    loaded: tuple[str, ...] = ("cdc_ether", "rndis_host", "usb-storage")

    def drivers(self) -> DriverIndex:
        return DriverIndex(None, self.loaded)

    def networks(self, usb_device: UsbDevice) -> list[str]:
        return super().networks(usb_device) if self.sim.clock.now() >= self.made_at else []

    @contextmanager
    def route(self, usb_device: UsbDevice, network: StickNetwork, now: Clock, wait: Wait) -> Iterator[Any]:
        self.asked = now()
        with super().route(usb_device, network, now, wait) as dial:
            yield dial


@pytest.mark.parametrize(
    ("stick", "made_at", "until", "asked"),
    [
        (ROUTER, 0.0, 60.0, 0.0),
        (ROUTER, 1.0, 60.0, 1.0),
        ("e3372h,wakes=rndis", 1.0, 60.0, 3.0),  # the simulated RNDIS never makes one
        (ROUTER, 99.0, 60.0, 3.0),
        (ROUTER, 99.0, 2.0, 2.0),
        ("e3372h,wakes=gateway-ppp", 99.0, 60.0, 0.0),
    ],
)
def test_a_network_interface_is_waited_for(stick: str, made_at: float, until: float, asked: float) -> None:
    bus, host = on_host(stick, Binding)
    start = bus.now()
    host.made_at += start + made_at - 1.0
    with Resources(bus, here(bus), start + until, lambda *_, **__: None) as resources, suppress(Unavailable):
        _ = resources.web()
    assert host.asked - start == pytest.approx(asked, abs=0.06)


def test_a_network_interface_that_nothing_makes_is_not_waited_for() -> None:
    """Its disk has a driver; that makes no network."""
    bus, host = on_host(ROUTER, Binding)
    host.loaded = ("usb-storage",)
    start = bus.now()
    host.made_at = start + 99
    with Resources(bus, here(bus), start + 60, lambda *_, **__: None) as resources:
        _ = resources.web()
    assert host.asked == start
