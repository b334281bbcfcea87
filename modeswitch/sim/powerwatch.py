"""The power of the simulated stick's port, as the host orders it from the hub: ``vhci_hcd`` notes it and tells nobody.

Ref: Linux Documentation/usb/usbmon.rst (the ``u`` text format); USB 2.0 §11.24.2 (PORT_POWER).
"""

from __future__ import annotations

import os
import re
from glob import glob

from .stick import Stick

USBMON = "/sys/kernel/debug/usb/usbmon"
VHCI_BUSES = "/sys/devices/platform/vhci_hcd.0/usb[0-9]*"
_ORDER = re.compile(rb" S Co:\d+:001:0 s 23 (01|03) 0008 00([0-9a-f]{2}) 0000")
"""CLEAR_FEATURE or SET_FEATURE of PORT_POWER, sent to a root hub, and the port."""


class PowerWatch:
    """Listens to the bus of ``vhci_hcd`` and takes the stick's power when its port is told to.

    Raises OSError where usbmon is not to be had.
    """

    def __init__(self, stick: Stick, vhci_port: int) -> None:
        self._stick = stick
        self._port = vhci_port + 1
        bus = min(int(path.rpartition("usb")[2]) for path in glob(VHCI_BUSES))
        self._file = os.open(f"{USBMON}/{bus}u", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)

    def look(self) -> None:
        """Do what was ordered since the last look."""
        while True:
            try:
                heard = os.read(self._file, 65536)
            except BlockingIOError:
                return
            for order, port in _ORDER.findall(heard):
                if int(port, 16) == self._port:
                    self._stick.power(order == b"03")

    def close(self) -> None:
        """Listen no more."""
        os.close(self._file)
