"""A stick that is started anew and comes back to the mode it was in."""

from __future__ import annotations

import pytest

from modeswitch.errors import ModeswitchError, NoWay, Unavailable
from modeswitch.identity.device import Device
from modeswitch.tasks.restart import Restarted, restart
from tests.support.rig import do, here, sunny
from tests.support.said import Command
from tests.support.tasks import Events


def restarted(stick: str, **more: object) -> tuple[Restarted, Device, Events]:
    bus, told = sunny(stick), Events()
    done = do(restart, here(bus), bus=bus, tell=told, **more)
    return done, here(bus), told


@pytest.mark.parametrize(
    ("stick", "mode", "by"),
    [
        ("e3372h-153,wakes=linux", "ncm", "AT^RESET"),
        ("e3372h-153,wakes=linux,at=mute", "ncm", "power"),
        ("e3372h-153,ports=FF;12+16", "ncm", "AT^RESET"),
        ("e3372h,wakes=ecm", "hilink", "hilink"),
        ("e3372h,wakes=ecm,web=dead", "hilink", "power"),
        ("e3372h,wakes=gateway-ncm", "ncm", "AT^RESET"),
        ("e3372-325,wakes=router", "hilink", "power"),
    ],
)
def test_it_comes_back_to_the_mode_it_was_in(stick: str, mode: str, by: str) -> None:
    done, after, told = restarted(stick)
    assert (done.device.mode, after.mode) == (mode, mode)
    assert by in done.by
    assert 0 < done.away <= done.seconds
    assert "left" in [name for name, _ in told.events]
    assert not any("SETPORT=" in command or "U2DIAG=" in command for command in told.of("at", "command"))


@pytest.mark.parametrize(
    ("stick", "kind"),
    [
        ("e3372h", NoWay),
        ("eject,wakes=modem", NoWay),
        ("e3372h-153,wakes=linux,at=mute,hub=none", Unavailable),
    ],
)
def test_one_that_cannot_be_restarted_stays_as_it_is(stick: str, kind: type[ModeswitchError]) -> None:
    bus = sunny(stick)
    before = here(bus)
    with pytest.raises(kind) as raised:
        do(restart, before, bus=bus)
    assert "at 1-1" in raised.value.message
    assert (here(bus).mode, here(bus).usb.address) == (before.mode, before.usb.address)


def test_a_stick_of_which_something_is_mounted_is_not_restarted() -> None:
    bus = sunny("e3372h-153,wakes=linux,mounted")
    with pytest.raises(ModeswitchError, match="in use"):
        do(restart, here(bus), bus=bus)
    assert bus.sim.sticks[0].enumerations == 1


def test_the_command(command: Command) -> None:
    said = command("restart", "1-1", sticks=("e3372h-153,wakes=linux,sunny",))
    assert said.status == 0, said.err
    assert said.out.startswith("1-1: 12d1:1506 is in ncm again after ")
    done = command("restart", "1-1", "--json", sticks=("e3372h,wakes=ecm,sunny",)).events[-1]
    assert (done["result"], done["mode"]) == ("restarted", "hilink")
    assert done["away"] <= done["seconds"]
