"""Which driver of Linux an interface of a modem is for, where no host tells: by the newest kernel that was read."""

from __future__ import annotations

from ..usb.descriptors import Triple, UsbId


def tabled_drivers(usb: UsbId, triple: Triple, role: str, number: int | None = None) -> tuple[str, ...]:
    """The drivers that the newest kernel of the tables has for an interface of that role; perhaps none.

    A data interface goes with its control interface.  Ref: :mod:`modeswitch.linux.kernel_tables`.
    """
    if role in ("data", "other", "hid", "printer"):
        return ()
    from ..linux.kernel_tables import shipped  # never on the way of a switch that ends well

    tables = shipped()
    return tuple(tables.of(tables.newest).binding(usb.vendor, triple, usb.product, number))
