"""Findings as a person reads them."""

from __future__ import annotations

import pytest

from modeswitch.doctor.finding import Finding
from modeswitch.doctor.pasted.read import read
from modeswitch.doctor.snapshot import InterfaceState
from modeswitch.doctor.text import snapshot_lines, text_lines
from modeswitch.usb.descriptors import Triple
from tests.support.captures import raw
from tests.support.snapshots import FF03, TAKEN, live, snapshots


def test_a_stick_its_interfaces_and_the_findings() -> None:
    finding = Finding("problem", "it is broken", ("Somebody broke it.",), ("mend it", "# or not"))
    assert [*snapshot_lines(live(*FF03, bound=TAKEN), [finding])] == [
        "12d1:1506 at 1-1: ncm  (E3372 and others: the unified data card)",
        "  interface 0  ff/03/12  pcui     option",
        "  interface 1  ff/03/16  ncm      option  should be huawei_cdc_ncm",
        "  problem: it is broken",
        "      Somebody broke it.",
        "      $ mend it",
        "      $ # or not",
    ]


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
    assert [*snapshot_lines(live()._replace(interfaces=(interface,)), [])][1] == line


def test_a_device_that_nobody_knows_has_its_own_names() -> None:
    (snapshot,) = snapshots(b"P: Vendor=12d1 ProdID=ffff\nS: Manufacturer=HUAWEI\nS: Product=Mobile\n")
    assert next(snapshot_lines(snapshot, [])) == "12d1:ffff: could be either  (HUAWEI Mobile)"


def test_how_much_of_a_text_was_understood() -> None:
    text = read(raw("05") + b"\nhello?\n")
    assert [*text_lines("post.txt", text, text.devices)] == [
        "post.txt: 13 of 14 lines understood (usb-devices, dmesg)",
        "  its kernel    2.6 (by the style of its messages)",
        "  not read      hello?",
        "  left out      12d1:1506",
    ]


def test_a_text_that_is_too_long_and_one_without_a_form() -> None:
    text = read(b"hello?\n")
    assert next(text_lines("x", text, [])) == "x: 0 of 1 lines understood (no form that is known)"
    assert [*text_lines("x", text._replace(truncated=True), [])][-1] == "  not read      what comes after the first MiB"
