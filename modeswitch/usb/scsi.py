"""Bytes on the wire, declared: CBW, CSW, sense, the CDBs in use, Huawei's vendor CDB by its fields.

Importing this module imports construct, which takes longer than the interpreter's own start; the way of a switch to
its first byte goes round it, with messages that were built when the profiles were compiled.

Ref: USB Mass Storage Class, Bulk-Only Transport 1.0 §5 (CBW, CSW); SPC-4 §4.5 (sense), §6; SBC-3 §5; MMC-5 §6.
Ref: Huawei's E3372h kernel source, drivers/usb/mbb_usb_unitary/f_mass_storage.c and hw_pnp.h (CDB 0x11).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from construct import (
    Byte,
    Bytes,
    Const,
    ConstructError,
    Enum,
    Int16ub,
    Int16ul,
    Int32ub,
    Int32ul,
    Padded,
    Padding,
    Struct,
)

from ..errors import BadReply, UsageError

TAG = bytes.fromhex("12345678")
"""The tag of every published Huawei message; a stick echoes it in the CSW."""

CBW = Struct(
    "signature" / Const(b"USBC"),
    "tag" / Bytes(4),
    "length" / Int32ul,
    "flags" / Byte,
    "lun" / Byte,
    "cb_length" / Byte,
    "cb" / Bytes(16),
)
"""Command Block Wrapper, 31 bytes; ``length`` is dCBWDataTransferLength, flags 0x80 means to the host."""

CSW = Struct("signature" / Const(b"USBS"), "tag" / Bytes(4), "residue" / Int32ul, "status" / Byte)
"""Command Status Wrapper, 13 bytes; status 0 passed, 1 failed, 2 phase error.

:func:`modeswitch.usb.bot.read_csw` reads it."""

STATUS = ("passed", "failed", "phase error")

FIXED_SENSE = Struct(
    "response" / Byte,
    Padding(1),
    "key" / Byte,
    "information" / Int32ub,
    "additional" / Byte,
    Padding(4),
    "asc" / Byte,
    "ascq" / Byte,
)
DESCRIPTOR_SENSE = Struct("response" / Byte, "key" / Byte, "asc" / Byte, "ascq" / Byte)

SENSE_KEYS = (
    "no sense",
    "recovered error",
    "not ready",
    "medium error",
    "hardware error",
    "illegal request",
    "unit attention",
    "data protect",
    "blank check",
    "vendor specific",
    "copy aborted",
    "aborted command",
)
ASC = {
    (0x04, 0x01): "becoming ready",
    (0x20, 0x00): "invalid command operation code",
    (0x24, 0x00): "invalid field in CDB",
    (0x25, 0x00): "logical unit not supported",
    (0x28, 0x00): "medium may have changed",
    (0x29, 0x00): "power on or reset",
    (0x3A, 0x00): "medium not present",
    (0x53, 0x02): "medium removal prevented",
}

HOSTS = {"windows": 0x00, "mac": 0x10, "linux": 0x20, "gateway": 0x30}
"""bPcType: the host that the stick is told it is plugged into."""
GATEWAY_PROFILES = {"modem": 0, "ncm": 1}
"""bProFile, heard only with the gateway host: 0 PPP modem, 1 NDIS (NCM)."""
GREEN_MODES = {"product": 0, "work": 1, "debug": 2}
"""bGreenMode: HiLink firmware acts on product and work."""

HUAWEI = Struct(
    "opcode" / Const(b"\x11"),
    "reserved" / Const(b"\x06"),
    "host" / Enum(Byte, **HOSTS),
    "timeout" / Byte,
    "pid" / Byte,
    "new_pid" / Byte,
    "cd" / Byte,
    "profile" / Byte,
    "green" / Byte,
    Padding(7),
)
"""Huawei's rewind command, opcode 0x11, 16 bytes, by the firmware's own field names."""


def _cdb(opcode: int, **fields: Any) -> Struct:
    """A CDB: its opcode, then named fields in order; the LUN bits of SCSI-2 are left to the field's byte."""
    return Struct("opcode" / Const(bytes([opcode])), *(name / field for name, field in fields.items()))


CDBS: dict[str, Struct] = {
    "TEST UNIT READY": _cdb(0x00, reserved=Bytes(4), control=Byte),
    "REZERO UNIT": _cdb(0x01, reserved=Bytes(4), control=Byte),
    "REQUEST SENSE": _cdb(0x03, desc=Byte, reserved=Bytes(2), allocation=Byte, control=Byte),
    "INQUIRY": _cdb(0x12, evpd=Byte, page=Byte, allocation=Int16ub, control=Byte),
    "MODE SENSE(6)": _cdb(0x1A, dbd=Byte, page=Byte, subpage=Byte, allocation=Byte, control=Byte),
    "START STOP UNIT": _cdb(0x1B, immediate=Byte, reserved=Bytes(2), action=Byte, control=Byte),
    "PREVENT ALLOW MEDIUM REMOVAL": _cdb(0x1E, reserved=Bytes(3), prevent=Byte, control=Byte),
    "READ FORMAT CAPACITIES": _cdb(0x23, reserved=Bytes(6), allocation=Int16ub, control=Byte),
    "READ CAPACITY(10)": _cdb(0x25, reserved=Bytes(1), lba=Int32ub, reserved2=Bytes(3), control=Byte),
    "READ(10)": _cdb(0x28, flags=Byte, lba=Int32ub, group=Byte, blocks=Int16ub, control=Byte),
    "WRITE(10)": _cdb(0x2A, flags=Byte, lba=Int32ub, group=Byte, blocks=Int16ub, control=Byte),
    "VERIFY(10)": _cdb(0x2F, flags=Byte, lba=Int32ub, group=Byte, blocks=Int16ub, control=Byte),
    "SYNCHRONIZE CACHE(10)": _cdb(0x35, flags=Byte, lba=Int32ub, group=Byte, blocks=Int16ub, control=Byte),
    "READ TOC": _cdb(0x43, msf=Byte, format=Byte, reserved=Bytes(3), track=Byte, allocation=Int16ub, control=Byte),
    "GET CONFIGURATION": _cdb(0x46, rt=Byte, feature=Int16ub, reserved=Bytes(3), allocation=Int16ub, control=Byte),
    "GET EVENT STATUS NOTIFICATION": _cdb(
        0x4A, polled=Byte, reserved=Bytes(2), classes=Byte, reserved2=Bytes(2), allocation=Int16ub, control=Byte
    ),
    "READ DISC INFORMATION": _cdb(0x51, kind=Byte, reserved=Bytes(5), allocation=Int16ub, control=Byte),
    "MODE SENSE(10)": _cdb(0x5A, dbd=Byte, page=Byte, reserved=Bytes(4), allocation=Int16ub, control=Byte),
    "HUAWEI REWIND": HUAWEI,
}
"""Name → layout of each CDB that is sent, answered or explained."""

SETUP = Struct("request_type" / Byte, "request" / Byte, "value" / Int16ul, "index" / Int16ul, "length" / Int16ul)
"""The eight bytes of a control transfer's setup stage.  Ref: USB 2.0 §9.3."""


class Cbw(NamedTuple):
    """A CBW that was read: tag (4 bytes), data length (bytes), flags, LUN, bCBWCBLength, CB (16 bytes)."""

    tag: bytes
    length: int
    flags: int
    lun: int
    cb_length: int
    cb: bytes


class Sense(NamedTuple):
    """Sense key, additional sense code and its qualifier; prints itself in words."""

    key: int
    asc: int
    ascq: int

    def __str__(self) -> str:
        key = SENSE_KEYS[self.key] if self.key < len(SENSE_KEYS) else f"key {self.key:#x}"
        more = ASC.get((self.asc, self.ascq), f"asc {self.asc:02x} ascq {self.ascq:02x}")
        return f"{key}, {more}"


def build_cbw(
    cdb: bytes, *, lun: int = 0, data_in: int = 0, data_out: int = 0, cb_length: int | None = None, tag: bytes = TAG
) -> bytes:
    """Wrap a CDB of 0 to 16 bytes in a CBW of 31.

    ``data_in`` or ``data_out`` is the length of the data phase in bytes; ``cb_length`` is what bCBWCBLength shall say
    where that is not the length of the CDB (the published Huawei messages say 0, and work).  Raises
    :class:`UsageError`.
    """
    if len(cdb) > 16 or (data_in and data_out) or len(tag) != 4:
        raise UsageError("a CBW holds at most 16 bytes of CDB, one data phase and a tag of 4 bytes")
    fields = {
        "tag": tag,
        "length": data_in or data_out,
        "flags": 0x80 if data_in else 0,
        "lun": lun,
        "cb_length": len(cdb) if cb_length is None else cb_length,
        "cb": cdb.ljust(16, b"\0"),
    }
    try:
        return bytes(CBW.build(fields))
    except ConstructError as error:
        raise UsageError(f"no CBW can say this: {error}") from error


def read_cbw(raw: bytes) -> Cbw:
    """Read a CBW of exactly 31 bytes, whatever its fields say.  Raises :class:`BadReply`."""
    if len(raw) != 31:
        raise BadReply(f"a CBW has 31 bytes, not {len(raw)}")
    try:
        return Cbw(*list(CBW.parse(raw).values())[2:])
    except ConstructError as error:
        raise BadReply(f"not a CBW: it begins with {raw[:4].hex()}") from error


def build_csw(tag: bytes, residue: int = 0, status: int = 0) -> bytes:
    """The 13 bytes a device answers with."""
    return bytes(CSW.build({"tag": tag, "residue": residue, "status": status}))


def read_sense(raw: bytes) -> Sense | None:
    """Read fixed or descriptor format sense data, or None where it is neither.  Ref: SPC-4 §4.5.2, §4.5.3."""
    layout = {0x70: FIXED_SENSE, 0x71: FIXED_SENSE, 0x72: DESCRIPTOR_SENSE, 0x73: DESCRIPTOR_SENSE}.get(
        raw[0] & 0x7F if raw else 0
    )
    if layout is None or len(raw) < layout.sizeof():
        return None
    said = layout.parse(raw)
    return Sense(said.key & 0x0F, said.asc, said.ascq)


def build_sense(sense: Sense) -> bytes:
    """18 bytes of fixed format sense, as sticks give."""
    fields = {"response": 0x70, "key": sense.key, "information": 0, "additional": 10}
    return bytes(Padded(18, FIXED_SENSE).build({**fields, "asc": sense.asc, "ascq": sense.ascq}))


def build_cdb(name: str, **fields: object) -> bytes:
    """A CDB of the table by its fields; what is not named is zero.  Raises :class:`UsageError`."""
    layout = CDBS[name]
    values: dict[str, object] = {}
    for field in layout.subcons[1:]:
        if field.name is not None:
            values[field.name] = bytes(field.sizeof()) if field.name.startswith("reserved") else 0
    if name == "HUAWEI REWIND":
        del values["reserved"]
    unknown = set(fields) - set(values)
    if unknown:
        raise UsageError(f"{name} has no field {', '.join(sorted(unknown))}")
    try:
        return bytes(layout.build({**values, **fields}))
    except ConstructError as error:
        raise UsageError(f"{name} cannot say this: {error}") from error
