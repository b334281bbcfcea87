"""Masks what identifies one stick, SIM or person in a text that others will read."""

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
    """The text with serial numbers, IMEI, IMSI and ICCID, phone numbers and MACs masked; ``secrets`` are known serials.

    A mask has the length of what it replaces, since that may matter to a profile.
    """
    for secret in sorted({secret for secret in secrets if len(secret) > 3}, key=len, reverse=True):
        text = text.replace(secret, mask_serial(secret))
    text = _SERIAL.sub(lambda match: match[1] + (match[2] if match[2][0] in "<-" else mask_serial(match[2])), text)
    text = _MAC.sub("<MAC>", text)
    text = _NET_OF_MAC.sub(r"\1<MAC>", text)
    text = _PHONE.sub("<phone number>", text)
    return _LONG.sub(lambda match: f"<{len(match[0])} digits>", text)


def mask_serial(text: str) -> str:
    """The mask of a serial number: ``<serial: 16 characters>``; empty where there is none."""
    return f"<serial: {len(text)} characters>" if text else ""
