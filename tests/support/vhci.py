"""A small peer in the place of the kernel's ``vhci_hcd``, for the USB/IP face of a stick."""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple, Self

from modeswitch.sim.usbip import CMD_SUBMIT, CMD_UNLINK, COMMAND, RETURN


class Return(NamedTuple):
    """What came of a URB or of its unlinking."""

    command: int
    seqnum: int
    status: int
    length: int
    data: bytes


class Vhci:
    """One port of the root hub: what is attached to it, and URBs to that.

    ``clearing`` is how often the port is still busy with what was in it before.
    """

    def __init__(self, clearing: int = 0, refusal: int = errno.EBUSY) -> None:
        self.attached: list[tuple[int, int, int]] = []
        self.path = ""
        self.sock = socket.socket()
        self._clearing, self._refusal = clearing, refusal

    @contextmanager
    def open(self, path: str, mode: str, encoding: str) -> Iterator[Self]:
        """The file ``attach``, in the place of :func:`open`."""
        self.path = path
        yield self

    def write(self, line: str) -> None:
        """As the kernel does, it takes hold of the socket before the writer goes on."""
        port, descriptor, devid, speed = (int(word) for word in line.split())
        if self._clearing > 0:
            self._clearing -= 1
            raise OSError(self._refusal, os.strerror(self._refusal))
        self.hold(socket.socket(fileno=os.dup(descriptor)))
        self.attached.append((port, devid, speed))

    def hold(self, sock: socket.socket) -> None:
        """Have that socket in the place of the one before."""
        self.sock.close()
        self.sock = sock
        self.sock.settimeout(5)

    def submit(self, seqnum: int, endpoint: int, data: bytes = b"", *, room: int = 0, setup: bytes = bytes(8)) -> None:
        """A URB; one with ``room`` for an answer is inward."""
        length = room or len(data)
        head = {"devid": 0, "direction": bool(room), "endpoint": endpoint & 0x7F, "length": length, "setup": setup}
        self._send(data, command=CMD_SUBMIT, seqnum=seqnum, flags=0, **head)

    def unlink(self, seqnum: int, unlinked: int) -> None:
        """Take a URB back."""
        head = {"devid": 0, "direction": 0, "endpoint": 0, "length": 0, "setup": bytes(8)}
        self._send(b"", command=CMD_UNLINK, seqnum=seqnum, flags=unlinked, **head)

    def _send(self, data: bytes, **head: object) -> None:
        self.sock.sendall(COMMAND.build({**head, "start_frame": 0, "packets": 0, "interval": 0}) + data)

    def next(self, *, inward: bool = False) -> Return:
        """The next answer; one to an inward URB has its data behind it."""
        head = RETURN.parse(self._receive(RETURN.sizeof()))
        data = self._receive(head.length) if inward else b""
        return Return(head.command, head.seqnum, head.status, head.length, data)

    def silent(self) -> bool:
        """Has nothing come?"""
        self.sock.setblocking(False)
        try:
            return not self.sock.recv(1)
        except BlockingIOError:
            return True
        finally:
            self.sock.settimeout(5)

    def _receive(self, count: int) -> bytes:
        parts = bytearray()
        while len(parts) < count:
            part = self.sock.recv(count - len(parts))
            assert part, "the stick has closed the socket"
            parts += part
        return bytes(parts)


def setup(request_type: int, request: int, value: int, index: int, length: int) -> bytes:
    """A setup packet (USB 2.0 §9.3)."""
    return struct.pack("<BBHHH", request_type, request, value, index, length)
