"""What follows a switch, as the policy wishes it: the line is put up, the owner's program is run.

The program runs outside of the service's sandbox where systemd can start it there: what sets up a network needs more
than a switch may have.  It gets no shell, no environment of ours and no more time than :data:`SECONDS`.

Ref: systemd-run(1); systemd's run.c (--wait needs the bus); systemd.service(5), RuntimeMaxSec= and "Command lines".
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable

from ..errors import ModeswitchError, Refused
from ..events import telling
from ..files import untrusted
from ..identity.device import Device
from ..identity.recognise import identify_here
from ..linux import programs
from ..modem.roles import WAKING, satisfies
from ..printable import printable
from ..switching.session import Session
from ..values import TYPE_CHECKING
from .wish import LEAVE_ALONE, USUAL, WantedLine, Wish

if TYPE_CHECKING:
    from typing import Any

    from ..database.library import Library
    from ..events import OnEvent
    from ..switching.switch import SwitchResult
    from ..tasks.line import Line
    from ..usb.bus import Bus

SECONDS = 60.0
"""How long the owner's program may run."""
STARTING = 10.0
"""How much longer systemd may take, which ends it by itself then, in seconds."""
SYSTEM_BUS = "/run/dbus/system_bus_socket"
"""Where systemd-run reaches systemd when it shall wait for the end; without D-Bus the program is our own child."""


class NoLine(Exception):
    """The line could not be put up; ``cause`` is why."""

    def __init__(self, cause: ModeswitchError) -> None:
        super().__init__(cause)
        self.cause = cause


def _wants_more(result: SwitchResult, wish: Wish) -> bool:
    """Is the stick where its owner wants it, and shall something follow?"""
    mode = result.device.mode
    if not (wish.line or wish.run) or mode is None or mode in WAKING or wish.to == LEAVE_ALONE:
        return False
    return wish.to == USUAL or satisfies(mode, wish.to)


def keep_up(
    result: SwitchResult,
    wish: Wish,
    bus: Bus,
    library: Library,
    on_event: OnEvent,
    is_up: Callable[[Line], None] = lambda _line: None,
    *,
    came: bool = False,
) -> None:
    """Put up the line that is wished for, and run the owner's program where something was done, or the stick ``came``.

    Nothing is done for a stick that is not where its owner wants it; a line that is up already stays as it is.
    ``is_up`` is called with the line.  Raises :class:`NoLine` with what :func:`modeswitch.tasks.line.connect` raises,
    or :class:`Refused` for a secret that cannot be read; and what :func:`run_program` raises.
    """
    seen = bus.at(result.port) if _wants_more(result, wish) else None
    if seen is None:
        return
    done = [came or result.result == "switched"]

    def hear(event: str, **facts: Any) -> None:
        done.append(event == "dialling")
        on_event(event, **facts)

    device = identify_here(seen, bus, library, result.device.profile)
    if wish.line is not None and device.mode == "ncm":
        try:
            is_up(_put_up(device, wish.line, bus, library, hear))
        except ModeswitchError as error:
            raise NoLine(error) from error
    if any(done):
        run_program(device, wish, bus, telling(on_event, device.port))


def _put_up(device: Device, wanted: WantedLine, bus: Bus, library: Library, on_event: OnEvent) -> Line:
    from ..tasks.line import connect

    call, pin = wanted.call(), wanted.pin()
    with Session(device, bus=bus, library=library, on_event=on_event) as session:
        return connect(session, call, pin=pin)


def run_program(device: Device, wish: Wish, bus: Bus, tell: OnEvent) -> None:
    """Run the owner's program and tell how it ended (``ran``).

    Raises :class:`Refused` for one that root must not run, :class:`ModeswitchError` where it fails, or does not end.
    """
    if not wish.run:
        return
    words = _filled_in(wish.run, device, bus)
    _check(words[0])
    began = bus.now()
    status, said = _run(words)
    shown = printable(" ".join(words), 300)
    tell("ran", command=words, status=status, seconds=round(bus.now() - began, 1))
    if status != 0:
        how = f"gave status {status}" if status is not None else f"did not end in {SECONDS:g} s, and was killed"
        raise ModeswitchError(
            f"{device} is in {device.mode}; the policy's program {how}: {shown}{said and f': {said}'}",
            hint=f"Try it by hand: {printable(shlex.join(words), 300)}",
            **device.facts(),
        )


def _filled_in(words: tuple[str, ...], device: Device, bus: Bus) -> list[str]:
    """The words with what is known of the stick; what it has not is empty."""
    values = {
        "port": str(device.port),
        "id": str(device.id),
        "mode": device.mode or "",
        "network": next(iter(bus.host.networks(device.usb)), ""),
        "tty": device.at_port,
    }
    return [re.sub(r"\{([a-z]+)\}", lambda found: values[found[1]], word) for word in words]


def _check(path: str) -> None:
    """Raise :class:`Refused` for a program that is not there, or that somebody else than root could have written.

    Or could put another one into its place after this look: every folder on the way is root's.
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise Refused(f"{printable(path)}: {error.strerror}", hint="The policy names it: run.") from error
    try:
        complaint = untrusted(file)
    finally:
        os.close(file)
    if complaint:
        shown = printable(path)
        raise Refused(f"{shown} {complaint}: it is not run", hint=f"chown root {shown}; chmod go-w {shown}")
    if not os.path.isfile(path) or not os.access(path, os.X_OK):
        raise Refused(f"{printable(path)} is no program", hint=f"chmod +x {printable(path)}")
    if os.geteuid() == 0:
        _check_way(path)


def _check_way(path: str) -> None:
    from .interpreter import changeable, passed_by

    for passed in passed_by(path):
        try:
            complaint = changeable(passed, only_passed=True)
        except OSError as error:
            complaint = error.strerror or "cannot be looked at"
        if complaint:
            raise Refused(
                f"{printable(path)} is not run: {printable(passed)} {complaint}",
                hint="Move it to where only root writes: /usr/local/sbin",
            )


def _run(words: list[str]) -> tuple[int | None, str]:
    """Run it, by systemd where that is here; its status (None: it did not end) and the last that it complained of."""
    limit = [f"--property=RuntimeMaxSec={SECONDS:g}", "--property=TimeoutStopSec=5"]
    here = programs.systemd_runs() and os.path.exists(SYSTEM_BUS)
    by_systemd = os.geteuid() == 0 and here and programs.find("systemd-run") is not None
    command = words
    if by_systemd:  # which fills in $NAME in each word, also in 'x$(y)', unless the sign is doubled
        plain = [word.replace("$", "$$") for word in words]
        command = ["systemd-run", "--quiet", "--wait", "--collect", "--pipe", *limit, "--", *plain]
    try:
        said = programs.run(*command, seconds=SECONDS + STARTING if by_systemd else SECONDS)
    except OSError as error:
        return 127, printable(str(error))
    return said.status, said.complaint
