"""How a stick stands: what the policy wants of it agrees with what the service does."""

from __future__ import annotations

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import NotBack
from modeswitch.identity.find import describe, survey
from modeswitch.identity.recognise import needs_inquiry
from modeswitch.modem.roles import satisfies
from modeswitch.service.apply import nothing_to_do, wanted_mode
from modeswitch.service.policy import read
from modeswitch.service.state import StickState, states, sticks
from modeswitch.service.wish import LEAVE_ALONE, USUAL, Wish
from modeswitch.sim.models import MODELS
from modeswitch.switching.switch import switch
from modeswitch.usb.descriptors import Port
from modeswitch.usb.host import Past
from modeswitch.usb.nodes import NetworkState
from tests.support.rig import do, here, plugged, sunny

WISHES = [
    Wish(to, always=always)
    for to in (USUAL, LEAVE_ALONE, "ncm", "mbim", "hilink", "switched")
    for always in (False, True)
]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("wish", WISHES, ids=lambda wish: f"{wish.to}-{wish.always}")
def test_what_the_service_would_switch_is_wanted_otherwise(model: str, wish: Wish) -> None:
    for wakes in MODELS[model].compositions:
        bus = plugged(f"{model},wakes={wakes}")
        for found in survey(bus, Library(user=[])):
            device = describe(found, bus)
            wants = wanted_mode(device, wish, bus)
            assert not wants or not satisfies(device.mode, wants)
            if not nothing_to_do(device, wish, bus) and not needs_inquiry(device):
                assert wants
            if wish.to == LEAVE_ALONE:
                assert wants == ""


@pytest.mark.parametrize(
    ("stick", "policy", "wants"),
    [
        ("e3372h", "", "hilink"),
        ("e3372h", '[default]\nto = "leave-alone"', ""),
        ("e3372h,wakes=ecm", "", ""),
        ("e3372h,wakes=ecm", '[default]\nto = "ncm"', "ncm"),
        ("e3372h,wakes=gateway-ncm", '[default]\nto = "ncm"', ""),
        ("e3372h,id=12d1:9999", "", ""),
        ("e3372h,id=12d1:9999", '[default]\nto = "ncm"', ""),
    ],
)
def test_what_the_policy_wants_is_told_where_it_differs(stick: str, policy: str, wants: str) -> None:
    bus = plugged(stick)
    (state,) = states(survey(bus, Library(user=[])), bus, read(policy))
    assert (state.wants, state.to_dict()["wants"]) == (wants, wants or None)
    (state,) = states(survey(bus, Library(user=[])), bus, None)
    assert state.wants == ""


def test_how_a_switch_ended_is_told_and_nothing_is_sent_for_it() -> None:
    bus = sunny("e3372h,away=2")
    do(switch, here(bus), "ncm", bus=bus)
    sent = list(bus.sim.wire)
    bus.clock.wait(100)
    (state,) = sticks(bus, Library(user=[]), None)
    assert state.to_dict().items() >= {"switched": 100.0, "failures": 0, "failed": None, "failure": None}.items()
    assert state.past.away == pytest.approx(2, abs=0.5)
    assert state.age == pytest.approx(100, abs=5)
    assert bus.sim.wire == sent


def test_a_switch_that_fails_is_told_and_one_that_was_not_needed_is_not() -> None:
    bus = sunny("e3372h,back=never", "e3372h@1-2")
    with pytest.raises(NotBack):
        do(switch, here(bus), "ncm", bus=bus)
    (state,) = sticks(bus, Library(user=[]), None)
    assert str(state.device.port) == "1-2"
    assert state.past == Past()
    past = bus.host.past(Port.parse("1-1"))
    assert (past.failures, past.kind, past.switched, past.away) == (1, "NotBack", None, None)
    bus = sunny("e3372h,wakes=ecm")
    do(switch, here(bus), "hilink", bus=bus)
    (state,) = sticks(bus, Library(user=[]), None)
    assert state.past.switched is None


def test_times_are_told_to_the_hundredth() -> None:
    state = StickState(here(plugged("e3372h")), age=1.2345, past=Past(switched=2.3456, away=3.4567))
    assert [state.to_dict()[key] for key in ("age", "switched", "away", "failed")] == [1.23, 2.35, 3.46, None]


def test_each_network_interface_is_told_with_how_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = sunny("e3372h,wakes=ecm")
    found = survey(bus, Library(user=[]))
    known: NetworkState | None = NetworkState(up=True, carrier=True, addresses=("192.168.8.100",))
    monkeypatch.setattr(bus.host, "network_state", lambda _name: known)
    (state,) = states(found, bus, None)
    told = {"interface": "eth1", "up": True, "carrier": True, "addresses": ["192.168.8.100"]}
    assert state.to_dict()["lines"] == [told]
    known = None
    (state,) = states(found, bus, None)
    assert state.to_dict()["lines"] == [{**told, "up": False, "carrier": False, "addresses": []}]
