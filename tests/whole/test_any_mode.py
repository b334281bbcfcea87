"""Any mode to any mode: through the AT port, the web page, the hub and the NVRAM, and every way that can go wrong."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from modeswitch.database.library import Library
from modeswitch.database.profile import CanDrive, Gives
from modeswitch.errors import (
    BadReply,
    CommandFailed,
    LinkLost,
    ModeswitchError,
    NotBack,
    NoWay,
    PermissionDenied,
    Refused,
    SwitchFailed,
    Unavailable,
)
from modeswitch.linux.modules import DriverIndex
from modeswitch.modem.at import Dialogue
from modeswitch.modem.saved import Store
from modeswitch.sim.host import SimHost
from modeswitch.sim.hub import Hub
from modeswitch.sim.storage import Stall
from modeswitch.switching.switch import switch
from modeswitch.usb import hub as hubpower
from modeswitch.usb.descriptors import Port
from modeswitch.usb.device import UsbDevice
from tests.support.rig import (
    ALT_MODE,
    NEW_MODE,
    PPP_MODE,
    Ran,
    answering,
    do,
    known_at,
    messages,
    on_host,
    plugged,
    run,
)

STORAGE = "mass-storage"
LIST = "A1,A2;12,1,16,A1,A2"
PPP_LIST = "A1+A2;12+1+A1+A2"


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


NEW, ALT, PPP = (NEW_MODE,), (ALT_MODE,), (PPP_MODE,)
HILINK = "e3372h,wakes=ecm"
NCM = "e3372h,wakes=gateway-ncm"
STICK = "e3372h-153,wakes=linux"
ONLY_PPP = f"e3372h-153,wakes=linux,ports={PPP_LIST}"
WAYS = (
    # HiLink firmware: every mode from every mode.
    Way(HILINK, "ncm", "switched", "ncm", ALT),
    Way(HILINK, "stick", "switched", "stick", PPP),
    Way(HILINK, STORAGE, "switched", STORAGE),
    Way(HILINK, "debug", "switched", "debug"),
    Way(NCM, "hilink", "switched", "hilink", NEW),
    Way(NCM, "stick", "switched", "stick", PPP),
    Way(NCM, STORAGE, "switched", STORAGE),
    Way(NCM, "debug", "switched", "debug", NEW, within=3),
    Way("e3372h,wakes=gateway-ppp", "ncm", "switched", "ncm", ALT),
    Way("e3372h,wakes=gateway-ppp", "hilink", "switched", "hilink", NEW),
    Way("e3372h,wakes=debug", "ncm", "switched", "ncm", ALT),
    Way("e3372h,wakes=debug", "hilink", "switched", "hilink", NEW),
    Way("e3372h,wakes=debug", STORAGE, "switched", STORAGE),
    Way("e3372h", "debug", "switched", "debug", NEW),
    # Stick firmware: without consent through mass-storage, with it in the stick's own list.
    Way(STICK, "stick", "switched", "stick", PPP, LIST),
    Way(STICK, STORAGE, "switched", STORAGE, (), LIST),
    Way(ONLY_PPP, "ncm", "switched", "ncm", ALT, "A1,A2;12,1,A1,A2"),
    Way(STICK, "stick", "switched", "stick", (), "FF;12,1,A1,A2", persist=True),
    Way(ONLY_PPP, "ncm", "switched", "ncm", (), "FF;12,1,16,A1,A2", persist=True),
    Way("e3372s,wakes=linux", "stick", "switched", "stick", (), "FF;12,10,A1,A2", persist=True),
    Way("e3372h-153,ports=FF;12+1+16", "stick", "switched", "stick", (), "FF;12,1", persist=True),
    Way("e3372h-153,ports=FF;12+16", STORAGE, "switched", STORAGE, (), "A1,A2;12,16", persist=True),
    Way("e3372h-153,ports=FF;12+16,hub=none", STORAGE, Unavailable, "ncm", (), "FF;12,16"),
    Way("e3372h-153,ports=FF;12+16", "ncm", "already", "ncm", (), "FF;12,16"),
    Way("e3372h-153", "ncm", "switched", "ncm", NEW, LIST, persist=True),
    # A list without what is wanted is not tried twice: seen in stick, the Linux message leads there again.
    Way(f"e3372h-153,ports={PPP_LIST}", "ncm", "switched", "ncm", (NEW_MODE, ALT_MODE), "A1,A2;12,1,A1,A2", within=4),
    # Sticks with AT^U2DIAG.
    Way("e173,wakes=linux", "stick", "switched", "stick", (), persist=True),
    Way("e173,u2diag=256", "ncm", "switched", "ncm", NEW, persist=True, within=3),
    # The AT port, in every mood.
    Way(f"{NCM},at=noecho", STORAGE, "switched", STORAGE),
    Way(f"{NCM},at=urc", STORAGE, "switched", STORAGE),
    Way(f"{NCM},at=stale", STORAGE, "switched", STORAGE),
    Way(f"{NCM},at=lower", STORAGE, "switched", STORAGE),
    Way(f"{NCM},at=slow", STORAGE, "switched", STORAGE, within=6),
    Way(f"{NCM},at=gone", STORAGE, NotBack, None, within=61),
    Way(f"{NCM},at=mute", STORAGE, "switched", STORAGE, within=20),
    Way(f"{NCM},at=mute,hub=ganged", STORAGE, Unavailable, "ncm", within=20),
    Way(f"{NCM},at=error,hub=ganged", STORAGE, Unavailable, "ncm"),
    Way(f"{NCM},at=garbage,hub=none", STORAGE, Unavailable, "ncm", within=20),
    Way(f"{NCM},at=flood,hub=none", STORAGE, Unavailable, "ncm", within=20),
    Way(f"{NCM},at=wdmonly,hub=none", STORAGE, Unavailable, "ncm", within=20),
    Way(f"{STICK},at=noecho", "stick", "switched", "stick", (), "FF;12,1,A1,A2", persist=True),
    Way(f"{STICK},at=urc", "stick", "switched", "stick", (), "FF;12,1,A1,A2", persist=True),
    Way(f"{STICK},at=lower", "stick", "switched", "stick", (), "FF;12,1,A1,A2", persist=True),
    Way(f"{STICK},at=stale", "stick", "switched", "stick", (), "FF;12,1,A1,A2", persist=True),
    Way(f"{STICK},at=slow,lag=2", "stick", "switched", "stick", (), "FF;12,1,A1,A2", persist=True, within=20),
    Way(f"{STICK},at=gone", "stick", LinkLost, None, (), LIST, persist=True, within=61),
    Way(f"{STICK},nv=refused", "stick", CommandFailed, "ncm", (), LIST, persist=True),
    Way(f"{STICK},nv=lost", "stick", CommandFailed, "ncm", (), LIST, persist=True),
    Way(f"{STICK},mounted", STORAGE, Refused, "ncm", (), LIST, within=0),
    Way(f"{STICK},back=never", STORAGE, NotBack, None, (), LIST, within=61),
    # The web page, in every mood; the hub's power is the way when it is of no use.
    Way(f"{HILINK},web=tokenonce", STORAGE, "switched", STORAGE),
    *(
        Way(f"{HILINK},web={fault}", STORAGE, "switched", STORAGE, within=40)
        for fault in ("html", "huge", "redirect", "login", "unsupported", "token", "garbage", "blocked")
    ),
    *(Way(f"{HILINK},web={fault}", STORAGE, "switched", STORAGE, within=40) for fault in ("endless", "dead", "drip")),
    *(
        Way(f"{HILINK},web={fault},hub=ganged", STORAGE, Unavailable, "hilink", within=40)
        for fault in ("html", "huge", "redirect", "login", "unsupported", "token", "garbage", "blocked", "dead")
    ),
    Way(f"{HILINK},web=login,hub=none", STORAGE, Unavailable, "hilink"),
    Way(f"{HILINK},web=login,hub=lies", STORAGE, Unavailable, "hilink", within=8),
    Way(f"{HILINK},web=login,hub=denied", STORAGE, PermissionDenied, "hilink"),
    Way("e3372h@1-1,wakes=rndis,hub=none", STORAGE, Unavailable, "hilink"),
)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_way(way: Way, tmp_path: Path) -> None:
    bus = plugged(way.stick)
    ran = run(bus, "1-1", way.to, persist=way.persist, store=Store(tmp_path))
    got = ran.outcome.result if ran.outcome else type(ran.error)
    assert got == way.result, ran.error
    assert ran.mode_at() == way.mode
    assert messages(bus) == list(way.sent)
    assert ran.seconds <= way.within
    assert bus.sim.claims == set()
    stick = bus.sim.sticks[0]
    if way.ports is not None:
        assert stick.nvram.ports == way.ports
    assert not any("GODLOAD" in command or "TMODE" in command for command in stick.modem.heard)
    if ran.error is not None:
        assert ran.error.facts["port"] == "1-1"
        assert "1-1" in str(ran.error)
        assert ran.error.hint


def test_nothing_is_written_without_consent() -> None:
    bus = plugged(ONLY_PPP)
    run(bus, "1-1", "ncm")
    heard = [command for stick in bus.sim.sticks for command in stick.modem.heard]
    assert "AT^RESET" in heard
    assert not [command for command in heard if command.startswith(("AT^SETPORT=", "AT^U2DIAG="))]


def test_only_by_consent_and_the_error_says_so() -> None:
    ran = run(plugged("e173,u2diag=256,hub=none"), "1-1", "ncm")
    assert ran.error is not None
    assert "it is in stick" in str(ran.error) or ran.mode_at() == "stick"


# What is saved before anything is written.


def saved(folder: Path) -> str:
    (file,) = folder.iterdir()
    return file.read_text("utf-8")


def test_the_old_value_is_saved_before_the_new_one_is_written(tmp_path: Path) -> None:
    bus = plugged(STICK)
    stick = bus.sim.sticks[0]
    states: list[tuple[str, list[str]]] = []

    def tell(event: str, **facts: object) -> None:
        if event == "saved":
            states.append((saved(tmp_path), list(stick.modem.heard)))

    ran = run(bus, "1-1", "stick", persist=True, store=Store(tmp_path), tell=tell)
    assert ran.outcome is not None
    ((text, heard),) = states
    assert f'value = "{LIST}"' in text
    assert not any(command.startswith('AT^SETPORT="') for command in heard)
    assert (tmp_path / "imei-868723020012345.toml").exists()


def test_what_cannot_be_saved_is_not_written() -> None:
    bus = plugged(STICK + ",hub=none")
    ran = run(bus, "1-1", "stick", persist=True, store=Store("/proc/modeswitch"))
    assert bus.sim.sticks[0].nvram.ports == LIST
    # Nothing was changed, so the way without NVRAM is still open.
    assert ran.outcome is not None
    assert ran.mode_at() == "stick"
    assert "cannot be saved" in next(facts["message"] for name, facts in ran.events if name == "unavailable")


def test_ff_is_warned_of(tmp_path: Path) -> None:
    ran = run(plugged(STICK), "1-1", "stick", persist=True, store=Store(tmp_path))
    (warning,) = (facts["message"] for name, facts in ran.events if name == "warning")
    assert "way back by a SCSI message is gone" in warning


@pytest.mark.parametrize(
    ("stick", "to", "persist", "warned"),
    [
        ("e3372h-153", "ncm", True, True),
        ("e3372h-153", "ncm", False, False),
        ("e3372h-153,wakes=linux", "ncm", True, False),
        (ONLY_PPP, "ncm", True, False),
    ],
)
def test_a_mode_that_is_not_kept_is_warned_of(stick: str, to: str, persist: bool, warned: bool, tmp_path: Path) -> None:
    ran = run(plugged(stick), "1-1", to, persist=persist, store=Store(tmp_path))
    assert ran.outcome is not None
    warnings = [facts["message"] for name, facts in ran.events if name == "warning"]
    assert any("does not keep this mode" in message for message in warnings) is warned


def test_nothing_is_written_that_nobody_has_agreed_to() -> None:
    bus = plugged(ONLY_PPP)
    device = known_at(bus, "1-1")
    assert device is not None
    do(switch, device, "ncm", bus=bus, library=Library(user=[]))
    assert bus.sim.sticks[0].nvram.ports == "A1,A2;12,1,A1,A2"


def test_a_mute_port_is_not_asked_again_for_another_way(tmp_path: Path) -> None:
    ran = run(plugged(f"{ONLY_PPP},at=mute,hub=none"), "1-1", "ncm", persist=True, store=Store(tmp_path))
    assert isinstance(ran.error, Unavailable)
    assert ran.told.count("unavailable") == 2  # the AT port, the hub
    assert ran.seconds < 10


def test_a_reason_is_forgotten_once_another_way_was_gone(tmp_path: Path) -> None:
    """The web page was of no use, the hub was: what is wrong in the end is that the stick goes elsewhere."""
    ran = run(plugged(f"{HILINK},web=login,back=gateway-ppp"), "1-1", "ncm")
    assert type(ran.error) is SwitchFailed
    assert "password" not in str(ran.error)


# Plans that know the host.


def host(*lacking: str) -> CanDrive:
    return lambda gives: str(gives.triple) not in lacking


FF_NCM, LINUX_NCM, STANDARD_NCM, ECM = "ff/03/16", "ff/02/16", "02/0d/00", "02/06/00"


@pytest.mark.parametrize(
    ("stick", "persist", "lacking", "sent", "ports"),
    [
        # A kernel without huawei_cdc_ncm goes for 155e, which cdc_ncm drives.
        ("e3372h-153", False, (FF_NCM, LINUX_NCM), ALT, LIST),
        ("e3372h-153", False, (STANDARD_NCM,), NEW, LIST),
        (ONLY_PPP, True, (FF_NCM, LINUX_NCM), ALT, "A1,A2;12,1,A1,A2"),
        # One that lacks ff/03/16 gets the CD-ROM kept and a Linux switch, not FF.
        (ONLY_PPP, True, (FF_NCM,), NEW, "A1,A2;12,1,16,A1,A2"),
        (ONLY_PPP, True, (), (), "FF;12,1,16,A1,A2"),
        (ONLY_PPP, True, (STANDARD_NCM,), (), "FF;12,1,16,A1,A2"),
    ],
)
def test_the_way_whose_target_this_host_can_drive(
    stick: str, persist: bool, lacking: tuple[str, ...], sent: tuple[str, ...], ports: str, tmp_path: Path
) -> None:
    bus = plugged(stick)
    ran = run(bus, "1-1", "ncm", persist=persist, store=Store(tmp_path), can_drive=host(*lacking))
    assert ran.outcome is not None, ran.error
    assert ran.mode_at() == "ncm"
    assert messages(bus) == list(sent)
    assert bus.sim.sticks[0].nvram.ports == ports


@pytest.mark.parametrize("stick", ["e3372h", "e3372h-153", HILINK, ONLY_PPP])
def test_no_driver_for_any_way_is_said_before_anything_is_touched(stick: str) -> None:
    bus = plugged(stick)
    ran = run(bus, "1-1", "ncm", persist=True, can_drive=host(FF_NCM, LINUX_NCM, STANDARD_NCM))
    assert isinstance(ran.error, NoWay)
    assert type(ran.error).__name__ == "NoDriver"
    assert "no kernel driver" in ran.error.message
    assert bus.sim.wire == []


class CdcNcmAlone(SimHost):
    """A host with cdc_ncm alone."""

    def drivers(self) -> DriverIndex:
        return DriverIndex(b"alias usb:v*p*d*dc*dsc*dp*ic02isc0Dip00in* cdc_ncm\n")


def test_the_drivers_of_this_host_are_asked_for() -> None:
    bus, _host = on_host("e3372h-153", CdcNcmAlone)
    assert run(bus, "1-1", "ncm").outcome is not None
    assert messages(bus) == [ALT_MODE]


def test_a_host_that_nobody_knows_is_no_hindrance() -> None:
    def unknown(_gives: Gives) -> bool | None:
        return None

    assert run(plugged("e3372h"), "1-1", "ncm", can_drive=unknown).outcome is not None


def test_a_driver_that_is_there_is_better_than_one_that_may_be() -> None:
    """A host without a module index (OpenWrt) on which cdc_ncm is loaded: nobody can tell of huawei_cdc_ncm."""

    def loaded(gives: Gives) -> bool | None:
        return True if str(gives.triple) == STANDARD_NCM else None

    bus = plugged("e3372h-153")
    assert run(bus, "1-1", "ncm", can_drive=loaded).outcome is not None
    assert messages(bus) == [ALT_MODE]
    bus = plugged("e3372h-153")
    assert run(bus, "1-1", "switched", can_drive=loaded).outcome is not None
    assert messages(bus) == [NEW_MODE]


def test_the_power_is_back_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = plugged(f"{HILINK},web=login")
    stick = bus.sim.sticks[0]
    orders: list[bool] = []
    before = stick.power

    def note(on: bool) -> None:
        orders.append(on)
        before(on)

    monkeypatch.setattr(stick, "power", note)
    ran = run(bus, "1-1", STORAGE)
    assert ran.outcome is not None
    assert orders == [False, True]
    assert [(where, data) for kind, where, data in bus.sim.wire if where.startswith("23 ")] == [
        ("23 01 0008 0001", ""),
        ("23 03 0008 0001", ""),
    ]


@pytest.mark.parametrize(
    ("described", "why"),
    [
        ({0x29: "0929080100320000ff"}, ""),
        ({0x29: "092908a900320000ff"}, ""),
        ({0x29: "0929080100"}, ""),
        ({0x2A: "0c2a04010032000000000000"}, ""),
        ({0x29: "092a080100320000ff", 0x2A: "0c2a04010032000000000000"}, ""),
        ({0x29: "0929080000320000ff"}, "switches the power of all its ports together"),
        ({0x29: "0929080200320000ff"}, "does not switch power"),
        ({0x29: "0929080300320000ff"}, "does not switch power"),
        ({0x2A: "0c2a04020032000000000000"}, "does not switch power"),
        ({}, r"does not describe itself \(.*stall"),
        ({0x29: "09290801"}, "does not describe itself"),
        ({0x29: "0900080100320000ff"}, "does not describe itself"),
        ({0x29: ""}, "does not describe itself"),
    ],
)
def test_what_a_hub_says_of_its_power(described: dict[int, str], why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bus = plugged("e3372h")

    def control(_hub: Hub, kind: int, request: int, value: int, index: int, _data: bytes, length: int) -> bytes:
        assert (kind, request, value & 0xFF, index) == (0xA0, 0x06, 0, 0)
        if value >> 8 not in described:
            raise Stall
        return bytes.fromhex(described[value >> 8])[:length]

    monkeypatch.setattr(Hub, "control", control)
    link = bus.hub(Port(1, (1,)))
    if not why:
        hubpower.check(link, 1)
        return
    with pytest.raises(Unavailable, match=why) as raised:
        hubpower.check(link, 1)
    assert raised.value.means == "hub"
    assert "plug it in again" in raised.value.hint


@pytest.mark.parametrize("timeout", [None, 1.0])
def test_a_hub_that_lies_is_found_out(timeout: float | None) -> None:
    ran = run(plugged(f"{HILINK},web=login,hub=lies"), "1-1", STORAGE, timeout=timeout)
    assert isinstance(ran.error, Unavailable)
    assert "it only says that it can" in ran.error.message
    assert ran.seconds <= (timeout or 5) + 0.1


def test_a_hub_that_answers_nonsense_is_no_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def nonsense(_link: object, _number: int) -> None:
        raise BadReply("more than was asked for")

    monkeypatch.setattr(hubpower, "check", nonsense)
    ran = run(plugged(f"{HILINK},web=login"), "1-1", STORAGE)
    assert isinstance(ran.error, Unavailable)
    assert "the hub: more than was asked for" in ran.error.message


@pytest.mark.parametrize(
    ("said", "hub", "result"),
    [
        # It does not know the command: another way may do.
        ("COMMAND NOT SUPPORT", "", "switched"),
        ("+CME ERROR: 4", "", "switched"),
        ("COMMAND NOT SUPPORT", ",hub=none", Unavailable),
        # It knows it and says no: that is an answer.
        ("+CME ERROR: 50", "", CommandFailed),
        ("ERROR", "", CommandFailed),
    ],
)
def test_a_restart_that_a_stick_refuses(
    said: str, hub: str, result: str | type[ModeswitchError], monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, {"AT^RESET": (said,)})
    ran = run(plugged(f"{NCM}{hub}"), "1-1", STORAGE)
    assert (ran.outcome.result if ran.outcome else type(ran.error)) == result, ran.error
    if isinstance(ran.error, CommandFailed):
        assert ran.seconds >= 3
        assert ran.error.facts["answer"] == said
    elif isinstance(ran.error, Unavailable):
        assert said in ran.error.message


def test_a_restart_that_is_refused_after_a_write_is_no_way_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list has been changed: from here on nothing else is tried by itself."""
    answering(monkeypatch, {"AT^RESET": ("COMMAND NOT SUPPORT",)})
    bus = plugged(STICK)
    ran = run(bus, "1-1", "stick", persist=True, store=Store(tmp_path))
    assert type(ran.error) is CommandFailed
    assert bus.sim.sticks[0].nvram.ports == "FF;12,1,A1,A2"
    assert messages(bus) == []
    assert ran.told.count("transition") == 1


def test_reasons_are_all_told() -> None:
    ran: Ran = run(plugged(f"{HILINK},web=login,hub=ganged"), "1-1", "ncm")
    assert isinstance(ran.error, Unavailable)
    assert "100003" in ran.error.message
    assert "power of all its ports together" in ran.error.message
    assert "password" in ran.error.hint


def test_a_stick_that_leaves_within_an_answer_is_no_flood() -> None:
    assert not issubclass(BadReply, LinkLost)
    assert not issubclass(SwitchFailed, Unavailable)


# Between the looks of one transition.

FAMILY = """
[family]
name = "made-up"
vendor = "Test"
goal = "switched"
[[product]]
usb = "12d1:14fe"
names = ["made up"]
evidence = [{ report = "made up" }]
[[product]]
usb = "12d1:1f01"
names = ["made up"]
evidence = [{ report = "made up" }]
[[switched]]
usb = "12d1:1506"
names = ["made up"]
evidence = [{ report = "made up" }]
[[switched]]
usb = "12d1:155e"
names = ["made up"]
ports = ["modem", "diag", "pcui"]
evidence = [{ report = "made up" }]
"""
RESET, BACK = '{ at = { send = "AT^RESET" } }', '{ back = { in = "mass-storage" } }'
WRITE = '{ ports = { mode = "ncm", first = "A1,A2" } }'
LINUX = '{ huawei = { os = "linux", new = true, cd = true, green = "work" } }'
ROUTER = '{ huawei = { os = "linux", green = "work" } }'


def hop(start: str, to: str, *steps: str, flag: str = "") -> str:
    return f"""
[[transition]]
from = "{start}"
to = {to}
{flag}
steps = [{", ".join(steps)}]
within = 60
evidence = [{{ report = "made up" }}]
"""


def made_up(folder: Path, *hops: str) -> Library:
    (folder / "profiles").mkdir()
    (folder / "profiles" / "made-up.toml").write_text(FAMILY + "".join(hops), "utf-8")
    return Library(user=[folder / "profiles"])


CHANGED = hop("stick", '"ncm"', WRITE, RESET, BACK, LINUX, flag="persistent = true")


def test_a_transition_goes_on_where_the_stick_is_back(tmp_path: Path) -> None:
    ran = run(plugged(ONLY_PPP), "1-1", "ncm", persist=True, store=Store(tmp_path), library=made_up(tmp_path, CHANGED))
    assert ran.mode_at() == "ncm", ran.error
    assert ran.told.count("transition") == 1
    assert [(facts["number"], facts["of"]) for name, facts in ran.events if name == "step"] == [(1, 4), (2, 4), (4, 4)]


def test_a_stick_that_is_back_in_another_mode_is_not_gone_on_with(tmp_path: Path) -> None:
    """Its list begins with FF: it is where it was wanted, and the message for a CD-ROM is not sent."""
    library = made_up(tmp_path, CHANGED.replace('first = "A1,A2"', 'first = "FF"'))
    bus = plugged(ONLY_PPP)
    ran = run(bus, "1-1", "ncm", persist=True, store=Store(tmp_path), library=library)
    assert ran.mode_at() == "ncm", ran.error
    assert messages(bus) == []


def test_what_is_mounted_as_soon_as_it_is_back_is_not_pulled_away(tmp_path: Path) -> None:
    bus = plugged(ONLY_PPP)
    stick = bus.sim.sticks[0]

    def mount(event: str, **facts: object) -> None:
        if event == "back":
            stick.faults = replace(stick.faults, mounted=True)

    library = made_up(tmp_path, CHANGED)
    ran = run(bus, "1-1", "ncm", persist=True, store=Store(tmp_path), library=library, tell=mount)
    assert type(ran.error) is Refused
    assert "in use" in ran.error.message
    assert messages(bus) == []


def test_what_is_barred_after_the_first_look_ends_the_switch(tmp_path: Path) -> None:
    """Something was changed already: another way is not tried by itself."""
    hops = hop("stick", '"ncm"', RESET, BACK, RESET), hop("stick", '"hilink"', RESET), hop("hilink", '"ncm"', RESET)
    bus = plugged(ONLY_PPP)
    ran = run(bus, "1-1", "ncm", library=made_up(tmp_path, *hops))
    assert type(ran.error) is Unavailable
    assert ran.error.facts["port"] == "1-1"
    assert ran.told.count("transition") == 1
    assert "unavailable" not in ran.told


def test_what_was_tried_with_the_old_list_is_worth_trying_with_the_new(tmp_path: Path) -> None:
    hops = (
        hop(STORAGE, '["ncm", "stick"]', LINUX, flag="listed = true"),
        hop("stick", '["ncm", "mass-storage"]', WRITE, RESET, flag="persistent = true"),
    )
    bus = plugged(f"e3372h-153,ports={PPP_LIST}")
    ran = run(bus, "1-1", "ncm", persist=True, store=Store(tmp_path), library=made_up(tmp_path, *hops))
    assert ran.mode_at() == "ncm", ran.error
    starts = [facts["start"] for name, facts in ran.events if name == "transition"]
    assert starts == [STORAGE, "stick", STORAGE]
    assert bus.sim.sticks[0].nvram.ports == "A1,A2;12,1,16,A1,A2"


def test_its_ports_are_let_go_of_before_it_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []
    hang_up = Dialogue.close

    def note(self: Dialogue) -> None:
        happened.append("closed")
        hang_up(self)

    monkeypatch.setattr(Dialogue, "close", note)
    run(plugged(f"{NCM},hub=none"), "1-1", STORAGE, tell=lambda event, **_facts: happened.append(event))
    assert happened.index("closed") < happened.index("left")


class Starting(SimHost):
    """A host to which the stick's web server answers only after some seconds of the stick's time."""

    ready = 5.0
    arrived = 0.0

    @staticmethod
    def silence() -> ModeswitchError:
        return Unavailable("nothing listens there", means="web")

    def route(
        self, usb_device: UsbDevice, now: Callable[[], float], wait: Callable[[float], None]
    ) -> AbstractContextManager[Callable[[float], Any]]:
        self.arrived = self.arrived or now()
        with super().route(usb_device, now, wait) as dial:

            def late(seconds: float) -> Any:
                if now() < self.arrived + self.ready:
                    raise self.silence()
                return dial(seconds)

            return nullcontext(late)


def test_a_web_server_that_is_just_starting_is_waited_for() -> None:
    """From ncm to debug: the stick has come back as a router a moment ago."""
    bus, _host = on_host(f"{NCM},hub=none", Starting)
    ran = run(bus, "1-1", "debug")
    assert ran.outcome is not None, ran.error
    assert ran.mode_at() == "debug"
    assert 5 < ran.seconds < 9


def test_a_web_server_is_waited_for_within_a_transition_too(tmp_path: Path) -> None:
    steps = RESET, BACK, ROUTER, '{ back = { in = "hilink" } }', '{ hilink = { call = "debug" } }'
    bus, _host = on_host(f"{NCM},hub=none", Starting)
    ran = run(bus, "1-1", "debug", library=made_up(tmp_path, hop("ncm", '"debug"', *steps)))
    assert ran.mode_at() == "debug", ran.error
    assert 5 < ran.seconds < 9


@pytest.mark.parametrize(
    "silence", [lambda: Unavailable("nothing listens there"), lambda: LinkLost("it hung up", reason="timeout")]
)
@pytest.mark.parametrize(("ready", "timeout", "takes"), [(5.0, None, 5.0), (29.0, None, 29.0), (99.0, 4.0, 4.0)])
def test_a_web_server_is_asked_again_until_there_is_no_time_left(
    silence: Callable[[], ModeswitchError],
    ready: float,
    timeout: float | None,
    takes: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bus, host = on_host(f"{NCM},hub=none", Starting)
    host.ready = ready
    monkeypatch.setattr(Starting, "silence", staticmethod(silence))
    ran = run(bus, "1-1", "debug", timeout=timeout)
    assert (ran.error is None) is (timeout is None), ran.error
    assert takes <= ran.seconds < takes + (0.6 if timeout else 4)


def test_a_router_that_has_been_there_is_not_waited_for() -> None:
    bus, _host = on_host(f"{HILINK},hub=none", Starting)
    ran = run(bus, "1-1", STORAGE)
    assert isinstance(ran.error, Unavailable)
    assert ran.seconds < 1
