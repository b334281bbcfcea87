"""What tells one stick, SIM or person from another, taken out of text that is to be shown to others."""

from __future__ import annotations

import re
from collections.abc import Iterable

_MAC = re.compile(r"(?<![0-9a-fA-F])(?:[0-9a-fA-F]{2}([:-]))(?:[0-9a-fA-F]{2}\1){4}[0-9a-fA-F]{2}(?![0-9a-fA-F])")
_NET_OF_MAC = re.compile(r"\b((?:en|wl|ww)x)[0-9a-f]{12}\b")
_PHONE = re.compile(r"\+\d(?:[ ./()-]{0,2}\d){7,14}(?!\d)")
_LONG = re.compile(r"(?<!\d)\d{14,22}(?!\d)")
"""IMEI (14 to 16 digits), IMSI (15), ICCID (19 or 20).  Ref: 3GPP TS 23.003 §2.2, §6.2; ITU-T E.118."""
_SERIAL = re.compile(r"((?<!<)serial(?:\s*number)?\s*[:=]\s*|iSerial\s+\d+\s+)([^\s,;]+)", re.IGNORECASE)


def mask(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without serial numbers, IMEI, IMSI and ICCID, phone numbers and MACs; ``secrets`` are known serials.

    What is left says how long each was, which may matter to a profile.
    """
    for secret in sorted({secret for secret in secrets if len(secret) > 3}, key=len, reverse=True):
        text = text.replace(secret, serial(secret))
    text = _SERIAL.sub(lambda match: match[1] + (match[2] if match[2][0] in "<-" else serial(match[2])), text)
    text = _MAC.sub("<MAC>", text)
    text = _NET_OF_MAC.sub(r"\1<MAC>", text)
    text = _PHONE.sub("<phone number>", text)
    return _LONG.sub(lambda match: f"<{len(match[0])} digits>", text)


def serial(text: str) -> str:
    """A serial number as its length: ``<serial: 16 characters>``; empty where there is none."""
    return f"<serial: {len(text)} characters>" if text else ""
