"""``modeswitch apply``: what the policy wants of a stick that has just woken up; what udev's service runs."""

from __future__ import annotations

import argparse

from ..identity.device import Device
from ..service import policy as wishes
from ..service.apply import apply
from . import setting
from .show import Show


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Switch one stick as the policy wants it; one that is switched already, or is not known, is left as it is."""
    policy = wishes.load(arguments.policy)
    for problem in policy.problems:
        show.warn(problem)
    with setting.bus(arguments) as bus:
        library = setting.library(arguments)

        def do(device: Device) -> None:
            show.done(**apply(device, policy, bus, library, show.tell).facts())

        found = setting.sticks(arguments, bus, library)
        for problem in library.problems:
            show.warn(problem)
        return setting.each(found, show, do)
