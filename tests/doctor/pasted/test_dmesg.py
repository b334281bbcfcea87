"""The kernel's log: devices that come and go, drivers, errors; and logs of programs."""

from __future__ import annotations

import pytest

from modeswitch.doctor.pasted.read import read
from tests.support.captures import raw
from tests.support.pasted import devices

OLD = """\
usb 1-1: new high speed USB device using ehci_hcd and address 5
usb 1-1: New USB device found, idVendor=12d1, idProduct=1446
"""
FOUND = "usb 1-1: New USB device found, idVendor=12d1, idProduct=1f01\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (OLD, ["12d1:1446@1-1"]),
        (FOUND, ["12d1:1f01@1-1"]),
        (FOUND + "usb 1-1: USB disconnect\n", ["12d1:1f01@1-1"]),
        (FOUND + FOUND.replace("1f01", "1506"), ["12d1:1506@1-1"]),
        ("option 1-1:1.0: GSM modem (1-port) converter detected\n", ["no-id@1-1 0=-:option"]),
        ("hub 1-1:1.0: USB hub found\nusb 1-1: x\n", []),
        ("xhci 1-0:1.0: USB hub found\n", []),
    ],
)
def test_the_devices(text: str, wanted: list[str]) -> None:
    assert devices(text) == wanted


def test_a_device_that_left_and_the_one_that_came() -> None:
    (device,) = read((FOUND + "usb 1-1: USB disconnect\n").encode()).devices
    assert device.disconnected
    (device,) = read((FOUND + "usb 1-1: USB disconnect\n" + FOUND.replace("1f01", "1506")).encode()).devices
    assert not device.disconnected
    assert [str(usb_id) for usb_id in device.earlier_ids] == ["12d1:1f01"]


def test_a_cdrom_in_the_log_of_an_old_kernel() -> None:
    text = OLD.partition("\n")[0] + (
        "\nscsi0 : SCSI emulation for USB Mass Storage devices\n"
        "Vendor: HUAWEI    Model: Mass Storage      Rev: 2.31\n"
        "  Type:   CD-ROM                             ANSI SCSI revision: 02\n"
    )
    (device,) = read(text.encode()).devices
    assert device.disks == ("CD-ROM: HUAWEI Mass Storage",)
    assert [one.driver for one in device.interfaces] == ["usb-storage"]


def test_the_last_driver_that_binds_counts() -> None:
    text = (
        "option 1-1:1.2: GSM modem (1-port) converter detected\n"
        "uas 1-1:1.3: no of_node; not parsing pinctrl DT\n"
        "option 1-1:1.2: device disconnected\n"
    )
    assert devices(text) == ["no-id@1-1 2=-:?"]
    bound = "huawei_cdc_ncm 1-1:1.2 wwan0: register 'huawei_cdc_ncm' at usb-1, Huawei CDC NCM device\n"
    assert devices(text + bound) == ["no-id@1-1 2=-:huawei_cdc_ncm"]
    assert devices(bound + bound.replace(": register", ": unregister")) == ["no-id@1-1 2=-:?"]


def test_a_thousand_turns_cost_one_device() -> None:
    turn = OLD + "usb 1-1: USB disconnect, address 5\n"
    (device,) = read((turn * 1000 + OLD).encode()).devices
    assert (device.departures, len(device.stays)) == (1000, 32)


def test_a_tty_belongs_to_the_interface_before_it() -> None:
    ports = "".join(
        f"option 1-1:1.{number}: GSM modem (1-port) converter detected\n"
        f"usb 1-1: GSM modem (1-port) converter now attached to ttyUSB{number + 3}\n"
        for number in range(2)
    )
    (device,) = read(ports.encode()).devices
    assert device.ttys == (("ttyUSB3", 0), ("ttyUSB4", 1))
    (device,) = read(b"usb 1-1: GSM modem (1-port) converter now attached to ttyUSB9").devices
    assert device.ttys == (("ttyUSB9", -1),)


def test_a_network_that_is_renamed() -> None:
    text = (
        "huawei_cdc_ncm 1-1:1.2 wwan0: register 'huawei_cdc_ncm' at usb-1, Huawei CDC NCM device, 00:1e:10:1f:00:00\n"
        "huawei_cdc_ncm 1-1:1.2 wwx001e101f0000: renamed from wwan0\n"
    )
    (device,) = read(text.encode()).devices
    assert device.networks == ("wwx001e101f0000",)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("usb 1-1: device descriptor read/64, error -71", "device descriptor read/64, error -71"),
        ("usb 1-1: device not accepting address 5, error -71", "device not accepting address 5, error -71"),
        ("usb 1-1: Device is not authorized for usage", "Device is not authorized for usage"),
        ("usb 1-1: can't set config #1, error -110", "can't set config #1, error -110"),
        ("cdc_ncm 1-1:1.3: bind() failure", "cdc_ncm 1-1, interface 3: bind() failure"),
        ("option: probe of 1-1:1.2 failed with error -12", "option 1-1, interface 2: failed with error -12"),
    ],
)
def test_errors(line: str, error: str) -> None:
    found = read(line.encode()).devices
    assert [one.kernel_errors for one in found] == [(error,)]
    assert all(interface.driver is None for one in found for interface in one.interfaces)


def test_a_bus_that_fails_before_any_device() -> None:
    text = read(
        b"usb usb1-port2: unable to enumerate USB device\nhub 1-0:1.0: unable to enumerate USB device on port 2"
    )
    assert len(text.kernel_errors) == 2
    assert not text.devices


def test_a_log_of_two_tools() -> None:
    assert read(raw("08")).tools == ("usb_modeswitch",)


CAME = "usb 1-1: new high-speed USB device number 5 using xhci_hcd\n"
TTY = "usb 1-1: GSM modem (1-port) converter now attached to ttyUSB0\n"


@pytest.mark.parametrize(
    "line",
    [
        "usb 1-1: GSM modem (1-port) converter now disconnected from ttyUSB0\n",
        "option1 ttyUSB0: GSM modem (1-port) converter now disconnected from ttyUSB0\n",
    ],
    ids=["with its port", "with the driver's name"],
)
def test_a_tty_that_left_is_gone(line: str) -> None:
    (before,), (after,) = read((CAME + TTY).encode()).devices, read((CAME + TTY + line).encode()).devices
    assert [tty for tty, _ in before.ttys] == ["ttyUSB0"]
    assert after.ttys == ()


def test_an_interface_that_its_driver_let_go_of() -> None:
    bound = "huawei_cdc_ncm 1-1:1.2 wwan0: register 'huawei_cdc_ncm' at usb-1, Huawei CDC NCM device\n"
    other = "option 1-1:1.2: device disconnected\n"
    left = "huawei_cdc_ncm 1-1:1.2 wwan0: unregister 'huawei_cdc_ncm' usb-1, Huawei CDC NCM device\n"
    assert devices(CAME + bound + other) == ["no-id@1-1 2=-:huawei_cdc_ncm"], "another driver's word is not its own"
    assert devices(CAME + bound + left) == ["no-id@1-1 2=-:?"]
    (stick,) = read((CAME + bound + left).encode()).devices
    assert stick.networks == ()


def test_old_storage_belongs_to_the_device_before_it() -> None:
    old = "SCSI emulation for USB Mass Storage devices\n"
    assert devices(old) == [], "where no device came before"
    assert devices(CAME + old) == ["no-id@1-1 0=-:usb-storage"]
    assert devices(CAME + "option 1-1:1.0: GSM modem (1-port) converter detected\n" + old) == [
        "no-id@1-1 0=-:option"
    ], "one whose interface is known is not changed"
