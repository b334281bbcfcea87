"""A text that lacks lines: what is concluded is what its lines show, never what they lack."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeswitch.doctor.diagnosis import Diagnosis, diagnose_text
from tests.support.snapshots import LIBRARY
from tests.support.usb_devices import CAPTURES

pytestmark = pytest.mark.slow

FIELD = Path(__file__).resolve().parent / "field"
TEXTS = {
    path.name: path.read_bytes().splitlines(keepends=True)
    for folder in (CAPTURES, FIELD)
    for path in sorted(folder.glob("*.txt"))
    if path.stat().st_size < 20_000
}

SHOWN = {
    # The id or the disk that says it stands in what is left, before it is told that the stick became something else.
    "still-cd-rom",
    "waits-for-switch",
    # The last thing that a program says in what is left.
    "modemmanager-sim",
    "under-voltage",
    "switch-failed",
    "message-not-sent",
    "interface-busy",
}
"""Problems that lines show by themselves, though later ones show that they are past."""


def problems(diagnoses: list[Diagnosis]) -> set[str]:
    return {one.id for diagnosis in diagnoses for one in diagnosis.findings if one.level == "problem"}


def verdicts(diagnoses: list[Diagnosis]) -> set[str]:
    return {diagnosis.verdict for diagnosis in diagnoses}


def shows_it_right(diagnosis: Diagnosis) -> bool:
    """Has what is left of the text something that works, or an id without any line of its interfaces?"""
    return any(
        one.id in ("network", "ttys", "right-drivers", "switched", "no-modem-switched") for one in diagnosis.findings
    )


def check(name: str, left: list[bytes]) -> None:
    whole, cut = diagnose_text(b"".join(TEXTS[name]), LIBRARY), diagnose_text(b"".join(left), LIBRARY)
    more = problems(cut) - problems(whole) - SHOWN
    if "unconfigured" in problems(whole):
        more.discard("no-driver")  # it has none; that its configuration is not active may be in the lines that are gone
    assert more == set()
    if whole and verdicts(whole) == {"problem"}:
        for diagnosis in cut:
            assert diagnosis.verdict != "well" or shows_it_right(diagnosis), diagnosis


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_that_ends_early_or_begins_late(name: str) -> None:
    lines = TEXTS[name]
    for at in range(0, len(lines), max(1, len(lines) // 60)):
        check(name, lines[:at])
        check(name, lines[at:])


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_without_one_line(name: str) -> None:
    lines = TEXTS[name]
    for at in range(0, len(lines), max(1, len(lines) // 60)):
        check(name, lines[:at] + lines[at + 1 :])


@pytest.mark.parametrize("gone", [b"If#= 0", b"If#= 2", b"#Ifs", b"If#="])
@pytest.mark.parametrize("name", [name for name in TEXTS if name[:2] in ("01", "02")][:2])
def test_a_listing_that_lacks_interfaces_is_not_called_well_by_the_others(name: str, gone: bytes) -> None:
    """Which driver the network function has, the text does not tell."""
    left = [line for line in TEXTS[name] if gone not in line and b"Prot=16" not in line]
    (diagnosis,) = diagnose_text(b"".join(left), LIBRARY)
    assert diagnosis.verdict == "unclear"
    assert "missing-interfaces" in [one.id for one in diagnosis.findings]


RECORDS = "19_usbdevs_misc_old_sticks.txt"
"""Records of several devices: where their first lines are gone, what follows cannot be told apart."""


@given(st.sampled_from(sorted(TEXTS.keys() - {RECORDS})), st.randoms(use_true_random=False), st.floats(0.1, 0.9))
def test_a_text_without_many_lines(name: str, chance: object, kept: float) -> None:
    check(name, [line for line in TEXTS[name] if chance.random() < kept])  # type: ignore[attr-defined]
