"""Each class of the tree: what it tells a program, and that it goes through a queue, a pool or a log unchanged."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from modeswitch import errors
from modeswitch.errors import LinkLost, ModeswitchError, NoDevice, Unavailable
from modeswitch.usb.descriptors import Port, Triple, UsbId

EXTRA: dict[str, dict[str, str]] = {"LinkLost": {"reason": "gone"}, "Unavailable": {"means": "at"}}
"""What a class has besides message, hint and facts."""

each = pytest.mark.parametrize("name", errors.__all__)
copied = pytest.mark.parametrize(
    "again",
    [copy.copy, copy.deepcopy, *(lambda e, n=n: pickle.loads(pickle.dumps(e, n)) for n in range(6))],
    ids=["copy", "deepcopy", *(f"pickle {n}" for n in range(6))],
)


def made(name: str) -> ModeswitchError:
    """An error of that class, with all it can have."""
    kind: Callable[..., ModeswitchError] = getattr(errors, name)
    return kind("it is gone", **EXTRA.get(name, {})).located(
        "after step 1", hint="Plug it in again.", port="1-1", id="12d1:1f01", mode="ncm", step=1
    )


def held(error: ModeswitchError) -> dict[str, Any]:
    return {**vars(error), "args": error.args, "str": str(error), "class": type(error), "status": error.status}


@copied
@each
def test_it_is_copied_with_all_it_holds(name: str, again: Callable[[ModeswitchError], ModeswitchError]) -> None:
    error = made(name)
    error.add_note("seen twice")
    came = again(error)
    assert held(came) == held(error)
    assert came.message == "after step 1: it is gone"
    assert came.hint == "Plug it in again."
    assert came.facts == {"port": "1-1", "id": "12d1:1f01", "mode": "ncm", "step": 1, **EXTRA.get(name, {})}
    assert vars(came).items() >= EXTRA.get(name, {}).items()


@copied
@each
def test_what_is_added_to_a_copy_is_not_added_to_the_error(
    name: str, again: Callable[[ModeswitchError], ModeswitchError]
) -> None:
    error = made(name)
    before = held(copy.deepcopy(error))
    again(error).located("once more", apn="internet")
    assert held(error) == before


@copied
@each
def test_one_that_was_never_located_is_copied_too(
    name: str, again: Callable[[ModeswitchError], ModeswitchError]
) -> None:
    kind: Callable[..., ModeswitchError] = getattr(errors, name)
    error = kind("it is gone", **EXTRA.get(name, {}))
    assert held(again(error)) == held(error)


@each
def test_it_says_which_stick_is_meant(name: str) -> None:
    error = made(name)
    assert (error.port, error.id, error.mode) == ("1-1", "12d1:1f01", "ncm")


@each
def test_one_about_no_stick_names_none(name: str) -> None:
    kind: Callable[..., ModeswitchError] = getattr(errors, name)
    error = kind("it is gone", **EXTRA.get(name, {})).located(port=None)
    assert (error.port, error.id, error.mode) == (None, None, None)


@copied
def test_facts_may_be_values_of_ours(again: Callable[[ModeswitchError], ModeswitchError]) -> None:
    facts: dict[str, Any] = {"port": Port(1, (1, 4)), "id": UsbId(0x12D1, 0x1F01), "triples": [Triple(8, 6, 0x50)]}
    came = again(NoDevice("nothing there", **facts))
    assert came.facts == facts
    assert (came.port, came.id, came.mode) == ("1-1.4", "12d1:1f01", None)


def test_what_a_class_has_besides() -> None:
    assert LinkLost("gone", reason="stall").reason == "stall"
    assert Unavailable("no port", means="hub").means == "hub"
    assert Unavailable("no port").means == ""
