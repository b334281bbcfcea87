"""The hub that simulated sticks are plugged into: its descriptors, and the power of its ports.

Ref: USB 2.0 §11.23 (descriptors), §11.24.2 (requests).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from ..usb.descriptors import Port
from .faults import Faults
from .stick import Stick
from .storage import Stall

CHARACTERISTICS = {"ganged": 0x00, "none": 0x02}
BY_PORT = 0x01
"""The ``hub`` fault of a stick → wHubCharacteristics: power switched together, or not at all; else by the port."""
POWERED = 0x0100
"""In wPortStatus."""
PORTS = 8


class Hub:
    """A hub above some sticks; to the backend it is a device like them.  ``port`` is where it is plugged in itself."""

    def __init__(self, sticks: Sequence[Stick], port: Port) -> None:
        self._plugged = sticks
        self.port = port
        self.address = 1
        self.present = True
        self.enumerations = 1
        self.configured = 1
        self.speed = "high"

    @property
    def faults(self) -> Faults:
        """What is wrong with it: what its sticks' ``hub`` faults say."""
        kind = next((stick.faults.hub for stick in self._plugged if stick.faults.hub), "")
        return Faults(denied=kind == "denied", hub=kind)

    def advance(self) -> None:
        """Nothing happens by itself."""

    def descriptors(self) -> bytes:
        """Device and configuration descriptor of a USB 2.0 hub."""
        device = struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x0200, 9, 0, 1, 64, 0x1D6B, 0x0002, 0x0601, 0, 0, 0, 1)
        body = bytes.fromhex("090400000109000000") + bytes.fromhex("0705810304000c")
        return device + struct.pack("<BBHBBBBB", 9, 2, 9 + len(body), 1, 1, 0, 0xE0, 0) + body

    def control(self, request_type: int, request: int, value: int, index: int, data: bytes, length: int) -> bytes:
        """The hub descriptor, a port's status, its power on and off; :class:`Stall` for the rest."""
        if (request_type, request, value) == (0xA0, 0x06, 0x2900):
            characteristics = CHARACTERISTICS.get(self.faults.hub, BY_PORT)
            return struct.pack("<BBBHBBBB", 9, 0x29, PORTS, characteristics, 50, 0, 0, 0xFF)[:length]
        if (request_type, request, value) == (0xA3, 0x00, 0):
            there = any(stick.port.ports[-1] == index for stick in self._plugged if stick.present and not stick.broken)
            return struct.pack("<HH", POWERED | there, 0)[:length]
        if request_type == 0x23 and value == 8 and request in (0x01, 0x03):
            for stick in self._plugged:
                if stick.port.ports[-1] == index and self.faults.hub != "lies":
                    stick.power(request == 0x03)
            return b""
        raise Stall

    def into(self, endpoint: int, most: int) -> bytes:
        """A hub has no bulk endpoints."""
        raise Stall

    def out(self, endpoint: int, data: bytes) -> None:
        """A hub has no bulk endpoints."""
        raise Stall

    def next_due(self) -> float | None:
        """Nothing happens by itself."""
        return None

    def clear_halt(self, endpoint: int) -> None:
        """Nothing of it ever halts."""

    def reset(self) -> None:
        """Nothing changes."""
