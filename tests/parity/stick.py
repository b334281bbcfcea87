"""The stick that both programs are shown: permissive, since what matters is what a host sends, and recording all of it.

It does every command, with as many zeros as the CBW asks for, takes every control request, and becomes something else
when the last transfer of a stage has come.

Ref: USB MSC BOT 1.0 §6.7; USB 2.0 §9.4.
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from modeswitch.sim.composition import BULK
from modeswitch.sim.storage import Nak, Stall

from .look import Look, Stage

AWAY, UNREAD = 0.03, 1.0
"""How long it is gone, and how long it waits for its last CSW to be read (seconds)."""
TAG = slice(4, 8)
"""Where a CBW has its tag: each host chooses its own."""


class Gone(Exception):
    """The device has left."""


class Babble(Exception):
    """A packet longer than the host asked for: EOVERFLOW."""


@dataclass
class Faults:
    """What goes wrong: ``stalled`` is the opcode whose CSW is stalled, once; ``stays`` is a stick that never leaves."""

    stalled: int | None = None
    stays: bool = False


def untagged(transfer: str) -> str:
    """A record with the tag of its CBW blotted out."""
    head, _, data = transfer.rpartition(" ")
    if not data.startswith("55534243") or len(data) != 62:
        return transfer
    return f"{head} {data[:8]}........{data[16:]}"


class Stick:
    """One stick at one port: what it is asked, what it answers, and everything that changed it, in ``wire``.

    All but the constructor is called with ``changed`` held; ``moved`` is called when it has left, come or been
    reconfigured.  ``data`` is whether it has bytes for a data phase, or sends its CSW there (BOT 1.0 §6.7.2).
    """

    def __init__(
        self,
        name: str,
        look: Look,
        stages: list[Stage],
        faults: Faults | None = None,
        *,
        address: int = 5,
        data: bool = True,
    ) -> None:
        self.name, self.look, self.stages, self.data = name, look, list(stages), data
        self.faults = faults or Faults()
        self.address, self.enumeration, self.present = address, 1, True
        self.changed = threading.Condition(threading.RLock())
        self.moved: Callable[[str], None] = _nobody
        self.wire: list[str] = []
        self.answers: list[bytes] = []
        self.halted: set[int] = set()
        self.claims: set[int] = set()
        self._leaving: Callable[[], None] | None = None
        self._timers: list[threading.Timer] = []
        self._bind()

    @property
    def bus(self) -> int:
        """The number of its bus."""
        return int(self.name.partition("-")[0])

    def _bind(self) -> None:
        """The kernel binds usb-storage and nothing else here."""
        numbered = enumerate(self.look.functions)
        self.drivers = {number: "usb-storage" for number, one in numbered if one.settings[0].triple[0] == 8}

    # Claims and drivers.

    def claim(self, number: int) -> bool:
        """Take an interface; False where another or a driver has it."""
        if number in self.drivers or number in self.claims or number >= len(self.look.functions):
            return False
        self.claims.add(number)
        return True

    def release(self, number: int) -> None:
        """Let an interface go."""
        self.claims.discard(number)

    def detach(self, number: int) -> bool:
        """Take the driver off; False where there was none."""
        return self.drivers.pop(number, None) is not None

    def attach(self, number: int) -> None:
        """Bind the driver again."""
        if number < len(self.look.functions) and self.look.functions[number].settings[0].triple[0] == 8:
            self.drivers[number] = "usb-storage"

    def held(self) -> bool:
        """Does anything hold an interface?  Then Linux refuses another configuration (devio.c, proc_setconfig)."""
        return bool(self.drivers or self.claims)

    # What changes it, each put into the record.

    def set_configuration(self, value: int) -> bool:
        """SET_CONFIGURATION; False for one that it does not have."""
        if value > len(self.look.configurations):
            return False
        self._record(f"set configuration {value}")
        if not self._due(f"set configuration {value}"):
            self.look = replace(self.look, active=value)
            self._bind()
            self.moved("change")
        return True

    def set_interface(self, number: int, alternate: int) -> None:
        """SET_INTERFACE."""
        self._record(f"set interface {number} {alternate}")
        self._due(self.wire[-1])

    def reset(self) -> None:
        """A reset of its port."""
        self._record("reset")
        self._due("reset")

    def clear_halt(self, endpoint: int) -> None:
        """CLEAR_FEATURE(ENDPOINT_HALT): recovery, not a change, so not in the record."""
        self.halted.discard(endpoint)

    def submitted(self, kind: str, endpoint: int, raw: bytes) -> None:
        """A transfer was handed to the controller: all but reading goes into the record.

        An interrupt endpoint is one because its descriptor says so, so both kinds of transfer are ``out``.
        """
        if kind == "control":
            setup = struct.unpack("<BBHHH", raw[:8])
            if setup[0] & 0x60 or not setup[0] & 0x80:
                self._record("control {:02x} {:02x} {:04x} {:04x} ".format(*setup) + _data(raw[8:], setup[0]))
        elif not endpoint & 0x80:
            self._record(f"out {endpoint:02x} {raw.hex()}")

    def _record(self, transfer: str) -> None:
        self.wire.append(transfer)

    # What it answers.

    def control(self, setup: tuple[int, ...]) -> bytes:
        """Every request is granted; what comes in is zeros, and GET_DESCRIPTOR's answer is its descriptors."""
        request_type, request, value, _, length = setup
        self._here()
        if request_type == 0x80 and request == 6:
            return self._descriptor(value)[:length]
        if request_type & 0x60 or not request_type & 0x80:
            self._due(self.wire[-1])
        return bytes(length) if request_type & 0x80 else b""

    def _descriptor(self, value: int) -> bytes:
        kind, index = value >> 8, value & 0xFF
        found = {1: self.look.descriptors()[:18], 3: self.look.first.string(index)}.get(kind)
        if not found:
            raise Stall
        return found

    def out(self, endpoint: int, data: bytes) -> None:
        """Bytes on an OUT endpoint; a CBW is answered."""
        self._here()
        if len(data) == 31 and data.startswith(b"USBC"):
            length = int.from_bytes(data[8:12], "little")
            if self.data and length and data[12] & 0x80:
                self.answers.append(bytes(length))
            self.answers.append(b"USBS" + data[TAG] + bytes(5))
            if data[15] == self.faults.stalled:
                self.faults.stalled = None
                self.halted.add(self._into())
        self._due(self.wire[-1])

    def into(self, endpoint: int, most: int) -> bytes:
        """Bytes from an IN endpoint; :class:`Nak` while there are none."""
        self._here()
        if endpoint in self.halted:
            raise Stall
        if self._is_interrupt(endpoint):
            return bytes(min(most, 8))
        if not self.answers:
            raise Nak
        answer = self.answers.pop(0)
        if len(answer) > most:
            raise Babble
        if self._leaving is not None and not self.answers:
            self._leaving()
        return answer

    def _is_interrupt(self, endpoint: int) -> bool:
        every = (pair for one in self.look.functions for setting in one.settings for pair in setting.endpoints)
        return any(address == endpoint and kind != BULK for address, kind in every)

    def _into(self) -> int:
        endpoints = self.look.functions[0].settings[0].endpoints
        return next(address for address, _ in endpoints if address & 0x80)

    def _here(self) -> None:
        if not self.present:
            raise Gone

    # How it comes and goes.

    def _due(self, transfer: str) -> bool:
        """Was this the last transfer of the stage?  Then become what comes next."""
        if self.faults.stays or not self.stages or untagged(transfer) != untagged(self.stages[0].last):
            return False
        then = self.stages.pop(0).then
        if then is None:  # it stays the device it is
            return False
        number = self.enumeration

        def leave() -> None:
            with self.changed:
                if self.enumeration == number and self.present:
                    self._leave(then)

        self._leaving = leave
        if self.answers:
            self._after(UNREAD, leave)
        else:
            leave()
        return True

    def _leave(self, then: Look) -> None:
        self.present, self._leaving = False, None
        self.changed.notify_all()
        self.moved("remove")
        self._after(AWAY, lambda: self._arrive(then))

    def _arrive(self, look: Look) -> None:
        with self.changed:
            self.look, self.address = look, self.address + 1
            self.enumeration += 1
            self.present = True
            self.answers.clear()
            self.halted.clear()
            self.claims.clear()
            self._bind()
            self.moved("add")
            self.changed.notify_all()

    def _after(self, seconds: float, action: Callable[[], None]) -> None:
        timer = threading.Timer(seconds, action)
        timer.daemon = True
        self._timers.append(timer)
        timer.start()

    def close(self) -> None:
        """Nothing more happens by itself."""
        for timer in self._timers:
            timer.cancel()


def _nobody(_action: str) -> None:
    """Nobody is told."""


def _data(data: bytes, request_type: int) -> str:
    """What goes out, or how much may come in."""
    return f"in {len(data)}" if request_type & 0x80 else data.hex()
