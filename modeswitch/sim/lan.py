"""The network behind the simulated stick's network function: frames of the host in, frames for the host out.

Without a network in the stick's place (:class:`Lan` itself) frames of the host end here; ``tap.py`` has one that a real
DHCP server and web server sit on.

Ref: CDC NCM 1.0 §6.2 (requests), §6.2.1 (GET_NTB_PARAMETERS).
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from ..errors import BadReply
from .frames import ALIGNMENT, LARGEST, build_ntb, length_of, read_ecm, read_ntb
from .storage import Nak, Stall

MOST_FRAMES = 64
"""Frames kept for a host that does not read."""
NTB_SIZE = 16384
"""The longest block both ways, in bytes."""
SMALLEST_NTB = 2048
"""The least that a host may ask for (NCM 1.0 §6.2.7), in bytes."""

GET_PARAMETERS, GET_FORMAT, SET_FORMAT, GET_INPUT_SIZE, SET_INPUT_SIZE = 0x80, 0x83, 0x84, 0x85, 0x86
GET_MAX_DATAGRAM, GET_CRC = 0x87, 0x89
BOTH_FORMATS = 3


class Lan:
    """A network that nobody is on.

    ``up`` says whether frames pass, ``side`` which network it is: ``hilink`` (the stick is a router, 192.168.8.1) or
    ``ncm`` (what the operator's network gives).  ``page`` says whether its web server has started, ``obey`` is called
    with what that was told.
    """

    def __init__(self) -> None:
        self.up = False
        self.side = ""
        self.page = False
        self.sent: list[bytes] = []
        self.obey: Callable[[str], None] = lambda _name: None

    def join(self, side: str) -> None:
        """Be that network from now on."""
        self.side = side

    def serve(self) -> None:
        """Start the web server, where this network has one."""
        self.page = True

    def leave(self) -> None:
        """Be none."""
        self.side, self.up, self.page = "", False, False

    def send(self, frame: bytes) -> None:
        """An Ethernet frame of the host."""
        self.sent = [*self.sent[1 - MOST_FRAMES :], frame]

    def receive(self) -> bytes | None:
        """An Ethernet frame for the host, or None."""
        return None

    def filenos(self) -> list[int]:
        """File descriptors to wait on for reading: then :meth:`attend` has something to do."""
        return []

    def attend(self, ready: list[int]) -> None:
        """Take what has come from the network's side to those of :meth:`filenos`; it waits for nothing."""


class NetworkPipe:
    """The data interface of a network function: frames in the ``framing`` ``ecm`` or ``ncm``, to and from ``lan()``.

    ``wide`` is the format the host has chosen (32 bits), ``input_size`` the longest block it takes.  A block that
    breaks the rules is dropped and counted in ``malformed``, as firmware does.
    """

    def __init__(self, framing: str, lan: Callable[[], Lan]) -> None:
        self.framing = framing
        self._lan = lan
        self.wide = False
        self.input_size = NTB_SIZE
        self.malformed = 0
        self._sequence = 0

    def out(self, data: bytes) -> None:
        """A transfer of the host."""
        lan = self._lan()
        if not lan.up:
            return
        try:
            frames = read_ecm(data) if self.framing == "ecm" else read_ntb(data, wide=self.wide)
        except BadReply:
            self.malformed += 1
            return
        for frame in frames:
            lan.send(frame)

    def into(self, most: int) -> bytes:
        """A transfer for the host; raises :class:`Nak` while there is nothing.

        Its length tells its end: where that is a multiple of wMaxPacketSize a zero-length packet follows on a real
        wire, which neither pyusb's interface nor USB/IP shows.
        """
        lan = self._lan()
        frame = lan.receive() if lan.up else None
        if frame is None:
            raise Nak
        if self.framing == "ecm":
            return frame[:most]
        frames = [frame]
        room = min(most, self.input_size)
        while length_of(len(frames) + 1, wide=self.wide) <= room and (frame := lan.receive()) is not None:
            frames.append(frame)
        self._sequence += 1
        return build_ntb(frames, self._sequence, wide=self.wide)[:most]

    def ask(self, request: int) -> bytes:
        """A class request of NCM that is answered; raises :class:`Stall` for others."""
        way = (NTB_SIZE, ALIGNMENT, 0, ALIGNMENT)
        answers = {
            GET_PARAMETERS: struct.pack("<HHIHHHHIHHHH", 28, BOTH_FORMATS, *way, 0, *way, 0),
            GET_FORMAT: struct.pack("<H", self.wide),
            GET_INPUT_SIZE: struct.pack("<I", self.input_size),
            GET_MAX_DATAGRAM: struct.pack("<H", LARGEST),
            GET_CRC: struct.pack("<H", 0),
        }
        if self.framing != "ncm" or request not in answers:
            raise Stall
        return answers[request]

    def tell(self, request: int, value: int, data: bytes) -> None:
        """A class request of NCM that sets something; others are taken and forgotten."""
        if request == SET_FORMAT:
            self.wide = value == 1
        elif request == SET_INPUT_SIZE and len(data) >= 4:
            self.input_size = max(SMALLEST_NTB, min(NTB_SIZE, int.from_bytes(data[:4], "little")))
