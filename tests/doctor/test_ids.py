"""What an id tells as findings, and the verdict that comes of them."""

from __future__ import annotations

import pytest

from modeswitch import diagnose
from tests.support.snapshots import LIBRARY


def lsusb(usb: str) -> str:
    return f"Bus 001 Device 004: ID {usb} x\n"


@pytest.mark.parametrize(
    ("text", "verdict", "command"),
    [
        (lsusb("12d1:1f01"), "problem", "modeswitch 12d1:1f01 --to hilink"),
        (lsusb("12d1:14dc"), "well", "ip link"),
        (lsusb("3566:2001"), "unclear", "usb-devices"),
        (lsusb("0781:5567"), "other", ""),
        ("usb 1-1: Product: HUAWEI\n", "unclear", "cat /sys/kernel/debug/usb/devices"),
    ],
)
def test_a_verdict(text: str, verdict: str, command: str) -> None:
    (found,) = diagnose(text=text, library=LIBRARY)
    assert found.verdict == verdict
    commands = [one for finding in found.findings for one in finding.commands]
    assert (command in commands) == bool(command)


def test_the_history_is_in_the_library_too() -> None:
    log = "usb 1-1: New USB device found, idVendor=12d1, idProduct={}\n"
    gone = "usb 1-1: USB disconnect, device number 4\n"
    (found,) = diagnose(text=log.format("1f01") + gone + log.format("14db"), library=LIBRARY)
    assert found.history == "12d1:1f01, away, back as 12d1:14db"


def test_option_on_a_wifi_adapter_is_a_problem() -> None:
    text = lsusb("0bda:c811") + "T: Bus=01 Lev=01 Prnt=01 Port=00 Cnt=01 Dev#=  4\nP: Vendor=0bda ProdID=c811\n"
    text += "I: If#= 0 Alt= 0 #EPs= 3 Cls=ff(vend.) Sub=ff Prot=ff Driver=option\n"
    (found,) = diagnose(text=text, library=LIBRARY)
    assert found.verdict == "problem"
