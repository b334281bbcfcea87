"""What is behind the interfaces of a stick in one configuration: its storages, serial ports and networks.

Ref: CDC 1.2 §6.2.1 (encapsulated commands), §6.3 (notifications); NCM 1.0 §6.2.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

from .composition import INTERRUPT, Composition
from .lan import Lan, NetworkPipe
from .modem import Modem
from .serial import SerialPort
from .storage import Nak, Stall, Storage

Pipe = Storage | SerialPort | NetworkPipe


class Functions:
    """The functions of a composition, made anew whenever the stick is configured.

    ``storage`` makes what is behind a storage interface with those LUNs, ``lan`` is the network behind the stick;
    ``later`` does something after so many seconds.  The AT ports are added to ``modem``.  ``alternates`` is number of
    an interface → its alternate setting, where one was chosen.
    """

    def __init__(
        self,
        composition: Composition,
        modem: Modem,
        storage: Callable[[Sequence[str]], Storage],
        lan: Callable[[], Lan],
        later: Callable[[float, Callable[[], None]], None],
    ) -> None:
        self._composition, self._modem, self._later = composition, modem, later
        self.alternates: dict[int, int] = {}
        self.storages: dict[int, Storage] = {}
        self._pipes: dict[int, Pipe] = {}
        self._networks: dict[int, NetworkPipe] = {}
        self._encapsulated: dict[int, SerialPort] = {}
        self._notices: dict[int, list[bytes]] = {}
        self._interrupts: dict[int, int] = {}
        control = None
        for number, function in enumerate(composition.functions):
            for setting in function.settings:
                self._interrupts.update((address, number) for address, kind in setting.endpoints if kind == INTERRUPT)
            if function.luns:
                self._pipes[number] = self.storages[number] = storage(function.luns)
            elif function.port:
                self._pipes[number] = self._serial(function.port)
            if function.control:
                control = number
                self._encapsulated[number] = self._wdm(number)
            if function.network and control is not None:
                self._pipes[number] = self._networks[control] = NetworkPipe(function.network, lan)
        modem.names = [function.port or function.network or "mass" for function in composition.functions]

    def _serial(self, name: str) -> SerialPort:
        """A serial port; AT commands are heard on two kinds, first on pcui."""
        speaks = name in ("pcui", "modem")
        port = SerialPort(self._modem.hear if speaks else None, self._later)
        if speaks:
            self._modem.ports.insert(0 if name == "pcui" else len(self._modem.ports), port)
        return port

    def _wdm(self, number: int) -> SerialPort:
        """AT through CDC's encapsulated commands: a notification for each answer."""
        port = SerialPort(self._modem.hear, self._later)
        port.on_say = lambda: self._notify(number, 0x01, 0)
        return port

    def pipe(self, endpoint: int) -> Pipe | None:
        """What is behind an endpoint; raises :class:`Stall` where there is no such endpoint."""
        number = self._composition.interface_of(endpoint)
        if number is None:
            raise Stall
        return self._pipes.get(number)

    def is_interrupt(self, endpoint: int) -> bool:
        """Is it an interrupt endpoint?"""
        return endpoint in self._interrupts

    def notification(self, endpoint: int) -> bytes:
        """The next notification of an interrupt endpoint; raises :class:`Nak` while there is none."""
        waiting = self._notices.get(self._interrupts[endpoint])
        if not waiting:
            raise Nak
        return waiting.pop(0)

    def notify_line(self, up: bool) -> None:
        """NETWORK_CONNECTION for the host's driver (CDC 1.2 §6.3.1)."""
        for number in self._encapsulated:
            self._notify(number, 0x00, int(up))

    def _notify(self, number: int, what: int, value: int) -> None:
        self._notices.setdefault(number, []).append(struct.pack("<BBHHH", 0xA1, what, value, number, 0))

    def request(self, request_type: int, request: int, value: int, number: int, data: bytes, length: int) -> bytes:
        """A class request to an interface that is no storage: CDC's encapsulated commands, NCM's."""
        wdm, network = self._encapsulated.get(number), self._networks.get(number)
        if wdm is not None and (request_type, request) == (0xA1, 0x01):
            return wdm.into(length) if wdm.pending else b""
        if not request_type & 0x80:
            if wdm is not None and request == 0x00:
                wdm.out(data)
            elif network is not None:
                network.tell(request, value, data)
            return b""
        if network is None:
            raise Stall
        return network.ask(request)
