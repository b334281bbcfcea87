"""What a kernel or QEMU says to a simulated stick, and the words that make one."""

from __future__ import annotations

import re
import socket
import struct
import threading
from contextlib import suppress
from pathlib import Path

from modeswitch.sim import frames, usbip
from modeswitch.sim.clock import VirtualClock
from modeswitch.sim.spec import parse
from modeswitch.sim.usbredir_packets import BY_GUEST, BY_HOST, OURS, Codec, Type, words
from tests.fuzz.parser import Outcome, Parser, text, told
from tests.support.redirected import GET_DESCRIPTOR, QEMU, REWIND, bulk

_MOST_PACKETS = 200
_NO_FILE = re.compile("nvram", re.IGNORECASE)


def _usbredir(raw: bytes, folder: Path) -> Outcome:
    """All packets of a stream, up to one that breaks the rules."""
    codec = Codec(BY_GUEST, OURS)
    codec.feed(raw)

    def read() -> object:
        for _ in range(_MOST_PACKETS):
            if codec.next() is None:
                break
        return codec.shared

    return told(read)


def _usbip(raw: bytes, folder: Path) -> Outcome:
    """All URBs of a stream, put to a stick, up to its end."""
    ours, theirs = socket.socketpair()
    theirs.sendall(raw[:60_000])
    theirs.shutdown(socket.SHUT_WR)
    reader = threading.Thread(target=_drain, args=(theirs,))
    reader.start()
    with ours:
        stick = parse("e3372h,sunny", VirtualClock())
        with suppress(usbip.Gone):
            usbip.Connection(stick, ours).serve(lambda: False)
    reader.join()
    return Outcome(0, "")


def _drain(socket_: socket.socket) -> None:
    """Read until its end: an answer may be longer than what the kernel keeps of it."""
    with socket_, suppress(ConnectionResetError):
        while socket_.recv(1 << 16):
            pass


def _frames(raw: bytes, folder: Path) -> Outcome:
    return told(lambda: frames.read_ntb(raw), lambda: frames.read_ntb(raw, wide=True), lambda: frames.read_ecm(raw))


def _spec(raw: bytes, folder: Path) -> Outcome:
    """No file is named: that is what ``nvram`` does."""
    return told(lambda: str(parse(_NO_FILE.sub("x", text(raw[:2000])), VirtualClock()).port))


def _nvram(raw: bytes, folder: Path) -> Outcome:
    (folder / "nvram").write_bytes(raw)
    return told(lambda: str(parse(f"e3372h-153,wakes=linux,nvram={folder / 'nvram'}", VirtualClock()).port))


def _streams() -> tuple[bytes, ...]:
    """QEMU's hello, and requests behind it."""
    guest = Codec(BY_HOST, QEMU)
    hello = guest.build(Type.HELLO, version=b"qemu".ljust(64, b"\0"), words=words(QEMU))
    guest.shared = QEMU & OURS
    asked = (
        guest.build(Type.CONTROL_PACKET, 3, **GET_DESCRIPTOR, value=0x0100, length=18),
        guest.build(Type.BULK_PACKET, 2, REWIND, **bulk(0x01, 31)),
        guest.build(Type.BULK_PACKET, 1, **bulk(0x81, 13)),
        guest.build(Type.FILTER_FILTER, 0, b"-1,-1,-1,-1,1\0"),
    )
    return (hello, *(hello + one for one in asked), hello + b"".join(asked))


def _urb(endpoint: int, direction: int, length: int, setup: bytes = bytes(8), data: bytes = b"") -> bytes:
    return struct.pack(">IIIIIIiiii", 1, 7, 0, direction, endpoint, 0, length, 0, 0, 0) + setup + data


SIMULATORS: dict[str, Parser] = {
    "usbredir": Parser(_usbredir, _streams(), 2300),
    "usbip": Parser(
        _usbip,
        (
            _urb(0, 1, 18, bytes.fromhex("8006000100001200")) + _urb(0, 0, 0, bytes.fromhex("0009010000000000")),
            _urb(1, 0, 31, data=bytes.fromhex("55534243123456780000000000000611062000000101000100000000000000"))
            + _urb(1, 1, 13),
        ),
        2000,
    ),
    "frames": Parser(
        _frames, (frames.build_ntb([b"\xff" * 64], 1), frames.build_ntb([bytes(60)] * 3, 2, wide=True)), 2300
    ),
    "simulated NVRAM": Parser(
        _nvram, (b'{"ports": "FF;12,16", "u2diag": null, "path": "x"}', b'{"ports": "", "u2diag": 255}'), 2000
    ),
    "simulated stick": Parser(
        _spec,
        (
            b"e3372h@1-1.4,csw=late,back=never,away=2",
            b"e3372h-153,wakes=linux,ports=FF;12+16,u2diag=255,sunny",
            b"e3372h,id=12d1:9999",
        ),
        2000,
    ),
}
"""Name → parser; another one is one line here."""
