"""What the tests of tasks share: answers about the line, events that are kept, port lists written and put back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from modeswitch.identity.device import Device
from modeswitch.modem.ports import PortList
from modeswitch.modem.saved import Saved, Store
from modeswitch.sim.bus import SimBus
from modeswitch.switching.session import Session
from modeswitch.tasks import ports
from tests.support.rig import do, here

QUERY, OTHER_QUERY = "AT^NDISSTATQRY?", "AT^NDISSTATQRY=1"
"""The two forms of the question whether the line is up."""
UP, DOWN = '^NDISSTATQRY: 1,,,"IPV4"|OK', '^NDISSTATQRY: 0,,,"IPV4"|OK'
DHCP = "^DHCP:4040400a,ffffff,140400a,140400a,140400a,0,1,1|OK"
"""An answer to AT^DHCP?: 10.64.64.64/24."""
DIAL, CONTEXT = 'AT^NDISDUP=1,1,"internet"', 'AT+CGDCONT=1,"IP","internet"'


class Events:
    """Keeps what is told: the name of each event and its facts."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, event: str, **facts: Any) -> None:
        self.events.append((event, facts))

    def of(self, event: str, fact: str) -> list[Any]:
        """That fact of every event of that name, in order."""
        return [facts[fact] for name, facts in self.events if name == event]


def write_list(bus: SimBus, text: str, folder: Path) -> Device:
    """Write that port list to the stick at 1-1, what it was being saved in the folder; the stick afterwards."""
    do(ports.write_ports, here(bus), PortList.parse(text), bus=bus, store=Store(folder))
    return here(bus)


def restored(device: Device, **more: Any) -> tuple[Device, list[Saved]]:
    """Put back what was saved of the stick; the stick afterwards, and what was changed."""

    def restore(session: Session) -> tuple[Device, list[Saved]]:
        changed = ports.restore(session)
        return session.device, changed

    return do(restore, device, **more)
