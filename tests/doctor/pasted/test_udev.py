"""What udevadm and sysfs tell: the walk, the properties, the events, attributes by cat, grep and ls."""

from __future__ import annotations

import pytest

from modeswitch.doctor.pasted.read import read
from tests.support.pasted import devices

UP = "/devices/pci0000:00/0000:00:14.0/usb1"
WALK = f"""\
  looking at device '{UP}/1-8/1-8.4/1-8.4:1.1/ttyUSB1/tty/ttyUSB1':
    KERNEL=="ttyUSB1"
    DRIVER==""
  looking at parent device '{UP}/1-8/1-8.4/1-8.4:1.1/ttyUSB1':
    DRIVERS=="option1"
  looking at parent device '{UP}/1-8/1-8.4/1-8.4:1.1':
    DRIVERS=="option"
    ATTRS{{bInterfaceClass}}=="ff"
    ATTRS{{bInterfaceSubClass}}=="06"
    ATTRS{{bInterfaceProtocol}}=="13"
  looking at parent device '{UP}/1-8/1-8.4':
    DRIVERS=="usb"
    ATTRS{{idVendor}}=="12d1"
    ATTRS{{idProduct}}=="1506"
  looking at parent device '{UP}/1-8':
    ATTRS{{idVendor}}=="1a40"
    ATTRS{{idProduct}}=="0101"
"""
INFO = f"""\
P: {UP}/1-1/1-1:1.0/ttyUSB0/tty/ttyUSB0
N: ttyUSB0
E: DEVPATH={UP}/1-1/1-1:1.0/ttyUSB0/tty/ttyUSB0
E: ID_VENDOR_ID=12d1
E: ID_MODEL_ID=1001
E: ID_USB_INTERFACE_NUM=00
E: ID_USB_DRIVER=option
"""
EVENTS = f"""\
{{by}}[1.5] add      {UP}/1-2 (usb)
PRODUCT=12d1/1f01/102
{{by}}[2.5] add      {UP}/1-2/1-2:1.0 (usb)
INTERFACE=8/6/80
DRIVER=usb-storage
"""


def test_the_walk_of_a_tty() -> None:
    assert devices(WALK) == ["12d1:1506@1-8.4 1=ff/06/13:option", "1a40:0101@1-8"]
    (modem,) = (one for one in read(WALK.encode()).devices if one.port == "1-8.4")
    assert modem.ttys == (("ttyUSB1", 1),)


def test_the_properties_of_a_tty() -> None:
    assert devices(INFO) == ["12d1:1001@1-1 0=-:option"]


@pytest.mark.parametrize("by", ["KERNEL", "UDEV  "])
def test_events(by: str) -> None:
    assert devices(EVENTS.format(by=by)) == ["12d1:1f01@1-2 0=08/06/50:usb-storage"]


def test_udevs_events_do_not_count_where_the_kernels_are_there() -> None:
    text = EVENTS.format(by="KERNEL") + f"UDEV  [1.6] add      {UP}/1-2 (usb)\n"
    (device,) = read(text.encode()).devices
    assert device.departures == 0


def test_a_device_that_goes_in_the_events() -> None:
    text = EVENTS.format(by="KERNEL") + f"KERNEL[9.0] remove   {UP}/1-2 (usb)\n"
    (device,) = read(text.encode()).devices
    assert (device.disconnected, device.departures) == (True, 1)
    assert device.began is not None
    assert device.began.until(device.ended) == 7.5


@pytest.mark.parametrize(
    "text",
    [
        "$ cat /sys/bus/usb/devices/1-1/idVendor\n12d1\n$ cat /sys/bus/usb/devices/1-1/idProduct\n14dc\n",
        "# cat /sys/bus/usb/devices/1-1/idVendor /sys/bus/usb/devices/1-1/idProduct\n12d1\n14dc\n",
        "/sys/bus/usb/devices/1-1/idVendor:12d1\n/sys/bus/usb/devices/1-1/idProduct:14dc\n",
    ],
)
def test_attributes_of_sysfs(text: str) -> None:
    assert devices(text) == ["12d1:14dc@1-1"]


def test_attributes_without_their_path() -> None:
    assert devices("# cat idVendor idProduct\n12d1\n14fe\n") == ["12d1:14fe@-"]


def test_a_command_without_its_answer_takes_no_other_line() -> None:
    text = "# cat idVendor\nBus 001 Device 004: ID 12d1:1f01 Huawei\n"
    assert devices(text) == ["12d1:1f01@(1, 4)"]


def test_the_driver_by_its_link() -> None:
    line = "driver -> ../../../../bus/usb/drivers/option"
    assert devices(f"/sys/bus/usb/devices/1-1:1.2/{line}\n") == ["no-id@1-1 2=-:option"]


def test_the_network_and_the_control_port_of_a_stick() -> None:
    paths = (f"P: {UP}/1-1/1-1:1.1/net/wwan0\n", f"P: {UP}/1-1/1-1:1.1/usbmisc/cdc-wdm0\n")
    (stick,) = read("".join(paths).encode()).devices
    assert stick.networks == ("wwan0",)
    assert stick.wdms == ("cdc-wdm0",)


@pytest.mark.parametrize(
    "text",
    [f"P: {UP}\n", f"P: {UP}/1-0:1.0\n", f"KERNEL[1.5] add      {UP}/1-0:1.0 (usb)\n"],
    ids=["a bus", "its hub", "an event of its hub"],
)
def test_a_root_hub_is_no_stick(text: str) -> None:
    assert devices(text) == []


def test_an_event_of_its_disk_tells_the_driver() -> None:
    """Of which ``DRIVER`` is not shown without --property."""
    disk = f"{UP}/1-2/1-2:1.0/host0/target0:0:0/0:0:0:0"
    text = f"KERNEL[1.5] add      {UP}/1-2 (usb)\nKERNEL[2.5] add      {disk} (scsi)\n"
    assert devices(text) == ["no-id@1-2 0=-:usb-storage"]


def test_strings_in_properties_and_attributes() -> None:
    walk = f'looking at device \'{UP}/1-1\':\n  ATTR{{manufacturer}}=="HUAWEI"\n  ATTR{{product}}=="Mobile"\n'
    (stick,) = read(walk.encode()).devices
    assert stick.strings[:2] == ("HUAWEI", "Mobile")


def test_a_product_that_is_none_tells_no_id() -> None:
    """PRODUCT of a device of another bus has other parts."""
    assert devices(f"E: DEVPATH={UP}/1-1\nE: PRODUCT=19/0/0/0\n") == ["no-id@1-1"]
