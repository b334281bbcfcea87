"""What a stick says of itself over its AT port: its SIM, its network, its line; nothing is changed by asking.

Ref: 3GPP TS 27.007 §7.2 (+CREG), §7.3 (+COPS), §8.3 (+CPIN), §8.5 (+CSQ); tests/captures/26_at_responses.txt.
"""

from __future__ import annotations

import re

from ..errors import BadReply, CommandFailed
from ..printable import printable
from ..values import NamedTuple
from .at import Dialogue
from .line import Addresses, ask_addresses, ask_state
from .sim_card import BUSY


class Status(NamedTuple):
    """What a stick says of itself: its SIM, network and line; None or empty where it does not say.

    ``signal`` is in dBm.  ``source`` is who says so: the stick itself or ModemManager, which holds it; then ``state``
    is its word for the modem's state and ``quality`` the signal in percent, which it tells in place of dBm.
    """

    sim: str
    registered: bool | None
    operator: str
    signal: int | None
    up: bool | None
    addresses: Addresses | None
    firmware: str
    source: str = "stick"
    state: str = ""
    quality: int | None = None


def ask_status(dialogue: Dialogue) -> Status:
    """All that the stick can be asked without changing anything."""
    registrations = [r for name in ("+CEREG", "+CREG") if (r := ask_registered(dialogue, name)) is not None]
    operator = re.search(r'"([^"]*)"', dialogue.said("AT+COPS?", "+COPS") or "")
    quality = re.match(r"([0-9]+)", dialogue.said("AT+CSQ", "+CSQ") or "")
    level = int(quality[1]) if quality else 99
    up = ask_state(dialogue)
    return Status(
        printable(_sim(dialogue), 40),
        any(registrations) if registrations else None,
        printable(operator[1], 40) if operator else "",
        2 * level - 113 if level <= 31 else None,
        up,
        ask_addresses(dialogue) if up else None,
        printable((dialogue.said("AT^FHVER", "^FHVER") or "").strip('"'), 80),
    )


def _sim(dialogue: Dialogue) -> str:
    """What the SIM says; ``BUSY`` while it is starting."""
    try:
        return dialogue.ask("AT+CPIN?").value("+CPIN") or ""
    except CommandFailed as error:
        answer = str(error.facts.get("answer"))
        return "BUSY" if BUSY.fullmatch(answer) and answer.upper() != "ERROR" else ""
    except BadReply:
        return ""


def ask_registered(dialogue: Dialogue, name: str) -> bool | None:
    """Is it registered, by ``+CREG`` or another of that kind?  None where it does not say."""
    fields = (dialogue.said(f"AT{name}?", name) or "").split(",")
    return fields[1].strip() in ("1", "5") if len(fields) > 1 else None
