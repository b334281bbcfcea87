"""The modem of a simulated stick: what it answers to commands that it has not, and what its user has set."""

from __future__ import annotations

import pytest

from tests.sim.test_sim import Held
from tests.sim.test_weather import ask


def test_echo_is_as_it_was_set() -> None:
    held = Held("e3372h-153,wakes=linux")
    assert ask(held, "AT") == "AT\r\r\nOK\r\n"
    ask(held, "ATE0")
    assert ask(held, "AT") == "\r\nOK\r\n"
    ask(held, "ATE1")
    assert ask(held, "AT").startswith("AT\r")


def test_an_empty_line_is_no_command() -> None:
    held = Held("e3372h-153,wakes=linux")
    assert ask(held, "") == "\r"
    assert held.stick.modem.heard == []


@pytest.mark.parametrize(
    ("stick", "command", "answer"),
    [
        ("e3372h-153,wakes=linux", "AT^U2DIAG=0", "COMMAND NOT SUPPORT"),
        ("e3372h-153,wakes=linux", "AT^U2DIAG?", "COMMAND NOT SUPPORT"),
        ("e173,wakes=linux", "AT^U2DIAG=none", "+CME ERROR: 50"),
        ("e3372h-153,wakes=linux", 'AT+CPIN="1234"', "+CME ERROR: operation not allowed"),
        ("e3372h-153,wakes=linux", "AT+NOSUCH", "ERROR"),
    ],
)
def test_what_it_has_not_or_does_not_want(stick: str, command: str, answer: str) -> None:
    assert ask(Held(stick), command).splitlines()[-1] == answer


def test_a_command_that_nothing_of_ours_may_send_leaves_it_without_its_modes() -> None:
    """So that a test which sends one by mistake notices."""
    held = Held("e3372h,wakes=gateway-ncm")
    ask(held, "AT^GODLOAD")
    held.wait(60)
    assert held.stick.looks == "project"
