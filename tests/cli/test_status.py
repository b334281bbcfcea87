"""``modeswitch status``: what a stick says of itself, what it does not say, and who cannot be asked."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.rig import script, sunny
from tests.support.said import LINE, Command, done_event
from tests.support.sticks import STICK_NCM


def test_status_of_a_stick(command: Command) -> None:
    said = command("status", "1-1", sticks=(STICK_NCM,))
    shown = dict(line.split(maxsplit=1) for line in said.out.splitlines()[1:])
    assert shown["interface"] == "wwan0"
    assert shown["SIM"] == "READY"
    assert shown["line"] == "down"
    assert shown["signal"] == "-79 dBm"


@pytest.mark.parametrize(
    ("stick", "out"),
    [
        (
            "e3372h,wakes=project",
            "1-1: 12d1:1442 is in download\n  it has no AT port in this mode; nothing more can be asked\n",
        ),
        (
            "e3372h,descriptors=lying",
            "1-1: 12d1:1f01 is unreadable: reading descriptors: bNumInterfaces 9, but 1 are described\n",
        ),
    ],
)
def test_status_of_what_nobody_can_ask(command: Command, stick: str, out: str) -> None:
    said = command("status", "1-1", sticks=(stick,))
    assert (said.status, said.out) == (0, out)
    (done,) = command("status", "1-1", "--json", sticks=(stick,)).events
    assert "sim" not in done


def test_what_a_stick_does_not_say_is_shown_as_unknown(command: Command) -> None:
    silent = ("AT+CPIN?", "AT+CEREG?", "AT+CREG?", "AT+COPS?", "AT+CSQ", "AT^NDISSTATQRY?", "AT^NDISSTATQRY=1")
    bus = sunny(STICK_NCM)
    script(bus, dict.fromkeys((*silent, "AT^FHVER"), ("ERROR",)))
    said = command("status", "1-1", bus=bus)
    assert (
        said.out
        == """\
1-1: 12d1:1506 is in ncm
  interface  wwan0
  SIM        it does not say
  network    registered: it does not say
  signal     unknown
  line       it does not say
"""
    )


@pytest.mark.parametrize(
    ("stick", "facts"),
    [
        ("e3372h", {**done_event("12d1:1f01", "mass-storage"), "result": "status", "networks": []}),
        ("e3372h,wakes=ecm", {**done_event("12d1:14dc", "hilink"), "result": "status", "networks": ["eth1"]}),
    ],
)
def test_status_of_a_stick_without_an_at_port_in_json(command: Command, stick: str, facts: dict[str, Any]) -> None:
    assert command("status", "1-1", "--json", sticks=(stick,)).events == [facts]


def test_a_line_that_is_up_is_shown_with_its_addresses(command: Command) -> None:
    bus = sunny(STICK_NCM)
    bus.sim.sticks[0].modem.up = True
    said = command("status", "1-1", bus=bus)
    assert "  line       up, address 10.64.64.64/25, gateway 10.64.64.1, DNS 10.64.64.1\n" in said.out
    (done,) = command("status", "1-1", "--json", bus=bus).events
    assert (done["up"], done["addresses"]) == (True, LINE)
    assert command("disconnect", "1-1", "--json", bus=bus).events[-1]["result"] == "disconnected"
