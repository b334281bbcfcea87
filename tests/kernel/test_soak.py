"""The soak, as long as a run of all tests allows; `make soak` is the long one."""

from __future__ import annotations

import os

import pytest

from tests.kernel.lab import Lab, both
from tests.kernel.soak import MOST_MEMORY, WARM_UP, Account, chosen_seed, soak
from tests.kernel.turns import FAULTS, draw

TURNS = int(os.environ.get("MODESWITCH_SOAK", "200")) // 4 * 2
"""With each wiring, two at a time."""


@pytest.mark.kernel
@pytest.mark.skipif("MODESWITCH_SOAK" not in os.environ, reason="as long as the rest of a file: MODESWITCH_SOAK=200")
@both
def test_nothing_leaks_no_stick_is_lost_and_every_result_is_true(lab: Lab) -> None:
    account = soak(lab, chosen_seed(), 0, TURNS, 25)
    assert account.wrong == [], account.repeat()
    assert sum(account.outcomes.values()) == TURNS
    assert account.leaks(MOST_MEMORY) == [], account.held
    assert account.alarms == []


def held(turns: int, **more: int) -> dict[str, int]:
    steady = {"descriptors": 12, "threads": 1, "locks": 0, "files": 6, "urbs": 0, "memory": 30_000, "slab": 26_000}
    return {"turns": turns, **steady, **more}


@pytest.mark.parametrize("name", ["descriptors", "threads", "locks", "files", "urbs", "memory"])
def test_what_has_grown_since_the_warm_up_is_a_leak(name: str) -> None:
    begins, ends = held(WARM_UP), held(200)
    ends[name] += MOST_MEMORY + 1 if name == "memory" else 1
    account = Account("1", [held(10, descriptors=3, memory=9), begins, ends], [], {}, 1.0, [])
    assert account.leaks(MOST_MEMORY) == [f"{name} grew by {ends[name] - begins[name]}"]
    assert account._replace(held=[begins, held(200, memory=30_100)]).leaks(MOST_MEMORY) == []


def test_a_turn_is_told_by_the_seed_and_its_number_alone() -> None:
    turns = [draw("7", number) for number in range(400)]
    assert turns[123] == draw("7", 123)
    assert turns != [draw("8", number) for number in range(400)]
    assert {turn.fault for turn in turns} == set(FAULTS)
