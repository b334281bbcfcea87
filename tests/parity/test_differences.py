"""The table of differences, the tests that show them and the document agree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from . import test_better
from .differences import BEHAVIOURS, DIFFERENCES

pytestmark = pytest.mark.parity

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "usb_modeswitch.md"
SECTION = "## Where we differ on purpose"


def _documented() -> list[str]:
    """The bold names of the section's list."""
    section = DOCUMENT.read_text("utf-8").split(f"{SECTION}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^\* \*\*(.+?)\.?\*\*", section, re.MULTILINE)


def test_the_document_has_each_difference_once() -> None:
    names = [difference.name for difference in DIFFERENCES] + list(BEHAVIOURS)
    assert sorted(name.lower() for name in _documented()) == sorted(name.lower() for name in names)


def test_each_behaviour_is_shown() -> None:
    shown = {name for name in vars(test_better) if name.startswith("test_")}
    assert set(BEHAVIOURS.values()) == shown


def test_every_wire_difference_has_a_reason() -> None:
    assert all(difference.why.endswith(".") for difference in DIFFERENCES)
