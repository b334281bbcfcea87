"""A stick that comes back elsewhere: at the other half of its connector it is found, on another port it is named."""

from __future__ import annotations

import pytest

from modeswitch.errors import NotBack
from modeswitch.usb.descriptors import Port
from tests.support.held_lock import Locks
from tests.support.rig import plugged, run


def test_a_stick_at_the_other_half_of_its_connector_is_found() -> None:
    """One that woke up as a USB 3 device and is a USB 2 device afterwards, or the reverse."""
    ran = run(plugged("e3372h@1-1.4,moves=2-1.4"), "1-1.4", "ncm")
    assert ran.outcome is not None, ran.error
    assert (str(ran.outcome.port), ran.outcome.mode) == ("2-1.4", "ncm")
    assert [facts for event, facts in ran.events if event == "moved"] == [{"port": "1-1.4", "to": "2-1.4"}]
    assert {facts["port"] for event, facts in ran.events if event == "found"} == {"1-1.4", "2-1.4"}
    assert ran.seconds < 2


def test_what_is_in_the_other_half_already_is_another_stick() -> None:
    bus = plugged("e3372h@1-1,back=never", "e3372h@2-1,wakes=gateway-ncm")
    ran = run(bus, "1-1", "ncm")
    assert isinstance(ran.error, NotBack)
    assert "2-1" not in str(ran.error)


@pytest.mark.parametrize("port", ["1-3", "4-2"])
def test_a_stick_on_another_port_is_named(port: str) -> None:
    ran = run(plugged(f"e3372h,moves={port}", "e3372h@1-7"), "1-1", "ncm")
    assert isinstance(ran.error, NotBack)
    assert f"meanwhile came 12d1:155e at {port}, which may be it" in ran.error.message
    assert ran.error.hint == f"Look at it there: modeswitch list -v {port}"
    assert "1-7" not in str(ran.error)


def test_another_vendors_device_is_not_taken_for_it() -> None:
    bus = plugged("e3372h,back=never", "vendor@1-2")
    ran = run(bus, "1-1", "ncm", timeout=5)
    assert isinstance(ran.error, NotBack)
    assert "1-2" not in str(ran.error)


def test_the_other_port_is_locked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = plugged("e3372h@1-1,moves=2-1")
    locks = Locks()
    monkeypatch.setattr(bus.host, "lock", locks)
    ran = run(bus, "1-1", "ncm")
    assert ran.outcome is not None, ran.error
    assert locks.taken == [Port.parse("1-1"), Port.parse("2-1")]
    assert locks.held == set()
