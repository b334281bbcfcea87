"""``modeswitch restore``: put back what a stick's NVRAM held before it was changed."""

from __future__ import annotations

import argparse

from ..switching.session import Session
from ..tasks.ports import restore
from . import setting
from .show import Show


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Put back the first saved value, and restart the stick."""

    def do(session: Session) -> None:
        changed = restore(session)
        after = session.device
        if show.json:
            values = [one._asdict() for one in changed]
            show.emit("done", result="restored" if changed else "already", **after.facts(), values=values)
            return
        for one in changed:
            whose = f"as it was saved on {one.when} of {one.stick}, in {one.file}"
            show.result(f"{after.port}: {one.name} is {one.value} again, {whose}")
        if changed:
            show.result(f"{after.port}: {after.id} is in {after.mode}")
        else:
            show.result(f"{after.port}: {after.id} holds what it came with already")

    return setting.of_each(arguments, show, do)
