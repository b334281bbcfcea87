"""The usbredir face of a stick that leaves and comes back, and of a stream that ends or breaks the protocol."""

from __future__ import annotations

import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from modeswitch.errors import BadReply
from modeswitch.sim import usbredir
from modeswitch.sim.clock import VirtualClock
from modeswitch.sim.spec import parse
from modeswitch.sim.usbredir_packets import Packet, Status, Type
from modeswitch.sim.usbredir_stream import Gone, Stream
from tests.support.redirected import GET_DESCRIPTOR, REWIND, Bench, Guest, bulk, plugged

pytestmark = pytest.mark.slow


@pytest.fixture
def bench() -> Iterator[Bench]:
    with plugged("e3372h") as made:
        yield made


# Going and coming.


def test_nothing_is_put_to_a_stick_that_has_left() -> None:
    """It leaves with its CBW: what waited before and what comes behind fail, all by the same status."""
    with plugged("e3372h,dies") as bench:
        bench.tell(Type.BULK_PACKET, 1, **bulk(0x81, 13))
        bench.guest.send(Type.BULK_PACKET, 2, REWIND, **bulk(0x01, 31))
        bench.guest.send(Type.CONTROL_PACKET, 3, **GET_DESCRIPTOR, value=0x0100, length=18)
        bench.redirection.attend(1)
        answer = bench.guest.next()
        assert (answer.id, answer.head.status) == (2, Status.SUCCESS)
        bench.guest.send(Type.DEVICE_DISCONNECT_ACK)
        bench.redirection.disconnect()
        failed = [bench.guest.next() for _ in range(2)]
        assert {packet.id: packet.head.status for packet in failed} == dict.fromkeys((1, 3), Status.IOERROR)
        assert bench.guest.next().type is Type.DEVICE_DISCONNECT


class Running:
    """:func:`usbredir.run` in a thread, on the real clock."""

    def __init__(self, words: str) -> None:
        self.ours, theirs = socket.socketpair()
        self._theirs = theirs
        self.stick = parse(words)
        self.said: list[str] = []
        self.raised: list[BadReply] = []
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        self.guest = Guest(theirs)

    def _run(self) -> None:
        try:
            usbredir.run(self.stick, self.ours.fileno(), self.stop.is_set, self.said.append)
        except BadReply as error:
            self.raised.append(error)

    def until(self, kind: Type) -> Packet:
        while (packet := self.guest.next()).type is not kind:
            pass
        return packet

    def end(self, *, closed: bool = False) -> None:
        self.stop.set()
        if closed:
            self._theirs.close()
        self.thread.join(10)
        assert not self.thread.is_alive()
        self.ours.close()
        self._theirs.close()


def test_it_leaves_and_comes_back_on_the_same_stream() -> None:
    running = Running("e3372h,dies,away=0.05,relinks=super")
    guest = running.guest
    assert running.until(Type.DEVICE_CONNECT).head.speed == 2
    guest.send(Type.BULK_PACKET, 1, **bulk(0x81, 13))
    guest.send(Type.BULK_PACKET, 2, REWIND, **bulk(0x01, 31))
    waited = {}
    while (packet := guest.next()).type is Type.BULK_PACKET:
        waited[packet.id] = packet.head.status
    assert waited == {1: Status.IOERROR, 2: Status.SUCCESS}, "what was under way has failed"
    assert packet.type is Type.DEVICE_DISCONNECT
    guest.send(Type.BULK_PACKET, 3, **bulk(0x81, 13))  # it crossed the disconnect, and means the stick that is gone
    guest.send(Type.DEVICE_DISCONNECT_ACK)
    assert guest.next().type is Type.EP_INFO
    back = running.until(Type.DEVICE_CONNECT).head
    assert (back.product, back.speed) == (0x155E, 3), "at another speed QEMU has it in the companion port"
    guest.send(Type.CONTROL_PACKET, 3, **GET_DESCRIPTOR, value=0x0100, length=18)
    assert running.until(Type.CONTROL_PACKET).data[10:12] == b"\x5e\x15"
    running.end(closed=True)
    assert running.said[:3] == ["attached 12d1:1f01 storage", "left", "attached 12d1:155e gateway-ncm"]


def test_it_is_pulled_out_when_it_is_told_to_stop() -> None:
    running = Running("e3372h")
    running.until(Type.DEVICE_CONNECT)
    running.stop.set()
    assert running.guest.next().type is Type.DEVICE_DISCONNECT
    running.guest.send(Type.DEVICE_DISCONNECT_ACK)
    running.end()
    assert running.said == ["attached 12d1:1f01 storage", "left"]


def test_a_closed_stream_is_the_end() -> None:
    running = Running("e3372h")
    running.until(Type.DEVICE_CONNECT)
    running.end(closed=True)
    assert running.said[-1].startswith("let go: ")


def test_refused_by_a_filter_is_the_end() -> None:
    running = Running("e3372h")
    running.until(Type.DEVICE_CONNECT)
    running.guest.send(Type.FILTER_REJECT)
    running.thread.join(10)
    running.end()
    assert "its filter, or no port of that speed" in running.said[-1]


def test_nobody_at_the_other_end() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(Gone, match="said hello"):
        Stream(ours.fileno(), Hurried()).greet(lambda: False)


class Hurried(VirtualClock):
    """A clock of which each look costs a second."""

    def now(self) -> float:
        self.wait(1)
        return super().now()


def test_one_that_does_not_read_does_not_hold_us_for_ever(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modeswitch.sim.usbredir_stream.PATIENCE", 0.05)
    monkeypatch.setattr(bench.stick, "into", lambda endpoint, most: bytes(most))
    with pytest.raises(Gone, match="has read nothing"):
        bench.bulk(0x81, room=8 * 1024 * 1024)


def test_the_command_keeps_it_there_until_it_is_stopped(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "qemu"))
        listener.listen()
        command = [sys.executable, "-m", "modeswitch.sim", "e3372h", "--usbredir", str(tmp_path / "qemu")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            sock, _ = listener.accept()
            with sock:
                guest = Guest(sock)
                while guest.next().type is not Type.DEVICE_CONNECT:
                    pass
                process.send_signal(signal.SIGTERM)
                assert guest.next().type is Type.DEVICE_DISCONNECT
                guest.send(Type.DEVICE_DISCONNECT_ACK)
                said, _ = process.communicate(timeout=20)
    assert (process.returncode, said.splitlines()) == (0, ["attached 12d1:1f01 storage", "left"])


def test_the_command_where_no_qemu_is(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "modeswitch.sim", "e3372h", "--usbredir", str(tmp_path / "qemu")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert ran.returncode == 1
    assert ran.stderr == f"{tmp_path}/qemu: No such file or directory; is QEMU at its other end, and are you root?\n"


# What breaks the protocol.


def header(kind: int, length: int) -> bytes:
    return struct.pack("<IIQ", kind, length, 1)


HELLO = struct.pack("<III", 0, 68, 0) + bytes(68)
BROKEN = {
    "a second hello": (struct.pack("<IIQ", 0, 68, 0) + bytes(68), "HELLO after the hello"),
    "an unknown type": (header(77, 0), "unknown type 77"),
    "what only we send": (header(Type.DEVICE_CONNECT, 10) + bytes(10), "DEVICE_CONNECT is nothing that"),
    "what we did not offer": (header(Type.START_BULK_RECEIVING, 10) + bytes(10), "START_BULK_RECEIVING is nothing"),
    "a head that is too short": (header(Type.CONTROL_PACKET, 3) + bytes(3), "CONTROL_PACKET of 3 bytes"),
    "a head that is too long": (header(Type.RESET, 4) + bytes(4), "RESET with 4 bytes of data, not 0"),
    "a huge packet": (header(Type.BULK_PACKET, 1 << 30), "BULK_PACKET with 1073741824 bytes"),
    "a huge head": (header(Type.RESET, 1 << 20), "RESET with 1048576 bytes"),
    "less data than it says": (
        header(Type.BULK_PACKET, 12) + struct.pack("<BBHIH", 1, 0, 31, 0, 0) + b"xy",
        "BULK_PACKET with 2 bytes of data, not 31",
    ),
    "data where it wants some": (
        header(Type.BULK_PACKET, 12) + struct.pack("<BBHIH", 0x81, 0, 2, 0, 0) + b"xy",
        "BULK_PACKET with 2 bytes of data, not 0",
    ),
}


@pytest.mark.parametrize(("raw", "why"), BROKEN.values(), ids=BROKEN.keys())
def test_a_packet_that_breaks_the_protocol_is_refused(bench: Bench, raw: bytes, why: str) -> None:
    bench.guest.raw(raw)
    with pytest.raises(BadReply, match=why):
        bench.redirection.attend(1)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (struct.pack("<III", 3, 0, 0), "RESET before the hello"),
        (struct.pack("<III", 0, 66, 0) + bytes(66), "HELLO with 2 bytes of data"),
        (struct.pack("<III", 0, 1 << 20, 0), "HELLO with 1048576 bytes"),
        (HELLO[:76] + struct.pack("<I", 1), "without the sizes of packets"),
    ],
    ids=["none", "odd", "huge", "streams alone"],
)
def test_a_hello_that_is_none(raw: bytes, why: str) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(raw)
        with pytest.raises(BadReply, match=why):
            Stream(ours.fileno(), VirtualClock()).greet(lambda: False)


def test_an_id_that_still_waits_is_refused(bench: Bench) -> None:
    bench.tell(Type.BULK_PACKET, 5, **bulk(0x81, 13))
    with pytest.raises(BadReply, match="BULK_PACKET 5"):
        bench.tell(Type.BULK_PACKET, 5, **bulk(0x81, 13))


def test_no_more_may_wait_than_is_kept(bench: Bench) -> None:
    for number in range(256):
        bench.tell(Type.BULK_PACKET, number, **bulk(0x81, 13))
    with pytest.raises(BadReply, match="while 256 wait"):
        bench.tell(Type.BULK_PACKET, 256, **bulk(0x81, 13))


def test_a_broken_packet_ends_the_run() -> None:
    running = Running("e3372h")
    running.until(Type.DEVICE_CONNECT)
    running.guest.raw(header(77, 0))
    running.thread.join(10)
    running.end()
    assert "unknown type 77" in running.raised[0].message
