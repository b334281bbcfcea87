"""AT commands: which may be sent, and what is told of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeswitch.errors import CommandFailed, Refused, UsageError
from modeswitch.modem.at import COMMANDS, checked, quoted
from tests.support.at_port import OK, ask, dialogue, says

# What can be sent.


@pytest.mark.parametrize(
    "command",
    [
        *("AT", "ATE0", "ATE1", "ATI", "AT^SETPORT?", "AT^SETPORT=?", 'AT^SETPORT="A1,A2;12,16"', "AT^U2DIAG=255"),
        *('AT^NDISDUP=1,1,"a;b","u,ser","p a$$",2', "AT^NDISDUP=1,0", 'AT+CGDCONT=1,"IP","internet"', 'AT+CPIN="1234"'),
        *("at^reset", "AT^RESET", "AT+CGSN", 'AT^NDISDUP=1,1,"' + "x" * 583 + '"'),
    ],
)
def test_what_can_be_sent(command: str) -> None:
    assert checked(command) == command
    talk, port = dialogue(says(OK))
    talk.ask(command)
    assert port.written == [command.encode() + b"\r"]


@pytest.mark.parametrize(
    "command",
    [
        *(
            "AT^GODLOAD",
            "at^godload",
            "AT^TMODE=1",
            "AT^TMODE=3",
            "AT^TMODE?",
            "AT^NVWR=1,1,0",
            "AT^NVWREX=50091,0,1,0",
        ),
        *("AT+CFUN=16", "AT+CFUN=1,1", "AT^FACINFO?", 'AT^DATALOCK="1"', 'AT^CARDLOCK="1"', "AT^SFM=1", "ATZ", "AT&F"),
        *(
            "AT^SETPORT?;^GODLOAD",
            "AT+CSQ;+CGSN",
            'AT^SETPORT="A1;12";^GODLOAD',
            "AT^RESET\rAT^GODLOAD",
            "AT^RESET\n",
            "ATD123",
        ),
        *(
            'AT+CPIN="1"2"',
            'AT+CPIN="12',
            'AT+CPIN="é"',
            'AT+CPIN="\x1a"',
            "AT^SETPORT=A1;12",
            "",
            "+CSQ",
            "AT ^GODLOAD",
        ),
        *("A/", "+++", "AT^SETPORT ?", 'AT^NDISDUP=1,1,"' + "x" * 584 + '"', "AT\x00", "AT^RESET\r"),
    ],
)
def test_what_can_not_be_sent(command: str) -> None:
    talk, port = dialogue(says(OK))
    with pytest.raises(Refused):
        talk.ask(command)
    assert port.written == []


def test_no_dangerous_command_is_in_the_list() -> None:
    assert not {"^GODLOAD", "^TMODE", "^NVWR", "^NVWREX", "+CFUN", "^FACINFO", "^DATALOCK", "^DLOADMODE"} & COMMANDS


@pytest.mark.parametrize("text", ['a"b', "a\rb", "a\nb", "a\x1ab", "a\x00", "é", "٣", "\u2028", "x" * 101, '"', "\x7f"])
def test_what_no_string_can_hold(text: str) -> None:
    with pytest.raises(UsageError, match="the APN"):
        quoted(text, "the APN")


@pytest.mark.parametrize("text", ["", "internet", "a b;c,d", "x" * 100])
def test_what_a_string_can_hold(text: str) -> None:
    assert quoted(text, "the APN") == f'"{text}"'


@given(st.text(max_size=60))
def test_no_text_becomes_a_second_command(text: str) -> None:
    """Whatever is quoted is one string of one command, or refused."""
    try:
        command = f"AT^NDISDUP=1,1,{quoted(text, 'it')}"
    except UsageError:
        return
    talk, port = dialogue(says(OK))
    talk.ask(command)
    (sent,) = port.written
    assert sent.count(b"\r") == 1
    assert sent.endswith(b"\r")
    assert sent.count(b'"') == 2


# What is told.


def test_secrets_are_in_no_trace_and_no_error() -> None:
    told: list[str] = []
    talk, _port = dialogue(
        says(b'AT+CPIN="4711"\r\r\n^X: 4711\r\n\r\n4711\r\n\r\n+CME ERROR: bad 4711\r\n'),
        trace=lambda event, **facts: told.append(f"{event} {facts}"),
    )
    with pytest.raises(CommandFailed) as raised:
        talk.ask('AT+CPIN="4711"', secrets=("4711",))
    assert len(told) > 2
    assert "***" in "".join(told)
    assert "4711" not in "".join(told) + str(raised.value) + str(raised.value.facts)


def test_an_empty_secret_hides_nothing() -> None:
    told: list[object] = []
    talk, _port = dialogue(says(OK), trace=lambda event, **facts: told.append(facts.get("command")))
    talk.ask("AT^CURC=0", secrets=("", "none"))
    assert "AT^CURC=0" in told


def test_a_final_result_is_harmless_on_a_terminal() -> None:
    with pytest.raises(CommandFailed) as raised:
        ask("AT", b"\r\n+CME ERROR: \x1b]0;x\x07\r\n")
    assert raised.value.message.isprintable()
    assert str(raised.value.facts["answer"]).isprintable()
