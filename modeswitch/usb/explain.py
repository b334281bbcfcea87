"""A message in words: what each field of a CBW, CSW, sense data, setup packet or CDB says."""

from __future__ import annotations

from ..errors import UsageError
from . import bot, scsi

_NAMES = {layout.subcons[0].build(None)[0]: name for name, layout in scsi.CDBS.items()}


def explain(raw: bytes) -> list[tuple[str, str]]:
    """Decode a message: (field, meaning) in the order of the bytes.

    Knows a CBW (31 bytes), a CSW (13), sense data, a setup packet (8 bytes), and bare CDBs of the table.
    Raises :class:`UsageError` where it is not one of these.
    """
    if raw[:4] == b"USBC" and len(raw) == 31:
        return _explain_cbw(scsi.read_cbw(raw))
    if raw[:4] == b"USBS" and len(raw) == 13:
        csw = bot.read_csw(raw)
        status = scsi.STATUS[csw.status] if csw.status < len(scsi.STATUS) else "reserved"
        return [
            ("message", "CSW, Command Status Wrapper"),
            ("tag", csw.tag.hex()),
            ("residue", f"{csw.residue} bytes"),
            ("status", f"{csw.status} ({status})"),
        ]
    sense = scsi.read_sense(raw) if len(raw) >= 4 else None
    if sense is not None:
        return [("message", "sense data"), ("sense", str(sense))]
    if raw[:2] == b"\x11\x06" or (raw and raw[0] in _NAMES and len(raw) in (6, 10, 12, 16)):
        return _explain_cdb(raw)
    if raw[:4] in (b"USBC", b"USBS"):
        whole = 31 if raw[:4] == b"USBC" else 13
        raise UsageError(f"it begins like a message of {whole} bytes, but has {len(raw)}")
    if len(raw) == 8:
        return _explain_setup(raw)
    raise UsageError(
        f"{len(raw)} bytes that are no CBW (31 bytes), CSW (13), sense data, setup packet (8) or known CDB"
    )


def _explain_cbw(cbw: scsi.Cbw) -> list[tuple[str, str]]:
    direction = "none" if not cbw.length else "to the host" if cbw.flags & 0x80 else "to the device"
    legal = 1 <= cbw.cb_length <= 16 and cbw.lun <= 15 and not cbw.flags & 0x7F
    lines = [
        ("message", "CBW, Command Block Wrapper"),
        ("tag", cbw.tag.hex()),
        ("data", f"{cbw.length} bytes, {direction}"),
        ("flags", f"{cbw.flags:#04x}"),
        ("lun", str(cbw.lun)),
        ("cb length", f"{cbw.cb_length}" + ("" if legal else " (not legal BOT; sticks are known to take it)")),
    ]
    return lines + _explain_cdb(cbw.cb)


def _explain_cdb(cdb: bytes) -> list[tuple[str, str]]:
    name = _NAMES.get(cdb[0])
    if name is None or (name == "HUAWEI REWIND" and cdb[1:2] != b"\x06"):
        return [("command", f"opcode {cdb[0]:#04x}"), ("cdb", cdb.hex(" "))]
    layout = scsi.CDBS[name]
    said = layout.parse(cdb.ljust(layout.sizeof(), b"\0"))
    lines = [("command", f"{name}, opcode {cdb[0]:#04x}")]
    for field in layout.subcons[1:]:
        if field.name is not None and not field.name.startswith("reserved"):
            lines.append((field.name, _meaning(name, field.name, said[field.name])))
    return lines


def _meaning(command: str, field: str, value: int) -> str:
    """A field's value with the word for it, where there is one."""
    words = {
        ("HUAWEI REWIND", "profile"): {code: word for word, code in scsi.GATEWAY_PROFILES.items()},
        ("HUAWEI REWIND", "green"): {code: word for word, code in scsi.GREEN_MODES.items()},
        ("START STOP UNIT", "action"): {0: "stop", 1: "start", 2: "eject", 3: "load"},
        ("PREVENT ALLOW MEDIUM REMOVAL", "prevent"): {0: "allow", 1: "prevent"},
    }
    if field == "host":
        host = {code: name for name, code in scsi.HOSTS.items()}.get(int(value), "unknown")
        return f"{int(value):#04x} ({host})"
    named = words.get((command, field), {}).get(value)
    return f"{value} ({named})" if named else str(value)


def _explain_setup(raw: bytes) -> list[tuple[str, str]]:
    said = scsi.SETUP.parse(raw)
    kind = ("standard", "class", "vendor", "reserved")[said.request_type >> 5 & 3]
    recipient = {0: "device", 1: "interface", 2: "endpoint"}.get(said.request_type & 0x1F, "other")
    direction = "to the host" if said.request_type & 0x80 else "to the device"
    return [
        ("message", "setup packet of a control transfer"),
        ("request type", f"{said.request_type:#04x} ({kind}, {recipient}, {direction})"),
        ("request", f"{said.request:#04x}{' (SET_FEATURE)' if raw[:2] == bytes([0, 3]) else ''}"),
        ("value", f"{said.value:#06x}"),
        ("index", f"{said.index:#06x}"),
        ("length", f"{said.length} bytes"),
    ]
