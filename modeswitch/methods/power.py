"""The power of a connector, off and on: the kind ``power``.

Ref: USB 2.0 §11.24.2.2, §11.24.2.13; USB 3.2 §10.16.2; uhubctl, README (both halves of a USB 3 port must be off, a
device stays visible on some kernels, power comes back by itself); rpi-eeprom#168 (500 ms are too short, 1000 ms do).
"""

from __future__ import annotations

from ..errors import TransferError, Unavailable
from ..modem.roles import WAKING
from ..values import TYPE_CHECKING
from .base import Action

if TYPE_CHECKING:
    from ..fields import Fields
    from ..usb.host import PortSwitch
    from .resources import Resources

LEAVES = 5.0
"""How long a stick may be seen after its power was switched off, in seconds."""
HELD = 3.0
"""How long the power stays off, in seconds: what a stick has in its capacitors must be gone."""
AGAIN = 0.5
"""How often the order is given again meanwhile, in seconds: old kernels' hub driver switches power on by itself."""
BOOTS = 3.0
"""No stick boots in less, in seconds: one that is back sooner, and as it was, had its power all the time.

Ref: florent1080/VenusOS-E3372h (back after 0.5 s with its firmware's state); huawei.md's captures of boots: 7 to 20 s.
"""
UNSEEN = 30.0
"""How long a stick whose departure was not seen may take to be back, in seconds."""


class Power(Action):
    """The power of the stick's port, and of the other half of its connector, switched off for some seconds, and on."""

    means = "hub"

    def __str__(self) -> str:
        return f"CLEAR_FEATURE(PORT_POWER), {HELD:g} s later SET_FEATURE(PORT_POWER) to the hub"

    def take(self, resources: Resources) -> PortSwitch:
        from ..usb import hub

        port = resources.device.usb.port
        try:
            hub.check(resources.hub(), port.ports[-1])
        except Unavailable:
            raise
        except TransferError as error:
            raise Unavailable(f"the hub: {error.message}", hint=hub.HINT, means="hub") from error
        ports = [port, *resources.bus.host.peers(port)]
        return resources.bus.host.port_switch(ports) or hub.Switch([resources.hub(one) for one in ports], ports)

    def perform(self, resources: Resources, taken: PortSwitch) -> None:
        """Power off, held until the stick has lost it, power on; the port is never left without power.

        Many a hub tells of no departure, and the kernel hears of it when the stick is back: nothing is said of a stick
        before that.
        Ref: uhubctl, README ("device still visible in lsusb"); QEMU hw/usb/dev-hub.c does so, too.
        """
        from ..usb import hub
        from ..usb.replug import await_leave

        before, bus = resources.device.usb, resources.bus
        began = bus.now()
        resources.tell("power", state="off", by=taken.by)
        try:
            taken.off()
            left: bool | None = await_leave(bus, before, min(resources.until, began + LEAVES))
            left = left or hub.is_empty(resources.hub(), before.port.ports[-1])
            held = bus.now() + HELD if left is None else began + HELD
            while (pause := min(resources.until, held) - bus.now()) > 0:
                bus.pause(min(AGAIN, pause))
                taken.off()
        finally:
            taken.on()
            resources.tell("power", state="on", by=taken.by)
        self._judge(resources, left)

    def _judge(self, resources: Resources, left: bool | None) -> None:
        """See what became of the stick: gone for as long as it boots, back as it was, or never gone."""
        from ..usb import hub
        from ..usb.replug import await_address

        before, bus = resources.device.usb, resources.bus
        back = await_address(bus, before, min(resources.until, bus.now() + BOOTS))
        if back is None and left is None:
            if await_address(bus, before, min(resources.until, bus.now() + UNSEEN)):
                return
            left = False
        if back is None and left is False:
            raise Unavailable(
                f"the hub took the order to switch port {before.port} off, and {before} stayed: "
                "it only says that it can",
                hint=hub.HINT,
                means="hub",
            )
        same = back is not None and (back.id, back.descriptors) == (before.id, before.descriptors)
        if same and resources.device.mode not in WAKING:
            board = bus.host.board()
            where = f" (a {board}, whose ports do that)" if board else ""
            raise Unavailable(
                f"{before} came back as it was: the port's data lines were cut, and its power was not{where}",
                hint=hub.HINT,
                means="hub",
            )


def read(_fields: Fields) -> tuple[Power]:
    """The port's power, off and on."""
    return (Power(),)
