"""Frames on the simulated stick's bulk pipes: NCM's blocks in both forms, ECM's bare frames, what is dropped."""

from __future__ import annotations

import contextlib
import struct
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from modeswitch.errors import BadReply, UsageError
from modeswitch.sim.frames import HEADER, LARGEST, build_ntb, length_of, read_ecm, read_ntb
from modeswitch.sim.lan import MOST_FRAMES, NTB_SIZE, Lan, NetworkPipe
from modeswitch.sim.spec import parse
from modeswitch.sim.storage import Nak, Stall

ARP = bytes.fromhex("ffffffffffff001e101f000008060001080006040001001e101f00000a4040400000000000000a404001")
"""Who has 10.64.64.1?  42 bytes."""

# What Linux 6.1 sent for that question, as usbmon recorded it in the virtual machine: cdc_ncm leaves room for 40
# pointers before the first frame, huawei_cdc_ncm chooses the wide form and puts the pointers last.
LINUX_CDC_NCM = bytes.fromhex("4e434d480c000500e4000c00 4e434d3010000000 ba002a00").ljust(0xBA, b"\0") + ARP
LINUX_HUAWEI = (bytes.fromhex("6e636d681000060094010000 3c000000 0000") + ARP).ljust(60, b"\0") + bytes.fromhex(
    "6e636d3020000000 0000000000000000 120000002a000000"
).ljust(404 - 60, b"\0")

frames = st.lists(st.binary(min_size=HEADER, max_size=LARGEST), max_size=10)
both = pytest.mark.parametrize("wide", [False, True], ids=["16 bits", "32 bits"])


def block(*pointers: tuple[int, int], wide: bool = False, **changed: Any) -> bytes:
    """A block with that table behind its header and 64 bytes behind that, and what is wrong with it."""
    known: dict[str, Any] = {
        "head": b"ncmh" if wide else b"NCMH",
        "header": 16 if wide else 12,
        "table": b"ncm0" if wide else b"NCM0",
    }
    said = {**known, "at": known["header"], "next": 0, **changed}
    form, entry = ("<4sHxxI4x", "<II") if wide else ("<4sHH", "<HH")
    length = said.get("table_length", struct.calcsize(form) + len(pointers) * struct.calcsize(entry))
    table = struct.pack(form, said["table"], length, said["next"])
    table += b"".join(struct.pack(entry, *pointer) for pointer in pointers)
    total = said.get("length", known["header"] + len(table) + 64)
    head = struct.pack("<4sHHII" if wide else "<4sHHHH", said["head"], said["header"], 7, total, said["at"])
    return head + table + bytes(64)


def test_what_linux_sends() -> None:
    assert len(LINUX_CDC_NCM) == 0xE4
    assert read_ntb(LINUX_CDC_NCM) == [ARP]
    assert read_ntb(LINUX_HUAWEI, wide=True) == [ARP]


def test_a_narrow_block() -> None:
    first, second = bytes(range(1, 16)), bytes(range(101, 115))
    assert build_ntb([first, second], 0x10203) == (
        bytes.fromhex("4e434d48 0c00 0302 4000 0c00")
        + bytes.fromhex("4e434d30 1400 0000 2200 0f00 3200 0e00 0000 0000 0000")
        + first
        + b"\0"
        + second
    )


def test_a_wide_block() -> None:
    first = bytes(range(1, 16))
    assert build_ntb([first], 0x203, wide=True) == (
        bytes.fromhex("6e636d68 1000 0302 41000000 10000000")
        + bytes.fromhex("6e636d30 2000 0000 00000000 00000000 32000000 0f000000 00000000 00000000 0000")
        + first
    )


@both
@given(given_frames=frames, sequence=st.integers(0, 1 << 20))
def test_what_is_built_is_read(wide: bool, given_frames: list[bytes], sequence: int) -> None:
    raw = build_ntb(given_frames, sequence, wide=wide)
    assert read_ntb(raw, wide=wide) == given_frames
    assert len(raw) <= length_of(len(given_frames), wide=wide)
    assert read_ntb(raw + b"\0", wide=wide) == given_frames


@both
def test_ip_headers_are_aligned(wide: bool) -> None:
    odd = [bytes([number]) * (15 + number) for number in range(1, 9)]
    raw = build_ntb(odd, 0, wide=wide)
    assert {(raw.index(one) + HEADER) % 4 for one in odd} == {0}


def test_a_block_without_a_length_is_the_whole_transfer() -> None:
    assert read_ntb(block((28, 14), (0, 0), length=0)) == [bytes(14)]


def test_several_tables() -> None:
    raw = bytearray(block((60, 14), (0, 0), next=40))
    raw[40:56] = struct.pack("<4sHHHHHH", b"NCM0", 16, 0, 61, 15, 0, 0)
    assert read_ntb(bytes(raw)) == [bytes(14), bytes(15)]


@both
@pytest.mark.parametrize(
    ("pointers", "changed"),
    [
        (((50, 14), (0, 0)), {"head": b"NCMX"}),
        (((50, 14), (0, 0)), {"header": 11}),
        (((50, 14), (0, 0)), {"length": 4}),
        (((50, 14), (0, 0)), {"length": 600}),
        (((50, 14), (0, 0)), {"at": 0}),
        (((50, 14), (0, 0)), {"at": 4}),
        (((50, 14), (0, 0)), {"at": 18}),
        (((50, 14), (0, 0)), {"at": 600}),
        (((50, 14), (0, 0)), {"table": b"NCM1"}),
        (((50, 14), (0, 0)), {"table_length": 4}),
        (((50, 14), (0, 0)), {"table_length": 18}),
        (((50, 14), (0, 0)), {"table_length": 4000}),
        (((50, 14),), {}),
        (((50, 14), (0, 0)), {"next": 16}),
        (((50, 14), (0, 0)), {"next": 600}),
        (((8, 14), (0, 0)), {}),
        (((50, 13), (0, 0)), {}),
        (((50, 200), (0, 0)), {}),
        (((500, 14), (0, 0)), {}),
    ],
)
def test_a_block_that_breaks_the_rules(
    wide: bool, pointers: tuple[tuple[int, int], ...], changed: dict[str, Any]
) -> None:
    assert read_ntb(block((50, 14), (0, 0), wide=wide), wide=wide) == [bytes(14)]
    with pytest.raises(BadReply):
        read_ntb(block(*pointers, wide=wide, **changed), wide=wide)


@pytest.mark.parametrize(("at", "found"), [(40, True), (42, False)])
def test_tables_are_aligned(at: int, found: bool) -> None:
    raw = bytearray(block((60, 14), (0, 0), at=at))
    raw[at : at + 16] = struct.pack("<4sHHHHHH", b"NCM0", 16, 0, 60, 14, 0, 0)
    with contextlib.nullcontext() if found else pytest.raises(BadReply, match="at byte 42"):
        assert read_ntb(bytes(raw)) == [bytes(14)]


@both
def test_a_circle_of_tables(wide: bool) -> None:
    with pytest.raises(BadReply, match="at byte"):
        read_ntb(block((50, 14), (0, 0), wide=wide, next=16 if wide else 12), wide=wide)


def test_a_frame_that_is_too_long() -> None:
    with pytest.raises(BadReply, match="1515 bytes"):
        read_ntb(build_ntb([bytes(LARGEST + 1)], 0))


def test_the_other_form() -> None:
    with pytest.raises(BadReply):
        read_ntb(build_ntb([ARP], 0), wide=True)
    with pytest.raises(BadReply):
        read_ntb(build_ntb([ARP], 0, wide=True))


def test_too_much_for_the_narrow_form() -> None:
    with pytest.raises(UsageError, match="50 frames"):
        build_ntb([bytes(LARGEST)] * 50, 0)


@both
@given(raw=st.binary(max_size=200))
@example(raw=b"")
def test_any_bytes_are_read_or_refused(wide: bool, raw: bytes) -> None:
    for tried in (raw, (b"ncmh\x10\0" if wide else b"NCMH\x0c\0") + raw):
        with contextlib.suppress(BadReply):
            assert all(HEADER <= len(found) <= LARGEST for found in read_ntb(tried, wide=wide))


@both
@given(at=st.integers(0, 60), value=st.integers(0, 255))
def test_a_damaged_block_is_read_or_refused(wide: bool, at: int, value: int) -> None:
    raw = bytearray(block((50, 14), (0, 0), wide=wide))
    raw[at] = value
    with contextlib.suppress(BadReply):
        read_ntb(bytes(raw), wide=wide)


def test_ecm_frames() -> None:
    assert read_ecm(ARP) == [ARP]
    assert read_ecm(b"") == []
    assert read_ecm(bytes(HEADER - 1)) == []
    assert read_ecm(bytes(LARGEST + 1)) == []


# The data interface.


class Wire(Lan):
    """A network that has frames for the host."""

    def __init__(self, *waiting: bytes) -> None:
        super().__init__()
        self.up = True
        self.waiting = list(waiting)

    def receive(self) -> bytes | None:
        return self.waiting.pop(0) if self.waiting else None


def test_ecm_passes_frames() -> None:
    wire = Wire(ARP, ARP[::-1])
    pipe = NetworkPipe("ecm", lambda: wire)
    pipe.out(ARP)
    assert wire.sent == [ARP]
    assert [pipe.into(4096), pipe.into(4096)] == [ARP, ARP[::-1]]
    with pytest.raises(Nak):
        pipe.into(4096)


@pytest.mark.parametrize(("framing", "raw"), [("ecm", ARP), ("ncm", LINUX_CDC_NCM)], ids=["ecm", "ncm"])
def test_nothing_passes_while_the_line_is_down(framing: str, raw: bytes) -> None:
    wire = Wire(ARP)
    wire.up = False
    pipe = NetworkPipe(framing, lambda: wire)
    pipe.out(raw)
    with pytest.raises(Nak):
        pipe.into(4096)
    assert (wire.sent, pipe.malformed) == ([], 0)


def test_ncm_passes_what_waits_in_one_block() -> None:
    wire = Wire(*[ARP] * 5)
    pipe = NetworkPipe("ncm", lambda: wire)
    pipe.out(LINUX_CDC_NCM)
    assert wire.sent == [ARP]
    first = pipe.into(NTB_SIZE)
    assert read_ntb(first) == [ARP] * 5
    wire.waiting = [ARP]
    assert [struct.unpack_from("<H", raw, 6)[0] for raw in (first, pipe.into(NTB_SIZE))] == [1, 2]


@both
def test_a_block_is_no_longer_than_the_host_can_take(wide: bool) -> None:
    wire = Wire(*[bytes(LARGEST)] * 30)
    pipe = NetworkPipe("ncm", lambda: wire)
    pipe.tell(0x84, int(wide), b"")
    lengths = [len(pipe.into(NTB_SIZE)), len(pipe.into(4096))]
    pipe.tell(0x86, 0, struct.pack("<I", 8192))
    lengths.append(len(pipe.into(NTB_SIZE)))
    assert all(length <= room for length, room in zip(lengths, (NTB_SIZE, 4096, 8192), strict=True))
    assert 30 - len(wire.waiting) == 10 + 2 + 5


def test_a_block_that_breaks_the_rules_is_dropped() -> None:
    wire = Wire()
    pipe = NetworkPipe("ncm", lambda: wire)
    pipe.out(LINUX_HUAWEI)
    pipe.out(b"")
    assert (wire.sent, pipe.malformed) == ([], 2)
    pipe.tell(0x84, 1, b"")
    pipe.out(LINUX_HUAWEI)
    assert (wire.sent, pipe.malformed) == ([ARP], 2)


def test_a_network_that_nobody_is_on_keeps_the_last_frames() -> None:
    lan = Lan()
    for number in range(MOST_FRAMES + 10):
        lan.send(bytes([number]))
    assert lan.sent == [bytes([number]) for number in range(10, MOST_FRAMES + 10)]
    assert (lan.receive(), lan.filenos()) == (None, [])


# The stick's class requests, and what it does with its network.


def test_the_format_is_the_hosts_choice() -> None:
    stick = parse("e3372h-153,wakes=linux")
    number = next(n for n, function in enumerate(stick.composition.functions) if function.network)
    parameters = stick.control(0xA1, 0x80, 0, number, b"", 28)
    assert struct.unpack("<HHIHHHHIHHHH", parameters) == (28, 3, NTB_SIZE, 4, 0, 4, 0, NTB_SIZE, 4, 0, 4, 0)
    for value in (0, 1, 0):
        stick.control(0x21, 0x84, value, number, b"", 0)
        assert stick.control(0xA1, 0x83, 0, number, b"", 2) == bytes([value, 0])
    stick.control(0x21, 0x86, 0, number, struct.pack("<I", 100), 4)
    assert stick.control(0xA1, 0x85, 0, number, b"", 4) == struct.pack("<I", 2048)
    assert stick.control(0xA1, 0x87, 0, number, b"", 2) == struct.pack("<H", LARGEST)


def test_ecm_has_no_ncm_requests() -> None:
    stick = parse("e3372h,wakes=ecm")
    with pytest.raises(Stall):
        stick.control(0xA1, 0x80, 0, 0, b"", 28)


def test_a_network_can_be_put_behind_a_stick_that_is_there() -> None:
    stick, wire = parse("e3372h,sunny,wakes=ecm"), Wire(ARP)
    wire.up = False
    stick.connect(wire)
    assert (wire.side, wire.up) == ("hilink", True)
    (data,) = (function for function in stick.composition.functions if function.network)
    (into, _), (out, _) = data.settings[0].endpoints
    stick.out(out, ARP)
    assert wire.sent == [ARP]
    assert stick.into(into, 4096) == ARP


def test_the_web_servers_commands_come_to_the_stick() -> None:
    stick, wire = parse("e3372h,wakes=ecm,sunny,resets=0,restarts=0"), Wire()
    stick.connect(wire)
    wire.obey("reboot")
    while stick.looks != "storage":
        stick.clock.wait(0.01)
        stick.advance()
    assert (wire.side, wire.up) == ("", False)
