"""``modeswitch apply``: what the policy wants of a stick that has just woken up; what udev's service runs."""

from __future__ import annotations

import argparse

from ..identity.device import Device
from ..service import policy as wishes
from ..service.apply import apply
from ..service.upkeep import NoLine, keep_up
from . import setting
from .show import Show


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Do with one stick what the policy wants; one that is switched already, or is not known, stays in its mode."""
    policy = wishes.load(arguments.policy)
    if policy.unreadable:
        raise policy.problems[0]
    for problem in policy.problems:
        show.warn(problem)
    with setting.bus(arguments) as bus:
        library = setting.library(arguments)

        def do(device: Device) -> None:
            result = apply(device, policy, bus, library, show.tell)
            show.done(**result.facts())
            wish = policy.wish(device.usb, device.profile)
            try:
                keep_up(result, wish, bus, library, show.tell)
            except NoLine as error:
                raise error.cause from error

        found = setting.sticks(arguments, bus, library)
        for problem in library.problems:
            show.warn(problem)
        return setting.each(found, show, do)
