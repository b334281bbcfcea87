"""Findings as a person reads them."""

from __future__ import annotations

import pytest

from modeswitch.doctor.finding import Finding
from modeswitch.doctor.pasted.read import read
from modeswitch.doctor.snapshot import InterfaceState
from modeswitch.doctor.text import snapshot_lines, text_lines
from modeswitch.usb.descriptors import Triple
from tests.support.captures import raw
from tests.support.snapshots import FF03, RIGHT, TAKEN, live, snapshots


def test_a_stick_its_interfaces_and_the_findings() -> None:
    finding = Finding("wrong-driver", "problem", "it is broken", ("Somebody broke it.",), ("mend it", "# or not"))
    note = Finding("router", "note", "by the way", ("So it is.",), ("or this",))
    good = Finding("network", "good", "it has something")
    assert [*snapshot_lines(live(*FF03, bound=TAKEN), [good, note, finding])] == [
        "12d1:1506 at 1-1: ncm, a problem: it is broken  (E3372 and others: the unified data card)",
        "  $ mend it",
        "  $ # or not",
        "  Somebody broke it.",
        "  note: by the way",
        "      $ or this",
        "      So it is.",
        "  good: it has something",
        "  interface 0  ff/03/12  pcui     option",
        "  interface 1  ff/03/16  ncm      option  should be huawei_cdc_ncm",
    ]


WELL = (
    Finding("network", "good", "it has wwan0", (), ("dial", "ask")),
    Finding("router", "note", "by the way", ("So it is.",), ("or this", "or that")),
)


def test_a_stick_that_is_well_is_told_in_short() -> None:
    snapshot = live(*FF03, bound=RIGHT, networks=("wwan0",))
    assert [*snapshot_lines(snapshot, WELL)] == [
        "12d1:1506 at 1-1: ncm, well: it has wwan0  (E3372 and others: the unified data card)",
        "  $ dial; ask",
        "  note: by the way  $ or this",
    ]
    assert [*snapshot_lines(snapshot, WELL, full=True)][-2:] == [
        "  interface 0  ff/03/12  pcui     option",
        "  interface 1  ff/03/16  ncm      huawei_cdc_ncm",
    ]


def test_the_interfaces_of_one_that_is_well_are_a_line_where_they_tell_something() -> None:
    (snapshot,) = snapshots(DRIVEN)
    assert [*snapshot_lines(snapshot, [])][1:] == ["  interface 2 ncm huawei_cdc_ncm, interface 3 storage usb-storage"]


DRIVEN = b"""\
usb 1-1: New USB device found, idVendor=12d1, idProduct=1506, bcdDevice= 1.02
huawei_cdc_ncm 1-1:1.2: cdc-wdm0: USB WDM device
usb-storage 1-1:1.3: USB Mass Storage device detected
"""


@pytest.mark.parametrize(
    ("level", "text", "line"),
    [
        ("unclear", "the text does not tell", "could be either, unclear: the text does not tell"),
        ("unclear", "could be either", "unclear: could be either"),
        ("other", "no modem: a disk", "could be either: no modem: a disk"),
    ],
)
def test_nothing_is_said_twice_in_the_first_line(level: str, text: str, line: str) -> None:
    (snapshot,) = snapshots(b"P: Vendor=12d1 ProdID=ffff\n")
    assert [*snapshot_lines(snapshot, [Finding("either", level, text)])] == [f"12d1:ffff: {line}"]


@pytest.mark.parametrize(
    ("role", "driver", "expected", "line"),
    [
        ("ncm", "", ("a", "b"), "  interface 1  ff/03/16  ncm      (none)  should be a or b"),
        ("ncm", None, ("a",), "  interface 1  ff/03/16  ncm      ?  should be a"),
        ("ncm", "", (), "  interface 1  ff/03/16  ncm      (none)"),
        ("storage", "", ("usb-storage",), "  interface 1  ff/03/16  storage  (none)"),
    ],
)
def test_an_interface(role: str, driver: str | None, expected: tuple[str, ...], line: str) -> None:
    interface = InterfaceState(1, Triple(0xFF, 0x03, 0x16), role, driver, expected)
    assert [*snapshot_lines(live()._replace(interfaces=(interface,)), [], full=True)][1] == line


def test_a_device_that_nobody_knows_has_its_own_names() -> None:
    (snapshot,) = snapshots(b"P: Vendor=12d1 ProdID=ffff\nS: Manufacturer=HUAWEI\nS: Product=Mobile\n")
    assert next(snapshot_lines(snapshot, [])) == "12d1:ffff: could be either, well  (HUAWEI Mobile)"


def test_how_much_of_a_text_was_understood() -> None:
    text = read(raw("05") + b"\nhello?\n")
    assert [*text_lines("post.txt", text, text.devices)] == [
        "post.txt: 13 of 14 lines understood (usb-devices, dmesg)",
        "  its kernel    2.6 (by the style of its messages)",
        "  its system    Asuswrt",
        "  not read      hello?",
        "  left out      12d1:1506",
    ]


def test_a_text_that_is_too_long_and_one_without_a_form() -> None:
    text = read(b"hello?\n")
    assert next(text_lines("x", text, [])) == "x: 0 of 1 lines understood (no form that is known)"
    assert [*text_lines("x", text._replace(truncated=True), [])][-1] == "  not read      what comes after the first MiB"
