"""The tables about drivers, beside the kernel's own, and what is looked up in them."""

from __future__ import annotations

import pytest

from modeswitch.doctor.driver_facts import (
    CLASS_OF,
    NETWORK_DRIVERS,
    SERIAL_DRIVERS,
    SINCE,
    STORAGE_DRIVERS,
    first_kernel,
    module_name,
)
from modeswitch.linux.modules import KNOWN
from modeswitch.linux.packages import OPENWRT
from modeswitch.modem.drivers import tabled_drivers
from modeswitch.modem.roles import GENERIC, HUAWEI, NETWORK, role
from modeswitch.usb.descriptors import Triple
from tests.support.captures import raw


@pytest.mark.parametrize(
    ("triple", "name", "drivers"),
    [
        ("ff/02/16", "ncm", ("huawei_cdc_ncm",)),
        ("ff/01/09", "qmi", ("qmi_wwan",)),
        ("02/0d/00", "ncm", ("cdc_ncm",)),
        ("ff/02/12", "pcui", ("option",)),
        ("ff/ff/ff", "vendor", ("option",)),
        ("02/02/01", "acm", ("cdc_acm",)),
        ("02/02/02", "acm", ()),
        ("0a/00/00", "data", ()),
        ("09/00/00", "other", ()),
    ],
)
def test_the_drivers_of_the_table(triple: str, name: str, drivers: tuple[str, ...]) -> None:
    assert tabled_drivers(HUAWEI, Triple.parse(triple), name) == drivers


def test_the_serial_ports_of_other_vendors_are_in_no_table() -> None:
    assert tabled_drivers(0x19D2, Triple(0xFF, 0xFF, 0xFF), "vendor") == ()


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
    assert first_kernel(Triple.parse(triple)) == first


def test_names_of_modules() -> None:
    assert [module_name(driver) for driver in ("usb-storage", "option", "", None)] == ["usb_storage", "option", "", ""]


def test_every_driver_of_a_network_has_its_class_and_its_package() -> None:
    assert set(NETWORK_DRIVERS) == {name for name in CLASS_OF if role(CLASS_OF[name], HUAWEI) in NETWORK}
    assert set(NETWORK_DRIVERS) <= OPENWRT.keys()
    assert set(SINCE) <= set(NETWORK_DRIVERS)
    assert not set(NETWORK_DRIVERS) & set(SERIAL_DRIVERS)


@pytest.mark.parametrize("driver", sorted(CLASS_OF.keys() & KNOWN.keys()))
def test_the_class_that_stands_for_a_driver_is_in_its_table(driver: str) -> None:
    assert driver in tabled_drivers(HUAWEI, CLASS_OF[driver], role(CLASS_OF[driver], HUAWEI))


def test_the_storage_drivers_have_a_storage_class() -> None:
    assert {GENERIC[tuple(CLASS_OF[driver])] for driver in STORAGE_DRIVERS} == {"storage"}


def test_the_kernel_that_was_captured_names_the_drivers() -> None:
    bindings = raw("29").decode()
    assert all(driver in bindings for driver in ("option", "huawei_cdc_ncm", "cdc_ncm", "cdc_ether", "qmi_wwan"))
