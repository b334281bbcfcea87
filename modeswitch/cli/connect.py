"""``modeswitch connect``: put the data line up, and say what is left to the system."""

from __future__ import annotations

import argparse

from ..modem.dial import Call
from ..modem.line import Addresses
from ..switching.session import Session
from ..tasks.line import connect
from . import setting
from .show import Show

REMAINS = """\
What is left to the system is the address: run a DHCP client on {name} (udhcpc -i {name}, or dhclient {name}), or let
NetworkManager or systemd-networkd do it."""


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Dial, wait for the line, and show the network interface that goes with the stick."""
    secrets = {name: setting.secret(getattr(arguments, name), name) for name in ("password", "pin")}
    call = Call(arguments.apn, arguments.user, secrets["password"], arguments.auth, arguments.ip)
    call.commands()

    def do(session: Session) -> None:
        line = connect(session, call, pin=secrets["pin"])
        name = line.networks[0]
        if show.json:
            found = line.addresses._asdict() if line.addresses else {}
            show.emit("done", result="connected", **line.device.facts(), interface=name, **found)
            return
        show.result(f"{line.device.port}: the line is up, network interface {name}{described(line.addresses)}")
        show.result(REMAINS.format(name=name).replace("\n", " "))

    return setting.of_each(arguments, show, do)


def described(addresses: Addresses | None) -> str:
    """What the network gave, for a person."""
    if addresses is None:
        return ""
    dns = f", DNS {', '.join(addresses.dns)}" if addresses.dns else ""
    return f", address {addresses.address}/{addresses.prefix}, gateway {addresses.gateway}{dns}"
