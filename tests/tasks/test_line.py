"""The line of a stick in NCM mode, its ports and what was saved of them: whole tasks on simulated sticks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import (
    CommandFailed,
    LinkLost,
    ModeswitchError,
    NoDriver,
    NotBack,
    NoWay,
    Refused,
    SwitchFailed,
    Unavailable,
    UsageError,
)
from modeswitch.events import silent
from modeswitch.identity.device import Device
from modeswitch.linux.modules import DriverIndex
from modeswitch.methods.ports import Ports
from modeswitch.methods.resources import Resources
from modeswitch.methods.u2diag import U2diag
from modeswitch.modem import dial, nvram
from modeswitch.modem.dial import Addresses, Call
from modeswitch.modem.ports import PortList
from modeswitch.modem.saved import Saved, Store
from modeswitch.sim.bus import SimBus
from modeswitch.sim.host import SimHost
from modeswitch.sim.modem import IMEI
from modeswitch.switching.session import Session
from modeswitch.tasks import line, ports
from modeswitch.usb.host import Nodes
from tests.support.rig import answering, do, known_at, on_host, plugged

CAPTURE = (Path(__file__).parent.parent / "captures" / "26_at_responses.txt").read_text("utf-8").splitlines()


def here(bus: SimBus) -> Device:
    device = known_at(bus, "1-1")
    assert device is not None
    return device


class Dialled(NamedTuple):
    """A call and what must come of it: an error, or None for a line that is up; virtual seconds at most."""

    stick: str
    error: type[ModeswitchError] | None = None
    call: Call = Call("internet")
    pin: str = ""
    within: float = 3.0

    def __str__(self) -> str:
        return f"{self.stick} {self.call.apn}"


NCM = "e3372h-153,wakes=linux"
DIALLED = (
    Dialled(NCM),
    Dialled("e3372h,wakes=gateway-ncm"),
    Dialled("e3372h-153,ports=FF;12+16"),
    Dialled(NCM, None, Call("internet", "user", "pass word;,", "pap")),
    Dialled(f"{NCM},at=noecho"),
    Dialled(f"{NCM},at=urc"),
    Dialled(f"{NCM},at=lower"),
    Dialled(f"{NCM},at=slow", within=20),
    Dialled(f"{NCM},pin=1234", pin="1234"),
    Dialled(f"{NCM},pin=1234", Refused),
    Dialled(f"{NCM},pin=1234", Refused, pin="9999"),
    Dialled(f"{NCM},dial=refused", CommandFailed),
    Dialled(f"{NCM},dial=never", LinkLost, within=91),
    Dialled(f"{NCM},dial=drops", CommandFailed),
    Dialled(f"{NCM},at=mute", Unavailable, within=10),
    Dialled(f"{NCM},at=error", Unavailable),
    Dialled(f"{NCM},at=gone", LinkLost, within=31),
    Dialled("e3372h", NoWay, within=0),
    Dialled("e3372h,wakes=ecm", NoWay, within=0),
    Dialled("e3372h-153,ports=FF;12+1", NoWay, within=0),
)


@pytest.mark.parametrize("case", DIALLED, ids=str)
def test_connect(case: Dialled) -> None:
    bus = plugged(case.stick)
    device, modem = here(bus), bus.sim.sticks[0].modem
    started = bus.now()
    got: ModeswitchError | None = None
    try:
        up = do(line.connect, device, case.call, bus=bus, pin=case.pin)
    except ModeswitchError as error:
        got = error
    else:
        assert up.networks == ("wwan0",)
        assert up.addresses == Addresses("10.64.64.64", 24, "10.64.64.1", ("10.64.64.1",))
    assert type(got) is (case.error or type(None)), got
    assert modem.up == (case.error is None)
    assert bus.now() - started <= case.within
    assert bus.sim.claims == set()
    if got is not None:
        assert got.message.count(str(device)) == 1
        assert got.hint
        assert got.facts.items() >= {"port": "1-1", "id": str(device.usb.id), "mode": device.mode}.items()


@pytest.mark.parametrize(
    ("stick", "words"),
    [
        ("e3372h", "modeswitch 1-1 --to ncm"),
        ("e3372h,wakes=ecm", "it dials by itself: run a DHCP client"),
        ("e3372h-153,ports=FF;12+1", "dialled by PPP"),
    ],
)
def test_who_is_not_dialled_is_told_what_to_do(stick: str, words: str) -> None:
    bus = plugged(stick)
    with pytest.raises(NoWay) as raised:
        do(line.connect, here(bus), Call("internet"), bus=bus)
    assert words in raised.value.hint
    assert raised.value.hint.endswith("modeswitch 1-1 --to ncm")


def test_what_is_sent() -> None:
    bus = plugged(f"{NCM},pin=1234")
    do(line.connect, here(bus), Call("my.apn", "me", "se;cret"), bus=bus, pin="1234")
    heard = bus.sim.sticks[0].modem.heard
    for command in (
        "AT^CURC=0",
        'AT+CPIN="1234"',
        'AT+CGDCONT=1,"IP","my.apn"',
        'AT^NDISDUP=1,1,"my.apn","me","se;cret",2',
    ):
        assert heard.count(command) == 1
    assert heard.index("AT^CURC=0") < heard.index('AT+CGDCONT=1,"IP","my.apn"')


def test_secrets_are_told_to_nobody() -> None:
    told: list[str] = []
    bus = plugged(f"{NCM},pin=4711")
    call = Call("internet", "hugo", "geheimnis", "pap")
    do(line.connect, here(bus), call, bus=bus, pin="4711", tell=lambda event, **facts: told.append(f"{event} {facts}"))
    everything = "".join(told)
    assert "NDISDUP" in everything
    for secret in ("4711", "geheimnis", "hugo", b"4711".hex(), b"geheimnis".hex()):
        assert secret not in everything


@pytest.mark.parametrize(
    ("call", "dial"),
    [
        (Call("a"), 'AT^NDISDUP=1,1,"a"'),
        (Call("a", "u"), 'AT^NDISDUP=1,1,"a","u","",2'),
        (Call("a", "u", "p"), 'AT^NDISDUP=1,1,"a","u","p",2'),
        (Call("a", "u", "p", "chap"), 'AT^NDISDUP=1,1,"a","u","p",2'),
        (Call("a", "u", "p", "pap"), 'AT^NDISDUP=1,1,"a","u","p",1'),
    ],
)
def test_what_is_dialled(call: Call, dial: str) -> None:
    assert call.commands() == ('AT+CGDCONT=1,"IP","a"', dial)


def test_what_is_told_of_a_call() -> None:
    bus = plugged(NCM)
    for expected in (
        [("dialling", {**HERE, "apn": "internet"}), ("line", {**HERE, "up": True})],
        [("line", {**HERE, "up": True})],
    ):
        told: list[tuple[str, dict[str, Any]]] = []
        do(
            line.connect,
            here(bus),
            Call("internet"),
            bus=bus,
            tell=lambda event, told=told, **facts: told.append((event, facts)),
        )
        assert [one for one in told if one[0] in ("dialling", "line")] == expected


@pytest.mark.parametrize("timeout", [0.5, 2.5])
def test_a_timeout_bounds_the_call(timeout: float) -> None:
    bus = plugged(f"{NCM},dial=never")
    started = bus.now()
    with pytest.raises(LinkLost) as raised:
        do(line.connect, here(bus), Call("internet"), bus=bus, timeout=timeout)
    assert bus.now() - started == pytest.approx(timeout, abs=0.05)
    assert "signal" in raised.value.hint


HERE = {"port": "1-1"}
UP, DOWN = '^NDISSTATQRY: 1,,,"IPV4"|OK', '^NDISSTATQRY: 0,,,"IPV4"|OK'
DHCP = "^DHCP:4040400a,ffffff,140400a,140400a,140400a,0,1,1|OK"
QUERY, OTHER_QUERY, DIAL, CONTEXT = (
    "AT^NDISSTATQRY?",
    "AT^NDISSTATQRY=1",
    'AT^NDISDUP=1,1,"internet"',
    'AT+CGDCONT=1,"IP","internet"',
)


class Waited(NamedTuple):
    """What a stick says of its line meanwhile, and what must come of it: an error or addresses, virtual seconds."""

    about: str
    answers: dict[str, tuple[str, ...]]
    result: type[ModeswitchError] | bool
    within: float = 2.0
    stick: str = NCM

    def __str__(self) -> str:
        return self.about


WAITED = (
    Waited("the second form of the question", {QUERY: ("ERROR",)}, True),
    Waited("no such question, but addresses", {QUERY: ("ERROR",), OTHER_QUERY: ("OK",)}, True),
    Waited("neither", {QUERY: ("ERROR",), OTHER_QUERY: ("ERROR",), "AT^DHCP?": ("ERROR",)}, LinkLost, 91),
    Waited("down, and addresses of yore", {QUERY: (DOWN,), "AT^DHCP?": (DHCP,)}, LinkLost, 91),
    Waited("up, and no addresses", {QUERY: (DOWN, UP), "AT^DHCP?": ("ERROR",)}, False),
    Waited("up, and nonsense for addresses", {QUERY: (DOWN, UP), "AT^DHCP?": ("^DHCP: x|OK",)}, False),
    # The network's no may come with any answer.
    Waited("refused with the OK", {DIAL: ('OK|^NDISSTAT: 0,33,,"IPV4"',)}, CommandFailed, 1, f"{NCM},dial=never"),
    Waited(
        "refused while it is asked",
        {QUERY: (DOWN, '^NDISSTAT: 0,33,,"IPV4"|' + DOWN, DOWN)},
        CommandFailed,
        1,
        f"{NCM},dial=never",
    ),
    Waited("a cause that is none", {DIAL: ('OK|^NDISSTAT: 0,0,,"IPV4"',)}, LinkLost, 91, f"{NCM},dial=never"),
    Waited("another line's words", {DIAL: ('OK|^NDISSTAT: 1,33,,"IPV4"',)}, LinkLost, 91, f"{NCM},dial=never"),
    Waited("refused the last time", {CONTEXT: ('^NDISSTAT: 0,33,,"IPV4"|OK',)}, True),
)


@pytest.mark.parametrize("case", WAITED, ids=str)
def test_what_a_stick_says_of_its_line(case: Waited, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, case.answers)
    bus = plugged(case.stick)
    started = bus.now()
    if isinstance(case.result, bool):
        found = do(line.connect, here(bus), Call("internet"), bus=bus).addresses
        assert (found is not None) is case.result
    else:
        with pytest.raises(case.result) as raised:
            do(line.connect, here(bus), Call("internet"), bus=bus)
        assert "APN" in raised.value.hint
        if case.result is CommandFailed:
            assert "cause 33" in raised.value.message
            assert raised.value.facts["answer"] == '^NDISSTAT: 0,33,,"IPV4"'
    assert bus.now() - started <= case.within


def test_a_refused_call_asks_for_the_apn() -> None:
    bus = plugged(f"{NCM},dial=refused")
    with pytest.raises(CommandFailed) as raised:
        do(line.connect, here(bus), Call("internet"), bus=bus)
    assert "Is the APN right" in raised.value.hint


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        ("+CPIN: READY|OK", None, ""),
        ("+cpin : ready|ok", None, ""),
        ("+CPIN: SIM PIN|OK", Refused, "wants its PIN"),
        ("+CPIN: SIM PUK|OK", Refused, "says SIM PUK"),
        ("+CPIN: PH-NET PIN|OK", Refused, "says PH-NET PIN"),
        ("+CPIN: \x1b[2J|OK", Refused, "the SIM says"),
        ("+CPIN:|OK", Refused, "says nothing"),
        ("OK", Refused, "says nothing"),
        ("+CME ERROR: 10", CommandFailed, "the SIM"),
    ],
)
def test_what_the_sim_says(
    said: str, error: type[ModeswitchError] | None, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a SIM that is ready is dialled with, and without a PIN none is tried."""
    answering(monkeypatch, {"AT+CPIN?": (said,)})
    bus = plugged(NCM)
    modem = bus.sim.sticks[0].modem
    if error is None:
        assert do(line.connect, here(bus), Call("internet"), bus=bus).addresses
        return
    with pytest.raises(error, match=words) as raised:
        do(line.connect, here(bus), Call("internet"), bus=bus)
    assert "SIM" in raised.value.message
    assert str(raised.value).isprintable() or "\n" in str(raised.value)
    assert "\x1b" not in str(raised.value)
    assert not any("NDISDUP" in command or "CPIN=" in command for command in modem.heard)


SIM_PIN, READY = "+CPIN: SIM PIN|OK", "+CPIN: READY|OK"


@pytest.mark.parametrize(
    ("sim", "tries", "sent", "least", "most"),
    [
        ((SIM_PIN, READY), "", 1, 0.0, 2.0),
        ((SIM_PIN, SIM_PIN, SIM_PIN, "+CPIN: BUSY|OK", READY), "", 1, 3.0, 5.0),
        # It is not waited for ever, and the network has the last word.
        ((SIM_PIN,), "", 1, 10.0, 12.0),
        ((SIM_PIN, READY), "ERROR", 1, 0.0, 2.0),
        ((SIM_PIN, READY), "^CPIN: SIM PIN|OK", 1, 0.0, 2.0),
        ((SIM_PIN, READY), "^CPIN: SIM PIN,2,10,2,10,3|OK", 1, 0.0, 2.0),
        ((SIM_PIN, READY), "^CPIN: SIM PIN, 1,10,1,10,3|OK", 0, 0.0, 0.1),
        ((SIM_PIN, READY), "^CPIN: SIM PIN,0,10,0,10,3|OK", 0, 0.0, 0.1),
    ],
)
def test_a_pin_is_given_once_and_its_sim_waited_for(
    sim: tuple[str, ...], tries: str, sent: int, least: float, most: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, {"AT+CPIN?": sim, "AT^CPIN?": (tries,)})
    bus = plugged(f"{NCM},pin=1234")
    started = bus.now()
    if sent:
        assert do(line.connect, here(bus), Call("internet"), bus=bus, pin="1234").addresses
    else:
        with pytest.raises(Refused, match="more try"):
            do(line.connect, here(bus), Call("internet"), bus=bus, pin="1234")
    assert bus.sim.sticks[0].modem.heard.count('AT+CPIN="1234"') == sent
    assert least <= bus.now() - started <= most


@pytest.mark.parametrize(
    "call",
    [
        *(Call('a"b'), Call("a\rb"), Call("ä"), Call(""), Call("x" * 101), Call('"\r\nAT^GODLOAD\r\n')),
        *(Call("a", 'u"', "p"), Call("a", "u", 'p"'), Call("a", "u", "p\n"), Call("a", "u", "ü"), Call("a", "", "p")),
        *(Call("a", "u", "p", "md5"), Call("a", "", "", "pap")),
    ],
)
def test_what_no_command_can_hold_is_refused_before_anything_is_sent(call: Call) -> None:
    bus = plugged(NCM)
    with pytest.raises(UsageError):
        do(line.connect, here(bus), call, bus=bus)
    assert bus.sim.wire == []


@pytest.mark.parametrize("pin", ["12", "123456789", "12a4", '1"23', "1234\r", "\uff11\uff12\uff13\uff14"])
def test_what_is_no_pin_is_never_tried(pin: str) -> None:
    bus = plugged(f"{NCM},pin=1234")
    with pytest.raises(UsageError):
        do(line.connect, here(bus), Call("internet"), bus=bus, pin=pin)
    assert not any("CPIN=" in command for command in bus.sim.sticks[0].modem.heard)


def test_a_wrong_pin_is_tried_once_and_the_last_try_is_left_alone() -> None:
    bus = plugged(f"{NCM},pin=1234")
    modem = bus.sim.sticks[0].modem
    for _ in range(4):
        with pytest.raises(Refused):
            do(line.connect, here(bus), Call("internet"), bus=bus, pin="0000")
    assert modem.tries == 1
    assert modem.heard.count('AT+CPIN="0000"') == 2


def test_a_line_that_is_up_is_not_dialled_again() -> None:
    bus = plugged(NCM)
    for _ in range(2):
        assert do(line.connect, here(bus), Call("internet"), bus=bus).addresses
    assert sum("NDISDUP" in command for command in bus.sim.sticks[0].modem.heard) == 1


def test_disconnect() -> None:
    bus = plugged(NCM)
    assert do(line.disconnect, here(bus), bus=bus) is False
    do(line.connect, here(bus), Call("internet"), bus=bus)
    assert do(line.disconnect, here(bus), bus=bus) is True
    assert bus.sim.sticks[0].modem.up is False
    assert bus.sim.sticks[0].modem.heard.count("AT^CURC=0") == 3


@pytest.mark.parametrize(
    ("states", "final", "result"),
    [
        ((UP, UP), "OK", True),
        ((UP, DOWN), "ERROR", True),
        ((UP, UP), "ERROR", CommandFailed),
        ((UP, "ERROR"), "ERROR", CommandFailed),
        (("ERROR",), "OK", True),
        (("ERROR",), "ERROR", CommandFailed),
        ((DOWN,), "OK", False),
    ],
)
def test_taking_the_line_down(
    states: tuple[str, ...], final: str, result: bool | type[ModeswitchError], monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, {QUERY: states, OTHER_QUERY: ("ERROR",), "AT^NDISDUP=1,0": (final,)})
    bus = plugged(NCM)
    if isinstance(result, bool):
        assert do(line.disconnect, here(bus), bus=bus) is result
    else:
        with pytest.raises(result):
            do(line.disconnect, here(bus), bus=bus)
    assert bus.sim.sticks[0].modem.heard.count("AT^NDISDUP=1,0") == (result is not False)


def test_status() -> None:
    bus = plugged(NCM)
    before = do(line.status, here(bus), bus=bus)
    assert (before.sim, before.registered, before.operator, before.signal, before.up) == (
        "READY",
        True,
        "Sim Mobile",
        -79,
        False,
    )
    assert before.addresses is None
    do(line.connect, here(bus), Call("internet"), bus=bus)
    after = do(line.status, here(bus), bus=bus)
    assert after.up is True
    assert after.addresses == Addresses("10.64.64.64", 24, "10.64.64.1", ("10.64.64.1",))


@pytest.mark.parametrize(
    ("answers", "field", "value"),
    [
        ({"AT+CPIN?": "ERROR"}, "sim", ""),
        ({"AT+CPIN?": "+CPIN: \x1b[2J" + "x" * 60 + "|OK"}, "sim", "\\x1b[2J" + "x" * 36 + "…"),
        ({"AT+CEREG?": "+CEREG: 0,1|OK", "AT+CREG?": "ERROR"}, "registered", True),
        ({"AT+CEREG?": "+CEREG: 0,5|OK", "AT+CREG?": "ERROR"}, "registered", True),
        ({"AT+CEREG?": "+CEREG: 0, 1|OK", "AT+CREG?": "ERROR"}, "registered", True),
        ({"AT+CEREG?": "+CEREG: 0,2|OK", "AT+CREG?": "+CREG: 0,3|OK"}, "registered", False),
        # On a 3G network there is no EPS to be registered with.
        ({"AT+CEREG?": "+CEREG: 0,0|OK", "AT+CREG?": "+CREG: 0,1|OK"}, "registered", True),
        ({"AT+CEREG?": "ERROR", "AT+CREG?": "+CREG: 0,5|OK"}, "registered", True),
        ({"AT+CEREG?": "ERROR", "AT+CREG?": "+CREG: 0,0|OK"}, "registered", False),
        ({"AT+CEREG?": "ERROR", "AT+CREG?": "+CREG: 1|OK"}, "registered", None),
        ({"AT+CEREG?": "ERROR", "AT+CREG?": "ERROR"}, "registered", None),
        ({"AT+COPS?": "ERROR"}, "operator", ""),
        ({"AT+COPS?": "+COPS: 0|OK"}, "operator", ""),
        ({"AT+COPS?": "|".join(["x" * 4000] * 40)}, "operator", ""),
        ({"AT+COPS?": "|".join(["x" * 4000] * 40)}, "signal", -79),
        ({"AT+COPS?": '+COPS: 0,0,"\x1b[2J",7|OK'}, "operator", "\\x1b[2J"),
        ({"AT+CSQ": "+CSQ: 0,0|OK"}, "signal", -113),
        ({"AT+CSQ": "+CSQ: 31,99|OK"}, "signal", -51),
        ({"AT+CSQ": "+CSQ: 32,99|OK"}, "signal", None),
        ({"AT+CSQ": "+CSQ: 99,99|OK"}, "signal", None),
        ({"AT+CSQ": "+CSQ: x|OK"}, "signal", None),
        ({"AT+CSQ": "ERROR"}, "signal", None),
        ({QUERY: "ERROR", OTHER_QUERY: "ERROR"}, "up", None),
        ({QUERY: UP}, "up", True),
        ({QUERY: DOWN, "AT^DHCP?": DHCP}, "addresses", None),
        ({QUERY: UP, "AT^DHCP?": "OK"}, "addresses", None),
        ({QUERY: UP, "AT^DHCP?": DHCP}, "addresses", Addresses("10.64.64.64", 24, "10.64.64.1", ("10.64.64.1",))),
        ({}, "firmware", "E3372h-153 21.200.07.01.26,CL2E3372HM Ver.A"),
        ({"AT^FHVER": "ERROR"}, "firmware", ""),
        ({"AT^FHVER": '^FHVER:"\x1b[2J"|OK'}, "firmware", "\\x1b[2J"),
    ],
)
def test_each_answer_of_a_status(
    answers: dict[str, str], field: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, {command: (said,) for command, said in answers.items()})
    found = do(line.status, here(bus := plugged(NCM)), bus=bus)
    assert getattr(found, field) == value


def test_status_of_a_locked_sim() -> None:
    found = do(line.status, here(bus := plugged(f"{NCM},pin=1234")), bus=bus)
    assert (found.sim, found.registered, found.operator) == ("SIM PIN", False, "")


class Bare(SimHost):
    """A host that made no network interface of the stick, and tells which driver holds what."""

    def networks(self, usb_device: Any) -> list[str]:
        return []

    def nodes(self, usb_device: Any) -> dict[int, Nodes]:
        return {number: nodes._replace(driver="option") for number, nodes in super().nodes(usb_device).items()}


def test_no_interface_is_said_before_anything_is_dialled() -> None:
    """The seed's story: option took the NCM interface, and nobody learned why there was no network."""
    bus, _host = on_host("e3372h-153,ports=FF;12+16", Bare)
    with pytest.raises(NoDriver) as raised:
        do(line.connect, here(bus), Call("internet"), bus=bus)
    assert "its NCM interface 1 (ff/03/16) is held by option" in raised.value.message
    assert raised.value.message.count("held by") == 1
    assert raised.value.facts == {"port": "1-1", "id": "12d1:1506", "mode": "ncm"}
    assert bus.sim.wire == []


class Binding(SimHost):
    """A host whose drivers take their time to make a network interface, or never do."""

    made_at = 0.0
    index: bytes | None = None
    bound: Mapping[int, str] = MappingProxyType({})

    def networks(self, usb_device: Any) -> list[str]:
        return super().networks(usb_device) if self.sim.clock.now() >= self.made_at else []

    def nodes(self, usb_device: Any) -> dict[int, Nodes]:
        found = super().nodes(usb_device).items()
        return {number: nodes._replace(driver=self.bound.get(number)) for number, nodes in found}

    def drivers(self) -> DriverIndex | None:
        return DriverIndex(self.index) if self.index is not None else None


NCM_ALIAS = b"alias usb:v12D1p*d*dc*dsc*dp*icFFisc03ip16in* huawei_cdc_ncm\n"


@pytest.mark.parametrize(
    ("made_after", "bound", "index", "took", "words"),
    [
        (0.0, {}, b"", 0.0, ""),
        (1.0, {}, NCM_ALIAS, 1.0, ""),
        (1.0, {1: "huawei_cdc_ncm"}, b"", 1.0, ""),
        (99.0, {}, NCM_ALIAS, 3.0, "held by no driver; huawei_cdc_ncm would bind it"),
        (99.0, {1: "option"}, NCM_ALIAS, 3.0, "held by option; huawei_cdc_ncm would bind it"),
        # Nobody is waited for who will not come; what holds the AT port makes no network.
        (99.0, {0: "option"}, b"", 0.0, "held by no driver; this kernel has no driver for it"),
        (99.0, {}, None, 0.0, "held by no driver; this kernel has no driver for it"),
    ],
)
def test_a_network_interface_is_waited_for(
    made_after: float, bound: dict[int, str], index: bytes | None, took: float, words: str
) -> None:
    bus, host = on_host("e3372h-153,ports=FF;12+16", Binding)
    started = bus.now()
    host.made_at, host.bound, host.index = started + made_after, bound, index
    if words:
        with pytest.raises(NoDriver, match=words):
            do(line.connect, here(bus), Call("internet"), bus=bus)
        assert bus.now() - started == pytest.approx(took, abs=0.06)
    else:
        assert do(line.connect, here(bus), Call("internet"), bus=bus).networks == ("wwan0",)
        assert took <= bus.now() - started < took + 2


# What captures say.


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("^DHCP:a3ec5c64,", Addresses("100.92.236.163", 29, "100.92.236.161", ("10.177.0.34", "10.168.187.116"))),
        ("^DHCP: 1010A0A,", Addresses("10.10.1.1", 30, "10.10.1.2", ())),
        ("^DHCP: 0xCCDB080A,", Addresses("10.8.219.204", 29, "10.8.219.201", ("192.89.123.230", "192.89.123.231"))),
    ],
)
def test_captured_dhcp(line: str, expected: Addresses) -> None:
    (whole,) = (text for text in CAPTURE if text.startswith(line))
    found = dial.decode_dhcp(whole.partition(":")[2])
    assert found == expected


def test_what_follows_the_addresses_is_nobodys_business() -> None:
    assert dial.decode_dhcp("1,ff,2,5,3,4,a speed") == Addresses("1.0.0.0", 8, "2.0.0.0", ("3.0.0.0", "4.0.0.0"))


@pytest.mark.parametrize("text", ["", "1,2,3", "x,x,x,x,x,x", "123456789,0,0,0,0,0", "a3ec5c64;f8ffffff"])
def test_what_is_no_dhcp(text: str) -> None:
    assert dial.decode_dhcp(text) is None


@pytest.mark.parametrize(
    ("value", "up"),
    [
        ('1,,,"IPV4",0,,,"IPV6"', True),
        ("1,,,IPV4", True),
        ("1", True),
        ("0,,,IPV4", False),
        ('0,,,"IPV4",1,,,"IPV6"', True),
        ("2", False),
        ("3", False),
        ('0,1,,"IPV4"', False),
        (' 1 , , ,"IPV4"', True),
        ("", None),
        ("rubbish", None),
    ],
)
def test_captured_line_states(value: str, up: bool | None) -> None:
    assert dial.line_state(value) is up


# Ports, written by name and put back.

LIST = "A1,A2;12,1,16,A1,A2"


def test_ports() -> None:
    found = do(ports.ports, here(bus := plugged(NCM)), bus=bus)
    assert str(found.list) == LIST
    assert found.offered["16"] == "NCM"
    assert [role for _, role in found.now][:3] == ["pcui", "modem", "ncm"]


def test_ports_of_a_stick_with_u2diag() -> None:
    found = do(ports.ports, here(bus := plugged("e173,wakes=linux")), bus=bus)
    assert (found.list, found.u2diag) == (None, 255)


def test_a_stick_with_neither() -> None:
    with pytest.raises(Unavailable, match="U2DIAG"):
        do(ports.ports, here(bus := plugged("e3372h,wakes=gateway-ncm")), bus=bus)


@pytest.mark.parametrize(
    ("said", "imei"),
    [
        ("868723020012345|OK", "868723020012345"),
        ("8687230200123456|OK", "8687230200123456"),
        ('+CGSN: "86872302001234"|OK', "86872302001234"),
        ("IMEI|868723020012345|OK", "868723020012345"),
        ("8687230200123|OK", ""),
        ("86872302001234567|OK", ""),
        ("OK", ""),
        ("ERROR", ""),
        ("+CME ERROR: 10", ""),
    ],
)
def test_whose_value_it_is(said: str, imei: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, {"AT+CGSN": (said,)})
    bus = plugged(NCM)
    with Resources(bus, here(bus), bus.now() + 60, lambda *_, **__: None) as resources:
        assert nvram.owner(resources.dialogue(), here(bus).usb) == nvram.Owner(imei, "1-1", "12d1:1506 at 1-1")


@pytest.mark.parametrize("said", ["OK", "^SETPORT:rubbish|OK", "^U2DIAG:rubbish|OK", "ERROR"])
def test_an_answer_without_a_value_is_no_feature(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, {"AT^SETPORT?": (said,), "AT^U2DIAG?": (said,)})
    with pytest.raises(Unavailable, match=r"no AT\^U2DIAG to speak of"):
        do(ports.ports, here(bus := plugged(NCM)), bus=bus)


class Write(NamedTuple):
    """What is written, what was saved of the stick before, and what must come of it: was it written, or an error."""

    action: Ports | U2diag
    result: bool | type[ModeswitchError]
    stick: str
    saved: tuple[str, str] = ("", "")

    def __str__(self) -> str:
        return f"{self.action} to {self.stick}" + f" with {'='.join(self.saved)}" * bool(self.saved[0])


E173 = "e173,wakes=linux"
WRITES = (
    Write(U2diag(256), True, E173),
    Write(U2diag(255), False, E173),
    Write(U2diag(0), Refused, E173),
    Write(U2diag(257), Refused, E173),
    # A value that it came with is good, whatever it is.
    Write(U2diag(0), True, E173, ("U2DIAG", "0")),
    Write(U2diag(0), Refused, E173, ("U2DIAG", "1")),
    Write(U2diag(0), Refused, E173, ("SETPORT", "0")),
    Write(U2diag(256), CommandFailed, f"{E173},nv=refused"),
    Write(U2diag(256), CommandFailed, f"{E173},nv=lost"),
    Write(U2diag(256), Unavailable, NCM),
    Write(Ports(value="FF;12,16"), True, NCM),
    Write(Ports(mode="stick"), True, NCM),
    Write(Ports(value=LIST), False, NCM),
    Write(Ports(mode="ncm"), False, NCM),
    Write(Ports(value=";12,16"), Refused, NCM),
    # The guard lets a first group pass that the stick had; this stick then does not take it.
    Write(Ports(value=";12,16"), CommandFailed, NCM, ("SETPORT", ";12,16")),
    Write(Ports(value=";12,16"), Refused, NCM, ("SETPORT", ";12,1")),
    Write(Ports(value=";12,16"), Refused, NCM, ("U2DIAG", ";12,16")),
    Write(Ports(value="FF;12,16"), CommandFailed, f"{NCM},nv=refused"),
    Write(Ports(value="FF;12,16"), CommandFailed, f"{NCM},nv=lost"),
    Write(Ports(value="FF;12,16"), Unavailable, E173),
)


def put(resources: Resources, action: Ports | U2diag) -> bool:
    action.perform(resources, None)
    return resources.wrote


@pytest.mark.parametrize("case", WRITES, ids=str)
def test_what_is_written_was_allowed_and_saved_and_is_read_again(case: Write, tmp_path: Path) -> None:
    bus, store = plugged(case.stick), Store(tmp_path)
    device, modem = here(bus), bus.sim.sticks[0].modem
    had = (modem.nvram.ports, modem.nvram.u2diag)
    if case.saved[0]:
        store.save(IMEI, "1-1", "stick", *case.saved)
    told: list[tuple[str, str]] = []
    got: bool | type[ModeswitchError]

    def tell(event: str, **facts: Any) -> None:
        if event == "saved":
            assert facts["file"] == str(tmp_path / f"imei-{IMEI}.toml")
            assert not any(re.match(r'AT\^(SETPORT="|U2DIAG=\d)', command) for command in modem.heard)
            told.append((facts["name"], facts["value"]))

    with Resources(bus, device, bus.now() + 60, tell, store) as resources:
        try:
            got = put(resources, case.action)
        except ModeswitchError as error:
            got = type(error)
    assert got == case.result
    name, value = ("SETPORT", had[0]) if isinstance(case.action, Ports) else ("U2DIAG", str(had[1]))
    assert told == ([(name, value)] if case.result in (True, CommandFailed) else [])
    assert ((modem.nvram.ports, modem.nvram.u2diag) != had) is (case.result is True)


@pytest.mark.parametrize(("stick", "action"), [(NCM, Ports(value="FF;12,16")), (E173, U2diag(256))], ids=str)
def test_a_stick_that_says_ok_and_keeps_its_value(stick: str, action: Ports | U2diag, tmp_path: Path) -> None:
    name = "AT^SETPORT" if isinstance(action, Ports) else "AT^U2DIAG"
    bus = plugged(f"{stick},nv=lost")
    with (
        Resources(bus, here(bus), bus.now() + 60, silent, Store(tmp_path)) as resources,
        pytest.raises(CommandFailed, match=re.escape(f"OK to {name} and did not keep it")) as raised,
    ):
        put(resources, action)
    assert raised.value.facts["answer"] == "OK"


def write(bus: SimBus, text: str, folder: Path) -> Device:
    do(ports.write_ports, here(bus), PortList.parse(text), bus=bus, store=Store(folder))
    return here(bus)


def restored(device: Device, **more: Any) -> tuple[Device, list[Saved]]:
    """What was put back, and the stick afterwards."""

    def restore(session: Session) -> tuple[Device, list[Saved]]:
        changed = ports.restore(session)
        return session.device, changed

    return do(restore, device, **more)


def test_write_and_restore(tmp_path: Path) -> None:
    bus = plugged(NCM)
    nvram = bus.sim.sticks[0].nvram
    assert write(bus, "FF;12,16", tmp_path).mode == "ncm"
    assert write(bus, "FF;12,1", tmp_path).mode == "stick"
    assert nvram.ports == "FF;12,1"
    after, changed = restored(here(bus), bus=bus, library=Library(), store=Store(tmp_path))
    assert [one.value for one in changed] == [LIST]
    assert nvram.ports == LIST
    assert after.mode == "mass-storage"
    text = (tmp_path / "imei-868723020012345.toml").read_text("utf-8")
    assert [line for line in text.splitlines() if line.startswith("value")] == [
        f'value = "{LIST}"',
        'value = "FF;12,16"',
        'value = "FF;12,1"',
    ]


def test_restore_of_what_is_as_it_was(tmp_path: Path) -> None:
    bus = plugged(NCM)
    Store(tmp_path).save("868723020012345", "1-1", "stick", "SETPORT", LIST)
    resets = bus.sim.sticks[0].enumerations
    _, changed = restored(here(bus), bus=bus, library=Library(), store=Store(tmp_path))
    assert changed == []
    assert bus.sim.sticks[0].enumerations == resets


def test_restore_of_a_u2diag_that_is_as_it_was(tmp_path: Path) -> None:
    bus = plugged(E173)
    Store(tmp_path).save(IMEI, "1-1", "stick", "U2DIAG", "255")
    assert restored(here(bus), bus=bus, library=Library(), store=Store(tmp_path))[1] == []


class Told:
    """Keeps what is told."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, event: str, **facts: Any) -> None:
        self.events.append((event, facts))

    def of(self, event: str, fact: str) -> list[Any]:
        return [facts[fact] for name, facts in self.events if name == event]


def test_all_that_a_restore_does_is_told(tmp_path: Path) -> None:
    bus, tell = plugged("e3372h-153,ports=FF;12+16"), Told()
    Store(tmp_path).save(IMEI, "1-1", "stick", "SETPORT", LIST)
    restored(here(bus), bus=bus, library=Library(), store=Store(tmp_path), tell=tell)
    assert tell.of("at", "command") == bus.sim.sticks[0].modem.heard
    assert (tell.of("transition", "start"), tell.of("transition", "to")) == (["ncm"], [["mass-storage"]])
    assert tell.of("step", "step")[-1] == "AT^RESET"
    assert tell.of("found", "mode") == ["mass-storage"]


@pytest.mark.parametrize(
    ("stick", "action", "to"),
    [
        (NCM, "FF;12,16", ["ncm"]),
        (NCM, "FF;12,1", ["stick"]),
        (NCM, "A1,A2;12,16", ["mass-storage"]),
        (NCM, "A1;12,16,A1", ["mass-storage"]),
    ],
)
def test_what_a_written_list_leads_to(stick: str, action: str, to: list[str], tmp_path: Path) -> None:
    bus, tell = plugged(stick), Told()
    do(
        ports.write_ports,
        here(bus),
        PortList.parse(action),
        bus=bus,
        library=Library(),
        store=Store(tmp_path),
        tell=tell,
    )
    assert tell.of("transition", "to") == [to]
    assert here(bus).mode == to[0]
    assert tell.of("at", "command") == bus.sim.sticks[0].modem.heard


def test_a_timeout_bounds_a_task_as_a_whole(tmp_path: Path) -> None:
    """Each answer takes two seconds: five are enough for some answers, not for all."""
    bus, store = plugged(f"{NCM},at=slow,lag=2"), Store(tmp_path)
    store.save(IMEI, "1-1", "stick", "SETPORT", "FF;12,16")
    started = bus.now()
    with pytest.raises(Unavailable):
        restored(here(bus), bus=bus, library=Library(), store=store, timeout=5)
    assert bus.now() - started <= 5.1
    started = bus.now()
    with pytest.raises(Unavailable):
        do(ports.saved, here(bus), bus=bus, store=store, timeout=1)
    assert bus.now() - started <= 1.1
    started = bus.now()
    with pytest.raises(LinkLost):
        do(ports.write_ports, here(bus), PortList.parse("FF;12,16"), bus=bus, library=Library(), store=store, timeout=3)
    assert bus.now() - started <= 3.1


def test_a_stick_that_stays_away_after_a_write_is_waited_for_as_long_as_was_said(tmp_path: Path) -> None:
    bus, tell = plugged(f"{NCM},back=never"), Told()
    started = bus.now()
    with pytest.raises(NotBack):
        do(
            ports.write_ports,
            here(bus),
            PortList.parse("FF;12,16"),
            bus=bus,
            library=Library(),
            store=Store(tmp_path),
            timeout=4,
            tell=tell,
            tick=0.5,
        )
    assert bus.now() - started <= 4.5
    assert len(tell.of("waiting", "seconds")) >= 8


def test_a_stick_that_is_back_unreadable_after_a_write_says_why(tmp_path: Path) -> None:
    bus = plugged(NCM)
    stick = bus.sim.sticks[0]

    def break_it(event: str, **_facts: object) -> None:
        if event == "left":
            stick.faults = replace(stick.faults, descriptors="lying")

    with pytest.raises(SwitchFailed, match="bNumInterfaces 9"):
        do(
            ports.write_ports,
            here(bus),
            PortList.parse("FF;12,16"),
            bus=bus,
            library=Library(),
            store=Store(tmp_path),
            tell=break_it,
        )


def test_restore_of_u2diag(tmp_path: Path) -> None:
    bus = plugged("e173,u2diag=256")
    Store(tmp_path).save("", "1-1", "stick", "U2DIAG", "255")
    after, changed = restored(here(bus), bus=bus, library=Library(), store=Store(tmp_path))
    assert [one.value for one in changed] == ["255"]
    assert after.mode == "mass-storage"


def test_nothing_was_saved(tmp_path: Path) -> None:
    bus = plugged(NCM)
    with pytest.raises(Refused, match="nothing was saved for 12d1:1506 at 1-1") as raised:
        restored(here(bus), bus=bus, library=Library(), store=Store(tmp_path))
    assert raised.value.facts == {"port": "1-1", "id": "12d1:1506", "mode": "ncm"}


def test_a_saved_list_is_no_excuse_for_a_stick_without_an_at_port(tmp_path: Path) -> None:
    bus = plugged(NCM)
    Store(tmp_path).save("868723020012345", "1-1", "stick", "SETPORT", "A1,A2;16")
    with pytest.raises(Refused, match="no PCUI"):
        restored(here(bus), bus=bus, library=Library(), store=Store(tmp_path))
    assert bus.sim.sticks[0].nvram.ports == LIST


@pytest.mark.parametrize("text", ["A1,A2;16", "A1,A2;12,12", "A1;A1,12", "A1,A2;12,2", "A2;12"])
def test_a_refused_list_changes_nothing(text: str, tmp_path: Path) -> None:
    bus = plugged(NCM)
    with pytest.raises(Refused) as raised:
        write(bus, text, tmp_path)
    assert raised.value.status == 5
    assert bus.sim.sticks[0].nvram.ports == LIST
    assert list(tmp_path.iterdir()) == []


def test_what_is_mounted_is_not_pulled_away(tmp_path: Path) -> None:
    bus = plugged(f"{NCM},mounted")
    with pytest.raises(Refused, match="in use"):
        write(bus, "FF;12,16", tmp_path)
    assert bus.sim.sticks[0].nvram.ports == LIST


def test_the_same_list_is_not_written_again(tmp_path: Path) -> None:
    bus = plugged(NCM)
    assert write(bus, LIST, tmp_path).mode == "ncm"
    assert not any('SETPORT="' in command for command in bus.sim.sticks[0].modem.heard)


def test_a_module_is_left_alone() -> None:
    bus = plugged("e3372h")
    device = here(bus)
    assert device.product is not None
    alone = device._replace(product=device.product._replace(leave_alone="a reason"))
    with pytest.raises(Refused, match="a reason") as raised:
        do(line.status, alone, bus=bus)
    assert raised.value.facts == {"port": "1-1", "id": "12d1:1f01", "mode": "mass-storage"}
    assert bus.sim.wire == []


def test_a_product_that_nobody_knows_may_be_asked() -> None:
    bus = plugged(NCM)
    assert do(line.status, here(bus)._replace(product=None), bus=bus).sim == "READY"
