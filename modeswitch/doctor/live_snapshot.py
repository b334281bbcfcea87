"""The snapshot of a stick on the bus."""

from __future__ import annotations

from collections.abc import Mapping

from ..identity.device import Device
from ..linux.bus import LinuxBus
from ..linux.observe import Observed, Roots, observe
from ..usb.bus import Bus
from ..values import TYPE_CHECKING
from .expected_drivers import with_expected_drivers
from .snapshot import InterfaceState, Snapshot

if TYPE_CHECKING:
    from ..usb.host import Drivers


def snapshot_of(device: Device, bus: Bus, drivers: Drivers | None = None, roots: Roots | None = None) -> Snapshot:
    """A stick on the bus, with all that bears on it on this machine.

    ``drivers`` are those to judge by, this machine's where None; ``roots`` is where the machine is looked at.  A
    simulated bus has no sysfs: nothing is observed there, and which driver is bound is unknown where none is.
    """
    usb_device, host = device.usb, bus.host
    nodes = host.nodes(usb_device)
    has_sysfs = isinstance(bus, LinuxBus)
    bound = {number: (node.driver or "") if has_sysfs else node.driver for number, node in nodes.items()}
    ttys = {number: node.tty for number, node in nodes.items() if node.tty}
    names = [*ttys.values(), *(node.wdm for node in nodes.values() if node.wdm)]
    observed = observe(usb_device, names, roots) if has_sysfs else Observed()
    return assemble(device, bound, drivers or host.drivers(), observed, tuple(host.networks(usb_device)), ttys)


def assemble(
    device: Device,
    bound: Mapping[int, str | None],
    drivers: Drivers | None,
    observed: Observed,
    networks: tuple[str, ...] = (),
    ttys: Mapping[int, str] | None = None,
) -> Snapshot:
    """The snapshot of what has been observed; ``bound`` (drivers) and ``ttys`` are by interface number.  Pure."""
    named = ttys or {}
    interfaces = [
        InterfaceState(one.number, one.triple, role, bound.get(one.number), tty=named.get(one.number, ""))
        for one, role in device.roles
    ]
    expected = with_expected_drivers(interfaces, device.id, drivers, networks, device.new_id)
    return Snapshot(device, expected, drivers, observed, networks)
