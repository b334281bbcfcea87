"""The bus and the library that a command works with, as its arguments say."""

from __future__ import annotations

import argparse
import os

from ..bus import Bus
from ..errors import UsageError
from ..library import Library, user_directories


def library(arguments: argparse.Namespace) -> Library:
    if not arguments.profiles:
        return Library()
    for folder in arguments.profiles:
        if not os.path.isdir(folder):
            raise UsageError(f"{folder!r} is no folder")
    return Library(user=[*arguments.profiles, *user_directories()])


def bus(arguments: argparse.Namespace) -> Bus:
    if not arguments.simulate:
        from ..bus import default

        return default()
    from ..sim.backend import SimBus, parse

    sticks = [parse(text) for text in arguments.simulate]
    ports = [stick.port for stick in sticks]
    if len(set(ports)) != len(ports):
        raise UsageError("two simulated sticks in one port", hint="Give each its own: --simulate e3372h@1-2")
    return SimBus(sticks)
