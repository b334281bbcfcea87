"""Any mode to any mode: each stick in each mode, where it is to go, and what must come of it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from modeswitch.errors import (
    CommandFailed,
    ModeswitchError,
    NotBack,
    PermissionDenied,
    Refused,
    Unavailable,
)
from modeswitch.modem.saved import Store
from modeswitch.sim.pagelogin import LOGIN
from tests.support.rig import ALT_MODE, NEW_MODE, PPP_MODE, messages, plugged, run
from tests.support.sticks import FACTORY_LIST, HILINK, HILINK_NCM, RAIN, STICK_NCM, STICK_PPP, STORAGE, SUN, WEATHERS


class Way(NamedTuple):
    """A switch and what must come of it: outcome or error, mode, SCSI messages, port list, virtual seconds at most."""

    stick: str
    to: str
    result: str | type[ModeswitchError]
    mode: str | None
    sent: tuple[str, ...] = ()
    ports: str | None = None
    within: float = 2.0
    persist: bool = False

    def __str__(self) -> str:
        return f"{self.stick} to {self.to}" + " for good" * self.persist


NEW_SENT, ALT_SENT, PPP_SENT = (NEW_MODE,), (ALT_MODE,), (PPP_MODE,)
WAYS = (
    # HiLink firmware: every mode from every mode.
    Way(HILINK, "ncm", "switched", "ncm", ALT_SENT),
    Way(HILINK, "stick", "switched", "stick", PPP_SENT),
    Way(HILINK, STORAGE, "switched", STORAGE),
    Way(HILINK, "debug", "switched", "debug"),
    Way(HILINK_NCM, "hilink", "switched", "hilink", NEW_SENT),
    Way(HILINK_NCM, "stick", "switched", "stick", PPP_SENT),
    Way(HILINK_NCM, STORAGE, "switched", STORAGE),
    Way(HILINK_NCM, "debug", "switched", "debug", NEW_SENT, within=3),
    Way("e3372h,wakes=gateway-ppp", "ncm", "switched", "ncm", ALT_SENT),
    Way("e3372h,wakes=gateway-ppp", "hilink", "switched", "hilink", NEW_SENT),
    Way("e3372h,wakes=debug", "ncm", "switched", "ncm", ALT_SENT),
    Way("e3372h,wakes=debug", "hilink", "switched", "hilink", NEW_SENT),
    Way("e3372h,wakes=debug", STORAGE, "switched", STORAGE),
    Way("e3372h", "debug", "switched", "debug", NEW_SENT),
    # Stick firmware: without consent through mass-storage, with it in the stick's own list.
    Way(STICK_NCM, "stick", "switched", "stick", PPP_SENT, FACTORY_LIST),
    Way(STICK_NCM, STORAGE, "switched", STORAGE, (), FACTORY_LIST),
    Way(STICK_PPP, "ncm", "switched", "ncm", ALT_SENT, "A1,A2;12,1,A1,A2"),
    Way(STICK_NCM, "stick", "switched", "stick", (), "FF;12,1,A1,A2", persist=True),
    Way(STICK_PPP, "ncm", "switched", "ncm", (), "FF;12,1,16,A1,A2", persist=True),
    Way("e3372s,wakes=linux", "stick", "switched", "stick", (), "FF;12,10,A1,A2", persist=True),
    Way("e3372h-153,ports=FF;12+1+16", "stick", "switched", "stick", (), "FF;12,1", persist=True),
    Way("e3372h-153,ports=FF;12+16", STORAGE, "switched", STORAGE, (), "A1,A2;12,16", persist=True),
    Way("e3372h-153,ports=FF;12+16,hub=none", STORAGE, Unavailable, "ncm", (), "FF;12,16"),
    Way("e3372h-153,ports=FF;12+16", "ncm", "already", "ncm", (), "FF;12,16"),
    Way("e3372h-153", "ncm", "switched", "ncm", NEW_SENT, FACTORY_LIST, persist=True),
    # A list without what is wanted is not tried twice: seen in stick, the Linux message leads there again.
    Way(
        "e3372h-153,ports=A1+A2;12+1+A1+A2",
        "ncm",
        "switched",
        "ncm",
        (NEW_MODE, ALT_MODE),
        "A1,A2;12,1,A1,A2",
        within=4,
    ),
    # Sticks with AT^U2DIAG.
    Way("e173,wakes=linux", "stick", "switched", "stick", (), persist=True),
    Way("e173,u2diag=256", "ncm", "switched", "ncm", NEW_SENT, persist=True, within=3),
    # The AT port, in every mood.
    Way(f"{HILINK_NCM},at=noecho", STORAGE, "switched", STORAGE),
    Way(f"{HILINK_NCM},at=urc", STORAGE, "switched", STORAGE),
    Way(f"{HILINK_NCM},at=stale", STORAGE, "switched", STORAGE),
    Way(f"{HILINK_NCM},at=lower", STORAGE, "switched", STORAGE),
    Way(f"{HILINK_NCM},at=slow", STORAGE, "switched", STORAGE, within=6),
    Way(f"{HILINK_NCM},at=gone", STORAGE, NotBack, None, within=61),
    Way(f"{HILINK_NCM},at=mute", STORAGE, "switched", STORAGE, within=20),
    Way(f"{HILINK_NCM},at=mute,hub=ganged", STORAGE, Unavailable, "ncm", within=20),
    Way(f"{HILINK_NCM},at=error,hub=ganged", STORAGE, Unavailable, "ncm"),
    Way(f"{HILINK_NCM},at=garbage,hub=none", STORAGE, Unavailable, "ncm", within=20),
    Way(f"{HILINK_NCM},at=flood,hub=none", STORAGE, Unavailable, "ncm", within=20),
    Way(f"{HILINK_NCM},at=wdmonly,hub=none", STORAGE, Unavailable, "ncm", within=20),
    Way(f"{STICK_NCM},at=noecho", "stick", "switched", "stick", (), "FF;12,1,A1,A2", persist=True),
    Way(f"{STICK_NCM},at=urc", "stick", "switched", "stick", (), "FF;12,1,A1,A2", persist=True),
    Way(f"{STICK_NCM},at=lower", "stick", "switched", "stick", (), "FF;12,1,A1,A2", persist=True),
    Way(f"{STICK_NCM},at=stale", "stick", "switched", "stick", (), "FF;12,1,A1,A2", persist=True),
    Way(f"{STICK_NCM},at=slow,lag=2", "stick", "switched", "stick", (), "FF;12,1,A1,A2", persist=True, within=20),
    Way(f"{STICK_NCM},at=gone", "stick", NotBack, None, (), FACTORY_LIST, persist=True, within=61),
    Way(f"{STICK_NCM},nv=refused", "stick", CommandFailed, "ncm", (), FACTORY_LIST, persist=True),
    Way(f"{STICK_NCM},nv=lost", "stick", CommandFailed, "ncm", (), FACTORY_LIST, persist=True),
    Way(f"{STICK_NCM},mounted", STORAGE, Refused, "ncm", (), FACTORY_LIST, within=0),
    Way(f"{STICK_NCM},back=never", STORAGE, NotBack, None, (), FACTORY_LIST, within=61),
    # The web page, in every mood; the hub's power is the way when it is of no use.
    Way(f"{HILINK},web=tokenonce", STORAGE, "switched", STORAGE),
    *(
        Way(f"{HILINK},web={fault}", STORAGE, "switched", STORAGE, within=40)
        for fault in ("html", "huge", "redirect", "login", "unsupported", "token", "garbage", "blocked")
    ),
    *(Way(f"{HILINK},web={fault}", STORAGE, "switched", STORAGE, within=40) for fault in ("endless", "dead", "drip")),
    *(Way(f"{HILINK},web={fault},hub=none", STORAGE, "switched", STORAGE) for fault in ("tokenpage", "tokenless")),
    Way(f"{HILINK},web=busy", STORAGE, "switched", STORAGE, within=40),
    # A password that nobody has given; whatever its login is like, nothing is tried.
    *(
        Way(f"{HILINK},password=secret{login},hub=none", STORAGE, Unavailable, "hilink")
        for login in ("", *(f",login={kind}" for kind in LOGIN if kind))
    ),
    *(
        Way(f"{HILINK},web={fault},hub=ganged", STORAGE, Unavailable, "hilink", within=40)
        for fault in ("html", "huge", "redirect", "login", "unsupported", "token", "garbage", "blocked", "dead")
    ),
    Way(f"{HILINK},web=login,hub=none", STORAGE, Unavailable, "hilink"),
    Way(f"{HILINK},web=login,hub=lies", STORAGE, Unavailable, "hilink", within=8),
    Way(f"{HILINK},web=login,hub=denied", STORAGE, PermissionDenied, "hilink"),
    Way("e3372h@1-1,wakes=rndis,hub=none", STORAGE, Unavailable, "hilink"),
    # NVRAM that keeps something else; a hub that cuts no power, or tells of no departure.
    Way(f"{STICK_NCM},nv=other", "stick", CommandFailed, "ncm", (), None, persist=True),
    Way(f"{STICK_NCM},nv=forgets", "stick", "switched", "stick", PPP_SENT, FACTORY_LIST, persist=True, within=61),
    Way(f"{HILINK},web=login,hub=dataonly", STORAGE, Unavailable, "hilink", within=61),
    Way(f"{HILINK},web=login,hub=unseen", STORAGE, "switched", STORAGE, within=61),
)


@pytest.mark.parametrize("weather", WEATHERS)
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_switch_to_any_mode(way: Way, weather: str, tmp_path: Path) -> None:
    bus = plugged(way.stick + weather)
    if weather == SUN:
        bus.clock.wait(60)  # it has started long ago
    ran = run(bus, "1-1", way.to, persist=way.persist, store=Store(tmp_path))
    got = ran.outcome.result if ran.outcome else type(ran.error)
    assert got == way.result, ran.error
    assert ran.mode_at() == way.mode
    assert messages(bus) == list(way.sent)
    assert ran.seconds <= way.within + RAIN[weather]
    assert bus.sim.claims == set()
    stick = bus.sim.sticks[0]
    if way.ports is not None:
        assert stick.nvram.ports == way.ports
    assert not any("GODLOAD" in command or "TMODE" in command for command in stick.modem.heard)
    if ran.error is not None:
        assert ran.error.facts["port"] == "1-1"
        assert "1-1" in str(ran.error)
        assert ran.error.hint
