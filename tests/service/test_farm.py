"""All sticks of a host over time: who is there, who has left and for how long, and when to look again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import Refused
from modeswitch.service.farm import Farm, Row
from modeswitch.service.policy import Policy, load
from modeswitch.service.state import StickState
from modeswitch.service.wish import Wish
from modeswitch.sim.bus import SimBus
from modeswitch.usb.bus import PortEvent
from modeswitch.usb.host import Past
from tests.support.rig import here, plugged, stick_at, sunny


class Source:
    """Tells of changes: what it has to take, and whether it was closed."""

    lost = False

    def __init__(self, events: int = 0) -> None:
        self.left, self.closed = events, False

    def fileno(self) -> int:
        return -1

    def take(self) -> list[PortEvent]:
        told, self.left = [PortEvent("add", here(plugged("e3372h")).port, 1)] * self.left, 0
        return told

    def close(self) -> None:
        self.closed = True


class Kind(Source):
    """Tells of one kind of change of the host."""

    def take(self) -> bool:  # type: ignore[override]
        return bool(super().take())


def farm(bus: SimBus, policy: Policy | None = None, file: str = "") -> Farm:
    return Farm(bus, Library(user=[]), policy, file)


def ports(one: Farm) -> list[tuple[str, str]]:
    return [(str(row.port), row.mode) for row in one.rows]


def test_a_stick_that_has_left_is_away_for_a_minute_and_then_forgotten() -> None:
    bus = sunny("e3372h@1-2", "e3372h@1-1,wakes=ecm")
    one = farm(bus)
    one.look()
    assert ports(one) == [("1-1", "hilink"), ("1-2", "mass-storage")]
    assert one.forget() is None
    stick_at(bus, "1-1").unplug()
    left = bus.now()
    for _ in range(2):
        one.look()
        assert ports(one) == [("1-1", "away"), ("1-2", "mass-storage")]
        assert one.rows[0].gone == left
        assert one.forget() == left + 60
        bus.clock.wait(30 - 1e-6)
    assert ports(one) == [("1-1", "away"), ("1-2", "mass-storage")]
    bus.clock.wait(1e-5)
    one.look()
    assert ports(one) == [("1-2", "mass-storage")]
    assert one.forget() is None


def test_a_stick_is_forgotten_at_the_very_end_of_its_minute() -> None:
    bus = sunny("e3372h")
    one = farm(bus)
    one.look()
    stick_at(bus, "1-1").unplug()
    one.look()
    bus.clock.wait(60)
    assert one.forget() is None
    assert one.rows == []


def test_what_is_noted_of_a_port_since_its_stick_left_counts() -> None:
    bus = sunny("e3372h")
    one = farm(bus)
    one.look()
    stick_at(bus, "1-1").unplug()
    bus.host.note_failed(one.rows[0].port, "NotBack")
    one.look()
    assert one.rows[0].state.past.failures == 1


@pytest.mark.parametrize(
    ("past", "trouble"),
    [
        (Past(), False),
        (Past(switched=5.0), False),
        (Past(failed=5.0), True),
        (Past(switched=9.0, failed=5.0), True),
        (Past(switched=5.0, failed=9.0), False),
        (Past(switched=5.0, failed=5.0), False),
    ],
)
def test_the_last_switch_tells_of_trouble(past: Past, trouble: bool) -> None:
    state = StickState(here(plugged("e3372h")), past=past)
    assert Row(state, 0.0).is_in_trouble is trouble
    assert Row(state, 0.0, gone=0.0).is_in_trouble


def test_what_a_stick_is_shown_as() -> None:
    device = here(plugged("e3372h"))
    assert Row(StickState(device), 0.0).mode == "mass-storage"
    assert Row(StickState(device._replace(mode=None)), 0.0).mode == "-"
    unreadable = Row(StickState(device._replace(usb=device.usb._replace(problem="cannot be read"))), 0.0)
    assert (unreadable.mode, unreadable.is_in_trouble) == ("unreadable", True)


@pytest.mark.parametrize(
    ("events", "changes", "again"), [(False, False, 2.0), (False, True, 2.0), (True, False, 5.0), (True, True, None)]
)
def test_how_soon_to_look_again(
    events: bool, changes: bool, again: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus, heard, told = plugged("e3372h"), Source(), Kind()
    monkeypatch.setattr(bus, "events", lambda: heard if events else None)
    monkeypatch.setattr(bus.host, "changes", lambda: [told] if changes else None)
    one = farm(bus)
    assert one.again == again
    assert one.sources == [heard] * events + [told] * changes
    one.close()
    assert (heard.closed, told.closed) == (events, changes)


def test_only_what_counts_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each event of the bus does, of the others those that say so; a source that told nothing is not asked."""
    bus, heard, some, none = plugged("e3372h"), Source(), Kind(1), Kind()
    monkeypatch.setattr(bus, "events", lambda: heard)
    monkeypatch.setattr(bus.host, "changes", lambda: [some, none])
    one = farm(bus)
    assert not one.take([none])
    assert some.left == 1
    assert one.take([heard])
    assert one.take([some, none])
    assert not one.take([some])
    assert one.take([heard, none])


def test_a_policy_that_has_changed_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text('[default]\nto = "ncm"\n')
    one = farm(sunny("e3372h,wakes=ecm"), load(str(file)), str(file))

    def wants(text: str | None) -> tuple[str, bool]:
        file.unlink(missing_ok=True)
        if text is not None:
            file.write_text(text)
        one.look()
        return one.rows[0].state.wants, bool(one.problem)

    one.look()
    assert one.rows[0].state.wants == "ncm"
    assert wants('[default]\nto = "debug"\n') == ("debug", False)
    assert wants("[default\n") == ("debug", True)
    assert wants('[default]\nto = "hilink"\n[[stick]]\nno = 1\n') == ("", True)
    assert wants(None) == ("", False)
    assert wants('[default]\nto = "ncm"\n') == ("ncm", False)


def test_of_a_policy_the_first_problem_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "policy.toml"
    one = farm(sunny("e3372h,wakes=ecm"), Policy(default=Wish("debug")), str(file))
    file.write_text('[default]\nto = "ncm"\n[[stick]]\none = 1\n[[stick]]\ntwo = 2\n')
    one.look()
    assert "'one'" in one.problem
    monkeypatch.setattr("modeswitch.service.farm.load", refuse)
    os.utime(file, (1, 1))
    one.look()
    assert (one.problem, one.rows[0].state.wants) == ("it belongs to another", "ncm")


def refuse(_path: str) -> Policy:
    raise Refused("it belongs to another")


def test_a_policy_that_has_not_changed_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "policy.toml"
    file.write_text('[default]\nto = "ncm"\n')
    one = farm(sunny("e3372h,wakes=ecm"), Policy(default=Wish("debug")), str(file))
    one.look()
    assert one.rows[0].state.wants == "debug"
    os.utime(file, (1, 1))
    one.look()
    assert one.rows[0].state.wants == "ncm"
