"""The snapshot of a stick on a made-up machine, and of a simulated one."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.doctor.live_snapshot import snapshot_of
from modeswitch.doctor.snapshot import Snapshot
from modeswitch.identity.find import find_one
from modeswitch.linux.bus import LinuxBus
from modeswitch.linux.observe import Observed
from modeswitch.sim.bus import SimBus
from modeswitch.sim.spec import parse
from tests.support.machine_tree import SEED, Machine
from tests.support.snapshots import FULL, LIBRARY, kernel


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    made.stick(*SEED, bound=("option", ""))
    return made


def look(machine: Machine) -> Snapshot:
    bus = LinuxBus(str(machine.sys))
    return snapshot_of(find_one("1-1", bus, LIBRARY), bus, FULL, machine.roots)


def test_a_stick_on_a_machine(machine: Machine) -> None:
    machine.dynamic("option1")
    machine.program(70, "ModemManager", f"{machine.dev}/ttyUSB0")
    snapshot = look(machine)
    assert [(one.driver, one.tty) for one in snapshot.interfaces] == [("option", "/dev/ttyUSB0"), ("", "")]
    assert [one.expected for one in snapshot.interfaces] == [("option",), ("huawei_cdc_ncm",)]
    assert [one.available for one in snapshot.interfaces] == [True, True]
    assert [dynamic.driver for dynamic in snapshot.observed.dynamic] == ["option"]
    assert [program for _, program in snapshot.observed.holders] == ["ModemManager (70)"]
    assert snapshot.kernel == "6.1.0-test"


def test_its_network_interface(machine: Machine) -> None:
    machine.bind("1-1:1.1", "huawei_cdc_ncm")
    snapshot = look(machine)
    assert snapshot.networks == ("wwan0",)
    assert [one.networks for one in snapshot.interfaces] == [(), ("wwan0",)]


def test_other_drivers_to_judge_by(machine: Machine) -> None:
    bus = LinuxBus(str(machine.sys))
    snapshot = snapshot_of(find_one("1-1", bus, LIBRARY), bus, kernel("option"), machine.roots)
    assert [one.available for one in snapshot.interfaces] == [True, False]


def test_on_a_simulated_bus_nothing_is_observed_and_no_driver_is_missing() -> None:
    bus = SimBus([parse("e3372h-153,wakes=linux")])
    snapshot = snapshot_of(find_one("1-1", bus, LIBRARY), bus)
    assert {one.driver for one in snapshot.interfaces} == {None, "usb-storage"}
    assert snapshot.observed == Observed()
    assert snapshot.drivers is None
