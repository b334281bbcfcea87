"""Which bus this machine has."""

from __future__ import annotations

import sys

from .usb.bus import Bus


def default() -> Bus:
    """The bus of this machine, with its host: Linux' own view where this is Linux, else what libusb shows."""
    if sys.platform == "linux":
        from .linux.bus import LinuxBus

        return LinuxBus()
    from .usb.bus import PyusbBus

    return PyusbBus()
