"""A way that stands in for the message to storage: only where that could not begin, and never from what is in use."""

from __future__ import annotations

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import Busy, Refused, SwitchFailed
from modeswitch.sim.host import SimHost
from modeswitch.switching.plan import plan
from modeswitch.usb.device import UsbDevice
from modeswitch.usb.nodes import Nodes
from tests.support.rig import NEW_MODE, has_driver, messages, on_host, plugged, run

REQUEST = "40 a1 0000 0000"


def no_detach(_self: object, _handle: object, _interface: int) -> None:
    """A system on which no kernel driver can be taken away."""
    raise NotImplementedError


def test_the_message_to_storage_comes_first() -> None:
    (way,) = plan(Library(user=[]).family("huawei-hilink"), "mass-storage", "hilink")
    assert way.steps[0].actions[0].means == "storage"


def test_a_stick_that_the_kernel_holds_is_switched_by_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = plugged("e3372h")
    monkeypatch.setattr(type(bus.sim), "detach_kernel_driver", no_detach)
    ran = run(bus, "12d1:1f01")
    assert ran.outcome is not None, ran.error
    assert ran.outcome.mode == "hilink"
    assert messages(bus) == [REQUEST]
    (unavailable,) = [facts["message"] for name, facts in ran.events if name == "unavailable"]
    assert "usb-storage has it" in unavailable


def test_no_request_leads_where_it_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """To NCM there is only the message: the error says what stood in its way."""
    bus = plugged("e3372h")
    monkeypatch.setattr(type(bus.sim), "detach_kernel_driver", no_detach)
    ran = run(bus, "12d1:1f01", "ncm")
    assert ran.error is not None
    assert "not supported" in ran.error.message
    assert messages(bus) == []


class HeldByAnother(SimHost):
    """A program has the storage interface through usbfs: a virtual machine, say."""

    def nodes(self, usb_device: UsbDevice) -> dict[int, Nodes]:
        return {number: node._replace(driver="usbfs") for number, node in super().nodes(usb_device).items()}


def test_a_stick_that_another_program_has_is_not_pulled_away() -> None:
    """What that program has mounted nobody can see from here."""
    bus, _host = on_host("e3372h,busy", HeldByAnother)
    ran = run(bus, "12d1:1f01")
    assert type(ran.error) is Busy
    assert messages(bus) == []


def test_a_mounted_card_is_pulled_away_by_neither_way(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = plugged("e3372h,mounted")
    monkeypatch.setattr(type(bus.sim), "detach_kernel_driver", no_detach)
    ran = run(bus, "12d1:1f01")
    assert type(ran.error) is Refused
    assert "/mnt/card" in ran.error.message
    assert (messages(bus), has_driver(bus)) == ([], True)


@pytest.mark.parametrize("fault", ["back=same", "deaf"])
def test_a_stick_that_had_the_message_is_not_sent_the_request(fault: str) -> None:
    bus = plugged(f"e3372h,{fault}")
    ran = run(bus, "12d1:1f01")
    assert type(ran.error) is SwitchFailed
    assert messages(bus) == [NEW_MODE]
