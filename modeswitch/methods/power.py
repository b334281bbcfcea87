"""The hub port's power, off and on: the kind ``power``.  Ref: USB 2.0 §11.24.2.2, §11.24.2.13."""

from __future__ import annotations

from ..errors import TransferError, Unavailable
from ..values import TYPE_CHECKING
from .base import Action

if TYPE_CHECKING:
    from ..fields import Fields
    from .resources import Resources

SECONDS = 5.0
"""How long a stick may be seen after its power was switched off, in seconds."""


class Power(Action):
    """The power of the hub's port switched off, and on again once the stick is gone."""

    means = "hub"

    def __str__(self) -> str:
        return "CLEAR_FEATURE(PORT_POWER), then SET_FEATURE(PORT_POWER) to the hub"

    def take(self, resources: Resources) -> None:
        from ..usb import hub

        try:
            hub.check(resources.hub(), resources.device.usb.port.ports[-1])
        except Unavailable:
            raise
        except TransferError as error:
            raise Unavailable(f"the hub: {error.message}", hint=hub.HINT, means="hub") from error

    def perform(self, resources: Resources, taken: None) -> None:
        """Power off, wait until the stick is gone, power on; the port is never left without power.

        Many a hub tells of no change when the power goes, and the kernel hears of the departure when the stick is back:
        then the port's status, when it is asked for, says that nothing is in it.
        Ref: uhubctl, README ("device still visible in lsusb"); QEMU hw/usb/dev-hub.c does so, too.
        """
        from ..usb import hub
        from ..usb.replug import await_leave

        before, bus = resources.device.usb, resources.bus
        number = before.port.ports[-1]
        hub.off(resources.hub(), number)
        try:
            left = await_leave(bus, before, min(resources.until, bus.now() + SECONDS))
            left = left or hub.is_empty(resources.hub(), number)
        finally:
            hub.on(resources.hub(), number)
        if not left:
            raise Unavailable(
                f"the hub took the order to switch port {number} off, and {before} stayed: it only says that it can",
                hint=hub.HINT,
                means="hub",
            )


def read(_fields: Fields) -> tuple[Power]:
    """The hub port's power, off and on."""
    return (Power(),)
