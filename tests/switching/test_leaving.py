"""How a stick leaves, and how a message fails to reach it: a departure, an error, or sent once more."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

import pytest
import usb.core

from modeswitch.errors import LinkLost, ModeswitchError
from modeswitch.sim.backend import SimBackend
from tests.support.rig import ALT_MODE, has_driver, messages, plugged, run

OTHER = usb.core.USBError("Other error", -99, None)
"""LIBUSB_ERROR_OTHER as pyusb gives it: without an errno."""


def failing(error: BaseException, then: Callable[[], object] = lambda: None) -> Callable[..., Any]:
    def call(*_words: Any) -> Any:
        then()
        raise error

    return call


def test_a_halt_that_cannot_be_cleared_of_a_stick_that_leaves_is_its_departure(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has stalled the CSW and is on its way: the kernel says EPROTO to CLEAR_HALT, libusb calls that OTHER."""
    bus = plugged("e3372h,csw=stalled")
    monkeypatch.setattr(bus.sim, "clear_halt", failing(OTHER))
    ran = run(bus, "1-1", "ncm")
    assert ran.outcome is not None, ran.error
    assert ran.mode_at() == "ncm"
    assert "silence" in ran.told


@pytest.mark.parametrize(("stick", "call"), [("config", "set_configuration"), ("config", "clear_halt")])
def test_a_last_action_that_ends_in_other_is_no_error_where_the_stick_obeys(
    stick: str, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus = plugged(stick)
    whole = getattr(bus.sim, call)

    def obeys(*words: Any) -> Any:
        whole(*words)
        raise OTHER

    monkeypatch.setattr(bus.sim, call, obeys)
    ran = run(bus, "1-1", "mbim")
    assert ran.outcome is not None, ran.error


def test_a_refusal_of_another_kind_is_an_error_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = plugged("config")
    monkeypatch.setattr(bus.sim, "set_configuration", failing(usb.core.USBError("Access denied", -3, errno.EACCES)))
    assert type(run(bus, "1-1", "mbim").error).__name__ == "PermissionDenied"


class Deaf:
    """Bulk OUT transfers that fail so often before the stick takes one."""

    def __init__(self, sim: SimBackend, number: int, times: int) -> None:
        self._write, self._error, self._left = sim.bulk_write, usb.core.USBError("", -1, number), times
        self.cbws = 0

    def __call__(self, handle: Any, endpoint: int, interface: int, data: Any, timeout: int) -> int:
        if data.tobytes()[:4] == b"USBC" and self._left:
            self._left -= 1
            raise self._error
        self.cbws += data.tobytes()[:4] == b"USBC"
        return self._write(handle, endpoint, interface, data, timeout)


@pytest.mark.parametrize("number", [errno.EPIPE, errno.EPROTO, errno.ETIMEDOUT, errno.EIO])
def test_a_message_that_was_not_taken_is_sent_once_more(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """An earlier program left the pipes halted."""
    bus = plugged("e3372h")
    deaf = Deaf(bus.sim, number, 1)
    monkeypatch.setattr(bus.sim, "bulk_write", deaf)
    ran = run(bus, "1-1", "ncm")
    assert ran.outcome is not None, ran.error
    assert deaf.cbws == 1
    assert messages(bus) == [ALT_MODE]
    assert ran.seconds < 5


@pytest.mark.parametrize("number", [errno.EPIPE, errno.EPROTO, errno.ETIMEDOUT])
def test_a_stick_that_takes_no_message_is_said_so_at_once(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    bus = plugged("e3372h")
    monkeypatch.setattr(bus.sim, "bulk_write", Deaf(bus.sim, number, 99))
    ran = run(bus, "1-1", "ncm")
    assert isinstance(ran.error, LinkLost)
    assert "the message was not taken" in ran.error.message
    assert "took the message" not in ran.error.message
    assert ran.seconds < 1
    assert messages(bus) == []
    assert has_driver(bus)


def test_a_stick_that_leaves_before_the_message_is_judged_by_what_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Firmware 10.x switches itself while usb-storage asks it for its LUNs."""
    bus = plugged("e3372h")
    (stick,) = bus.sim.sticks
    gone = usb.core.USBError("", -4, errno.ENODEV)
    monkeypatch.setattr(bus.sim, "bulk_write", failing(gone, lambda: stick.become("ecm")))
    ran = run(bus, "1-1", "hilink")
    assert ran.outcome is not None, ran.error
    assert ran.mode_at() == "hilink"


def test_an_error_of_the_message_can_be_copied() -> None:
    import copy

    error = LinkLost("x", reason="stall")
    error.sent = False
    assert copy.copy(error).sent is False
    assert isinstance(error, ModeswitchError)
