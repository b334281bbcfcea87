"""What a command works with, as its arguments say: the bus, the library, the sticks."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable

from ..bus import Bus
from ..descriptors import Port
from ..errors import ModeswitchError, UsageError
from ..find import find, find_one
from ..library import Library, user_directories
from ..recognise import Known
from .show import Show


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


def sticks(arguments: argparse.Namespace, bus: Bus, library: Library) -> list[Known]:
    """The sticks that are meant: with ``--all`` every one that fits, else the one, at ``--port`` where that is given.

    Raises what :func:`modeswitch.find.find_one` raises.
    """
    if "all" in arguments and arguments.all:
        return find(arguments.device, bus, library)
    return [find_one(arguments.device, bus, library, Port.parse(arguments.port) if arguments.port else None)]


def each(known: list[Known], show: Show, do: Callable[[Known], None]) -> int:
    """Do something with each stick; one that fails among several is told, and the rest have their turn.

    Returns the exit status: that of the first that failed.
    """
    status = 0
    for stick in known:
        try:
            do(stick)
        except ModeswitchError as error:
            if len(known) == 1:
                raise
            show.error(error)
            status = status or error.status
    return status
