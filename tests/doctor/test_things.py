"""What is no modem: by its drivers, by what is said of it, by its vendor."""

from __future__ import annotations

import pytest

from modeswitch.doctor.things import MODULES, STICKS, SWITCHED, modem_driver, other_thing
from modeswitch.usb.descriptors import UsbId
from tests.support.snapshots import LIBRARY

FAMILIES = [(family, product) for family in map(LIBRARY.family, LIBRARY.names()) for product in family.products]


@pytest.mark.parametrize(
    ("usb", "said", "thing"),
    [
        ("0bda:8179", "", "a Wi-Fi adapter"),
        ("0bda:c811", "", "a Wi-Fi adapter"),
        ("0bda:8153", "", "an Ethernet adapter"),
        ("0bda:0129", "", "a card reader"),
        ("0bda:5411", "", "a hub"),
        ("148f:5370", "Ralink RT5370", "a Wi-Fi adapter"),
        ("abcd:0001", "802.11ac WLAN Adapter", "a Wi-Fi adapter"),
        ("10c4:ea60", "CP2102 USB to UART Bridge", "a serial cable"),
        ("0781:5567", "Cruzer Blade", "a USB disk"),
        ("0781:5581", "SanDisk Ultra", "a USB disk"),
        ("0781:5581", "", "something else than a modem"),
        ("04e8:6860", "", "a phone"),
        ("12d1:107e", "P10 smartphone", "a phone"),
        ("12d1:107e", "", "a phone, tablet or music player"),
        ("2717:9eee", "", "a phone, tablet or music player"),
        ("0489:e0cd", "", "a Bluetooth adapter"),
        ("0424:ec00", "", "an Ethernet adapter"),
        ("413c:2003", "", "a keyboard, mouse or tablet"),
        ("0bda:9eee", "", "something else than a modem"),
        ("0bda:9eee", "LTE modem", ""),
        ("0525:a4a2", "", ""),
        ("8087:0029", "", "a Bluetooth adapter"),
        ("8087:0716", "", ""),
        ("046d:c52b", "Unifying Receiver", "a keyboard, mouse or tablet"),
        ("04e8:6795", "Samsung LTE modem", ""),
        ("19d2:1405", "Android flash hub", ""),
        ("2c7c:0125", "camera", ""),
        ("0403:8b28", "", ""),
        ("0403:8b28", "hub", ""),
        ("0403:9eee", "", "a serial cable"),
        ("abcd:0001", "", ""),
    ],
)
def test_a_thing(usb: str, said: str, thing: str) -> None:
    assert other_thing(UsbId.parse(usb), said) == thing


@pytest.mark.parametrize(
    ("drivers", "thing"),
    [
        (("ftdi_sio",), "a serial cable"),
        (("ftdi_sio", "qmi_wwan"), ""),
        (("rtl8xxxu",), "a Wi-Fi adapter"),
        (("r8152",), "an Ethernet adapter"),
        (("option",), ""),
    ],
)
def test_drivers_tell(drivers: tuple[str, ...], thing: str) -> None:
    assert other_thing(None, "", frozenset(drivers)) == thing


def test_a_vendor_is_in_one_table() -> None:
    assert not set(MODULES) & set(STICKS)


@pytest.mark.parametrize("vendor", STICKS, ids="{:04x}".format)
def test_a_vendor_of_sticks_has_one_that_wakes_up_as_something_else(vendor: int) -> None:
    assert any(product.wakes and product.usb.vendor == vendor for _, product in FAMILIES)


@pytest.mark.parametrize("vendor", MODULES, ids="{:04x}".format)
def test_a_vendor_of_modules_has_no_cdrom(vendor: int) -> None:
    """What wakes up in the other of its configurations shows its ports there, too."""
    woken = [(family, product) for family, product in FAMILIES if product.usb.vendor == vendor and product.wakes]
    cdroms = {str(product.usb) for family, product in woken if not family.told_by.startswith("configuration")}
    assert cdroms <= {"1199:0fff"}


@pytest.mark.parametrize("usb", SWITCHED)
def test_what_is_listed_here_is_listed_nowhere_else(usb: str) -> None:
    usb_id = UsbId.parse(usb)
    assert not LIBRARY.families(usb_id)
    assert not modem_driver(usb_id)


@pytest.mark.parametrize(
    ("usb", "driver"),
    [
        ("05c6:9091", "qmi_wwan"),
        ("05c6:90b2", "option"),
        ("0e8d:7127", "option"),
        ("413c:81b6", "qcserial"),
        ("0af0:7601", ""),
        ("0bda:8179", ""),
    ],
)
def test_a_driver_names_a_modem(usb: str, driver: str) -> None:
    assert modem_driver(UsbId.parse(usb)) == driver
