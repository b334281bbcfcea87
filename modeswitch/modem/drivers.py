"""Which driver of Linux an interface of a modem is for, where no host tells: by a table, and by its role."""

from __future__ import annotations

from ..linux.modules import KNOWN, DriverIndex
from ..usb.descriptors import Triple
from .roles import HUAWEI, SERIAL

TABLE = DriverIndex(None, KNOWN)


def tabled_drivers(vendor: int, triple: Triple, role: str) -> tuple[str, ...]:
    """The drivers that the table has for an interface; perhaps none.

    Huawei's serial ports are option's.  Ref: tests/captures/29_kernel_6.1_huawei_bindings.txt.
    """
    if role in ("data", "other"):
        return ()
    found = tuple(TABLE.binding(vendor, triple))
    if not found and vendor == HUAWEI and role in SERIAL:
        return ("option",)
    return found or (("cdc_acm",) if role == "acm" and triple.proto == 0x01 else ())
