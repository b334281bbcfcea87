"""The usbredir face of a stick: what it says of itself, and what comes of each transfer."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from functools import partial
from itertools import chain, repeat
from typing import Any

import pytest

from modeswitch.sim import usbredir
from modeswitch.sim.clock import RealClock
from modeswitch.sim.spec import parse
from modeswitch.sim.storage import Broken, Nak, Stall
from modeswitch.sim.usbredir_packets import HEADS, Capability, Status, Type
from modeswitch.sim.usbredir_stream import Stream
from modeswitch.usb import bot, scsi
from tests.support.redirected import GET_DESCRIPTOR, INQUIRY, QEMU, Bench, Guest, bulk, plugged


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
    assert bot.read_csw(bench.bulk(0x81, room=13).data).status == 0


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
    assert bot.read_csw(bench.bulk(0x81, room=13).data).status == 1


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


def test_another_stick_may_follow_on_the_same_stream() -> None:
    """One hello; each stick comes as itself, and is out before the next one."""
    clock = RealClock()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        guest = Guest(theirs, QEMU - {Capability.DEVICE_DISCONNECT_ACK})
        stream = Stream(ours.fileno(), clock)
        stream.greet(lambda: False)
        assert guest.next().type is Type.HELLO
        for words, product in (("e3372h", 0x1F01), ("e3372h,wakes=ecm", 0x14DC)):
            ends = chain((False,), repeat(True))
            usbredir.keep(parse(words, clock), stream, partial(next, ends), lambda _line: None)
            described = [guest.next() for _ in range(4)]
            assert described[2].head.product == product
            assert described[3].type is Type.DEVICE_DISCONNECT
        assert guest.silent()
