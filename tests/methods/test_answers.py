"""A control request that is answered short, with a stall or never, and what may fail without ending a transition."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import usb.core

from modeswitch.errors import BadReply, LinkLost, ModeswitchError, PermissionDenied, SwitchFailed
from modeswitch.sim.backend import SimBackend
from tests.support.methods import FIRST, family_of_steps, import_file
from tests.support.rig import Ran, has_driver, plugged, run


class Answered(NamedTuple):
    """A method, its request that is answered so, and the error of a stick that stays; None where it must not matter.

    ``sent`` is how many requests go out.
    """

    keyword: str
    request: str
    answer: str
    error: type[ModeswitchError] | None
    sent: int

    def __str__(self) -> str:
        return f"{self.keyword} {self.request} {self.answer}"


def answered() -> Iterator[Answered]:
    for keyword, request in (("KobilMode", "c0-88"), ("BlackberryMode", "c0-a9"), ("GCTMode", "a1-fe")):
        sent = 1 if keyword == "KobilMode" else 2
        yield Answered(keyword, request, "short", BadReply, sent)
        yield Answered(keyword, request, "stalled", SwitchFailed, sent)
        yield Answered(keyword, request, "never", SwitchFailed, sent)
    for answer, error in (("short", BadReply), ("stalled", LinkLost), ("never", LinkLost)):
        yield Answered("BlackberryMode", "c0-b1", answer, error, 1)
        yield Answered("GCTMode", "a1-a0", answer, None, 2)
    for answer in ("stalled", "never"):
        yield Answered("QuantaMode", "c0-ff", answer, SwitchFailed, 1)
        yield Answered("SequansMode", "40-0b", answer, SwitchFailed, 1)
        yield Answered("QisdaMode", "40-04", answer, SwitchFailed, 1)
        yield Answered("SonyMode", "c0-11", answer, SwitchFailed, 1)
    yield Answered("SonyMode", "c0-11", "short", BadReply, 1)


@pytest.mark.parametrize("case", list(answered()), ids=str)
def test_a_request_answered_badly_by_a_stick_that_stays(case: Answered, tmp_path: Path, wire: list[str]) -> None:
    bus = plugged(f"vendor,deaf,request={case.request},answer={case.answer}")
    ran = run(bus, "1-1", library=import_file(tmp_path, "1199:0fff", f"{case.keyword}=1"))
    assert type(ran.error) is (case.error or SwitchFailed), ran.error
    assert ran.error.status == 1
    assert "1199:0fff at 1-1" in ran.error.message
    assert len({entry.partition("/")[0] for entry in wire}) == case.sent
    assert has_driver(bus)
    assert bus.sim.claims == set()
    assert ran.mode_at() == "mass-storage"


@pytest.mark.parametrize("case", [case for case in answered() if "Sony" not in case.keyword], ids=str)
def test_a_request_answered_badly_by_a_stick_that_obeys(case: Answered, tmp_path: Path) -> None:
    """No answer counts, whether or not all was sent: that the stick leaves and comes back switched does."""
    bus = plugged(f"vendor,request={case.request},answer={case.answer},linger=0")
    ran = run(bus, "1-1", library=import_file(tmp_path, "1199:0fff", f"{case.keyword}=1"))
    assert ran.outcome is not None, ran.error
    assert ran.mode_at() == "switched"


@pytest.mark.parametrize("answer", ["short", "stalled", "never"])
def test_a_step_that_may_fail_does_not_end_the_transition(answer: str, tmp_path: Path, wire: list[str]) -> None:
    first = "{ control = { request-type = 0xc0, request = 0xb1, length = 8, may-fail = true } }"
    bus = plugged(f"vendor,deaf,request=c0-b1,answer={answer}")
    ran = run(bus, "1-1", library=family_of_steps(tmp_path, "1199:0fff", f"{first}, {FIRST}"))
    assert isinstance(ran.error, SwitchFailed)
    assert ran.told.count("refused") == 1
    assert wire[-1] == "40 0b 0001 0000/0"


def test_a_last_step_that_may_fail_is_judged_as_any_last_step(tmp_path: Path) -> None:
    step = "{ control = { request-type = 0xc0, request = 0xb1, length = 8, may-fail = true } }"
    bus = plugged("vendor,deaf,request=c0-b1,answer=short")
    ran = run(bus, "1-1", library=family_of_steps(tmp_path, "1199:0fff", step))
    assert type(ran.error) is BadReply
    assert "4 of 8 bytes" in ran.error.message
    assert has_driver(bus)


def test_a_host_that_denies_access_ends_a_step_that_may_fail(tmp_path: Path) -> None:
    """``may-fail`` is about what the stick answers: a host that may not open it is an error at once."""
    step = "{ control = { request-type = 0xc0, request = 0xb1, length = 8, may-fail = true } }"
    ran: Ran = run(plugged("vendor,denied"), "1-1", library=family_of_steps(tmp_path, "1199:0fff", f"{step}, {FIRST}"))
    assert ran.error is not None
    assert ran.error.status == 7


def test_a_host_that_denies_a_transfer_ends_a_step_that_may_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests: list[int] = []

    def forbidden(_sim: SimBackend, _handle: object, _kind: int, request: int, *_: object) -> int:
        requests.append(request)
        raise usb.core.USBError("Access denied", -3, errno.EACCES)

    step = "{ control = { request-type = 0xc0, request = 0xb1, length = 8, may-fail = true } }"
    monkeypatch.setattr(SimBackend, "ctrl_transfer", forbidden)
    bus = plugged("vendor")
    ran = run(bus, "1-1", library=family_of_steps(tmp_path, "1199:0fff", f"{step}, {FIRST}"))
    assert type(ran.error) is PermissionDenied
    assert requests == [0xB1]
    assert has_driver(bus)
