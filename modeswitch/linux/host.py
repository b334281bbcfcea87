"""Linux as a host: drivers and nodes from sysfs, mounts, locks, ModemManager, the network interfaces of a device."""

from __future__ import annotations

import os

from .. import files
from ..usb.descriptors import Port, UsbId
from ..usb.device import UsbDevice
from ..usb.host import Host
from ..usb.nodes import Nodes
from ..values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..usb.host import Changes, Past, Route, StickNetwork
    from ..usb.nodes import NetworkState
    from .locks import PortLock
    from .modemmanager import ModemManager
    from .modules import DriverIndex
    from .portpower import PortSwitch


class LinuxHost(Host):
    """The Linux that runs here; ``root`` is where sysfs is."""

    def __init__(self, root: str = "/sys") -> None:
        self._root = root
        self._drivers: DriverIndex | None = None

    def prepare(self) -> None:
        from . import flapping, locks, modules, mounts, sysfs

        _ = (flapping, locks, modules, mounts, sysfs)

    def without_usb(self) -> str:
        if os.path.isdir(f"{self._root}/bus/usb"):
            return ""
        there = os.path.isdir(f"{self._root}/bus")
        return f"this kernel has no USB (no {self._root}/bus/usb)" if there else f"no sysfs is mounted at {self._root}"

    def nodes(self, usb_device: UsbDevice) -> dict[int, Nodes]:
        from . import mounts, netdev, sysfs

        found = {}
        for number in super().nodes(usb_device):
            folder = sysfs.interface_of(usb_device, number)
            found[number] = Nodes(
                sysfs.driver_of(usb_device, number),
                sysfs.node_of(usb_device, number, "tty") or "",
                sysfs.node_of(usb_device, number, "usbmisc") or "",
                tuple(netdev.interfaces_of(folder)),
                mounts.disks(folder),
            )
        return found

    def port_of(self, node: str) -> Port | None:
        from . import sysfs

        return sysfs.port_of(self._root, node)

    def note_woken(self, usb_device: UsbDevice, woke: UsbId) -> None:
        from . import woken

        woken.note(usb_device, woke)

    def woken(self, usb_device: UsbDevice) -> UsbId | None:
        from . import woken

        return woken.read(usb_device)

    def note_switched(self, port: Port, away: float) -> None:
        from . import past

        past.note(port, away=away)

    def note_failed(self, port: Port, kind: str) -> None:
        from . import past

        past.note(port, error=kind)

    def past(self, port: Port) -> Past:
        from . import past

        return past.read(port)

    def changes(self) -> Sequence[Changes] | None:
        from . import changes

        return changes.open_all()

    def networks(self, usb_device: UsbDevice) -> list[str]:
        from . import netdev

        return netdev.interfaces(usb_device.path)

    def has_network(self) -> bool:
        import socket

        ours = {name for _, name in socket.if_nameindex()}
        # sysfs stays that of the system in a network namespace of one's own; a system without interfaces tells nothing.
        return ours > {"lo"} or ours >= set(files.names(f"{self._root}/class/net"))

    def network_state(self, name: str) -> NetworkState:
        from . import netdev

        return netdev.state(name, self._root)

    def dial_ways(self, tty: str, apn: str) -> list[str]:
        from . import ppp

        return ppp.ways(tty, apn)

    def bring_up(self, name: str) -> None:
        from . import netdev, route

        try:
            netdev.bring_up(name)
        except OSError as error:
            raise route.translate(error, f"setting {name} up") from error

    def scsi(self, usb_device: UsbDevice) -> tuple[str, str, str]:
        from . import sysfs

        return sysfs.scsi_of(usb_device)

    def age(self, usb_device: UsbDevice, now: float) -> float | None:
        from . import sysfs

        return sysfs.age_of(usb_device)

    def has_cd(self, usb_device: UsbDevice) -> bool | None:
        from . import sysfs

        types = sysfs.scsi_types(usb_device)
        return sysfs.CD_ROM in types if types else None

    def drivers(self) -> DriverIndex:
        from . import modules

        if self._drivers is None:
            self._drivers = modules.of_this_host(self._root)
        return self._drivers

    def named(self, usb_device: UsbDevice) -> bool:
        from . import udev

        names = self.networks(usb_device)
        ttys = [made.tty for made in self.nodes(usb_device).values() if made.tty]
        return udev.has_seen(names, ttys, self._root)

    def install_hint(self, driver: str) -> str:
        from . import packages

        module = driver.replace("-", "_")
        command = packages.install_command(module, packages.this_system())
        where = command or "it belongs to the kernel's package, or the kernel was built without it"
        return f"The module {module} is missing: {where}."

    def manager(self, usb_device: UsbDevice) -> ModemManager:
        from .modemmanager import ModemManager
        from .sysfs import age_of

        def nodes() -> list[str]:
            return [node for made in self.nodes(usb_device).values() for node in (made.tty, made.wdm) if node]

        return ModemManager(usb_device.path, nodes, lambda: age_of(usb_device))

    def route(
        self,
        usb_device: UsbDevice,
        network: StickNetwork,
        now: Callable[[], float],
        wait: Callable[[float], None],
    ) -> Route:
        names = self.networks(usb_device)
        if not names:
            return super().route(usb_device, network, now, wait)
        from .route import Route

        return Route(names[0], network, now, wait)

    def lock(self, port: Port) -> PortLock:
        from .locks import PortLock

        return PortLock(port)

    def count_start(self, port: Port) -> None:
        from . import flapping

        flapping.count(port)

    def peers(self, port: Port) -> list[Port]:
        from . import sysfs

        return sysfs.peers_of(self._root, port)

    def port_switch(self, ports: Sequence[Port]) -> PortSwitch | None:
        from . import portpower

        return portpower.switch_of(self._root, ports)

    def board(self) -> str:
        from . import portpower

        return portpower.board()

    def in_use(self, usb_device: UsbDevice) -> list[str]:
        from . import mounts

        return mounts.holders(usb_device, sys=self._root)

    def unmount(self, usb_device: UsbDevice, *, cd_only: bool) -> list[str]:
        from . import mounts

        return mounts.unmount(usb_device, cd_only=cd_only)
