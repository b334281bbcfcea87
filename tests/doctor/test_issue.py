"""The text for an issue: what is masked, what is not, and that nothing leaves its fence."""

from __future__ import annotations

import re
from typing import Any

import pytest

from modeswitch.doctor.issue import MOST_LINES, Trial, issue
from tests.support.rig import NEW_MODE

SECRET = "SECRET0123456789"
TRIAL = Trial(
    *("12d1:9999", "12d1:1f01", "huawei-hilink", ("it is a guess",), ("before",), (f"step 1: {NEW_MODE}",)),
    *("in hilink", ("after",), 'steps = [\n    { cbw = { hex = "5553424312345678c0" } },\n]\n', (SECRET,)),
)


def saying(where: str, text: str) -> Trial:
    """The trial with that text in that place."""
    value: Any = text if isinstance(getattr(TRIAL, where), str) else (text,)
    return TRIAL._replace(**{where: value})


def part(text: str, heading: str) -> list[str]:
    """The lines within the fence below a heading."""
    fence, *rest = text.partition(f"## {heading}\n\n")[2].splitlines()
    return rest[: rest.index(fence.rstrip("abcdefghijklmnopqrstuvwxyz"))]


@pytest.mark.parametrize("where", ["before", "after", "happened", "doubts", "ended", "like", "profile"])
def test_a_serial_number_is_masked_wherever_it_stands(where: str) -> None:
    text = f"it said {SECRET}"
    whole = issue(saying(where, text))
    assert SECRET not in whole
    assert "<serial: 16 characters>" in whole


@pytest.mark.parametrize("where", ["before", "after", "doubts", "ended", "like", "profile"])
@pytest.mark.parametrize("private", ["861234567890123", "+49 151 23456789", "0c:5b:8f:27:9a:64"])
def test_what_is_private_is_masked(private: str, where: str) -> None:
    text = f"it said {private}"
    assert private not in issue(saying(where, text))


def test_the_bytes_of_a_message_are_no_imei() -> None:
    text = issue(TRIAL)
    assert part(text, "What was sent, and what came of it") == [f"step 1: {NEW_MODE}"]
    assert '    { cbw = { hex = "5553424312345678c0" } },' in part(text, "The profile")


@pytest.mark.parametrize("ticks", [3, 4, 9])
def test_nothing_leaves_its_fence(ticks: int) -> None:
    hostile = f"{'`' * ticks}\x1b[2J"
    text = issue(TRIAL._replace(before=(hostile, "## Not a heading"), ended=hostile))
    assert "\x1b" not in text
    assert f"\n{'`' * (ticks + 1)}text\n" in text
    assert part(text, "Before")[-1] == "## Not a heading"
    ended = next(line for line in text.splitlines() if line.startswith("* it ended so"))
    assert ended.count("`") == 2


def test_a_long_report_is_cut_and_that_is_told() -> None:
    lines = part(issue(TRIAL._replace(before=("x",) * (MOST_LINES + 7))), "Before")
    assert (len(lines), lines[-1]) == (MOST_LINES + 1, "(and 7 lines more)")


def test_without_a_profile_it_did_not_work() -> None:
    text = issue(TRIAL._replace(profile=""))
    assert text.startswith("# 12d1:9999 as if it were `12d1:1f01`: it does not work\n")
    assert not re.search("^## The profile", text, flags=re.MULTILINE)
