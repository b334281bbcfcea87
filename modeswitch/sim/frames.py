"""Ethernet frames on bulk pipes, declared: NCM's transfer blocks with 16 and with 32 bits, ECM's bare frames.

Blocks without a checksum only: the simulated stick says that it can do no other.

Ref: CDC NCM 1.0 §3.2 (NTH16, NTH32), §3.3 (NDP16, NDP32), §3.4 (datagrams); CDC ECM 1.2 §3.3.
Ref: Linux drivers/net/usb/cdc_ncm.c: the pointers come last in a block for Huawei (CDC_NCM_FLAG_NDP_TO_END).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from construct import Array, Const, Construct, ConstructError, Int16ul, Int32ul, Padding, Struct, this

from ..errors import BadReply, UsageError

HEADER, LARGEST = 14, 1514
"""An Ethernet header, and the longest frame (wMaxSegmentSize in the stick's descriptor), in bytes."""
ALIGNMENT = 4
"""Of the pointers, and of what follows a frame's Ethernet header."""

NTH16 = Struct(
    "signature" / Const(b"NCMH"),
    "header_length" / Const(12, Int16ul),
    "sequence" / Int16ul,
    "block_length" / Int16ul,
    "ndp_index" / Int16ul,
)
"""The header of a block; ``ndp_index`` is where its first table of pointers begins."""

NDP16 = Struct(
    "signature" / Const(b"NCM0"),
    "length" / Int16ul,
    "next_index" / Int16ul,
    "pointers" / Array((this.length - 8) // 4, Struct("index" / Int16ul, "length" / Int16ul)),
)
"""A table of pointers to frames; a pointer with a zero ends it, ``next_index`` leads to the next one or is 0."""

NTH32 = Struct(
    "signature" / Const(b"ncmh"),
    "header_length" / Const(16, Int16ul),
    "sequence" / Int16ul,
    "block_length" / Int32ul,
    "ndp_index" / Int32ul,
)
NDP32 = Struct(
    "signature" / Const(b"ncm0"),
    "length" / Int16ul,
    Padding(2),
    "next_index" / Int32ul,
    Padding(4),
    "pointers" / Array((this.length - 16) // 8, Struct("index" / Int32ul, "length" / Int32ul)),
)


class Form(NamedTuple):
    """One of the two forms, with the lengths in bytes of its parts."""

    header: Construct
    table: Construct
    header_length: int
    table_length: int
    pointer_length: int


FORMS = {False: Form(NTH16, NDP16, 12, 8, 4), True: Form(NTH32, NDP32, 16, 16, 8)}
"""By whether it is the wide one."""


def read_ecm(raw: bytes) -> list[bytes]:
    """The frame that an ECM transfer is; none where it is a zero-length packet, or no frame at all.

    A host that pads instead of sending a zero-length packet leaves one byte behind the frame, as it does for real
    devices: what is in the frame knows its own length.  Ref: Linux drivers/net/usb/usbnet.c, usbnet_start_xmit.
    """
    return [raw] if HEADER <= len(raw) <= LARGEST else []


def read_ntb(raw: bytes, *, wide: bool = False) -> list[bytes]:
    """The frames in a transfer block; bytes behind the block are padding, a length of 0 means the whole transfer.

    Raises :class:`BadReply` for a signature of another form, an index or a length that leads out of the block or into
    its header, tables in a circle, a table without its end, and frames that are none.
    """
    form = FORMS[wide]
    try:
        header = form.header.parse(raw)
        length = header.block_length or len(raw)
        if not form.header_length <= length <= len(raw):
            raise BadReply(f"a transfer block of {length} bytes in a transfer of {len(raw)}")
        block = raw[:length]
        return [_frame(block, pointer, form) for pointer in _pointers(block, header.ndp_index, form)]
    except ConstructError as error:
        raise BadReply(f"no transfer block: {str(error).splitlines()[-1]}") from error


def _pointers(block: bytes, index: int, form: Form) -> Iterator[Any]:
    """The pointers of all tables, each table once."""
    seen: set[int] = set()
    while index or not seen:
        if index in seen or index % ALIGNMENT or not form.header_length <= index < len(block):
            raise BadReply(f"a table of frames at byte {index} of {len(block)}")
        seen.add(index)
        table = form.table.parse(block[index:])
        used = [bool(pointer.index and pointer.length) for pointer in table.pointers]
        if False not in used or table.length % 4:
            raise BadReply(f"a table of frames of {table.length} bytes that does not end")
        yield from table.pointers[: used.index(False)]
        index = table.next_index


def _frame(block: bytes, pointer: Any, form: Form) -> bytes:
    inside = form.header_length <= pointer.index and pointer.index + pointer.length <= len(block)
    if not inside or not HEADER <= pointer.length <= LARGEST:
        raise BadReply(f"a frame of {pointer.length} bytes at byte {pointer.index} of {len(block)}")
    return block[pointer.index : pointer.index + pointer.length]


def length_of(frames: int, *, wide: bool = False) -> int:
    """The most bytes that a block of so many frames can take."""
    form = FORMS[wide]
    tables = form.header_length + form.table_length + (frames + 1) * form.pointer_length
    return tables + frames * (LARGEST + ALIGNMENT - 1)


def build_ntb(frames: Sequence[bytes], sequence: int, *, wide: bool = False) -> bytes:
    """A transfer block of these frames: header, pointers, frames, what follows each Ethernet header aligned.

    Raises :class:`UsageError` where that is more than the form's lengths can say.
    """
    form = FORMS[wide]
    table_length = form.table_length + (len(frames) + 1) * form.pointer_length
    pointers, body, start = [], bytearray(), form.header_length + table_length
    for frame in frames:
        body += bytes(-(start + len(body) + HEADER) % ALIGNMENT)
        pointers.append({"index": start + len(body), "length": len(frame)})
        body += frame
    pointers.append({"index": 0, "length": 0})
    head = {"sequence": sequence & 0xFFFF, "block_length": start + len(body), "ndp_index": form.header_length}
    try:
        table = form.table.build({"length": table_length, "next_index": 0, "pointers": pointers})
        return bytes(form.header.build(head) + table + body)
    except ConstructError as error:
        raise UsageError(f"{len(frames)} frames are too much for one transfer block") from error
