"""libusb through pyusb: finding the library, and looking at the bus with it where there is no sysfs."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from _thread import allocate_lock

import usb.backend.libusb1
import usb.core

from ..errors import LinkLost, ModeswitchError
from ..values import TYPE_CHECKING
from .descriptors import Configuration, Descriptors, Endpoint, Interface, Port, Triple, UsbId
from .device import UsbDevice
from .link import Link, Translating, no_libusb

if TYPE_CHECKING:
    from typing import Any

LOOKS = 5
"""How often the bus is looked at again because a device left during the look."""

LEAST = (1, 0, 27)
"""The oldest libusb that is worth using while a newer one is there.

Before, two threads that transfer at the same time may lose the end of a transfer, or read it after it was freed, and
``watch`` and ``--all`` have a thread for each stick.  Ref: libusb ChangeLog, 1.0.27, "sync transfer completion race and
use-after-free"; its issue 1263.
"""

_NO_DEVICE_DISCOVERY = 2
_RENEWING = allocate_lock()
_STALE: list[Any] = []


def look(backend: Any) -> list[UsbDevice]:
    """Every device that is not a root hub, by port; one that leaves during the look is not there."""
    for more in range(LOOKS, 0, -1):
        try:
            with Translating("looking at the bus"):
                devices = list(usb.core.find(find_all=True, backend=backend))
            break
        except LinkLost:  # pyusb reads each device as it lists them, and stops at the first that it cannot read
            if more == 1:
                raise
    found = [usb_device for device in devices if device.port_numbers and (usb_device := _usb_device(device))]
    return sorted(found, key=lambda usb_device: usb_device.port)


def _usb_device(device: Any) -> UsbDevice | None:
    """What pyusb read of a device; None where it left meanwhile, and unreadable where it broke off otherwise."""
    port = Port(device.bus, tuple(device.port_numbers))
    usb_id = UsbId(device.idVendor, device.idProduct)
    try:
        with Translating("reading descriptors"):
            active = _active(device)
            descriptors = Descriptors(
                usb_id,
                device.bcdDevice,
                Triple(device.bDeviceClass, device.bDeviceSubClass, device.bDeviceProtocol),
                tuple(_configuration(configuration) for configuration in device),
            )
    except (ModeswitchError, IndexError, AttributeError) as error:
        if isinstance(error, LinkLost) and error.reason == "gone":
            return None
        problem = error.message if isinstance(error, ModeswitchError) else "descriptors end too early"
        return UsbDevice(port, device.address, usb_id, None, None, problem=problem)
    return UsbDevice(port, device.address, usb_id, descriptors, active)


def _active(device: Any) -> int | None:
    """BConfigurationValue of the active configuration, None while there is none.

    Where this user may not ask, the only configuration there is must be the active one.
    """
    try:
        return int(device.get_active_configuration().bConfigurationValue)
    except usb.core.USBError as error:
        if error.errno == errno.ENODEV:
            raise
        alone = error.errno == errno.EACCES and device.bNumConfigurations == 1
        return int(device[0].bConfigurationValue) if alone else None


def _configuration(configuration: Any) -> Configuration:
    """A configuration with its interfaces.

    Raises :class:`LinkLost` where there are fewer than it says: pyusb takes a device that leaves meanwhile for the end
    of the list.  (A device that counts wrongly is no such case: libusb corrects the number.)
    """
    interfaces = []
    for interface in configuration:
        triple = Triple(interface.bInterfaceClass, interface.bInterfaceSubClass, interface.bInterfaceProtocol)
        endpoints = tuple(
            Endpoint(e.bEndpointAddress, e.bmAttributes, e.wMaxPacketSize, e.bInterval) for e in interface
        )
        interfaces.append(Interface(interface.bInterfaceNumber, interface.bAlternateSetting, triple, endpoints))
    if len({interface.number for interface in interfaces}) < configuration.bNumInterfaces:
        raise LinkLost("reading descriptors: the device left", reason="gone")
    return Configuration(configuration.bConfigurationValue, tuple(interfaces))


def open_hub(backend: Any, port: Port) -> Link:
    """A link to the hub that this port belongs to.

    Raises :class:`LinkLost` where it is not to be seen (Windows shows no root hubs), :class:`PermissionDenied`.
    """
    above = port.ports[:-1]

    def is_it(device: Any) -> bool:
        return device.bus == port.bus and tuple(device.port_numbers or ()) == above

    what = f"opening the hub of port {port}"
    with Translating(what):
        device = usb.core.find(backend=backend, custom_match=is_it)
    if device is None:
        raise LinkLost(f"{what}: no such hub is to be seen", reason="gone")
    place = Port(port.bus, above)
    return Link(device, UsbDevice(place, device.address, UsbId(device.idVendor, device.idProduct), None, None))


def libusb_backend(*, discover: bool = True) -> Any:
    """Pyusb's libusb 1.0 backend: the system's library, or libusb-package's (:func:`_libraries`).

    ``discover`` is false for who opens devices by their nodes: from then on no context of this process that is made
    looks at the bus.  Pyusb makes one context and keeps it.  Raises :class:`NoLibusb`, which names what to install.
    """
    if usb.backend.libusb1._lib_object is not None:
        return usb.backend.libusb1._lib_object
    for path in _libraries():
        if not discover:
            _end_discovery(path)
        backend = usb.backend.libusb1.get_backend(find_library=lambda _name, path=path: path)
        if backend is not None:
            return backend
    raise no_libusb()


def _end_discovery(library: str) -> None:
    """Let contexts of that libusb look at no bus; an older one than 1.0.24 looks all the same.

    Ref: libusb.h, libusb_set_option with no context: the default of those to come.
    """
    try:
        ctypes.CDLL(library).libusb_set_option(None, _NO_DEVICE_DISCOVERY)
    except (OSError, AttributeError):
        return


def renewed_backend(stale: Any) -> Any:
    """A backend that looks at the bus anew, in the place of one that has missed a device.

    libusb hears of devices by a socket that may overrun, and never looks again; pyusb makes one context and keeps it.
    The stale one is kept, too: others may be at work with it, and pyusb may free a device after its context.
    """
    with _RENEWING:
        if usb.backend.libusb1._lib_object is stale:
            _STALE.append(stale)
            usb.backend.libusb1._lib_object = None
        return libusb_backend()


def _libraries() -> list[str]:
    """Paths and names of libusb 1.0 to try, in order.

    Linux' systems keep theirs up to date, so theirs comes first unless it is older than :data:`LEAST`.  Elsewhere
    libusb-package's does.  Its folder is looked into without importing it: that would cost as much as all of pyusb.
    """
    suffix = {"darwin": ".dylib", "win32": ".dll"}.get(sys.platform, ".so")
    own = "libusb-1.0.so.0" if suffix == ".so" else "libusb-1.0" + suffix
    packaged = []
    for folder in _folders_of("libusb_package"):
        path = os.path.join(folder, "libusb-1.0" + suffix)
        if os.path.isfile(path):
            packaged.append(path)
    own_first = sys.platform == "linux" and packaged and version_of(own) >= LEAST
    return [own, *packaged] if own_first else [*packaged, own]


def _folders_of(package: str) -> list[str]:
    """Where a package has its files; ``importlib.util`` would look there, too, and takes longer to load."""
    for finder in sys.meta_path:
        found = finder.find_spec(package, None)
        if found is not None:
            return list(found.submodule_search_locations or [])
    return []


def version_of(library: str) -> tuple[int, ...]:
    """The version of a libusb, ``(1, 0, 26)``; ``()`` where it cannot be loaded or does not tell.

    Ref: libusb.h, libusb_get_version: three numbers of 16 bits begin what it points to.
    """
    try:
        told = ctypes.CDLL(library).libusb_get_version
        told.restype = ctypes.POINTER(ctypes.c_uint16 * 3)
        return tuple(told().contents)
    except (OSError, AttributeError):
        return ()
