"""Which bus this machine has."""

from __future__ import annotations

import sys

from .usb.bus import Bus
from .values import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


def default() -> Bus:
    """The bus of this machine, with its host: Linux' own view where this is Linux, else what libusb shows."""
    if sys.platform == "linux":
        from .linux.bus import LinuxBus

        return LinuxBus()
    from .usb.bus import PyusbBus

    return PyusbBus()


def opened(bus: Bus | None) -> AbstractContextManager[Bus]:
    """The bus that was given, or this machine's, which is closed at the end of the block."""
    if bus is None:
        return default()
    from contextlib import nullcontext  # whoever has no bus yet does without it

    return nullcontext(bus)
