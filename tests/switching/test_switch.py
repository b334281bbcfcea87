"""Whole switches on simulated sticks: every way a stick can behave, and what a person is left with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import (
    BadReply,
    Busy,
    CommandFailed,
    ModeswitchError,
    NoDevice,
    NotBack,
    NoWay,
    PermissionDenied,
    Refused,
    SeveralDevices,
    SwitchFailed,
    UsageError,
)
from modeswitch.identity.device import Device
from modeswitch.identity.recognise import recognise
from modeswitch.methods.target import storage_pipes
from modeswitch.sim.composition import Composition, Function, Setting
from modeswitch.sim.stick import Stick
from modeswitch.switching.goal import goal_of, of_any_host
from tests.support.rig import ALT_MODE, NEW_MODE, PPP_MODE, SET_FEATURE, known_at, messages, plugged, run, stick_at


class Case(NamedTuple):
    """One switch: what is plugged in and asked for, and everything that must come of it.

    ``result`` is the outcome's word or the error's class; ``mode`` what the stick is afterwards (None: not there);
    ``sent`` the messages in order; ``within`` bounds the virtual seconds; ``driver`` says whether the storage
    interface has the kernel's driver when all is over.
    """

    stick: str
    to: str | None
    result: str | type[ModeswitchError]
    mode: str | None
    sent: tuple[str, ...] = ()
    within: float = 1.0
    driver: bool = False
    timeout: float | None = None

    def __str__(self) -> str:
        return f"{self.stick} to {self.to}" + (f" in {self.timeout}" if self.timeout else "")


NEW, ALT, PPP, FEATURE = (NEW_MODE,), (ALT_MODE,), (PPP_MODE,), (SET_FEATURE,)
EJECT = (
    "5553424387654321000000000000061e000000000000000000000000000000",
    "5553424397654321000000000000061b000000020000000000000000000000",
    "5553424387654321000000000001061e000000000000000000000000000000",
    "5553424397654321000000000001061b000000020000000000000000000000",
)
VENDOR = ("40 0b 0001 0000",)
STORAGE = "mass-storage"
CASES = (
    Case("e3372h", None, "switched", "hilink", NEW),
    Case("e3372h", "hilink", "switched", "hilink", NEW),
    Case("e3372h", "ncm", "switched", "ncm", ALT),
    Case("e3372h", "stick", "switched", "stick", PPP),
    Case("e3372h", "switched", "switched", "hilink", NEW),
    Case("e3372h", STORAGE, "already", STORAGE, driver=True),
    Case("e3372h", "mbim", NoWay, STORAGE, within=0, driver=True),
    Case("e3372h-153", None, "switched", "ncm", NEW),
    Case("e3372h-153", "ncm", "switched", "ncm", NEW),
    Case("e3372h-153", "stick", "switched", "stick", PPP),
    Case("e3372h-153", "hilink", NoWay, STORAGE, within=0, driver=True),
    Case("e3372s", None, "switched", "ncm", NEW),
    Case("e220", None, "switched", "switched", FEATURE, 1.5),
    Case("e220", "stick", SwitchFailed, "switched", FEATURE, 1.5),
    Case("e220,back=never", None, NotBack, None, FEATURE, 30.1),
    Case("e220,pulled=1", None, NotBack, None, FEATURE, 30.1),
    # It is there already, or goes back first, or where nothing leads out of.
    Case("e3372h,wakes=gateway-ncm", "ncm", "already", "ncm"),
    Case("e3372h,wakes=gateway-ncm", None, "switched", "hilink", NEW, 1.5),
    Case("e3372h,wakes=gateway-ncm", "mbim", NoWay, "ncm", within=0),
    Case("e3372h,wakes=ecm", "hilink", "already", "hilink"),
    Case("e3372h,wakes=rndis", "hilink", "already", "hilink"),
    Case("e3372h,wakes=ecm", "ncm", "switched", "ncm", ALT, 1.5),
    Case("e3372h,wakes=ecm", "mbim", NoWay, "hilink", within=0),
    Case("e3372h,wakes=project", "ncm", NoWay, "download", within=0),
    Case("e3372h-153,wakes=windows", None, "already", "ncm"),
    # The CSW, in every way it can be late, missing or wrong.
    Case("e3372h,csw=late", "ncm", "switched", "ncm", ALT, 2.1),
    Case("e3372h,csw=late,lag=10", "ncm", "switched", "ncm", ALT, 11.5),
    Case("e3372h,csw=missing", "ncm", "switched", "ncm", ALT),
    Case("e3372h,csw=missing,linger=5", "ncm", "switched", "ncm", ALT, 5.5),
    Case("e3372h,csw=failed", "ncm", "switched", "ncm", ALT),
    Case("e3372h,csw=failed,linger=2.5", "ncm", "switched", "ncm", ALT, 3.1),
    Case("e3372h,csw=refused", "ncm", CommandFailed, STORAGE, ALT, 3.1, driver=True),
    Case("e3372h,csw=refused", "ncm", CommandFailed, STORAGE, ALT, 1.1, driver=True, timeout=1),
    Case("e3372h,csw=stalled", "ncm", "switched", "ncm", ALT),
    Case("e3372h,csw=phase", "ncm", BadReply, STORAGE, ALT, 3.1, driver=True),
    Case("e3372h,csw=tag", "ncm", "switched", "ncm", ALT),
    Case("e3372h,csw=garbage", "ncm", "switched", "ncm", ALT),
    Case("e3372h,csw=short", "ncm", "switched", "ncm", ALT),
    Case("e3372h,dies", "ncm", "switched", "ncm", ALT),
    # An eject of two LUNs: each command may fail, and the stick may leave after any of them.
    Case("eject", None, "switched", "switched", EJECT),
    Case("eject,wakes=single", None, "switched", "switched", EJECT[:3]),
    *(Case(f"eject,obeys={n}", None, "switched", "switched", EJECT) for n in (1, 2, 3, 4)),
    *(Case(f"eject,obeys={n},dies", None, "switched", "switched", EJECT[:n]) for n in (1, 2, 3, 4)),
    *(Case(f"eject,obeys={n},linger=0", None, "switched", "switched", EJECT[: n + 1]) for n in (1, 2, 3)),
    Case("eject,allow=stalled", None, "switched", "switched", EJECT),
    Case("eject,allow=failed", None, "switched", "switched", EJECT),
    Case("eject,allow=missing", None, "switched", "switched", EJECT[:3], 4.0),
    Case("eject,csw=stalled", None, "switched", "switched", EJECT),
    Case("eject,csw=failed", None, "switched", "switched", EJECT),
    Case("eject,csw=garbage", None, "switched", "switched", EJECT),
    Case("eject,csw=refused", None, CommandFailed, STORAGE, EJECT, 3.1, driver=True),
    Case("eject,deaf", None, SwitchFailed, STORAGE, EJECT, 20.1, driver=True),
    Case("eject,mounted", None, Refused, STORAGE, (), 0.1, driver=True),
    Case("eject,wakes=modem", None, "already", "switched"),
    Case("eject,wakes=modem", STORAGE, NoWay, "switched", within=0),
    # A control request, answered in every way it can be; the bus is the judge.
    *(Case(f"vendor{how}", None, "switched", "switched", VENDOR, 2.5) for how in ("", ",answer=stalled")),
    Case("vendor,answer=never,linger=5", None, "switched", "switched", VENDOR, 2.5),
    Case("vendor,answer=stalled,deaf", None, SwitchFailed, STORAGE, VENDOR, 20.1, driver=True),
    Case("vendor,answer=never,deaf", None, SwitchFailed, STORAGE, VENDOR, 20.1, driver=True),
    Case("vendor,request=40-0c", None, SwitchFailed, STORAGE, VENDOR, 20.1, driver=True),
    Case("vendor,answer=short", None, "switched", "switched", VENDOR, 2.5),
    Case("vendor,denied", None, PermissionDenied, STORAGE, (), 0, driver=True),
    # What it does instead.
    Case("e3372h,deaf", "ncm", SwitchFailed, STORAGE, ALT, 20.1, driver=True),
    Case("e3372h,deaf", "ncm", SwitchFailed, STORAGE, ALT, 2.1, driver=True, timeout=2),
    Case("e3372h,deaf,csw=missing", "ncm", SwitchFailed, STORAGE, ALT, 2.1, driver=True, timeout=2),
    Case("e3372h,back=never", "ncm", NotBack, None, ALT, 20.1),
    Case("e3372h,back=same", "ncm", SwitchFailed, STORAGE, ALT, driver=True),
    Case("e3372h,back=rndis", "ncm", SwitchFailed, "hilink", ALT),
    Case("e3372h,back=rndis", None, "switched", "hilink", NEW),
    Case("e3372h,back=project", "ncm", SwitchFailed, "download", ALT),
    Case("e3372h,back=project", "switched", SwitchFailed, "download", NEW),
    Case("e3372h,back=gateway-ppp", "ncm", SwitchFailed, "stick", ALT),
    Case("e3372h,moves=1-3", "ncm", NotBack, None, ALT, 20.1),
    Case("e3372h,slow=30", "ncm", NotBack, None, ALT, 20.1),
    Case("e3372h,slow=30", "ncm", "switched", "ncm", ALT, 31, timeout=60),
    Case("e3372h,slow=8", "ncm", "switched", "ncm", ALT, 8.6),
    Case("e3372h,slow=8", "ncm", NotBack, None, ALT, 3.1, timeout=3),
    Case("e3372h,blocked", "ncm", NotBack, None, ALT, 20.1),
    # What stands in the way before a byte is sent.
    Case("e3372h,busy", "ncm", Busy, STORAGE, driver=True),
    Case("e3372h,denied", "ncm", PermissionDenied, STORAGE, driver=True),
    Case("e3372h,mounted", "ncm", Refused, STORAGE, driver=True),
    Case("e3372h,descriptors=truncated", "ncm", Refused, None, driver=True),
    Case("e3372h,descriptors=oversized", "ncm", Refused, None, driver=True),
    Case("e3372h,descriptors=lying", "ncm", Refused, None, driver=True),
    Case("e3372h,descriptors=endless", "ncm", Refused, None, driver=True),
    Case("e3372h,strings=escape", "ncm", "switched", "ncm", ALT),
    Case("e3372h,strings=surrogate", "ncm", "switched", "ncm", ALT),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_switch(case: Case) -> None:
    bus = plugged(case.stick)
    ran = run(bus, "1-1", case.to, timeout=case.timeout)

    got = ran.outcome.result if ran.outcome else type(ran.error)
    assert got == case.result, ran.error
    assert ran.mode_at() == case.mode
    assert messages(bus) == list(case.sent)
    assert ran.seconds <= case.within
    assert bus.sim.claims == set()
    stick = bus.sim.sticks[0]
    if stick.present and stick.composition.luns(0):
        assert bus.sim.is_kernel_driver_active(next(bus.sim.enumerate_devices()), 0) == case.driver
    if ran.outcome:
        assert ran.outcome.mode == case.mode
        assert bool(ran.outcome.taken) == (case.result == "switched")
    else:
        assert ran.error is not None
        assert ran.error.facts["port"] == "1-1"
        assert "1-1" in str(ran.error)
        assert ran.error.facts.get("mode") == case.mode


@pytest.mark.parametrize("timeout", [0.01, 0.3, 1, 2.5, 7])
@pytest.mark.parametrize(
    "fault",
    [
        *("", "deaf", "csw=late", "csw=missing,deaf", "csw=refused", "csw=stalled", "csw=phase", "csw=tag"),
        *("csw=garbage", "csw=short,deaf", "csw=late,lag=60", "back=never", "slow=30", "blocked", "linger=40"),
    ],
)
def test_timeout_bounds_the_whole(fault: str, timeout: float) -> None:
    bus = plugged(f"e3372h,{fault}" if fault else "e3372h")
    ran = run(bus, "1-1", "ncm", timeout=timeout)
    assert ran.seconds <= timeout + 0.1
    assert ran.outcome or ran.error


@pytest.mark.parametrize("model", ["e3372h", "e3372h-153", "e3372s", "e220"])
@pytest.mark.parametrize("goal", [None, "ncm", "stick", "hilink"])
@pytest.mark.parametrize("transfer", range(1, 9))
@pytest.mark.parametrize("fault", ["", ",csw=refused", ",csw=stalled", ",csw=tag"])
def test_pulled_at_every_transfer(model: str, goal: str | None, transfer: int, fault: str) -> None:
    bus = plugged(f"{model},pulled={transfer}{fault}")
    ran = run(bus, "1-1", goal)
    assert ran.seconds <= 30.1
    assert bus.sim.claims == set()
    if ran.error:
        assert "1-1" in ran.error.message
        assert ran.error.facts["port"] == "1-1"


def test_pulled_out_is_not_back() -> None:
    ran = run(plugged("e3372h,pulled=2"), "1-1", "ncm", timeout=5)
    assert isinstance(ran.error, NotBack)
    assert "mode" not in ran.error.facts


@pytest.mark.parametrize("chosen", ["1-1", "1-1.4", "2-1"])
@pytest.mark.parametrize("by_port", [True, False])
def test_twins_only_the_chosen_one_hears_anything(chosen: str, by_port: bool) -> None:
    ports = ["1-1", "1-1.4", "2-1"]
    bus = plugged(*(f"e3372h@{port}" for port in ports))
    ran = run(bus, chosen, "ncm") if by_port else run(bus, "12d1:1f01", "ncm", port=chosen)
    assert ran.outcome is not None
    assert {port: stick_at(bus, port).transfers > 0 for port in ports} == {port: port == chosen for port in ports}
    assert [ran.mode_at(port) for port in ports if port != chosen] == [STORAGE, STORAGE]


def test_twins_are_listed_when_none_is_chosen() -> None:
    bus = plugged("e3372h", "e3372h@1-2,wakes=ecm", "e3372h-153@1-3")
    ran = run(bus, "12d1:1f01", "ncm")
    assert isinstance(ran.error, SeveralDevices)
    assert ran.error.facts["devices"] == [
        {"port": "1-1", "id": "12d1:1f01", "mode": STORAGE},
        {"port": "1-2", "id": "12d1:14dc", "mode": "hilink"},
    ]
    assert all(port in ran.error.message for port in ("1-1", "1-2"))
    assert bus.sim.wire == []


FINDS: tuple[tuple[str, str, str], ...] = (
    ("e3372h", "12d1:1f01", "12d1:1f01"),
    ("e3372h", "12D1:1F01", "12d1:1f01"),
    ("e3372h", "0x12d1:0x1f01", "12d1:1f01"),
    ("e3372h", "1/2", "12d1:1f01"),
    ("e3372h", "001/002", "12d1:1f01"),
    ("e3372h,wakes=ecm", "12d1:1f01", "12d1:14dc"),
    ("e3372h,wakes=gateway-ncm", "12d1:1f01", "12d1:155e"),
    ("e3372h,wakes=gateway-ncm", "12d1:14fe", "12d1:155e"),
    ("e3372h,wakes=ecm", "12d1:14dc", "12d1:14dc"),
    ("e3372h-153,wakes=linux", "12d1:14fe", "12d1:1506"),
)


@pytest.mark.parametrize(("stick", "text", "found"), FINDS)
def test_finds(stick: str, text: str, found: str) -> None:
    ran = run(plugged(stick), text, "switched")
    assert ran.outcome is not None, ran.error
    assert str(ran.outcome.before.usb.id) == found


@pytest.mark.parametrize("text", ["12d1:1f02", "1-2", "1/9", "12d1:1506", "2-1.4"])
def test_finds_nothing(text: str) -> None:
    assert isinstance(run(plugged("e3372h"), text).error, NoDevice)


@pytest.mark.parametrize(
    "text", ["", "e3372h", "12d1", "12d1:", "1-", "1-1-1", "1-1.", "0-1", "/", "/sys", "12d1:1f01:"]
)
def test_no_device_can_be_meant(text: str) -> None:
    assert isinstance(run(plugged("e3372h"), text).error, UsageError)


def test_an_id_of_several_families_is_the_one_that_fits() -> None:
    """12d1:1001 wakes up as an E169 and is what a gateway makes of HiLink sticks: the three ports tell."""
    by_id = run(plugged("e3372h,wakes=gateway-ppp"), "12d1:1001", "stick")
    by_port = run(plugged("e3372h,wakes=gateway-ppp"), "1-1", "stick")
    assert by_id.outcome is not None, by_id.error
    assert by_port.outcome is not None, by_port.error


def test_events_of_a_switch_in_order() -> None:
    ran = run(plugged("e3372h"), "1-1", "ncm")
    assert ran.told == ["found", "transition", "step", "out", "in", "left", "back", "found"]
    first, transition, step, *_, last = ran.events
    place = {"port": "1-1", "id": "12d1:1f01", "mode": STORAGE}
    assert transition == ("transition", {"start": STORAGE, "to": ["ncm"], "within": 20.0, **place})
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


def test_no_transition_is_taken_twice() -> None:
    """The stick comes back as it was each time: both known ways are tried, each once."""
    bus = plugged("e3372h-153,back=same")
    ran = run(bus, "1-1", "ncm")
    assert ran.error is not None
    assert messages(bus) == [NEW_MODE, ALT_MODE]


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
LINUX = '{ huawei = { os = "linux", green = "work" } }'


def _library(tmp_path: Path, *hops: tuple[str, str, str]) -> Library:
    (tmp_path / "hops.toml").write_text(HOPS + "".join(HOP % hop for hop in hops), "utf-8")
    return Library(user=[tmp_path])


@pytest.mark.parametrize(("stick", "warned"), [("e3372h,back=project", 1), ("e3372h,wakes=project", 1), ("e3372h", 0)])
def test_download_mode_is_warned_of(stick: str, warned: int) -> None:
    ran = run(plugged(stick), "1-1", "ncm")
    warnings = [facts["message"] for name, facts in ran.events if name == "warning"]
    assert len(warnings) == warned
    assert all("12d1:1442 at 1-1 is in download mode" in message for message in warnings)


def test_a_detour_is_planned_from_where_the_stick_is(tmp_path: Path) -> None:
    """A stick that came back elsewhere is planned for anew, from there."""
    library = _library(
        tmp_path,
        (STORAGE, "ncm", LINUX),
        ("hilink", "ncm", "{ control = { request-type = 0x40, request = 0xa1 } }"),
    )
    bus = plugged("e3372h")
    ran = run(bus, "1-1", "ncm", library=library)
    assert isinstance(ran.error, ModeswitchError)
    assert [facts["mode"] for name, facts in ran.events if name == "found"] == [STORAGE, "hilink"]
    assert len(messages(bus)) == 2


def test_a_step_that_is_not_the_last_must_succeed(tmp_path: Path) -> None:
    """Losing the stick before the last step is an error that names the step, and nothing more is sent."""
    library = _library(tmp_path, (STORAGE, "ncm", f"{LINUX}, {{ pause = {{ seconds = 2 }} }}, {LINUX}"))
    bus = plugged("e3372h,dies")
    ran = run(bus, "1-1", "ncm", library=library)
    assert ran.error is not None
    assert "step 1 of 3" in ran.error.message
    assert ran.error.facts["step"] == 1
    assert len(messages(bus)) == 1


@pytest.mark.parametrize("before", ["{ eject = { lun = 7 } }", "{ eject = {} }, { eject = { lun = 1 } }"])
def test_an_eject_that_a_stick_refuses_does_not_end_the_transition(tmp_path: Path, before: str) -> None:
    """No such LUN halts both pipes: they are recovered, and what follows is sent."""
    library = _library(tmp_path, (STORAGE, "hilink", f"{before}, {LINUX}"))
    bus = plugged("e3372h")
    ran = run(bus, "1-1", "hilink", library=library, timeout=30)
    assert ran.error is None
    assert ran.told.count("refused") == (2 if "lun = 7" in before else 0)
    assert ran.mode_at() == "hilink"
    assert bytes.fromhex(messages(bus)[-1])[15:17] == b"\x11\x06"


@pytest.mark.parametrize("transfer", range(1, 8))
def test_a_stick_that_leaves_during_an_eject_is_waited_for(tmp_path: Path, transfer: int) -> None:
    """It has obeyed, or it was pulled: the bus will tell, and nothing more is sent."""
    library = _library(tmp_path, (STORAGE, "hilink", "{ eject = {} }, { eject = { lun = 1 } }"))
    bus = plugged(f"e3372h,pulled={transfer}")
    ran = run(bus, "1-1", "hilink", library=library)
    assert type(ran.error) is NotBack
    assert len(messages(bus)) <= (transfer + 1) // 2


def test_a_pause_takes_its_time_and_no_more_than_the_timeout(tmp_path: Path) -> None:
    library = _library(tmp_path, (STORAGE, "hilink", f"{{ pause = {{ seconds = 2.5 }} }}, {LINUX}"))
    assert 2.5 <= run(plugged("e3372h"), "1-1", "hilink", library=library).seconds <= 3.2
    assert run(plugged("e3372h"), "1-1", "hilink", library=library, timeout=1).seconds <= 1.1


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
    library = _library(tmp_path, (STORAGE, "ncm", step))
    bus = plugged("e3372h,deaf")
    ran = run(bus, "1-1", "ncm", library=library, timeout=3)
    assert isinstance(ran.error, SwitchFailed)
    assert bus.sim.wire == wire
    assert bus.sim.claims == set()
    assert bus.sim.is_kernel_driver_active(next(bus.sim.enumerate_devices()), 0)


def test_what_is_read_is_as_long_as_was_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, ...]] = []
    before = Stick.control

    def note(self: Stick, kind: int, request: int, value: int, index: int, data: bytes, length: int) -> bytes:
        asked.append((kind, request, value, index, length))
        return before(self, kind, request, value, index, data, length)

    monkeypatch.setattr(Stick, "control", note)
    step = "{ control = { request-type = 0xc0, request = 0x9a, value = 0x0120, index = 3, length = 18 } }"
    run(plugged("e3372h,deaf"), "1-1", "ncm", library=_library(tmp_path, (STORAGE, "ncm", step)), timeout=1)
    assert asked == [(0xC0, 0x9A, 0x0120, 3, 18)]


def test_an_endpoint_that_is_named_is_the_one(tmp_path: Path) -> None:
    library = _library(tmp_path, (STORAGE, "ncm", '{ bulk = { hex = "0102", endpoint = 2 } }'))
    ran = run(plugged("e3372h"), "1-1", "ncm", library=library)
    assert isinstance(ran.error, Refused)
    assert "has no endpoint 02" in ran.error.message
    assert ran.error.facts["step"] == 1
    bus = plugged("e3372h")
    library = _library(tmp_path, (STORAGE, "ncm", '{ bulk = { hex = "0102", endpoint = 1 } }'))
    run(bus, "1-1", "ncm", library=library)
    assert [data for kind, where, data in bus.sim.wire if (kind, where) == ("bulk out", "01")] == ["0102"]


@pytest.mark.parametrize("fault", ["busy", "denied"])
def test_what_cannot_be_taken_hold_of_names_its_step(fault: str) -> None:
    ran = run(plugged(f"e3372h,{fault}"), "1-1", "ncm")
    assert ran.error is not None
    assert ran.error.facts["step"] == 1


def test_an_eject_that_is_the_last_step_is_no_trifle(tmp_path: Path) -> None:
    """It is two commands, and after the second there is nothing to go on with."""
    library = _library(tmp_path, (STORAGE, "hilink", "{ eject = { lun = 7 } }"))
    ran = run(plugged("e3372h"), "1-1", "hilink", library=library)
    assert isinstance(ran.error, SwitchFailed)
    assert ran.told.count("refused") == 1


@pytest.mark.parametrize(
    ("stick", "mode", "interface"),
    [
        ("e3372h", STORAGE, 0),
        ("e3372h,wakes=ecm", "hilink", 2),
        ("e3372h-153,wakes=linux", "ncm", 3),
        ("e3372h,wakes=gateway-ncm", "ncm", None),
    ],
)
def test_a_message_for_storage_goes_to_storage_alone(stick: str, mode: str, interface: int | None) -> None:
    device = known_at(plugged(stick), "1-1")
    assert device is not None
    assert device.mode == mode
    if interface is None:
        with pytest.raises(Refused, match="no storage interface"):
            storage_pipes(device)
    else:
        assert storage_pipes(device).interface == interface


@pytest.mark.parametrize("lacking", [True, False])
def test_storage_without_both_endpoints_is_none(lacking: bool) -> None:
    device = known_at(plugged("e3372h"), "1-1")
    assert device is not None
    assert device.usb.descriptors is not None
    (configuration,) = device.usb.descriptors.configurations
    (disk,) = configuration.interfaces
    half = disk._replace(endpoints=tuple(one for one in disk.endpoints if one.is_in is lacking))
    descriptors = device.usb.descriptors._replace(configurations=(configuration._replace(interfaces=(half,)),))
    with pytest.raises(Refused, match="no storage interface with two bulk endpoints"):
        storage_pipes(recognise(device.usb._replace(descriptors=descriptors), Library(user=[])))


@pytest.mark.parametrize("moment", ["found", "transition", "step", "out", "in", "left", "back"])
@pytest.mark.parametrize("stick", ["e3372h", "e3372h,csw=late", "e3372h,deaf", "e3372h,csw=refused"])
def test_interrupted_at_any_moment_lets_go(moment: str, stick: str) -> None:
    bus = plugged(stick)

    def interrupt(event: str, **facts: object) -> None:
        if event == moment:
            raise KeyboardInterrupt

    happens = not ({"deaf", "csw=refused"} & set(stick.split(",")) and moment in ("left", "back"))
    if happens:
        with pytest.raises(KeyboardInterrupt):
            run(bus, "1-1", "ncm", tell=interrupt)
    else:
        run(bus, "1-1", "ncm", tell=interrupt)
    assert bus.sim.claims == set()
    if bus.sim.sticks[0].looks == "storage" and bus.sim.sticks[0].present:
        assert bus.sim.is_kernel_driver_active(next(bus.sim.enumerate_devices()), 0)


def test_why_there_is_no_goal() -> None:
    device = known_at(plugged("e3372h"), "1-1")
    assert device is not None
    unreadable = device.usb._replace(problem="cannot be read")
    cases: tuple[tuple[Device, type[ModeswitchError], str], ...] = (
        (device._replace(profile=None), NoWay, "no profile knows 12d1:1f01 at 1-1"),
        (device._replace(product=None), NoWay, "no profile knows 12d1:1f01 at 1-1"),
        (device._replace(usb=unreadable), Refused, "is unreadable: cannot be read"),
        (recognise(device.usb._replace(active=None), Library(user=[])), Refused, "no active configuration"),
    )
    for case, kind, words in cases:
        with pytest.raises(kind, match=words) as raised:
            goal_of(case, "ncm", of_any_host)
        assert raised.value.facts == {"port": "1-1", "id": "12d1:1f01"} | ({"mode": case.mode} if case.mode else {})


def test_an_error_says_what_the_stick_is_now() -> None:
    ran = run(plugged("e3372h,back=rndis"), "12d1:1f01", "ncm")
    assert isinstance(ran.error, SwitchFailed)
    assert ran.error.facts == {"port": "1-1", "id": "12d1:14dc", "mode": "hilink"}
    assert "hilink" in ran.error.message


@pytest.mark.parametrize(
    ("fault", "after"), [("deaf", True), ("back=never", True), ("csw=refused", False), ("busy", False)]
)
def test_an_error_says_in_which_step_or_after_it(fault: str, after: bool) -> None:
    ran = run(plugged(f"e3372h,{fault}"), "1-1", "ncm")
    assert ran.error is not None
    assert "step 1 of 1, { huawei = " in ran.error.message
    assert ran.error.message.startswith("after step") is after


def test_blocked_says_who_may_have_blocked_it() -> None:
    ran = run(plugged("e3372h,blocked"), "1-1", "ncm")
    assert "authorized" in str(ran.error)
    assert known_at(ran.bus, "1-1") is not None


@pytest.mark.parametrize("usb", ["12d1:1570", "12d1:1573"])
def test_a_module_is_left_alone(usb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bus = plugged("e3372h")
    model = bus.sim.sticks[0].model
    module = replace(model.compositions["storage"], product=int(usb[5:], 16))
    monkeypatch.setitem(model.compositions, "storage", module)
    ran = run(bus, usb)
    assert isinstance(ran.error, Refused)
    assert "left alone" in ran.error.message
    assert bus.sim.wire == []


def test_unknown_product_is_no_way(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = plugged("e3372h")
    model = bus.sim.sticks[0].model
    monkeypatch.setitem(model.compositions, "storage", replace(model.compositions["storage"], product=0xFFFE))
    ran = run(bus, "12d1:fffe")
    assert type(ran.error) is NoWay
    assert bus.sim.wire == []


def test_a_stick_that_comes_back_under_an_id_nobody_lists_is_switched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its ports are nobody's, but it has left storage: that is all that was wanted."""
    bus = plugged("e3372h-153,back=gateway-ppp")
    model = bus.sim.sticks[0].model
    monkeypatch.setitem(model.compositions, "gateway-ppp", replace(model.compositions["gateway-ppp"], product=0xFFFE))
    ran = run(bus, "1-1")
    assert ran.outcome is not None, ran.error
    assert ran.outcome.mode == "switched"
    assert str(ran.outcome.device.usb.id) == "12d1:fffe"


@pytest.mark.parametrize(("vendor", "goal"), [(0x0781, "ncm"), (0x0781, "switched"), (0x12D1, "ncm")])
def test_another_device_in_the_port_is_sent_nothing(vendor: int, goal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the stick is away somebody plugs a flash drive into its port."""
    bus = plugged("e3372h-153,back=gateway-ppp")
    model = bus.sim.sticks[0].model
    drive = replace(model.compositions["storage"], vendor=vendor, product=0x5567)
    monkeypatch.setitem(model.compositions, "gateway-ppp", drive)
    ran = run(bus, "1-1", goal)
    assert isinstance(ran.error, SwitchFailed)
    assert "none of huawei-stick" in ran.error.message
    assert len(messages(bus)) == 1


def test_a_keyboard_in_the_port_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = plugged("e3372h-153,back=gateway-ppp")
    model = bus.sim.sticks[0].model
    keys = Function((Setting((3, 1, 1), ((0x81, 3),)),))
    monkeypatch.setitem(model.compositions, "gateway-ppp", Composition(0x046D, 0xC31C, (keys,)))
    ran = run(bus, "1-1", "switched")
    assert isinstance(ran.error, SwitchFailed)
    assert "no modem that is known" in ran.error.message


def test_back_unreadable_says_why() -> None:
    """Good descriptors at first, broken ones after the switch."""
    bus = plugged("e3372h")
    stick = bus.sim.sticks[0]

    def break_them(event: str, **facts: object) -> None:
        if event == "left":
            stick.faults = replace(stick.faults, descriptors="lying")

    ran = run(bus, "1-1", "ncm", tell=break_them)
    assert isinstance(ran.error, SwitchFailed)
    assert "bNumInterfaces 9" in ran.error.message
