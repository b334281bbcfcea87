"""The tables about drivers, beside the kernel's own, and what is looked up in them."""

from __future__ import annotations

import pytest

from modeswitch.doctor.driver_facts import (
    CLASS_OF,
    NETWORK_DRIVERS,
    SERIAL_DRIVERS,
    SINCE,
    STORAGE_DRIVERS,
    TABLE_DATE,
    first_kernel,
    has_match,
    module_name,
    since,
)
from modeswitch.linux.kernel_tables import Since, shipped
from modeswitch.linux.modules import KNOWN
from modeswitch.linux.packages import OPENWRT
from modeswitch.modem.drivers import tabled_drivers
from modeswitch.modem.roles import GENERIC, HUAWEI, NETWORK, role
from modeswitch.usb.descriptors import Triple, UsbId
from tests.support.captures import raw

STICK = UsbId.parse("12d1:1506")


@pytest.mark.parametrize(
    ("triple", "name", "drivers"),
    [
        ("ff/02/16", "ncm", ("huawei_cdc_ncm",)),
        ("ff/01/09", "qmi", ("qmi_wwan",)),
        ("02/0d/00", "ncm", ("cdc_ncm",)),
        ("ff/02/12", "pcui", ("option",)),
        ("ff/ff/ff", "vendor", ("option",)),
        ("02/02/01", "acm", ("cdc_acm",)),
        ("02/02/06", "acm", ("cdc_acm",)),
        ("ff/02/0c", "serial", ()),
        ("02/06/00", "ecm", ("cdc_ether",)),
        ("08/06/62", "storage", ("uas",)),
        ("ef/04/01", "rndis", ("rndis_host",)),
        ("0a/00/00", "data", ()),
        ("09/00/00", "other", ()),
    ],
)
def test_the_drivers_of_the_table(triple: str, name: str, drivers: tuple[str, ...]) -> None:
    assert tabled_drivers(STICK, Triple.parse(triple), name) == drivers


@pytest.mark.parametrize(
    ("usb", "triple", "number", "drivers"),
    [
        ("2c7c:fffe", "ff/ff/ff", 0, ()),
        ("19d2:0016", "ff/ff/ff", 0, ("option",)),
        ("2c7c:0125", "ff/00/00", 2, ("option",)),
        ("2c7c:0121", "ff/ff/ff", 4, ("qmi_wwan",)),
        ("1199:9091", "ff/ff/ff", 3, ("qcserial",)),
        ("12d1:1c05", "02/02/ff", 1, ("option",)),
        ("12d1:1c06", "02/02/ff", 1, ("rndis_host",)),
        ("12d1:14ac", "02/06/ff", 1, ("qmi_wwan",)),
        ("12d1:14ac", "02/06/ff", 2, ("cdc_ether",)),
        ("05ac:12a8", "ff/fd/01", 6, ("ipheth",)),
    ],
)
def test_the_drivers_of_a_product(usb: str, triple: str, number: int, drivers: tuple[str, ...]) -> None:
    assert tabled_drivers(UsbId.parse(usb), Triple.parse(triple), "vendor", number) == drivers


@pytest.mark.parametrize(
    ("kernel", "usb", "triple", "has"),
    [
        ("3.10.108", "12d1:1506", "ff/03/16", False),
        ("3.17.9", "12d1:1506", "ff/03/16", False),
        ("3.18.0", "12d1:1506", "ff/03/16", None),
        ("4.9.37", "12d1:1506", "ff/03/16", True),
        ("2.6.36", "12d1:1506", "02/0d/00", None),
        ("3.4.113", "2c7c:0125", "ff/ff/ff", False),
        ("4.4.0-210-generic", "2c7c:0121", "ff/ff/ff", False),
        ("4.9", "2c7c:0125", "ff/00/00", False),
        ("5.4", "2c7c:0801", "ff/00/00", False),
        ("5.4.0-150-generic", "2c7c:0801", "ff/00/00", False),
        ("5.4.18", "2c7c:0125", "ff/ff/ff", True),
        ("5.10.262", "2c7c:0801", "ff/00/00", True),
        ("5.10.0-30-amd64", "2c7c:0801", "ff/00/00", None),
        ("5.10.7", "2c7c:0801", "ff/00/00", False),
        ("5.15.148", "2c7c:0801", "ff/00/00", None),
        ("6.12.118", "2c7c:0801", "ff/00/00", True),
        ("9.9", "2c7c:0801", "ff/00/00", True),
        ("6.12", "2c7c:fffe", "ff/00/00", False),
        ("", "2c7c:0801", "ff/00/00", None),
        ("unknown", "2c7c:0801", "ff/00/00", None),
    ],
)
def test_which_kernel_has_a_match(kernel: str, usb: str, triple: str, has: bool | None) -> None:
    assert has_match(kernel, UsbId.parse(usb), Triple.parse(triple), 2) is has


def test_between_which_kernels_a_match_came_in() -> None:
    assert since(UsbId.parse("2c7c:0125"), Triple(0xFF, 0x00, 0x00), 2) == Since((4, 9, 0), (4, 14, 177))
    assert since(UsbId.parse("2c7c:0801"), Triple(0xFF, 0x00, 0x00), 2) == Since((5, 19, 0), (6, 1, 192))
    assert since(UsbId.parse("12d1:1506"), Triple(0x02, 0x0D, 0x00)) == Since(None, (3, 2, 0))
    assert since(UsbId.parse("2c7c:fffe"), Triple(0xFF, 0x00, 0x00), 2) is None


def test_the_date_is_that_of_the_newest_kernel() -> None:
    assert TABLE_DATE.split()[1] == ".".join(map(str, shipped().newest))


@pytest.mark.parametrize(
    ("triple", "first"),
    [
        ("ff/02/16", (3, 13)),
        ("ff/02/76", (3, 13)),
        ("ff/03/16", (3, 18)),
        ("02/0e/00", (3, 8)),
        ("ff/01/09", (3, 4)),
        ("02/0d/00", None),
        ("ff/02/12", None),
    ],
)
def test_the_first_kernel(triple: str, first: tuple[int, int] | None) -> None:
    assert first_kernel(STICK, Triple.parse(triple)) == first


def test_names_of_modules() -> None:
    assert [module_name(driver) for driver in ("usb-storage", "option", "", None)] == ["usb_storage", "option", "", ""]


def test_every_driver_of_a_network_has_its_class_and_its_package() -> None:
    assert set(NETWORK_DRIVERS) == {name for name in CLASS_OF if role(CLASS_OF[name], HUAWEI) in NETWORK}
    assert set(NETWORK_DRIVERS) <= OPENWRT.keys()
    assert set(SINCE) <= set(NETWORK_DRIVERS)
    assert not set(NETWORK_DRIVERS) & set(SERIAL_DRIVERS)


@pytest.mark.parametrize("driver", sorted(CLASS_OF.keys() & KNOWN.keys()))
def test_the_class_that_stands_for_a_driver_is_in_its_table(driver: str) -> None:
    assert driver in tabled_drivers(STICK, CLASS_OF[driver], role(CLASS_OF[driver], HUAWEI))


def test_the_storage_drivers_have_a_storage_class() -> None:
    assert {GENERIC[tuple(CLASS_OF[driver])] for driver in STORAGE_DRIVERS} == {"storage"}


def test_the_kernel_that_was_captured_names_the_drivers() -> None:
    bindings = raw("29").decode()
    assert all(driver in bindings for driver in ("option", "huawei_cdc_ncm", "cdc_ncm", "cdc_ether", "qmi_wwan"))
