"""What the checks find: in every capture, of the stick itself, in any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeswitch.doctor.checks import CHECKS, diagnose
from modeswitch.doctor.pasted.read import read
from modeswitch.doctor.pasted_snapshot import snapshot_of_pasted
from modeswitch.doctor.snapshot import Snapshot
from modeswitch.linux.modules import DriverIndex
from modeswitch.usb.descriptors import Triple
from tests.support.captures import LINES, raw
from tests.support.snapshots import FF03, FULL, LIBRARY, RIGHT, STORAGE, check_hit, findings, kernel, live, words

PROBLEMS: dict[str, tuple[str, ...]] = {
    "01": (),
    "02": (),
    "03": (),
    "05": ("interface 1 (ff/03/16, ncm) is held by option",),
    "06": (),
    "07": (),
    "08": (),
    "09": (),
    "11": (),
    "13": (),
    "15": (),
    "16": ("it is in mass-storage",),
    "17": (),
    "19": ("it is in mass-storage",),
    "22": ("it is in mass-storage",),
    "23": (),
    "24": (),
    "25": (),
}
"""Capture → the problems that are found in it, by their beginning."""


@pytest.mark.parametrize("capture", PROBLEMS)
def test_the_problems_of_a_capture(capture: str) -> None:
    found = [one.text for one in findings(raw(capture)) if one.level == "problem"]
    assert len(found) == len(PROBLEMS[capture])
    for text, begins in zip(found, PROBLEMS[capture], strict=True):
        assert text.startswith(begins)


def test_all_is_well() -> None:
    found = diagnose(live(*FF03, bound=RIGHT, networks=("wwan0",)))
    assert [(one.level, one.text) for one in found] == [("good", "its network interface is wwan0")]
    assert found[0].commands == ("modeswitch connect 1-1 --apn NAME",)


@pytest.mark.parametrize(
    ("snapshot", "level", "phrases"),
    [
        (
            live(STORAGE, usb="12d1:14fe", bound=("usb-storage",)),
            "problem",
            ("a CD-ROM, and no modem yet", "usb-storage is still bound", "modeswitch 1-1 --to switched"),
        ),
        (
            live(STORAGE, usb="12d1:1f01", bound=("usb-storage",), usb_modeswitch=True),
            "problem",
            ("usb_modeswitch's rules are installed; they have not switched it",),
        ),
        (live(STORAGE, usb="1234:5678", bound=("usb-storage",)), "problem", ("modeswitch report 1-1",)),
        (live(STORAGE, usb="12d1:1442", bound=("usb-storage",)), "problem", ("it is in download mode",)),
        (live(Triple(0x02, 0x0E, 0), usb="12d1:1573", bound=("cdc_mbim",)), "note", ("it is left alone",)),
        (live(*FF03, usb="12d1:ffee", bound=RIGHT), "note", ("no profile knows 12d1:ffee", "modeswitch report 1-1")),
        (live(Triple(0xFF, 0x02, 0x12), bound=("option",)), "note", ("dialled by PPP",)),
    ],
)
def test_what_is_found_of_the_stick(snapshot: Snapshot, level: str, phrases: tuple[str, ...]) -> None:
    check_hit(snapshot, level, phrases)


def test_descriptors_that_cannot_be_parsed() -> None:
    snapshot = live()
    usb_device = snapshot.device.usb._replace(descriptors=None, problem="bLength 1 at byte 9")
    check_hit(
        snapshot._replace(device=snapshot.device._replace(usb=usb_device)),
        "problem",
        ("its descriptors are unreadable: bLength 1 at byte 9", "dmesg | tail -50"),
    )


def test_a_device_without_a_configuration() -> None:
    snapshot = live(*FF03, bound=RIGHT)
    usb_device = snapshot.device.usb._replace(active=None)
    snapshot = snapshot._replace(device=snapshot.device._replace(usb=usb_device))
    phrases = ("the system has not configured it", "cat /sys/bus/usb/devices/1-1/bConfigurationValue")
    check_hit(snapshot, "problem", phrases)
    blocked = snapshot._replace(observed=snapshot.observed._replace(authorized=False))
    assert "configured" not in "".join(one.text for one in diagnose(blocked))


def test_every_check_is_of_the_table_once() -> None:
    assert len(set(CHECKS)) == len(CHECKS)


@given(st.sets(st.integers(0, len(LINES) - 1)), st.sampled_from([None, FULL, kernel("ff02")]))
def test_any_text_is_diagnosed(gone: set[int], drivers: DriverIndex | None) -> None:
    text = read(b"".join(line for number, line in enumerate(LINES) if number not in gone))
    for device in text.devices:
        for finding in diagnose(snapshot_of_pasted(device, text, LIBRARY, drivers)):
            assert finding.level in ("good", "note", "problem", "unclear", "other")
            assert finding.text


QUIRK = "echo 'options usb-storage quirks=12d1:1f01:s' > /etc/modprobe.d/modeswitch-12d1-1f01.conf"
ECM = (Triple(0x02, 0x06, 0x00), Triple(0x0A, 0x00, 0x00))


@pytest.mark.parametrize(
    ("snapshot", "offered"),
    [
        (live(STORAGE, usb="12d1:1f01", bound=("usb-storage",)), True),
        (live(*ECM, usb="12d1:14db", bound=("cdc_ether", "cdc_ether"), networks=("eth1",)), True),
        (live(STORAGE, usb="12d1:1f01", bound=("usb-storage",), quirks="0bc2:2312:u,12d1:1f01:s"), False),
        (live(STORAGE, usb="12d1:1f01", bound=("usb-storage",), quirks="12d1:1f02:s"), True),
        (live(STORAGE, usb="12d1:14fe", bound=("usb-storage",)), False),
        (live(*ECM, usb="12d1:14dc", bound=("cdc_ether", "cdc_ether"), networks=("eth1",)), False),
        (live(STORAGE, usb="3426:1f01", bound=("usb-storage",)), False),
    ],
)
def test_the_quirk_is_offered_where_firmware_may_switch_itself(snapshot: Snapshot, offered: bool) -> None:
    found = diagnose(snapshot)
    assert (QUIRK in [command for one in found for command in one.commands]) is offered
    assert not any(one.level == "problem" and "10.x" in one.text for one in found)


def test_a_log_of_a_stick_that_goes_round_says_why() -> None:
    """openwrt/packages#15893: an E5576-320 without a driver for its network card."""
    log = "".join(
        f"usb 1-1: USB disconnect, device number {number}\n"
        f"usb 1-1: new high-speed USB device number {number + 1} using ehci-platform\n"
        f"usb 1-1: New USB device found, idVendor=12d1, idProduct={product}, bcdDevice= 1.02\n"
        for number, product in enumerate(("1f01", "14db", "1f01", "14db"), 2)
    )
    text = words(findings(log.encode()))
    assert "so it seems to do here" in text
    assert "it goes round at its port between 12d1:1f01 and 12d1:14db: it left 4 times" in text
    assert "whose network card nothing drives" in text
