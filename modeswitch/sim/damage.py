"""What a faulty stick sends in place of the right bytes; each kind is a word of :mod:`modeswitch.sim.faults`."""

from __future__ import annotations

_HOSTILE = {"escape": "\x1b]0;owned\x07\x1b[2J../\n", "surrogate": "\ud800HUAWEI", "long": "A" * 126}


def damage_descriptors(whole: bytes, kind: str) -> bytes:
    """Device and configuration descriptors: cut short, or with a length that is wrong."""
    if kind == "truncated":
        return whole[: len(whole) - 5]
    if kind == "oversized":
        return whole[:20] + b"\xff\xff" + whole[22:]
    if kind == "lying":
        return whole[:22] + b"\x09" + whole[23:]
    return whole[:27] + b"\x00" + whole[28:] if kind == "endless" else whole


def hostile_string(kind: str) -> bytes:
    """A string descriptor that no stick should have; of an odd length where no other kind is meant."""
    text = _HOSTILE.get(kind)
    raw = text.encode("utf-16-le", "surrogatepass") if text else b"\x41\x00\x42"
    return bytes([len(raw) + 2, 3]) + raw


def damage_csw(csw: bytes, kind: str) -> bytes | None:
    """A CSW; None where none is sent now."""
    changed = {
        "late": None,
        "missing": None,
        "failed": csw[:12] + b"\x01",
        "phase": csw[:12] + b"\x02",
        "tag": csw[:4] + b"\0\0\0\0" + csw[8:],
        "garbage": b"\xff" * 13,
        "short": csw[:5],
    }
    return changed.get(kind, csw)
