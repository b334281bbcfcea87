"""One process at a time at each port: a switch, a task, a command waits for the other, and looks again."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import Busy, NotBack, NoWay, PermissionDenied
from modeswitch.identity.find import find_one
from modeswitch.linux.bus import LinuxBus
from modeswitch.linux.host import LinuxHost
from modeswitch.linux.locks import PortLock
from modeswitch.modem.dial import Call
from modeswitch.modem.ports import PortList
from modeswitch.modem.saved import Store
from modeswitch.sim.bus import SimBus
from modeswitch.sim.host import SimHost
from modeswitch.sim.modem import Modem
from modeswitch.switching.goal import of_any_host
from modeswitch.switching.session import Session
from modeswitch.switching.switch import switch
from modeswitch.tasks import line, ports
from modeswitch.usb.descriptors import Port
from modeswitch.usb.device import UsbDevice
from modeswitch.usb.link import Link
from tests.support import sysfs_tree
from tests.support.held_lock import held
from tests.support.owners import of_imei
from tests.support.rig import do, known_at, messages, run, sunny

pytestmark = pytest.mark.slow

NAME = os.path.basename(sys.executable)[:15]
"""What the kernel calls a process of this interpreter."""

# What a switch does with it.


class Shared(SimHost):
    """A host whose ports have locks, in a folder."""

    folder = ""

    def lock(self, port: Port) -> PortLock | None:
        return PortLock(port, self.folder)


def shared(stick: str, folder: Path) -> SimBus:
    bus = sunny(stick)
    bus.host = host = Shared(bus.sim)
    host.folder = str(folder)
    return bus


def other(port: str, folder: Path) -> PortLock:
    """The lock, held by this process through another open file."""
    lock = PortLock(Port.parse(port), str(folder))
    lock.acquire(0.0, time.sleep, lambda _who: None)
    return lock


def test_a_switch_waits_for_its_port(tmp_path: Path) -> None:
    bus = shared("e3372h", tmp_path)
    holder = other("1-1", tmp_path)
    ran = run(bus, "1-1", "ncm", timeout=2)
    assert isinstance(ran.error, Busy)
    assert ran.seconds == pytest.approx(2, abs=0.1)
    assert ran.told == ["locked"]
    assert messages(bus) == []
    holder.release()
    assert run(bus, "1-1", "ncm").outcome is not None


def test_after_waiting_it_looks_again(tmp_path: Path) -> None:
    """What another process has switched meanwhile is there already."""
    bus = shared("e3372h", tmp_path)
    holder = other("1-1", tmp_path)

    def meanwhile(event: str, **_facts: object) -> None:
        if event == "locked":
            run(plain, "1-1", "ncm")
            holder.release()

    plain = SimBus(bus.sim.sticks, bus.clock)
    ran = run(bus, "1-1", "ncm", tell=meanwhile)
    assert ran.outcome is not None, ran.error
    assert ran.outcome.result == "already"


def test_after_waiting_it_may_be_gone(tmp_path: Path) -> None:
    bus = shared("e3372h", tmp_path)
    holder = other("1-1", tmp_path)

    def meanwhile(event: str, **_facts: object) -> None:
        if event == "locked":
            bus.sim.sticks[0].unplug()
            holder.release()

    assert isinstance(run(bus, "1-1", "ncm", tell=meanwhile).error, NotBack)


class Locked(LinuxHost):
    """A host whose locks are in the folder of its made-up sysfs."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self._locks = str(folder)

    def lock(self, port: Port) -> PortLock:
        return PortLock(port, self._locks)


class Unopened(LinuxBus):
    """The bus of a made-up sysfs and a lock folder; whoever opens a device there has gone too far."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self.host = Locked(folder)

    def open(self, usb_device: UsbDevice) -> Link:
        raise PermissionDenied(f"opened {usb_device.id}", hint=usb_device.scsi[0])


def test_after_waiting_its_disk_is_still_known_by_name(tmp_path: Path) -> None:
    """05c6:1000 is many products, told apart by what their disks say: the host has asked them already."""
    disk = sysfs_tree.plug(tmp_path, "1-1", "05c6:1000") / "1-1:1.0/host0/target0:0:0/0:0:0:0"
    disk.mkdir(parents=True)
    for name, text in {"vendor": "Option", "model": "disk", "rev": "1.0"}.items():
        (disk / name).write_text(f"{text}\n")
    bus, library = Unopened(tmp_path), Library(user=[])
    device = find_one("1-1", bus, library)
    assert device.product is not None
    holder = other("1-1", tmp_path)

    def tell(event: str, **_facts: object) -> None:
        if event == "locked":
            holder.release()

    with pytest.raises(PermissionDenied) as raised:
        do(switch, device, bus=bus, library=library, tell=tell, can_drive=of_any_host)
    assert raised.value.hint == "Option"  # it was opened to be switched, not to be asked who it is


def test_the_lock_is_free_after_a_failure(tmp_path: Path) -> None:
    run(shared("e3372h,busy", tmp_path), "1-1", "ncm")
    other("1-1", tmp_path).release()


# What all others that talk to a stick do with it.

NCM = "e3372h-153,wakes=linux"


def told_by(bus: SimBus, task: Callable[..., object], **more: Any) -> list[str]:
    """The events of a task on the stick at 1-1."""
    device = known_at(bus, "1-1")
    assert device is not None
    events: list[str] = []
    do(task, device, bus=bus, tell=lambda event, **_facts: events.append(event), **more)
    return events


TASKS: dict[str, Callable[[SimBus, Path], list[str]]] = {
    "connect": lambda bus, _: told_by(bus, _connect, timeout=2),
    "disconnect": lambda bus, _: told_by(bus, line.disconnect, timeout=2),
    "status": lambda bus, _: told_by(bus, line.status, timeout=2),
    "ports": lambda bus, _: told_by(bus, ports.ports, timeout=2),
    "write": lambda bus, folder: told_by(bus, _write, library=Library(), store=Store(str(folder)), timeout=40),
    "restore": lambda bus, folder: told_by(bus, _restore, library=Library(), store=Store(str(folder)), timeout=40),
}


def _connect(session: Session) -> object:
    return line.connect(session, Call("internet"))


def _write(session: Session) -> object:
    return ports.write_ports(session, PortList.parse("A1,A2;12,1,16"))


def _restore(session: Session) -> object:
    """With something to restore, so that it writes and restarts."""
    assert session.store is not None
    session.store.save(of_imei(), "SETPORT", "A1,A2;12,1,16")
    return ports.restore(session)


@pytest.mark.parametrize("name", TASKS)
def test_nobody_talks_beside_another(name: str, tmp_path: Path) -> None:
    """While another is at the port not a byte is sent; afterwards the port is free, and the task does its work."""
    bus = shared(NCM, tmp_path / "locks")
    (stick,) = bus.sim.sticks
    holder = other("1-1", tmp_path / "locks")
    before = bus.now()
    with pytest.raises(Busy) as raised:
        TASKS[name](bus, tmp_path / "state")
    assert bus.now() - before == pytest.approx(40 if name in ("write", "restore") else 2, abs=0.1)
    assert f"(process {os.getpid()})" in raised.value.message
    assert raised.value.facts["port"] == "1-1"
    assert stick.modem.heard == []
    holder.release()
    assert "locked" not in TASKS[name](bus, tmp_path / "state")
    assert stick.modem.heard != []
    other("1-1", tmp_path / "locks").release()


@pytest.mark.parametrize("name", TASKS)
def test_a_task_is_alone_from_its_first_word_to_its_last(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also between asking, writing and the restart: whenever the stick hears something, the lock is held."""
    bus = shared(NCM, tmp_path / "locks")
    heard: list[str] = []
    free: list[str] = []
    whole = Modem.answer

    def answer(self: Modem, command: str) -> str:
        heard.append(command)
        with suppress(Busy):
            other("1-1", tmp_path / "locks").release()
            free.append(command)
        return whole(self, command)

    monkeypatch.setattr(Modem, "answer", answer)
    TASKS[name](bus, tmp_path / "state")
    assert heard != []
    assert free == []


def test_after_waiting_a_task_takes_the_stick_as_it_is_then(tmp_path: Path) -> None:
    """It was a router; another process has made it a stick in ncm; and the other way round."""
    bus = shared(NCM, tmp_path)
    holder = other("1-1", tmp_path)
    plain = SimBus(bus.sim.sticks, bus.clock)
    device = known_at(bus, "1-1")
    assert device is not None

    def meanwhile(event: str, **_facts: object) -> None:
        if event == "locked":
            run(plain, "1-1", "mass-storage")
            holder.release()

    with pytest.raises(NoWay, match="mass-storage"):
        do(line.connect, device, Call("internet"), bus=bus, tell=meanwhile)


def test_after_waiting_a_task_may_find_nothing(tmp_path: Path) -> None:
    bus = shared(NCM, tmp_path)
    holder = other("1-1", tmp_path)
    device = known_at(bus, "1-1")
    assert device is not None

    def meanwhile(event: str, **_facts: object) -> None:
        if event == "locked":
            bus.sim.sticks[0].unplug()
            holder.release()

    with pytest.raises(NotBack):
        do(line.status, device, bus=bus, tell=meanwhile)
    other("1-1", tmp_path).release()


@pytest.mark.parametrize("command", ["status", "disconnect", "ports", "restore", "connect --apn internet", "report"])
def test_two_processes_at_one_port(command: str, tmp_path: Path) -> None:
    """The second says who holds it, and ends with the status that a switch ends with."""
    word, *more = command.split()
    program = (
        "import sys\n"
        "from modeswitch.linux.locks import PortLock\n"
        "from modeswitch.sim.host import SimHost\n"
        "SimHost.lock = lambda self, port: PortLock(port, sys.argv[1])\n"
        "from modeswitch.cli import main\n"
        "sys.exit(main(sys.argv[2:]))\n"
    )
    options = [*more, "--timeout", "0.3", "--simulate", "e3372h-153@1-1.4,wakes=linux"]
    options += ["--talk", "--output", "-"] if word == "report" else []
    words = [sys.executable, "-c", program, str(tmp_path), word, "1-1.4", *options]
    with held(tmp_path) as process:
        done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
        assert f"waiting for {NAME} (process {process.pid}), which is at this port" in done.stderr
    said = done.stdout if word == "report" else done.stderr
    assert f"the stick at 1-1.4 is in use by {NAME} (process {process.pid})" in said
    assert done.returncode == (0 if word == "report" else Busy.status)
