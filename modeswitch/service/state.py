"""Every stick as it stands: what it is, what this host made of it, its line, its past, what the policy wants of it.

Nothing is asked of a stick: all of it comes from the host.  ``list``, ``list --json`` and ``top`` show these.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..identity.device import Device
from ..identity.find import describe, survey
from ..usb.host import Past
from ..usb.nodes import NetworkState
from ..values import TYPE_CHECKING, NamedTuple
from .apply import wanted_mode
from .policy import Policy

if TYPE_CHECKING:
    from ..database.library import Library
    from ..usb.bus import Bus


class StickState(NamedTuple):
    """A device and how it stands.

    ``wants`` is the mode that the policy wants and the device is not in; empty where it is content, or there is no
    policy.  ``lines`` are its network interfaces, each with how it is.  ``age`` is how many seconds ago it came to the
    bus as what it is now, None where that is unknown.  ``past`` is how the switches at its port have ended.
    """

    device: Device
    wants: str = ""
    lines: tuple[tuple[str, NetworkState], ...] = ()
    age: float | None = None
    past: Past = Past()

    def to_dict(self) -> dict[str, object]:
        """All of it as plain values, as ``list --json`` and ``top --json`` print it; times are seconds."""
        past = self.past
        return {
            **self.device.to_dict(),
            "wants": self.wants or None,
            "lines": [
                {"interface": name, "up": state.up, "carrier": state.carrier, "addresses": list(state.addresses)}
                for name, state in self.lines
            ],
            "age": _rounded(self.age),
            "switched": _rounded(past.switched),
            "away": _rounded(past.away),
            "failures": past.failures,
            "failed": _rounded(past.failed),
            "failure": past.kind or None,
        }


def sticks(bus: Bus, library: Library, policy: Policy | None) -> list[StickState]:
    """Every stick on the bus, by port."""
    return states((device for device in survey(bus, library) if device.may_be_stick), bus, policy)


def states(devices: Iterable[Device], bus: Bus, policy: Policy | None) -> list[StickState]:
    """How these devices stand, in the same order; without a policy nothing is wanted of them."""
    return [_state(describe(device, bus), bus, policy) for device in devices]


def _state(device: Device, bus: Bus, policy: Policy | None) -> StickState:
    host, seen = bus.host, device.usb
    wants = wanted_mode(device, policy.wish(seen, device.profile), bus) if policy is not None else ""
    lines = tuple((name, host.network_state(name) or NetworkState()) for name in device.networks)
    return StickState(device, wants, lines, host.age(seen, bus.now()), host.past(device.port))


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 2)
