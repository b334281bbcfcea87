"""A session: one stick held for one job, from the moment it is found to the moment its port is free again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from modeswitch.errors import (
    Busy,
    CommandFailed,
    ModeswitchError,
    NotBack,
    PermissionDenied,
    Refused,
    SeveralDevices,
    Unavailable,
    UsageError,
)
from modeswitch.modem.nvram import Written
from modeswitch.sim.bus import SimBus
from modeswitch.sim.host import SimHost
from modeswitch.switching.session import LOCKED, Session
from modeswitch.switching.switch import switch
from modeswitch.usb.descriptors import Port
from tests.support.rig import has_driver, on_host, plugged, run, sunny

NCM = "e3372h-153,wakes=linux"


class Lock:
    """A lock that another process holds for some seconds of the bus' time, or for ever."""

    def __init__(self, host: Locked, port: Port) -> None:
        self._host, self._port = host, port

    def acquire(self, seconds: float, wait: Callable[[float], None], told: Callable[[str], None]) -> None:
        self._host.asked.append(seconds)
        if self._host.held_for:
            told("python (process 7)")
            if self._host.held_for > seconds:
                raise Busy("python (process 7) holds it")
            wait(self._host.held_for)
            self._host.meanwhile()
        self._host.held.append(self._port)

    def release(self) -> None:
        self._host.held.remove(self._port)


class Locked(SimHost):
    """A host whose ports have locks."""

    held_for = 0.0

    def __init__(self, sim: object) -> None:
        super().__init__(sim)  # type: ignore[arg-type]
        self.asked: list[float] = []
        self.held: list[Port] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def lock(self, port: Port) -> Lock:
        return Lock(self, port)


def locked(stick: str) -> tuple[SimBus, Locked]:
    return on_host(stick, Locked)


def test_the_port_is_held_within_it_and_free_after_it() -> None:
    bus, host = locked("e3372h")
    with Session("1-1", bus=bus) as session:
        assert host.held == [Port(1, (1,))]
        assert (session.device.mode, session.deadline) == ("mass-storage", None)
    assert (host.held, host.asked) == ([], [LOCKED])


def test_it_is_held_within_its_block_alone_and_consents_to_nothing_by_itself() -> None:
    session = Session("1-1", bus=sunny("e3372h"))
    assert not session.held
    with session:
        assert session.held
        assert (session.unmount, session.take) == (False, False)
    assert not session.held


def test_the_lock_of_another_port_is_waited_for_as_long_as_is_left() -> None:
    for timeout, most in ((None, LOCKED), (20.0, 19.6)):
        bus, host = locked("e3372h,moves=2-1")
        assert run(bus, "1-1", "ncm", timeout=timeout).mode_at("2-1") == "ncm"
        assert len(host.asked) == 2
        assert 19 < host.asked[1] <= most


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, Refused("no")])
def test_the_port_is_free_whatever_happens(error: BaseException | type[BaseException]) -> None:
    bus, host = locked("e3372h")
    with pytest.raises((RuntimeError, KeyboardInterrupt, Refused)), Session("1-1", bus=bus):
        raise error
    assert host.held == []


def test_another_process_is_waited_for_as_long_as_the_timeout_says_and_that_is_told() -> None:
    bus, host = locked("e3372h")
    host.held_for = 9.0
    heard: list[tuple[str, object]] = []
    with Session("1-1", bus=bus, timeout=20, on_event=lambda event, **facts: heard.append((event, facts.get("by")))):
        assert heard == [("locked", "python (process 7)")]
    with pytest.raises(Busy), Session("1-1", bus=bus, timeout=5):
        pytest.fail("the port is held by another")
    assert (host.asked, host.held) == ([20, 5], [])


def test_the_stick_is_looked_at_again_after_the_wait() -> None:
    bus, host = locked("e3372h")
    host.held_for = 1.0
    host.meanwhile = lambda: bus.sim.sticks[0].unplug()
    with pytest.raises(NotBack, match="another process was at it"), Session("1-1", bus=bus):
        pytest.fail("the stick is gone")
    assert host.held == []


def test_one_deadline_for_the_whole_job() -> None:
    bus = sunny(NCM)
    with Session("1-1", bus=bus, timeout=30) as session:
        began = bus.now()
        assert session.until(5) == began + 30
        bus.pause(10)
        assert session.until(5) == began + 30
    with Session("1-1", bus=bus) as session:
        assert session.until(5) == bus.now() + 5


def test_an_error_says_what_is_at_the_port_when_it_leaves() -> None:
    bus = sunny(NCM)
    with pytest.raises(ModeswitchError) as raised, Session("1-1", bus=bus):
        raise CommandFailed("it said no")
    assert raised.value.facts == {"port": "1-1", "id": "12d1:1506", "mode": "ncm"}
    with pytest.raises(ModeswitchError) as raised, Session("1-1", bus=bus) as session:
        fail(session, unplugged=True)
    assert raised.value.facts == {"port": "1-1", "id": "12d1:1506"}


def fail(session: Session, *, unplugged: bool = False, then: Callable[[], object] = lambda: None) -> None:
    """Something goes wrong within the session, perhaps since the stick was pulled out."""
    then()
    if unplugged:
        assert isinstance(session.bus, SimBus)
        session.bus.sim.sticks[0].unplug()
    raise CommandFailed("it said no")


def test_an_error_of_a_talk_names_the_stick_and_what_to_do() -> None:
    bus = sunny(NCM)
    with pytest.raises(CommandFailed) as raised, Session("1-1", bus=bus) as session, session.talk():
        fail(session)
    assert raised.value.message == "12d1:1506 at 1-1: it said no"
    assert "modeswitch list" in raised.value.hint


def test_a_driver_that_made_way_for_a_talk_is_back_after_it() -> None:
    bus = sunny(NCM)
    with Session("1-1", bus=bus) as session:
        with session.talk() as resources:
            resources.link().claim(3)
            assert not has_driver(bus, 3)
        assert has_driver(bus, 3)


def test_a_stick_that_must_be_left_alone_is_not_talked_to() -> None:
    bus = sunny(NCM)
    with Session("1-1", bus=bus) as session:
        assert session.device.product is not None
        session.device = session.device._replace(product=session.device.product._replace(leave_alone="a module"))
        with pytest.raises(Refused, match="is left alone: a module"):
            session.talk()
    assert bus.sim.wire == []


def test_of_several_sticks_none_is_taken() -> None:
    with pytest.raises(SeveralDevices), Session("12d1:1f01", bus=sunny("e3372h", "e3372h@1-2")):
        pytest.fail("none is meant")
    with Session("12d1:1f01", port="1-2", bus=sunny("e3372h", "e3372h@1-2")) as session:
        assert str(session.device.port) == "1-2"


@pytest.mark.parametrize("timeout", [0, -1, 86401, float("nan"), float("inf")])
def test_a_time_that_is_none(timeout: float) -> None:
    with pytest.raises(UsageError, match="not a time in seconds"):
        Session("1-1", timeout=timeout, bus=sunny("e3372h"))


@pytest.mark.parametrize("timeout", [0.001, 86400])
def test_the_least_and_the_longest_time(timeout: float) -> None:
    assert Session("1-1", timeout=timeout, bus=sunny("e3372h")).timeout == timeout


def test_a_bus_of_its_own_is_closed_and_another_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    bus, closed = sunny("e3372h"), list[str]()
    monkeypatch.setattr(bus, "close", lambda: closed.append("closed"))
    monkeypatch.setattr("modeswitch.host.default", lambda: bus)
    with Session("1-1", bus=bus):
        pass
    assert closed == []
    with Session("1-1"):
        pass
    with pytest.raises(ModeswitchError), Session("9-9"):
        pytest.fail("nothing is there")
    assert closed == ["closed", "closed"]


def test_how_long_the_stick_was_away_is_noted() -> None:
    bus = plugged("e3372h,sunny,away=2")
    assert run(bus, "1-1", "ncm").outcome is not None
    noted = bus.sim.past[Port(1, (1,))]
    assert noted.away == pytest.approx(2.0, abs=0.1)
    assert noted.failures == 0
    bus = plugged("config")
    assert run(bus, "1-1", "mbim").outcome is not None
    assert bus.sim.past[Port(1, (1,))].away == 0.0  # another configuration: it never left


def test_a_stick_that_is_there_already_has_no_switch_to_note() -> None:
    bus = sunny(NCM)
    assert run(bus, "1-1", "ncm").outcome is not None
    assert bus.sim.past == {}


def test_only_an_error_of_the_switch_is_noted_as_its_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    bus, port = plugged("e3372h,sunny,back=never"), Port(1, (1,))
    assert type(run(bus, "1-1", "ncm").error) is NotBack
    assert (bus.sim.past[port].failures, bus.sim.past[port].kind) == (1, "NotBack")

    def interrupted(*_words: object) -> None:
        raise KeyboardInterrupt

    bus = plugged("e3372h,sunny")
    monkeypatch.setattr(bus.sim, "claim_interface", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(bus, "1-1", "ncm")
    assert port not in bus.sim.past


WRITTEN = Written("setport", "A1,A2;1", "A1,A2;2", "/state/file.toml", "/state")


@pytest.mark.parametrize("error", [CommandFailed("it said no"), KeyboardInterrupt()])
def test_what_was_written_and_not_read_again_is_said_whatever_ends_it(error: BaseException) -> None:
    """In the error where it is one of ours, else as a warning."""
    warnings: list[object] = []

    def note(event: str, **facts: object) -> None:
        if event == "warning":
            warnings.append(facts["message"])

    def end(session: Session) -> None:
        session.written["setport"] = WRITTEN
        raise error

    with pytest.raises(type(error)) as raised, Session("1-1", bus=sunny(NCM), on_event=note) as session:
        end(session)
    ours = isinstance(error, CommandFailed)
    for said in (str(raised.value), "".join(map(str, warnings))):
        assert ("/state/file.toml" in said) is ours
        ours = not ours


def test_an_error_is_told_also_where_the_port_cannot_be_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = sunny(NCM)

    def denied(_port: Port) -> None:
        raise PermissionDenied("sysfs cannot be read")

    with pytest.raises(CommandFailed, match="it said no") as raised, Session("1-1", bus=bus) as session:
        fail(session, then=lambda: monkeypatch.setattr(bus, "at", denied))
    assert raised.value.facts == {"port": "1-1", "id": "12d1:1506"}


def test_a_password_is_for_the_page_of_the_stick() -> None:
    page = "e3372h,sunny,wakes=ecm,password=Geheim-1234,hub=none"
    with Session("1-1", bus=sunny(page), web_password="Geheim-1234") as session:
        assert switch(session, "debug").mode == "debug"
    bus = sunny(page)
    with pytest.raises(Unavailable), Session("1-1", bus=bus) as session:
        switch(session, "debug")
    assert bus.sim.sticks[0].page_login.tries == 0
