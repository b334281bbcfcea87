"""What only a pasted log tells: errors, a stick that left, two ids by turns, what the text lacks."""

from __future__ import annotations

import pytest

from modeswitch.doctor.checks import diagnose
from tests.support.captures import raw
from tests.support.snapshots import FF03, RIGHT, findings, live, words

FOUND = "usb 1-1: New USB device found, idVendor=12d1, idProduct=1f01\n"


@pytest.mark.parametrize(
    ("text", "level", "phrase"),
    [
        (
            FOUND + "usb 1-1: device descriptor read/64, error -71",
            "problem",
            "the bus itself fails at port 1-1: device descriptor read/64, error -71",
        ),
        (
            FOUND + "usb 1-1: USB disconnect",
            "unclear",
            "it left and had not come back",
        ),
        (
            FOUND + "usb 1-1: Device is not authorized for usage",
            "problem",
            "it is not authorized",
        ),
        (
            "".join(
                f"usb 1-1: new high-speed USB device number {number} using xhci_hcd\n"
                f"usb 1-1: New USB device found, idVendor=12d1, idProduct={product}\n"
                "usb 1-1: USB disconnect\n"
                for number, product in enumerate(("1f01", "14db") * 3, 2)
            ),
            "problem",
            "it goes round at its port between 12d1:1f01 and 12d1:14db: it left 6 times",
        ),
    ],
)
def test_a_log_of_trouble(text: str, level: str, phrase: str) -> None:
    hit = [one for one in findings(text.encode()) if phrase in one.text]
    assert [one.level for one in hit] == [level]


def test_the_e303_that_is_stuck() -> None:
    found = words(findings(raw("23")))
    assert "bad CDC descriptors" in found
    assert "AT^U2DIAG=0" in found


def test_what_a_text_lacks_is_told() -> None:
    assert "the text has 5 of its 7 interfaces" in words(findings(raw("19")))
    assert "the text ends before its new id" in words(findings(raw("17")))


def test_a_live_stick_has_no_log() -> None:
    assert [one.level for one in diagnose(live(*FF03, bound=RIGHT))] == ["good"]
