"""The model of a stick: what it answers to each transfer, and what makes it leave.

It knows no host: ``backend.py``, ``usbip.py`` and ``usbredir.py`` put transfers to it.

Ref: hw_pnp.c and f_mass_storage.c of the E3372h kernel source; times from captures 06 to 11.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..usb.descriptors import Port
from .clock import Clock, RealClock
from .composition import BOS
from .damage import damage_csw, damage_descriptors, hostile_string
from .faults import Faults
from .functions import Functions
from .lan import Lan
from .model import DEAF, Model
from .modem import Modem, Nvram
from .pagelogin import PageLogin
from .presence import UNREAD, Presence
from .storage import Medium, Nak, Stall, Storage
from .weather import RAINY, Weather

IDLE = 5.0
"""No SCSI command for so long after GET_MAX_LUN: the stick drops off, and returns (E3372h source)."""


class Stick(Presence):
    """One stick in one port.

    ``wakes`` may name another composition to begin with, ``nvram`` what it has stored.  ``lan`` is what is behind its
    network function.
    """

    def __init__(
        self,
        model: Model,
        port: str = "1-1",
        faults: Faults | None = None,
        clock: Clock | None = None,
        *,
        wakes: str = "",
        weather: Weather = RAINY,
        nvram: Nvram | None = None,
    ) -> None:
        super().__init__(model, Port.parse(port), faults or Faults(), clock or RealClock(), weather, nvram)
        self.media = {"cdrom": Medium("cdrom"), "card": Medium("card")}
        self.transfers = 0
        self._idle: Callable[[], None] | None = None
        self.lan = Lan()
        self.page_login = PageLogin(self.faults.password, self.faults.login)
        self.modem = Modem(model.features, self.nvram, self.faults, self.weather, self._plans.now, self._schedule)
        self.modem.reset, self.modem.pull = self.reboot, self.unplug
        self.modem.bricked = lambda: self.reboot("project" if "project" in model.compositions else "")
        self.modem.network = self._line_changed
        self._arrive(wakes or self._woken(), fresh=True)

    def connect(self, lan: Lan) -> None:
        """Put that network behind its network function, in the place of the one it has."""
        if self.lan.side:
            lan.join(self.lan.side)
        if self.lan.page:
            lan.serve()
        lan.up, lan.obey = self.lan.up, self.web_call
        self.lan = lan

    # What the bus asks.

    def descriptors(self) -> bytes:
        """Device and configuration descriptor, as damaged as the faults say."""
        whole = self.whole.device_descriptor(self.speed) + b"".join(self.whole.configuration_descriptors(self.speed))
        return damage_descriptors(whole, self.faults.descriptors)

    def string(self, index: int) -> bytes | None:
        """A string descriptor, as hostile as the faults say."""
        if index == 0 or not self.faults.strings:
            return self.composition.string(index)
        return hostile_string(self.faults.strings)

    def control(self, request_type: int, request: int, value: int, index: int, data: bytes, length: int) -> bytes:
        """A control transfer; raises :class:`Stall` for what the firmware does not know."""
        self._reach()
        if self._switches(request_type, request, value):
            return self._obey(length)
        kind = request_type & 0x60
        if kind == 0x00:
            return self._standard(request_type, request, value, index)[:length]
        if kind == 0x20:
            return self._class(request_type, request, value, index, data, length)[:length]
        return self._vendor(request_type, request, value, length)

    def out(self, endpoint: int, data: bytes) -> None:
        """Bytes on an OUT endpoint."""
        self._reach()
        pipe = self._functions.pipe(endpoint)
        if isinstance(pipe, Storage):
            self._plans.forget(self._idle)
        if pipe is not None:
            pipe.out(data)
        if isinstance(pipe, Storage) and self._leave is not None and self.faults.dies:
            self._go(self._leave)

    def into(self, endpoint: int, most: int) -> bytes:
        """Bytes from an IN endpoint; raises :class:`Nak` while it has none."""
        self._check()
        if self._functions.is_interrupt(endpoint):
            return self._functions.notification(endpoint)
        pipe = self._functions.pipe(endpoint)
        if pipe is None or (isinstance(pipe, Storage) and self.hangs() > 0):
            raise Nak
        answer = pipe.into(most)
        self._count()
        if isinstance(pipe, Storage) and self._leave is not None and not pipe.answers:
            self._schedule(self.weather.linger, self._leave)
        return answer

    def clear_halt(self, endpoint: int) -> None:
        """CLEAR_FEATURE(ENDPOINT_HALT)."""
        self._check()
        pipe = self._functions.pipe(endpoint)
        if isinstance(pipe, Storage):
            pipe.clear_halt(bool(endpoint & 0x80))

    def reset(self) -> None:
        """A port reset, or SET_CONFIGURATION: halts and wedges are gone."""
        self._check()
        for storage in self._functions.storages.values():
            storage.reset()

    def _restart(self) -> None:
        self.modem.restart()

    def _plug_together(self) -> None:
        """What is behind each interface of the configuration it has now."""
        self.modem.power_up(self.powered, self.arrived)
        if self.powered == self.arrived:
            self.page_login.restart()
        self._functions = Functions(self.composition, self.modem, self._storage, lambda: self.lan, self._schedule)
        self.lan.up = False
        if any(function.network == "ecm" for function in self.composition.functions):
            self.lan.join("hilink")
            self._after(self.weather.carrier, lambda: self._line_changed(True))
            self._after(self.powered + self.weather.page - self._plans.now(), lambda: self.lan.serve())
        elif not any(function.network for function in self.composition.functions):
            self.lan.leave()

    def _storage(self, luns: Sequence[str]) -> Storage:
        return Storage([self.media[lun] for lun in luns], self._rewind, self._tamper, self._heard)

    def _line_changed(self, up: bool) -> None:
        """NETWORK_CONNECTION for the host's driver; frames pass only while the line is up (CDC 1.2 §6.3.1)."""
        up = up and not self.faults.nocarrier and not (self.model.no_carrier and self.lan.side != "hilink")
        self._functions.notify_line(up)
        if up and not any(function.network == "ecm" for function in self.composition.functions):
            self.lan.join("ncm")
        self.lan.up = up

    def web_call(self, name: str) -> bool:
        """What its web server was told: ``reboot``, ``debug`` (HiLink with its serial ports) …; can it do that?"""
        looks = "" if name == "reboot" else name.removeprefix("cgi-")
        if looks and looks not in self.model.compositions:
            return False
        self.reboot(looks)
        return True

    def _reach(self) -> None:
        """A transfer reaches it."""
        self._check()
        self._count()

    def _count(self) -> None:
        self.transfers += 1
        if self.transfers == self.faults.pulled:
            self.unplug()
            self._check()

    # What its firmware does.

    def _rewind(self, cdb: bytes) -> bool:
        """Command 0x11; taken only in the state before the switch, and only once."""
        if self.looks != self.model.wakes or self.switched or self.faults.csw == "refused":
            return False
        return self._switch(self.model.rewind(cdb[2], cdb[7], cdb[8]))

    def _switch(self, target: str | None) -> bool:
        if target is not None:
            self.switched = True
        if target not in (None, DEAF) and not self.faults.deaf and self.faults.csw != "phase":
            self.become(str(target))
        return True

    def _heard(self, command: bytes, lun: int) -> None:
        """A command on its storage: an eject of LUN 0 is what switches some, or the n-th of all as the faults say."""
        self._commands += 1
        ejects = lun == 0 and command[0] == 0x1B and command[4] & 3 == 2
        obeys = self._commands == self.faults.obeys if self.faults.obeys else ejects
        if obeys and self.model.eject and self.faults.csw != "refused" and not self.switched:
            self._switch(self.model.eject)

    def _switches(self, request_type: int, request: int, value: int) -> bool:
        """Is this the control request that switches it: the model's own, or the one of the faults?"""
        if not self.model.request or self.looks != self.model.wakes:
            return False
        wanted = self.faults.request.split("-") if self.faults.request else self.model.request
        return f"{request_type:02x} {request:02x} {value:04x}".startswith(" ".join(wanted))

    def _obey(self, length: int) -> bytes:
        """Leave for the switching request's composition, and answer as the faults have it."""
        if not self.switched:
            self._switch(self.model.becomes)
        if self.faults.answer == "stalled":
            raise Stall
        if self.faults.answer == "never":
            raise Nak
        return bytes(length // 2 if self.faults.answer == "short" else length)

    def _is_switching(self, command: bytes) -> bool:
        return command[:2] == b"\x11\x06" or bool(self.model.eject and command[0] == 0x1B)

    def _tamper(self, command: bytes, csw: bytes) -> bytes | None:
        """The CSW of a switching command as the faults have it, and that of ALLOW MEDIUM REMOVAL."""
        kind = self._csw
        if command[0] == 0x1E and self.faults.allow:
            kind = self.faults.allow
        elif not self._is_switching(command) or kind in ("", "whole", "refused"):
            return csw[:12] + b"\x01" if kind not in ("", "whole", "cut") and command[0] == 0x1B else csw
        if kind == "cut":
            return None if self._leave is not None else csw
        storage = next(s for s in self._functions.storages.values())
        if kind == "stalled":
            storage.halted_in = True
        if kind == "late":
            storage_now = storage
            self._schedule(self.faults.lag, lambda: storage_now.answers.append(csw))
            if self._leave is not None:
                self._schedule(self.faults.lag + UNREAD, self._leave)
        return damage_csw(csw, kind)

    def _standard(self, request_type: int, request: int, value: int, index: int) -> bytes:
        if (request_type, request) == (0x80, 0x06):
            return self._descriptor(value >> 8, value & 0xFF)
        if (request_type, request) == (0x00, 0x03) and value == 1 and self.model.set_feature:
            if self.looks == self.model.wakes:
                self.become(self.model.set_feature)
        elif (request_type, request) == (0x00, 0x09):
            self._configure(value)
        elif (request_type, request) == (0x01, 0x0B):
            self._functions.alternates[index] = value
        elif (request_type, request) == (0x02, 0x01):
            self.clear_halt(index)
        elif request == 0x00:
            return b"\0\0"
        elif request == 0x08:
            return bytes([self.configured])
        elif request == 0x0A:
            return bytes([self._functions.alternates.get(index, 0)])
        elif request not in (0x01, 0x03, 0x05, 0x30, 0x31):
            raise Stall
        return b""

    def _configure(self, value: int) -> None:
        """SET_CONFIGURATION: other functions, where it has more than one."""
        if self.whole.configured(value) is None:
            raise Stall
        if self.faults.configuration:
            if self.faults.configuration == "leaves":
                self.unplug()
            return
        self.reset()
        if value != self.configured:
            self.configured = value
            if self.whole.more:
                self._plug_together()

    def _descriptor(self, kind: int, index: int) -> bytes:
        whole = self.descriptors()
        lengths = [len(raw) for raw in self.whole.configuration_descriptors(self.speed)]
        start = 18 + sum(lengths[:index])
        end = start + lengths[index] if index < len(lengths) - 1 else len(whole)
        capabilities = BOS if self.speed == "super" else None
        found = {1: whole[:18], 2: whole[start:end] or None, 3: self.string(index), 15: capabilities}.get(kind)
        if found is None:
            raise Stall
        return found

    def _class(self, request_type: int, request: int, value: int, index: int, data: bytes, length: int) -> bytes:
        """Class requests: mass storage (BOT §3) and what other functions have."""
        storage = self._functions.storages.get(index & 0xFF)
        if storage is not None:
            if request == 0xFE:
                self._idle = self._drop_off
                if self.model.by_itself and self.looks == self.model.wakes and not self.switched:
                    self._switch(self.model.by_itself)
                else:
                    self._schedule(IDLE, self._drop_off)
                return bytes([len(storage.media) - 1])
            if request == 0xFF:
                storage.reset()
                return b""
            raise Stall
        return self._functions.request(request_type, request, value, index & 0xFF, data, length)

    def _vendor(self, request_type: int, request: int, value: int, length: int) -> bytes:
        """Huawei's requests to the device: A1 switches as for a Mac, 9A as for the host in wValue, and stalls.

        One that is switched by a request of its own takes all others for nothing.
        """
        if self.model.request:
            return bytes(length)
        ready = self.looks == self.model.wakes and not self.switched
        if (request_type, request) == (0x40, 0xA1) and ready:
            self._switch(self.model.rewind(0x10, 0, 1))
            return b""
        if (request_type, request) == (0xC0, 0x9A) and value >> 8 == 1 and ready:
            self._switch(self.model.rewind(value & 0xFF, 0, 1))
        raise Stall
