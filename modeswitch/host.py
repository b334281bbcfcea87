"""Which bus this machine has."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext

from .usb.bus import Bus


def default() -> Bus:
    """The bus of this machine, with its host: Linux' own view where this is Linux, else what libusb shows."""
    if sys.platform == "linux":
        from .linux.bus import LinuxBus

        return LinuxBus()
    from .usb.bus import PyusbBus

    return PyusbBus()


def opened(bus: Bus | None) -> AbstractContextManager[Bus]:
    """The bus that was given, or this machine's, which is closed at the end of the block."""
    return default() if bus is None else nullcontext(bus)
