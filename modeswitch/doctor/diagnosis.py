"""What is wrong with the sticks on the bus, or with those that a pasted text tells of."""

from __future__ import annotations

from ..database.library import Library
from ..identity.device import Device
from ..usb.bus import Bus
from ..values import NamedTuple
from .checks import diagnose, verdict
from .finding import Finding
from .live_snapshot import snapshot_of
from .pasted.read import read
from .pasted_snapshot import choose_devices, snapshot_of_pasted


class Diagnosis(NamedTuple):
    """One stick and what was found of it; ``target`` is how a command names the stick.

    ``history`` is its line of time, where a text tells that it came and went.
    """

    target: str
    device: Device
    findings: tuple[Finding, ...]
    history: str = ""

    @property
    def verdict(self) -> str:
        """``"well"``, ``"problem"``, ``"unclear"`` (the text does not tell) or ``"other"`` (it is no modem)."""
        return verdict(self.findings)


def diagnose_live(device: Device, bus: Bus) -> Diagnosis:
    """What is wrong with a stick on the bus, on this host."""
    snapshot = snapshot_of(device, bus)
    return Diagnosis(snapshot.target, device, tuple(diagnose(snapshot)))


def diagnose_text(text: bytes, library: Library) -> list[Diagnosis]:
    """What is wrong with each stick that a text tells of; perhaps none."""
    pasted = read(text)
    chosen, _others = choose_devices(pasted, library)
    is_only = len(chosen) == 1
    snapshots = [snapshot_of_pasted(one, pasted, library, is_only=is_only) for one in chosen]
    return [Diagnosis(one.target, one.device, tuple(diagnose(one)), one.history) for one in snapshots]
