"""What is no modem: by its drivers, by what is said of it, by its vendor."""

from __future__ import annotations

import pytest

from modeswitch.doctor.things import MODULES, STICKS, SWITCHED, VENDORS, other_thing
from modeswitch.usb.descriptors import UsbId


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
        ("04e8:6860", "", "a phone"),
        ("12d1:107e", "P10 smartphone", "a phone"),
        ("8087:0029", "", "a Bluetooth adapter"),
        ("8087:0716", "", ""),
        ("046d:c52b", "Unifying Receiver", "a keyboard, mouse or tablet"),
        ("04e8:6795", "Samsung LTE modem", ""),
        ("19d2:1405", "Android flash hub", ""),
        ("2c7c:0125", "camera", ""),
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
    assert not set(STICKS) & set(VENDORS)
    assert all(UsbId.parse(usb) for usb in SWITCHED)
