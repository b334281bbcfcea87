"""Strings that a device or a file chose, made harmless."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeswitch.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("HUAWEI Mobile", "HUAWEI Mobile"),
        ("Größe 中文", "Größe 中文"),
        ("\x1b]0;owned\x07", "\\x1b]0;owned\\x07"),
        ("a\nb\rc\td", "a\\nb\\rc\\td"),
        ("\0", "\\x00"),
        ("\x7f\x85\x9b", "\\x7f\\x85\\x9b"),
        ("\u2028\u202e\u200b\ufeff", "\\u2028\\u202e\\u200b\\ufeff"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("\xa0", "\\xa0"),
        ("back\\slash", "back\\slash"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(("length", "whole"), [(199, True), (200, True), (201, False), (100_000, False)])
def test_bounded(length: int, whole: bool) -> None:
    shown = printable("x" * length)
    assert shown == ("x" * length if whole else "x" * 200 + "…")


def test_bound_of_ones_own() -> None:
    assert printable("abcdef", 3) == "abc…"


@given(st.text(st.characters(), max_size=300))
def test_whatever_goes_in_can_be_shown(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    shown.encode("utf-8")
    assert len(shown) <= 200 * 10 + 1
