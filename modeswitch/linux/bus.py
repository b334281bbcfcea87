"""The bus as Linux shows it: sysfs and the kernel's events; libusb only to open a device."""

from __future__ import annotations

import time
from collections.abc import Collection

from ..errors import LinkLost
from ..usb.bus import POLL, Bus
from ..usb.descriptors import Port
from ..usb.device import UsbDevice
from ..values import TYPE_CHECKING
from . import sysfs
from .host import LinuxHost

if TYPE_CHECKING:
    from ..usb.link import Link
    from .uevents import Uevents


class LinuxBus(Bus):
    """The bus of this Linux; ``root`` is where sysfs is."""

    def __init__(self, root: str = "/sys") -> None:
        super().__init__(host=LinuxHost(root))
        self._root = root
        self._uevents: Uevents | None = None

    def now(self) -> float:
        return time.monotonic()

    def scan(self) -> list[UsbDevice]:
        return sysfs.scan(self._root)

    def at(self, port: Port) -> UsbDevice | None:
        return sysfs.look(self._root, str(port))

    def present(self, without: Collection[Port] = ()) -> dict[Port, int]:
        return {port: address for port, address in sysfs.present(self._root).items() if port not in without}

    def listen(self) -> None:
        from .uevents import Uevents, reach_us

        if self._uevents is None and self._bell is None and reach_us():
            try:
                self._uevents = Uevents()
            except OSError:
                return  # a sandbox without netlink: ``wait`` looks again and again

    def events(self) -> Uevents | None:
        from .uevents import Uevents, reach_us

        if not reach_us():
            return None
        try:
            heard = Uevents()
        except OSError:
            return None
        heard.deepen()
        return heard

    def for_thread(self, port: Port) -> LinuxBus:
        return LinuxBus(self._root)._stoppable()

    def prepare(self) -> None:
        if self._has_nodes:
            from ..usb.libusb import libusb_backend
            from . import usbfs

            _ = (usbfs, libusb_backend(discover=False))
            self.host.prepare()
        else:
            super().prepare()

    @property
    def _has_nodes(self) -> bool:
        """Is this the real sysfs, whose devices have nodes?"""
        return self._root == "/sys"

    def open(self, usb_device: UsbDevice) -> Link:
        """As :meth:`Bus.open`: by its node, or by a look at the whole bus."""
        if self._has_nodes:
            from . import usbfs

            link = usbfs.open_device(usb_device)
            if link is not None:
                return link
        return self._find(usb_device)

    def hub(self, port: Port) -> Link:
        """As :meth:`Bus.hub`."""
        if self._has_nodes:
            from . import usbfs

            above = sysfs.hub_of(self._root, port)
            link = usbfs.open_device(above) if above is not None else None
            if link is not None:
                return link
        return super().hub(port)

    def _find(self, usb_device: UsbDevice) -> Link:
        """Look for a device on the bus; one that sysfs shows and libusb does not gets a new libusb context."""
        try:
            return super().open(usb_device)
        except LinkLost as error:
            seen = self.at(usb_device.port)
            if error.reason != "gone" or seen is None or seen.address != usb_device.address:
                raise
        from ..usb.libusb import renewed_backend

        self._backend = renewed_backend(self.backend)
        return super().open(usb_device)

    def wait(self, seconds: float) -> None:
        self.listen()
        seconds = self._bounded(seconds)
        if self._bell is not None:
            self._bell.wait(max(0.0, seconds))
            self._bell.clear()
            self._bounded(0)
        elif self._uevents is not None:
            self._uevents.wait(seconds)
        else:
            time.sleep(max(0.0, min(seconds, POLL)))

    def close(self) -> None:
        if self._uevents is not None:
            self._uevents.close()
            self._uevents = None
