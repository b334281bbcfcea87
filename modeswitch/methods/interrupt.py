"""A transfer on an interrupt endpoint: the kind ``interrupt``."""

from __future__ import annotations

from ..errors import UsageError
from ..values import TYPE_CHECKING
from .base import MAY_FAIL, Action
from .target import endpoint_owner

if TYPE_CHECKING:
    from ..fields import Fields
    from .resources import Resources
    from .target import Target

SECONDS = 1.0
"""How long one report on an interrupt endpoint is waited for.  Ref: usb_modeswitch 2.6.1, MobileActionMode."""


class Interrupt(Action):
    """Bytes for an interrupt OUT endpoint, or reads of at most ``length`` bytes, ``times`` over, from an IN endpoint.

    With ``may_fail``, what does not come is not waited for again.
    """

    endpoint: int
    data: bytes = b""
    length: int = 0
    times: int = 1
    may_fail: bool = False
    needs: int = -1

    def __str__(self) -> str:
        if self.data:
            return f"interrupt out {self.endpoint:02x} {self.data.hex()}{MAY_FAIL * self.may_fail}"
        times = f", {self.times} times" if self.times > 1 else ""
        return f"interrupt in {self.endpoint:02x}, {self.length} bytes{times}{MAY_FAIL * self.may_fail}"

    def check(self, device: Target) -> None:
        endpoint_owner(device, self.endpoint, self.needs)

    def take(self, resources: Resources) -> None:
        resources.link().claim(endpoint_owner(resources.device, self.endpoint, self.needs))

    def perform(self, resources: Resources, taken: None) -> None:
        if self.data:
            resources.link().bulk_out(self.endpoint, self.data)
            return
        for _ in range(self.times):
            resources.link().bulk_in(self.endpoint, self.length, seconds=SECONDS)


def read(fields: Fields) -> tuple[Interrupt]:
    """A transfer on an interrupt endpoint: ``hex`` goes out, or ``length`` bytes come in, ``times`` over."""
    endpoint = fields.number("endpoint", 1, 0x8F)
    data, length = fields.hex("hex", 0, 64, default=b""), fields.number("length", 1, 1024, default=0)
    named = 1 <= endpoint & 0x7F <= 15
    if not named or bool(data) == bool(length) or bool(data) == bool(endpoint & 0x80):
        raise UsageError("either hex for an endpoint 1 to 15, or length of one with 0x80")
    times = fields.number("times", 1, 255, default=1)
    needs = fields.number("class", 0, 0xFF, default=-1)
    return (Interrupt(endpoint, data, length, times, fields.flag("may-fail"), needs),)
