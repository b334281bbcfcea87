"""The SIM of a stick: waited for while it is busy, unlocked by its PIN, once.

Ref: 3GPP TS 27.007 §8.3 (+CPIN), §9.2 (errors); ModemManager, mm-iface-modem.c (a busy SIM is asked 30 times) and
mm-broadband-modem-huawei.c (the fields of ^CPIN).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ..errors import CommandFailed, Refused, UsageError
from ..printable import printable
from .at import Dialogue

SECONDS = 30.0
"""How long a SIM may be busy, in seconds."""
LOOK = 1.0
"""How often it is asked, in seconds."""
BUSY = re.compile(r"\+CME ERROR\s*:\s*(?:14|515|SIM busy|Please wait.*)|ERROR", re.IGNORECASE)
"""What a SIM or a modem answers while it is still starting; 10, 13 and 15 (no SIM, failure, wrong SIM) are final."""
PIN_FIELD = 3
"""Which field of ``^CPIN: SIM PIN,<times>,<puk>,<pin>,<puk2>,<pin2>`` has the tries of the PIN; times may be empty."""


def check_pin(pin: str) -> None:
    """Raise :class:`UsageError` for what no PIN can be; empty is none."""
    if pin and not re.fullmatch(r"[0-9]{4,8}", pin):
        raise UsageError("a PIN has four to eight digits")


def unlock(dialogue: Dialogue, pin: str, now: Callable[[], float], tell: Callable[..., None]) -> None:
    """Wait for the SIM, and give it its PIN if it wants one.

    Raises :class:`Refused` where it wants another PIN or a PUK, or has one try left; :class:`CommandFailed`.
    """
    state = await_ready(dialogue, now, tell)
    if state == "SIM PIN" and not pin:
        raise Refused("the SIM wants its PIN", hint="Give it with --pin; a wrong one counts against its three tries.")
    if state == "SIM PIN":
        _enter(dialogue, pin)
        until = now() + SECONDS
        while await_ready(dialogue, now, tell) != "READY" and now() < until:
            dialogue.rest(min(LOOK, max(0.0, until - now())))
    elif state != "READY":
        raise Refused(
            f"the SIM says {printable(state, 40) or 'nothing'}", hint="Put it into a phone and unlock it there."
        )


def await_ready(dialogue: Dialogue, now: Callable[[], float], tell: Callable[..., None]) -> str:
    """What the SIM says of itself once it is busy no more: READY, SIM PIN, SIM PUK …"""
    until, told = now() + min(SECONDS, dialogue.left() - LOOK), False
    while True:
        began = now()
        try:
            return (dialogue.ask("AT+CPIN?").value("+CPIN") or "").upper()
        except CommandFailed as error:
            busy = BUSY.fullmatch(str(error.facts.get("answer")))
            if now() >= until or not busy:
                hint = "It is busy still: try again in a minute." if busy else "Is a SIM in it, the right way round?"
                error.located("the SIM", hint=hint)
                raise
        if not told:
            tell("starting", what="its SIM", seconds=round(until - now(), 1))
            told = True
        dialogue.rest(began + LOOK - now())


def _enter(dialogue: Dialogue, pin: str) -> None:
    said = dialogue.said("AT^CPIN?", "^CPIN") or ""
    tries = [field.strip() for field in said.split(",")][PIN_FIELD : PIN_FIELD + 1]
    if tries and tries[0].isdigit() and int(tries[0]) < 2:
        raise Refused(
            f"the SIM allows {tries[0]} more try",
            hint="A wrong one would lock it: put it into a phone, and unlock it there.",
        )
    try:
        dialogue.ask(f'AT+CPIN="{pin}"', secrets=(pin,))
    except CommandFailed as error:
        raise Refused(
            "the SIM refused the PIN", hint="It is not tried again: three wrong ones lock the SIM."
        ) from error
