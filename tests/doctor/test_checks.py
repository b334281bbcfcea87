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
from tests.support.snapshots import FF03, FULL, LIBRARY, RIGHT, STORAGE, check_hit, findings, kernel, live

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
            assert finding.level in ("good", "note", "problem")
            assert finding.text
