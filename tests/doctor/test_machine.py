"""The machine of a stick: authorization, other programs that switch or talk to it, permissions."""

from __future__ import annotations

import pytest

from modeswitch.doctor.checks import diagnose
from modeswitch.doctor.snapshot import Snapshot
from tests.support.snapshots import FF03, RIGHT, check_hit, live, words


@pytest.mark.parametrize(
    ("snapshot", "level", "phrases"),
    [
        (
            live(*FF03, bound=RIGHT, usb_modeswitch=True, modeswitch=True),
            "problem",
            ("two tools switch this stick", "modeswitch udev install --replace-usb-modeswitch"),
        ),
        (
            live(*FF03, bound=RIGHT, usb_modeswitch=True),
            "note",
            ("usb_modeswitch's udev rules switch this stick", "/etc/udev/rules.d/40-usb_modeswitch.rules"),
        ),
        (live(*FF03, bound=RIGHT, usbmode=True), "note", ("/etc/init.d/usbmode disable",)),
        (
            live(*FF03, bound=RIGHT, running=("ModemManager",)),
            "note",
            ("ModemManager runs, and tries every serial port", "mmcli --inhibit-device=/sys/devices/usb1/1-1"),
        ),
        (
            live(*FF03, bound=RIGHT, running=("ModemManager",), holders=(("/dev/ttyUSB0", "ModemManager (9)"),)),
            "note",
            ("ModemManager holds /dev/ttyUSB0",),
        ),
        (
            live(*FF03, bound=RIGHT, holders=(("/dev/ttyUSB0", "pppd (77)"),)),
            "note",
            ("another program talks to it: /dev/ttyUSB0 is open in pppd (77)",),
        ),
        (
            live(*FF03, bound=RIGHT, denied=("/dev/bus/usb/001/005",)),
            "problem",
            ("this user may not write to /dev/bus/usb/001/005", "sudo modeswitch 1-1 --to switched"),
        ),
        (live(*FF03, bound=RIGHT, denied=("/dev/ttyUSB0",)), "problem", ("usermod -aG dialout",)),
        (
            live(*FF03, bound=RIGHT, authorized=False),
            "problem",
            ("it is not authorized", "echo 1 > /sys/bus/usb/devices/1-1/authorized"),
        ),
        (
            live(*FF03, bound=("option", ""), blocked=(1,)),
            "problem",
            (
                "interface 1 (ff/03/16, ncm) is not authorized",
                "/1-1:1.1/authorized",
                "echo 1-1:1.1 > /sys/bus/usb/driv",
            ),
        ),
        (
            live(*FF03, bound=RIGHT, authorized=False, running=("usbguard-daemon",)),
            "problem",
            ("USBGuard runs here and blocks", "usbguard allow-device ID -p"),
        ),
        (
            live(*FF03, bound=RIGHT, authorized=True, running=("usbguard-daemon",)),
            "note",
            ("needs a rule of its own",),
        ),
    ],
)
def test_what_is_found_of_the_machine(snapshot: Snapshot, level: str, phrases: tuple[str, ...]) -> None:
    check_hit(snapshot, level, phrases)


def test_rules_that_take_the_sticks_from_the_others_are_no_second_tool() -> None:
    found = diagnose(live(*FF03, bound=RIGHT, usb_modeswitch=True, modeswitch=True, replaces_usb_modeswitch=True))
    assert "tools" not in words(found)
