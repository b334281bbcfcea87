"""What a command works with, as its arguments say: the bus, the library, the sticks."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable

from ..database.library import Library, user_directories
from ..errors import ModeswitchError, UsageError
from ..identity.device import Device
from ..identity.find import every, find, find_one, only
from ..switching.goal import host_drives, of_any_host
from ..switching.session import Session
from ..usb.bus import Bus
from ..usb.descriptors import Port
from ..values import TYPE_CHECKING
from .show import Show

if TYPE_CHECKING:
    from ..database.profile import CanDrive
    from ..modem.saved import Store
    from ..service.policy import Policy
    from ..usb.host import Drivers


def library(arguments: argparse.Namespace) -> Library:
    if not arguments.profiles:
        return Library()
    for folder in arguments.profiles:
        if not os.path.isdir(folder):
            raise UsageError(f"{folder!r} is no folder")
    return Library(user=[*arguments.profiles, *user_directories()])


def policy(arguments: argparse.Namespace, show: Show) -> Policy | None:
    """What the owner of this machine wants, None where there is no such file; what is wrong with it is told."""
    from ..service.policy import load

    if not os.path.lexists(arguments.policy):
        return None
    try:
        found = load(arguments.policy)
    except ModeswitchError as error:
        show.warn(error)
        return None
    for problem in found.problems:
        show.warn(problem)
    return None if found.unreadable else found


def bus(arguments: argparse.Namespace) -> Bus:
    if not arguments.simulate:
        from ..host import default

        return default()
    from ..sim.bus import plug

    return plug(arguments.simulate)


def store(arguments: argparse.Namespace) -> Store:
    """Where old values of NVRAM are kept; those of simulated sticks go nowhere that lasts."""
    from ..modem.saved import Store

    if arguments.state is None and arguments.simulate:
        import tempfile

        return Store(tempfile.mkdtemp(prefix="modeswitch-simulated-"))
    return Store(arguments.state)


def can_drive(arguments: argparse.Namespace, bus: Bus, device: Device) -> CanDrive:
    """What can be driven: by this host, by that of ``--kernel-modules``, by any (``--without-driver``)."""
    return of_any_host if arguments.without_driver else host_drives(bus, device, drivers(arguments))


def drivers(arguments: argparse.Namespace) -> Drivers | None:
    """The drivers of the host of ``--kernel-modules``; None where those of this one count."""
    if arguments.kernel_modules is None:
        return None
    from ..linux.modules import of_folder

    return of_folder(arguments.kernel_modules)


def sticks(arguments: argparse.Namespace, bus: Bus, library: Library) -> list[Device]:
    """The sticks that are meant: with ``--all`` every one that fits, else the one, at ``--port`` where that is given.

    Where no stick is named it is the only one there is, or with ``--all`` every one.  Raises what
    :func:`modeswitch.identity.find.find_one` raises.
    """
    wanted = arguments.device or arguments.port or ""
    all_of_them = "all" in arguments and arguments.all
    if not wanted:
        return every(bus, library) if all_of_them else [only(bus, library)]
    try:
        if all_of_them:
            return find(wanted, bus, library)
        return [find_one(wanted, bus, library, Port.parse(arguments.port) if arguments.port else None)]
    except UsageError as error:
        from .mistakes import with_command

        raise with_command(error, wanted, arguments.words, arguments.commands) from None


def session(arguments: argparse.Namespace, show: Show, device: Device, bus: Bus, library: Library) -> Session:
    """The stick held for one job, as the arguments say."""
    show.holds = True
    writes = "state" in arguments and ("persist" not in arguments or arguments.persist)
    return Session(
        device,
        timeout=arguments.timeout,
        on_event=show.tell,
        tick=show.tick,
        store=store(arguments) if writes else None,
        unmount="unmount" in arguments and arguments.unmount,
        take="take" in arguments and arguments.take,
        like=arguments.like if "like" in arguments else None,
        web_password=arguments.web_password if "web_password" in arguments else None,
        bus=bus,
        library=library,
    )


def of_each(arguments: argparse.Namespace, show: Show, do: Callable[[Session], None]) -> int:
    """Hold each stick that is meant, one after the other, and do something; the exit status as :func:`each` has it."""
    with bus(arguments) as here:
        profiles = library(arguments)

        def hold(device: Device) -> None:
            with session(arguments, show, device, here, profiles) as held:
                do(held)

        return each(sticks(arguments, here, profiles), show, hold)


def each(device: list[Device], show: Show, do: Callable[[Device], None]) -> int:
    """Do something with each stick; one that fails among several is told, and the rest have their turn.

    Returns the exit status: that of the first that failed.
    """
    status = 0
    for stick in device:
        show.port = str(stick.port)
        try:
            do(stick)
        except ModeswitchError as error:
            if len(device) == 1:
                raise
            show.error(error)
            status = status or error.status
    return status


def secret(text: str, what: str) -> str:
    """A secret as it was given, or where that is ``-`` the next line of standard input: not to be seen in ps(1)."""
    if text != "-":
        return text
    import sys

    try:
        line = sys.stdin.readline(200).rstrip("\r\n") if sys.stdin is not None else ""
    except (OSError, ValueError):  # it is not to be read, or no text
        line = ""
    if not line:
        raise UsageError(f"no {what} on standard input")
    return line


def confirmed(question: str, show: Show) -> bool | None:
    """Has the person at the terminal said yes?  None where there is no terminal to ask on."""
    import sys

    terminals = (sys.stdin, sys.stderr)
    try:
        if show.json or not all(stream is not None and stream.isatty() for stream in terminals):
            return None
        show.progress(f"{question} [y/N]")
        answer = sys.stdin.readline(20)
    except (OSError, ValueError):
        return None
    return answer.strip().lower() in ("y", "yes")
