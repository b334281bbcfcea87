"""Modes that a device has in its other configurations: chosen by what is in them, never by a number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from modeswitch.database.library import Library
from modeswitch.database.profile import Gives
from modeswitch.errors import Busy, NoDriver, NotBack, NoWay, Refused, SwitchFailed
from modeswitch.identity.configurations import usual_goal, ways
from modeswitch.identity.device import Device
from modeswitch.linux.modules import of_folder
from modeswitch.sim.bus import SimBus
from modeswitch.sim.clock import VirtualClock
from modeswitch.sim.composition import Function, Numbers, mbim, ncm, serial, storage
from modeswitch.sim.faults import Faults
from modeswitch.sim.models import MODELS, Model
from modeswitch.sim.stick import Stick
from tests.support.rig import known_at, plugged, run
from tests.support.said import Command

STORAGE = "mass-storage"
MBIM_ALIAS = "alias usb:v*p*d*dc*dsc*dp*ic02isc0Eip00in* cdc_mbim\n"


def yes(_gives: Gives) -> bool | None:
    return True


def no(_gives: Gives) -> bool | None:
    return False


def nobody_knows(_gives: Gives) -> bool | None:
    return None


def modules(folder: Path, *, driver: bool) -> str:
    """The folder of a host's modules, with or without a driver for MBIM."""
    folder.mkdir(exist_ok=True)
    other = "alias usb:v*p*d*dc*dsc*dp*ic08isc06ip50in* usb_storage\n"
    (folder / "modules.alias").write_text(other + MBIM_ALIAS * driver, "utf-8")
    return str(folder)


MUTE = (0xFF, 0xFF, 0xFF)
PCUI, MODEM = (0xFF, 0x02, 0x12), (0xFF, 0x02, 0x01)


def pcui(numbers: Numbers) -> Function:
    return serial(numbers, PCUI, "pcui")


def modem(numbers: Numbers) -> Function:
    return serial(numbers, MODEM, "modem")


def made(
    *configurations: tuple[int, Callable[[], tuple[Function, ...]]],
    usb: tuple[int, int] = (0x12D1, 0x1001),
    **faults: Any,
) -> SimBus:
    """A stick with these configurations: bConfigurationValue, and what makes its functions."""
    (value, functions), *others = [(value, make()) for value, make in configurations]
    look = replace(
        MODELS["config"].compositions["module"],
        vendor=0x12D1,
        product=0x7777,
        functions=functions,
        value=value,
        more=tuple(others),
        manufacturer="Test",
    )
    clock = VirtualClock()
    model = Model("made", "made up", "module", {"module": look}, lambda *_: None)
    return SimBus([Stick(model, faults=Faults(**faults), clock=clock)], clock)


def disk() -> tuple[Function, ...]:
    return (storage(Numbers(), "cdrom"),)


def ports() -> tuple[Function, ...]:
    numbers = Numbers()
    return (pcui(numbers), modem(numbers))


def only_mbim() -> tuple[Function, ...]:
    return mbim(Numbers())


def mbim_and_modem() -> tuple[Function, ...]:
    numbers = Numbers()
    return (*mbim(numbers), modem(numbers))


def ncm_and_port() -> tuple[Function, ...]:
    numbers = Numbers()
    return (*ncm(numbers), pcui(numbers))


def only_ncm() -> tuple[Function, ...]:
    return ncm(Numbers())


FAMILY = """
[family]
name = "made-up"
vendor = "Test"
goal = "switched"
%s
[[product]]
usb = "12d1:7777"
names = ["made up"]
%s
evidence = [{ report = "made up" }]
%s
"""
WAY = """
[[transition]]
from = ["mass-storage", "asleep"]
to = "switched"
steps = [%s]
within = 5
evidence = [{ report = "made up" }]
"""
ALONE = 'leave-alone = "a module"'


def library(folder: Path, *, told_by: str = "", step: str = "{ reset = {} }", alone: bool = False) -> Library:
    told = f'told-by = "{told_by}"' if told_by else ""
    text = FAMILY % (told, ALONE, "") if alone else FAMILY % (told, "", WAY % step)
    (folder / "made-up.toml").write_text(text, "utf-8")
    return Library(user=[folder])


def configured(bus: SimBus) -> int:
    return bus.sim.sticks[0].configured


def has_driver(bus: SimBus) -> bool:
    return bus.sim.is_kernel_driver_active(next(bus.sim.enumerate_devices()), 0)


# The module that the peer leaves alone, and whose configuration is the choice.


@pytest.mark.parametrize(("to", "value", "mode"), [("mbim", 3, "mbim"), ("stick", 2, "stick")])
def test_a_module_goes_where_a_configuration_leads(to: str, value: int, mode: str) -> None:
    bus = plugged("config")
    ran = run(bus, "12d1:15c1", to, can_drive=nobody_knows)
    assert ran.outcome is not None, ran.error
    assert (ran.outcome.result, ran.outcome.mode) == ("switched", mode)
    assert configured(bus) == value
    assert ran.told == ["found", "transition", "step", "back", "found"]
    assert bus.sim.sticks[0].enumerations == 1
    assert bus.sim.claims == set()


def test_it_is_there_already() -> None:
    bus = plugged("config")
    run(bus, "1-1", "mbim")
    transfers = bus.sim.sticks[0].transfers
    ran = run(bus, "1-1", "mbim")
    assert ran.outcome is not None
    assert ran.outcome.result == "already"
    assert bus.sim.sticks[0].transfers == transfers


def test_from_one_configuration_to_the_next_and_back() -> None:
    bus = plugged("config")
    for to in ("mbim", "stick", "mbim"):
        ran = run(bus, "1-1", to)
        assert ran.outcome is not None, ran.error
        assert ran.mode_at() == to


@pytest.mark.parametrize(("to", "kind"), [(None, Refused), ("ncm", Refused), ("hilink", Refused), (STORAGE, Refused)])
def test_all_else_of_a_module_is_left_alone(to: str | None, kind: type[Exception]) -> None:
    bus = plugged("config")
    ran = run(bus, "1-1", to, can_drive=no)
    assert type(ran.error) is kind
    assert "is left alone" in ran.error.message
    assert configured(bus) == 1
    assert bus.sim.wire == []


@pytest.mark.parametrize("alone", [True, False])
def test_a_module_without_such_a_configuration(alone: bool, tmp_path: Path) -> None:
    bus = made((1, disk), (2, ports))
    ran = run(bus, "1-1", "mbim", library=library(tmp_path, alone=alone), can_drive=yes)
    assert type(ran.error) is (Refused if alone else NoWay)
    assert configured(bus) == 1


def test_a_module_in_use_is_refused(tmp_path: Path) -> None:
    bus = made((1, disk), (2, only_mbim), mounted=True)
    ran = run(bus, "1-1", "mbim", library=library(tmp_path))
    assert type(ran.error) is Refused
    assert configured(bus) == 1


# MBIM as what is usual.


@pytest.mark.parametrize(("can_drive", "goal"), [(yes, "mbim"), (no, "switched"), (nobody_knows, "switched")])
def test_mbim_is_usual_where_this_host_drives_it(
    can_drive: Callable[[Gives], bool | None], goal: str, tmp_path: Path
) -> None:
    device = known_at(made((1, disk), (2, only_mbim)), "1-1", library(tmp_path))
    assert device is not None
    assert device.profile is not None
    assert usual_goal(device, device.profile, can_drive) == goal


@pytest.mark.parametrize("told_by", ["", "id", "class ff"])
def test_a_switch_without_a_goal_goes_to_mbim(told_by: str, tmp_path: Path) -> None:
    """However its family tells a switched stick: the id, and the first interface's class, are what they were."""
    bus = made((1, disk), (5, only_mbim))
    ran = run(bus, "1-1", library=library(tmp_path, told_by=told_by), can_drive=yes)
    assert ran.outcome is not None, ran.error
    assert ran.outcome.mode == "mbim"
    assert configured(bus) == 5
    again = run(bus, "1-1", library=library(tmp_path, told_by=told_by), can_drive=yes)
    assert again.outcome is not None
    assert again.outcome.result == "already"


def test_told_by_id_every_configuration_that_was_chosen_counts(tmp_path: Path) -> None:
    bus = made((1, disk), (2, ports))
    ran = run(bus, "1-1", "stick", library=library(tmp_path, told_by="id"))
    assert ran.outcome is not None, ran.error
    assert ran.mode_at() != STORAGE


def test_without_the_driver_its_family_s_way_is_taken(tmp_path: Path) -> None:
    bus = made((1, disk), (2, only_mbim))
    ran = run(bus, "1-1", library=library(tmp_path, step="{ configuration = { value = 2 } }"), can_drive=no)
    assert [facts["step"] for name, facts in ran.events if name == "step"] == ["{ configuration = { value = 2 } }"]


def test_mbim_asked_for_and_no_driver(tmp_path: Path) -> None:
    bus = made((1, disk), (2, only_mbim))
    ran = run(bus, "1-1", "mbim", library=library(tmp_path), can_drive=no)
    assert type(ran.error) is NoDriver
    assert configured(bus) == 1


def test_a_product_seen_after_a_switch_is_not_sent_on_to_mbim(tmp_path: Path) -> None:
    device = known_at(made((1, ports), (2, only_mbim)), "1-1", library(tmp_path))
    assert device is not None
    assert device.profile is not None
    assert device.product is not None
    after = device._replace(product=device.product._replace(wakes=False))
    assert usual_goal(after, device.profile, yes) == "switched"


def test_the_first_stick_has_no_other_configuration() -> None:
    device = known_at(plugged("e3372h"), "1-1")
    assert device is not None
    assert ways(device) == ()


@pytest.mark.parametrize("driver", [True, False])
def test_a_dry_run_shows_what_another_host_would_do(driver: bool, tmp_path: Path, command: Command) -> None:
    folder = modules(tmp_path / "modules", driver=driver)
    said = command("12d1:15c1", "--dry-run", "--kernel-modules", folder, sticks=("config",))
    if driver:
        assert said.status == 0, said.err
        assert "12d1:15c1 at 1-1: from mass-storage to mbim, within 10 s" in said.out
        assert '{ configuration = { has = "mbim" } }' in said.out
        assert "set configuration with mbim" in said.out
        assert "gives 02/0e/00 mbim" in said.out
        assert "the device's own descriptors, configuration 3" in said.out
    else:
        assert said.status == 5
        assert "is left alone" in said.err
    asked = command("plan", "12d1:15c1", "--to", "mbim", "--json", "--kernel-modules", folder, sticks=("config",))
    assert asked.status == (0 if driver else 4)
    last = asked.events[-1]
    assert (last["event"], last.get("goal")) == (("done", "mbim") if driver else ("error", None))


# Which configuration has a function.


@pytest.mark.parametrize("values", [(1, 2, 3), (1, 3, 2), (3, 1, 2), (7, 200, 9)])
def test_the_function_is_chosen_and_not_the_number(values: tuple[int, int, int], tmp_path: Path) -> None:
    first, second, third = values
    for to, value in (("stick", second), ("mbim", third)):
        bus = made((first, disk), (second, ports), (third, only_mbim))
        ran = run(bus, "1-1", to, library=library(tmp_path))
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
    bus = made((1, disk), *others)
    ran = run(bus, "1-1", to, library=library(tmp_path))
    assert ran.outcome is not None, ran.error
    assert configured(bus) == value


@pytest.mark.parametrize("to", ["hilink", "qmi", "ncm"])
def test_a_function_that_is_nowhere(to: str, tmp_path: Path) -> None:
    bus = made((1, disk), (2, only_mbim))
    step = f'{{ configuration = {{ has = "{to}" }} }}'
    ran = run(bus, "1-1", "switched", library=library(tmp_path, told_by="id", step=step), can_drive=no)
    unavailable = [facts["message"] for name, facts in ran.events if name == "unavailable"]
    assert unavailable == [
        f"12d1:7777 at 1-1: step 1 of 1, {step}: 12d1:7777 at 1-1 has no configuration with {to}; it has 1, 2"
    ]


def test_a_function_that_makes_no_mode_is_enough_for_a_step(tmp_path: Path) -> None:
    bus = made((1, disk), (2, only_ncm))
    ran = run(bus, "1-1", library=library(tmp_path, step='{ configuration = { has = "ncm" } }'))
    assert ran.outcome is not None, ran.error
    assert (ran.outcome.mode, configured(bus)) == ("switched", 2)


def test_the_active_configuration_is_no_way(tmp_path: Path) -> None:
    device = known_at(made((1, ncm_and_port), (3, ports)), "1-1", library(tmp_path, told_by="id"))
    assert device is not None
    assert device.mode == "asleep"
    assert [way.to for way in ways(device)] == [("stick",)]


def test_a_device_without_any_configuration_has_no_ways(tmp_path: Path) -> None:
    device = known_at(made((1, disk), (2, ports)), "1-1", library(tmp_path))
    assert device is not None
    usb_device = device.usb
    for other in (usb_device._replace(active=None), usb_device._replace(descriptors=None)):
        assert ways(Device(other, device.profile, device.product, device.mode)) == ()
    assert ways(device._replace(product=None)) == ()


# What can go wrong.


def on_set_configuration(monkeypatch: pytest.MonkeyPatch, do: Callable[[Stick], None]) -> None:
    """Have every stick do that in the place of what SET_CONFIGURATION asks for."""
    control = Stick.control

    def instead(self: Stick, request_type: int, request: int, *rest: Any) -> bytes:
        if (request_type, request) != (0x00, 0x09):
            return control(self, request_type, request, *rest)
        do(self)
        return b""

    monkeypatch.setattr(Stick, "control", instead)


def test_a_stick_that_does_not_take_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_set_configuration(monkeypatch, lambda _stick: None)
    bus = made((1, disk), (2, only_mbim))
    ran = run(bus, "1-1", "mbim", library=library(tmp_path), can_drive=yes)
    assert type(ran.error) is SwitchFailed
    assert has_driver(bus)
    assert bus.sim.claims == set()


def test_a_stick_that_leaves_on_a_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_set_configuration(monkeypatch, Stick.unplug)
    ran = run(made((1, disk), (2, only_mbim)), "1-1", "mbim", library=library(tmp_path), can_drive=yes)
    assert type(ran.error) is NotBack


def test_another_program_holds_it(tmp_path: Path) -> None:
    bus = made((1, disk), (2, only_mbim), busy=True)
    ran = run(bus, "1-1", "mbim", library=library(tmp_path), can_drive=yes)
    assert type(ran.error) is Busy
    assert configured(bus) == 1
    assert has_driver(bus)


def test_drivers_of_the_old_configuration_are_not_attached_to_the_new() -> None:
    bus = plugged("config")
    ran = run(bus, "1-1", "mbim")
    assert "attached" not in ran.told
    device = next(bus.sim.enumerate_devices())
    assert not any(bus.sim.is_kernel_driver_active(device, number) for number in (0, 1))


# By itself.


@pytest.mark.parametrize(
    ("alone", "driver", "value", "words"),
    [
        (True, True, 2, "is in mbim"),
        (True, False, 1, "is left alone: a module"),
        (False, True, 2, "is in mbim"),
    ],
)
def test_apply_takes_mbim_where_it_is_driven(
    alone: bool, driver: bool, value: int, words: str, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    library(tmp_path, alone=alone)
    bus = made((1, disk), (2, only_mbim))
    drivers = of_folder(modules(tmp_path / "modules", driver=driver))
    monkeypatch.setattr(type(bus.host), "drivers", lambda _self: drivers)
    monkeypatch.setattr("modeswitch.cli.setting.bus", lambda _arguments: bus)
    for again in (False, True):
        said = command("apply", "1-1", "--policy", "/nonexistent", "--profiles", str(tmp_path))
        assert said.status == 0, said.err
        assert words + (" already" if again and value == 2 else "") in said.out
        assert configured(bus) == value


def test_what_is_left_alone_says_what_may_be_asked_of_it(command: Command) -> None:
    said = command("12d1:15c1", sticks=("config",))
    assert said.status == 5
    assert "Its other configurations can be asked for: --to stick or --to mbim." in said.err
    assert "modeswitch list -v" not in said.err
