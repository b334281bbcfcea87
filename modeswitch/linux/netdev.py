"""The network interfaces of one USB device.

Ref: Linux Documentation/ABI/testing/sysfs-class-net.
"""

from __future__ import annotations

import os

from .. import files
from .sysfs import DEVICES

IFNAMSIZ = 16
"""A name with its terminating zero is no longer.  Ref: linux/if.h."""


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
