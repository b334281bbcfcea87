"""The simulated stick in front of a real kernel: USB/IP over a socketpair whose other end ``vhci_hcd`` holds.

No network: the kernel checks only that the file it is handed is a stream socket.  When the stick leaves its port the
socket is closed, when it comes back a new one is attached.

Ref: Linux Documentation/usb/usbip_protocol.rst; drivers/usb/usbip/vhci_sysfs.c (attach), vhci_rx.c (RET_UNLINK's
status is given to the URB, so an unlinked URB must say -ECONNRESET).
"""

from __future__ import annotations

import errno
import select
import socket
from collections.abc import Callable
from typing import NamedTuple

from construct import Bytes, Int32sb, Int32ub, Padding, Struct

from ..usb.scsi import SETUP
from .stick import Stick
from .storage import Broken, Nak, Stall

VHCI = "/sys/devices/platform/vhci_hcd.0"
SPEEDS = {"full": 2, "high": 3, "super": 5}
"""As the kernel numbers them (enum usb_device_speed); at super speed it is on the other bus of the pair."""
CMD_SUBMIT, CMD_UNLINK, RET_SUBMIT, RET_UNLINK = 1, 2, 3, 4
LARGEST = 16 * 1024 * 1024
"""No URB is larger, in bytes."""

_HEADER = (
    "command" / Int32ub,
    "seqnum" / Int32ub,
    "devid" / Int32ub,
    "direction" / Int32ub,
    "endpoint" / Int32ub,
)
COMMAND = Struct(
    *_HEADER,
    "flags" / Int32ub,
    "length" / Int32sb,
    "start_frame" / Int32sb,
    "packets" / Int32sb,
    "interval" / Int32sb,
    "setup" / Bytes(8),
)
"""CMD_SUBMIT and CMD_UNLINK, 48 bytes; for UNLINK ``flags`` is the sequence number to unlink."""

RETURN = Struct(
    *_HEADER,
    "status" / Int32sb,
    "length" / Int32sb,
    "start_frame" / Int32sb,
    "packets" / Int32sb,
    "errors" / Int32sb,
    Padding(8),
)
"""RET_SUBMIT and RET_UNLINK, 48 bytes."""


class Urb(NamedTuple):
    """A request of the kernel: endpoint address, setup packet (endpoint 0), data out, room for data in (bytes)."""

    seqnum: int
    endpoint: int
    setup: bytes
    data: bytes
    room: int


class Gone(Exception):
    """The other end has closed the socket."""


class Connection:
    """One enumeration of the stick: the socket, and the URBs that wait for data."""

    def __init__(self, stick: Stick, sock: socket.socket) -> None:
        self._stick = stick
        self._socket = sock
        self._waiting: dict[int, Urb] = {}

    def serve(self, until: Callable[[], bool]) -> None:
        """Answer URBs until the stick leaves or ``until`` says so; raises :class:`Gone` when the kernel let go."""
        while self._stick.present and not until():
            due = self._stick.next_due()
            pause = 0.5 if due is None else max(0.0, min(0.5, due - self._stick.clock.now()))
            ready, _, _ = select.select([self._socket.fileno(), *self._stick.lan.filenos()], [], [], pause)
            if self._socket.fileno() in ready:
                self._take()
            self._stick.lan.attend(ready)
            self._stick.advance()
            if self._stick.present:
                self._retry()

    def _retry(self) -> None:
        """Try the URBs that wait; behind one that still waits, those of the same endpoint keep their order."""
        silent: set[int] = set()
        for urb in list(self._waiting.values()):
            if urb.endpoint not in silent and not self._try(urb):
                silent.add(urb.endpoint)

    def _take(self) -> None:
        command = COMMAND.parse(self._receive(COMMAND.sizeof()))
        if command.command == CMD_UNLINK:
            unlinked = self._waiting.pop(command.flags, None)
            self._reply(RET_UNLINK, command.seqnum, -errno.ECONNRESET if unlinked else 0)
            return
        if not 0 <= command.length <= LARGEST:
            raise Gone(f"an URB of {command.length} bytes")
        incoming = bool(command.direction)
        data = b"" if incoming else self._receive(command.length)
        address = command.endpoint | (0x80 if incoming and command.endpoint else 0)
        self._try(Urb(command.seqnum, address, command.setup, data, command.length if incoming else 0))

    def _try(self, urb: Urb) -> bool:
        """Put a URB to the stick; one that it has nothing for waits.  Returns whether it was answered."""
        try:
            answer = self._perform(urb)
        except Nak:
            self._waiting[urb.seqnum] = urb
            return False
        except Broken:
            self._waiting.pop(urb.seqnum, None)
            self._reply(RET_SUBMIT, urb.seqnum, -errno.EPROTO)
            return True
        except Stall:
            self._waiting.pop(urb.seqnum, None)
            self._reply(RET_SUBMIT, urb.seqnum, -errno.EPIPE)
            return True
        self._waiting.pop(urb.seqnum, None)
        self._reply(RET_SUBMIT, urb.seqnum, 0, answer, len(answer) if urb.room else len(urb.data))
        return True

    def _perform(self, urb: Urb) -> bytes:
        if urb.endpoint == 0:
            said = SETUP.parse(urb.setup)
            head = (said.request_type, said.request, said.value, said.index)
            return self._stick.control(*head, urb.data, said.length)[: urb.room]
        if urb.endpoint & 0x80:
            return self._stick.into(urb.endpoint, urb.room)
        self._stick.out(urb.endpoint, urb.data)
        return b""

    def _reply(self, command: int, seqnum: int, status: int, data: bytes = b"", moved: int = 0) -> None:
        head = {"command": command, "seqnum": seqnum, "devid": 0, "direction": 0, "endpoint": 0}
        rest = {"status": status, "length": moved, "start_frame": 0, "packets": 0, "errors": 0}
        try:
            self._socket.sendall(RETURN.build({**head, **rest}) + data)
        except OSError as error:
            raise Gone(str(error)) from error

    def _receive(self, count: int) -> bytes:
        """Exactly that many bytes."""
        parts = bytearray()
        while len(parts) < count:
            try:
                part = self._socket.recv(count - len(parts))
            except OSError as error:
                raise Gone(str(error)) from error
            if not part:
                raise Gone("closed")
            parts += part
        return bytes(parts)


def attach(stick: Stick, vhci_port: int, vhci: str = VHCI) -> socket.socket:
    """Hand the kernel one end of a socketpair, as the device in that port of ``vhci_hcd``; returns the other end.

    Raises OSError where there is no such port, or something is in it.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        devid = 1 << 16 | stick.address & 0xFFFF
        with open(f"{vhci}/attach", "w", encoding="ascii") as file:
            file.write(f"{vhci_port} {theirs.fileno()} {devid} {SPEEDS[stick.speed]}")
    return ours


def run(stick: Stick, vhci_port: int, until: Callable[[], bool], told: Callable[[str], None]) -> None:
    """Keep the stick on the kernel's bus, through every leaving and coming back, until ``until`` says so."""
    while not until():
        stick.advance()
        if not stick.present:
            due = stick.next_due()
            stick.clock.wait(0.1 if due is None else max(0.0, min(0.1, due - stick.clock.now())))
            continue
        sock = _attach_when_free(stick, vhci_port, until)
        told(f"attached {stick.composition.vendor:04x}:{stick.composition.product:04x} {stick.looks}")
        try:
            with sock:
                Connection(stick, sock).serve(until)
        except Gone:
            if stick.present:
                told("let go by the kernel")
                return
        told("left")


def _attach_when_free(stick: Stick, vhci_port: int, until: Callable[[], bool]) -> socket.socket:
    """Attach; a port that the kernel is still clearing is tried again, for at most ten seconds."""
    end = stick.clock.now() + 10.0
    while True:
        try:
            return attach(stick, vhci_port)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EBUSY) or stick.clock.now() >= end or until():
                raise
            stick.clock.wait(0.01)
