"""Dialling and hanging up: whole calls on simulated sticks, what is sent, and how a refused call ends."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from modeswitch.errors import CommandFailed, LinkLost, ModeswitchError, NoWay, Refused, Unavailable, UsageError
from modeswitch.modem.dial import Call
from modeswitch.modem.line import Addresses
from modeswitch.tasks import line
from tests.support.rig import do, here, script, sunny
from tests.support.sticks import STICK_NCM
from tests.support.tasks import CONTEXT, DHCP, DIAL, DOWN, OTHER_QUERY, QUERY, UP


class Dialled(NamedTuple):
    """A call and what must come of it: an error, or None for a line that is up; virtual seconds at most."""

    stick: str
    error: type[ModeswitchError] | None = None
    call: Call = Call("internet")
    pin: str = ""
    within: float = 3.0

    def __str__(self) -> str:
        return f"{self.stick} {self.call.apn}"


DIALLED = (
    Dialled(STICK_NCM),
    Dialled("e3372h,wakes=gateway-ncm"),
    Dialled("e3372h-153,ports=FF;12+16"),
    Dialled(STICK_NCM, None, Call("internet", "user", "pass word;,", "pap")),
    Dialled(f"{STICK_NCM},at=noecho"),
    Dialled(f"{STICK_NCM},at=urc"),
    Dialled(f"{STICK_NCM},at=lower"),
    Dialled(f"{STICK_NCM},at=slow", within=20),
    Dialled(f"{STICK_NCM},pin=1234", pin="1234"),
    Dialled(f"{STICK_NCM},pin=1234", Refused),
    Dialled(f"{STICK_NCM},pin=1234", Refused, pin="9999"),
    Dialled(f"{STICK_NCM},dial=refused", CommandFailed, within=91),
    Dialled(f"{STICK_NCM},dial=never", LinkLost, within=91),
    Dialled(f"{STICK_NCM},dial=drops", CommandFailed),
    Dialled(f"{STICK_NCM},at=mute", Unavailable, within=53),
    Dialled(f"{STICK_NCM},at=error", Unavailable, within=46),
    Dialled(f"{STICK_NCM},at=gone", LinkLost, within=31),
    Dialled("e3372h", NoWay, within=0),
    Dialled("e3372h,wakes=ecm", NoWay, within=0),
    Dialled("e3372h-153,ports=FF;12+1", NoWay, within=0),
)


@pytest.mark.parametrize("case", DIALLED, ids=str)
def test_connect(case: Dialled) -> None:
    bus = sunny(case.stick)
    device, modem = here(bus), bus.sim.sticks[0].modem
    started = bus.now()
    got: ModeswitchError | None = None
    try:
        up = do(line.connect, device, case.call, bus=bus, pin=case.pin)
    except ModeswitchError as error:
        got = error
    else:
        assert up.networks == ("wwan0",)
        assert up.addresses == Addresses("10.64.64.64", 25, "10.64.64.1", ("10.64.64.1",))
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
def test_a_stick_that_cannot_be_dialled_is_refused_with_a_hint(stick: str, words: str) -> None:
    bus = sunny(stick)
    with pytest.raises(NoWay) as raised:
        do(line.connect, here(bus), Call("internet"), bus=bus)
    assert words in raised.value.hint
    assert raised.value.hint.endswith("modeswitch 1-1 --to ncm")


def test_the_commands_that_a_call_sends() -> None:
    bus = sunny(f"{STICK_NCM},pin=1234")
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


def test_secrets_are_in_no_event() -> None:
    told: list[str] = []
    bus = sunny(f"{STICK_NCM},pin=4711")
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
def test_the_words_of_the_dialling_commands(call: Call, dial: str) -> None:
    assert call.commands() == ('AT+CGDCONT=1,"IP","a"', dial)


def test_the_events_of_a_call() -> None:
    bus = sunny(STICK_NCM)
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
    bus = sunny(f"{STICK_NCM},dial=never")
    started = bus.now()
    with pytest.raises(LinkLost) as raised:
        do(line.connect, here(bus), Call("internet"), bus=bus, timeout=timeout)
    assert bus.now() - started == pytest.approx(timeout, abs=0.05)
    assert "signal" in raised.value.hint


HERE = {"port": "1-1"}


class Waited(NamedTuple):
    """What a stick says of its line meanwhile, and what must come of it: an error or addresses, virtual seconds."""

    about: str
    answers: dict[str, tuple[str, ...]]
    result: type[ModeswitchError] | bool
    within: float = 2.0
    stick: str = STICK_NCM

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
    Waited("refused with the OK", {DIAL: ('OK|^NDISSTAT: 0,33,,"IPV4"',)}, CommandFailed, 1, f"{STICK_NCM},dial=never"),
    Waited(
        "refused while it is asked",
        {QUERY: (DOWN, '^NDISSTAT: 0,33,,"IPV4"|' + DOWN, DOWN)},
        CommandFailed,
        1,
        f"{STICK_NCM},dial=never",
    ),
    Waited("a cause that is none", {DIAL: ('OK|^NDISSTAT: 0,0,,"IPV4"',)}, LinkLost, 91, f"{STICK_NCM},dial=never"),
    Waited("another line's words", {DIAL: ('OK|^NDISSTAT: 1,33,,"IPV4"',)}, LinkLost, 91, f"{STICK_NCM},dial=never"),
    Waited("refused the last time", {CONTEXT: ('^NDISSTAT: 0,33,,"IPV4"|OK',)}, True),
)


@pytest.mark.parametrize("case", WAITED, ids=str)
def test_what_a_stick_says_of_its_line(case: Waited) -> None:
    bus = sunny(case.stick)
    script(bus, case.answers)
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
    bus = sunny(f"{STICK_NCM},dial=refused")
    with pytest.raises(CommandFailed) as raised:
        do(line.connect, here(bus), Call("internet"), bus=bus)
    assert "Is the APN right" in raised.value.hint


@pytest.mark.parametrize(
    "call",
    [
        *(Call('a"b'), Call("a\rb"), Call("ä"), Call(""), Call("x" * 101), Call('"\r\nAT^GODLOAD\r\n')),
        *(Call("a", 'u"', "p"), Call("a", "u", 'p"'), Call("a", "u", "p\n"), Call("a", "u", "ü"), Call("a", "", "p")),
        *(Call("a", "u", "p", "md5"), Call("a", "", "", "pap")),
    ],
)
def test_words_that_fit_into_no_command_are_refused_before_anything_is_sent(call: Call) -> None:
    bus = sunny(STICK_NCM)
    with pytest.raises(UsageError):
        do(line.connect, here(bus), call, bus=bus)
    assert bus.sim.wire == []


def test_a_line_that_is_up_is_not_dialled_again() -> None:
    bus = sunny(STICK_NCM)
    for _ in range(2):
        assert do(line.connect, here(bus), Call("internet"), bus=bus).addresses
    assert sum("NDISDUP" in command for command in bus.sim.sticks[0].modem.heard) == 1


def test_disconnect() -> None:
    bus = sunny(STICK_NCM)
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
    bus = sunny(STICK_NCM)
    script(bus, {QUERY: states, OTHER_QUERY: ("ERROR",), "AT^NDISDUP=1,0": (final,)})
    if isinstance(result, bool):
        assert do(line.disconnect, here(bus), bus=bus) is result
    else:
        with pytest.raises(result):
            do(line.disconnect, here(bus), bus=bus)
    assert bus.sim.sticks[0].modem.heard.count("AT^NDISDUP=1,0") == (result is not False)
