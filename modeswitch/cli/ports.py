"""``modeswitch ports``: the list of ports in a stick's NVRAM, shown or written."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from ..errors import Refused
from ..identity.device import Device
from ..modem import u2diag
from ..modem.ports import CODES, NO_PNP, PortList
from ..switching.session import Session
from ..tasks.ports import PortState, ports, write_ports
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

    def show_list(session: Session) -> None:
        state, device = ports(session), session.device
        if show.json:
            listed = {"list": str(state.list) if state.list else None, "u2diag": state.u2diag}
            now = [name for name, _ in state.now]
            show.emit("done", result="ports", **device.facts(), **listed, known=state.offered, now=now)
            return
        for line in _lines(device, state):
            show.result(line)

    def write(session: Session, new: PortList) -> None:
        result = "written" if write_ports(session, new) else "already"
        after, known = session.device, not session.written
        if show.json:
            show.emit("done", result=result, **after.facts(), list=str(new), read_again=known)
            return
        told = "its list is" if known else "it was not asked again what it holds: written was"
        show.result(f"{after.port}: {after.id} is in {after.mode}, {told} {new}")

    if wanted is None:
        return setting.of_each(arguments, show, show_list)
    return setting.of_each(arguments, show, lambda session: write(session, wanted))


def _lines(device: Device, state: PortState) -> Iterator[str]:
    where = f"{device.port}: {device.id}"
    if state.list is None:
        words = u2diag.VALUES.get(state.u2diag or 0, "what that means differs from stick to stick")
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
