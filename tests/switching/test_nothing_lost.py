"""What a switch must never lose on its way: a disk in use, a port's power, what it knows, time with a plain no."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from modeswitch.errors import Refused, Unavailable
from modeswitch.modem.saved import Store
from modeswitch.sim.backend import SimBackend
from modeswitch.sim.bus import SimBus
from modeswitch.sim.host import SimHost
from modeswitch.usb.device import UsbDevice
from modeswitch.usb.host import StickNetwork
from tests.support.made_up import BACK, RESET, WRITE, hop, made_up
from tests.support.rig import USBC, messages, on_host, plugged, run

OFF, ON = "23 01 0008 0001", "23 03 0008 0001"
"""CLEAR_FEATURE and SET_FEATURE PORT_POWER of the hub's first port."""

FULL_LINUX = '{ huawei = { os = "linux", new = true, cd = true, green = "work" } }'
HOPS = (
    hop("mass-storage", '["ncm", "stick"]', FULL_LINUX, flag="listed = true"),
    hop("stick", '["ncm", "mass-storage"]', WRITE, RESET, BACK, "{ power = {} }", flag="persistent = true"),
)
"""The port list is written before the stick is away, and the power switched off after it is back."""


class Watched(SimHost):
    """A host that notes what is unmounted: only the CD-ROM, after how many messages.  ``failing`` cannot be."""

    failing: tuple[str, ...] | None = None

    def __init__(self, sim: SimBackend) -> None:
        super().__init__(sim)
        self.unmounted: list[tuple[bool, int]] = []

    def unmount(self, usb_device: UsbDevice, *, cd_only: bool) -> list[str]:
        self.unmounted.append((cd_only, sum(data.startswith(USBC) for _, _, data in self.sim.wire)))
        return super().unmount(usb_device, cd_only=cd_only) if self.failing is None else list(self.failing)


def test_the_cdrom_is_unmounted_before_the_first_byte() -> None:
    bus, host = on_host("e3372h", Watched)
    assert run(bus, "1-1", "ncm").outcome is not None
    assert messages(bus)
    assert host.unmounted[0] == (True, 0)


def test_the_cdrom_is_unmounted_again_when_the_stick_is_back(tmp_path: Path) -> None:
    """A desktop mounts it as soon as it comes."""
    bus, host = on_host("e3372h-153,ports=A1+A2;12+1,wakes=linux", Watched)
    ran = run(bus, "1-1", "ncm", persist=True, store=Store(tmp_path), library=made_up(tmp_path, *HOPS))
    assert ran.mode_at() == "ncm", ran.error
    assert host.unmounted == [(True, 0)] * 3  # stick, mass-storage within the transition, mass-storage


@pytest.mark.parametrize(
    ("failing", "words"),
    [
        (("/dev/sdb1 is mounted at /mnt/card: Device or resource busy",), "Device or resource busy"),
        ((), "/dev/sdb1 is mounted at /mnt/card"),  # in a mount namespace that is not ours
    ],
)
def test_what_could_not_be_unmounted_is_not_pulled_away(failing: tuple[str, ...], words: str) -> None:
    bus, host = on_host("e3372h,mounted", Watched)
    host.failing = failing
    ran = run(bus, "1-1", "ncm", unmount=True)
    assert type(ran.error) is Refused
    assert words in ran.error.message
    assert (False, 0) in host.unmounted
    assert messages(bus) == []
    assert "unmounted" not in ran.told


@pytest.mark.parametrize(("unmount", "words"), [(False, "--unmount"), (True, "then switch again")])
def test_a_disk_in_use_says_what_to_do(unmount: bool, words: str) -> None:
    bus, host = on_host("e3372h,mounted", Watched)
    host.failing = ()
    ran = run(bus, "1-1", "ncm", unmount=unmount)
    assert type(ran.error) is Refused
    assert words in ran.error.hint
    assert ("--unmount" in ran.error.hint) is not unmount


def test_a_list_that_was_written_before_the_stick_was_away_counts(tmp_path: Path) -> None:
    """With the old list the message gave a stick without a network; with the new one it is worth sending again."""
    bus = plugged("e3372h-153,ports=A1+A2;12+1")
    ran = run(bus, "1-1", "ncm", persist=True, store=Store(tmp_path), library=made_up(tmp_path, *HOPS))
    assert ran.mode_at() == "ncm", ran.error
    starts = [facts["start"] for name, facts in ran.events if name == "transition"]
    assert starts == ["mass-storage", "stick", "mass-storage"]


class Interrupted(SimBus):
    """A bus whose user presses Ctrl-C while a port has no power."""

    def wait(self, seconds: float) -> None:
        if [where for kind, where, _ in self.sim.wire if kind == "control"][-1:] == [OFF]:
            raise KeyboardInterrupt
        super().wait(seconds)


def test_a_port_has_its_power_back_after_a_ctrl_c() -> None:
    sim = plugged("e3372h,wakes=ecm,web=login,hub=lies")
    bus = Interrupted(sim.sim.sticks, sim.clock)
    with pytest.raises(KeyboardInterrupt):
        run(bus, "1-1", "mass-storage")
    sent = [where for _, where, _ in bus.sim.wire if where.startswith("23 ")]
    assert sent == [OFF, OFF, ON, ON]  # each half of the connector


class LoggedOut(SimHost):
    """A host to which the stick's web server answers at once: it wants a login."""

    asked = 0

    def route(
        self, usb_device: UsbDevice, network: StickNetwork, now: Callable[[], float], wait: Callable[[float], None]
    ) -> AbstractContextManager[Callable[[float], Any]]:
        def dial(_seconds: float) -> Any:
            self.asked += 1
            raise Unavailable("it wants a login", means="web", code=100003)

        return nullcontext(dial)


def test_a_web_server_that_says_no_is_not_asked_again() -> None:
    """From ncm to debug: the stick has come back as a router a moment ago, and its server is there already."""
    bus, host = on_host("e3372h,wakes=gateway-ncm,hub=none", LoggedOut)
    ran = run(bus, "1-1", "debug")
    assert type(ran.error) is Unavailable
    assert "it wants a login" in ran.error.message
    assert host.asked == 1
    assert ran.seconds < 9
