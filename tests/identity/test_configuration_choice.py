"""Modes that a device has in its other configurations: chosen by what is in them, never by a number."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from modeswitch.errors import Busy, NotBack, SwitchFailed
from modeswitch.identity.configurations import ways
from modeswitch.identity.device import Device
from modeswitch.sim.composition import Function
from tests.support.configurations import (
    configured,
    disk,
    library_of_one,
    mbim_and_modem,
    ncm_and_port,
    no,
    only_mbim,
    only_ncm,
    ports,
    with_configurations,
    yes,
)
from tests.support.rig import has_driver, here, plugged, run


@pytest.mark.parametrize("values", [(1, 2, 3), (1, 3, 2), (3, 1, 2), (7, 200, 9)])
def test_the_function_is_chosen_and_not_the_number(values: tuple[int, int, int], tmp_path: Path) -> None:
    first, second, third = values
    for to, value in (("stick", second), ("mbim", third)):
        bus = with_configurations((first, disk), (second, ports), (third, only_mbim))
        ran = run(bus, "1-1", to, library=library_of_one(tmp_path))
        assert ran.outcome is not None, ran.error
        assert configured(bus) == value


@pytest.mark.parametrize(
    ("to", "others", "value"),
    [
        ("stick", ((2, mbim_and_modem), (3, ports)), 3),
        ("stick", ((2, ports), (3, mbim_and_modem)), 2),
        ("ncm", ((2, only_ncm), (3, ncm_and_port)), 3),
        ("mbim", ((2, ncm_and_port), (3, mbim_and_modem)), 3),
    ],
)
def test_what_makes_the_mode_wins_over_what_has_its_function(
    to: str, others: tuple[tuple[int, Callable[[], tuple[Function, ...]]], ...], value: int, tmp_path: Path
) -> None:
    """A configuration with MBIM has a modem's port, too, and is no ``stick`` for that."""
    bus = with_configurations((1, disk), *others)
    ran = run(bus, "1-1", to, library=library_of_one(tmp_path))
    assert ran.outcome is not None, ran.error
    assert configured(bus) == value


@pytest.mark.parametrize("to", ["hilink", "qmi", "ncm"])
def test_a_function_that_no_configuration_has_is_unavailable(to: str, tmp_path: Path) -> None:
    bus = with_configurations((1, disk), (2, only_mbim))
    step = f'{{ configuration = {{ has = "{to}" }} }}'
    ran = run(bus, "1-1", "switched", library=library_of_one(tmp_path, told_by="id", step=step), can_drive=no)
    unavailable = [facts["message"] for name, facts in ran.events if name == "unavailable"]
    assert unavailable == [
        f"12d1:7777 at 1-1: step 1 of 1, {step}: 12d1:7777 at 1-1 has no configuration with {to}; it has 1, 2"
    ]


def test_a_function_that_makes_no_mode_is_enough_for_a_step(tmp_path: Path) -> None:
    bus = with_configurations((1, disk), (2, only_ncm))
    ran = run(bus, "1-1", library=library_of_one(tmp_path, step='{ configuration = { has = "ncm" } }'))
    assert ran.outcome is not None, ran.error
    assert (ran.outcome.mode, configured(bus)) == ("switched", 2)


def test_the_active_configuration_is_no_way(tmp_path: Path) -> None:
    device = here(with_configurations((1, ncm_and_port), (3, ports)), library_of_one(tmp_path, told_by="id"))
    assert device.mode == "ncm"
    assert [way.to for way in ways(device)] == [("stick",)]


def test_a_device_without_any_configuration_has_no_ways(tmp_path: Path) -> None:
    device = here(with_configurations((1, disk), (2, ports)), library_of_one(tmp_path))
    usb_device = device.usb
    for other in (usb_device._replace(active=None), usb_device._replace(descriptors=None)):
        assert ways(Device(other, device.profile, device.product, device.mode)) == ()
    assert ways(device._replace(product=None)) == ()


def test_a_stick_that_does_not_take_the_configuration(tmp_path: Path) -> None:
    bus = with_configurations((1, disk), (2, only_mbim), configuration="ignored")
    ran = run(bus, "1-1", "mbim", library=library_of_one(tmp_path), can_drive=yes)
    assert type(ran.error) is SwitchFailed
    assert has_driver(bus)
    assert bus.sim.claims == set()


def test_a_stick_that_leaves_on_a_configuration(tmp_path: Path) -> None:
    bus = with_configurations((1, disk), (2, only_mbim), configuration="leaves")
    ran = run(bus, "1-1", "mbim", library=library_of_one(tmp_path), can_drive=yes)
    assert type(ran.error) is NotBack


def test_another_program_holds_it(tmp_path: Path) -> None:
    bus = with_configurations((1, disk), (2, only_mbim), busy=True)
    ran = run(bus, "1-1", "mbim", library=library_of_one(tmp_path), can_drive=yes)
    assert type(ran.error) is Busy
    assert configured(bus) == 1
    assert has_driver(bus)


def test_drivers_of_the_old_configuration_are_not_attached_to_the_new() -> None:
    bus = plugged("config")
    ran = run(bus, "1-1", "mbim")
    assert "attached" not in ran.told
    device = next(bus.sim.enumerate_devices())
    assert not any(bus.sim.is_kernel_driver_active(device, number) for number in (0, 1))
