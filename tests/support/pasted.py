"""What is read of a pasted text, in one line a device, so that a test can compare it."""

from __future__ import annotations

from modeswitch.doctor.pasted.read import read
from modeswitch.doctor.pasted.values import PastedDevice


def shown(device: PastedDevice) -> str:
    """A device in one line: ``12d1:1506@1-1.2 0=ff/03/12:option``; ``-`` for no class, ``?`` for an unknown driver."""
    interfaces = [
        f"{one.number}={one.triple or '-'}:{'?' if one.driver is None else one.driver or 'none'}"
        for one in device.interfaces
    ]
    return " ".join([f"{device.id or 'no-id'}@{device.port or device.bus_address or '-'}", *interfaces])


def devices(text: str) -> list[str]:
    """Every device of a text so, in order."""
    return sorted(map(shown, read(text.encode()).devices))
