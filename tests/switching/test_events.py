"""What a switch says while it runs: its events, in order, with their facts."""

from __future__ import annotations

import pytest

from tests.support.rig import ALT_MODE, plugged, run, sunny
from tests.support.sticks import STORAGE


def test_events_of_a_switch_in_order() -> None:
    ran = run(sunny("e3372h"), "1-1", "ncm")
    assert ran.told == ["found", "transition", "step", "out", "in", "left", "back", "found"]
    first, transition, step, *_, last = ran.events
    place = {"port": "1-1", "id": "12d1:1f01", "mode": STORAGE}
    assert transition == (
        "transition",
        {"start": STORAGE, "to": ["ncm", "stick"], "within": 20.0, "usual": 1.0, **place},
    )
    assert step[0] == "step"
    assert (step[1]["number"], step[1]["of"]) == (1, 1)
    assert step[1]["step"] == '{ huawei = { os = "gateway", profile = "ncm" } }'
    assert ALT_MODE[30:] in step[1]["wire"].replace(" ", "")
    assert first == ("found", {"port": "1-1", "id": "12d1:1f01", "mode": STORAGE})
    assert last == ("found", {"port": "1-1", "id": "12d1:155e", "mode": "ncm"})


@pytest.mark.parametrize(
    ("stick", "told"),
    [
        ("e3372h,csw=missing", ["step", "out", "silence", "left", "back", "found"]),
        ("e3372h,csw=stalled", ["step", "out", "clear-halt", "in", "left", "back", "found"]),
        ("e3372h,csw=refused", ["step", "out", "in", "out", "in", "in", "doubt", "attached"]),
        ("e3372h,csw=phase", ["step", "out", "in", "control", "clear-halt", "clear-halt", "doubt", "attached"]),
        ("e3372h,busy", ["step", "attached"]),
        ("e3372h,mounted", []),
    ],
)
def test_events_of_faults(stick: str, told: list[str]) -> None:
    ran = run(plugged(stick), "1-1", "ncm")
    assert ran.told == ["found", "transition", *told]
    attached = [facts for name, facts in ran.events if name == "attached"]
    assert attached == [{"port": "1-1", "interfaces": [0]}] * told.count("attached")


def test_waiting_counts_down() -> None:
    ran = run(plugged("e3372h,back=never"), "1-1", "ncm", timeout=5)
    left = [facts["seconds"] for name, facts in ran.events if name == "waiting"]
    assert left == sorted(left, reverse=True)
    assert 0 < left[0] <= 5


@pytest.mark.parametrize(("stick", "warned"), [("e3372h,back=project", 1), ("e3372h,wakes=project", 1), ("e3372h", 0)])
def test_download_mode_is_warned_of(stick: str, warned: int) -> None:
    ran = run(plugged(stick), "1-1", "ncm")
    warnings = [facts["message"] for name, facts in ran.events if name == "warning"]
    assert len(warnings) == warned
    assert all("12d1:1442 at 1-1 is in download mode" in message for message in warnings)
