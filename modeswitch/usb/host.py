"""What this operating system makes of a device, and how others are kept away from it.

:class:`Host` itself is a host of which nothing is known: no driver, no node, no lock.  ``linux/host.py`` is Linux.
"""

from __future__ import annotations

from ..errors import Unavailable
from ..values import TYPE_CHECKING, NamedTuple
from .descriptors import Port, Triple, UsbId
from .device import UsbDevice
from .nodes import Nodes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from typing import Any, Protocol

    from .nodes import NetworkState

    Route = AbstractContextManager[Callable[[float], Any]]
    """Within it, what it gives makes a connected stream socket within so many seconds."""

    class Drivers(Protocol):
        """The kernel drivers of a host, and what they bind."""

        def can_drive(
            self, vendor: int, triple: Triple, product: int | None = None, number: int | None = None
        ) -> bool | None:
            """Has the host a driver for such a function of that vendor?  None where it is unknown."""

        def binding(
            self, vendor: int, triple: Triple, product: int | None = None, number: int | None = None
        ) -> list[str]:
            """The drivers that bind such an interface; what names a product or number counts where that is given."""

    class Changes(Protocol):
        """Hears that something of one kind has changed, from the moment it is made."""

        def fileno(self) -> int:
            """What to wait on until something has changed."""

        def take(self) -> bool:
            """Take what was told, without waiting; does it count?"""

        def close(self) -> None:
            """Hear no more."""

    class PortLock(Protocol):
        """Keeps other processes away from one port."""

        def acquire(self, seconds: float, wait: Callable[[float], None], told: Callable[[str], None]) -> None:
            """Take the lock within so many seconds; ``told`` is called once with the name of who holds it."""

        def release(self) -> None:
            """Give the lock back."""

    class PortSwitch(Protocol):
        """The power of a connector's ports; ``by`` is who switches it, for a person."""

        by: str

        def off(self) -> None:
            """Take the power from all of them."""

        def on(self) -> None:
            """Give all of them their power."""

    class Manager(Protocol):
        """A program of this host that holds modems and dials them, as far as one device goes: ModemManager.

        ``left`` says how many seconds all may still take, ``wait`` lets so many pass.
        """

        def held(
            self, left: Callable[[], float], wait: Callable[[float], None], tell: Callable[..., None]
        ) -> Held | None:
            """What it knows of the device; None where it does not have it."""

        def begin(
            self, *, take: bool, left: Callable[[], float], wait: Callable[[float], None], tell: Callable[..., None]
        ) -> bool:
            """Have it let go of the device; False where it has no business with it.

            Raises :class:`~modeswitch.errors.Busy` where it does not, or where that would cut a connection and may
            not (``take``).
            """

        def end(self) -> None:
            """Let it have the device again."""


class StickNetwork(NamedTuple):
    """The network inside a stick, as far as its web server is concerned; IPv4 addresses.

    ``servers`` are the addresses that the web server may have, the usual one first, ``port`` is its TCP port.  ``lent``
    has one address for each of them, in the same network: it may be lent to an interface of this host that has no
    address of its own, with ``netmask``.
    """

    servers: tuple[str, ...]
    lent: tuple[str, ...]
    netmask: str
    port: int = 80


class Held(NamedTuple):
    """What a manager of modems knows of a stick that it holds; None or empty where it does not say.

    ``by`` is its name, ``number`` what it calls the modem, ``state`` its word for the modem's state (``registered``),
    ``sim`` is ``READY``, ``SIM PIN`` or what is wrong, ``quality`` the signal in percent.  The rest is about the
    connection: ``interface`` is the network interface or tty that carries it, ``prefix`` the netmask in bits.
    """

    by: str
    number: str
    state: str
    sim: str = ""
    registered: bool | None = None
    operator: str = ""
    quality: int | None = None
    firmware: str = ""
    bearers: tuple[str, ...] = ()
    interface: str = ""
    apn: str = ""
    address: str = ""
    prefix: int = 0
    gateway: str = ""
    dns: tuple[str, ...] = ()

    @property
    def connected(self) -> bool:
        """Has it a connection over the stick, or is it making one?"""
        return self.state in ("connecting", "connected")


class Past(NamedTuple):
    """How the switches at a port have ended since the host was started, as far as it was noted.

    ``switched`` and ``failed`` are how many seconds ago the last one ended well, and the last one failed, None where
    none did; ``away`` is how many seconds the stick was away then.  ``failures`` is how many have failed, ``kind`` the
    name of the last one's error.
    """

    switched: float | None = None
    away: float | None = None
    failures: int = 0
    failed: float | None = None
    kind: str = ""


class Host:
    """A host of which nothing is known; systems that are known override what they can tell and do."""

    def prepare(self) -> None:
        """Load now what a switch would load."""

    def without_usb(self) -> str:
        """Why no device at all can be seen here, for a person; empty where devices can be."""
        return ""

    def nodes(self, usb_device: UsbDevice) -> dict[int, Nodes]:
        """Number of each interface of the active configuration → what the host made of it."""
        configuration = usb_device.configuration
        return {interface.number: Nodes() for interface in configuration.functions} if configuration else {}

    def port_of(self, node: str) -> Port | None:
        """The port of the device that a node or a network interface was made of (``/dev/sr0``, ``wwan0``), or None."""
        return None

    def note_woken(self, usb_device: UsbDevice, woke: UsbId) -> None:
        """Note what a device that is switched now woke up as."""

    def woken(self, usb_device: UsbDevice) -> UsbId | None:
        """What a device woke up as, where that was noted since it has been there; else None."""
        return None

    def note_switched(self, port: Port, away: float) -> None:
        """Note that a switch at a port has ended well, and how many seconds the stick was away."""

    def note_failed(self, port: Port, kind: str) -> None:
        """Note that a switch at a port has failed, with what kind of error."""

    def past(self, port: Port) -> Past:
        """How the switches at a port have ended so far."""
        return Past()

    def changes(self) -> Sequence[Changes] | None:
        """What tells of changes to network interfaces and to :meth:`past`; None where nothing tells of all of them."""
        return None

    def networks(self, usb_device: UsbDevice) -> list[str]:
        """The names of the network interfaces that drivers made of the device: by its port, never by a MAC."""
        return []

    def has_network(self) -> bool:
        """Can this process have network interfaces besides its own loopback?  False in a sandbox without."""
        return True

    def network_state(self, name: str) -> NetworkState | None:
        """How one of its network interfaces is now; None on a host that does not tell."""
        return None

    def dial_ways(self, tty: str, apn: str) -> list[str]:
        """How a person dials a modem on that tty, by what this host has: command lines, the easiest first."""
        return []

    def bring_up(self, name: str) -> None:
        """Set a network interface up: only then does its driver hear of a carrier.

        Raises :class:`~modeswitch.errors.PermissionDenied`, :class:`~modeswitch.errors.LinkLost`.
        """

    def scsi(self, usb_device: UsbDevice) -> tuple[str, str, str]:
        """Vendor, model and revision of its first LUN, as the host knows them already; empty where it does not."""
        return usb_device.scsi

    def age(self, usb_device: UsbDevice, now: float) -> float | None:
        """How long ago the device came to the bus, in seconds; None where it is unknown.  ``now`` is the bus' time."""
        return None

    def has_cd(self, usb_device: UsbDevice) -> bool | None:
        """Is one of its disks a CD-ROM?  None where that is unknown."""
        return None

    def drivers(self) -> Drivers | None:
        """What the host's kernel drivers bind; None where it is unknown."""
        return None

    def named(self, usb_device: UsbDevice) -> bool:
        """Have the nodes and network interfaces of the device the names that they will keep?"""
        return True

    def install_hint(self, driver: str) -> str:
        """How a driver that this host lacks comes to it; may be empty."""
        return ""

    def manager(self, usb_device: UsbDevice) -> Manager | None:
        """The program of this host that may hold the device's ports as a modem's; None where there is none."""
        return None

    def route(
        self,
        usb_device: UsbDevice,
        network: StickNetwork,
        now: Callable[[], float],
        wait: Callable[[float], None],
    ) -> Route:
        """The way to the web server inside the device, through its own network interface and no other.

        ``network`` says where the server is, ``now`` and ``wait`` are the clock.  Raises
        :class:`~modeswitch.errors.Unavailable` where the device has no network interface here.
        """
        raise Unavailable(
            f"{usb_device} has no network interface here",
            hint="A driver must be bound to it: see modeswitch list -v.",
            means="web",
        )

    def lock(self, port: Port) -> PortLock | None:
        """What keeps other processes away from a port; None where the host has no such lock."""
        return None

    def count_start(self, port: Port) -> None:
        """Count a switch that no person asked for.

        Raises :class:`~modeswitch.errors.Refused` for a port with too many of them lately: its stick falls back.
        """

    def peers(self, port: Port) -> list[Port]:
        """The other ports of the same connector: a device that comes back at another speed is in one of them."""
        return []

    def port_switch(self, ports: Sequence[Port]) -> PortSwitch | None:
        """What switches the power of these ports for the operating system; None where it has no such thing."""
        return None

    def board(self) -> str:
        """The board that this is, where it is one whose ports are known to cut no power; empty else."""
        return ""

    def in_use(self, usb_device: UsbDevice) -> list[str]:
        """What would lose data if the device left now, each as a phrase for a person (``/dev/sdb1 on /mnt``)."""
        return []

    def unmount(self, usb_device: UsbDevice, *, cd_only: bool) -> list[str]:
        """Unmount the device's read-only CD-ROM, and unless ``cd_only`` all else of it that is mounted.

        Returns what could not be unmounted, each as a phrase for a person.
        """
        return []
