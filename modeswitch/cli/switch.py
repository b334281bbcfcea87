"""``modeswitch switch``: bring a stick to a mode."""

from __future__ import annotations

import argparse

from ..database.library import Library
from ..errors import ModeswitchError, UsageError
from ..identity.device import Device
from ..usb.bus import Bus
from ..usb.pyusb import load_quickly
from ..values import TYPE_CHECKING
from . import setting
from .show import BAD, GOOD, Show

if TYPE_CHECKING:
    from ..switching.switch import SwitchResult

NEXT = {
    "ncm": "modeswitch connect {port} --apn NAME",
    "stick": "modeswitch connect {port} --apn NAME",
    "mbim": "nmcli connection add type gsm ifname '*' apn NAME",
    "qmi": "nmcli connection add type gsm ifname '*' apn NAME",
    "hilink": "DHCP on {network} (NetworkManager, or: dhclient {network})",
    "debug": "modeswitch status {port}",
    "switched": "modeswitch doctor {port}",
}
"""Mode → what one wants of a stick that is in it."""


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
        load_quickly()
        if len(sticks) > 1:
            return _side_by_side(arguments, show, bus, library, sticks)

        def do(device: Device) -> None:
            _switch(arguments, show, bus, library, device)

        return setting.each(sticks, show, do)


def _side_by_side(arguments: argparse.Namespace, show: Show, bus: Bus, library: Library, sticks: list[Device]) -> int:
    """Switch several at once; one that fails is told, the rest go on, and one line sums up.

    Returns the status of the first that failed.
    """
    from ..tasks.several import in_parallel

    modes: dict[str, str] = {}
    show.holds = True

    def do(device: Device, own: Bus) -> None:
        said = show.for_port(str(device.port))
        try:
            modes[said.port] = _switch(arguments, said, own, library, device, alone=False)
        except ModeswitchError as error:
            said.error(error)
            raise

    ended = in_parallel(sticks, bus, do)
    failed = [(str(device.port), error) for device, error in ended if error is not None]
    _sum_up(show, modes, [port for port, _ in failed])
    return failed[0][1].status if failed else 0


def _sum_up(show: Show, modes: dict[str, str], failed: list[str]) -> None:
    """How many sticks are in which mode now, and which of them could not be switched."""
    count = len(modes) + len(failed)
    if show.json:
        show.emit("summary", sticks=count, modes=modes, failed=failed)
        return
    ends = [f"{list(modes.values()).count(mode)} in {mode}" for mode in dict.fromkeys(modes.values())]
    ends += [f"{len(failed)} failed ({', '.join(failed)})"] if failed else []
    show.result(f"{count} sticks: {', '.join(ends)}", BAD if failed else GOOD)


def _switch(
    arguments: argparse.Namespace, show: Show, bus: Bus, library: Library, device: Device, *, alone: bool = True
) -> str:
    """Switch one, say what came of it, and return the mode that it is in."""
    from ..switching.switch import switch

    with setting.session(arguments, show, device, bus, library) as session:
        can_drive = setting.can_drive(arguments, bus, device)
        way = {"persist": arguments.persist, "can_drive": can_drive, "wait": arguments.wait}
        result = switch(session, arguments.to, **way)
    show.switched(result, _next(result) if alone else "")
    if not show.json:  # its event has it already
        for line in result.keep.splitlines():
            show.result(line)
    return result.mode or ""


def _next(result: SwitchResult) -> str:
    """What one wants of a stick in that mode: the command; empty where nobody can know."""
    networks = result.made.networks
    return NEXT.get(result.mode or "", "").format(port=result.port, network=networks[0] if networks else "its network")
