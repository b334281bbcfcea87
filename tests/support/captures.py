"""The captures as they were pasted, whole and line by line, and more listings in formats that no capture has."""

from __future__ import annotations

from tests.support.usb_devices import CAPTURES

NAMES = sorted(path.name for path in CAPTURES.iterdir())


def raw(capture: str) -> bytes:
    """The bytes of the capture with that number."""
    (path,) = CAPTURES.glob(f"{capture}_*")
    return path.read_bytes()


LSUSB = """\
Bus 002 Device 011: ID 12d1:15b6 Huawei Technologies Co., Ltd.
Bus 002 Device 001: ID 1d6b:0002 Linux Foundation
"""
LSUSB_T = """\
/:  Bus 02.Port 1: Dev 1, Class=root_hub, Driver=ehci-pci/2p, 480M
    |__ Port 1: Dev 2, If 0, Class=Hub, Driver=hub/8p, 480M
        |__ Port 3: Dev 11, If 0, Class=Vendor Specific Class, Driver=option, 480M
        |__ Port 3: Dev 11, If 1, Class=Vendor Specific Class, Driver=option, 480M
        |__ Port 3: Dev 11, If 2, Class=Vendor Specific Class, Driver=, 480M
        |__ Port 3: Dev 11, If 3, Class=Mass Storage, Driver=usb-storage, 480M
"""
NEW_LSUSB_T = """\
/:  Bus 002.Port 001: Dev 001, Class=root_hub, Driver=xhci_hcd/2p, 480M
    |__ Port 003: Dev 011, If 0, Class=Vendor Specific Class, Driver=[none], 480M
"""
LSUSB_V = """\
Bus 001 Device 005: ID 12d1:1506 Huawei Technologies Co., Ltd. Modem/Networkcard
Device Descriptor:
  bLength                18
  bDescriptorType         1
  bcdUSB               2.00
  bDeviceClass            0
  idVendor           0x12d1 Huawei Technologies Co., Ltd.
  idProduct          0x1506 Modem/Networkcard
  iManufacturer           2 HUAWEI Technology
  iProduct                1 HUAWEI Mobile
  iSerial                 0
  bNumConfigurations      2
  Configuration Descriptor:
    bNumInterfaces          2
    bConfigurationValue     1
    Interface Descriptor:
      bInterfaceNumber        0
      bAlternateSetting       0
      bNumEndpoints           3
      bInterfaceClass       255 Vendor Specific Class
      bInterfaceSubClass      2
      bInterfaceProtocol     18
      Endpoint Descriptor:
        bEndpointAddress     0x81  EP 1 IN
    Interface Descriptor:
      bInterfaceNumber        1
      bAlternateSetting       0
      bInterfaceClass       255 Vendor Specific Class
      bInterfaceSubClass      2
      bInterfaceProtocol     22
    Interface Descriptor:
      bInterfaceNumber        1
      bAlternateSetting       1
      bInterfaceClass       255 Vendor Specific Class
      bInterfaceSubClass      2
      bInterfaceProtocol     22
  Configuration Descriptor:
    bNumInterfaces          1
    bConfigurationValue     2
    Interface Descriptor:
      bInterfaceNumber        0
      bInterfaceClass         8 Mass Storage
      bInterfaceSubClass      6 SCSI
      bInterfaceProtocol     80 Bulk-Only
"""

ALL = b"\n".join(raw(name[:2]) for name in NAMES) + "\n".join((LSUSB, LSUSB_T, NEW_LSUSB_T, LSUSB_V)).encode()
"""Every format in one text."""
LINES = ALL.splitlines(keepends=True)
