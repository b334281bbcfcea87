"""The steps of a transition: what each kind puts on the wire, and what its failure means for those after it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import ModeswitchError, NotBack, Refused, SwitchFailed
from modeswitch.sim.stick import Stick
from tests.support.rig import has_driver, messages, plugged, run, sunny
from tests.support.sticks import STORAGE

HOPS = """
[family]
name = "hops"
vendor = "Test"
goal = "switched"
[[product]]
usb = "12d1:1f01"
names = ["made up"]
evidence = [{ report = "made up" }]
[[switched]]
usb = "12d1:14dc"
names = ["made up"]
evidence = [{ report = "made up" }]
"""
HOP = """
[[transition]]
from = "%s"
to = "%s"
steps = [%s]
within = 5
evidence = [{ report = "made up" }]
"""
LINUX_MESSAGE = '{ huawei = { os = "linux", green = "work" } }'


def hops_library(tmp_path: Path, *hops: tuple[str, str, str]) -> Library:
    (tmp_path / "hops.toml").write_text(HOPS + "".join(HOP % hop for hop in hops), "utf-8")
    return Library(user=[tmp_path])


def test_a_detour_is_planned_from_where_the_stick_is(tmp_path: Path) -> None:
    """A stick that came back elsewhere is planned for anew, from there."""
    library = hops_library(
        tmp_path,
        (STORAGE, "ncm", LINUX_MESSAGE),
        ("hilink", "ncm", "{ control = { request-type = 0x40, request = 0xa1 } }"),
    )
    bus = plugged("e3372h")
    ran = run(bus, "1-1", "ncm", library=library)
    assert isinstance(ran.error, ModeswitchError)
    assert [facts["mode"] for name, facts in ran.events if name == "found"] == [STORAGE, "hilink"]
    assert len(messages(bus)) == 2


def test_a_step_that_is_not_the_last_must_succeed(tmp_path: Path) -> None:
    """Losing the stick before the last step is an error that names the step, and nothing more is sent."""
    library = hops_library(
        tmp_path, (STORAGE, "ncm", f"{LINUX_MESSAGE}, {{ pause = {{ seconds = 2 }} }}, {LINUX_MESSAGE}")
    )
    bus = plugged("e3372h,dies")
    ran = run(bus, "1-1", "ncm", library=library)
    assert ran.error is not None
    assert "step 1 of 3" in ran.error.message
    assert ran.error.facts["step"] == 1
    assert len(messages(bus)) == 1


@pytest.mark.parametrize("before", ["{ eject = { lun = 7 } }", "{ eject = {} }, { eject = { lun = 1 } }"])
def test_an_eject_that_a_stick_refuses_does_not_end_the_transition(tmp_path: Path, before: str) -> None:
    """No such LUN halts both pipes: they are recovered, and what follows is sent."""
    library = hops_library(tmp_path, (STORAGE, "hilink", f"{before}, {LINUX_MESSAGE}"))
    bus = plugged("e3372h")
    ran = run(bus, "1-1", "hilink", library=library, timeout=30)
    assert ran.error is None
    assert ran.told.count("refused") == (2 if "lun = 7" in before else 0)
    assert ran.mode_at() == "hilink"
    assert bytes.fromhex(messages(bus)[-1])[15:17] == b"\x11\x06"


@pytest.mark.parametrize("transfer", range(1, 8))
def test_a_stick_that_leaves_during_an_eject_is_waited_for(tmp_path: Path, transfer: int) -> None:
    """It has obeyed or was pulled out: it is waited for, and nothing more is sent."""
    library = hops_library(tmp_path, (STORAGE, "hilink", "{ eject = {} }, { eject = { lun = 1 } }"))
    bus = plugged(f"e3372h,pulled={transfer}")
    ran = run(bus, "1-1", "hilink", library=library)
    assert type(ran.error) is NotBack
    assert len(messages(bus)) <= (transfer + 1) // 2


def test_a_pause_takes_its_time_and_no_more_than_the_timeout(tmp_path: Path) -> None:
    library = hops_library(tmp_path, (STORAGE, "hilink", f"{{ pause = {{ seconds = 2.5 }} }}, {LINUX_MESSAGE}"))
    assert 2.5 <= run(sunny("e3372h"), "1-1", "hilink", library=library).seconds <= 3.2
    cut = run(sunny("e3372h"), "1-1", "hilink", library=library, timeout=1.5)
    assert cut.seconds <= 1.6
    assert "less than a second is left" in str(cut.error)
    assert messages(cut.bus) == []


@pytest.mark.parametrize(
    ("step", "wire"),
    [
        ("{ configuration = { value = 1 } }", []),
        ("{ altsetting = { interface = 0, alternate = 0 } }", []),
        ("{ reset = {} }", [("reset", "", "")]),
        ('{ bulk = { hex = "00" } }', [("bulk out", "01", "00")]),
        ('{ bulk = { hex = "0102", endpoint = 1 } }', [("bulk out", "01", "0102")]),
        (
            "{ control = { request-type = 0xc0, request = 0x9a, value = 0x0120, length = 0 } }",
            [("control", "c0 9a 0120 0000", "")],
        ),
        (
            '{ control = { request-type = 0x40, request = 0xa1, data = "0102" } }',
            [("control", "40 a1 0000 0000", "0102")],
        ),
    ],
)
def test_every_kind_of_step_reaches_the_wire(tmp_path: Path, step: str, wire: list[Any]) -> None:
    """The claim is released and the driver is back whatever the step was."""
    library = hops_library(tmp_path, (STORAGE, "ncm", step))
    bus = plugged("e3372h,deaf")
    ran = run(bus, "1-1", "ncm", library=library, timeout=3)
    assert isinstance(ran.error, SwitchFailed)
    assert bus.sim.wire == wire
    assert bus.sim.claims == set()
    assert has_driver(bus)


def test_a_control_read_is_as_long_as_its_step_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, ...]] = []
    before = Stick.control

    def note(self: Stick, kind: int, request: int, value: int, index: int, data: bytes, length: int) -> bytes:
        asked.append((kind, request, value, index, length))
        return before(self, kind, request, value, index, data, length)

    monkeypatch.setattr(Stick, "control", note)
    step = "{ control = { request-type = 0xc0, request = 0x9a, value = 0x0120, index = 3, length = 18 } }"
    run(plugged("e3372h,deaf"), "1-1", "ncm", library=hops_library(tmp_path, (STORAGE, "ncm", step)), timeout=1)
    assert asked == [(0xC0, 0x9A, 0x0120, 3, 18)]


def test_a_bulk_step_writes_to_the_endpoint_that_it_names(tmp_path: Path) -> None:
    library = hops_library(tmp_path, (STORAGE, "ncm", '{ bulk = { hex = "0102", endpoint = 2 } }'))
    ran = run(plugged("e3372h"), "1-1", "ncm", library=library)
    assert isinstance(ran.error, Refused)
    assert "has no endpoint 02" in ran.error.message
    assert ran.error.facts["step"] == 1
    bus = plugged("e3372h")
    library = hops_library(tmp_path, (STORAGE, "ncm", '{ bulk = { hex = "0102", endpoint = 1 } }'))
    run(bus, "1-1", "ncm", library=library)
    assert [data for kind, where, data in bus.sim.wire if (kind, where) == ("bulk out", "01")] == ["0102"]


def test_an_eject_refused_as_the_last_step_fails_the_switch(tmp_path: Path) -> None:
    """It is two commands, and after the second there is nothing to go on with."""
    library = hops_library(tmp_path, (STORAGE, "hilink", "{ eject = { lun = 7 } }"))
    ran = run(plugged("e3372h"), "1-1", "hilink", library=library)
    assert isinstance(ran.error, SwitchFailed)
    assert ran.told.count("refused") == 1
