"""The bus: what is on it, now and next.

A :class:`Bus` also owns the clock: real time on a real bus, the model's time on a simulated one.  Nothing here imports
pyusb before a device is opened: on Linux the bus is read from sysfs.
"""

from __future__ import annotations

import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection

from ..errors import LinkLost, ModeswitchError, Unavailable
from ..values import TYPE_CHECKING
from .descriptors import Port
from .device import Disk, UsbDevice

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from threading import Event
    from typing import Any, Self

    Route = AbstractContextManager[Callable[[float], Any]]

    from ..linux.locks import PortLock
    from ..linux.modemmanager import Inhibition
    from ..linux.modules import Drivers
    from ..linux.uevents import Uevents
    from .link import Link


HEARING = 0.2
"""How soon one of several threads hears that it shall stop, in seconds."""
POLL = 0.05
"""How soon to look again where nothing tells of changes, in seconds."""


class Bus(ABC):
    """What is on the bus, now and next."""

    def __init__(self, backend: Callable[[], Any] | None = None) -> None:
        self._make = backend or _libusb
        self._backend: Any = None
        self._stop: Event | None = None
        self._bell: Event | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def backend(self) -> Any:
        """Pyusb's backend, made when it is first needed."""
        if self._backend is None:
            self._backend = self._make()
        return self._backend

    @abstractmethod
    def now(self) -> float:
        """The time on the clock of this bus, in seconds."""

    @abstractmethod
    def scan(self) -> list[UsbDevice]:
        """Every device that is not a root hub, by port."""

    @abstractmethod
    def wait(self, seconds: float) -> None:
        """Return when something may have changed on the bus since the last call, at the latest after that time."""

    def listen(self) -> None:
        """From now on no change is missed by the next ``wait``."""

    def at(self, port: Port) -> UsbDevice | None:
        """What is at that port now, or None."""
        return next((usb_device for usb_device in self.scan() if usb_device.port == port), None)

    def prepare(self) -> None:
        """Load now what :meth:`open` would load.  Raises :class:`~modeswitch.errors.NoLibusb`."""
        from . import libusb

        _ = (libusb, self.backend)

    def present(self, without: Collection[Port] = ()) -> dict[Port, int]:
        """The address of what is in each port but these, which are not even looked at."""
        return {usb_device.port: usb_device.address for usb_device in self.scan() if usb_device.port not in without}

    def news(self) -> Uevents | None:
        """What hears of every change on the bus from now on; None where nothing tells of them."""
        return None

    @abstractmethod
    def for_thread(self, port: Port) -> Bus:
        """Another view of the same bus, for a thread of its own that has to do with that port; it can be stopped."""

    def wake_on(self, bell: Event) -> None:
        """Somebody else hears of changes, and sets ``bell`` for each that concerns this bus: ``wait`` heeds that."""
        self._bell = bell

    def _stoppable(self) -> Self:
        from threading import Event

        self._stop = Event()
        return self

    def stop(self) -> None:
        """Have whoever waits on this bus, or will, raise KeyboardInterrupt; for a bus that :meth:`for_thread` gave."""
        if self._stop is not None:
            self._stop.set()
        if self._bell is not None:
            self._bell.set()

    def _bounded(self, seconds: float) -> float:
        """How long to wait at a time, so that a stop is heard; raises KeyboardInterrupt where it was."""
        if self._stop is None:
            return seconds
        if self._stop.is_set():
            raise KeyboardInterrupt
        return min(seconds, HEARING)

    def pause(self, seconds: float) -> None:
        """Let that much time of this bus pass."""
        end = self.now() + seconds
        while (left := end - self.now()) > 0:
            self.wait(left)

    def open(self, usb_device: UsbDevice) -> Link:
        """A link to the device as it was seen, and to no other that took its place.

        Raises :class:`~modeswitch.errors.LinkLost` when it is no longer there,
        :class:`~modeswitch.errors.PermissionDenied`, :class:`~modeswitch.errors.NoLibusb`.
        """
        from .link import open_device

        return open_device(self.backend, usb_device)

    def strings(self, usb_device: UsbDevice) -> tuple[str, str, str]:
        """Manufacturer, product and serial number of a device; empty where there is none, or nobody may ask."""
        return usb_device.strings

    def scsi(self, usb_device: UsbDevice) -> tuple[str, str, str]:
        """Vendor, model and revision of its first LUN, as this host knows them already; empty where it does not."""
        return usb_device.scsi

    def driver(self, usb_device: UsbDevice, interface: int) -> str | None:
        """The kernel driver bound to an interface of the active configuration; None where none is, or is known."""
        return None

    def tty(self, usb_device: UsbDevice, interface: int) -> str | None:
        """The tty that a driver made of an interface (``/dev/ttyUSB2``), or None."""
        return None

    def wdm(self, usb_device: UsbDevice, interface: int) -> str | None:
        """The cdc-wdm that a driver made of an interface (``/dev/cdc-wdm0``), or None."""
        return None

    def networks(self, usb_device: UsbDevice) -> list[str]:
        """The names of the network interfaces that drivers made of the device: by its port, never by a MAC."""
        return []

    def networks_of(self, usb_device: UsbDevice, interface: int) -> list[str]:
        """The names of those that a driver made of one interface of it."""
        return []

    def disks(self, usb_device: UsbDevice, interface: int) -> tuple[Disk, ...]:
        """The block devices that a driver made of an interface, with their mount points."""
        return ()

    def drivers(self) -> Drivers | None:
        """What the kernel drivers of this host bind; None where nobody can tell."""
        return None

    def inhibition(self, usb_device: UsbDevice) -> Inhibition | None:
        """What keeps other programs' hands off the device's ports while we talk to them; None where there are none."""
        return None

    def web(self, usb_device: UsbDevice) -> Route:
        """The way to the web server inside the device, through its own network interface and no other.

        Within it, what it gives makes a connected stream socket within so many seconds.  Raises
        :class:`~modeswitch.errors.Unavailable` where the device has no network interface here.
        """
        raise Unavailable(
            f"{usb_device.id} at {usb_device.port} has no network interface here",
            hint="A driver must be bound to it: see modeswitch list -v.",
            means="web",
        )

    def hub(self, port: Port) -> Link:
        """A link to the hub that the port belongs to; the hub stays with its driver.

        Raises :class:`~modeswitch.errors.LinkLost`, :class:`~modeswitch.errors.PermissionDenied`.
        """
        from .libusb import open_hub

        return open_hub(self.backend, port)

    def lock(self, port: Port) -> PortLock | None:
        """What keeps other processes from a port while we are at it; None where there are none."""
        return None

    def count_start(self, port: Port) -> None:
        """Count a switch that nobody asked for by hand.

        Raises :class:`~modeswitch.errors.Refused` for a port where there were too many lately: the stick falls back.
        """

    def in_use(self, usb_device: UsbDevice) -> list[str]:
        """What would lose data if the device left now, each as a phrase for a person (``/dev/sdb1 on /mnt``)."""
        return []

    def unmount(self, usb_device: UsbDevice, *, cd_only: bool) -> list[str]:
        """Unmount the device's read-only CD-ROM, and unless ``cd_only`` all else of it that is mounted.

        Returns what could not be unmounted, each as a phrase for a person.
        """
        return []

    def close(self) -> None:
        """Let go of what ``listen`` needed."""


class LinuxBus(Bus):
    """The bus through sysfs and the kernel's events; libusb only to open a device.  ``root`` is where sysfs is."""

    def __init__(self, root: str = "/sys") -> None:
        super().__init__()
        self._root = root
        self._uevents: Any = None
        self._drivers: Drivers | None = None

    def now(self) -> float:
        return time.monotonic()

    def scan(self) -> list[UsbDevice]:
        from ..linux import sysfs

        return sysfs.scan(self._root)

    def at(self, port: Port) -> UsbDevice | None:
        from ..linux import sysfs

        return sysfs.look(self._root, str(port))

    def scsi(self, usb_device: UsbDevice) -> tuple[str, str, str]:
        from ..linux import sysfs

        return sysfs.scsi_of(usb_device)

    def driver(self, usb_device: UsbDevice, interface: int) -> str | None:
        from ..linux import sysfs

        return sysfs.driver_of(usb_device, interface)

    def tty(self, usb_device: UsbDevice, interface: int) -> str | None:
        from ..linux import sysfs

        return sysfs.node_of(usb_device, interface, "tty")

    def wdm(self, usb_device: UsbDevice, interface: int) -> str | None:
        from ..linux import sysfs

        return sysfs.node_of(usb_device, interface, "usbmisc")

    def networks(self, usb_device: UsbDevice) -> list[str]:
        from ..linux import netdev

        return netdev.interfaces(usb_device.path)

    def networks_of(self, usb_device: UsbDevice, interface: int) -> list[str]:
        from ..linux import netdev, sysfs

        return netdev.interfaces_of(sysfs.interface_of(usb_device, interface))

    def disks(self, usb_device: UsbDevice, interface: int) -> tuple[Disk, ...]:
        from ..linux import mounts, sysfs

        return mounts.disks(sysfs.interface_of(usb_device, interface))

    def drivers(self) -> Drivers | None:
        from ..linux import modules

        if self._drivers is None:
            self._drivers = modules.of_this_host(self._root)
        return self._drivers

    def inhibition(self, usb_device: UsbDevice) -> Inhibition | None:
        from ..linux.modemmanager import Inhibition

        return Inhibition(usb_device.path)

    def web(self, usb_device: UsbDevice) -> Route:
        from ..linux import netdev

        names = self.networks(usb_device)
        return netdev.Route(names[0], self.now, self.wait) if names else super().web(usb_device)

    def lock(self, port: Port) -> PortLock | None:
        from ..linux.locks import PortLock

        return PortLock(port)

    def count_start(self, port: Port) -> None:
        from ..linux import flapping

        flapping.count(port)

    def in_use(self, usb_device: UsbDevice) -> list[str]:
        from ..linux import mounts

        return mounts.holders(usb_device, sys=self._root)

    def unmount(self, usb_device: UsbDevice, *, cd_only: bool) -> list[str]:
        from ..linux import mounts

        return mounts.unmount(usb_device, cd_only=cd_only)

    def listen(self) -> None:
        from ..linux.uevents import Uevents

        if self._uevents is None and self._bell is None:
            try:
                self._uevents = Uevents()
            except OSError:
                return  # a sandbox without netlink: ``wait`` looks again and again

    def prepare(self) -> None:
        from ..linux import flapping, locks, modules, mounts, sysfs

        _ = (flapping, locks, modules, mounts, sysfs)
        super().prepare()

    def open(self, usb_device: UsbDevice) -> Link:
        try:
            return super().open(usb_device)
        except LinkLost as error:
            seen = self.at(usb_device.port)
            if error.reason != "gone" or seen is None or seen.address != usb_device.address:
                raise
        from .libusb import renewed_backend

        self._backend = renewed_backend(self.backend)
        return super().open(usb_device)

    def present(self, without: Collection[Port] = ()) -> dict[Port, int]:
        from ..linux import sysfs

        return {port: address for port, address in sysfs.present(self._root).items() if port not in without}

    def news(self) -> Uevents | None:
        from ..linux.uevents import Uevents

        try:
            heard = Uevents()
        except OSError:
            return None
        heard.deepen()
        return heard

    def for_thread(self, port: Port) -> Bus:
        return LinuxBus(self._root)._stoppable()

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


class PyusbBus(Bus):
    """The bus through pyusb alone: for systems without sysfs, and for the simulated bus.

    pyusb tells nothing of changes: this class looks again and again.
    """

    def now(self) -> float:
        return time.monotonic()

    def for_thread(self, port: Port) -> Bus:
        return PyusbBus(self._make)._stoppable()

    def wait(self, seconds: float) -> None:
        time.sleep(max(0.0, min(self._bounded(seconds), POLL)))

    def scan(self) -> list[UsbDevice]:
        from .libusb import look

        return look(self.backend)

    def strings(self, usb_device: UsbDevice) -> tuple[str, str, str]:
        try:
            link = self.open(usb_device)
        except ModeswitchError:
            return usb_device.strings
        try:
            return link.strings()
        finally:
            link.close(attach=False)


def _libusb() -> Any:
    from .libusb import libusb_backend

    return libusb_backend()


def default() -> Bus:
    """The bus of this machine."""
    return LinuxBus() if sys.platform == "linux" else PyusbBus()
