"""Bytes in hex: descriptors, whole, broken, of several devices, and switching messages."""

from __future__ import annotations

import pytest

from modeswitch.doctor.pasted.hex import LARGEST
from modeswitch.doctor.pasted.read import read
from tests.support.pasted import devices

DEVICE = "12 01 00 02 00 00 00 40 d1 12 06 15 02 01 01 02 00 01"
CONFIGURATION = "09 02 12 00 01 01 00 80 fa 09 04 00 00 00 ff 02 16 00"


def test_descriptors() -> None:
    assert devices(f"{DEVICE}\n{CONFIGURATION}\n") == ["12d1:1506@- 0=ff/02/16:?"]
    without_blanks = [
        f"{name} {bytes.fromhex(line).hex()}" for name, line in (("DEVICE", DEVICE), ("CONFIG", CONFIGURATION))
    ]
    assert devices("\n".join(without_blanks)) == ["12d1:1506@- 0=ff/02/16:?"]


def test_two_devices() -> None:
    other = DEVICE.replace("06 15", "01 1f")
    assert devices("\n".join((DEVICE, CONFIGURATION, other, CONFIGURATION))) == [
        "12d1:1506@- 0=ff/02/16:?",
        "12d1:1f01@- 0=ff/02/16:?",
    ]


def test_descriptors_that_cannot_be_parsed() -> None:
    (device,) = read(f"{DEVICE}\n{CONFIGURATION[:-6]}\n".encode()).devices
    assert "wTotalLength 18 where 16 bytes are left" in device.problem
    assert device.id is None


def test_configurations_without_their_device_are_left_out() -> None:
    assert devices(CONFIGURATION) == []


def test_the_bound() -> None:
    lines = [DEVICE.replace("00 01", "00 08"), *[CONFIGURATION] * (8 * LARGEST // 18 + 100)]
    (device,) = read("\n".join(lines).encode()).devices
    assert [interface.number for interface in device.interfaces] == [0]


def test_a_switching_message_is_understood() -> None:
    text = read(b"MessageContent=55534243123456780000000000000011062000000100000000000000000000")
    assert (text.understood, text.forms, text.devices) == (1, ("switching messages",), ())


@pytest.mark.parametrize("before", ["", "> ", "DEVICE ", "0000000 ", "00000000  ", "[  1.0] usb 1-1: descriptors: "])
def test_what_stands_before_the_descriptors(before: str) -> None:
    assert devices(f"{before}{DEVICE}\n{before}{CONFIGURATION}\n") == ["12d1:1506@- 0=ff/02/16:?"]
