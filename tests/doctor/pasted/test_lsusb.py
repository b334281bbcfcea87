"""lsusb, lsusb -t, lsusb -v, each by itself."""

from __future__ import annotations

import pytest

from modeswitch.doctor.pasted.read import read
from tests.support.captures import LSUSB, LSUSB_T, LSUSB_V, NEW_LSUSB_T
from tests.support.pasted import devices


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (LSUSB, ["12d1:15b6@(2, 11)", "1d6b:0002@(2, 1)"]),
        (LSUSB_T, ["no-id@2-1 0=-:hub", "no-id@2-1.3 0=-:option 1=-:option 2=-:none 3=-:usb-storage"]),
        (NEW_LSUSB_T, ["no-id@2-3 0=-:none"]),
        (LSUSB_V, ["12d1:1506@(1, 5) 0=ff/02/12:? 1=ff/02/16:?"]),
        (LSUSB_V.partition("\n")[2], ["12d1:1506@- 0=ff/02/12:? 1=ff/02/16:?"]),
    ],
)
def test_the_devices(text: str, wanted: list[str]) -> None:
    assert devices(text) == wanted


def test_the_tree_has_base_classes() -> None:
    hub, stick = read(LSUSB_T.encode()).devices
    assert hub.is_hub
    assert not stick.is_hub
    assert [interface.base_class for interface in stick.interfaces] == [0xFF, 0xFF, 0xFF, 0x08]


def test_the_new_tree_has_an_id_below_each_device() -> None:
    text = NEW_LSUSB_T + "        ID 12d1:1506 Huawei Technologies Co., Ltd.\n"
    assert devices(text) == ["12d1:1506@2-3 0=-:none"]


def test_the_strings_and_the_number_of_interfaces() -> None:
    (device,) = read(LSUSB_V.encode()).devices
    assert device.strings == ("HUAWEI Technology", "Huawei Technologies Co., Ltd. Modem/Networkcard", "")
    assert device.interface_count == 2


def test_only_the_first_configuration_counts() -> None:
    before, _, second = LSUSB_V.rpartition("Configuration Descriptor:")
    text = (
        f"{before}Configuration Descriptor:{second.replace('bInterfaceNumber        0', 'bInterfaceNumber        7')}"
    )
    assert devices(text) == ["12d1:1506@(1, 5) 0=ff/02/12:? 1=ff/02/16:?"]


def test_descriptors_in_one_line() -> None:
    first, second, *_ = LSUSB_V.partition("\n")[2].split("Interface Descriptor:")
    fields = " ".join((first + second).split())
    assert devices(fields) == ["12d1:1506@- 0=ff/02/12:?"]


def test_the_short_form_of_an_interface() -> None:
    text = "Bus 001 Device 005: ID 12d1:1506\ninterface 0 alt 0: 3 endpoints, class 255/2/22\n"
    assert devices(text) == ["12d1:1506@(1, 5) 0=ff/02/16:?"]


def test_an_id_alone_in_its_line() -> None:
    """As a person copies it, or as a router's page shows it."""
    (device,) = read(b"ID 12d1:1f01 Huawei Technologies Co., Ltd.\n").devices
    assert (str(device.id), device.strings[1]) == ("12d1:1f01", "Huawei Technologies Co., Ltd.")
    assert devices("ID 12d1:1f01\nID 12d1:1506\n") == ["12d1:1506@-", "12d1:1f01@-"], "each is a device of its own"


def test_another_vendor_begins_another_device() -> None:
    """In a listing that lost the lines between its devices."""
    text = "idVendor 0x12d1\nidProduct 0x1506\nidVendor 0x19d2\nidProduct 0x0031\n"
    assert devices(text) == ["12d1:1506@-", "19d2:0031@-"]


def test_an_address_that_another_device_has_by_now() -> None:
    text = "Bus 001 Device 005: ID 12d1:1f01\n\nBus 001 Device 005: ID 12d1:1506\n"
    assert devices(text) == ["12d1:1506@(1, 5)", "12d1:1f01@-"]
