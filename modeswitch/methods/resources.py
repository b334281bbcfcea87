"""What one transition may take hold of, when it needs it: the device's link, its AT port, its web server, its hub.

What was taken is given back by :meth:`Reach.close`, whatever happened.
"""

from __future__ import annotations

from collections.abc import Callable

from ..identity.recognise import Device
from ..usb.bus import Bus
from ..usb.replug import SETTLE, await_drivers
from ..values import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from ..modem.at import Dialogue
    from ..modem.hilink import Web
    from ..modem.saved import Store
    from ..usb.host import Inhibition, Route
    from ..usb.link import Link

ADDRESS = "192.168.8.1"
"""What HiLink firmware calls itself; some older calls itself 192.168.1.1, and answers to this name all the same."""


BOOTING = 30.0
"""How long after its arrival a stick's web server may take to be there, in seconds."""


class Reach:
    """One stick within reach, until the time ``until`` of the bus' clock.  ``tell`` hears of all that is done.

    ``fresh`` is a stick that has just come back: its firmware may not have started all of itself yet.
    """

    def __init__(
        self,
        bus: Bus,
        device: Device,
        until: float,
        tell: Callable[..., None],
        store: Store | None = None,
        *,
        fresh: bool = False,
    ) -> None:
        self.bus, self.device, self.until, self.tell = bus, device, until, tell
        self.patience = BOOTING if fresh else 0.0
        """For how long a web server that is not there yet is asked again, in seconds."""
        self.wrote = False
        """Has something been written to the stick's NVRAM?"""
        self._store = store
        self._link: Link | None = None
        self._hub: Link | None = None
        self._dialogue: Dialogue | None = None
        self._web: Web | None = None
        self._inhibition: Inhibition | None = None
        self._route: Route | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(attach=True)

    def left(self) -> float:
        """How many seconds all that follows may still take together."""
        return self.until - self.bus.now()

    @property
    def store(self) -> Store:
        """Where old values of NVRAM are kept."""
        if self._store is None:
            from ..modem.saved import Store

            self._store = Store()
        return self._store

    @property
    def link(self) -> Link:
        """The opened device."""
        if self._link is None:
            self._link = self.bus.open(self.device.usb)
            self._link.trace, self._link.left = self.tell, self.left
        return self._link

    @property
    def dialogue(self) -> Dialogue:
        """A dialogue on its AT port; ModemManager leaves the stick alone from here on."""
        if self._dialogue is None:
            from ..modem.carriers import converse

            self._inhibit()
            self._dialogue = converse(self.bus, self.device, lambda: self.link, self.left, self.tell)
        return self._dialogue

    def _inhibit(self) -> None:
        if self._inhibition is None:
            self._inhibition = self.bus.host.inhibition(self.device.usb)
            if self._inhibition is not None and self._inhibition.begin():
                self.tell("inhibited", port=str(self.device.usb.port))

    @property
    def web(self) -> Web:
        """Its web API."""
        if self._web is None:
            from ..modem.hilink import Web

            self._await_network()
            route = self.bus.host.route(self.device.usb, self.bus.now, self.bus.wait)
            dial = route.__enter__()
            self._route = route
            self._web = Web(ADDRESS, dial, self.bus.now, self.left, self.tell)
        return self._web

    def _await_network(self) -> None:
        usb_device = self.device.usb
        numbers = [interface.number for interface, role in self.device.roles if role in ("ecm", "rndis")]
        until = min(self.until, self.bus.now() + SETTLE)
        await_drivers(self.bus, usb_device, numbers, lambda: bool(self.bus.host.networks(usb_device)), until)

    @property
    def hub(self) -> Link:
        """The opened hub that it is plugged into."""
        if self._hub is None:
            self._hub = self.bus.hub(self.device.usb.port)
            self._hub.trace, self._hub.left = self.tell, self.left
        return self._hub

    def let_go(self) -> None:
        """Close its ports, so that what it comes back as finds their names free."""
        dialogue, self._dialogue = self._dialogue, None
        if dialogue is not None:
            dialogue.close()
        route, self._route, self._web = self._route, None, None
        if route is not None:
            route.__exit__(None, None, None)

    def close(self, *, attach: bool) -> list[int]:
        """Give everything back; with ``attach`` the kernel's drivers, too.

        Returns the interfaces that have their driver back.
        """
        try:
            self.let_go()
            if self._hub is not None:
                self._hub.close(attach=False)
            return self._link.close(attach=attach) if self._link is not None else []
        finally:
            if self._inhibition is not None:
                self._inhibition.end()
