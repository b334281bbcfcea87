"""A control transfer by the fields of its setup packet: the kind ``control``.  Ref: USB 2.0 §9.3."""

from __future__ import annotations

from ..errors import BadReply, UsageError
from ..values import TYPE_CHECKING
from .base import MAY_FAIL, Action
from .target import check_class

if TYPE_CHECKING:
    from ..fields import Fields
    from .resources import Resources
    from .target import Target


class Control(Action):
    """A control transfer: the setup packet's fields, and data out or the length of the data in (bytes).

    What is for an interface (recipient 1, the low byte of ``windex``) is sent once that interface is claimed, and
    with ``needs`` only where its bInterfaceClass is that; -1 asks for none.
    """

    request_type: int
    request: int
    value: int
    windex: int
    data: bytes = b""
    length: int = 0
    may_fail: bool = False
    needs: int = -1

    def __str__(self) -> str:
        setup = f"{self.request_type:02x} {self.request:02x} {self.value:04x} {self.windex:04x}"
        data = f", data {self.data.hex()}" if self.data else f", {self.length} bytes in" if self.length else ""
        return f"control {setup}{data}{MAY_FAIL * self.may_fail}"

    @property
    def recipient(self) -> int | None:
        """The number of the interface that the request is for; None where it is for the device."""
        return self.windex & 0xFF if self.request_type & 0x1F == 1 else None

    def check(self, device: Target) -> None:
        if self.recipient is not None:
            check_class(device, self.recipient, self.needs)

    def take(self, resources: Resources) -> None:
        link = resources.link()
        if self.recipient is not None:
            link.claim(self.recipient)

    def perform(self, resources: Resources, taken: None) -> None:
        data = self.length if self.request_type & 0x80 else self.data
        answer = resources.link().control(self.request_type, self.request, self.value, self.windex, data)
        if len(answer) < self.length:
            raise BadReply(f"it answered {len(answer)} of {self.length} bytes")


def read(fields: Fields) -> tuple[Control]:
    """A control transfer by the fields of its setup packet."""
    action = Control(
        fields.number("request-type", 0, 0xFF),
        fields.number("request", 0, 0xFF),
        fields.number("value", 0, 0xFFFF, default=0),
        fields.number("index", 0, 0xFFFF, default=0),
        fields.hex("data", 0, 4096, default=b""),
        fields.number("length", 0, 4096, default=0),
        fields.flag("may-fail"),
        fields.number("class", 0, 0xFF, default=-1),
    )
    if action.needs >= 0 and action.recipient is None:
        raise UsageError("class is asked of an interface, but request-type does not speak to one")
    if action.data and action.request_type & 0x80:
        raise UsageError("data is sent to the device, but request-type says that it comes from there")
    if action.length and not action.request_type & 0x80:
        raise UsageError("length is what is read from the device, but request-type says that data goes there")
    return (action,)
