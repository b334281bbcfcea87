"""How a soak is judged, and what a turn of it is; the soak itself is `make soak`."""

from __future__ import annotations

import pytest

from tests.kernel.soak import MOST_MEMORY, WARM_UP, Account
from tests.kernel.turns import FAULTS, draw


def held(turns: int, **more: int) -> dict[str, int]:
    steady = {"descriptors": 12, "threads": 1, "locks": 0, "files": 6, "urbs": 0, "memory": 30_000, "slab": 26_000}
    return {"turns": turns, **steady, **more}


@pytest.mark.parametrize("name", ["descriptors", "threads", "locks", "files", "urbs", "memory"])
def test_what_has_grown_since_the_warm_up_is_a_leak(name: str) -> None:
    begins, ends = held(WARM_UP), held(200)
    ends[name] += MOST_MEMORY + 1 if name == "memory" else 1
    account = Account("1", [held(10, descriptors=3, memory=9), begins, ends], [], {"none: switched": 200}, 1.0, [])
    assert account.leaks(MOST_MEMORY) == [f"{name} grew by {ends[name] - begins[name]}"]
    assert account.complaints(MOST_MEMORY) == account.leaks(MOST_MEMORY)
    assert account._replace(held=[begins, held(200, memory=30_100)]).complaints(MOST_MEMORY) == []


def test_wrong_turns_missing_ones_and_what_the_kernel_says_are_complaints() -> None:
    wrong = {"turn": 7, "fault": "deaf", "goal": "ncm", "why": "told as switched"}
    account = Account("3", [held(WARM_UP), held(200)], [wrong], {"none: switched": 198}, 1.0, ["WARNING: here"])
    again, missing, kernel = account.complaints(MOST_MEMORY)
    assert again.startswith("turn 7: told as switched\n")
    assert "MODESWITCH_SEED=3 MODESWITCH_FIRST=7 MODESWITCH_SOAK=2" in again
    assert missing == "of 200 turns 199 are accounted for"
    assert kernel == "the kernel: WARNING: here"


def test_a_turn_is_told_by_the_seed_and_its_number_alone() -> None:
    turns = [draw("7", number) for number in range(400)]
    assert turns[123] == draw("7", 123)
    assert turns != [draw("8", number) for number in range(400)]
    assert {turn.fault for turn in turns} == set(FAULTS)
