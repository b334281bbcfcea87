"""Lines that shall stay up: when one counts as dropped, and how soon it is dialled again."""

from __future__ import annotations

from modeswitch.service.lines import FIRST, LONGEST, LOOK, LOST, Lines
from modeswitch.usb.descriptors import Port
from modeswitch.usb.nodes import NetworkState

ONE, TWO = Port(1, (1,)), Port(1, (2,))
UP, DOWN = NetworkState(up=True, carrier=True), NetworkState(up=True)


def test_a_line_without_its_carrier_is_dialled_after_a_while() -> None:
    states: dict[str, NetworkState | None] = {"wwan0": UP}
    lines = Lines(lambda name: states[name])
    assert not lines
    lines.up(ONE, "wwan0", 0.0)
    assert lines
    assert lines.due(4.0) == ([], 1.0)
    assert lines.due(5.0) == ([], 5.0)
    states["wwan0"] = DOWN
    now = LOOK
    dialled: list[Port] = []
    while not dialled and now < 60:
        now += LOOK
        dialled, _ = lines.due(now)
    assert dialled == [ONE]
    assert now == 20, "it was seen without a carrier at 10, and 10 s later"
    for later in (now, now + LOOK, now + LONGEST - 1):
        assert lines.due(later)[0] == [], "its thread has not told yet how that went"


def test_a_carrier_may_be_gone_for_ten_seconds() -> None:
    lines = Lines(lambda _name: DOWN)
    lines.up(ONE, "wwan0", 0.0)
    assert [lines.due(now)[0] for now in (10.0, 19.5, 20.0)] == [[], [], []]
    assert lines.due(24.5)[0] == [ONE]


def test_a_carrier_that_is_back_counts() -> None:
    states: dict[str, NetworkState | None] = {"wwan0": DOWN}
    lines = Lines(lambda name: states[name])
    lines.up(ONE, "wwan0", 0.0)
    assert lines.due(LOOK)[0] == []
    states["wwan0"] = UP
    assert lines.due(LOOK + LOST)[0] == []
    states["wwan0"] = DOWN
    assert lines.due(2 * LOOK + LOST)[0] == []


def test_an_interface_that_has_gone_is_not_dialled() -> None:
    lines = Lines(lambda _name: None)
    lines.up(ONE, "wwan0", 0.0)
    assert [lines.due(now)[0] for now in (5.0, 20.0, 40.0)] == [[], [], []]


def test_the_pauses_grow_to_a_bound_and_begin_anew() -> None:
    lines = Lines(lambda _name: UP)
    pauses = [lines.failed(ONE, 0.0) for _ in range(40)]
    assert pauses[:3] == [5, 10, 20]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 300, "five minutes at most"
    assert lines.due(LONGEST - 1) == ([], 1.0)
    assert lines.due(LONGEST)[0] == [ONE]
    lines.up(ONE, "wwan0", 0.0)
    assert lines.failed(ONE, 0.0) == FIRST


def test_which_lines_stand() -> None:
    states: dict[str, NetworkState | None] = {"wwan0": UP}
    lines = Lines(lambda name: states[name])
    lines.up(ONE, "wwan0", 0.0)
    lines.failed(TWO, 0.0)
    assert lines.standing() == {ONE: True, TWO: False}
    states["wwan0"] = DOWN
    lines.due(LOOK)
    assert lines.standing() == {ONE: False, TWO: False}


def test_each_port_has_its_own() -> None:
    lines = Lines(lambda _name: UP)
    lines.failed(ONE, 0.0)
    lines.up(TWO, "wwan1", 0.0)
    assert sorted(lines.ports()) == [ONE, TWO]
    assert lines.due(FIRST)[0] == [ONE]
    lines.forget(ONE)
    lines.forget(ONE)
    assert lines.ports() == [TWO]
    lines.forget_all()
    assert (bool(lines), lines.due(100.0)) == (False, ([], None))
