"""Many sticks side by side, on real time: each ends as it would alone, and a Ctrl-C stops all of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import Busy, ModeswitchError, NotBack, Refused
from modeswitch.identity.device import Device
from modeswitch.identity.recognise import recognise
from modeswitch.sim.bus import SimBus
from modeswitch.sim.spec import parse
from modeswitch.switching.switch import switch
from modeswitch.tasks.several import in_parallel
from modeswitch.usb.bus import Bus
from tests.support.rig import do

ROOT = Path(__file__).resolve().parent.parent.parent
QUICK = "away=0.2,linger=0.02"


def several(*sticks: str) -> tuple[SimBus, list[Device]]:
    bus = SimBus([parse(f"{stick},{QUICK}") for stick in sticks])
    return bus, [recognise(seen, Library(user=[])) for seen in bus.scan()]


def to_ncm(device: Device, bus: Bus) -> None:
    """Switch it; the stick at 2-2, which stays away, is given up soon."""
    do(switch, device, "ncm", bus=bus, library=Library(user=[]), timeout=2 if str(device.port) == "2-2" else 10)


@pytest.mark.slow
def test_each_ends_as_it_would_alone() -> None:
    bus, devices = several(
        "e3372h", "e3372h@1-2,busy", "e3372h-153@1-3", "e3372h@2-1,wakes=ecm,sunny", "e3372h@2-2,back=never"
    )
    ended = in_parallel(devices, bus, to_ncm)
    assert [str(one.usb.port) for one, _ in ended] == ["1-1", "1-2", "1-3", "2-1", "2-2"]
    assert [type(error) for _, error in ended] == [type(None), Busy, type(None), type(None), NotBack]
    after = {str(seen.port): recognise(seen, Library(user=[])).mode for seen in bus.scan()}
    assert after == {"1-1": "ncm", "1-2": "mass-storage", "1-3": "ncm", "2-1": "ncm"}


@pytest.mark.slow
def test_they_wait_at_the_same_time() -> None:
    bus, devices = several(*(f"e3372h@1-{port}" for port in range(1, 9)))
    began = time.monotonic()
    assert all(error is None for _, error in in_parallel(devices, bus, to_ncm))
    assert time.monotonic() - began < 8 * 0.22


def test_what_is_none_of_our_errors_is_raised_when_all_have_ended() -> None:
    bus, devices = several("e3372h", "e3372h@1-2")
    done: list[str] = []

    def do(one: Device, _own: Bus) -> None:
        if str(one.usb.port) == "1-1":
            raise ZeroDivisionError
        time.sleep(0.1)
        done.append(str(one.usb.port))

    with pytest.raises(ZeroDivisionError):
        in_parallel(devices, bus, do)
    assert done == ["1-2"]


def test_stopped() -> None:
    """Whoever waits on its bus is woken, and lets go."""
    bus, devices = several("e3372h,back=never", "e3372h@1-2,back=never")
    own = [bus.for_thread(one.usb.port) for one in devices]
    left: list[type[BaseException]] = []

    def wait(at: Bus) -> None:
        try:
            at.pause(30)
        except (KeyboardInterrupt, ModeswitchError) as error:
            left.append(type(error))

    threads = [threading.Thread(target=wait, args=(at,)) for at in own]
    for thread in threads:
        thread.start()
    for at in own:
        at.stop()
    for thread in threads:
        thread.join(3)
    assert left == [KeyboardInterrupt] * 2


def test_a_ctrl_c_stops_all_and_waits_until_each_has_let_go() -> None:
    bus, devices = several(*(f"e3372h@1-{port}" for port in (1, 2, 3)))
    began: list[str] = []
    let_go: list[str] = []

    def do(one: Device, own: Bus) -> None:
        began.append(str(one.usb.port))
        if len(began) == 3:
            os.kill(os.getpid(), signal.SIGINT)
        try:
            own.pause(3)
        except KeyboardInterrupt:
            time.sleep(0.3)
            let_go.append(str(one.usb.port))
            raise

    with pytest.raises(KeyboardInterrupt):
        in_parallel(devices, bus, do)
    assert sorted(let_go) == ["1-1", "1-2", "1-3"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("can't start new thread")], ids=repr)
@pytest.mark.parametrize("after", [False, True])
def test_what_stops_the_start_of_one_stops_all(
    error: BaseException, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Ctrl-C while the threads are started, or no room for one more: no stick is touched, and nobody stays."""
    bus, devices = several(*(f"e3372h@1-{port}" for port in (1, 2, 3)))
    start, starting = threading.Thread.start, list[threading.Thread]()
    done: list[str] = []

    def stopped(thread: threading.Thread) -> None:
        starting.append(thread)
        if len(starting) != 3:
            start(thread)
            return
        if after:
            start(thread)
        raise error

    def do(one: Device, own: Bus) -> None:
        done.append(str(one.usb.port))
        own.pause(2)

    monkeypatch.setattr(threading.Thread, "start", stopped)
    with pytest.raises((KeyboardInterrupt, Refused)) as raised:
        in_parallel(devices, bus, do)
    assert error in (raised.value, raised.value.__cause__)
    assert isinstance(error, KeyboardInterrupt) or "no 3 sticks be switched at once" in str(raised.value)
    for thread in starting[: 3 if after else 2]:
        thread.join(1)
    assert not any(thread.is_alive() for thread in starting)
    assert done == []


@pytest.mark.slow
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_the_command(number: int, status: int) -> None:
    sticks = [word for port in (1, 2, 3) for word in ("--simulate", f"e3372h@1-{port},back=never,linger=0.01")]
    words = [sys.executable, "-m", "modeswitch", "12d1:1f01", "--all", "--json", *sticks]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        seen = 0
        for line in process.stdout:
            seen += json.loads(line)["event"] == "left"
            if seen == 3:
                process.send_signal(number)
                break
        rest = [json.loads(line) for line in process.stdout]
        assert process.wait(10) == status
    assert rest[-1]["status"] == status
