"""``modeswitch explain``: decode a message."""

from __future__ import annotations

import argparse

from ..errors import UsageError
from ..usb.explain import explain
from .show import Show


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Decode a message."""
    words = " ".join(arguments.hex).lower().replace(":", " ").split()
    text = "".join(word.removeprefix("0x") for word in words)
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raise UsageError(
            f"{text[:80]!r} is not an even number of hex digits", hint="As in: modeswitch explain 55534243…"
        ) from None
    lines = explain(raw)
    if show.json:
        show.emit("done", **{field.replace(" ", "_"): meaning for field, meaning in lines})
        return 0
    for field, meaning in lines:
        show.result(f"{field:13} {meaning}")
    return 0
