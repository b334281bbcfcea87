"""A host for simulated sticks: usb-storage is bound, network drivers are there, a card may be mounted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext

from ..errors import Unavailable
from ..modem.roles import NETWORK, role
from ..usb.descriptors import Interface, Port, UsbId
from ..usb.device import UsbDevice
from ..usb.host import Host, Past
from ..usb.nodes import NetworkState, Nodes
from ..values import TYPE_CHECKING
from .backend import SimBackend
from .stick import Stick
from .web import Pipe, Site

if TYPE_CHECKING:
    from ..usb.host import Route, StickNetwork


class SimHost(Host):
    """What a host makes of the sticks of a simulated bus."""

    def __init__(self, sim: SimBackend) -> None:
        self.sim = sim
        self._unmounted: set[Port] = set()
        self._up: set[str] = set()
        self._woken: dict[Port, tuple[int, UsbId]] = {}

    def nodes(self, usb_device: UsbDevice) -> dict[int, Nodes]:
        """A network driver is bound to the control interface; the frames go over the interface that is last."""
        functions = usb_device.configuration.functions if usb_device.configuration else ()
        controls = [one.number for one in functions if role(one.triple, *usb_device.id, one.number) in NETWORK]
        networks = tuple(self.networks(usb_device))
        return {
            one.number: Nodes(
                driver=self._driver(usb_device, one),
                networks=networks if controls[:1] == [one.number] else (),
            )
            for one in functions
        }

    def _driver(self, usb_device: UsbDevice, interface: Interface) -> str | None:
        """usb-storage, where it was not detached; else the first of this host's drivers that binds the interface."""
        if self.sim.is_bound(usb_device.port, interface.number):
            return "usb-storage"
        drivers = self.drivers()
        vendor, product = usb_device.id
        storage = role(interface.triple, vendor, product, interface.number) == "storage"
        binding = (
            drivers.binding(vendor, interface.triple, product, interface.number) if drivers and not storage else []
        )
        return binding[0] if binding else None

    def has_cd(self, usb_device: UsbDevice) -> bool | None:
        luns = [
            lun for stick in self.sim.at(usb_device.port) for one in stick.composition.functions for lun in one.luns
        ]
        return "cdrom" in luns if luns else None

    def note_woken(self, usb_device: UsbDevice, woke: UsbId) -> None:
        self._woken[usb_device.port] = (usb_device.address, woke)

    def woken(self, usb_device: UsbDevice) -> UsbId | None:
        address, woke = self._woken.get(usb_device.port, (None, None))
        return woke if address == usb_device.address else None

    def note_switched(self, port: Port, away: float) -> None:
        before = self.sim.past.get(port, Past())
        self.sim.past[port] = before._replace(switched=self.sim.clock.now(), away=away)

    def note_failed(self, port: Port, kind: str) -> None:
        before = self.sim.past.get(port, Past())
        self.sim.past[port] = before._replace(failures=before.failures + 1, failed=self.sim.clock.now(), kind=kind)

    def past(self, port: Port) -> Past:
        noted, now = self.sim.past.get(port, Past()), self.sim.clock.now()
        switched, failed = (None if at is None else now - at for at in (noted.switched, noted.failed))
        return noted._replace(switched=switched, failed=failed)

    def port_of(self, node: str) -> Port | None:
        """Of a network interface that only one of its sticks has: all are named alike."""
        having = [stick.port for stick in self.sim.sticks if stick.present and node in _networks([stick])]
        return having[0] if len(having) == 1 else None

    def networks(self, usb_device: UsbDevice) -> list[str]:
        return _networks(self.sim.at(usb_device.port))

    def age(self, usb_device: UsbDevice, now: float) -> float | None:
        return next((now - stick.arrived for stick in self.sim.at(usb_device.port)), None)

    def named(self, usb_device: UsbDevice) -> bool:
        """Udev takes its time."""
        sticks = self.sim.at(usb_device.port)
        return all(self.sim.clock.now() >= stick.arrived + stick.weather.names for stick in sticks)

    def peers(self, port: Port) -> list[Port]:
        """Buses 1 and 2 are the two halves of one controller; a port that a stick was plugged into is its own."""
        peer = Port(3 - port.bus, port.ports) if port.bus in (1, 2) else None
        return [peer] if peer is not None and peer not in self.sim.homes else []

    def network_state(self, name: str) -> NetworkState | None:
        """Of the first stick that has such an interface; a DHCP client runs on a router's."""
        for stick in self.sim.sticks:
            if stick.present and stick.lan.side and name in _networks([stick]):
                carrier = name in self._up and stick.lan.up
                leased = carrier and stick.lan.side == "hilink"
                return NetworkState(name in self._up, carrier, ("192.168.8.100",) if leased else ())
        return NetworkState(name in self._up)

    def bring_up(self, name: str) -> None:
        self._up.add(name)

    def in_use(self, usb_device: UsbDevice) -> list[str]:
        mounted = any(stick.faults.mounted for stick in self.sim.at(usb_device.port))
        return ["/dev/sdb1 is mounted at /mnt/card"] if mounted and usb_device.port not in self._unmounted else []

    def unmount(self, usb_device: UsbDevice, *, cd_only: bool) -> list[str]:
        if not cd_only:
            self._unmounted.add(usb_device.port)
        return []

    def route(
        self,
        usb_device: UsbDevice,
        network: StickNetwork,
        now: Callable[[], float],
        wait: Callable[[float], None],
    ) -> Route:
        for stick in self.sim.at(usb_device.port):
            if stick.lan.side == "hilink" and not stick.lan.page:
                refused = "192.168.8.1 port 80 through eth1: connection refused"
                raise Unavailable(refused, hint="Its web page takes some seconds after the stick appears.", means="web")
            if stick.lan.side == "hilink":
                site = Site(stick.faults.web, stick.web_call, stick.page_login, stick.model.says)
                return nullcontext(lambda _seconds, site=site: Pipe(site, self.sim.clock))
        return super().route(usb_device, network, now, wait)


def _networks(sticks: Iterable[Stick]) -> list[str]:
    kinds = {function.network for stick in sticks for function in stick.composition.functions}
    return ["wwan0"] if "ncm" in kinds else ["eth1"] if "ecm" in kinds else []
