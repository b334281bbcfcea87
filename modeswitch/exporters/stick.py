"""The stick that the commands of another program are for: how they name it before and after each departure."""

from __future__ import annotations

from ..database.profile import EVIDENCE, Product, Profile
from ..usb.descriptors import UsbId
from ..values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..methods.target import Target

DEVICES = "/sys/bus/usb/devices"
VARIABLE = "$PORT"
"""The word of a shell for a port that is not known here."""
TTY = "/dev/ttyUSB0"
"""The AT port where nothing tells which tty it is."""


class Stick(NamedTuple):
    """A stick: its id, its port (empty where it is not on the bus), the tty of its AT port (empty where unknown).

    ``seen`` is the device as the bus shows it, None where it is not there; ``is_first`` tells that it has not left
    yet, so that it still has that id.  ``wakes`` is what it likeliest wakes up as.  ``becomes`` are the ids that it has
    after the switch, ``new_id`` the driver of its serial ports that does not know them by itself.
    """

    id: UsbId
    port: str = ""
    tty: str = ""
    seen: Target | None = None
    is_first: bool = True
    wakes: UsbId | None = None
    new_id: str = ""
    becomes: tuple[UsbId, ...] = ()

    @property
    def place(self) -> str:
        """Its port, or the variable that stands for it."""
        return self.port or VARIABLE

    @property
    def folder(self) -> str:
        """Its folder in sysfs."""
        return f"{DEVICES}/{self.place}"

    @property
    def at_port(self) -> str:
        """The tty of its AT port, or the likeliest."""
        return self.tty or TTY

    @property
    def vendor(self) -> str:
        """Its vendor in hex: that of its id, which it keeps."""
        return f"{self.id.vendor:04x}"

    @property
    def product(self) -> str:
        """Its product in hex; once it has left, what the shell reads where it is."""
        return f"{self.id.product:04x}" if self.is_first else f"$(cat {self.folder}/idProduct)"

    def after(self) -> Stick:
        """The same stick once it has left and is back: its id, its ttys and its descriptors may be others."""
        return self._replace(id=self.wakes or self.id, is_first=False, seen=None, tty="")


def stick_of(family: Profile, usb: UsbId, port: str = "", tty: str = "", seen: Target | None = None) -> Stick:
    """The stick of that family and id; what it wakes up as is the id of the family with the best evidence."""
    product = family.product(usb)
    becomes = product.becomes if product is not None else ()
    waking = [one for one in family.products if one.wakes and not one.leave_alone]
    likeliest = min(waking, key=_doubt, default=None)
    wakes = usb if product is None or product.wakes or likeliest is None else likeliest.usb
    taught = next((one.new_id for one in family.products if one.new_id and one.usb in (usb, *becomes)), "")
    return Stick(usb, port, tty, seen, True, wakes, taught, becomes or (() if wakes == usb else (usb,)))


def _doubt(product: Product) -> int:
    """How weak its evidence is: 0 for hardware."""
    return min((EVIDENCE.index(one.kind) for one in product.evidence), default=len(EVIDENCE))
