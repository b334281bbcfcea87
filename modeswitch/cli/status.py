"""``modeswitch status``: a stick's SIM, network and line, as it or ModemManager says, and what this host made of it."""

from __future__ import annotations

import argparse

from ..identity.device import Device
from ..modem.status import Status
from ..switching.session import Session
from ..tasks.line import status
from . import setting
from .connect import described
from .show import Show


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Ask the stick; a stick without an AT port (hilink, storage) is shown as the bus has it."""

    def do(session: Session) -> None:
        device = session.device
        networks = session.host.networks(device.usb)
        speaks = device.mode not in ("hilink", "mass-storage", "download", None)
        said = status(session) if speaks else None
        if show.json:
            facts = said._asdict() if said else {}
            if said and said.addresses:
                facts["addresses"] = said.addresses._asdict()
            show.emit("done", result="status", **device.facts(), networks=networks, **facts)
            return
        for line in _lines(device, networks, said):
            show.result(line)

    return setting.of_each(arguments, show, do)


def _lines(device: Device, networks: list[str], said: Status | None) -> list[str]:
    where, problem = f"{device.port}: {device.id}", device.usb.problem
    if device.mode is None:
        return [f"{where} {f'is unreadable: {problem}' if problem else 'has no active configuration'}"]
    lines = [f"{where} is in {device.mode}"]
    if networks:
        lines.append(f"  interface  {', '.join(networks)}")
    if said is None:
        return [*lines, "  it has no AT port in this mode; nothing more can be asked"]
    if said.source != "stick":
        lines.append(f"  {said.source} holds it ({said.state}) and says this; to ask the stick itself: --take")
    words = {True: "yes", False: "no", None: "it does not say"}
    lines += [
        f"  SIM        {said.sim or 'it does not say'}",
        f"  network    registered: {words[said.registered]}{f', {said.operator}' if said.operator else ''}",
        f"  signal     {_signal(said)}",
        f"  line       {({True: 'up', False: 'down', None: 'it does not say'})[said.up]}{described(said.addresses)}",
    ]
    return [*lines, f"  firmware   {said.firmware}"] if said.firmware else lines


def _signal(said: Status) -> str:
    if said.signal is not None:
        return f"{said.signal} dBm"
    return f"{said.quality} %" if said.quality is not None else "unknown"
