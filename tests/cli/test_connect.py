"""``modeswitch connect``: the interface, the addresses, and what is left to do."""

from __future__ import annotations

import io

import pytest

from modeswitch.cli.connect import described
from modeswitch.modem.line import Addresses
from tests.support.rig import script, sunny
from tests.support.said import Command
from tests.support.sticks import STICK_NCM


def test_connect_names_the_interface_and_what_is_left_to_do(command: Command) -> None:
    said = command("connect", "1-1", "--apn", "internet", sticks=(STICK_NCM,))
    first, second = said.out.splitlines()
    assert first == (
        "1-1: the line is up, network interface wwan0, address 10.64.64.64/25, gateway 10.64.64.1, DNS 10.64.64.1"
    )
    assert "DHCP client on wwan0" in second
    assert "1-1: dialling internet" in said.err


def test_connect_in_json(command: Command) -> None:
    last = command("connect", "1-1", "--apn", "internet", "--json", sticks=(STICK_NCM,)).events[-1]
    assert (last["interface"], last["address"], last["prefix"]) == ("wwan0", "10.64.64.64", 25)


def test_a_password_from_standard_input(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("geheim\n4711\n"))
    words = ("connect", "1-1", "--apn", "a", "--user", "u", "--password", "-", "--pin", "-")
    assert command(*words, sticks=(f"{STICK_NCM},pin=4711",)).status == 0
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert command(*words, sticks=(f"{STICK_NCM},pin=4711",)).status == 2


def test_a_line_whose_addresses_the_stick_does_not_tell(command: Command) -> None:
    bus = sunny(STICK_NCM)
    bus.sim.sticks[0].modem.up = True
    bus.sim.sticks[0].modem.network(True)
    script(bus, {"AT^DHCP?": ("ERROR",), "AT^GETPORTMODE": ("ERROR",)})
    first, _second = command("connect", "1-1", "--apn", "a", bus=bus).out.splitlines()
    assert first == "1-1: the line is up, network interface wwan0"
    assert "address" not in command("connect", "1-1", "--apn", "a", "--json", bus=bus).events[-1]
    assert "now" not in command("ports", "1-1", bus=bus).out


@pytest.mark.parametrize(
    ("addresses", "words"),
    [
        (None, ""),
        (Addresses("10.0.0.2", 30, "10.0.0.1", ()), ", address 10.0.0.2/30, gateway 10.0.0.1"),
        (
            Addresses("1.1.1.2", 8, "1.1.1.1", ("8.8.8.8", "9.9.9.9")),
            ", address 1.1.1.2/8, gateway 1.1.1.1, DNS 8.8.8.8, 9.9.9.9",
        ),
    ],
)
def test_the_addresses_in_words(addresses: Addresses | None, words: str) -> None:
    assert described(addresses) == words
