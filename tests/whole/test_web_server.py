"""A stick whose web server is just starting is waited for, and one that runs is not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from modeswitch.errors import LinkLost, ModeswitchError, Unavailable
from modeswitch.sim.host import SimHost
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
