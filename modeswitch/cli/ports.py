"""``modeswitch ports``: the list of ports in a stick's NVRAM, shown or written."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from ..database.library import Library
from ..errors import Refused
from ..identity.recognise import Device
from ..modem.ports import CODES, NO_PNP, U2DIAG, PortList
from ..tasks.line import PortState, ports, write_ports
from ..usb.bus import Bus
from . import setting
from .show import Show


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Show the list, or with ``--set`` and ``--persist`` write another one."""
    wanted = PortList.parse(arguments.set) if arguments.set else None
    if wanted is not None and not arguments.persist:
        raise Refused(
            f"the list {wanted} would be written to the stick's NVRAM, for good",
            hint="Say that you want this: add --persist. The old list is saved first.",
        )

    def show_list(device: Device, bus: Bus, library: Library) -> None:
        state = ports(device, bus=bus, library=library, timeout=arguments.timeout, tell=show.tell)
        place = {"port": str(device.usb.port), "id": str(device.usb.id), "mode": device.mode}
        if show.json:
            listed = {"list": str(state.list) if state.list else None, "u2diag": state.u2diag}
            show.emit(
                "done", result="ports", **place, **listed, known=state.offered, now=[name for name, _ in state.now]
            )
            return
        for line in _lines(device, state):
            show.result(line)

    def write(device: Device, bus: Bus, library: Library, new: PortList) -> None:
        after = write_ports(
            device,
            new,
            bus=bus,
            library=library,
            store=setting.store(arguments),
            timeout=arguments.timeout,
            tell=show.tell,
            tick=show.tick,
        )
        result = "already" if after == device else "written"
        place = {"port": str(after.usb.port), "id": str(after.usb.id), "mode": after.mode}
        if show.json:
            show.emit("done", result=result, **place, list=str(new))
        else:
            show.result(f"{after.usb.port}: {after.usb.id} is in {after.mode}, its list is {new}")

    if wanted is None:
        return setting.of_each(arguments, show, show_list)
    return setting.of_each(arguments, show, lambda device, bus, library: write(device, bus, library, wanted))


def _lines(device: Device, state: PortState) -> Iterator[str]:
    where = f"{device.usb.port}: {device.usb.id}"
    if state.list is None:
        words = U2DIAG.get(state.u2diag or 0, "what that means differs from stick to stick")
        yield f"{where} has AT^U2DIAG={state.u2diag}: {words}"
    else:
        yield f"{where} has the list {state.list}"
        for title, codes in (("before the switch", state.list.first), ("after it", state.list.after)):
            named = [f"{code} {_name(code, state.offered)}" for code in codes]
            yield f"  {title:18} {', '.join(named) or 'nothing'}"
        yield f"  {'wakes up in':18} {state.list.wakes or 'no mode that is known'}"
        yield f"  {'switched it is in':18} {state.list.mode or 'no mode that is known'}"
    if state.now:
        yield f"  {'now':18} {', '.join(name for name, _ in state.now)}"


def _name(code: str, device: dict[str, str]) -> str:
    """The stick's own name of a port, else its role."""
    if code == NO_PNP:
        return "no such state"
    return device.get(code) or CODES.get(code, "unknown")
