"""A stick that comes back as something else first: it is watched until the time is over, and sent nothing meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from modeswitch.errors import NotBack, SwitchFailed
from modeswitch.sim.bus import SimBus
from modeswitch.sim.stick import Stick
from tests.support.rig import ALT_MODE, NEW_MODE, Ran, messages, plugged, run, stick_at


def switched(bus: SimBus, to: str, *after: tuple[float, Callable[[Stick], Any]], timeout: float | None = None) -> Ran:
    """Switch the stick; so many seconds after each return something happens to it."""
    left = list(after)

    def tell(event: str, **_facts: object) -> None:
        if event == "back" and left:
            seconds, happen = left.pop(0)
            schedule(bus, seconds, happen)

    return run(bus, "1-1", to, timeout=timeout, tell=tell)


def schedule(bus: SimBus, seconds: float, happen: Callable[[Stick], Any]) -> None:
    """Let it happen at that moment of the bus' time."""
    when, wait = bus.now() + seconds, bus.clock.wait

    def waiting(most: float) -> None:
        nonlocal when
        wait(max(0.0, min(most, when - bus.now())) if when > bus.now() else most)
        if bus.now() >= when:
            when = float("inf")
            happen(stick_at(bus, "1-1"))

    bus.clock.wait = waiting  # type: ignore[method-assign, assignment]


def become(looks: str) -> Callable[[Stick], None]:
    """It leaves once more, and comes back as that."""

    def happen(stick: Stick) -> None:
        stick.faults = replace(stick.faults, back="")
        stick.become(looks)

    return happen


@pytest.mark.parametrize("first", ["same", "ecm", "rndis"])
@pytest.mark.parametrize("seconds", [0.5, 1.2, 15.0])
def test_the_second_enumeration_counts(first: str, seconds: float) -> None:
    bus = plugged(f"e3372h,back={first}")
    ran = switched(bus, "ncm", (seconds, become("gateway-ncm")))
    assert ran.outcome is not None, ran.error
    assert ran.mode_at() == "ncm"
    assert messages(bus) == [ALT_MODE]
    assert seconds < ran.seconds < seconds + 2


def test_a_message_of_another_way_is_not_sent_into_a_transient() -> None:
    """There is a way from storage to the router; the storage that is seen for a second is on its way there already."""
    bus = plugged("e3372h,back=same")
    ran = switched(bus, "hilink", (1.0, become("ecm")))
    assert ran.outcome is not None, ran.error
    assert messages(bus) == [NEW_MODE]


def test_the_timeout_bounds_the_watching() -> None:
    ran = switched(plugged("e3372h,back=same"), "ncm", timeout=5)
    assert type(ran.error) is SwitchFailed
    assert ran.seconds == pytest.approx(5.0, abs=0.1)


def test_a_stick_that_leaves_again_and_stays_away_did_not_come_back() -> None:
    ran = switched(plugged("e3372h,back=same"), "ncm", (1.0, Stick.unplug))
    assert type(ran.error) is NotBack
    assert ran.seconds == pytest.approx(20.0, abs=0.2)


def test_a_healthy_stick_is_not_watched() -> None:
    ran = run(plugged("e3372h"), "1-1", "ncm")
    assert ran.outcome is not None
    assert ran.seconds < 1.1  # 0.73 of its own, 0.3 of udev's
