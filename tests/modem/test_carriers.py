"""The three ways to an AT port: a real pseudo-terminal behind pyserial, bulk endpoints, and the order of trying."""

from __future__ import annotations

import errno
import os
import pty
import resource
import select
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import serial

from modeswitch.errors import Busy, LinkLost, ModeswitchError, PermissionDenied, Unavailable
from modeswitch.linux.sysfs import node_of
from modeswitch.modem.at import Dialogue
from modeswitch.modem.carriers import Tty, Wdm, converse, translate, ways
from modeswitch.sim.backend import SimBackend
from modeswitch.sim.bus import SimBus
from modeswitch.sim.faults import Faults
from modeswitch.sim.host import SimHost
from modeswitch.sim.modem import Features, Modem, Nvram
from modeswitch.sim.serial import SerialPort
from modeswitch.sim.weather import SUNNY
from modeswitch.usb.descriptors import Port, UsbId
from modeswitch.usb.device import UsbDevice
from modeswitch.usb.nodes import Nodes
from tests.support.rig import known_at, on_host
from tests.support.sysfs_tree import plug

LIST = "A1,A2;12,16"


class Terminal:
    """A pseudo-terminal with the simulated modem at its other end, answering in a thread of its own."""

    def __init__(self, faults: Faults | None = None) -> None:
        self._host, self._device = pty.openpty()
        self.name = os.ttyname(self._device)
        attributes = termios.tcgetattr(self._device)
        attributes[3] = 0
        termios.tcsetattr(self._device, termios.TCSANOW, attributes)
        self.modem = Modem(
            Features({"12": "PCUI", "16": "NCM", "A1": "", "A2": ""}, LIST),
            Nvram(LIST),
            faults or Faults(),
            SUNNY,
            time.monotonic,
            _at_once,
        )
        self._port = SerialPort(self.modem.hear, _at_once)
        self._stop, self._tell = os.pipe()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while self._stop not in (ready := select.select([self._host, self._stop], [], [])[0]):
            if self._host in ready:
                self._port.out(os.read(self._host, 4096))
            if self._port.pending:
                os.write(self._host, self._port.into(1 << 20))

    def hang_up(self) -> None:
        """Closed once nobody reads it any more: its number may be another file's at once."""
        os.write(self._tell, b".")
        self._thread.join()
        for descriptor in (self._device, self._host, self._stop, self._tell):
            os.close(descriptor)


def _at_once(_seconds: float, action: Any) -> None:
    action()


@contextmanager
def terminal(faults: Faults | None = None) -> Iterator[Terminal]:
    made = Terminal(faults)
    try:
        yield made
    finally:
        made.hang_up()


def test_a_tty() -> None:
    with terminal() as there:
        talk = Dialogue(Tty(there.name), time.monotonic)
        assert talk.probe()
        assert talk.ask("AT^SETPORT?").value("^SETPORT") == LIST
        talk.close()


def test_a_mute_tty_takes_no_longer_than_the_probe() -> None:
    with terminal(Faults(at="mute")) as there:
        talk = Dialogue(Tty(there.name), time.monotonic)
        began = time.monotonic()
        assert not talk.probe(0.2)
        assert time.monotonic() - began < 1.0
        talk.close()


def test_a_tty_that_somebody_holds() -> None:
    with terminal() as there:
        held = serial.Serial(there.name, exclusive=True)
        with pytest.raises(Busy, match=there.name):
            Tty(there.name)
        held.close()
        Tty(there.name).close()


def test_a_tty_that_hangs_up() -> None:
    there = Terminal()
    carrier = Tty(there.name)
    there.hang_up()
    with pytest.raises(LinkLost) as raised:
        Dialogue(carrier, time.monotonic).ask("AT", 2.0)
    assert raised.value.reason == "gone"
    carrier.close()


def test_a_tty_that_is_not_there() -> None:
    with pytest.raises(LinkLost, match="gone"):
        Tty("/dev/ttyUSB99")


def test_a_wdm(tmp_path: Path) -> None:
    """A FIFO reads and writes as cdc-wdm does, as far as this carrier goes: what is written comes back."""
    os.mkfifo(tmp_path / "cdc-wdm0")
    carrier = Wdm(str(tmp_path / "cdc-wdm0"))
    assert carrier.read(0.05) == b""
    carrier.write(b"AT\r")
    assert carrier.read(1.0) == b"AT\r"
    carrier.close()
    with pytest.raises(LinkLost):
        carrier.read(0.0)


ERRORS: tuple[tuple[Exception, type[ModeswitchError], str], ...] = (
    (PermissionError(errno.EACCES, "denied"), PermissionDenied, ""),
    (OSError(errno.EPERM, "denied"), PermissionDenied, ""),
    (OSError(errno.EBUSY, "busy"), Busy, ""),
    (serial.SerialException(errno.EAGAIN, "Could not exclusively lock port"), Busy, ""),
    (OSError(errno.EIO, "io"), LinkLost, "gone"),
    (OSError(errno.ENODEV, "gone"), LinkLost, "gone"),
    (OSError(errno.ENXIO, "gone"), LinkLost, "gone"),
    (FileNotFoundError(errno.ENOENT, "gone"), LinkLost, "gone"),
    (serial.SerialException("device reports readiness to read but returned no data"), LinkLost, "gone"),
    (serial.SerialTimeoutException("Write timeout"), LinkLost, "gone"),
    (termios.error(errno.EIO, "Input/output error"), LinkLost, "gone"),
    (OSError(errno.ENOMEM, "memory"), LinkLost, "io"),
)


@pytest.mark.parametrize(("error", "kind", "reason"), ERRORS, ids=lambda case: str(case)[:40])
def test_every_error_of_a_port_is_one_of_ours(error: Exception, kind: type[ModeswitchError], reason: str) -> None:
    ours = translate(error, "/dev/ttyUSB0")
    assert type(ours) is kind
    assert ours.message.startswith("/dev/ttyUSB0: ")
    if isinstance(ours, LinkLost):
        assert ours.reason == reason


class Kernel(SimHost):
    """A host whose kernel has made ttys or a wdm of some interfaces, and bound drivers."""

    def __init__(self, sim: SimBackend) -> None:
        super().__init__(sim)
        self.ttys: dict[int, str] = {}
        self.wdms: dict[int, str] = {}
        self.bound: dict[int, str] = {}

    def nodes(self, usb_device: UsbDevice) -> dict[int, Nodes]:
        return {
            number: Nodes(self.bound.get(number), self.ttys.get(number, ""), self.wdms.get(number, ""))
            for number in super().nodes(usb_device)
        }


def kernel(stick: str) -> tuple[SimBus, Kernel]:
    return on_host(stick, Kernel)


def names(bus: SimBus) -> list[str]:
    device = known_at(bus, "1-1")
    assert device is not None
    return [name for name, _ in ways(bus, device.usb, device.roles, lambda: bus.open(device.usb))]


def test_a_tty_comes_first_the_wdm_last() -> None:
    bus, host = kernel("e3372h-153,wakes=linux")  # pcui, modem, ncm, storage, storage
    host.ttys, host.wdms, host.bound = (
        {0: "/dev/ttyUSB0", 1: "/dev/ttyUSB1"},
        {2: "/dev/cdc-wdm0"},
        {0: "option", 1: "option"},
    )
    assert names(bus) == ["/dev/ttyUSB0", "/dev/ttyUSB1", "/dev/cdc-wdm0"]
    host.ttys, host.bound = {}, {}
    assert names(bus) == ["interface 0 (pcui)", "interface 1 (modem)", "/dev/cdc-wdm0"]
    host.bound = {0: "option", 1: "option"}
    assert names(bus) == ["/dev/cdc-wdm0"]


def test_the_profile_tells_which_of_three_mute_ports_it_is() -> None:
    assert names(kernel("e3372h,wakes=gateway-ncm")[0]) == ["interface 2 (pcui)", "interface 0 (modem)"]


@pytest.mark.parametrize("stick", ["e3372h", "e3372h,wakes=ecm"])
def test_no_port_at_all(stick: str) -> None:
    bus, _host = kernel(stick)
    device = known_at(bus, "1-1")
    assert device is not None
    with pytest.raises(Unavailable, match="it has no such port"):
        converse(bus, device.usb, device.roles, lambda: bus.open(device.usb), lambda: 10.0, lambda *_, **__: None)


@pytest.mark.slow
def test_the_next_port_is_asked_where_one_is_mute(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal(Faults(at="mute")) as mute, terminal() as speaking:
        bus, host = kernel("e3372h-153,wakes=linux")
        host.ttys = {0: mute.name, 1: speaking.name}
        device = known_at(bus, "1-1")
        assert device is not None
        monkeypatch.setattr(bus, "now", time.monotonic)
        talk = converse(
            bus, device.usb, device.roles, lambda: bus.open(device.usb), lambda: 10.0, lambda *_, **__: None
        )
        assert talk.carrier.name == speaking.name
        talk.close()


def test_a_port_that_is_held_is_the_reason_where_nothing_else_answers() -> None:
    with terminal() as there:
        held = serial.Serial(there.name, exclusive=True)
        bus, host = kernel("e3372h-153,ports=FF;12+16")
        host.ttys, host.bound = {0: there.name}, {0: "option"}
        device = known_at(bus, "1-1")
        assert device is not None
        with pytest.raises(Busy):
            converse(bus, device.usb, device.roles, lambda: bus.open(device.usb), lambda: 10.0, lambda *_, **__: None)
        held.close()


# Where the kernel's nodes stand.


def test_nodes(tmp_path: Path) -> None:
    path = plug(tmp_path, "1-1", "12d1:1506")
    for folder in (
        "1-1:1.0/ttyUSB3/tty/ttyUSB3",
        "1-1:1.1/tty/ttyACM0",
        "1-1:1.2/usbmisc/cdc-wdm1",
        "1-1:1.3/tty/../x",
    ):
        (path / folder).mkdir(parents=True)
    seen = UsbDevice(Port(1, (1,)), 5, UsbId(0x12D1, 0x1506), None, 1, path=str(path))
    assert node_of(seen, 0, "tty") == "/dev/ttyUSB3"
    assert node_of(seen, 1, "tty") == "/dev/ttyACM0"
    assert node_of(seen, 2, "usbmisc") == "/dev/cdc-wdm1"
    assert node_of(seen, 2, "tty") is None
    assert node_of(seen, 3, "tty") is None
    assert node_of(seen, 9, "tty") is None


def test_an_answer_of_no_length_on_cdc_wdm_is_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It makes the node readable, and reading it says EAGAIN: no other program holds it."""
    node = tmp_path / "cdc-wdm0"
    node.write_bytes(b"OK\r\n")
    wdm = Wdm(str(node))
    for error, expected in ((BlockingIOError(errno.EAGAIN, ""), b""), (None, b"OK\r\n")):
        with monkeypatch.context() as patched:
            if error is not None:
                patched.setattr(os, "read", failing(error))
            assert wdm.read(0.1) == expected
    with monkeypatch.context() as patched:
        patched.setattr(os, "read", failing(OSError(errno.EIO, "")))
        with pytest.raises(LinkLost) as raised:
            wdm.read(0.1)
    assert raised.value.reason == "io"
    wdm.close()


def failing(error: Exception) -> Callable[..., bytes]:
    def read(*_: object) -> bytes:
        raise error

    return read


def test_a_file_above_1023_is_read_like_any_other(tmp_path: Path) -> None:
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit[1] < 2048:
        pytest.skip("no so many files here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (2048, limit[1]))
    node = tmp_path / "cdc-wdm0"
    node.write_bytes(b"OK\r\n")
    others = [os.open("/dev/null", os.O_RDONLY) for _ in range(1100)]
    try:
        wdm = Wdm(str(node))
        assert wdm.read(0.1) == b"OK\r\n"
        wdm.close()
    finally:
        for other in others:
            os.close(other)
        resource.setrlimit(resource.RLIMIT_NOFILE, limit)
