"""What is loaded before the first event, and how all work ends when the watcher is stopped."""

from __future__ import annotations

import threading
import time

import pytest

from modeswitch.database.library import Library
from modeswitch.database.profile import Profile
from modeswitch.errors import NoLibusb
from modeswitch.service import watch
from modeswitch.service.watch import prepare
from modeswitch.usb.bus import Bus
from modeswitch.usb.descriptors import Port
from tests.support.port_watch import ONE, TWO, MakeRig, PortBus, StrictRig, eventually


def test_stopped_when_idle(rig: MakeRig) -> None:
    one = rig({})
    eventually(lambda: one.rounds > 0)
    began = time.monotonic()
    one.close()
    assert one.hanging == []
    assert one.netlink
    assert one.netlink.fileno() == -1  # closed
    assert time.monotonic() - began < 2


def test_stopped_it_lets_what_is_under_way_end_and_begins_nothing(rig: MakeRig) -> None:
    def work(_port: Port, bus: Bus) -> int:
        bus.wait(0.01)  # an interruption would show here
        return 2

    one = rig({ONE: 2}, go=False)
    one.shut(ONE)
    one.end = work
    one.start()
    eventually(lambda: one.worked == [ONE])
    one.watcher.stop()
    one.plug(TWO, 3)
    one.settle_events()
    assert one.hanging is None
    one.gates[ONE].set()
    one.close()
    assert one.hanging == []
    assert one.faults == []
    assert one.worked == [ONE]


@pytest.mark.parametrize("impatient", [False, True])
def test_what_takes_too_long_then_is_interrupted(
    rig: MakeRig, monkeypatch: pytest.MonkeyPatch, impatient: bool
) -> None:
    """By itself after a time, at once when told a second time."""
    monkeypatch.setattr(watch, "FINISH", 60.0 if impatient else 0.1)
    ended: list[str] = []

    def wait(_port: Port, bus: Bus) -> int:
        try:
            while True:
                bus.wait(30)
        except KeyboardInterrupt:
            ended.append("let go")
            return 2

    one = rig({ONE: 2}, go=False)
    one.end = wait
    one.start()
    eventually(lambda: one.worked == [ONE])
    one.watcher.stop()
    if impatient:
        one.watcher.stop()
    one.close()
    assert (ended, one.hanging) == (["let go"], [])


def test_a_thread_that_never_ends_is_left_behind(rig: MakeRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "FINISH", 0.05)
    monkeypatch.setattr(watch, "RELEASE", 0.1)
    one = rig({ONE: 2}, go=False)
    one.shut(ONE)
    one.start()
    eventually(lambda: one.worked == [ONE])
    one.close()
    assert one.hanging == [ONE]
    assert one.rounds < 200  # it waits, and does not ask again and again


def test_where_it_ends_by_an_error_what_hangs_is_not_waited_for_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "RELEASE", 0.1)
    gate = threading.Event()

    def work(port: Port, _bus: Bus) -> int:
        if port == ONE:
            eventually(lambda: len(one.worked) == 2)
            raise BrokenPipeError
        gate.wait(20)
        return 2

    one = StrictRig({ONE: 2, TWO: 2})
    one.end = work
    began = time.monotonic()
    with pytest.raises(BrokenPipeError):
        one.watcher.run(one.periodic)
    assert time.monotonic() - began < 10
    gate.set()


def test_where_it_ends_by_an_error_no_work_goes_on_behind_it() -> None:
    ended: list[str] = []

    def work(port: Port, bus: Bus) -> int:
        if port == ONE:
            eventually(lambda: len(one.worked) == 2)
            raise BrokenPipeError
        try:
            bus.wait(30)
        except KeyboardInterrupt:
            time.sleep(0.2)  # to let go of the stick
            ended.append("let go")
        return 2

    one = StrictRig({ONE: 2, TWO: 2})
    one.end = work
    with pytest.raises(BrokenPipeError):
        one.watcher.run(one.periodic)
    assert ended == ["let go"]


def test_all_is_loaded_before_the_first_event(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []

    class Noting(Library):
        def family(self, name: str) -> Profile:
            loaded.append(name)
            return super().family(name)

    prepared: list[str] = []
    bus = PortBus({}, None)
    monkeypatch.setattr(bus, "prepare", lambda: prepared.append("bus"))
    library = Noting(user=[])
    prepare(bus, library)
    assert prepared == ["bus"]
    assert loaded == library.names()


def test_without_libusb_it_does_not_even_begin() -> None:
    def none() -> None:
        raise NoLibusb("no libusb")

    with pytest.raises(NoLibusb):
        prepare(PortBus({}, None, none), Library(user=[]))
