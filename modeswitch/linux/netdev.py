"""The network interfaces of one USB device, and how each is: up, with a carrier, with an address.

Ref: Linux Documentation/ABI/testing/sysfs-class-net; netdevice(7) (ioctls, struct ifreq); proc_net(5), if_inet6.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import socket
import struct

from .. import files
from ..usb.nodes import NetworkState
from .sysfs import DEVICES

IFNAMSIZ = 16
"""A name with its terminating zero is no longer.  Ref: linux/if.h."""
UP = 0x1
_GET_FLAGS, _SET_FLAGS = 0x8913, 0x8914
GET_ADDRESS = 0x8915
"""Ref: linux/if.h, linux/sockios.h."""


def interfaces(device_path: str, root: str = "/sys") -> list[str]:
    """The names of the network interfaces that a USB device has now, sorted; none where there are none.

    ``device_path`` is the device's folder in sysfs, or its kernel name (``1-1.4``) below ``root``.
    """
    folder = os.path.join(root, DEVICES, device_path)
    own = os.path.basename(folder) + ":"
    entries = [entry for entry in files.names(folder) if entry.startswith(own)]
    return sorted(name for entry in entries for name in interfaces_of(os.path.join(folder, entry)))


def interfaces_of(interface_path: str) -> list[str]:
    """The names of the network interfaces made of one USB interface, whose folder in sysfs this is."""
    return sorted(name for name in files.names(os.path.join(interface_path, "net")) if is_interface_name(name))


def is_interface_name(name: str) -> bool:
    """Does the kernel let an interface have this name?  Ref: Linux net/core/dev.c, dev_valid_name."""
    fits = 0 < len(os.fsencode(name)) < IFNAMSIZ and name not in (".", "..")
    return fits and name.isprintable() and not any(char in "/:" or char.isspace() for char in name)


def encoded(interface: str) -> bytes:
    """A name for the kernel, which would cut a long one short, and take an empty one for any interface."""
    if not is_interface_name(interface):
        raise OSError(errno.ENODEV, "No such device")
    return os.fsencode(interface)


def ioctl(request: int, interface: str, value: bytes = b"") -> bytes:
    """One request about an interface: the union of struct ifreq, in and out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        answer: bytes = fcntl.ioctl(any_socket, request, struct.pack("16s24s", encoded(interface), value))
    return answer[IFNAMSIZ:]


def flags(interface: str) -> int:
    (flags,) = struct.unpack("=H", ioctl(_GET_FLAGS, interface)[:2])
    return int(flags)


def set_flags(interface: str, flags: int) -> None:
    ioctl(_SET_FLAGS, interface, struct.pack("=H", flags))


def state(interface: str, root: str = "/sys", proc: str = "/proc") -> NetworkState:
    """How an interface is now; one that has gone is neither up nor anything else."""
    try:
        is_up = bool(flags(interface) & UP)
    except OSError:
        return NetworkState()
    carrier = files.text(os.path.join(root, "class/net", interface, "carrier"), 8).strip() == "1"
    return NetworkState(is_up, is_up and carrier, (*_ipv4(interface), *_ipv6(interface, proc)))


def ipv4(interface: str, request: int = GET_ADDRESS) -> str:
    """The IPv4 address of an interface, or what else is asked for; empty where it has none.  Raises OSError."""
    try:
        return socket.inet_ntoa(ioctl(request, interface)[4:8])
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            return ""
        raise


def _ipv4(interface: str) -> list[str]:
    try:
        return list(filter(None, [ipv4(interface)]))
    except OSError:  # it has gone meanwhile
        return []


def _ipv6(interface: str, proc: str) -> list[str]:
    """The addresses of global scope (00): a link-local one comes by itself and leads nowhere."""
    found = []
    for line in files.text(f"{proc}/net/if_inet6", 64 * 1024).splitlines():
        fields = line.split()
        if len(fields) == 6 and fields[5] == interface and fields[3] == "00" and _ADDRESS.fullmatch(fields[0]):
            found.append(socket.inet_ntop(socket.AF_INET6, bytes.fromhex(fields[0])))
    return found


_ADDRESS = re.compile("[0-9a-fA-F]{32}")


def bring_up(interface: str) -> None:
    """Set the interface up.  Raises OSError."""
    set_flags(interface, flags(interface) | UP)
