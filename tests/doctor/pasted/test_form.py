"""The words of a line: numbers, names of drivers."""

from __future__ import annotations

import pytest

from modeswitch.doctor.pasted.form import byte, driver_name, form


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("12", 12), ("0x1f", 0x1F), ("0X1F", 0x1F), ("256", 0)])
def test_a_byte(text: str, number: int) -> None:
    assert byte(text) == number


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (None, None),
        ("", ""),
        ("(none)", ""),
        ("[none]", ""),
        ("option", "option"),
        ("hub/8p", "hub"),
        ("x" * 99, "x" * 40),
    ],
)
def test_the_name_of_a_driver(text: str | None, name: str | None) -> None:
    assert driver_name(text) == name


def test_a_form_is_searched_for_within_a_line_and_without_regard_to_case() -> None:
    assert form("", r"\bDriver=").pattern.search("> 12: driver=option")


def test_a_long_name_is_cut() -> None:
    assert driver_name("x" * 99) == "x" * 40
