"""What sticks have been captured to answer about their line: addresses (AT^DHCP), and whether it is up."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.modem import line as data_line
from modeswitch.modem.line import Addresses

CAPTURE = (Path(__file__).parent.parent / "captures" / "26_at_responses.txt").read_text("utf-8").splitlines()


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
    found = data_line.decode_dhcp(whole.partition(":")[2])
    assert found == expected


def test_what_follows_the_addresses_is_ignored() -> None:
    assert data_line.decode_dhcp("1,ff,2,5,3,4,a speed") == Addresses("1.0.0.0", 8, "2.0.0.0", ("3.0.0.0", "4.0.0.0"))


@pytest.mark.parametrize("text", ["", "1,2,3", "x,x,x,x,x,x", "123456789,0,0,0,0,0", "a3ec5c64;f8ffffff"])
def test_an_answer_that_has_no_addresses(text: str) -> None:
    assert data_line.decode_dhcp(text) is None


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
    assert data_line.is_up(data_line.states([value])) is up


@pytest.mark.parametrize(
    ("values", "ip", "up"),
    [
        # ModemManager's test cases: each family in a line of its own.
        (["0,,,IPV4", "1,,,IPV6"], "46", True),
        (["0,,,IPV4", "1,,,IPV6"], "4", False),
        (["0,,,IPV4", "1,,,IPV6"], "6", True),
        (["1,,,IPV4", "0,33,,IPV6"], "4", True),
        (['1,,,"IPV4",0,50,,"IPV6"'], "6", False),
        (["0,,,IPV4"], "6", None),
        (["1"], "6", True),
        (["1,,,ipv4"], "4", True),
        ([], "46", None),
    ],
)
def test_a_line_is_up_by_the_families_that_are_wanted(values: list[str], ip: str, up: bool | None) -> None:
    assert data_line.is_up(data_line.states(values), ip) is up


@pytest.mark.parametrize(
    ("urc", "said"),
    [
        ('^NDISSTAT:0,50,,"IPV6"', ("IPV6", 50)),
        ("^NDISSTAT: 0,33,,IPV6", ("IPV6", 33)),
        ('^ndisstat: 0,33,,"IPV4"', ("IPV4", 33)),
        ("^NDISSTAT:0,67", ("", 67)),
        ("^NDISSTAT: 0,0,,IPV4", None),
        ('^NDISSTAT: 0,,,"IPV4"', None),
        ('^NDISSTAT:1,,,"IPV4"', None),
        ("^NDISSTAT: 0,123456789,,IPV4", None),
        ("+CREG: 0,33", None),
    ],
)
def test_what_an_unasked_line_refuses(urc: str, said: tuple[str, int] | None) -> None:
    found = data_line.refusal(urc)
    assert (tuple(found) if found else None) == said
