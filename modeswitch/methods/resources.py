"""What one phase of a transition may take hold of, when it needs it: the device, its AT port, its web server, its hub.

What was taken is given back by :meth:`Resources.close`, whatever happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from ..errors import ModeswitchError
from ..modem.roles import FUNCTIONS
from ..usb.bus import Bus
from ..values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from ..modem.at import Dialogue
    from ..modem.hilink import Login, Web
    from ..modem.saved import Store
    from ..usb.descriptors import Port
    from ..usb.host import Held, Manager
    from ..usb.link import Link
    from .target import Target

STARTING = 45.0
"""How long after its arrival a stick's AT port and its web server may be mute, in seconds.

Ref: trackIT-Systems/modemmanager-e3372, README.md: 45 s from AT^RESET to data.
"""


LEAST = 1.0
"""Nothing is sent with less time left than this, in seconds: what came of it could not be seen any more."""


class Resources:
    """What is taken of one stick, until the time ``until`` of the bus' clock.  ``tell`` hears of all that is done.

    ``take`` allows a connection to be cut that another program (ModemManager) has over the stick.
    """

    def __init__(
        self,
        bus: Bus,
        device: Target,
        until: float,
        tell: Callable[..., None],
        store: Store | None = None,
        *,
        take: bool = False,
        web_login: Login | None = None,
    ) -> None:
        self.bus, self.device, self.until, self.tell = bus, device, until, tell
        self._web_login = web_login
        self.wrote = False
        """Has something been written to the stick's NVRAM?"""
        self.managed = False
        """Did ModemManager have the stick, until it let go of it for us?"""
        self._store, self._take = store, take
        self._link: Link | None = None
        self._hubs: dict[Port, Link] = {}
        self._dialogue: Dialogue | None = None
        self._web: Web | None = None
        self._manager: Manager | None = None
        self._alone = False
        self._ports = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close(attach=True)

    def left(self) -> float:
        """How many seconds all that follows may still take together."""
        return self.until - self.bus.now()

    def starting(self) -> float:
        """For how many seconds its firmware may still be starting: so long is asked again what does not answer."""
        age = self.bus.host.age(self.device.usb, self.bus.now())
        return max(0.0, min(STARTING - (age or 0.0), self.left() - LEAST))

    def store(self) -> Store:
        """Where old values of NVRAM are kept."""
        if self._store is None:
            from ..modem.saved import Store

            self._store = Store()
        return self._store

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Within it NVRAM is written: an error that says so (fact ``written``) counts as a write."""
        try:
            yield
        except ModeswitchError as error:
            self.wrote |= bool(error.facts.get("written"))
            raise

    def link(self) -> Link:
        """The device, opened when it is first asked for."""
        if self._link is None:
            self._link = self.bus.open(self.device.usb)
            self._link.trace, self._link.left = self.tell, self.left
        return self._link

    def dialogue(self) -> Dialogue:
        """A dialogue on its AT port, begun when first asked for; ModemManager leaves the stick alone from then on."""
        if self._dialogue is None:
            from ..modem.carriers import converse

            self._be_alone()
            stick = (self.bus, self.device.usb, self.device.roles, self.link)
            self._dialogue = converse(*stick, self.left, self.tell, self.starting())
            self._ports.callback(self._dialogue.close)
        return self._dialogue

    def held(self) -> Held | None:
        """What ModemManager knows of the stick; None where it does not have it, or shall let go of it."""
        manager = None if self._take else self._managed_by()
        return manager.held(self.left, self.bus.pause, self.tell) if manager is not None else None

    def _managed_by(self) -> Manager | None:
        if self._manager is None:
            self._manager = self.bus.host.manager(self.device.usb)
        return self._manager

    def _be_alone(self) -> None:
        """Have ModemManager let go of the stick, once."""
        manager = self._managed_by()
        if self._alone or manager is None:
            return
        self.managed = manager.begin(take=self._take, left=self.left, wait=self.bus.pause, tell=self.tell)
        self._alone = True
        if self.managed:
            self.tell("inhibited")

    def other_dialogue(self) -> Dialogue | None:
        """A dialogue on its cdc-wdm, where it has one and the first dialogue is elsewhere: None else."""
        from ..modem.carriers import converse_by_wdm

        if self._dialogue is None:
            return None
        stick = (self.bus, self.device.usb, self.device.roles)
        other = converse_by_wdm(*stick, self.left, self.tell, besides=self._dialogue.carrier.name)
        if other is not None:
            self._ports.callback(other.close)
        return other

    def web(self) -> Web:
        """Its web API, reached when it is first asked for."""
        if self._web is None:
            from ..modem.hilink import ADDRESS, NETWORK, Web

            self._await_network()
            route = self.bus.host.route(self.device.usb, NETWORK, self.bus.now, self.bus.wait)
            dial = self._ports.enter_context(route)
            self._web = Web(ADDRESS, dial, self.bus.now, self.left, self.tell, self._web_login)
            self._ports.callback(self._web.close)
        return self._web

    def _await_network(self) -> None:
        from ..usb.replug import SETTLE, await_drivers

        usb_device, host = self.device.usb, self.bus.host
        numbers = [interface.number for interface, role in self.device.roles if role in FUNCTIONS["hilink"]]
        until = min(self.until, self.bus.now() + SETTLE)
        await_drivers(self.bus, usb_device, numbers, lambda: bool(host.networks(usb_device)), until)

    def hub(self, port: Port | None = None) -> Link:
        """The hub that the port belongs to, the stick's own where None; opened when it is first asked for."""
        port = port or self.device.usb.port
        if port not in self._hubs:
            link = self._hubs[port] = self.bus.hub(port)
            link.trace, link.left = self.tell, self.left
        return self._hubs[port]

    def release_ports(self) -> None:
        """Close its AT port and its web server, so that what it comes back as finds their names free."""
        self._dialogue = self._web = None
        self._ports.close()

    def close(self, *, attach: bool) -> list[int]:
        """Give everything back; with ``attach`` the kernel's drivers, too.

        Returns the interfaces that have their driver back.
        """
        try:
            self.release_ports()
            for hub in self._hubs.values():
                hub.close(attach=False)
            return self._link.close(attach=attach) if self._link is not None else []
        finally:
            if self._manager is not None:
                self._manager.end()
