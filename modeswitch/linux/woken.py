"""What each switched stick woke up as: noted by its port, beside the locks, for as long as it stays.

The id of a switched stick is that of many models; the id that it woke up with says more of which one it is.  A note is
believed only of the very enumeration that it was written of: another device in the port has another address.
"""

from __future__ import annotations

import re

from .. import files
from ..errors import UsageError
from ..usb.descriptors import UsbId
from ..usb.device import UsbDevice
from . import locks

LONGEST = 64
"""How much of a note is read, in bytes."""


def note(usb_device: UsbDevice, woke: UsbId, where: str | None = None) -> None:
    """Note what the device woke up as.  Where nothing can be noted, nothing is."""
    folder = where if where is not None else locks.folder()
    if folder is not None:
        files.note(folder, f"{usb_device.port}.woke", f"{usb_device.address} {usb_device.id} {woke}\n")


def read(usb_device: UsbDevice, where: str | None = None) -> UsbId | None:
    """What the device woke up as, where that was noted of this enumeration of it; else None.

    Root's note is read by all, a user's own first.
    """
    own = where if where is not None else locks.folder()
    for folder in dict.fromkeys((own, locks.MACHINE if where is None else own)):
        text = files.text(f"{folder}/{usb_device.port}.woke", LONGEST) if folder else ""
        match = re.fullmatch(r"(\d{1,3}) (\S+) (\S+)\n", text)
        if match and (int(match[1]), match[2]) == (usb_device.address, str(usb_device.id)):
            try:
                return UsbId.parse(match[3])
            except UsageError:
                continue
    return None
