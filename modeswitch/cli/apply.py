"""``modeswitch apply``: what the policy wants of a stick that has just woken up; what udev's service runs."""

from __future__ import annotations

import argparse

from ..identity.recognise import Device
from ..service import policy as wishes
from ..service.apply import apply
from . import setting
from .show import Show


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Switch one stick as the policy wants it; one that is switched already, or is none of ours, is left as it is."""
    policy = wishes.load(arguments.policy)
    for problem in policy.problems:
        show.warn(problem)
    with setting.bus(arguments) as bus:
        library = setting.library(arguments)

        def do(device: Device) -> None:
            outcome = apply(device, policy, bus, library, show.tell)
            if isinstance(outcome, str):
                _say(show, device, "left", outcome)
            else:
                _say(show, outcome.device, outcome.result, f"is in {outcome.mode}")

        found = setting.sticks(arguments, bus, library)
        for problem in library.problems:
            show.warn(problem)
        return setting.each(found, show, do)


def _say(show: Show, device: Device, result: str, words: str) -> None:
    place = {"port": str(device.usb.port), "id": str(device.usb.id), "mode": device.mode}
    if show.json:
        show.emit("done", result=result, **place)
    else:
        show.result(f"{place['port']}: {place['id']} {words}")
