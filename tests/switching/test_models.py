"""Ways that are for some models of an id only, and what a person is told before a way with a caution."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import NoWay
from modeswitch.identity.configurations import graph
from modeswitch.sim.bus import SimBus
from modeswitch.sim.models import MODELS
from modeswitch.switching.plan import plan
from tests.support.made_up import hop, made_up
from tests.support.rig import PPP_MODE, bus_of, here, messages, plugged, run

OLD_MODE = "55534243123456780000000000000011062000000100000000000000000000"
"""Linux, and not work mode: capture 27."""


def old(name: str) -> SimBus:
    """An old HiLink stick that says what it is: it takes the Linux message without work mode, and no gateway's."""
    model = MODELS["e3372h"]
    looks = {**model.compositions, "storage": replace(model.compositions["storage"], name=name)}
    return bus_of(
        replace(
            model,
            compositions=looks,
            rewind=lambda host, _profile, green: "gateway-ppp" if (host, green) == (0x20, 0) else "deaf",
        )
    )


@pytest.mark.parametrize("name", ["E3131h", "HUAWEI E3531 Mobile", "huawei_e303"])
def test_an_old_stick_that_says_so_goes_its_own_way(name: str) -> None:
    bus = old(name)
    ran = run(bus, "12d1:1f01", "stick")
    assert ran.outcome is not None, ran.error
    assert messages(bus) == [OLD_MODE]
    (warning,) = [facts["message"] for told, facts in ran.events if told == "warning"]
    assert "deaf after this message" in warning


@pytest.mark.parametrize("name", ["HUAWEI_MOBILE", "E3372h", "E3131hs", "E30", "XE303"])
def test_no_other_is_sent_what_makes_it_deaf(name: str) -> None:
    device = here(old(name))
    assert device.profile is not None
    ways = graph(device, device.profile).transitions
    assert not any(OLD_MODE in str(action) for way in ways for step in way.steps for action in step.actions)
    assert len(ways) == len(device.profile.transitions) - 1


def test_a_stick_of_today_goes_to_stick_by_the_gateways_message() -> None:
    bus = plugged("e3372h")
    assert run(bus, "12d1:1f01", "stick").outcome is not None
    assert messages(bus) == [PPP_MODE]


def test_a_plan_without_a_stick_has_no_way_that_is_for_some_models() -> None:
    family = Library(user=[]).family("huawei-hilink")
    only = [way for way in family.transitions if way.only]
    assert len(only) == 1
    with pytest.raises(NoWay):
        plan(family._replace(transitions=tuple(only)), "mass-storage", "stick")


def test_a_caution_is_told_before_the_way_is_taken(tmp_path: Path) -> None:
    step = '{ huawei = { os = "linux", green = "work" } }'
    library = made_up(tmp_path, hop("mass-storage", '"hilink"', step, flag='caution = "mind the gap"'))
    ran = run(plugged("e3372h"), "12d1:1f01", "hilink", library=library)
    assert ran.outcome is not None, ran.error
    assert ran.told[:3] == ["found", "warning", "transition"]
    assert any("mind the gap" in str(facts.get("message")) for _, facts in ran.events)
