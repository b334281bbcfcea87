"""The error codes of HiLink's web API: each in words, with what to do next where anything can be done."""

from __future__ import annotations

import pytest

from modeswitch.modem.refusals import LOCKED, NO_SUPPORT, REFUSALS, UNKNOWN, WRONG, number_of, refusal_of

ASKED = (100001, 100002, 100003, 100004, 100005, 100006, 108001, 108002, 108003, 108006, 108007, 125001, 125002, 125003)


@pytest.mark.parametrize("code", ASKED)
def test_each_code_has_its_own_words_and_a_next_step(code: int) -> None:
    refusal = REFUSALS[code]
    assert [one.words for one in REFUSALS.values()].count(refusal.words) == 1
    assert refusal.words != UNKNOWN.words
    assert bool(refusal.hint) is (code != NO_SUPPORT)  # another way is tried
    assert refusal_of(str(code), {}) == refusal


def test_how_often_and_for_how_long() -> None:
    assert "failure 2 in a row" in refusal_of(str(WRONG), {"error/count": "2"}).words
    locked = refusal_of(str(LOCKED), {"error/waittime": "5"})
    assert "for another 5 min" in locked.words
    assert locked.hint.startswith("Wait so long")
    assert refusal_of(str(LOCKED), {"error/waittime": "x"}) == REFUSALS[LOCKED]


@pytest.mark.parametrize(
    ("text", "number"), [("108006", 108006), ("", None), ("-1", None), ("1" * 10, None), ("٣", None)]
)
def test_a_number(text: str, number: int | None) -> None:
    assert number_of(text) == number
    if number is None:
        assert refusal_of(text, {}) == UNKNOWN
