"""When a port is worked at, and how many at the same time."""

from __future__ import annotations

import threading
import time

import pytest

from modeswitch.service import watch
from modeswitch.usb.bus import Bus
from modeswitch.usb.descriptors import Port
from tests.support.port_watch import ONE, TWO, MakeRig, StrictRig, eventually


def test_what_is_there_and_what_comes_is_worked_at(rig: MakeRig) -> None:
    one = rig({ONE: 2})
    eventually(lambda: one.worked == [ONE])
    one.plug(TWO, 3)
    eventually(lambda: one.worked == [ONE, TWO])


def test_a_port_that_is_worked_at_when_all_shall_be_looked_at_again_has_its_turn_afterwards(rig: MakeRig) -> None:
    """Without an event: what is done there began with what counts no more."""
    one = rig({ONE: 2}, go=False)
    one.shut(ONE)
    told: list[int] = []

    def periodic() -> None:
        if one.worked == [ONE] and not told:
            told.append(1)
            one.watcher.look_again()
            one.gates[ONE].set()

    one.periodic = periodic
    one.start()
    eventually(lambda: bool(one.worked))
    one.watcher.wake()
    eventually(lambda: one.worked == [ONE, ONE])


@pytest.mark.parametrize("under_way", [True, False])
def test_one_port_is_worked_at_again_when_asked(rig: MakeRig, under_way: bool) -> None:
    one = rig({ONE: 2, TWO: 2}, go=False)
    one.shut(ONE)
    one.start()
    eventually(lambda: len(one.worked) == 2)
    if not under_way:
        one.gates[ONE].set()
        one.settle()
    asked: list[int] = []

    def periodic() -> None:
        if not asked:
            asked.append(1)
            one.watcher.look_at(ONE)

    one.periodic = periodic
    one.watcher.wake()
    eventually(lambda: bool(asked))
    one.gates[ONE].set()
    eventually(lambda: sorted(one.worked) == [ONE, ONE, TWO])


def test_another_device_in_the_port_is_worked_at(rig: MakeRig) -> None:
    one = rig({ONE: 2})
    eventually(lambda: one.worked == [ONE])
    one.settle()
    one.plug(ONE, 3)  # without the "remove", which was lost
    eventually(lambda: one.worked == [ONE, ONE])
    one.settle()
    one.say("remove", ONE, 3)
    one.plug(ONE, 3)  # addresses come round again
    eventually(lambda: one.worked == [ONE] * 3)


@pytest.mark.parametrize("after", [(), ("bind",)])
def test_one_thread_for_a_port_and_a_device_that_it_brings_back_starts_no_second(
    rig: MakeRig, after: tuple[str, ...]
) -> None:
    one = rig({ONE: 2}, go=False)
    one.shut(ONE)
    one.start()
    eventually(lambda: one.worked == [ONE])
    one.say("remove", ONE, 2)
    one.plug(ONE, 3)
    for action in after:
        one.say(action, ONE, 3)
    one.settle_events()
    one.gates[ONE].set()
    one.settle()
    assert one.worked == [ONE]


def test_what_is_plugged_while_its_port_is_worked_at_comes_afterwards(rig: MakeRig) -> None:
    """Work that failed has settled the device that it began with, and no other."""
    one = rig({ONE: 2}, go=False)
    one.shut(ONE)
    began = [2, 3]
    one.end = lambda _port, _bus: began.pop(0)
    one.start()
    eventually(lambda: one.worked == [ONE])
    one.say("remove", ONE, 2)
    one.plug(ONE, 3)
    one.gates[ONE].set()
    eventually(lambda: one.worked == [ONE, ONE])
    one.settle()
    assert one.worked == [ONE, ONE]


def test_what_left_while_its_port_was_worked_at_is_not_settled(rig: MakeRig) -> None:
    one = rig({ONE: 2}, go=False)
    one.shut(ONE)
    one.end = lambda _port, _bus: 2
    one.start()
    eventually(lambda: one.worked == [ONE])
    del one.there[ONE]
    one.say("remove", ONE, 2)
    one.settle_events()
    one.gates[ONE].set()
    one.settle()
    one.plug(ONE, 2)
    eventually(lambda: one.worked == [ONE, ONE])


def test_ports_in_parallel_and_at_most_so_many(rig: MakeRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "MOST_THREADS", 3)
    ports = [Port(1, (number,)) for number in range(1, 9)]
    one = rig(dict.fromkeys(ports, 2), go=False)
    one.shut(*ports)
    one.start()
    eventually(lambda: len(one.worked) == 3)
    one.settle_events()
    assert len(one.worked) == 3
    for gate in one.gates.values():
        gate.set()
    eventually(lambda: sorted(one.worked) == ports)
    assert one.most == 3


def test_what_is_due_soon_is_done_soon(rig: MakeRig) -> None:
    one = rig({}, go=False)
    rounds: list[float] = []

    def periodic() -> float:
        rounds.append(time.monotonic())
        return 0.02

    one.periodic = periodic
    one.start()
    eventually(lambda: len(rounds) > 20)


def test_where_nothing_is_to_be_done_nothing_is_done(rig: MakeRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "RETRY", 0.01)
    one = rig({ONE: 2})
    eventually(lambda: one.worked == [ONE])
    one.settle()
    rounds = one.rounds
    time.sleep(0.2)
    assert one.rounds == rounds


def test_who_wakes_it_is_never_kept(rig: MakeRig) -> None:
    """Nobody reads what wakes it before it runs."""
    one = rig({}, go=False)
    for _ in range(20_000):
        one.watcher.wake()
    one.start()


def test_a_thread_that_hangs_keeps_no_process(rig: MakeRig) -> None:
    kinds: list[bool] = []

    def work(_port: Port, _bus: Bus) -> int:
        kinds.append(threading.current_thread().daemon)
        return 2

    one = rig({ONE: 2}, go=False)
    one.end = work
    one.start()
    eventually(lambda: kinds == [True])


@pytest.mark.slow
def test_every_port_is_looked_at_again_when_asked(rig: MakeRig) -> None:
    one = rig({ONE: 2})
    eventually(lambda: one.worked == [ONE])
    one.settle()
    told: list[int] = []

    def periodic() -> None:
        if not told:
            told.append(1)
            one.watcher.look_again()

    one.periodic = periodic
    one.watcher.wake()
    eventually(lambda: one.worked == [ONE, ONE])


def test_a_fault_ends_the_work_at_one_port(rig: MakeRig) -> None:
    def stumble(port: Port, _bus: Bus) -> int:
        if port == ONE:
            raise ZeroDivisionError
        return 3

    one = rig({ONE: 2}, go=False)
    one.end = stumble
    one.start()
    eventually(lambda: [(port, type(error)) for port, error in one.faults] == [(ONE, ZeroDivisionError)])
    one.plug(TWO, 3)
    eventually(lambda: one.worked == [ONE, TWO])


def test_a_fault_is_not_repeated_for_the_same_device(rig: MakeRig) -> None:
    def stumble(_port: Port, _bus: Bus) -> int:
        raise ZeroDivisionError

    one = rig({ONE: 2}, events=False, go=False)
    one.end = stumble
    one.start()
    eventually(lambda: len(one.faults) == 1)
    rounds = one.rounds
    eventually(lambda: one.rounds > rounds + 4)
    assert len(one.faults) == 1


def test_what_on_fault_raises_ends_the_watcher() -> None:
    def stumble(_port: Port, _bus: Bus) -> int:
        raise BrokenPipeError

    one = StrictRig({ONE: 2})
    one.end = stumble
    with pytest.raises(BrokenPipeError):
        one.watcher.run(one.periodic)


def test_a_thread_that_cannot_be_started_is_tried_again(rig: MakeRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "RETRY", 0.02)
    real, refused = threading.Thread.start, [0]

    def start(thread: threading.Thread) -> None:
        if thread.name == f"port {ONE}" and refused[0] < 3:
            refused[0] += 1
            raise RuntimeError("can't start new thread")
        real(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    one = rig({ONE: 2})
    eventually(lambda: one.worked == [ONE])
    assert refused == [3]
