"""What usb_modeswitch, its dispatcher and usbmode print: ids, addresses, messages."""

from __future__ import annotations

import pytest

from modeswitch.doctor.pasted.read import read
from tests.support.pasted import shown


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("Error: can't use storage command in MessageContent with interface 0; interface class is 2", "no storage"),
        ("No devices in default mode found. Nothing to do. Bye!", "nothing to do"),
        ("Error opening the device. Abort", "no access"),
        (" Could not claim interface (error -6). Skip message sending", "busy"),
        (" OK, message successfully sent", "sent"),
        ("Mode switch succeeded. Bye!", "switched"),
        ("Mode switch has most likely succeeded. Bye!", "switched"),
        ("Mode switch has failed. Bye!", "not switched"),
        ("Failed to load config file", "bad config"),
        ("usb_modeswitch: switch device 12d1:1f01 on 002/009", "sent"),
        ("usb_modeswitch[7]: usb_modeswitch: switched to 1e0e:f000 on 3/5", "switched"),
    ],
)
def test_a_message(line: str, what: str) -> None:
    text = read(line.encode())
    assert [said.what for said in text.said] == [what]
    assert text.understood == 1


@pytest.mark.parametrize(
    "line",
    [
        "DefaultVendor= 0x12d1\nDefaultProduct= 0x1f01",
        "sudo usb_modeswitch -v 12d1 -p 1f01 -J",
        "root@OpenWrt:~# usb_modeswitch -v 0x12d1 -p 0x1f01 -W",
        "# usb_modeswitch --default-vendor 12d1 --default-product=1f01 -J",
        "usb_modeswitch -c /etc/usb_modeswitch.d/12d1\\:1f01",
        "usb_modeswitch: switch device 12d1:1f01 on 002/009",
        "USB values from sysfs:\n  idVendor\t12d1\n  idProduct\t1f01\n",
        'Found device: 12d1:1f01 (Manufacturer: "", Product: "", Serial: "")',
    ],
)
def test_the_id_that_is_meant(line: str) -> None:
    (device,) = read(line.encode()).devices
    assert (str(device.id), device.named) == ("12d1:1f01", True)


def test_the_address_that_it_accesses() -> None:
    text = b"DefaultVendor= 0x12d1\nDefaultProduct= 0x1f01\nAccess device 006 on bus 001\n"
    assert [shown(device) for device in read(text).devices] == ["12d1:1f01@(1, 6)"]


def test_the_port_that_the_dispatcher_names() -> None:
    text = b"Use top device dir /sys/bus/usb/devices/1-1.4\n  idVendor\t12d1\n  idProduct\t1f01\n"
    assert [shown(device) for device in read(text).devices] == ["12d1:1f01@1-1.4"]


def test_what_it_finds_on_the_bus() -> None:
    text = (
        b"  found USB ID 1d6b:0002\n  found USB ID 12d1:14db\nNo devices in default mode found. Nothing to do. Bye!\n"
    )
    assert [str(device.id) for device in read(text).devices] == ["1d6b:0002", "12d1:14db"]
