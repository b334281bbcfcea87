"""One device of usbfs, opened by its node; a context of libusb would first look at every device there is.

That costs some hundred files a device, for one device of the bus.  The node is opened for reading, which is enough to
wrap it and makes libusb ask the device for nothing; which configuration is active sysfs has told.  pyusb then opens the
device as any other.

Ref: libusb 1.0.26, libusb.h, libusb_wrap_sys_device (1.0.23) and LIBUSB_OPTION_NO_DEVICE_DISCOVERY (1.0.24);
os/linux_usbfs.c, op_wrap_sys_device (the node's path tells bus and address) and usbfs_get_active_config; Linux
drivers/usb/core/devio.c, usbdev_do_ioctl (EPERM where the node is open for reading only).
"""

from __future__ import annotations

import ctypes
import os

import usb.backend.libusb1
import usb.core

from ..errors import LinkLost
from ..usb.device import UsbDevice
from ..usb.libusb import libusb_backend
from ..usb.link import Link, Translating, translate
from ..values import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

FOLDER = "/dev/bus/usb"


class _Configured:
    """A backend of pyusb for one device whose active configuration is known; all else is the backend's own."""

    def __init__(self, backend: Any, configuration: int | None) -> None:
        self._backend, self._configuration = backend, configuration

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    def get_configuration(self, handle: Any) -> int:
        """Its bConfigurationValue; pyusb asks once, before the first transfer."""
        if self._configuration is None:
            return int(self._backend.get_configuration(handle))
        return self._configuration


def open_device(usb_device: UsbDevice) -> Link | None:
    """A link to the device as it was seen, and to no other that took its place; None where this is no real usbfs.

    Raises :class:`LinkLost` when it is no longer there, :class:`~modeswitch.errors.PermissionDenied`,
    :class:`~modeswitch.errors.NoLibusb`.
    """
    if not os.path.isdir(FOLDER):
        return None
    what = f"opening {usb_device.id} at {usb_device.port}"
    path = f"{FOLDER}/{usb_device.port.bus:03}/{usb_device.address:03}"
    try:
        node = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise translate(error, what) from error
    try:
        if os.readlink(f"/proc/self/fd/{node}") != path:
            return None
        backend = libusb_backend(discover=False)
        with Translating(what):
            device = usb.core.Device(_wrapped(backend, node, what), _Configured(backend, usb_device.active))
    finally:
        os.close(node)
    if (device.idVendor, device.idProduct) != tuple(usb_device.id):
        raise LinkLost(f"{what}: the device is gone", reason="gone")
    return Link(device, usb_device)


def _wrapped(backend: Any, node: int, what: str) -> Any:
    """Pyusb's name for the device whose node is open.  Raises :class:`LinkLost`: it has just left."""
    wrap, device_of = backend.lib.libusb_wrap_sys_device, backend.lib.libusb_get_device
    wrap.argtypes = [ctypes.c_void_p, ctypes.c_ssize_t, ctypes.POINTER(ctypes.c_void_p)]
    device_of.argtypes, device_of.restype = [ctypes.c_void_p], ctypes.c_void_p
    handle = ctypes.c_void_p()
    code = wrap(backend.ctx, node, ctypes.byref(handle))
    if code < 0:
        raise LinkLost(f"{what}: the device is gone (libusb's {code})", reason="gone")
    try:
        return usb.backend.libusb1._Device(device_of(handle))
    finally:
        backend.lib.libusb_close(handle)
