"""The power of the simulated stick's port, as the host orders it from the hub: no hub here tells the stick of it.

``vhci_hcd`` notes it; the hub that QEMU emulates shows its host an empty port.

Ref: Linux Documentation/usb/usbmon.rst (the ``u`` text format); USB 2.0 §11.24.2 (PORT_POWER).
"""

from __future__ import annotations

import errno
import os
import re
from glob import glob

from ..usb.descriptors import Port
from .stick import Stick

USBMON = "/sys/kernel/debug/usb/usbmon"
VHCI_BUSES = "/sys/devices/platform/vhci_hcd.0/usb[0-9]*"
DEVICES = "/sys/bus/usb/devices"
ROOT_HUB = 1
"""The address of every one."""
_ORDER = re.compile(rb" S Co:\d+:(\d{3}):0 s 23 (01|03) 0008 00([0-9a-f]{2}) 0000")
"""CLEAR_FEATURE or SET_FEATURE of PORT_POWER: the address of the hub, what of the two, and the port."""


def vhci(port: int) -> Port:
    """Where a port of ``vhci_hcd`` is on this machine's buses, at high speed.  Raises OSError where it has none."""
    buses = [int(path.rpartition("usb")[2]) for path in glob(VHCI_BUSES)]
    if not buses:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), VHCI_BUSES)
    return Port(min(buses), (port + 1,))


class PowerWatch:
    """Listens to the bus of a hub and takes the stick's power when its port is told to.

    Raises OSError where usbmon is not to be had, or no hub is above that port.
    """

    def __init__(self, stick: Stick, port: Port) -> None:
        self._stick = stick
        hub, self._port = Port(port.bus, port.ports[:-1]), port.ports[-1]
        self._hub = ROOT_HUB
        if hub.ports:
            with open(f"{DEVICES}/{hub}/devnum", encoding="ascii") as file:
                self._hub = int(file.read())
        self._file = os.open(f"{USBMON}/{port.bus}u", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)

    def look(self) -> None:
        """Do what was ordered since the last look."""
        while True:
            try:
                heard = os.read(self._file, 65536)
            except BlockingIOError:
                return
            for hub, order, port in _ORDER.findall(heard):
                if (int(hub), int(port, 16)) == (self._hub, self._port):
                    self._stick.power(order == b"03")

    def close(self) -> None:
        """Listen no more."""
        os.close(self._file)
