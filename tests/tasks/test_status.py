"""The status of a stick: SIM, registration, operator, signal, line, addresses, firmware."""

from __future__ import annotations

import pytest

from modeswitch.errors import Refused
from modeswitch.modem.dial import Call
from modeswitch.modem.line import Addresses
from modeswitch.tasks import line
from tests.support.rig import do, here, script, sunny
from tests.support.sticks import STICK_NCM
from tests.support.tasks import DHCP, DOWN, OTHER_QUERY, QUERY, UP


def test_status() -> None:
    bus = sunny(STICK_NCM)
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
    assert after.addresses == Addresses("10.64.64.64", 25, "10.64.64.1", ("10.64.64.1",))


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
    bus = sunny(STICK_NCM)
    script(bus, {command: (said,) for command, said in answers.items()})
    found = do(line.status, here(bus), bus=bus)
    assert getattr(found, field) == value


def test_status_of_a_locked_sim() -> None:
    found = do(line.status, here(bus := sunny(f"{STICK_NCM},pin=1234")), bus=bus)
    assert (found.sim, found.registered, found.operator) == ("SIM PIN", False, "")


def test_a_module_is_left_alone() -> None:
    bus = sunny("e3372h")
    device = here(bus)
    assert device.product is not None
    alone = device._replace(product=device.product._replace(leave_alone="a reason"))
    with pytest.raises(Refused, match="a reason") as raised:
        do(line.status, alone, bus=bus)
    assert raised.value.facts == {"port": "1-1", "id": "12d1:1f01", "mode": "mass-storage"}
    assert bus.sim.wire == []


def test_a_product_that_nobody_knows_may_be_asked() -> None:
    bus = sunny(STICK_NCM)
    assert do(line.status, here(bus)._replace(product=None), bus=bus).sim == "READY"
