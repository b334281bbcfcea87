"""A stick whose web server is just starting is waited for, and one that runs is not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from modeswitch.errors import LinkLost, ModeswitchError, Unavailable
from modeswitch.sim.bus import SimBus
from modeswitch.sim.clock import VirtualClock
from modeswitch.sim.faults import Faults
from modeswitch.sim.host import SimHost
from modeswitch.sim.models import MODELS
from modeswitch.sim.stick import Stick
from modeswitch.sim.weather import SUNNY
from modeswitch.sim.web import Pipe, Site
from modeswitch.usb.device import UsbDevice
from modeswitch.usb.host import StickNetwork
from tests.support.made_up import BACK, RESET, ROUTER, hop, made_up
from tests.support.rig import on_host, run
from tests.support.sticks import HILINK, HILINK_NCM, STORAGE


class Starting(SimHost):
    """A host to which the stick's web server answers only after some seconds of the stick's time."""

    ready = 5.0
    arrived = 0.0

    @staticmethod
    def silence() -> ModeswitchError:
        return Unavailable("nothing listens there", means="web")

    def route(
        self, usb_device: UsbDevice, network: StickNetwork, now: Callable[[], float], wait: Callable[[float], None]
    ) -> AbstractContextManager[Callable[[float], Any]]:
        self.arrived = self.arrived or now()
        with super().route(usb_device, network, now, wait) as dial:

            def late(seconds: float) -> Any:
                if now() < self.arrived + self.ready:
                    raise self.silence()
                return dial(seconds)

            return nullcontext(late)


def test_a_web_server_that_is_just_starting_is_waited_for() -> None:
    """From ncm to debug: the stick has come back as a router a moment ago."""
    bus, _host = on_host(f"{HILINK_NCM},hub=none", Starting)
    ran = run(bus, "1-1", "debug")
    assert ran.outcome is not None, ran.error
    assert ran.mode_at() == "debug"
    assert 5 < ran.seconds < 9


def test_a_web_server_is_waited_for_within_a_transition_too(tmp_path: Path) -> None:
    steps = RESET, BACK, ROUTER, '{ back = { in = "hilink" } }', '{ hilink = { call = "debug" } }'
    bus, _host = on_host(f"{HILINK_NCM},hub=none", Starting)
    ran = run(bus, "1-1", "debug", library=made_up(tmp_path, hop("ncm", '"debug"', *steps)))
    assert ran.mode_at() == "debug", ran.error
    assert 5 < ran.seconds < 9


@pytest.mark.parametrize(
    "silence", [lambda: Unavailable("nothing listens there"), lambda: LinkLost("it hung up", reason="timeout")]
)
@pytest.mark.parametrize(("ready", "timeout", "takes"), [(5.0, None, 5.0), (29.0, None, 29.0), (99.0, 4.0, 3.0)])
def test_a_web_server_is_asked_again_until_there_is_no_time_left(
    silence: Callable[[], ModeswitchError],
    ready: float,
    timeout: float | None,
    takes: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bus, host = on_host(f"{HILINK_NCM},hub=none", Starting)
    host.ready = ready
    monkeypatch.setattr(Starting, "silence", staticmethod(silence))
    ran = run(bus, "1-1", "debug", timeout=timeout)
    assert (ran.error is None) is (timeout is None), ran.error
    assert takes <= ran.seconds < takes + (0.6 if timeout else 4)


def test_a_router_that_was_there_before_the_switch_is_not_waited_for() -> None:
    bus, _host = on_host(f"{HILINK},hub=none", Starting)
    bus.clock.wait(60)
    ran = run(bus, "1-1", STORAGE)
    assert isinstance(ran.error, Unavailable)
    assert ran.seconds < 1


def test_a_page_that_is_busy_is_asked_again_while_the_stick_is_young() -> None:
    """It answers with 100004, to the token's page and to the call itself."""
    bus, _host = on_host(f"{HILINK_NCM},hub=none,web=busy", SimHost)
    ran = run(bus, "1-1", "debug")
    assert ran.outcome is not None, ran.error
    assert ran.told.count("starting") == 1
    bus, _host = on_host(f"{HILINK},hub=none,web=busy", SimHost)
    bus.clock.wait(60)
    ran = run(bus, "1-1", STORAGE)
    assert isinstance(ran.error, Unavailable)
    assert ran.error.facts["code"] == 100004
    assert ran.seconds < 1


class BusyCall(SimHost):
    """Its page is busy once the token has been given: for the first calls."""

    sites: list[Site]

    def route(
        self, usb_device: UsbDevice, network: StickNetwork, now: Callable[[], float], wait: Callable[[float], None]
    ) -> AbstractContextManager[Callable[[float], Any]]:
        stick = next(iter(self.sim.at(usb_device.port)))
        site = Site("", stick.web_call, stick.page_login)
        page = site.page

        def then_busy(path: str, cookie: str) -> tuple[str, dict[str, str]]:
            said = page(path, cookie)
            site.busy = 2 if ("POST", "/api/device/mode") not in site.seen[:-1] else site.busy
            return said

        site.page = then_busy  # type: ignore[method-assign]
        return nullcontext(lambda _seconds: Pipe(site, self.sim.clock))


def test_a_call_that_is_busy_is_made_again_while_the_stick_is_young() -> None:
    bus, _host = on_host(f"{HILINK_NCM},hub=none", BusyCall)
    ran = run(bus, "1-1", "debug")
    assert ran.outcome is not None, ran.error
    assert ran.mode_at() == "debug"
    bus, _host = on_host(f"{HILINK},hub=none", BusyCall)
    bus.clock.wait(60)
    assert isinstance(run(bus, "1-1", "debug").error, Unavailable)


# The older way in, POST /CGI, where the API refuses.


OTHERS = ("", "E3272", "E3372h-320", "E3372s", "E5785", "E8372h-320")


def of_model(says: str, *gone: str) -> SimBus:
    """A router that says which model it is; its API has not the calls ``gone``."""

    class WithoutCalls(Stick):
        def web_call(self, name: str) -> bool:
            return name not in gone and super().web_call(name)

    clock = VirtualClock()
    model = replace(MODELS["e3372h"], says=says)
    faults = Faults(hub="none")
    return SimBus([WithoutCalls(model, faults=faults, clock=clock, wakes="ecm", weather=SUNNY)], clock)


@pytest.mark.parametrize("says", ["E3372", "E3372h", "e3372H-153"])
def test_debug_by_the_cgi_where_the_api_refuses(says: str) -> None:
    ran = run(of_model(says, "debug"), "1-1", "debug")
    assert ran.mode_at() == "debug", ran.error
    assert [facts["step"] for name, facts in ran.events if name == "step"][-1].startswith(
        '{ hilink = { call = "cgi-debug"'
    )


@pytest.mark.parametrize("says", ["E8372H-153", "E8372"])
def test_a_restart_by_project_mode_where_the_api_refuses(says: str) -> None:
    bus = of_model(says, "reboot")
    ran = run(bus, "1-1", STORAGE)
    assert ran.mode_at() == STORAGE, ran.error
    assert "AT^RESET" in bus.sim.sticks[0].modem.heard


@pytest.mark.parametrize(
    ("says", "call", "to"),
    [
        *(("E8372h-153", "debug", "debug"), ("E3372", "reboot", STORAGE)),
        *((says, call, to) for says in OTHERS for call, to in (("debug", "debug"), ("reboot", STORAGE))),
    ],
)
def test_the_cgi_is_offered_to_no_model_that_nobody_has_told_of(says: str, call: str, to: str) -> None:
    ran = run(of_model(says, call), "1-1", to)
    assert "'path': '/CGI'" not in repr(ran.events)
    barred = " ".join(facts["message"] for name, facts in ran.events if name == "unavailable")
    assert f"/CGI is known of E{'3' if to == 'debug' else '8'}372 and " in barred
    assert f"it says that it is {says}" in barred if says else "it does not say which model it is" in barred


def test_the_api_is_asked_first() -> None:
    ran = run(of_model("E3372"), "1-1", "debug")
    assert ran.outcome is not None
    assert "/CGI" not in repr(ran.events)
