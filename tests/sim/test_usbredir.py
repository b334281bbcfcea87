"""The usbredir face of a stick, with a small peer in QEMU's place at the other end of a socketpair."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from modeswitch.errors import BadReply
from modeswitch.sim import usbredir
from modeswitch.sim.clock import VirtualClock
from modeswitch.sim.spec import parse
from modeswitch.sim.stick import Stick
from modeswitch.sim.storage import Broken, Nak, Stall
from modeswitch.sim.usbredir import Redirection
from modeswitch.sim.usbredir_packets import BY_HOST, HEADS, Capability, Codec, Packet, Status, Type, words
from modeswitch.sim.usbredir_stream import Gone, Stream
from modeswitch.usb import scsi

QEMU = frozenset(Capability)
"""What QEMU 7.2 says that it can do."""
REWIND = scsi.build_cbw(scsi.build_cdb("HUAWEI REWIND", host=0x30, profile=1, green=0))
INQUIRY = struct.pack(">BBBBBB", 0x12, 0, 0, 0, 36, 0)
GET_DESCRIPTOR = {"endpoint": 0x80, "request_type": 0x80, "request": 6, "status": 0, "index": 0}


class Guest:
    """QEMU's part: hello, then requests; packets as they come."""

    def __init__(self, sock: socket.socket, capabilities: Collection[Capability] = QEMU) -> None:
        sock.settimeout(5)
        self._socket = sock
        self._codec = Codec(BY_HOST, frozenset(capabilities))
        self.send(Type.HELLO, version=b"qemu".ljust(64, b"\0"), words=words(capabilities))

    def send(self, kind: Type, number: int = 0, data: bytes = b"", /, **fields: Any) -> None:
        self._socket.sendall(self._codec.build(kind, number, data, **fields))

    def raw(self, data: bytes) -> None:
        self._socket.sendall(data)

    def next(self) -> Packet:
        while (packet := self._codec.next()) is None:
            self._codec.feed(self._socket.recv(65536))
        return packet

    def silent(self) -> bool:
        """Has nothing come?"""
        self._socket.setblocking(False)
        try:
            self._codec.feed(self._socket.recv(65536))
        except BlockingIOError:
            pass
        finally:
            self._socket.settimeout(5)
        return self._codec.next() is None


class Bench:
    """A stick in QEMU's port: both sides in one thread, on a clock that stands still."""

    def __init__(self, words: str, capabilities: Collection[Capability] = QEMU) -> None:
        self.clock = VirtualClock()
        self.stick: Stick = parse(words, self.clock)
        ours, theirs = self.sockets = socket.socketpair()
        self.guest = Guest(theirs, capabilities)
        stream = Stream(ours.fileno(), self.clock)
        stream.greet(lambda: False)
        assert self.guest.next().type is Type.HELLO
        self.redirection = Redirection(self.stick, stream)
        self.redirection.connect()
        self.endpoints = self.guest.next()
        self.interfaces = self.guest.next()
        self.connected = self.guest.next()

    def ask(self, kind: Type, number: int = 1, data: bytes = b"", /, **fields: Any) -> Packet:
        """A request, and the first packet that comes of it."""
        self.tell(kind, number, data, **fields)
        return self.guest.next()

    def tell(self, kind: Type, number: int = 1, data: bytes = b"", /, **fields: Any) -> None:
        self.guest.send(kind, number, data, **fields)
        self.redirection.attend(1)

    def turn(self, seconds: float = 0.0) -> None:
        """Time passes, and what is due is done."""
        self.clock.wait(seconds)
        ends = iter((False, True))
        self.guest.send(Type.FILTER_FILTER, data=b"-1,-1,-1,-1,1\0")  # so that nobody waits in real time
        self.redirection.serve(lambda: next(ends))

    def bulk(self, endpoint: int, data: bytes = b"", room: int = 0, number: int = 1) -> Packet:
        return self.ask(Type.BULK_PACKET, number, data, **bulk(endpoint, len(data) or room))


def bulk(endpoint: int, length: int) -> dict[str, int]:
    high = length >> 16
    return {"endpoint": endpoint, "status": 0, "length": length & 0xFFFF, "stream": 0, "length_high": high}


@contextmanager
def plugged(words: str, capabilities: Collection[Capability] = QEMU) -> Iterator[Bench]:
    bench = Bench(words, capabilities)
    try:
        yield bench
    finally:
        for sock in bench.sockets:
            sock.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    with plugged("e3372h") as made:
        yield made


# What is said before and when it comes.


def test_it_is_described_before_it_comes(bench: Bench) -> None:
    """First the endpoints, then the interfaces, then the device: the protocol's order."""
    order = (bench.endpoints, bench.interfaces, bench.connected)
    assert [packet.type for packet in order] == [Type.EP_INFO, Type.INTERFACE_INFO, Type.DEVICE_CONNECT]
    ends = bench.endpoints.head
    kinds = {number: kind for number, kind in enumerate(ends.type) if kind != 255}
    assert kinds == {0: 0, 1: 2, 16: 0, 17: 2}
    assert (ends.max_packet[1], ends.max_packet[17]) == (512, 512)
    faces = bench.interfaces.head
    assert faces.count == 1
    assert (faces.interface_class[0], faces.subclass[0], faces.protocol[0]) == (8, 6, 0x50)
    head = bench.connected.head
    assert (head.speed, head.vendor, head.product, head.release) == (2, 0x12D1, 0x1F01, 0x0102)


@pytest.mark.parametrize(("speed", "number", "size"), [("full", 1, 64), ("high", 2, 512), ("super", 3, 1024)])
def test_its_speed_is_that_of_its_link(speed: str, number: int, size: int) -> None:
    with plugged(f"e3372h,speed={speed}") as bench:
        assert bench.connected.head.speed == number
        assert bench.endpoints.head.max_packet[17] == size


def test_at_super_speed_its_descriptors_are_those_of_usb_3() -> None:
    with plugged("e3372h,speed=super") as bench:
        device = bench.ask(Type.CONTROL_PACKET, **GET_DESCRIPTOR, value=0x0100, length=18).data
        assert device[2:4] + device[7:8] == b"\x00\x03\x09"
        whole = bench.ask(Type.CONTROL_PACKET, **GET_DESCRIPTOR, value=0x0200, length=512).data
        assert whole.count(bytes.fromhex("063000000000")) == 2, "a companion behind each endpoint"
        able = bench.ask(Type.CONTROL_PACKET, **GET_DESCRIPTOR, value=0x0F00, length=255).data
        assert struct.unpack_from("<H", able, 2) == (len(able),)


def test_a_slower_one_has_no_such_descriptor(bench: Bench) -> None:
    assert bench.ask(Type.CONTROL_PACKET, **GET_DESCRIPTOR, value=0x0F00, length=255).head.status == Status.STALL


OLDER: list[tuple[Capability, Type, int]] = [
    (Capability.CONNECT_DEVICE_VERSION, Type.DEVICE_CONNECT, 8),
    (Capability.EP_INFO_MAX_PACKET_SIZE, Type.EP_INFO, 96),
]


@pytest.mark.parametrize(("lacks", "kind", "length"), OLDER, ids=[str(row[0].name) for row in OLDER])
def test_a_peer_that_can_do_less_gets_shorter_packets(lacks: Capability, kind: Type, length: int) -> None:
    with plugged("e3372h", {*QEMU - {lacks, Capability.BULK_STREAMS}}) as bench:
        said = {packet.type: packet for packet in (bench.endpoints, bench.interfaces, bench.connected)}
        shared = {*QEMU - {lacks, Capability.BULK_STREAMS, Capability.BULK_RECEIVING}}
        assert len(HEADS[kind].build(said[kind].head, capabilities=shared)) == length


def test_a_peer_with_ids_of_32_bits_and_short_bulk_packets() -> None:
    with plugged("e3372h", {Capability.FILTER}) as bench:
        answer = bench.bulk(0x01, scsi.build_cbw(scsi.build_cdb("TEST UNIT READY")), number=7)
        assert (answer.id, answer.head.status, answer.length) == (7, Status.SUCCESS, 31)


# Transfers.


def test_a_control_transfer(bench: Bench) -> None:
    answer = bench.ask(Type.CONTROL_PACKET, 1 << 40, **GET_DESCRIPTOR, value=0x0100, length=255)
    assert (answer.id, answer.head.status, answer.length) == (1 << 40, Status.SUCCESS, 18)
    assert answer.data[8:12] == b"\xd1\x12\x01\x1f"


def test_a_command_its_data_and_its_csw(bench: Bench) -> None:
    sent = bench.bulk(0x01, scsi.build_cbw(INQUIRY, data_in=36))
    assert (sent.head.status, sent.length, sent.data) == (Status.SUCCESS, 31, b"")
    assert bench.bulk(0x81, room=36).data[8:14] == b"HUAWEI"
    assert scsi.read_csw(bench.bulk(0x81, room=13).data).status == 0


def test_more_than_64_kilobytes_at_once(bench: Bench) -> None:
    """The upper half of the length is a field of its own."""
    cdb = struct.pack(">BBIBHB", 0x28, 0, 0, 0, 200, 0)
    bench.bulk(0x01, scsi.build_cbw(cdb, lun=1, data_in=102400))
    answer = bench.bulk(0x81, room=0x40000)
    assert (answer.length, len(answer.data), answer.head.length_high) == (102400, 102400, 1)


def test_a_stall_and_its_end(bench: Bench) -> None:
    """An INQUIRY of what does not exist has no data: bulk IN halts until CLEAR_HALT."""
    bench.bulk(0x01, scsi.build_cbw(struct.pack(">BBBBBB", 0x12, 1, 0x83, 0, 36, 0), data_in=36))
    assert bench.bulk(0x81, room=36).head.status == Status.STALL
    clear = {"endpoint": 0, "request_type": 0x02, "request": 1, "status": 0, "value": 0, "index": 0x81, "length": 0}
    assert bench.ask(Type.CONTROL_PACKET, **clear).head.status == Status.SUCCESS
    assert scsi.read_csw(bench.bulk(0x81, room=13).data).status == 1


def test_what_waits_is_answered_in_its_order_once_there_is_something(bench: Bench) -> None:
    for number in (1, 2):
        bench.tell(Type.BULK_PACKET, number, **bulk(0x81, 13))
    assert bench.guest.silent()
    bench.tell(Type.BULK_PACKET, 3, scsi.build_cbw(scsi.build_cdb("TEST UNIT READY")), **bulk(0x01, 31))
    assert bench.guest.next().id == 3
    bench.turn()
    answer = bench.guest.next()
    assert (answer.id, answer.length) == (1, 13), "the first of the two"
    assert bench.guest.silent()


def test_what_waits_can_be_cancelled_and_is_answered_so_once(bench: Bench) -> None:
    bench.tell(Type.BULK_PACKET, 5, **bulk(0x81, 13))
    answer = bench.ask(Type.CANCEL_DATA_PACKET, 5)
    assert (answer.type, answer.id, answer.head.status, answer.data) == (Type.BULK_PACKET, 5, Status.CANCELLED, b"")
    bench.tell(Type.CANCEL_DATA_PACKET, 5)
    assert bench.guest.silent()


def test_a_control_transfer_without_an_answer_times_out(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(*_all: object) -> bytes:
        raise Nak

    monkeypatch.setattr(bench.stick, "control", wait)
    bench.tell(Type.CONTROL_PACKET, **GET_DESCRIPTOR, value=0x0100, length=18)
    bench.turn(usbredir.CONTROL_SECONDS - 0.1)
    assert bench.guest.silent()
    bench.turn(0.1)
    assert bench.guest.next().head.status == Status.TIMEOUT


def test_more_than_was_asked_for_is_babble(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench.stick, "into", lambda endpoint, most: b"x" * (most + 1))
    answer = bench.bulk(0x81, room=13)
    assert (answer.head.status, answer.data) == (Status.BABBLE, b"x" * 13)


@pytest.mark.parametrize(("raised", "status"), [(Broken, Status.IOERROR), (Stall, Status.STALL)])
def test_a_stick_that_does_not_answer_properly(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, raised: type[Exception], status: Status
) -> None:
    def fail(*_all: object) -> bytes:
        raise raised

    for name in ("into", "out", "control"):
        monkeypatch.setattr(bench.stick, name, fail)
    assert bench.bulk(0x81, room=13).head.status == status
    sent = bench.bulk(0x01, b"x" * 31)
    assert (sent.head.status, sent.length) == (status, 0)
    assert bench.ask(Type.CONTROL_PACKET, **GET_DESCRIPTOR, value=0x0100, length=18).head.status == status
    assert bench.ask(Type.SET_CONFIGURATION, configuration=1).head.status == status


WRONG: list[tuple[Type, dict[str, Any]]] = [
    (Type.BULK_PACKET, bulk(0x83, 13)),
    (Type.BULK_PACKET, bulk(0x00, 0)),
    (Type.INTERRUPT_PACKET, {"endpoint": 0x81, "status": 0, "length": 13}),
    (Type.ISO_PACKET, {"endpoint": 0x81, "status": 0, "length": 13}),
    (Type.CONTROL_PACKET, {**GET_DESCRIPTOR, "endpoint": 0x81, "value": 0x0100, "length": 18}),
    (Type.START_ISO_STREAM, {"endpoint": 0x81, "packets": 8, "urbs": 2}),
    (Type.START_INTERRUPT_RECEIVING, {"endpoint": 0x81}),
]


@pytest.mark.parametrize(("kind", "fields"), WRONG, ids=[f"{kind.name} {head['endpoint']:02x}" for kind, head in WRONG])
def test_a_transfer_that_fits_no_endpoint(bench: Bench, kind: Type, fields: dict[str, Any]) -> None:
    before = bench.stick.transfers
    assert bench.ask(kind, **fields).head.status == Status.INVAL
    assert bench.stick.transfers == before


# Configurations, alternate settings, interrupts.


def test_its_configurations() -> None:
    with plugged("config") as bench:
        assert bench.ask(Type.GET_CONFIGURATION).head.configuration == 1
        bench.tell(Type.SET_CONFIGURATION, 9, configuration=3)
        order = [bench.guest.next() for _ in range(3)]
        kinds = [packet.type for packet in order]
        assert kinds == [Type.EP_INFO, Type.INTERFACE_INFO, Type.CONFIGURATION_STATUS]
        assert (order[2].id, order[2].head.status, order[2].head.configuration) == (9, Status.SUCCESS, 3)
        assert (order[1].head.interface_class[0], order[1].head.subclass[0]) == (0x02, 0x0E)
        refused = bench.ask(Type.SET_CONFIGURATION, configuration=9)
        assert (refused.head.status, refused.head.configuration) == (Status.STALL, 3)


def test_the_endpoints_of_an_alternate_setting_are_there_once_it_is_chosen() -> None:
    with plugged("e3372h-153,wakes=linux") as bench:
        (number,) = (
            number for number, function in enumerate(bench.stick.composition.functions) if function.network == "ncm"
        )
        was = bench.endpoints.head
        (notify,) = (place for place, kind in enumerate(was.type) if kind == 3 and was.interface[place] == number)
        assert was.interval[notify] > 0, "QEMU refuses an interrupt endpoint without one"
        bench.tell(Type.SET_ALT_SETTING, 4, interface=number, alternate=1)
        now, _, answer = (bench.guest.next() for _ in range(3))
        assert (answer.id, answer.head.status, answer.head.alternate) == (4, Status.SUCCESS, 1)
        assert now.head.type.count(255) == was.type.count(255) - 2
        assert bench.ask(Type.GET_ALT_SETTING, interface=number).head.alternate == 1
        for interface, alternate in ((number, 7), (31, 0)):
            refused = bench.ask(Type.SET_ALT_SETTING, interface=interface, alternate=alternate)
            assert refused.head.status == Status.STALL


def test_interrupts_come_while_they_are_wanted() -> None:
    with plugged("e3372h,wakes=ecm") as bench:
        bench.stick.modem.network(True)
        started = bench.ask(Type.START_INTERRUPT_RECEIVING, endpoint=0x81)
        assert started.head.status == Status.SUCCESS
        notice = bench.guest.next()
        assert notice.type is Type.INTERRUPT_PACKET
        assert (notice.head.endpoint, notice.head.status) == (0x81, Status.SUCCESS)
        assert notice.data[:2] == b"\xa1\x00", "NETWORK_CONNECTION"
        while not bench.guest.silent():
            pass
        assert bench.ask(Type.STOP_INTERRUPT_RECEIVING, endpoint=0x81).head.status == Status.SUCCESS
        bench.stick.modem.network(True)
        bench.turn()
        assert bench.guest.silent()


def test_an_interrupt_endpoint_that_fails_is_listened_to_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_endpoint: int, _most: int) -> bytes:
        raise Broken

    with plugged("e3372h,wakes=ecm") as bench:
        monkeypatch.setattr(bench.stick, "into", fail)
        bench.tell(Type.START_INTERRUPT_RECEIVING, endpoint=0x81)
        said = [bench.guest.next() for _ in range(2)]
        assert [(packet.type, packet.head.status) for packet in said] == [
            (Type.INTERRUPT_RECEIVING_STATUS, Status.SUCCESS),
            (Type.INTERRUPT_RECEIVING_STATUS, Status.STALL),
        ]
        bench.turn()
        assert bench.guest.silent()


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
        assert bench.guest.silent()
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
