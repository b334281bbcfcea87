"""A host for simulated sticks: usb-storage is bound, network drivers are there, a card may be mounted."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

from ..errors import Unavailable
from ..modem.roles import role
from ..usb.descriptors import Port
from ..usb.device import UsbDevice
from ..usb.host import Host, Nodes
from ..values import TYPE_CHECKING
from .backend import SimBackend
from .web import Pipe, Site

if TYPE_CHECKING:
    from ..usb.host import Route, StickNetwork


class SimHost(Host):
    """What a host makes of the sticks of a simulated bus."""

    def __init__(self, sim: SimBackend) -> None:
        self.sim = sim
        self._unmounted: set[Port] = set()

    def nodes(self, usb_device: UsbDevice) -> dict[int, Nodes]:
        """A network driver is bound to the control interface; the frames go over the interface that is last."""
        functions = usb_device.configuration.functions if usb_device.configuration else ()
        controls = [
            one.number for one in functions if role(one.triple, usb_device.id.vendor) in ("ncm", "ecm", "rndis")
        ]
        networks = tuple(self.networks(usb_device))
        return {
            one.number: Nodes(
                driver="usb-storage" if self.sim.is_bound(usb_device.port, one.number) else None,
                networks=networks if controls[:1] == [one.number] else (),
            )
            for one in functions
        }

    def networks(self, usb_device: UsbDevice) -> list[str]:
        sticks = self.sim.at(usb_device.port)
        kinds = {function.network for stick in sticks for function in stick.composition.functions}
        return ["wwan0"] if "ncm" in kinds else ["eth1"] if "ecm" in kinds else []

    def age(self, usb_device: UsbDevice, now: float) -> float | None:
        return next((now - stick.arrived for stick in self.sim.at(usb_device.port)), None)

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
                site = Site(stick.faults.web, stick.web_call)
                return nullcontext(lambda _seconds, site=site: Pipe(site, self.sim.clock))
        return super().route(usb_device, network, now, wait)
