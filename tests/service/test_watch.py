"""Ports that have their turn: when, how many at a time, what wakes them, and how all of it ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import ModeswitchError, NoLibusb
from modeswitch.linux.uevents import Uevents
from modeswitch.service import watch as engine
from modeswitch.service.watch import Watch, prepare
from modeswitch.usb.bus import Bus
from modeswitch.usb.descriptors import Port
from modeswitch.usb.device import UsbDevice
from tests.support.netlink import Netlink, interface, message

ONE, TWO = Port(1, (1,)), Port(1, (2,))


class Ports(Bus):
    """A bus that knows what address is in which port, and nothing more."""

    def __init__(self, there: dict[Port, int], netlink: Netlink | None) -> None:
        super().__init__()
        self.there, self.netlink = there, netlink
        self.beside_it: list[Port] = []

    def now(self) -> float:
        return time.monotonic()

    def scan(self) -> list[UsbDevice]:
        raise AssertionError

    def wait(self, seconds: float) -> None:
        assert self._bell is not None
        self._bell.wait(self._bounded(seconds))
        self._bell.clear()
        self._bounded(0)

    def present(self, without: Collection[Port] = ()) -> dict[Port, int]:
        return {port: address for port, address in self.there.items() if port not in without}

    def events(self) -> Uevents | None:
        return self.netlink.uevents() if self.netlink else None

    def for_thread(self, port: Port) -> Bus:
        self.beside_it.append(port)
        return Ports(self.there, None)._stoppable()


def eventually(true: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.002)


class Rig:
    """A watch in a thread of its own; a turn notes its port and ends when the port's gate is open."""

    def __init__(self, there: dict[Port, int], *, listening: bool = True) -> None:
        self.netlink = Netlink() if listening else None
        self.there = there
        self.gates: dict[Port, threading.Event] = {}
        self.turns: list[Port] = []
        self.most = 0
        self._at_work: list[Port] = []
        self.after: Callable[[Port, Bus], int | None] = lambda port, _bus: self.there.get(port)
        self.failed: list[tuple[Port, BaseException]] = []
        self.rounds = 0
        self.bus = Ports(there, self.netlink)
        self.watch = Watch(self.bus, self.do, lambda port, error: self.failed.append((port, error)))
        self.stuck: list[Port] | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def do(self, port: Port, bus: Bus) -> int | None:
        self.turns.append(port)
        self._at_work.append(port)
        assert len(set(self._at_work)) == len(self._at_work), "two at one port"
        self.most = max(self.most, len(self._at_work))
        try:
            gate = self.gates.get(port)
            assert gate is None or gate.wait(10)
            return self.after(port, bus)
        finally:
            self._at_work.remove(port)

    def shut(self, *ports: Port) -> None:
        for port in ports:
            self.gates[port] = threading.Event()

    def each(self) -> float | None:
        self.rounds += 1
        return None

    def _run(self) -> None:
        self.stuck = self.watch.run(lambda: self.each())

    def start(self) -> None:
        self._thread.start()

    def plug(self, port: Port, address: int) -> None:
        self.there[port] = address
        self.say("add", port, address)

    def say(self, action: str, port: Port, address: int) -> None:
        assert self.netlink
        self.netlink.device(action, str(port), address)

    def heard(self) -> None:
        """All that was said has been heard."""
        for _ in range(2):
            rounds = self.rounds
            self.watch.wake()
            eventually(lambda rounds=rounds: self.rounds > rounds)  # type: ignore[misc]

    def quiet(self) -> None:
        """It has been heard, and nobody is at work."""
        self.heard()
        eventually(lambda: not self.watch.busy)
        self.heard()
        eventually(lambda: not self.watch.busy)

    def end(self) -> None:
        if not self.watch.stopping:
            self.watch.stop()
        self._thread.join(15)
        assert not self._thread.is_alive()


@pytest.fixture
def rig() -> Iterator[Callable[..., Rig]]:
    made: list[Rig] = []

    def make(there: dict[Port, int] | None = None, *, listening: bool = True, go: bool = True) -> Rig:
        made.append(Rig({} if there is None else there, listening=listening))
        if go:
            made[-1].start()
        return made[-1]

    yield make
    for one in made:
        for gate in one.gates.values():
            gate.set()
        one.end()


Make = Callable[..., Rig]


def test_what_is_there_and_what_comes_has_its_turn(rig: Make) -> None:
    one = rig({ONE: 2})
    eventually(lambda: one.turns == [ONE])
    one.plug(TWO, 3)
    eventually(lambda: one.turns == [ONE, TWO])


def test_what_is_settled_starts_nothing(rig: Make) -> None:
    one = rig({ONE: 2})
    eventually(lambda: one.turns == [ONE])
    one.quiet()
    assert one.netlink
    for action in ("bind", "change", "add", "unbind"):
        one.say(action, ONE, 2)
        one.netlink.say(interface(action, "1-1"))
    one.netlink.say(interface("remove", "1-1"))
    one.netlink.lose()
    one.quiet()
    assert one.turns == one.bus.beside_it == [ONE]  # not even a thread
    assert one.watch._events is not None
    assert not one.watch._events.lost


def test_another_device_in_the_port_has_a_turn(rig: Make) -> None:
    one = rig({ONE: 2})
    eventually(lambda: one.turns == [ONE])
    one.quiet()
    one.plug(ONE, 3)  # without the "remove", which was lost
    eventually(lambda: one.turns == [ONE, ONE])
    one.quiet()
    one.say("remove", ONE, 3)
    one.plug(ONE, 3)  # addresses come round again
    eventually(lambda: one.turns == [ONE] * 3)


def test_what_nobody_can_tell_yet_is_looked_at_again(rig: Make) -> None:
    one = rig({ONE: 2}, go=False)
    one.after = lambda port, _bus: None if len(one.turns) < 3 else one.there[port]
    one.start()
    eventually(lambda: one.turns == [ONE])
    one.quiet()
    one.say("unbind", ONE, 2)
    one.quiet()
    assert one.turns == [ONE]
    one.say("bind", ONE, 2)
    eventually(lambda: one.turns == [ONE] * 2)
    one.quiet()
    assert one.netlink
    one.netlink.say(interface("add", "1-1"))
    eventually(lambda: one.turns == [ONE] * 3)
    one.quiet()
    one.say("bind", ONE, 2)
    one.quiet()
    assert one.turns == [ONE] * 3


def test_a_port_has_one_turn_at_a_time_and_its_own_coming_back_starts_nothing(rig: Make) -> None:
    one = rig({ONE: 2}, go=False)
    one.shut(ONE)
    one.start()
    eventually(lambda: one.turns == [ONE])
    one.say("remove", ONE, 2)
    one.plug(ONE, 3)
    one.say("bind", ONE, 3)
    one.heard()
    one.gates[ONE].set()
    one.quiet()
    assert one.turns == [ONE]


def test_what_is_plugged_while_its_port_is_busy_is_looked_at_when_that_is_free(rig: Make) -> None:
    """A turn that failed has settled the device that it began with, and no other."""
    one = rig({ONE: 2}, go=False)
    one.shut(ONE)
    began = [2, 3]
    one.after = lambda _port, _bus: began.pop(0)
    one.start()
    eventually(lambda: one.turns == [ONE])
    one.say("remove", ONE, 2)
    one.plug(ONE, 3)
    one.gates[ONE].set()
    eventually(lambda: one.turns == [ONE, ONE])
    one.quiet()
    assert one.turns == [ONE, ONE]


def test_what_left_while_its_port_was_busy_is_not_settled(rig: Make) -> None:
    one = rig({ONE: 2}, go=False)
    one.shut(ONE)
    one.after = lambda _port, _bus: 2
    one.start()
    eventually(lambda: one.turns == [ONE])
    del one.there[ONE]
    one.say("remove", ONE, 2)
    one.heard()
    one.gates[ONE].set()
    one.quiet()
    one.plug(ONE, 2)
    eventually(lambda: one.turns == [ONE, ONE])


def test_side_by_side_and_at_most_so_many(rig: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "LIMIT", 3)
    ports = [Port(1, (number,)) for number in range(1, 9)]
    one = rig(dict.fromkeys(ports, 2), go=False)
    one.shut(*ports)
    one.start()
    eventually(lambda: len(one.turns) == 3)
    one.heard()
    assert len(one.turns) == 3
    for gate in one.gates.values():
        gate.set()
    eventually(lambda: sorted(one.turns) == ports)
    assert one.most == 3


def test_whoever_waits_at_the_port_is_rung_and_no_other(rig: Make) -> None:
    rung: list[Port] = []

    def wait(port: Port, bus: Bus) -> int:
        bus.wait(5)
        rung.append(port)
        return 2

    one = rig({ONE: 2, TWO: 2}, go=False)
    one.after = wait
    one.start()
    eventually(lambda: len(one.turns) == 2)
    one.say("remove", TWO, 2)
    eventually(lambda: rung == [TWO])


def test_what_was_lost_is_looked_for(rig: Make) -> None:
    one = rig({ONE: 2})
    eventually(lambda: one.turns == [ONE])
    one.quiet()
    one.there[TWO] = 3
    one.there[ONE] = 4
    assert one.netlink
    one.netlink.lose()
    eventually(lambda: sorted(one.turns) == [ONE, ONE, TWO])
    del one.there[ONE]
    one.quiet()
    one.netlink.lose()
    one.quiet()
    one.plug(ONE, 4)  # that it left was lost, too
    eventually(lambda: one.turns.count(ONE) == 3)


def test_what_was_lost_while_a_port_was_busy(rig: Make) -> None:
    one = rig({ONE: 2}, go=False)
    one.shut(ONE)
    began = [2, 3]
    one.after = lambda _port, _bus: began.pop(0)
    one.start()
    eventually(lambda: one.turns == [ONE])
    one.there[ONE] = 3
    assert one.netlink
    one.netlink.lose()
    one.heard()
    one.gates[ONE].set()
    eventually(lambda: one.turns == [ONE, ONE])


def test_what_was_lost_wakes_who_waits(rig: Make) -> None:
    one = rig({ONE: 2}, go=False)
    waited: list[float] = []

    def wait(port: Port, bus: Bus) -> int:
        began = time.monotonic()
        while len(waited) < 1 and time.monotonic() < began + 5:
            bus._bounded(0)
            assert bus._bell is not None
            if bus._bell.wait(5):
                waited.append(time.monotonic() - began)
        return 2

    one.after = wait
    one.start()
    eventually(lambda: one.turns == [ONE])
    assert one.netlink
    one.netlink.lose()
    eventually(lambda: bool(waited))
    assert waited[0] < 4


def test_what_others_say_is_not_believed(rig: Make) -> None:
    one = rig({})
    one.there[ONE] = 2
    assert one.netlink
    one.netlink.device("add", "1-1", 2, sender=4711)
    one.netlink.device("add", "1-1", 2, group=2)
    one.quiet()
    assert one.turns == []


def test_where_nothing_tells_of_changes_it_looks_again_and_again(rig: Make) -> None:
    one = rig({ONE: 2}, listening=False)
    eventually(lambda: one.turns == [ONE])
    one.there[TWO] = 3
    eventually(lambda: one.turns == [ONE, TWO])
    one.there[ONE] = 5
    eventually(lambda: one.turns == [ONE, TWO, ONE])


def test_it_looks_again_when_told(rig: Make) -> None:
    one = rig({ONE: 2})
    eventually(lambda: one.turns == [ONE])
    one.quiet()
    told: list[int] = []

    def each() -> None:
        if not told:
            told.append(1)
            one.watch.look_again()

    one.each = each  # type: ignore[method-assign]
    one.watch.wake()
    eventually(lambda: one.turns == [ONE, ONE])


def test_a_fault_ends_one_turn_and_nothing_else(rig: Make) -> None:
    def stumble(port: Port, _bus: Bus) -> int:
        if port == ONE:
            raise ZeroDivisionError
        return 3

    one = rig({ONE: 2}, go=False)
    one.after = stumble
    one.start()
    eventually(lambda: [(port, type(error)) for port, error in one.failed] == [(ONE, ZeroDivisionError)])
    one.plug(TWO, 3)
    eventually(lambda: one.turns == [ONE, TWO])


def test_a_fault_is_not_repeated_for_the_same_device(rig: Make) -> None:
    def stumble(_port: Port, _bus: Bus) -> int:
        raise ZeroDivisionError

    one = rig({ONE: 2}, listening=False, go=False)
    one.after = stumble
    one.start()
    eventually(lambda: len(one.failed) == 1)
    rounds = one.rounds
    eventually(lambda: one.rounds > rounds + 4)
    assert len(one.failed) == 1


def test_what_failed_raises_ends_it(rig: Make) -> None:
    def stumble(_port: Port, _bus: Bus) -> int:
        raise BrokenPipeError

    one = Rig({ONE: 2})
    one.after = stumble

    def failed(_port: Port, error: BaseException) -> None:
        raise error

    one.watch._failed = failed
    with pytest.raises(BrokenPipeError):
        one.watch.run(one.each)


def test_a_thread_that_cannot_be_started_is_tried_again(rig: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "AGAIN", 0.02)
    real, refused = threading.Thread.start, [0]

    def start(thread: threading.Thread) -> None:
        if thread.daemon and thread._target.__name__ == "_attend" and refused[0] < 3:  # type: ignore[attr-defined]
            refused[0] += 1
            raise RuntimeError("can't start new thread")
        real(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    one = rig({ONE: 2})
    eventually(lambda: one.turns == [ONE])
    assert refused == [3]


def test_a_flood_hides_nothing(rig: Make) -> None:
    """Ten thousand events of others, and of a device that is settled; a stick in their middle."""
    one = rig({ONE: 2})
    eventually(lambda: one.turns == [ONE])
    assert one.netlink
    others = message("change", "/devices/virtual/mem/null", "SUBSYSTEM=mem")
    for number in range(10_000):
        one.netlink.say(others if number % 10 else interface("change", "1-1"))
        if number == 5_000:
            one.plug(TWO, 3)
    eventually(lambda: one.turns == [ONE, TWO])
    one.quiet()
    assert one.turns == [ONE, TWO]
    assert one.rounds < 12_000


# The end.


def test_stopped_when_idle(rig: Make) -> None:
    one = rig({})
    eventually(lambda: one.rounds > 0)
    began = time.monotonic()
    one.end()
    assert one.stuck == []
    assert time.monotonic() - began < 2


def test_stopped_it_lets_what_is_under_way_end_and_begins_nothing(rig: Make) -> None:
    one = rig({ONE: 2}, go=False)
    one.shut(ONE)
    one.start()
    eventually(lambda: one.turns == [ONE])
    one.watch.stop()
    one.plug(TWO, 3)
    one.heard()
    assert one.stuck is None
    one.gates[ONE].set()
    one.end()
    assert one.stuck == []
    assert one.turns == [ONE]


@pytest.mark.parametrize("impatient", [False, True])
def test_what_takes_too_long_then_is_stopped(rig: Make, monkeypatch: pytest.MonkeyPatch, impatient: bool) -> None:
    """By itself after a time, at once when told a second time."""
    monkeypatch.setattr(engine, "FINISH", 60.0 if impatient else 0.1)
    ended: list[str] = []

    def wait(_port: Port, bus: Bus) -> int:
        try:
            while True:
                bus.wait(30)
        except KeyboardInterrupt:
            ended.append("let go")
            return 2

    one = rig({ONE: 2}, go=False)
    one.after = wait
    one.start()
    eventually(lambda: one.turns == [ONE])
    one.watch.stop()
    if impatient:
        one.watch.stop()
    one.end()
    assert (ended, one.stuck) == (["let go"], [])


def test_a_thread_that_never_ends_is_left_behind(rig: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "FINISH", 0.05)
    monkeypatch.setattr(engine, "LAST", 0.1)
    one = rig({ONE: 2}, go=False)
    one.shut(ONE)
    one.start()
    eventually(lambda: one.turns == [ONE])
    one.end()
    assert one.stuck == [ONE]


# Before the first event.


def test_all_is_loaded_before_the_first_event(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared: list[str] = []
    bus = Ports({}, None)
    monkeypatch.setattr(bus, "prepare", lambda: prepared.append("bus"))
    library = Library(user=[])
    prepare(bus, library)
    assert prepared == ["bus"]
    assert set(library._loaded) == set(library.names())


def test_without_libusb_it_does_not_even_begin() -> None:
    def none() -> None:
        raise NoLibusb("no libusb")

    bus = Ports({}, None)
    bus._make = none
    with pytest.raises(ModeswitchError):
        prepare(bus, Library(user=[]))
