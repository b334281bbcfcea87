"""A modem that ModemManager holds: a switch by whatever means asks it first, and cuts a connection only if told to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from modeswitch.errors import Busy
from modeswitch.sim.backend import SimBackend
from modeswitch.sim.host import SimHost
from modeswitch.usb.device import UsbDevice
from modeswitch.usb.host import Held
from tests.support.rig import here, messages, on_host, run
from tests.support.sticks import STICK_NCM


class Manager:
    """It has a connection over the stick, and lets go of it when told to cut it."""

    def __init__(self) -> None:
        self.began: list[bool] = []
        self.ended = 0

    def held(self, *_: Any) -> Held | None:
        return None

    def begin(self, *, take: bool, left: Callable[[], float], **_: Any) -> bool:
        assert left() > 0
        self.began.append(take)
        if not take:
            raise Busy("ModemManager has a connection over it", hint="To cut the connection: --take.")
        return True

    def end(self) -> None:
        self.ended += 1


class Managed(SimHost):
    """A host whose ModemManager has the stick while it is a modem."""

    def __init__(self, sim: SimBackend) -> None:
        super().__init__(sim)
        self.manager_of_all = Manager()

    def manager(self, usb_device: UsbDevice) -> Manager:
        return self.manager_of_all


WAYS = (
    (STICK_NCM, "stick"),  # by AT^RESET
    (f"{STICK_NCM},at=error", "stick"),  # by its port's power
    ("e3372h,wakes=debug", "ncm"),  # by its configurations or its web page
)


@pytest.mark.parametrize(("stick", "to"), WAYS)
def test_a_connection_is_not_cut_by_any_way(stick: str, to: str) -> None:
    bus, host = on_host(stick, Managed)
    before = here(bus).mode
    ran = run(bus, "1-1", to)
    assert isinstance(ran.error, Busy), ran.error
    assert "at 1-1" in ran.error.message
    assert "--take" in ran.error.hint
    assert (ran.mode_at(), bus.sim.sticks[0].enumerations, messages(bus)) == (before, 1, [])
    assert (host.manager_of_all.began, bus.sim.sticks[0].modem.heard) == ([False], [])


@pytest.mark.parametrize(("stick", "to"), WAYS)
def test_it_is_cut_by_whoever_says_so(stick: str, to: str) -> None:
    bus, host = on_host(stick, Managed)
    ran = run(bus, "1-1", to, take=True)
    assert ran.mode_at() == to
    assert set(host.manager_of_all.began) == {True}
    assert host.manager_of_all.ended == len(host.manager_of_all.began)


@pytest.mark.parametrize(("now", "to"), [("mbim", "stick"), ("stick", "mbim")])
def test_nor_by_another_configuration(now: str, to: str) -> None:
    """A module that MBIM's or AT's ports dial; nothing is asked of these ports."""
    bus, host = on_host("config", Managed)
    assert run(bus, "1-1", now, take=True).mode_at() == now
    host.manager_of_all = Manager()
    ran = run(bus, "1-1", to)
    assert isinstance(ran.error, Busy)
    assert (ran.mode_at(), host.manager_of_all.began) == (now, [False])
    assert run(bus, "1-1", to, take=True).mode_at() == to


def test_storage_is_none_of_its_business() -> None:
    bus, host = on_host("e3372h", Managed)
    assert run(bus, "1-1", "hilink").outcome is not None
    assert host.manager_of_all.began == []
