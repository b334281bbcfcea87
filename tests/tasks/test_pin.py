"""The SIM and its PIN: what the SIM says decides, a PIN is tried once, and the last try is left alone."""

from __future__ import annotations

import pytest

from modeswitch.errors import CommandFailed, ModeswitchError, Refused, UsageError
from modeswitch.modem.dial import Call
from modeswitch.tasks import line
from tests.support.rig import do, here, script, sunny
from tests.support.sticks import STICK_NCM


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
    bus = sunny(STICK_NCM)
    script(bus, {"AT+CPIN?": (said,)})
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
        ((SIM_PIN,), "", 1, 30.0, 32.0),
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
    bus = sunny(f"{STICK_NCM},pin=1234")
    script(bus, {"AT+CPIN?": sim, "AT^CPIN?": (tries,)})
    started = bus.now()
    if sent:
        assert do(line.connect, here(bus), Call("internet"), bus=bus, pin="1234").addresses
    else:
        with pytest.raises(Refused, match="more try"):
            do(line.connect, here(bus), Call("internet"), bus=bus, pin="1234")
    assert bus.sim.sticks[0].modem.heard.count('AT+CPIN="1234"') == sent
    assert least <= bus.now() - started <= most


@pytest.mark.parametrize("pin", ["12", "123456789", "12a4", '1"23', "1234\r", "\uff11\uff12\uff13\uff14"])
def test_a_malformed_pin_is_never_tried(pin: str) -> None:
    bus = sunny(f"{STICK_NCM},pin=1234")
    with pytest.raises(UsageError):
        do(line.connect, here(bus), Call("internet"), bus=bus, pin=pin)
    assert not any("CPIN=" in command for command in bus.sim.sticks[0].modem.heard)


def test_a_wrong_pin_is_tried_once_and_the_last_try_is_left_alone() -> None:
    bus = sunny(f"{STICK_NCM},pin=1234")
    modem = bus.sim.sticks[0].modem
    for _ in range(4):
        with pytest.raises(Refused):
            do(line.connect, here(bus), Call("internet"), bus=bus, pin="0000")
    assert modem.tries == 1
    assert modem.heard.count('AT+CPIN="0000"') == 2
