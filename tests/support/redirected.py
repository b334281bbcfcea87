"""A small peer in the place of QEMU, for the usbredir face of a stick: what it says, and a stick in its port."""

from __future__ import annotations

import socket
import struct
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from modeswitch.sim.clock import VirtualClock
from modeswitch.sim.spec import parse
from modeswitch.sim.stick import Stick
from modeswitch.sim.usbredir import Redirection
from modeswitch.sim.usbredir_packets import BY_HOST, Capability, Codec, Packet, Type, words
from modeswitch.sim.usbredir_stream import Stream
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
