"""The packets of the usbredir protocol, declared; what breaks its rules is refused before anybody sees it.

A packet is a header (type, length, id), the head of its type, and data.  How long an id and some heads are is what both
sides said in their hello that they can do.

Ref: usb-redirection-protocol (0.7) and usbredirproto.h of spice's usbredir; QEMU hw/usb/redirect.c, its peer here.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum
from typing import Any, NamedTuple

from construct import (
    Array,
    Bytes,
    Construct,
    ConstructError,
    Container,
    GreedyRange,
    If,
    Int8ul,
    Int16ul,
    Int32ul,
    Int64ul,
    Struct,
)

from ..errors import BadReply

LARGEST, SMALL = 16 * 1024 * 1024, 1024
"""No transfer has more bytes, no other packet more than that (a hello has 32 words, and heads are shorter)."""


class Type(IntEnum):
    """What a packet is for."""

    HELLO = 0
    DEVICE_CONNECT = 1
    DEVICE_DISCONNECT = 2
    RESET = 3
    INTERFACE_INFO = 4
    EP_INFO = 5
    SET_CONFIGURATION = 6
    GET_CONFIGURATION = 7
    CONFIGURATION_STATUS = 8
    SET_ALT_SETTING = 9
    GET_ALT_SETTING = 10
    ALT_SETTING_STATUS = 11
    START_ISO_STREAM = 12
    STOP_ISO_STREAM = 13
    ISO_STREAM_STATUS = 14
    START_INTERRUPT_RECEIVING = 15
    STOP_INTERRUPT_RECEIVING = 16
    INTERRUPT_RECEIVING_STATUS = 17
    ALLOC_BULK_STREAMS = 18
    FREE_BULK_STREAMS = 19
    BULK_STREAMS_STATUS = 20
    CANCEL_DATA_PACKET = 21
    FILTER_REJECT = 22
    FILTER_FILTER = 23
    DEVICE_DISCONNECT_ACK = 24
    START_BULK_RECEIVING = 25
    STOP_BULK_RECEIVING = 26
    BULK_RECEIVING_STATUS = 27
    CONTROL_PACKET = 100
    BULK_PACKET = 101
    ISO_PACKET = 102
    INTERRUPT_PACKET = 103
    BUFFERED_BULK_PACKET = 104


class Status(IntEnum):
    """How a transfer ended."""

    SUCCESS = 0
    CANCELLED = 1
    INVAL = 2
    IOERROR = 3
    STALL = 4
    TIMEOUT = 5
    BABBLE = 6


class Capability(IntEnum):
    """What a side says it can do, by the number of its bit."""

    BULK_STREAMS = 0
    CONNECT_DEVICE_VERSION = 1
    FILTER = 2
    DEVICE_DISCONNECT_ACK = 3
    EP_INFO_MAX_PACKET_SIZE = 4
    IDS_OF_64_BITS = 5
    BULK_LENGTH_OF_32_BITS = 6
    BULK_RECEIVING = 7


OURS = frozenset(Capability) - {Capability.BULK_STREAMS, Capability.BULK_RECEIVING}
"""What our side can do."""


def _with(capability: Capability, field: Construct) -> Construct:
    """A field that is there only where both sides have that capability."""
    return If(lambda context: capability in context._params.capabilities, field)


_HEADERS = {
    wide: Struct("type" / Int32ul, "length" / Int32ul, "id" / (Int64ul if wide else Int32ul)) for wide in (False, True)
}
_NOTHING = Struct()
_ENDPOINT = Struct("endpoint" / Int8ul)
_STATUS_OF_ENDPOINT = Struct("status" / Int8ul, "endpoint" / Int8ul)
_SHORT_TRANSFER = Struct("endpoint" / Int8ul, "status" / Int8ul, "length" / Int16ul)

HEADS: dict[Type, Construct] = {
    Type.HELLO: Struct("version" / Bytes(64), "words" / GreedyRange(Int32ul)),
    Type.DEVICE_CONNECT: Struct(
        "speed" / Int8ul,
        "device_class" / Int8ul,
        "device_subclass" / Int8ul,
        "device_protocol" / Int8ul,
        "vendor" / Int16ul,
        "product" / Int16ul,
        "release" / _with(Capability.CONNECT_DEVICE_VERSION, Int16ul),
    ),
    Type.DEVICE_DISCONNECT: _NOTHING,
    Type.RESET: _NOTHING,
    Type.INTERFACE_INFO: Struct(
        "count" / Int32ul,
        "number" / Array(32, Int8ul),
        "interface_class" / Array(32, Int8ul),
        "subclass" / Array(32, Int8ul),
        "protocol" / Array(32, Int8ul),
    ),
    Type.EP_INFO: Struct(
        "type" / Array(32, Int8ul),
        "interval" / Array(32, Int8ul),
        "interface" / Array(32, Int8ul),
        "max_packet" / _with(Capability.EP_INFO_MAX_PACKET_SIZE, Array(32, Int16ul)),
    ),
    Type.SET_CONFIGURATION: Struct("configuration" / Int8ul),
    Type.GET_CONFIGURATION: _NOTHING,
    Type.CONFIGURATION_STATUS: Struct("status" / Int8ul, "configuration" / Int8ul),
    Type.SET_ALT_SETTING: Struct("interface" / Int8ul, "alternate" / Int8ul),
    Type.GET_ALT_SETTING: Struct("interface" / Int8ul),
    Type.ALT_SETTING_STATUS: Struct("status" / Int8ul, "interface" / Int8ul, "alternate" / Int8ul),
    Type.START_ISO_STREAM: Struct("endpoint" / Int8ul, "packets" / Int8ul, "urbs" / Int8ul),
    Type.STOP_ISO_STREAM: _ENDPOINT,
    Type.ISO_STREAM_STATUS: _STATUS_OF_ENDPOINT,
    Type.START_INTERRUPT_RECEIVING: _ENDPOINT,
    Type.STOP_INTERRUPT_RECEIVING: _ENDPOINT,
    Type.INTERRUPT_RECEIVING_STATUS: _STATUS_OF_ENDPOINT,
    Type.CANCEL_DATA_PACKET: _NOTHING,
    Type.FILTER_REJECT: _NOTHING,
    Type.FILTER_FILTER: _NOTHING,
    Type.DEVICE_DISCONNECT_ACK: _NOTHING,
    Type.CONTROL_PACKET: Struct(
        "endpoint" / Int8ul,
        "request" / Int8ul,
        "request_type" / Int8ul,
        "status" / Int8ul,
        "value" / Int16ul,
        "index" / Int16ul,
        "length" / Int16ul,
    ),
    Type.BULK_PACKET: Struct(
        "endpoint" / Int8ul,
        "status" / Int8ul,
        "length" / Int16ul,
        "stream" / Int32ul,
        "length_high" / _with(Capability.BULK_LENGTH_OF_32_BITS, Int16ul),
    ),
    Type.ISO_PACKET: _SHORT_TRANSFER,
    Type.INTERRUPT_PACKET: _SHORT_TRANSFER,
}
"""The head of each type that is used here; those that bulk streams and bulk receiving need are not."""

TRANSFERS = frozenset({Type.CONTROL_PACKET, Type.BULK_PACKET, Type.ISO_PACKET, Type.INTERRUPT_PACKET})
"""What moves data: the length in its head is that of the data, or of the room for it."""
BY_BOTH = TRANSFERS | {Type.HELLO, Type.FILTER_FILTER}
BY_HOST = BY_BOTH | {
    *(Type.DEVICE_CONNECT, Type.DEVICE_DISCONNECT, Type.INTERFACE_INFO, Type.EP_INFO, Type.CONFIGURATION_STATUS),
    *(Type.ALT_SETTING_STATUS, Type.ISO_STREAM_STATUS, Type.INTERRUPT_RECEIVING_STATUS),
}
"""What the side with the device sends ("usb-host")."""
BY_GUEST = (frozenset(HEADS) - BY_HOST) | BY_BOTH
"""What the side with the controller sends ("usb-guest"), QEMU here."""


class Packet(NamedTuple):
    """A packet: its type, its id, its head's fields, and the data behind them."""

    type: Type
    id: int
    head: Any
    data: bytes

    @property
    def length(self) -> int:
        """The length of its transfer, in bytes."""
        return int(self.head.length + ((self.head.get("length_high") or 0) << 16))


class Codec:
    """Bytes to packets and back, for one connection.

    ``peer`` is what the other side may send, ``capabilities`` what this side can do.
    """

    def __init__(self, peer: Collection[Type], capabilities: frozenset[Capability]) -> None:
        self._peer = peer
        self._capabilities = capabilities
        self._buffer = bytearray()
        self.shared: frozenset[Capability] | None = None
        """What both sides can do; None before the other side's hello."""

    def feed(self, data: bytes) -> None:
        """Bytes from the other side."""
        self._buffer += data

    def next(self) -> Packet | None:
        """The next packet, None while it is not whole.  Raises :class:`BadReply` for one that breaks the rules."""
        header = self._header
        if len(self._buffer) < header.sizeof():
            return None
        said = header.parse(bytes(self._buffer[: header.sizeof()]))
        kind = self._known(said.type)
        if said.length > (LARGEST if kind in TRANSFERS else SMALL):
            raise BadReply(f"usbredir: {kind.name} with {said.length} bytes")
        if len(self._buffer) < header.sizeof() + said.length:
            return None
        body = bytes(self._buffer[header.sizeof() : header.sizeof() + said.length])
        del self._buffer[: header.sizeof() + said.length]
        return self._checked(Packet(kind, said.id, *self._parted(kind, body)))

    def build(self, kind: Type, number: int = 0, data: bytes = b"", /, **fields: Any) -> bytes:
        """A packet of ours."""
        body = HEADS[kind].build(fields, capabilities=self.shared or frozenset()) + data
        header = _HEADERS[False] if kind is Type.HELLO else self._header
        return bytes(header.build({"type": kind, "length": len(body), "id": number}) + body)

    @property
    def _header(self) -> Construct:
        return _HEADERS[Capability.IDS_OF_64_BITS in (self.shared or ())]

    def _known(self, number: int) -> Type:
        """The type of that number, if the other side may send it now."""
        if number not in Type._value2member_map_:
            raise BadReply(f"usbredir: a packet of the unknown type {number}")
        kind = Type(number)
        if kind not in self._peer:
            raise BadReply(f"usbredir: {kind.name} is nothing that the other side may send here")
        if (kind is Type.HELLO) is not (self.shared is None):
            raise BadReply(f"usbredir: {kind.name} {'after' if self.shared is not None else 'before'} the hello")
        return kind

    def _parted(self, kind: Type, body: bytes) -> tuple[Container[Any], bytes]:
        """Head and data."""
        shared = self.shared or frozenset()
        try:
            head = HEADS[kind].parse(body, capabilities=shared)
        except ConstructError as error:
            raise BadReply(f"usbredir: {kind.name} of {len(body)} bytes, which is too short") from error
        return head, body[len(HEADS[kind].build(head, capabilities=shared)) :]

    def _checked(self, packet: Packet) -> Packet:
        """The packet, if its data is as long as it should be; a hello says what both sides can do from now on."""
        if packet.type is Type.HELLO:
            self.shared = self._capabilities & _said(packet)
        wanted = 0
        if packet.type in TRANSFERS:
            inward, from_host = bool(packet.head.endpoint & 0x80), Type.DEVICE_CONNECT in self._peer
            wanted = packet.length if inward is from_host else 0
        if packet.type is not Type.FILTER_FILTER and len(packet.data) != wanted:
            raise BadReply(f"usbredir: {packet.type.name} with {len(packet.data)} bytes of data, not {wanted}")
        return packet


def words(capabilities: Collection[Capability]) -> list[int]:
    """Capabilities as the words of a hello."""
    return [sum(1 << capability for capability in capabilities)]


def _said(hello: Packet) -> frozenset[Capability]:
    """What the other side's hello says that it can do."""
    first = hello.head.words[0] if hello.head.words else 0
    theirs = frozenset(capability for capability in Capability if first >> capability & 1)
    if Capability.BULK_STREAMS in theirs and Capability.EP_INFO_MAX_PACKET_SIZE not in theirs:
        raise BadReply("usbredir: a hello with bulk streams, and without the sizes of packets that they need")
    return theirs
