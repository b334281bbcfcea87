"""Facts about Linux' USB drivers, with their dates: what each binds, since when.

They stand in where a machine's own modules.alias cannot be read; what drivers bind by kernel is in
:mod:`modeswitch.linux.kernel_tables`.
"""

from __future__ import annotations

from ..linux.kernel_tables import Since, parse_version, shipped
from ..modem.roles import HUAWEI, HUAWEI_PORTS
from ..usb.descriptors import Triple, UsbId

SERIAL_DRIVERS = ("option", "usbserial", "usbserial_generic", "qcserial", "sierra", "pl2303", "ftdi_sio")
NETWORK_DRIVERS = ("huawei_cdc_ncm", "cdc_ncm", "cdc_mbim", "cdc_ether", "rndis_host", "qmi_wwan")
"""Both as modules are named, with underlines."""
STORAGE_DRIVERS = ("usb-storage", "uas")
"""As drivers are named, with hyphens."""

TABLE_DATE = "Linux 7.3.4 (2026)"
"""The newest kernel whose tables were read."""

CLASS_OF = {
    "usb-storage": Triple(0x08, 0x06, 0x50),
    "uas": Triple(0x08, 0x06, 0x62),
    "cdc_ether": Triple(0x02, 0x06, 0x00),
    "rndis_host": Triple(0xE0, 0x01, 0x03),
    "cdc_ncm": Triple(0x02, 0x0D, 0x00),
    "cdc_mbim": Triple(0x02, 0x0E, 0x00),
    "huawei_cdc_ncm": Triple(0xFF, 0x02, 0x16),
    "qmi_wwan": Triple(0xFF, 0x01, 0x09),
    "cdc_acm": Triple(0x02, 0x02, 0x01),
}
"""Driver → a class that it binds: the likely class of its interface, where a log has none."""

SINCE: dict[str, tuple[int, int]] = {"huawei_cdc_ncm": (3, 13), "cdc_mbim": (3, 8), "qmi_wwan": (3, 4)}
"""Driver → the first Linux that has it, which the tables tell less exactly.

Ref: git history of drivers/net/usb; huawei_cdc_ncm in logs of 3.13."""
SUBCLASS_3_SINCE = (3, 18)
"""The Linux by which huawei_cdc_ncm has ff/03/16 (later than 3.13); vendors' backports have 02/16, 02/46, 02/76 only.
Ref: trees of 3.18 and 4.9; a backport to 2.6.36 of 2015."""

LINUX_NCM, STANDARD_NCM = Triple(0xFF, 0x02, 0x16), Triple(0x02, 0x0D, 0x00)
"""The NCM function that Huawei's firmware shows to Linux, and the one of the standard class."""


def module_name(driver: str | None) -> str:
    """A driver's name as its module has it: with underlines; empty where there is no driver."""
    return (driver or "").replace("-", "_")


def since(usb: UsbId, triple: Triple, number: int | None = None) -> Since | None:
    """Between which kernels a driver for such an interface came in; None where no kernel that was read has one."""
    return shipped().since(usb.vendor, triple, usb.product, number)


def first_kernel(usb: UsbId, triple: Triple, number: int | None = None) -> tuple[int, int] | None:
    """The first Linux that has the driver of such an interface; None where every Linux in use has it, or none does."""
    if usb.vendor == HUAWEI and triple.cls == 0xFF and triple.proto in HUAWEI_PORTS["ncm"]:
        return SUBCLASS_3_SINCE if triple.sub == 0x03 else SINCE["huawei_cdc_ncm"]
    tables = shipped()
    names = tables.of(tables.newest).binding(usb.vendor, triple, usb.product, number)
    return min((SINCE[name] for name in names), default=None) if set(names) <= SINCE.keys() else None


def has_match(kernel: str, usb: UsbId, triple: Triple, number: int | None = None) -> bool | None:
    """Has a kernel of that version a driver for such an interface?  None where that cannot be told."""
    version, first = parse_version(kernel), first_kernel(usb, triple, number)
    if not version:
        return None
    if first is not None and version[:2] < first:
        return False
    return shipped().has(version, usb.vendor, triple, usb.product, number)
