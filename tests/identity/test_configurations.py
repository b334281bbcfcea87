"""A module whose configuration is the choice, and MBIM as what is usual where this host drives it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from modeswitch.database.profile import Gives
from modeswitch.errors import NoDriver, NoWay, Refused
from modeswitch.identity.configurations import usual_goal, ways
from modeswitch.linux.modules import of_folder
from tests.support.configurations import (
    configured,
    disk,
    library_of_one,
    modules,
    no,
    nobody_knows,
    only_mbim,
    ports,
    with_configurations,
    yes,
)
from tests.support.rig import here, plugged, run
from tests.support.said import Command
from tests.support.sticks import STORAGE


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


def test_a_module_that_is_in_the_mode_already_is_sent_nothing() -> None:
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


def test_a_module_in_the_mode_that_is_asked_for_is_there_already() -> None:
    ran = run(plugged("config"), "1-1", STORAGE, can_drive=no)
    assert ran.outcome is not None, ran.error
    assert ran.outcome.result == "already"
    assert ran.bus.sim.wire == []


@pytest.mark.parametrize(("to", "kind"), [(None, Refused), ("ncm", Refused), ("hilink", Refused), ("qmi", Refused)])
def test_a_module_is_left_alone_for_every_other_goal(to: str | None, kind: type[Exception]) -> None:
    bus = plugged("config")
    ran = run(bus, "1-1", to, can_drive=no)
    assert type(ran.error) is kind
    assert "is left alone" in ran.error.message
    assert configured(bus) == 1
    assert bus.sim.wire == []


@pytest.mark.parametrize("alone", [True, False])
def test_a_module_without_such_a_configuration(alone: bool, tmp_path: Path) -> None:
    bus = with_configurations((1, disk), (2, ports))
    ran = run(bus, "1-1", "mbim", library=library_of_one(tmp_path, alone=alone), can_drive=yes)
    assert type(ran.error) is (Refused if alone else NoWay)
    assert configured(bus) == 1


def test_a_module_in_use_is_refused(tmp_path: Path) -> None:
    bus = with_configurations((1, disk), (2, only_mbim), mounted=True)
    ran = run(bus, "1-1", "mbim", library=library_of_one(tmp_path))
    assert type(ran.error) is Refused
    assert configured(bus) == 1


@pytest.mark.parametrize(("can_drive", "goal"), [(yes, "mbim"), (no, "switched"), (nobody_knows, "switched")])
def test_mbim_is_usual_where_this_host_drives_it(
    can_drive: Callable[[Gives], bool | None], goal: str, tmp_path: Path
) -> None:
    device = here(with_configurations((1, disk), (2, only_mbim)), library_of_one(tmp_path))
    assert device.profile is not None
    assert usual_goal(device, device.profile, can_drive) == goal


@pytest.mark.parametrize("told_by", ["", "id", "class ff"])
def test_a_switch_without_a_goal_goes_to_mbim(told_by: str, tmp_path: Path) -> None:
    """However its family tells a switched stick: the id, and the first interface's class, are what they were."""
    bus = with_configurations((1, disk), (5, only_mbim))
    ran = run(bus, "1-1", library=library_of_one(tmp_path, told_by=told_by), can_drive=yes)
    assert ran.outcome is not None, ran.error
    assert ran.outcome.mode == "mbim"
    assert configured(bus) == 5
    again = run(bus, "1-1", library=library_of_one(tmp_path, told_by=told_by), can_drive=yes)
    assert again.outcome is not None
    assert again.outcome.result == "already"


def test_a_family_told_by_id_reaches_another_configuration(tmp_path: Path) -> None:
    bus = with_configurations((1, disk), (2, ports))
    ran = run(bus, "1-1", "stick", library=library_of_one(tmp_path, told_by="id"))
    assert ran.outcome is not None, ran.error
    assert ran.mode_at() != STORAGE


def test_without_the_mbim_driver_the_family_s_own_transition_is_taken(tmp_path: Path) -> None:
    bus = with_configurations((1, disk), (2, only_mbim))
    ran = run(bus, "1-1", library=library_of_one(tmp_path, step="{ configuration = { value = 2 } }"), can_drive=no)
    assert [facts["step"] for name, facts in ran.events if name == "step"] == ["{ configuration = { value = 2 } }"]


def test_mbim_asked_for_and_no_driver(tmp_path: Path) -> None:
    bus = with_configurations((1, disk), (2, only_mbim))
    ran = run(bus, "1-1", "mbim", library=library_of_one(tmp_path), can_drive=no)
    assert type(ran.error) is NoDriver
    assert configured(bus) == 1


def test_a_product_seen_after_a_switch_is_not_sent_on_to_mbim(tmp_path: Path) -> None:
    device = here(with_configurations((1, ports), (2, only_mbim)), library_of_one(tmp_path))
    assert device.profile is not None
    assert device.product is not None
    after = device._replace(product=device.product._replace(wakes=False))
    assert usual_goal(after, device.profile, yes) == "switched"


def test_an_e3372h_has_no_other_configuration() -> None:
    device = here(plugged("e3372h"))
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
    library_of_one(tmp_path, alone=alone)
    bus = with_configurations((1, disk), (2, only_mbim))
    drivers = of_folder(modules(tmp_path / "modules", driver=driver))
    monkeypatch.setattr(type(bus.host), "drivers", lambda _self: drivers)
    for again in (False, True):
        said = command("apply", "1-1", "--policy", "/nonexistent", "--profiles", str(tmp_path), bus=bus)
        assert said.status == 0, said.err
        assert words + (" already" if again and value == 2 else "") in said.out
        assert configured(bus) == value


def test_the_refusal_names_the_configurations_that_may_be_asked_for(command: Command) -> None:
    said = command("12d1:15c1", sticks=("config",))
    assert said.status == 5
    assert "Its other configurations can be asked for: --to stick or --to mbim." in said.err
    assert "modeswitch list -v" not in said.err
