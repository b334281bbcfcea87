"""usbfs' ioctls: their numbers, their structures.

Ref: linux/usbdevice_fs.h, asm-generic/ioctl.h; the structures as a 64-bit kernel has them.
"""

from __future__ import annotations

import struct


def number(direction: int, nr: int, size: int) -> int:
    return direction << 30 | size << 16 | ord("U") << 8 | nr


def io(nr: int) -> int:
    return number(0, nr, 0)


def iow(nr: int, size: int) -> int:
    return number(1, nr, size)


def ior(nr: int, size: int) -> int:
    return number(2, nr, size)


def iowr(nr: int, size: int) -> int:
    return number(3, nr, size)


UINT, POINTER = struct.Struct("=I"), struct.Struct("=Q")
SETINTERFACE = struct.Struct("=II")
"""struct usbdevfs_setinterface: interface, altsetting."""
GETDRIVER = struct.Struct("=I256s")
"""struct usbdevfs_getdriver."""
URB = struct.Struct("=BB2xiI4xQiiiiiIQ")
"""struct usbdevfs_urb: type, endpoint, status, flags, buffer, buffer_length, actual_length, start_frame,
number_of_packets, error_count, signr, usercontext."""
IOCTL = struct.Struct("=iiQ")
"""struct usbdevfs_ioctl: interface, ioctl_code, data."""
DISCONNECT_CLAIM = struct.Struct("=II256s")
"""struct usbdevfs_disconnect_claim: interface, flags, driver."""

URB_STATUS, URB_ACTUAL = 4, 28
"""Offsets of two fields that are written back."""
URB_TYPE_INTERRUPT, URB_TYPE_CONTROL, URB_TYPE_BULK = 1, 2, 3
SETUP = struct.Struct("<BBHHH")
"""A control transfer's setup packet: bmRequestType, bRequest, wValue, wIndex, wLength."""
CAPABILITIES = 0x01 | 0x02 | 0x04 | 0x08 | 0x10
"""Zero packets, bulk continuation, no limit of size, scatter-gather, reaping after the device has left."""

USBDEVFS_SETINTERFACE = ior(4, SETINTERFACE.size)
USBDEVFS_SETCONFIGURATION = ior(5, UINT.size)
USBDEVFS_GETDRIVER = iow(8, GETDRIVER.size)
USBDEVFS_SUBMITURB = ior(10, URB.size)
USBDEVFS_DISCARDURB = io(11)
USBDEVFS_REAPURB = iow(12, POINTER.size)
USBDEVFS_REAPURBNDELAY = iow(13, POINTER.size)
USBDEVFS_CLAIMINTERFACE = ior(15, UINT.size)
USBDEVFS_RELEASEINTERFACE = ior(16, UINT.size)
USBDEVFS_IOCTL = iowr(18, IOCTL.size)
USBDEVFS_RESET = io(20)
USBDEVFS_CLEAR_HALT = ior(21, UINT.size)
USBDEVFS_DISCONNECT, USBDEVFS_CONNECT = io(22), io(23)
USBDEVFS_GET_CAPABILITIES = ior(26, UINT.size)
USBDEVFS_DISCONNECT_CLAIM = ior(27, DISCONNECT_CLAIM.size)
USBDEVFS_GET_SPEED = io(31)
