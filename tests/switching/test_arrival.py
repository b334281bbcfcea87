"""When a stick has arrived: its drivers, the names that udev gives, the same enumeration still; and its network."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pytest

from modeswitch.errors import NoDriver, SwitchFailed, UsageError
from modeswitch.linux.modules import DriverIndex
from modeswitch.sim.backend import SimBackend
from modeswitch.sim.host import SimHost
from modeswitch.switching.goal import of_any_host
from modeswitch.switching.network import await_network
from modeswitch.switching.switch import switch
from modeswitch.usb.device import UsbDevice
from modeswitch.usb.nodes import Made, NetworkState, Nodes
from tests.support.rig import do, here, on_host, plugged, run, sunny
from tests.support.sticks import HILINK, STICK_NCM

INDEX = b"".join(
    b"alias usb:v%sp*d*dc*dsc*dp*ic%s* %s\n" % alias
    for alias in (
        (b"12D1", b"FFisc02ip16in", b"huawei_cdc_ncm"),
        (b"12D1", b"FFisc02ip12in", b"option"),
        (b"*", b"02isc0Dip00in", b"cdc_ncm"),
        (b"*", b"02isc06ip00in", b"cdc_ether"),
    )
)
FOR_NCM_TOO = INDEX.replace(b"ip12", b"ip16")
"""An index by which option binds the NCM interface, too."""


class Slow(SimHost):
    """A host whose drivers are bound, each after so many seconds (of its name), and udev done after ``names``.

    Network interfaces come only after ``made`` seconds; without ``ttys`` there are none.
    """

    index = INDEX
    after: Mapping[str, float] = MappingProxyType({})
    holds: Mapping[int, str] = MappingProxyType({})
    names = made = 0.0
    ttys = True

    def drivers(self) -> DriverIndex:
        return DriverIndex(self.index)

    def nodes(self, usb_device: UsbDevice) -> dict[int, Nodes]:
        age = self.age(usb_device, self.sim.clock.now()) or 0.0
        found = {}
        for number, made in super().nodes(usb_device).items():
            driver = self.holds.get(number, made.driver)
            if driver is None or age < self.after.get(driver, 0.0):
                found[number] = Nodes()
            else:
                tty = f"/dev/ttyUSB{number}" if driver == "option" and self.ttys else ""
                has_network = driver.startswith(("cdc", "hua")) and age >= self.made
                found[number] = Nodes(driver, tty, networks=made.networks if has_network else ())
        return found

    def named(self, usb_device: UsbDevice) -> bool:
        return (self.age(usb_device, self.sim.clock.now()) or 0.0) >= self.names


@pytest.mark.parametrize(
    ("after", "names", "least", "most"),
    [
        ({}, 0.0, 0.0, 0.1),
        ({"huawei_cdc_ncm": 1.0}, 0.0, 1.0, 1.1),
        ({"option": 1.0}, 0.0, 1.0, 1.1),
        ({}, 0.7, 0.7, 0.8),
        ({"option": 0.2}, 0.7, 0.7, 0.8),
    ],
)
def test_drivers_and_names_are_waited_for_and_no_longer(
    after: dict[str, float], names: float, least: float, most: float
) -> None:
    bus, host = on_host("e3372h-153", Slow)
    host.after, host.names = after, names
    ran = run(bus, "1-1", "ncm")
    assert ran.outcome is not None, ran.error
    assert least <= ran.seconds - 0.52 <= most
    assert dict(ran.outcome.made.drivers) == {0: "option", 2: "huawei_cdc_ncm", 3: "usb-storage", 4: "usb-storage"}
    facts = ran.outcome.facts()
    assert (facts["ttys"], facts["networks"]) == (["/dev/ttyUSB0"], ["wwan0"])
    assert facts["drivers"] == {"0": "option", "2": "huawei_cdc_ncm", "3": "usb-storage", "4": "usb-storage"}


def test_a_network_interface_that_is_later_than_its_driver_is_waited_for() -> None:
    bus, host = on_host("e3372h-153", Slow)
    host.made = 1.0
    ran = run(bus, "1-1", "ncm")
    assert ran.outcome is not None, ran.error
    assert ran.outcome.made.networks == ("wwan0",)
    assert 1.0 <= ran.seconds - 0.52 <= 1.1


def test_a_timeout_bounds_the_wait_for_drivers_to_the_moment() -> None:
    bus, host = on_host("e3372h-153", Slow)
    host.after = {"option": 60.0}
    assert run(bus, "1-1", "ncm", timeout=2.03).seconds <= 2.03 + 1e-6


def test_a_port_whose_driver_makes_no_tty_is_there_all_the_same() -> None:
    bus, host = on_host("e3372h", Slow)
    host.index = b"alias usb:v12D1p*d*dc*dsc*dp*icFF* option\n"
    host.ttys, host.holds = False, {0: "option"}
    ran = run(bus, "1-1", "stick")
    assert ran.outcome is not None, ran.error
    assert ran.outcome.made.ttys == ()


def test_a_driver_that_is_late_for_a_side_function_is_not_waited_for_for_ever() -> None:
    bus, host = on_host("e3372h-153", Slow)
    host.after = {"option": 60.0}
    ran = run(bus, "1-1", "ncm")
    assert ran.outcome is not None, ran.error
    assert ran.outcome.made.networks == ("wwan0",)
    assert 3.0 <= ran.seconds - 0.52 <= 3.1


class Bare(Slow):
    """A host that says which module would have to be installed."""

    def install_hint(self, driver: str) -> str:
        return f"The module {driver} is missing."


@pytest.mark.parametrize(
    ("stick", "to", "index", "holds", "words"),
    [
        # cdc_mbim has the alias and declines: "bind() failure" of a 157d; here any driver that never binds.
        ("e3372h-153", "ncm", INDEX, {}, "has no driver, though huawei_cdc_ncm would bind it"),
        # The case that began it all: option has taken the NCM interface.
        (
            "e3372h-153",
            "ncm",
            INDEX,
            {2: "option"},
            "is held by option, which made nothing of it; huawei_cdc_ncm would bind it",
        ),
        ("e3372h-153", "ncm", FOR_NCM_TOO, {2: "option"}, "made nothing of it"),
    ],
)
def test_a_function_that_no_driver_made_something_of_is_said(
    stick: str, to: str, index: bytes, holds: dict[int, str], words: str
) -> None:
    bus, host = on_host(stick, Bare)
    host.index, host.holds, host.after = index, holds, {"huawei_cdc_ncm": 60.0}
    ran = run(bus, "1-1", to)
    assert isinstance(ran.error, NoDriver)
    assert ran.error.status == 4
    assert ran.error.message.endswith(words)
    assert ran.error.hint == "Why: modeswitch doctor --port 1-1"  # no module is missing
    assert ran.error.facts.items() >= {"port": "1-1", "id": "12d1:1506", "mode": "ncm"}.items()
    assert ran.mode_at() == "ncm"


def test_a_port_without_any_driver_here_names_the_module() -> None:
    """In stick mode no network function is promised; that its ports have no driver is said when it has arrived."""

    bus, host = on_host("e3372h", Bare)
    host.index = b"alias usb:v*p*d*dc*dsc*dp*ic02isc0Dip00in* cdc_ncm\n"
    ran = run(bus, "1-1", "stick")
    assert isinstance(ran.error, NoDriver)
    assert "12d1:1001 at 1-1 is in stick, and its modem interface 0" in ran.error.message
    assert "has no driver on this host" in ran.error.message
    assert ran.error.hint.startswith("The module option is missing.")


def test_of_several_drivers_that_would_do_the_first_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modeswitch.switching.arrival.tabled_drivers", lambda *_words: ("option", "usbserial_generic"))
    bus, host = on_host("e3372h", Bare)
    host.index = b"alias usb:v*p*d*dc*dsc*dp*ic02isc0Dip00in* cdc_ncm\n"
    ran = run(bus, "1-1", "stick")
    assert isinstance(ran.error, NoDriver)
    assert ran.error.hint.startswith("The module option is missing.")


def test_who_wants_no_driver_is_told_of_none() -> None:
    bus, host = on_host("e3372h", Slow)
    host.index = b"alias usb:v*p*d*dc*dsc*dp*ic02isc0Dip00in* cdc_ncm\n"
    ran = run(bus, "1-1", "stick", can_drive=of_any_host)
    assert ran.outcome is not None, ran.error
    assert ran.outcome.made.drivers == ()


@pytest.mark.parametrize("falls", [0.01, 0.09])
def test_a_stick_that_falls_back_before_its_names_are_there_has_not_arrived(falls: float) -> None:
    ran = run(plugged(f"e3372h,falls={falls}"), "1-1", "ncm")
    assert isinstance(ran.error, SwitchFailed)
    assert "was in ncm for a moment and fell back to mass-storage" in ran.error.message
    assert ran.told.count("fell") == 1
    assert ran.mode_at() == "mass-storage"


def test_a_stick_that_leaves_once_more_and_comes_back_right_has_arrived() -> None:
    bus = plugged("e3372h")
    (stick,) = bus.sim.sticks

    def tell(event: str, **_facts: object) -> None:
        if event == "back" and stick.enumerations == 2:
            stick.become("gateway-ncm")

    ran = run(bus, "1-1", "ncm", tell=tell)
    assert ran.outcome is not None, ran.error
    assert stick.enumerations == 3
    assert "fell" in ran.told


def test_a_stick_already_there_is_looked_at_too() -> None:
    bus, host = on_host(STICK_NCM, Slow)
    host.holds, host.after = {2: "option"}, {"huawei_cdc_ncm": 60.0}
    ran = run(bus, "1-1", "ncm")
    assert isinstance(ran.error, NoDriver)
    assert bus.sim.wire == []


@pytest.mark.parametrize(("what", "seconds"), [("carrier", 5.0), ("address", 5.0)])
def test_a_network_is_waited_for(what: str, seconds: float) -> None:
    bus = plugged("e3372h,sunny,carrier=5")
    told: dict[str, dict[str, object]] = {}
    result = do(
        switch, here(bus), "hilink", bus=bus, wait=what, tell=lambda event, **facts: told.update({event: facts})
    )
    assert told["network"].items() >= {"interface": "eth1", "carrier": True, "addresses": ["192.168.8.100"]}.items()
    assert result.made.networks == ("eth1",)
    assert seconds <= result.seconds - 0.52 <= seconds + 0.5


@pytest.mark.parametrize(
    ("stick", "to", "what", "words", "hint"),
    [
        ("e3372h,nocarrier", "hilink", "address", "eth1 has no carrier after 60 s", "Is a SIM in it"),
        ("e3372h", "ncm", "carrier", "wwan0 has no carrier after 60 s", "modeswitch connect 1-1 --apn"),
    ],
)
def test_a_network_that_does_not_come_is_said(stick: str, to: str, what: str, words: str, hint: str) -> None:
    bus = sunny(stick)
    with pytest.raises(SwitchFailed, match=words) as raised:
        do(switch, here(bus), to, bus=bus, wait=what)
    assert hint in raised.value.hint
    assert raised.value.mode == to


def test_a_mode_without_a_network_has_none_to_wait_for() -> None:
    bus = sunny("e3372h")
    with pytest.raises(UsageError, match="no network interface here"):
        do(switch, here(bus), "stick", bus=bus, wait="carrier")


def test_a_timeout_bounds_the_wait_for_a_network() -> None:
    bus = sunny("e3372h,nocarrier")
    started = bus.now()
    with pytest.raises(SwitchFailed):
        do(switch, here(bus), "hilink", bus=bus, wait="carrier", timeout=5)
    assert bus.now() - started <= 5.0 + 1e-6


class Networked(SimHost):
    """A host that says of each network interface the same, and notes which it sets up."""

    state: NetworkState | None = NetworkState(up=True, carrier=True)

    def __init__(self, sim: SimBackend) -> None:
        super().__init__(sim)
        self.brought_up: list[str] = []

    def network_state(self, name: str) -> NetworkState | None:
        return self.state

    def bring_up(self, name: str) -> None:
        self.brought_up.append(name)


def test_a_carrier_is_no_address() -> None:
    bus, _ = on_host(HILINK, Networked)
    assert do(switch, here(bus), "hilink", bus=bus, wait="carrier").made.networks == ("eth1",)
    with pytest.raises(SwitchFailed, match="eth1 has no address after 60 s") as raised:
        do(switch, here(bus), "hilink", bus=bus, wait="address")
    assert "udhcpc -i eth1" in raised.value.hint


@pytest.mark.parametrize(
    ("state", "brought_up"),
    [(None, []), (NetworkState(), ["eth1"]), (NetworkState(up=True), [])],
)
def test_only_an_interface_that_is_known_to_be_down_is_set_up(
    state: NetworkState | None, brought_up: list[str]
) -> None:
    bus, host = on_host(HILINK, Networked)
    host.state = state
    with pytest.raises(SwitchFailed, match="has no carrier"):
        do(switch, here(bus), "hilink", bus=bus, wait="carrier", timeout=5)
    assert host.brought_up == brought_up


def test_of_several_network_interfaces_the_first_is_looked_at() -> None:
    bus, host = on_host(HILINK, Networked)
    host.state = NetworkState()
    with pytest.raises(SwitchFailed, match="eth1 has no carrier"):
        do(await_network, here(bus), Made(networks=("eth1", "eth2")), "carrier", bus=bus, timeout=5)
