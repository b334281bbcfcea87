"""A line on a real day: a stick that has just booted, families that are refused, a carrier that never comes."""

from __future__ import annotations

from typing import Any

import pytest

from modeswitch.errors import CommandFailed, LinkLost, ModeswitchError, NoWay, PermissionDenied, Refused
from modeswitch.modem import carriers
from modeswitch.modem.at import Dialogue
from modeswitch.modem.dial import Call
from modeswitch.sim.bus import SimBus
from modeswitch.sim.host import SimHost
from modeswitch.tasks import line, ports
from tests.support.rig import do, here, on_host, plugged, script, sunny
from tests.support.sticks import STICK_NCM
from tests.support.tasks import DIAL, QUERY, Events

HANG_UP = "AT^NDISDUP=1,0"


INTERNET = Call("internet")


def dial(bus: SimBus, call: Call = INTERNET, **more: Any) -> line.Line:
    return do(line.connect, here(bus), call, bus=bus, **more)


def heard(bus: SimBus) -> list[str]:
    return bus.sim.sticks[0].modem.heard


def test_a_stick_that_has_just_been_plugged_in_is_connected() -> None:
    """Its AT port is mute at first, its SIM busy, its network searched for: all of it within the call's own time."""
    bus, told = plugged(STICK_NCM), Events()
    started = bus.now()
    assert dial(bus, tell=told).networks == ("wwan0",)
    assert told.of("starting", "what") == ["its AT port", "its SIM"]
    assert len(told.of("searching", "seconds")) == 1
    assert 15 < bus.now() - started < 25


@pytest.mark.parametrize("word", ["boots=12", "simbusy=20", "registers=60"])
def test_each_part_may_take_its_time(word: str) -> None:
    assert dial(plugged(f"{STICK_NCM},{word}")).networks == ("wwan0",)


@pytest.mark.parametrize(
    ("said", "words"), [("+CME ERROR: 14", "busy still"), ("+CME ERROR: 10", "Is a SIM in it"), ("ERROR", "busy still")]
)
def test_a_sim_that_never_comes_is_told_from_one_that_is_not_there(said: str, words: str) -> None:
    bus = sunny(STICK_NCM)
    script(bus, {"AT+CPIN?": (said,)})
    started = bus.now()
    with pytest.raises(CommandFailed) as raised:
        dial(bus)
    assert words in raised.value.hint
    assert (bus.now() - started < 1) is (said == "+CME ERROR: 10")


def test_a_network_that_is_not_found_is_said() -> None:
    bus = sunny(f"{STICK_NCM},registers=500")
    with pytest.raises(LinkLost, match="did not find a network"):
        dial(bus)
    assert DIAL not in heard(bus)


def test_a_call_that_is_refused_is_made_again_once_the_old_session_is_ended() -> None:
    """A dialler that was killed has left its session: the stick says ERROR until that is taken down."""
    bus = sunny(STICK_NCM)
    script(bus, {DIAL: ("ERROR", "")})
    assert dial(bus).networks == ("wwan0",)
    calls = [one for one in heard(bus) if one.startswith("AT^NDISDUP")]
    assert calls == [DIAL, HANG_UP, DIAL]


@pytest.mark.parametrize(
    ("ip", "urcs", "error"),
    [
        ("4", ['^NDISSTAT: 1,,,"IPV4"', '^NDISSTAT:0,50,,"IPV6"'], False),
        ("4", ['^NDISSTAT:0,33,,"IPV6"'], False),
        ("4", ['^NDISSTAT:0,33,,"IPV4"'], True),
        ("4", ["^NDISSTAT:0,33"], True),
        ("46", ['^NDISSTAT:0,33,,"IPV4"'], False),
        ("46", ['^NDISSTAT:0,33,,"IPV4"', '^NDISSTAT:0,50,,"IPV6"'], True),
    ],
)
def test_a_call_is_refused_once_each_family_that_is_wanted_was(ip: str, urcs: list[str], error: bool) -> None:
    bus = sunny(f"{STICK_NCM},dials=5")
    modem = bus.sim.sticks[0].modem
    up = modem.network

    def network(line_is_up: bool) -> None:
        up(line_is_up)

    modem.network = network
    command = 'AT^NDISDUP=1,1,"internet"'

    def tell(event: str, **facts: Any) -> None:
        if event == "answer" and heard(bus)[-1] == command:
            for urc in urcs:
                modem.urc(urc)

    if error:
        with pytest.raises(CommandFailed, match="refused the call"):
            dial(bus, Call("internet", ip=ip), tell=tell)
    else:
        assert dial(bus, Call("internet", ip=ip), tell=tell).networks == ("wwan0",)


@pytest.mark.parametrize(("ip", "context"), [("4", "IP"), ("6", "IPV6"), ("46", "IPV4V6")])
def test_the_family_stands_in_the_context(ip: str, context: str) -> None:
    assert Call("a", ip=ip).commands()[0] == f'AT+CGDCONT=1,"{context}","a"'
    with pytest.raises(ModeswitchError, match="family of addresses"):
        Call("a", ip="5").commands()


@pytest.mark.parametrize(
    ("said", "tried"),
    [
        ("^CPIN: SIM PIN,3,10,3,10,3|OK", True),
        ("^CPIN: SIM PIN,,10,1,10,3|OK", False),
        ("^CPIN: SIM PIN,10,10,3,6,0|OK", True),
        ("^CPIN: SIM PIN,3,10,1,10,3|OK", False),
        ("^CPIN: SIM PIN,1,10,3,10,3|OK", True),
    ],
)
def test_the_tries_of_a_pin_are_its_fourth_field(said: str, tried: bool) -> None:
    bus = sunny(f"{STICK_NCM},pin=1234")
    script(bus, {"AT^CPIN?": (said,)})
    if tried:
        assert dial(bus, pin="1234").networks == ("wwan0",)
    else:
        with pytest.raises(Refused, match="1 more try"):
            dial(bus, pin="1234")
    assert ('AT+CPIN="1234"' in heard(bus)) is tried


def test_a_carrier_that_never_comes_is_said_with_the_other_way() -> None:
    class Pppd(SimHost):
        def dial_ways(self, tty: str, apn: str) -> list[str]:
            return [f"dial {apn} on {tty}"]

    bus, _host = on_host(f"{STICK_NCM},nocarrier", Pppd)
    with pytest.raises(LinkLost, match="its line is up, and wwan0 has no carrier") as raised:
        dial(bus)
    assert "E3372-325" in raised.value.hint
    assert "dial internet on /dev/ttyUSB0" in raised.value.hint


def test_whoever_may_not_set_the_interface_up_is_told_that_the_carrier_is_not_known() -> None:
    class Barred(SimHost):
        def bring_up(self, name: str) -> None:
            raise PermissionDenied(f"setting {name} up: permission denied")

    bus, _host = on_host(STICK_NCM, Barred)
    told = Events()
    assert dial(bus, tell=told).networks == ("wwan0",)
    assert "whether wwan0 has a carrier is not known" in told.of("warning", "message")[0]


def test_the_name_of_the_interface_is_that_at_the_end() -> None:
    class Renaming(SimHost):
        looks = 0

        def networks(self, usb_device: Any) -> list[str]:
            self.looks += 1
            return ["wwan0"] if self.looks < 3 else ["wwx0"]

        def network_state(self, name: str) -> None:
            return None

    bus, _host = on_host(STICK_NCM, Renaming)
    assert dial(bus).networks == ("wwx0",)


def test_in_stick_mode_the_ways_to_dial_are_told() -> None:
    class Ways(SimHost):
        def dial_ways(self, tty: str, apn: str) -> list[str]:
            return [f"one {apn}", f"other {tty}"]

    bus, _host = on_host("e3372h,wakes=gateway-ppp", Ways)
    with pytest.raises(NoWay) as raised:
        dial(bus)
    assert "In stick it is dialled by PPP. On this host:\n  one internet\n  other /dev/ttyUSB0" in raised.value.hint
    assert "modeswitch 1-1 --to ncm" in raised.value.hint


def test_a_call_that_the_tty_refuses_is_made_on_the_cdc_wdm(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = sunny(STICK_NCM)
    stick = bus.sim.sticks[0]
    asked: list[str] = []

    class Wdm(Dialogue):
        def ask(self, command: str, *words: Any, **more: Any) -> Any:
            asked.append(command)
            return super().ask(command, *words, **more)

    def by_wdm(*_words: Any, besides: str, **_more: Any) -> Dialogue:
        script(bus, {DIAL: ("",)})
        return Wdm(carriers.Endpoints(link, interface), bus.now)

    link = bus.open(here(bus).usb)
    interface = next(one for one, role in here(bus).roles if role == "modem")
    monkeypatch.setattr(carriers, "converse_by_wdm", by_wdm)
    script(bus, {DIAL: ("ERROR",)})
    assert dial(bus).networks == ("wwan0",)
    assert asked == [DIAL]
    assert stick.modem.up
    link.close(attach=False)


def test_an_mu609_is_never_asked_for_its_port_mode() -> None:
    """It would reset."""
    bus = sunny(STICK_NCM)
    stick = bus.sim.sticks[0]
    device = here(bus)
    mu609 = device._replace(usb=device.usb._replace(id=type(device.id)(0x12D1, 0x1573)), product=None)
    with Dialogued(bus, mu609) as dialogue, pytest.raises(CommandFailed, match="would harm it"):
        dialogue.ask("AT^GETPORTMODE")
    assert "AT^GETPORTMODE" not in stick.modem.heard
    assert do(ports.ports, device, bus=bus).now


class Dialogued:
    """A dialogue with a stick that is taken for that device."""

    def __init__(self, bus: SimBus, device: Any) -> None:
        self._bus, self._device = bus, device
        self._link = bus.open(here(bus).usb)

    def __enter__(self) -> Dialogue:
        stick = (self._bus, self._device.usb, self._device.roles, lambda: self._link)
        self._dialogue = carriers.converse(*stick, lambda: 60.0, lambda *_, **__: None)
        return self._dialogue

    def __exit__(self, *_: object) -> None:
        self._dialogue.close()
        self._link.close(attach=False)


def test_the_state_is_asked_by_family() -> None:
    bus = sunny(STICK_NCM)
    script(bus, {QUERY: ('^NDISSTATQRY: 0,,,"IPV4"|^NDISSTATQRY: 1,,,"IPV6"|OK',)})
    assert do(line.status, here(bus), bus=bus).up is True
