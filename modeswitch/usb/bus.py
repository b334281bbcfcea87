"""The bus: what is on it, now and next.

A :class:`Bus` also owns the clock: real time on a real bus, the model's time on a simulated one.  Nothing here imports
pyusb before a device is opened: on Linux the bus is read from sysfs.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection

from ..errors import ModeswitchError
from ..values import TYPE_CHECKING, NamedTuple
from .descriptors import Port
from .device import UsbDevice
from .host import Host

if TYPE_CHECKING:
    from threading import Event
    from typing import Any, Protocol, Self

    from .link import Link

    class PortEvents(Protocol):
        """Hears every change at any port, from the moment it is made, for one who looks after many ports."""

        lost: bool
        """Was something lost since this was last set to False?"""

        def fileno(self) -> int:
            """What to wait on until there is something to take."""

        def take(self) -> list[PortEvent]:
            """The events that have come, without waiting, in order."""

        def close(self) -> None:
            """Hear no more."""


HEARING = 0.2
"""How soon one of several threads hears that it shall stop, in seconds."""
POLL = 0.05
"""How soon to look again where nothing tells of changes, in seconds."""


class PortEvent(NamedTuple):
    """What happened (``add``, ``remove``, ``bind``, …) at which port.

    ``address`` is the device's, where the event is about it as a whole; None where it is about one of its interfaces.
    """

    action: str
    port: Port
    address: int | None


class Bus(ABC):
    """What is on the bus, now and next; ``host`` is what this operating system makes of it."""

    def __init__(self, backend: Callable[[], Any] | None = None, host: Host | None = None) -> None:
        self.host = host or Host()
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
        _ = self.backend
        self.host.prepare()

    def present(self, without: Collection[Port] = ()) -> dict[Port, int]:
        """The address of what is in each port but these, which are not even looked at."""
        return {usb_device.port: usb_device.address for usb_device in self.scan() if usb_device.port not in without}

    def events(self) -> PortEvents | None:
        """What hears every change on the bus from now on; None where nothing tells of changes."""
        return None

    @abstractmethod
    def for_thread(self, port: Port) -> Bus:
        """Another view of the same bus, for a thread that works at that port; :meth:`stop` ends its waiting."""

    def wake_on(self, bell: Event) -> None:
        """Wait for ``bell`` from now on: another thread hears the events, and sets it for each that is for this bus."""
        self._bell = bell

    def _stoppable(self) -> Self:
        from threading import Event

        self._stop = Event()
        return self

    def stop(self) -> None:
        """Make each wait on this bus raise KeyboardInterrupt, now and later; for a bus that :meth:`for_thread` gave."""
        if self._stop is not None:
            self._stop.set()
        if self._bell is not None:
            self._bell.set()

    def _bounded(self, seconds: float) -> float:
        """How long one wait may last, so that a stop is noticed; raises KeyboardInterrupt after a stop."""
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
        """Manufacturer, product and serial number of a device; empty where there is none or it cannot be read."""
        return usb_device.strings

    def hub(self, port: Port) -> Link:
        """A link to the hub that the port belongs to; the hub stays with its driver.

        Raises :class:`~modeswitch.errors.LinkLost`, :class:`~modeswitch.errors.PermissionDenied`.
        """
        from .libusb import open_hub

        return open_hub(self.backend, port)

    def close(self) -> None:
        """Close what ``listen`` opened."""


class PyusbBus(Bus):
    """The bus through pyusb alone: for systems without sysfs, and for the simulated bus.

    pyusb tells nothing of changes: this class looks again and again.  On Linux it sees no device in a process in which
    a :class:`~modeswitch.linux.bus.LinuxBus` was the first to open one: libusb looks at no bus there any more.
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
