"""Whether udev is done with the nodes and network interfaces of a device: only then have these their last names.

Ref: systemd, src/libsystemd/sd-device/device-private.c (device_get_device_id: ``nINDEX`` for a network interface,
``cMAJOR:MINOR`` for a character device) and src/udev/udev-event.c: a network interface is renamed before its entry is
written.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from .. import files


def has_seen(networks: Iterable[str], nodes: Iterable[str], sys: str = "/sys", run: str = "/run/udev") -> bool:
    """Has udev an entry for each of these network interfaces and device nodes?  True where no udev runs."""
    if not os.path.exists(f"{run}/control"):
        return True
    ids = [f"n{files.text(f'{sys}/class/net/{name}/ifindex', 16).strip()}" for name in networks]
    ids += [f"c{files.text(f'{sys}/class/{_class(node)}/dev', 16).strip()}" for node in nodes]
    return all(os.path.exists(f"{run}/data/{one}") for one in ids)


def _class(node: str) -> str:
    """Where sysfs has a node of ``/dev``: ``tty/ttyUSB0``, ``usbmisc/cdc-wdm0``."""
    name = os.path.basename(node)
    return f"usbmisc/{name}" if name.startswith("cdc-wdm") else f"tty/{name}"
