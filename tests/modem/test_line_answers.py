"""What sticks have been captured to answer about their line: addresses (AT^DHCP), and whether it is up."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.modem import dial
from modeswitch.modem.dial import Addresses

CAPTURE = (Path(__file__).parent.parent / "captures" / "26_at_responses.txt").read_text("utf-8").splitlines()


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
