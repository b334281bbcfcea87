"""The power of a hub's port, as a way to another mode: what a hub says of it, and what it does."""

from __future__ import annotations

import pytest

from modeswitch.errors import BadReply, Unavailable
from modeswitch.sim.bus import SimBus
from modeswitch.sim.hub import Hub
from modeswitch.sim.storage import Stall
from modeswitch.usb import hub as hubpower
from modeswitch.usb.descriptors import Port
from tests.support.rig import plugged, run, sunny
from tests.support.sticks import HILINK, STORAGE


def _orders(bus: SimBus, monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, bool]]:
    """When the power of the only stick is switched, on or off; filled as it happens."""
    stick, orders = bus.sim.sticks[0], list[tuple[float, bool]]()
    before = stick.power

    def note(on: bool) -> None:
        orders.append((bus.now(), on))
        before(on)

    monkeypatch.setattr(stick, "power", note)
    return orders


def test_the_power_of_the_port_is_switched_off_and_on_again(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = sunny(f"{HILINK},web=login")
    noted = _orders(bus, monkeypatch)
    ran = run(bus, "1-1", STORAGE)
    assert ran.outcome is not None
    times, orders = zip(*noted, strict=True)
    assert orders[0] is False
    assert [at for at, on in enumerate(orders) if on] == [len(orders) - 1]  # never on in between
    sent = [where for _, where, _ in bus.sim.wire if where.startswith("23 ")]
    assert set(sent[:-2]) == {"23 01 0008 0001"}
    assert sent[-2:] == ["23 03 0008 0001"] * 2  # each half of the connector
    assert 3.0 <= times[-1] - times[0] < 3.5  # capacitors carry a stick over less
    assert len([on for on in orders if not on]) >= 6  # old kernels switch it on again by themselves


def test_the_port_that_is_switched_is_the_last_of_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the hub is asked whether it is empty, since nobody tells of a departure."""
    bus = plugged(f"{HILINK.replace('e3372h', 'e3372h@1-1.4', 1)},web=login,hub=unseen,restarts=12")
    looked_at: dict[str, set[int]] = {}
    for name in ("check", "is_empty"):
        whole = getattr(hubpower, name)

        def look(link: object, number: int, name: str = name, whole: object = whole) -> object:
            looked_at.setdefault(name, set()).add(number)
            return whole(link, number)  # type: ignore[operator]

        monkeypatch.setattr(hubpower, name, look)
    assert run(bus, "1-1.4", STORAGE).outcome is not None
    assert looked_at == {"check": {4}, "is_empty": {4}}


def test_a_port_whose_data_lines_alone_are_cut_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = sunny(f"{HILINK},web=login,hub=dataonly")
    monkeypatch.setattr(bus.host, "board", lambda: "Raspberry Pi 5")
    ran = run(bus, "1-1", STORAGE)
    assert isinstance(ran.error, Unavailable)
    assert "data lines were cut, and its power was not (a Raspberry Pi 5, whose ports do that)" in ran.error.message
    assert ran.mode_at() == "hilink"
    assert bus.sim.claims == set()


def test_a_departure_that_nobody_tells_of_is_judged_once_the_stick_is_back() -> None:
    ran = run(plugged(f"{HILINK},web=login,hub=unseen,restarts=12"), "1-1", STORAGE)
    assert ran.outcome is not None, ran.error
    assert ran.mode_at() == STORAGE


@pytest.mark.parametrize("restarts", [4, 12, 32.5])
def test_where_nobody_says_whether_it_left_it_is_held_and_waited_for_longer(
    restarts: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub does not say either what is in the port: it is judged when the stick is back."""
    monkeypatch.setattr(hubpower, "is_empty", lambda _link, _number: None)
    bus = plugged(f"{HILINK},web=login,hub=unseen,restarts={restarts}")
    orders = _orders(bus, monkeypatch)
    ran = run(bus, "1-1", STORAGE, timeout=60)
    assert ran.outcome is not None, ran.error
    assert orders[-1][0] - orders[0][0] >= 5.0 + 3.0  # as long as it may take to leave, and then the capacitors


@pytest.mark.parametrize(
    ("hub", "why"), [("lies", "it only says that it can"), ("dataonly", "data lines were cut, and its power was not")]
)
def test_where_nobody_says_whether_it_left_it_is_found_out_all_the_same(
    hub: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubpower, "is_empty", lambda _link, _number: None)
    monkeypatch.setattr("modeswitch.usb.replug.await_leave", lambda _bus, _before, _until: False)
    ran = run(sunny(f"{HILINK},web=login,hub={hub}"), "1-1", STORAGE, timeout=60)
    assert isinstance(ran.error, Unavailable)
    assert why in ran.error.message
    assert ran.mode_at() == "hilink"


def test_a_stick_that_is_seen_for_a_while_without_power_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Capacitors keep it on the bus; until then the hub says that something is in the port."""
    bus = plugged(f"{HILINK},web=login,restarts=12")
    stick, wait, off_since = bus.sim.sticks[0], bus.clock.wait, list[float]()
    switch = stick.power

    def power(on: bool) -> None:
        off_since[:] = [] if on else off_since or [bus.now()]
        if on:
            switch(True)

    def pass_time(seconds: float) -> None:
        wait(seconds)
        if off_since and stick.present and bus.now() - off_since[0] > 1.0:
            switch(False)

    monkeypatch.setattr(stick, "power", power)
    monkeypatch.setattr(bus.clock, "wait", pass_time)
    ran = run(bus, "1-1", STORAGE, timeout=60)
    assert ran.outcome is not None, ran.error


def test_both_halves_of_a_connector_are_switched(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = sunny(f"{HILINK},web=login")
    orders: list[str] = []

    class Both:
        by = "both"

        def off(self) -> None:
            orders.append("off")
            bus.sim.sticks[0].power(False)

        def on(self) -> None:
            orders.append("on")
            bus.sim.sticks[0].power(True)

    def switch(ports: list[Port]) -> Both:
        assert ports == [Port(1, (1,)), Port(2, (1,))]
        return Both()

    monkeypatch.setattr(bus.host, "port_switch", switch)
    ran = run(bus, "1-1", STORAGE)
    assert ran.outcome is not None, ran.error
    assert (orders[0], orders[-1], orders.count("on")) == ("off", "on", 1)
    assert not any(where.startswith("23 ") for _, where, _ in bus.sim.wire)


@pytest.mark.parametrize(
    ("described", "why"),
    [
        ({0x29: "0929080100320000ff"}, ""),
        ({0x29: "092908a900320000ff"}, ""),
        ({0x29: "0929080100"}, ""),
        ({0x2A: "0c2a04010032000000000000"}, ""),
        ({0x29: "092a080100320000ff", 0x2A: "0c2a04010032000000000000"}, ""),
        ({0x29: "0929080000320000ff"}, "switches the power of all its ports together"),
        ({0x29: "0929080200320000ff"}, "does not switch power"),
        ({0x29: "0929080300320000ff"}, "does not switch power"),
        ({0x2A: "0c2a04020032000000000000"}, "does not switch power"),
        ({}, r"does not describe itself \(.*stall"),
        ({0x29: "09290801"}, "does not describe itself"),
        ({0x29: "0900080100320000ff"}, "does not describe itself"),
        ({0x29: ""}, "does not describe itself"),
    ],
)
def test_what_a_hub_says_of_its_power(described: dict[int, str], why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bus = sunny("e3372h")

    def control(_hub: Hub, kind: int, request: int, value: int, index: int, _data: bytes, length: int) -> bytes:
        assert (kind, request, value & 0xFF, index) == (0xA0, 0x06, 0, 0)
        if value >> 8 not in described:
            raise Stall
        return bytes.fromhex(described[value >> 8])[:length]

    monkeypatch.setattr(Hub, "control", control)
    link = bus.hub(Port(1, (1,)))
    if not why:
        hubpower.check(link, 1)
        return
    with pytest.raises(Unavailable, match=why) as raised:
        hubpower.check(link, 1)
    assert raised.value.means == "hub"
    assert "plug it in again" in raised.value.hint


@pytest.mark.parametrize(
    ("status", "empty"),
    [("00010000", True), ("01010000", False), ("00000100", True), ("0301", None), ("", None), (None, None)],
)
def test_whether_a_port_is_empty(status: str | None, empty: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub that stalls, or says too little, has not said that it is."""
    bus = sunny("e3372h@1-1.4")

    def control(_hub: Hub, kind: int, request: int, value: int, index: int, _data: bytes, length: int) -> bytes:
        assert (kind, request, value, index, length) == (0xA3, 0, 0, 4, 4)
        if status is None:
            raise Stall
        return bytes.fromhex(status)

    monkeypatch.setattr(Hub, "control", control)
    assert hubpower.is_empty(bus.hub(Port(1, (1, 4))), 4) is empty


@pytest.mark.parametrize("timeout", [None, 1.0])
def test_a_hub_that_only_says_that_it_switches_power_is_found_out(timeout: float | None) -> None:
    ran = run(sunny(f"{HILINK},web=login,hub=lies"), "1-1", STORAGE, timeout=timeout)
    assert isinstance(ran.error, Unavailable)
    assert "it only says that it can" in ran.error.message
    assert ran.seconds <= (timeout or 8) + 0.1


def test_a_hub_that_answers_nonsense_makes_the_way_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    def nonsense(_link: object, _number: int) -> None:
        raise BadReply("more than was asked for")

    monkeypatch.setattr(hubpower, "check", nonsense)
    ran = run(sunny(f"{HILINK},web=login"), "1-1", STORAGE)
    assert isinstance(ran.error, Unavailable)
    assert "the hub: more than was asked for" in ran.error.message
