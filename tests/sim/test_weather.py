"""What real sticks do and polite ones do not: each at its time, each a word."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from modeswitch.errors import UsageError
from modeswitch.sim.faults import ERRNOS, PLACES, Failure, failure
from modeswitch.sim.storage import Broken, Nak
from modeswitch.sim.weather import RAINY
from modeswitch.usb import bot, scsi
from tests.sim.test_sim import GATEWAY, IN, LINUX, OUT, Held


def rewind(held: Held, host: int = GATEWAY, profile: int = 1, green: int = 0) -> None:
    """Send the message and read no CSW."""
    held.stick.out(OUT, scsi.build_cbw(scsi.build_cdb("HUAWEI REWIND", host=host, profile=profile, green=green)))


def ask(held: Held, command: str) -> str:
    """What the first AT port says to a command within a second of the model's time."""
    port = held.stick.modem.ports[0]
    port.pending.clear()
    port.out(command.encode() + b"\r")
    held.wait(1)
    return port.pending.decode()


def test_a_switching_command_gets_no_csw_and_breaks_off_before_the_hub_knows() -> None:
    held = Held("e3372h", "")
    rewind(held)
    with pytest.raises(Nak):
        held.stick.into(IN, 13)
    held.wait(RAINY.linger + 0.01)
    assert (held.stick.present, held.stick.broken) == (True, True)
    for transfer in (
        lambda: held.stick.into(IN, 13),
        lambda: held.stick.out(OUT, b"x"),
        lambda: held.stick.control(0x80, 0, 0, 0, b"", 2),
        lambda: held.stick.clear_halt(IN),
        held.stick.reset,
    ):
        with pytest.raises(Broken):
            transfer()
    held.wait(RAINY.breaks)
    assert not held.stick.present
    held.wait(RAINY.away)
    assert (held.stick.present, held.stick.broken, held.stick.looks) == (True, False, "gateway-ncm")


def test_a_command_that_switches_nothing_has_its_csw_in_the_rain_too() -> None:
    assert Held("e3372h", "").command(scsi.build_cdb("TEST UNIT READY")) == 0


def test_an_at_port_is_mute_until_it_has_booted() -> None:
    held = Held("e3372h-153,wakes=linux,boots=5", "")
    held.wait(3)
    assert ask(held, "AT") == ""
    held.wait(1.1)
    assert "OK" in ask(held, "AT")


def test_a_sim_is_busy_and_a_network_searched_for_since_power_up() -> None:
    held = Held("e3372h-153,wakes=linux,boots=0,simbusy=5,registers=9", "")
    assert "SIM busy" in ask(held, "AT+CPIN?")
    held.wait(5)
    assert "READY" in ask(held, "AT+CPIN?")
    assert "+CREG: 0,2" in ask(held, "AT+CREG?")
    assert "ERROR" in ask(held, 'AT^NDISDUP=1,1,"a"')
    held.wait(3)
    assert "+CREG: 0,1" in ask(held, "AT+CREG?")
    assert "OK" in ask(held, 'AT^NDISDUP=1,1,"a"')
    assert not held.stick.modem.up
    held.wait(RAINY.dials)
    assert held.stick.modem.up


def test_a_line_that_goes_down_slowly() -> None:
    held = Held("e3372h-153,wakes=linux,hangsup=8")
    ask(held, 'AT^NDISDUP=1,1,"a"')
    held.wait(1)
    assert "OK" in ask(held, "AT^NDISDUP=1,0")
    held.wait(6)
    assert held.stick.modem.up
    held.wait(2)
    assert not held.stick.modem.up


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("AT+CREG?", "+CREG: 0,1"),
        ("AT+CGREG?", "+CGREG: 0,1"),
        ("AT+CEREG?", "+CEREG: 0,1"),
        ("at+cgmi", "huawei"),
        ("AT+COPS=3,2;+COPS?", '+COPS: 0,2,"00101",7'),
        ("AT+CFUN=1", ""),
    ],
)
def test_what_modemmanager_asks(command: str, answer: str) -> None:
    assert ask(Held("e3372h-153,wakes=linux"), command).split() == [command, *answer.split(), "OK"]


def test_a_router_has_its_carrier_and_its_page_after_a_while() -> None:
    held = Held("e3372h,wakes=ecm,carrier=3,page=7", "")
    seen = []
    for _ in range(3):
        seen.append((held.stick.lan.up, held.stick.lan.page))
        held.wait(4)
    assert seen == [(False, False), (True, False), (True, True)]


def test_a_network_without_a_carrier_never_has_one() -> None:
    held = Held("e3372h-153,wakes=linux,nocarrier")
    assert "OK" in ask(held, 'AT^NDISDUP=1,1,"a"')
    held.wait(60)
    assert "^NDISSTATQRY: 1" in ask(held, "AT^NDISSTATQRY?")
    assert not held.stick.lan.up
    router = Held("e3372h,wakes=ecm,nocarrier", "")
    router.wait(60)
    assert not router.stick.lan.up


def test_a_restart_takes_as_long_as_a_real_one() -> None:
    held = Held("e3372h,wakes=ecm", "")
    held.stick.reboot()
    held.wait(RAINY.resets + RAINY.breaks + 0.1)
    assert not held.stick.present
    held.wait(RAINY.restarts - 0.2)
    assert not held.stick.present
    held.wait(0.2)
    assert held.stick.looks == "storage"


@pytest.mark.parametrize(("words", "first"), [("twice=2", "storage"), ("twice=2,first=rndis", "rndis")])
def test_a_stick_that_comes_back_twice(words: str, first: str) -> None:
    held = Held(f"e3372h,{words}")
    held.rewind(LINUX, 0, 1)
    held.wait(1)
    assert (held.stick.looks, held.stick.present) == (first, True)
    held.wait(2)
    assert (held.stick.looks, held.stick.present, held.stick.enumerations) == ("ecm", True, 3)


def test_a_stick_that_falls_back_does_so_each_time() -> None:
    held = Held("e3372h,falls=3")
    for number in (2, 4):
        held.rewind(LINUX, 0, 1)
        held.wait(1)
        assert (held.stick.looks, held.stick.enumerations) == ("ecm", number)
        held.wait(4)
        assert (held.stick.looks, held.stick.enumerations) == ("storage", number + 1)


def test_storage_that_hangs_answers_at_last() -> None:
    held = Held("e3372h,hung=10")
    held.stick.out(OUT, scsi.build_cbw(scsi.build_cdb("TEST UNIT READY")))
    held.wait(9)
    with pytest.raises(Nak):
        held.stick.into(IN, 13)
    assert held.stick.next_due() is not None
    held.wait(1.1)
    assert bot.read_csw(held.stick.into(IN, 13)).status == 0


@pytest.mark.parametrize(
    ("fault", "kept", "after"),
    [("", "FF;12,16", "FF;12,16"), (",nv=other", "FF;16", "FF;16"), (",nv=forgets", "FF;12,16", "A1,A2;12,1,16,A1,A2")],
)
def test_what_nvram_keeps(fault: str, kept: str, after: str) -> None:
    held = Held(f"e3372h-153,wakes=linux{fault}")
    assert "OK" in ask(held, 'AT^SETPORT="FF;12,16"')
    assert f"^SETPORT:{kept}\r" in ask(held, "AT^SETPORT?")
    ask(held, "AT^RESET")
    held.wait(5)
    assert held.stick.nvram.ports == after


@pytest.mark.parametrize(
    ("hub", "away", "back"), [("", False, "storage"), ("dataonly", False, "ecm"), ("unseen", True, "storage")]
)
def test_what_a_hub_does_with_a_ports_power(hub: str, away: bool, back: str) -> None:
    held = Held(f"e3372h,wakes=ecm{f',hub={hub}' if hub else ''}")
    held.stick.power(False)
    held.wait(3)
    assert (held.stick.present, held.stick.broken) == (away, True)
    held.stick.power(True)
    held.wait(1)
    assert (held.stick.present, held.stick.broken, held.stick.looks) == (True, False, back)


def test_the_words_of_a_failing_transfer() -> None:
    assert failure("") is None
    assert failure("bulk-out:EPROTO") == Failure("bulk-out", "EPROTO", 1)
    assert {failure(f"{place}:{error}:3") for place in PLACES for error in ERRNOS} == {
        Failure(place, error, 3) for place in PLACES for error in ERRNOS
    }


@pytest.mark.parametrize("text", ["x:EIO", "bulk-out", "bulk-out:EODD", "bulk-out:EIO:x", "bulk-out:EIO:1:2", ":"])
def test_malformed_words_of_a_failing_transfer(text: str) -> None:
    read: Callable[[str], object] = Held
    with pytest.raises(UsageError):
        read(f"e3372h,fails={text}")
