"""``modeswitch explain``: decode a message, and name the profiles that send it."""

from __future__ import annotations

import argparse

from ..database.senders import senders
from ..errors import UsageError
from ..usb.explain import explain
from . import setting
from .show import Show

MOST = 12
"""How many profiles are named to a person; a standard eject is sent by many."""


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Decode a message, and name the profiles that send it."""
    words = " ".join(arguments.hex).lower().replace(":", " ").split()
    text = "".join(word.removeprefix("0x") for word in words)
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raise UsageError(
            f"{text[:80]!r} is not an even number of hex digits", hint="As in: modeswitch explain 55534243…"
        ) from None
    lines = explain(raw)
    library = setting.library(arguments)
    sending = [f"{family.name}: {transition}" for family, transition in senders(raw, library)]
    for problem in library.problems:
        show.warn(problem)
    if show.json:
        show.emit("done", **{field.replace(" ", "_"): meaning for field, meaning in lines}, sent_by=sending)
        return 0
    for field, meaning in lines:
        show.result(f"{field:13} {meaning}")
    for sender in sending[:MOST]:
        show.result(f"{'sent by':13} {sender}")
    if len(sending) > MOST:
        show.result(f"{'sent by':13} and {len(sending) - MOST} more")
    if not sending:
        show.result(f"{'sent by':13} no profile that is known here")
    return 0
