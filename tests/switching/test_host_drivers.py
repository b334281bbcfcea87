"""Plans that know the host: the way is taken whose target this host has a driver for."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.database.profile import CanDrive, Gives
from modeswitch.errors import NoWay
from modeswitch.linux.modules import DriverIndex
from modeswitch.modem.saved import Store
from modeswitch.sim.host import SimHost
from tests.support.rig import ALT_MODE, NEW_MODE, messages, on_host, plugged, run
from tests.support.sticks import FACTORY_LIST, HILINK, STICK_PPP


def host_without(*lacking: str) -> CanDrive:
    return lambda gives: str(gives.triple) not in lacking


FF_NCM, LINUX_NCM, STANDARD_NCM, ECM = "ff/03/16", "ff/02/16", "02/0d/00", "02/06/00"


@pytest.mark.parametrize(
    ("stick", "persist", "lacking", "sent", "ports"),
    [
        # A kernel without huawei_cdc_ncm goes for 155e, which cdc_ncm drives.
        ("e3372h-153", False, (FF_NCM, LINUX_NCM), (ALT_MODE,), FACTORY_LIST),
        ("e3372h-153", False, (STANDARD_NCM,), (NEW_MODE,), FACTORY_LIST),
        (STICK_PPP, True, (FF_NCM, LINUX_NCM), (ALT_MODE,), "A1,A2;12,1,A1,A2"),
        # One that lacks ff/03/16 gets the CD-ROM kept and a Linux switch, not FF.
        (STICK_PPP, True, (FF_NCM,), (NEW_MODE,), "A1,A2;12,1,16,A1,A2"),
        (STICK_PPP, True, (), (), "FF;12,1,16,A1,A2"),
        (STICK_PPP, True, (STANDARD_NCM,), (), "FF;12,1,16,A1,A2"),
    ],
)
def test_the_way_whose_target_this_host_can_drive(
    stick: str, persist: bool, lacking: tuple[str, ...], sent: tuple[str, ...], ports: str, tmp_path: Path
) -> None:
    bus = plugged(stick)
    ran = run(bus, "1-1", "ncm", persist=persist, store=Store(tmp_path), can_drive=host_without(*lacking))
    assert ran.outcome is not None, ran.error
    assert ran.mode_at() == "ncm"
    assert messages(bus) == list(sent)
    assert bus.sim.sticks[0].nvram.ports == ports


@pytest.mark.parametrize("stick", ["e3372h", "e3372h-153", HILINK, STICK_PPP])
def test_no_driver_for_any_way_is_said_before_anything_is_touched(stick: str) -> None:
    bus = plugged(stick)
    ran = run(bus, "1-1", "ncm", persist=True, can_drive=host_without(FF_NCM, LINUX_NCM, STANDARD_NCM))
    assert isinstance(ran.error, NoWay)
    assert type(ran.error).__name__ == "NoDriver"
    assert "no kernel driver" in ran.error.message
    assert bus.sim.wire == []


class CdcNcmAlone(SimHost):
    """A host with cdc_ncm alone."""

    def drivers(self) -> DriverIndex:
        return DriverIndex(b"alias usb:v*p*d*dc*dsc*dp*ic02isc0Dip00in* cdc_ncm\n")


def test_the_drivers_of_this_host_are_asked_for() -> None:
    bus, _host = on_host("e3372h-153", CdcNcmAlone)
    assert run(bus, "1-1", "ncm").outcome is not None
    assert messages(bus) == [ALT_MODE]


def test_a_host_that_nobody_knows_is_no_hindrance() -> None:
    def unknown(_gives: Gives) -> bool | None:
        return None

    assert run(plugged("e3372h"), "1-1", "ncm", can_drive=unknown).outcome is not None


def test_a_driver_that_is_there_is_better_than_one_that_may_be() -> None:
    """A host without a module index (OpenWrt) on which cdc_ncm is loaded: nobody can tell of huawei_cdc_ncm."""

    def loaded(gives: Gives) -> bool | None:
        return True if str(gives.triple) == STANDARD_NCM else None

    bus = plugged("e3372h-153")
    assert run(bus, "1-1", "ncm", can_drive=loaded).outcome is not None
    assert messages(bus) == [ALT_MODE]
    bus = plugged("e3372h-153")
    assert run(bus, "1-1", "switched", can_drive=loaded).outcome is not None
    assert messages(bus) == [NEW_MODE]
