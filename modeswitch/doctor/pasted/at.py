"""The answers of a stick to AT commands, of which only the port list (AT^SETPORT) is noted.

Ref: tests/captures/26_at_responses.txt.
"""

from __future__ import annotations

import re

from .form import form

_PORT_LIST = re.compile(
    r"SETPORT\s*[:=]\s*\"?([0-9A-F]{0,2}(?:,[0-9A-F]{1,2}){0,8};[0-9A-F]{1,2}(?:,[0-9A-F]{1,2}){0,16})"
)


def port_list(line: str) -> str:
    """The port list that is in a line of any form, a command or an answer; empty where there is none."""
    found = _PORT_LIST.search(line.upper())
    return found[1] if found else ""


FORMS = (form("AT answers", r"(?:^|\s)(?:AT)?[\^+](?:SETPORT|GETPORTMODE|NDISSTAT\w*|DHCP|FHVER|VERSION|U2DIAG)\b"),)
"""In the order in which a line is tried."""
