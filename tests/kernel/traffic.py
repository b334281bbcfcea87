"""Makes values of what usbmon.py recorded, and finds a switch in them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

_REWIND = "1106"  # the first two bytes of Huawei's command
_COMMAND_AT = 2 * 15  # where a CBW's command begins, in hex digits


@dataclass(frozen=True)
class Event:
    """One event of one URB; ``time`` in microseconds of the guest's clock, ``setup`` and ``data`` in hex.

    ``event`` is S where the URB is submitted (its data is what goes out), C where it is complete (what came in).
    """

    time: int
    event: str
    device: int
    transfer: str
    endpoint: int
    setup: str
    status: int
    length: int
    data: str

    @property
    def is_command(self) -> bool:
        """A CBW on its way out."""
        return (self.event, self.transfer) == ("S", "bulk") and self.data.startswith("55534243")

    @property
    def is_switch(self) -> bool:
        """A CBW with Huawei's command."""
        return self.is_command and self.data.startswith(_REWIND, _COMMAND_AT)

    def __str__(self) -> str:
        """Without the time and the device's address, which differ from run to run."""
        where = f"{self.event} {self.transfer} {self.endpoint:02x}"
        return (
            f"{where} {self.setup or '-'} {self.status if self.event == 'C' else '-'} {self.length} {self.data or '-'}"
        )


def parse(text: str) -> list[Event]:
    """All events of a recording, in the order of time."""
    return [Event(**json.loads(line)) for line in text.splitlines()]


def switch(events: Iterable[Event]) -> list[Event]:
    """What was exchanged with the stick from the first switching command until it left."""
    found: list[Event] = []
    for event in events:
        if not found and not event.is_switch:
            continue
        if not found or event.device == found[0].device:
            found.append(event)
    return found


def bulk_out(events: Iterable[Event]) -> list[Event]:
    """What went out on bulk endpoints."""
    return [event for event in events if event.event == "S" and event.transfer == "bulk" and not event.endpoint & 0x80]
