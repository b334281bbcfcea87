"""Waiting for a port: what is seen there scene by scene, on a clock that runs only while somebody waits."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from modeswitch.errors import CommandFailed, ModeswitchError, NotBack, SwitchFailed
from modeswitch.linux.modules import DriverIndex
from modeswitch.usb.bus import Bus
from modeswitch.usb.descriptors import Port
from modeswitch.usb.device import UsbDevice
from modeswitch.usb.host import Host
from modeswitch.usb.nodes import Nodes
from modeswitch.usb.replug import LOOK, Wait, await_address, await_change, await_drivers, await_leave, await_return
from tests.support.rig import plugged


def look(stick: str, address: int) -> UsbDevice:
    (seen,) = plugged(stick).scan()
    return seen._replace(address=address)


BEFORE, AFTER = look("e3372h", 5), look("e3372h,wakes=gateway-ncm", 6)
LEAVING = BEFORE._replace(descriptors=None, problem="cannot be read")
UNREADABLE = AFTER._replace(descriptors=None, problem="cannot be read")
BARE, BARE_AFTER = BEFORE._replace(active=None), AFTER._replace(active=None)
AGAIN, NAMELESS = BEFORE._replace(strings=("another", "", "")), BEFORE._replace(strings=("", "", ""))
DOUBT = CommandFailed("it said no")

Scene = tuple[float, UsbDevice | None]


class Film(Bus):
    """A bus with one port: from each moment on, what is there.  ``bound`` and ``index`` are the host's drivers.

    ``others`` come to other ports and stay there; ``peers`` are the other ports of the connector.
    """

    def __init__(
        self,
        *scenes: Scene,
        bound: str | None = None,
        index: bytes | None = b"",
        others: tuple[tuple[float, UsbDevice], ...] = (),
        peers: tuple[Port, ...] = (),
    ) -> None:
        super().__init__()
        self.time = 0.0
        self.waited: list[float] = []
        self._scenes = scenes
        self._listening = False
        self._others = others
        self.host = BindingHost(bound, index, peers)

    def now(self) -> float:
        return self.time

    def scan(self) -> list[UsbDevice]:
        there = [seen for when, seen in self._scenes if when <= self.time][-1]
        return [*([there] if there else []), *(one for when, one in self._others if when <= self.time)]

    def listen(self) -> None:
        self._listening = True

    def wait(self, seconds: float) -> None:
        assert self._listening
        assert seconds > 0
        self.waited.append(seconds)
        self.time = min([self.time + seconds, *(when for when, _ in self._scenes if when > self.time)])

    def for_thread(self, port: Port) -> Bus:
        return self


class BindingHost(Host):
    """A host with that index of drivers, which has bound that one to each interface."""

    def __init__(self, bound: str | None, index: bytes | None, peers: tuple[Port, ...] = ()) -> None:
        self._bound, self._index, self._peers = bound, index, peers

    def peers(self, port: Port) -> list[Port]:
        return list(self._peers)

    def nodes(self, usb_device: UsbDevice) -> dict[int, Nodes]:
        return {number: Nodes(self._bound) for number in super().nodes(usb_device)}

    def drivers(self) -> DriverIndex | None:
        return DriverIndex(self._index) if self._index is not None else None


class Case(NamedTuple):
    """Scenes, and what must come of waiting ten seconds: what is seen or raised, when, and what was told."""

    about: str
    scenes: tuple[Scene, ...]
    result: UsbDevice | type[ModeswitchError]
    at: float
    told: tuple[str, ...] = ()
    words: str = ""
    doubt: bool = False

    def __str__(self) -> str:
        return self.about


WAITS = (
    Case("it leaves and comes back", ((1, None), (2, AFTER)), AFTER, 2, ("left", "back")),
    Case("nobody saw it leave", ((2, AFTER),), AFTER, 2, ("back",)),
    Case("it is there already", ((0, AFTER),), AFTER, 0, ("back",)),
    Case("it comes back as it was", ((1, None), (2, BEFORE._replace(address=7))), BEFORE._replace(address=7), 2),
    Case("something of it is new where it stands", ((1, BARE), (2, AGAIN)), AGAIN, 2, ("back",)),
    Case("unreadable while it leaves", ((1, LEAVING), (2, None), (3, AFTER)), AFTER, 3, ("left", "back")),
    Case("unreadable when it is back", ((1, None), (2, UNREADABLE)), UNREADABLE, 2, ("left", "back")),
    Case("configured late", ((1, None), (2, BARE_AFTER), (4, AFTER)), AFTER, 4, ("left", "back")),
    Case("it comes back at the last moment", ((1, None), (10, AFTER)), AFTER, 10, ("left", "back")),
    Case("it stays", (), SwitchFailed, 10, (), "stayed as it was"),
    Case("it stays, and its strings cannot be read", ((1, NAMELESS),), SwitchFailed, 10, (), "stayed as it was"),
    Case("it stays, and cannot be read", ((1, LEAVING),), SwitchFailed, 10, (), "stayed as it was"),
    Case("it stays away", ((1, None),), NotBack, 10, ("left",), "did not come back"),
    Case("it comes back too late", ((1, None), (11, AFTER)), NotBack, 10, ("left",), "did not come back"),
    Case("blocked", ((1, None), (2, BARE_AFTER)), NotBack, 10, ("left",), "has not configured it"),
    Case("blocked, nobody saw it leave", ((2, BARE_AFTER),), NotBack, 10, (), "has not configured it"),
    Case("blocked at its old address", ((1, None), (2, BARE)), NotBack, 10, ("left",), "has not configured it"),
    # After a "no" it has three seconds to leave all the same.
    Case("no, and it stays", (), CommandFailed, 3, (), "said no", True),
    Case("no, and it leaves", ((2, None), (5, AFTER)), AFTER, 5, ("left", "back"), "", True),
    Case("no, and it leaves too late", ((4, None), (5, AFTER)), CommandFailed, 3, (), "said no", True),
    Case("no, and nobody saw it leave", ((2, BARE_AFTER), (5, AFTER)), AFTER, 5, ("back",), "", True),
    Case("no, and back at its old address", ((1, None), (2, BARE), (5, AGAIN)), AGAIN, 5, ("left", "back"), "", True),
    Case("no, and it stays away", ((2, None),), NotBack, 10, ("left",), "did not come back", True),
)


@pytest.mark.parametrize("case", WAITS, ids=str)
@pytest.mark.parametrize("tick", [None, 0.75, 60.0])
def test_return(case: Case, tick: float | None) -> None:
    bus = Film((0, BEFORE), *case.scenes)
    told: list[tuple[str, dict[str, Any]]] = []
    patience = Wait(10, DOUBT if case.doubt else None, 3, tick)

    def wait() -> UsbDevice:
        return await_return(bus, BEFORE, patience, lambda event, **facts: told.append((event, facts)))

    if isinstance(case.result, UsbDevice):
        assert wait() == case.result
        assert told[-1] == ("back", {"port": "1-1", "id": str(case.result.id)})
    else:
        with pytest.raises(case.result, match=case.words) as raised:
            wait()
        if not case.doubt or "left" in case.told:
            there = bus.at(Port(1, (1,))) or BEFORE
            assert raised.value.facts == {"port": "1-1", "id": str(there.id)}
    assert bus.time == case.at
    if case.told:
        assert tuple(name for name, _ in told if name != "waiting") == case.told
    assert all(facts["port"] == "1-1" for name, facts in told if name != "waiting")
    assert all(seconds <= (tick or 10) for seconds in bus.waited)
    left = [facts["seconds"] for name, facts in told if name == "waiting"]
    assert len(left) == len(bus.waited)
    assert left == sorted(left, reverse=True)
    assert all(0 < seconds <= 10 and seconds == round(seconds, 1) for seconds in left)


@pytest.mark.parametrize(
    ("scenes", "gone", "at"),
    [
        ((), False, 10),
        (((2, None),), True, 2),
        (((2, AFTER),), True, 2),
        (((2, LEAVING),), False, 10),
        (((0, None),), True, 0),
        (((10, None),), True, 10),
        (((11, None),), False, 10),
    ],
)
def test_leave(scenes: tuple[Scene, ...], gone: bool, at: float) -> None:
    bus = Film((0, BEFORE), *scenes)
    assert await_leave(bus, BEFORE, 10) is gone
    assert bus.time == at


STORAGE_DRIVER = b"alias usb:v*p*d*dc*dsc*dp*ic08isc06ip50in* usb_storage\n"
NCM_DRIVER = b"alias usb:v*p*d*dc*dsc*dp*ic02isc0Dip00in* cdc_ncm\n"


@pytest.mark.parametrize(
    ("made_at", "seen", "numbers", "bound", "index", "made", "at"),
    [
        (0, BEFORE, [0], None, None, True, 0),
        (1, BEFORE, [0], None, STORAGE_DRIVER, True, 1),
        (1, BEFORE, [9, 0], None, STORAGE_DRIVER, True, 1),
        (1, BEFORE, [0], "usb-storage", b"", True, 1),
        (99, BEFORE, [0], None, STORAGE_DRIVER, False, 3),
        (99, BEFORE, [0], "usb-storage", b"", False, 3),
        # Nobody is waited for who will not come.
        (1, BEFORE, [0], None, b"", False, 0),
        (1, BEFORE, [0], None, NCM_DRIVER, False, 0),
        (1, BEFORE, [0], "usb-storage", None, False, 0),
        (1, BEFORE, [], "usb-storage", STORAGE_DRIVER, False, 0),
        (1, BEFORE, [9], None, STORAGE_DRIVER, False, 0),
        (1, BARE, [0], "usb-storage", STORAGE_DRIVER, False, 0),
    ],
)
def test_drivers(
    made_at: float,
    seen: UsbDevice,
    numbers: list[int],
    bound: str | None,
    index: bytes | None,
    made: bool,
    at: float,
) -> None:
    bus = Film((0, seen), bound=bound, index=index)
    assert await_drivers(bus, seen, numbers, lambda: bus.now() >= made_at, 3) is made
    assert at <= bus.time <= at + LOOK
    assert bus.time <= 3
    assert all(seconds <= 0.05 for seconds in bus.waited)


def test_a_wait_looks_again_within_a_second_where_no_event_comes() -> None:
    """An event may be lost; in a container of a user namespace none ever comes."""
    film = Film((0, BEFORE), (3.2, None), (5.7, AFTER))
    assert await_return(film, BEFORE, Wait(20.0), lambda *_, **__: None) == AFTER
    assert max(film.waited) <= 1.0
    film = Film((0, BEFORE), (3.2, None))
    assert await_leave(film, BEFORE, 20.0)
    assert max(film.waited) <= 1.0


@pytest.mark.parametrize(
    ("scenes", "found", "at"),
    [
        ((), None, 10),
        (((2, AGAIN),), None, 10),
        (((2, AFTER),), AFTER, 2),
        (((1, None), (2, BARE_AFTER), (3, AFTER)), AFTER, 3),
        (((1, None), (2, BARE_AFTER)), None, 10),
        (((1, None),), None, 10),
    ],
)
def test_another_address(scenes: tuple[Scene, ...], found: UsbDevice | None, at: float) -> None:
    bus = Film((0, BEFORE), *scenes)
    assert await_address(bus, BEFORE, 10) == found
    assert bus.time == at


@pytest.mark.parametrize(
    ("scenes", "changed", "at"),
    [
        ((), None, 10),
        (((2, AGAIN),), AGAIN, 2),
        (((1, None), (2, AFTER)), AFTER, 2),
        (((1, None), (2, BARE)), None, 10),
    ],
)
def test_a_change(scenes: tuple[Scene, ...], changed: UsbDevice | None, at: float) -> None:
    bus = Film((0, BEFORE), *scenes)
    assert await_change(bus, BEFORE, 10, lambda *_, **__: None) == changed
    assert bus.time == at


def test_a_change_that_is_a_loss() -> None:
    with pytest.raises(NotBack, match="did not come back"):
        await_change(Film((0, BEFORE), (1, None)), BEFORE, 10, lambda *_, **__: None)


def test_a_no_is_raised_at_once_where_no_time_to_leave_is_given() -> None:
    bus = Film((0, BEFORE))
    with pytest.raises(CommandFailed, match="said no"):
        await_return(bus, BEFORE, Wait(10, DOUBT), lambda *_, **__: None)
    assert bus.time == 0


def test_what_came_to_other_ports_is_told_of_four_at_most() -> None:
    stranger = look("e3372h", 9)._replace(port=Port(1, (9,)))
    stranger = stranger._replace(id=stranger.id._replace(vendor=0x19D2))
    came = [(3.0, AFTER._replace(port=Port(1, (number,)))) for number in (3, 4, 5, 6, 7)]
    bus = Film((0, BEFORE), (1, None), others=((0, AFTER._replace(port=Port(1, (2,)))), (3, stranger), *came))
    with pytest.raises(NotBack) as raised:
        await_return(bus, BEFORE, Wait(10), lambda *_, **__: None)
    named = ", ".join(f"{AFTER.id} at 1-{number}" for number in (3, 4, 5, 6))
    assert raised.value.message.endswith(f"did not come back in time; meanwhile came {named}, which may be it")
    assert raised.value.hint == "Look at it there: modeswitch list -v 1-3"


def test_where_nothing_came_nothing_is_told_of() -> None:
    with pytest.raises(NotBack) as raised:
        await_return(Film((0, BEFORE), (1, None)), BEFORE, Wait(10), lambda *_, **__: None)
    assert raised.value.message.endswith("left and did not come back in time")
    assert "--timeout 60" in raised.value.hint


def test_it_may_come_back_at_another_port_of_its_connector() -> None:
    peer, empty = Port(2, (1,)), Port(3, (1,))
    old, new = AFTER._replace(port=peer, address=9), AFTER._replace(port=peer, address=10)
    with pytest.raises(NotBack):
        await_return(
            Film((0, BEFORE), (1, None), others=((0, old),), peers=(empty, peer)),
            BEFORE,
            Wait(10),
            lambda *_, **__: None,
        )
    bus = Film((0, BEFORE), (1, None), others=((3, new),), peers=(empty, peer))
    told: list[dict[str, Any]] = []
    assert await_return(bus, BEFORE, Wait(10, tick=0.5), lambda _event, **facts: told.append(facts)) == new
    assert bus.time == 3
    assert told[-1] == {"port": "2-1", "id": str(new.id)}


def test_no_wait_goes_beyond_its_last_moment() -> None:
    bus = Film((0, BEFORE))
    assert not await_leave(bus, BEFORE, 2.5)
    assert bus.time == 2.5
    bus = Film((0, BEFORE))
    with pytest.raises(SwitchFailed):
        await_return(bus, BEFORE, Wait(2.5), lambda *_, **__: None)
    assert bus.time == 2.5
