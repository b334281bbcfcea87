"""``modeswitch switch``: bring a stick to a mode."""

from __future__ import annotations

import argparse

from ..database.library import Library
from ..errors import ModeswitchError, UsageError
from ..identity.device import Device
from ..usb.bus import Bus
from . import setting
from .show import Show


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Switch one stick, or with ``--all`` every one that fits."""
    if arguments.all and arguments.port:
        raise UsageError("--all takes every stick that fits, --port only one: give one of the two")
    if arguments.dry_run:
        from . import plan

        return plan.run(arguments, show)
    if arguments.web_password is not None:
        arguments.web_password = setting.secret(arguments.web_password, "password")
    with setting.bus(arguments) as bus:
        library = setting.library(arguments)
        sticks = setting.sticks(arguments, bus, library)
        for problem in library.problems:
            show.warn(problem)
        if len(sticks) > 1:
            return _side_by_side(arguments, show, bus, library, sticks)
        return setting.each(sticks, show, lambda device: _switch(arguments, show, bus, library, device))


def _side_by_side(arguments: argparse.Namespace, show: Show, bus: Bus, library: Library, sticks: list[Device]) -> int:
    """Switch several at once; one that fails is told, the rest go on.  Returns the status of the first that failed."""
    from ..tasks.several import in_parallel

    def do(device: Device, own: Bus) -> None:
        said = show.for_port(str(device.port))
        try:
            _switch(arguments, said, own, library, device)
        except ModeswitchError as error:
            said.error(error)
            raise

    errors = [error for _, error in in_parallel(sticks, bus, do) if error is not None]
    return errors[0].status if errors else 0


def _switch(arguments: argparse.Namespace, show: Show, bus: Bus, library: Library, device: Device) -> None:
    """Switch one, and say what came of it."""
    from ..switching.switch import switch

    with setting.session(arguments, show, device, bus, library) as session:
        can_drive = setting.can_drive(arguments, bus, device)
        way = {"persist": arguments.persist, "can_drive": can_drive, "wait": arguments.wait}
        result = switch(session, arguments.to, **way)
    show.switched(result)
    if not show.json:  # its event has it already
        for line in result.keep.splitlines():
            show.result(line)
