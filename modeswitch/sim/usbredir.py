"""The simulated stick in a port of a machine that QEMU emulates: the usbredir protocol over a stream.

We are its "usb-host", the side with the device; QEMU's ``usb-redir`` is the other one, behind its own host controllers.
The stick leaves by a disconnect and comes back by a connect on the same stream; its speed decides the port.

Ref: usb-redirection-protocol (0.7) of spice's usbredir; usbredirhost.c there (what libusb reports → status, the time
limit of a control transfer); QEMU hw/usb/redirect.c.
"""

from __future__ import annotations

import contextlib
import select
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..errors import BadReply
from .composition import BULK, INTERRUPT, Function
from .endpoints import Endpoint, active, endpoint_table, interface_table
from .stick import Stick
from .storage import Broken, Nak, Stall
from .usbredir_packets import Capability, Packet, Status, Type
from .usbredir_stream import PATIENCE, Gone, Stream

SPEEDS = {"full": 1, "high": 2, "super": 3}
CONTROL_SECONDS = 5.0
"""How long a control transfer may wait for its answer (usbredirhost.c)."""
MOST_WAITING = 256
"""No more packets may wait for their answers at once."""


class Transfer(NamedTuple):
    """A packet that waits for the stick's answer, and since when."""

    packet: Packet
    since: float


class Redirection:
    """A stick at the end of a stream on which both sides have said hello."""

    def __init__(self, stick: Stick, stream: Stream) -> None:
        self._stick = stick
        self._stream = stream
        self._connected = False
        self._acknowledged = True
        self._waiting: dict[int, Transfer] = {}
        self._receiving: list[int] = []
        self._alternates: dict[int, int] = {}
        self._interrupts = 0

    def connect(self) -> None:
        """The stick is there: what it looks like, then that it came."""
        self._alternates.clear()
        self._receiving.clear()
        self._describe()
        whole = self._stick.whole
        self._stream.send(
            Type.DEVICE_CONNECT,
            speed=SPEEDS[self._stick.speed],
            device_class=whole.device_class,
            device_subclass=0,
            device_protocol=0,
            vendor=whole.vendor,
            product=whole.product,
            release=whole.release,
        )
        self._connected = True

    def serve(self, until: Callable[[], bool]) -> None:
        """Answer until the stick leaves or ``until`` says so."""
        while self._stick.present and not until():
            self._retry()
            due = self._stick.next_due()
            self.attend(0.5 if due is None else max(0.0, min(0.5, due - self._stick.clock.now())))
            self._stick.advance()

    def disconnect(self) -> None:
        """The stick is gone: what was under way has failed, and nothing of it is heard from here on."""
        for number in list(self._waiting):
            self._finish(number, Status.IOERROR)
        self._connected = False
        self._stream.send(Type.DEVICE_DISCONNECT)
        self._acknowledged = Capability.DEVICE_DISCONNECT_ACK not in self._stream.shared
        end = self._stick.clock.now() + PATIENCE
        while not self._acknowledged:
            if self._stick.clock.now() >= end:
                raise Gone(f"the other side did not see the stick leave in {PATIENCE:g} s")
            self.attend(0.1)

    def attend(self, pause: float) -> None:
        """Wait for at most so long, and do what has come from the other side and from the stick's network."""
        ready, _, _ = select.select([self._stream.fileno(), *self._stick.lan.filenos()], [], [], pause)
        if self._stream.fileno() in ready:
            for packet in self._stream.receive():
                self._obey(packet)
        self._stick.lan.attend(ready)

    # What comes.

    def _obey(self, packet: Packet) -> None:
        if packet.type is Type.FILTER_REJECT:
            raise Gone("the other side refuses the stick: its filter, or no port of that speed")
        if packet.type is Type.DEVICE_DISCONNECT_ACK:
            self._acknowledged = True
        elif self._connected:
            action = ACTIONS.get(packet.type)
            if action is not None:
                action(self, packet)

    def _reset(self, _packet: Packet) -> None:
        with contextlib.suppress(Broken):
            self._stick.reset()

    def _set_configuration(self, packet: Packet) -> None:
        status, _ = self._ask(0x00, 0x09, packet.head.configuration, 0)
        if status is Status.SUCCESS:
            self._alternates.clear()
            self._receiving.clear()
            self._describe()
        configuration = self._stick.configured
        self._stream.send(Type.CONFIGURATION_STATUS, packet.id, status=status, configuration=configuration)

    def _get_configuration(self, packet: Packet) -> None:
        status, answer = self._ask(0x80, 0x08, 0, 0, 1)
        self._stream.send(Type.CONFIGURATION_STATUS, packet.id, status=status, configuration=(answer or b"\0")[0])

    def _set_alternate(self, packet: Packet) -> None:
        interface, alternate = packet.head.interface, packet.head.alternate
        functions = self._stick.composition.functions[interface : interface + 1]
        known = any(setting.alternate == alternate for function in functions for setting in function.settings)
        status, _ = self._ask(0x01, 0x0B, alternate, interface) if known else (Status.STALL, b"")
        if status is Status.SUCCESS:
            self._alternates[interface] = alternate
            self._describe()
        self._stream.send(Type.ALT_SETTING_STATUS, packet.id, status=status, interface=interface, alternate=alternate)

    def _get_alternate(self, packet: Packet) -> None:
        status, answer = self._ask(0x81, 0x0A, 0, packet.head.interface, 1)
        said = {"interface": packet.head.interface, "alternate": (answer or b"\0")[0]}
        self._stream.send(Type.ALT_SETTING_STATUS, packet.id, status=status, **said)

    def _refuse_stream(self, packet: Packet) -> None:
        """It has no isochronous endpoint."""
        self._stream.send(Type.ISO_STREAM_STATUS, packet.id, status=Status.INVAL, endpoint=packet.head.endpoint)

    def _receive_interrupts(self, packet: Packet) -> None:
        address = packet.head.endpoint
        endpoint = self._endpoints().get(address)
        known = bool(address & 0x80) and endpoint is not None and endpoint.kind == INTERRUPT
        if address in self._receiving:
            self._receiving.remove(address)
        if known and packet.type is Type.START_INTERRUPT_RECEIVING:
            self._receiving.append(address)
        status = Status.SUCCESS if known else Status.INVAL
        self._stream.send(Type.INTERRUPT_RECEIVING_STATUS, packet.id, status=status, endpoint=address)
        self._retry()

    def _cancel(self, packet: Packet) -> None:
        """One that is answered already stays so."""
        if packet.id in self._waiting:
            self._finish(packet.id, Status.CANCELLED)

    def _transfer(self, packet: Packet) -> None:
        if packet.id in self._waiting or len(self._waiting) >= MOST_WAITING:
            raise BadReply(f"usbredir: {packet.type.name} {packet.id} while {len(self._waiting)} wait, or itself does")
        self._waiting[packet.id] = Transfer(packet, self._stick.clock.now())
        if not self._fits(packet):
            self._finish(packet.id, Status.INVAL)
        self._retry()

    def _fits(self, packet: Packet) -> bool:
        """Is there an endpoint for it, of that kind and direction?"""
        address = packet.head.endpoint
        if packet.type is Type.CONTROL_PACKET:
            return bool(address == packet.head.request_type & 0x80)
        endpoint = self._endpoints().get(address)
        if endpoint is None:
            return False
        outward_interrupt = packet.type is Type.INTERRUPT_PACKET and not address & 0x80
        return endpoint.kind == BULK if packet.type is Type.BULK_PACKET else outward_interrupt

    # What the stick says.

    def _retry(self) -> None:
        """Put what waits to the stick, in the order in which it came."""
        for number, (packet, since) in list(self._waiting.items()):
            if not self._stick.present:
                return
            status, answer = self._perform(packet)
            late = packet.type is Type.CONTROL_PACKET and self._stick.clock.now() >= since + CONTROL_SECONDS
            if status is not None or late:
                self._finish(number, Status.TIMEOUT if status is None else status, answer)
        endpoints = self._endpoints()
        for address in list(self._receiving):
            if address in endpoints and self._stick.present:
                self._pass_interrupts(address, endpoints[address].size)

    def _pass_interrupts(self, address: int, size: int) -> None:
        """What has come on an interrupt endpoint; an error is the end of it, which the protocol calls a stall."""
        status, data = self._outcome(lambda: self._stick.into(address, size))
        while status is Status.SUCCESS:
            head = {"endpoint": address, "status": status, "length": len(data)}
            self._stream.send(Type.INTERRUPT_PACKET, self._interrupts, data, **head)
            self._interrupts += 1
            status, data = self._outcome(lambda: self._stick.into(address, size))
        if status is not None:
            self._receiving.remove(address)
            self._stream.send(Type.INTERRUPT_RECEIVING_STATUS, status=Status.STALL, endpoint=address)

    def _perform(self, packet: Packet) -> tuple[Status | None, bytes]:
        """What came of a transfer; no status while the stick has nothing to say."""
        head, stick = packet.head, self._stick
        if packet.type is Type.CONTROL_PACKET:
            asked = (head.request_type, head.request, head.value, head.index, packet.data, head.length)
            status, answer = self._outcome(lambda: stick.control(*asked))
        elif head.endpoint & 0x80:
            status, answer = self._outcome(lambda: stick.into(head.endpoint, packet.length))
        else:
            return self._outcome(lambda: _put(stick, head.endpoint, packet.data))
        if len(answer) > packet.length:
            return Status.BABBLE, answer[: packet.length]
        return status, answer

    def _ask(self, *request: int) -> tuple[Status, bytes]:
        """A standard request without data; one that is not answered at once is never."""
        request_type, code, value, index, *room = request
        length = room[0] if room else 0
        status, answer = self._outcome(lambda: self._stick.control(request_type, code, value, index, b"", length))
        return (Status.TIMEOUT if status is None else status), answer

    @staticmethod
    def _outcome(attempt: Callable[[], bytes]) -> tuple[Status | None, bytes]:
        try:
            return Status.SUCCESS, attempt()
        except Nak:
            return None, b""
        except Stall:
            return Status.STALL, b""
        except Broken:
            return Status.IOERROR, b""

    def _finish(self, number: int, status: Status, answer: bytes = b"") -> None:
        """Give a packet back with its head: how it ended, how much was moved, and the data for the other side."""
        packet = self._waiting.pop(number).packet
        inward = bool(packet.head.endpoint & 0x80)
        moved = len(answer) if inward else len(packet.data) if status is Status.SUCCESS else 0
        head = {name: value for name, value in packet.head.items() if not name.startswith("_")}
        head.update(status=status, length=moved & 0xFFFF)
        if "length_high" in head:
            head["length_high"] = moved >> 16
        self._stream.send(packet.type, number, answer if inward else b"", **head)

    # What the other side must know beforehand.

    def _endpoints(self) -> dict[int, Endpoint]:
        return active(self._functions(), self._alternates, self._stick.speed)

    def _functions(self) -> Sequence[Function]:
        return self._stick.composition.functions if self._stick.configured else ()

    def _describe(self) -> None:
        """The endpoints, then the interfaces; in that order, says the protocol."""
        endpoints: dict[str, Any] = dict(endpoint_table(self._endpoints()))
        interfaces: dict[str, Any] = dict(interface_table(self._functions(), self._alternates))
        self._stream.send(Type.EP_INFO, **endpoints)
        self._stream.send(Type.INTERFACE_INFO, **interfaces)


def _put(stick: Stick, endpoint: int, data: bytes) -> bytes:
    """Bytes out, to which there is no answer."""
    stick.out(endpoint, data)
    return b""


ACTIONS: dict[Type, Callable[[Redirection, Packet], None]] = {
    Type.RESET: Redirection._reset,
    Type.SET_CONFIGURATION: Redirection._set_configuration,
    Type.GET_CONFIGURATION: Redirection._get_configuration,
    Type.SET_ALT_SETTING: Redirection._set_alternate,
    Type.GET_ALT_SETTING: Redirection._get_alternate,
    Type.START_ISO_STREAM: Redirection._refuse_stream,
    Type.STOP_ISO_STREAM: Redirection._refuse_stream,
    Type.START_INTERRUPT_RECEIVING: Redirection._receive_interrupts,
    Type.STOP_INTERRUPT_RECEIVING: Redirection._receive_interrupts,
    Type.CANCEL_DATA_PACKET: Redirection._cancel,
    Type.CONTROL_PACKET: Redirection._transfer,
    Type.BULK_PACKET: Redirection._transfer,
    Type.ISO_PACKET: Redirection._transfer,
    Type.INTERRUPT_PACKET: Redirection._transfer,
}
"""Type of a packet → what is done with it while the stick is there; the rest says nothing that we need."""


def run(stick: Stick, descriptor: int, until: Callable[[], bool], told: Callable[[str], None]) -> None:
    """Keep the stick in its port, through every leaving and coming back, until ``until`` says so.

    Raises :class:`BadReply` for a packet that breaks the protocol.
    """
    stream = Stream(descriptor, stick.clock)
    try:
        stream.greet(until)
        keep(stick, stream, until, told)
    except Gone as error:
        told(f"let go: {error}")


def keep(stick: Stick, stream: Stream, until: Callable[[], bool], told: Callable[[str], None]) -> None:
    """As :func:`run`, on a stream on which both sides have said hello; another stick may follow on it.

    Raises :class:`Gone` where the other side ends it.
    """
    redirection = Redirection(stick, stream)
    while not until():
        stick.advance()
        if not stick.present:
            due = stick.next_due()
            redirection.attend(0.1 if due is None else max(0.0, min(0.1, due - stick.clock.now())))
            continue
        redirection.connect()
        told(f"attached {stick.composition.vendor:04x}:{stick.composition.product:04x} {stick.looks}")
        redirection.serve(until)
        if stick.present:  # it leaves as it does when it is pulled out
            stick.unplug()
            redirection.serve(lambda: False)
        redirection.disconnect()
        told("left")
