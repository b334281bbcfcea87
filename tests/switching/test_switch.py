"""Whole switches on simulated sticks: every way a stick can behave, and what a person is left with."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from modeswitch.errors import (
    BadReply,
    Busy,
    CommandFailed,
    ModeswitchError,
    NotBack,
    NoWay,
    PermissionDenied,
    Refused,
    SwitchFailed,
)
from tests.support.cbw import EJECTS
from tests.support.rig import ALT_MODE, NEW_MODE, PPP_MODE, SET_FEATURE, has_driver, messages, plugged, run
from tests.support.sticks import RAIN, STORAGE, SUN, WEATHERS


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
VENDOR = ("40 0b 0001 0000",)
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
    Case("eject", None, "switched", "switched", EJECTS),
    Case("eject,wakes=single", None, "switched", "switched", EJECTS[:3]),
    *(Case(f"eject,obeys={n}", None, "switched", "switched", EJECTS) for n in (1, 2, 3, 4)),
    *(Case(f"eject,obeys={n},dies", None, "switched", "switched", EJECTS[:n]) for n in (1, 2, 3, 4)),
    *(Case(f"eject,obeys={n},linger=0", None, "switched", "switched", EJECTS[:n]) for n in (1, 2, 3)),
    Case("eject,allow=stalled", None, "switched", "switched", EJECTS),
    Case("eject,allow=failed", None, "switched", "switched", EJECTS),
    Case("eject,allow=missing", None, "switched", "switched", EJECTS[:3], 4.0),
    Case("eject,csw=stalled", None, "switched", "switched", EJECTS),
    Case("eject,csw=failed", None, "switched", "switched", EJECTS),
    Case("eject,csw=garbage", None, "switched", "switched", EJECTS),
    Case("eject,csw=refused", None, CommandFailed, STORAGE, EJECTS, 3.1, driver=True),
    Case("eject,deaf", None, SwitchFailed, STORAGE, EJECTS, 20.1, driver=True),
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
    # Another configuration, which the stick does not take.
    Case("config", "mbim", "switched", "mbim"),
    Case("config,configuration=ignored", "mbim", SwitchFailed, STORAGE, (), 10.1, driver=True),
    Case("config,configuration=leaves", "mbim", NotBack, None, (), 10.1),
    # How fast its link is.
    Case("e3372h,speed=full", "ncm", "switched", "ncm", ALT),
    Case("e3372h,speed=super,relinks=high", "ncm", "switched", "ncm", ALT),
    Case("e3372h,speed=high,relinks=super", None, "switched", "hilink", NEW),
    Case("e3372h-153,relinks=full", "ncm", "switched", "ncm", NEW),
    # What it does instead.
    Case("e3372h,deaf", "ncm", SwitchFailed, STORAGE, ALT, 20.1, driver=True),
    Case("e3372h,deaf", "ncm", SwitchFailed, STORAGE, ALT, 2.1, driver=True, timeout=2),
    Case("e3372h,deaf,csw=missing", "ncm", SwitchFailed, STORAGE, ALT, 2.1, driver=True, timeout=2),
    Case("e3372h,back=never", "ncm", NotBack, None, ALT, 20.1),
    # What is there is not what the message leads to: it may be on its way, and is watched until the time is over.
    Case("e3372h,back=same", "ncm", SwitchFailed, STORAGE, ALT, within=20.1, driver=True),
    Case("e3372h,back=rndis", "ncm", SwitchFailed, "hilink", ALT, within=20.1),
    Case("e3372h,back=rndis", None, "switched", "hilink", NEW),
    Case("e3372h,back=project", "ncm", SwitchFailed, "download", ALT, within=20.1),
    Case("e3372h,back=project", "switched", SwitchFailed, "download", NEW, within=20.1),
    Case("e3372h,back=gateway-ppp", "ncm", SwitchFailed, "stick", ALT),
    Case("e3372h,moves=1-3", "ncm", NotBack, None, ALT, 20.1),
    Case("e3372h,slow=30", "ncm", NotBack, None, ALT, 20.1),
    Case("e3372h,slow=30", "ncm", "switched", "ncm", ALT, 31, timeout=60),
    Case("e3372h,slow=8", "ncm", "switched", "ncm", ALT, 8.6),
    Case("e3372h,slow=8", "ncm", NotBack, None, ALT, 3.1, timeout=3),
    Case("e3372h,blocked", "ncm", NotBack, None, ALT, 20.1),
    # It comes back twice; nobody tells of it; the kernel does not let go; one transfer fails.
    Case("e3372h,twice=1.2", "ncm", "switched", "ncm", ALT, 3.0),
    Case("e3372h,twice=2,first=rndis", "ncm", "switched", "ncm", ALT, 4.0),
    Case("e3372h,twice=2,first=gateway-ncm", None, "switched", "hilink", NEW, 4.0),
    Case("e3372h,events=never", "ncm", "switched", "ncm", ALT, 2.0),
    Case("e3372h,nocarrier", None, "switched", "hilink", NEW),
    Case("e3372h,hung=25", "ncm", "switched", "ncm", ALT, 27.0),
    Case("e3372h,csw=whole", "ncm", "switched", "ncm", ALT),
    Case("e3372h,csw=cut", "ncm", "switched", "ncm", ALT),
    Case("e3372h,fails=bulk-out:EPROTO", "ncm", "switched", "ncm", ALT),
    Case("e3372h,fails=claim:EBUSY", "ncm", Busy, STORAGE, (), driver=True),
    Case("e3372h,falls=30", "ncm", "switched", "ncm", ALT),
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


@pytest.mark.parametrize("weather", WEATHERS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_switch(case: Case, weather: str) -> None:
    """In sunshine to the transfer and the second; in the rain to the end, which must be the same."""
    bus = plugged(case.stick + weather)
    ran = run(bus, "1-1", case.to, timeout=case.timeout)

    got = ran.outcome.result if ran.outcome else type(ran.error)
    assert got == case.result, ran.error
    assert ran.mode_at() == case.mode
    sent = messages(bus)
    assert sent == list(case.sent[: len(sent) if weather != SUN else None])  # it may leave before the last of them
    assert ran.seconds <= case.within + RAIN[weather]
    assert bus.sim.claims == set()
    stick = bus.sim.sticks[0]
    if stick.present and stick.composition.luns(0):
        assert has_driver(bus) == case.driver
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
def test_a_timeout_bounds_the_whole_switch(fault: str, timeout: float) -> None:
    bus = plugged(f"e3372h,{fault}" if fault else "e3372h")
    ran = run(bus, "1-1", "ncm", timeout=timeout)
    assert ran.seconds <= timeout + 0.1
    assert ran.outcome or ran.error


@pytest.mark.parametrize("model", ["e3372h", "e3372h-153", "e3372s", "e220"])
@pytest.mark.parametrize("goal", [None, "ncm", "stick", "hilink"])
@pytest.mark.parametrize("transfer", range(1, 9))
@pytest.mark.parametrize("fault", ["", ",csw=refused", ",csw=stalled", ",csw=tag"])
def test_a_stick_pulled_at_any_transfer(model: str, goal: str | None, transfer: int, fault: str) -> None:
    bus = plugged(f"{model},pulled={transfer}{fault}")
    ran = run(bus, "1-1", goal)
    assert ran.seconds <= 30.1
    assert bus.sim.claims == set()
    if ran.error:
        assert "1-1" in ran.error.message
        assert ran.error.facts["port"] == "1-1"


def test_a_stick_that_was_pulled_out_has_no_mode() -> None:
    ran = run(plugged("e3372h,csw=whole,pulled=2"), "1-1", "ncm", timeout=5)
    assert isinstance(ran.error, NotBack)
    assert "mode" not in ran.error.facts


def test_no_transition_is_taken_twice() -> None:
    """The stick comes back as it was each time: both known ways are tried, each once."""
    bus = plugged("e3372h-153,back=same")
    ran = run(bus, "1-1", "ncm")
    assert ran.error is not None
    assert messages(bus) == [NEW_MODE, ALT_MODE]


@pytest.mark.parametrize("moment", ["found", "transition", "step", "out", "in", "left", "back"])
@pytest.mark.parametrize("stick", ["e3372h,csw=whole", "e3372h,csw=late", "e3372h,deaf", "e3372h,csw=refused"])
def test_a_switch_interrupted_at_any_moment_releases_the_stick(moment: str, stick: str) -> None:
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
        assert has_driver(bus)
