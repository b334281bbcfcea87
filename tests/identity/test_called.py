"""What a person is shown of a device: its own words, and never a relative's alone."""

from __future__ import annotations

import pytest

from modeswitch.database.library import Library
from modeswitch.database.profile import Product
from modeswitch.identity.device import called
from modeswitch.usb.descriptors import UsbId

USB = UsbId(0x1209, 0x0001)


@pytest.mark.parametrize(
    ("strings", "names", "shown"),
    [
        (("Realtek", "802.11ac NIC", "1"), ("one brand's",), "Realtek 802.11ac NIC: one brand's"),
        (("HUAWEI_MOBILE", "HUAWEI_MOBILE", ""), ("E303", "E353"), "HUAWEI_MOBILE: E303, E353"),
        (("", "", "serial"), ("E303",), "E303"),
        (("Own", "", ""), (), "Own"),
        (("Own", "", ""), ("switched 0bda:1a2b",), "Own"),
        (("", "", ""), ("switched 0bda:1a2b",), "switched 0bda:1a2b"),
        (("", "", ""), (), ""),
    ],
)
def test_what_is_shown(strings: tuple[str, str, str], names: tuple[str, ...], shown: str) -> None:
    product = Product(USB, names, (), "", "", ()) if names else None
    assert called(strings, product) == shown


@pytest.mark.parametrize("usb", ["0bda:1a2b", "0e8d:2870"])
def test_the_driver_disk_of_every_brand_is_called_after_none(usb: str) -> None:
    (family,) = Library(user=[]).families(UsbId.parse(usb))
    product = family.product(UsbId.parse(usb))
    assert product is not None
    assert "some brand" in product.names[0]
