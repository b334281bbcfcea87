"""One stick, held by us for one job: the lock of its port, the time left, the events, where an error happened."""

from __future__ import annotations

from ..errors import ModeswitchError, NotBack, UsageError
from ..events import silent, telling
from ..identity.find import find_one
from ..identity.recognise import identify_here, recognise
from ..methods.resources import Resources
from ..values import TYPE_CHECKING
from .goal import leave_alone

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Self

    from ..database.library import Library
    from ..database.profile import Profile
    from ..events import OnEvent
    from ..identity.device import Device
    from ..identity.like import Likeness
    from ..modem.nvram import Written
    from ..modem.saved import Store
    from ..modem.weblogin import Secret, WebLogin
    from ..usb.bus import Bus
    from ..usb.descriptors import Port, UsbId
    from ..usb.device import UsbDevice
    from ..usb.host import PortLock

LOCKED = 60.0
"""How long another process at the same port is waited for, in seconds, unless a timeout says otherwise."""
TALK = 120.0
"""How long a job over the AT port may take in all unless a timeout says otherwise, in seconds."""
LONGEST_TIMEOUT = 86400.0
"""The longest timeout that can be asked for, in seconds: a day."""
TIMEOUT_BOUNDS = "(above 0, at most a day)"


class Session:
    """A stick that no other process of ours is at; a ``with`` block holds it.

    ``device`` is an id, a port path or whatever :func:`modeswitch.find` understands, or a device that it gave; ``port``
    chooses where several fit.  ``timeout`` bounds all that is done, from the wait for the lock on, in seconds.
    ``on_event`` is called with each event of :data:`modeswitch.EVENTS`, ``waiting`` at least every ``tick`` seconds.
    ``store`` keeps old values of NVRAM; ``unmount`` allows what is mounted of the stick to be synced and unmounted,
    ``take`` a connection to be cut that ModemManager has over the stick, where its AT port is needed.
    ``like`` takes a stick whose id no profile knows for another: an id, a model, a family.  ``web_password`` is that of
    a HiLink stick's web page, or a function that gives it once it is wanted.  Without a ``bus`` the machine's own is
    opened, and closed at the end.

    ``session.device`` is the stick as it was last seen, ``session.held`` whether it is ours now.
    ``session.written`` is what was sent to its NVRAM, by name, and has not been read again after a restart.
    ``session.away`` is for how many seconds it was away in the switch that was begun last; None where it stayed.

    Raises :class:`~modeswitch.errors.Busy`, which says who holds the port, :class:`~modeswitch.errors.NotBack` where
    the stick is gone after the wait, and what finding it raises.
    An error that leaves the block has the facts ``port``, ``id`` and ``mode`` of what is at the port then.
    """

    def __init__(
        self,
        device: str | Device | Port | UsbId,
        *,
        port: str | Port | None = None,
        timeout: float | None = None,
        on_event: OnEvent = silent,
        tick: float | None = None,
        store: Store | None = None,
        unmount: bool = False,
        take: bool = False,
        like: str | None = None,
        web_password: Secret | None = None,
        bus: Bus | None = None,
        library: Library | None = None,
    ) -> None:
        if timeout is not None and not 0 < timeout <= LONGEST_TIMEOUT:
            raise UsageError(f"{timeout!r} is not a time in seconds {TIMEOUT_BOUNDS}")
        self._wanted, self._port, self._like = device, port, like
        self._own = bus is None
        if bus is None:
            from ..host import default

            bus = default()
        if library is None:
            from ..database.library import Library

            library = Library()
        self.bus, self.library, self.host = bus, library, bus.host
        self.timeout, self.tick, self.store, self.unmount, self.take = timeout, tick, store, unmount, take
        self._web_login: WebLogin | None = None
        if web_password is not None:
            from ..modem.weblogin import WebLogin

            self._web_login = WebLogin(web_password)
        self._on_event = on_event
        self._tell: OnEvent = silent
        self._left: float | None = None
        self.away: float | None = None
        self.deadline: float | None = None
        self.held = False
        self._locks: list[PortLock] = []
        self._family: Profile | None = None
        self.likeness: Likeness | None = None
        self.written: dict[str, Written] = {}

    def __enter__(self) -> Self:
        self.deadline = self.bus.now() + self.timeout if self.timeout is not None else None
        try:
            self.device = find_one(self._wanted, self.bus, self.library, self._port)
            if self._like is not None:
                from ..identity.like import liken

                self.likeness = liken(self.device, self._like, self.library)
                self.device = self.likeness.device
            self._tell = telling(self._on_event, self.device.port)
            self._acquire(self.host.lock(self.device.port))
        except BaseException:
            self._close()
            raise
        self.held = True
        return self

    def tell(self, event: str, **facts: Any) -> None:
        """Tell an event of this stick, and take in how long it was away."""
        if event == "left":
            self._left = self.bus.now()
        elif event == "back":
            self.away = (self.away or 0.0) + (0.0 if self._left is None else self.bus.now() - self._left)
            self._left = None
        self._tell(event, **facts)

    def _acquire(self, lock: PortLock | None) -> None:
        """Take the lock of the port; a stick that another process was at is looked at again."""
        holders: list[str] = []

        def hear(holder: str) -> None:
            holders.append(holder)
            self.tell("locked", by=holder)

        if lock is None:
            return
        lock.acquire(self.until(LOCKED) - self.bus.now(), self.bus.pause, hear)
        if not holders:
            self._locks.append(lock)
            return
        try:
            seen = self.bus.at(self.device.port)
            if seen is None:
                raise NotBack(
                    f"{self.device} is away: another process was at it",
                    hint="See what it has become: modeswitch list",
                    port=str(self.device.port),
                )
            self.device = identify_here(seen, self.bus, self.library, self.device.profile)
        except BaseException:
            lock.release()
            raise
        self._locks.append(lock)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.held = False
        try:
            if self.written and error is not None:
                self._tell_written(error)
            if isinstance(error, ModeswitchError):
                self._locate(error)
        finally:
            for lock in self._locks:
                lock.release()
            self._close()

    def _close(self) -> None:
        if self._own:
            self.bus.close()

    def _tell_written(self, error: BaseException) -> None:
        """Say what may have been changed of the stick's NVRAM before all ended so."""
        from ..modem import nvram

        written, port = self.written.values(), str(self.device.port)
        if isinstance(error, ModeswitchError):
            nvram.explain(error, written, port)
            return
        told = "; ".join(map(nvram.told_of, written))
        self.tell("warning", message=f"{self.device}: {told}. {nvram.how_to_find_out(written, port)}")

    def _locate(self, error: ModeswitchError) -> None:
        """Add to the error which stick it is about, and what that is now."""
        try:
            seen = self.bus.at(self.device.port)
            now = recognise(seen, self.library, self._believed()) if seen else None
        except ModeswitchError:
            now = None
        error.located(port=str(self.device.port), id=str(now.id if now else self.device.id), mode=now and now.mode)

    def until(self, seconds: float) -> float:
        """The last moment of something that may take so long: never later than the deadline of the job."""
        return self.bus.now() + seconds if self.deadline is None else self.deadline

    def seen(self, usb_device: UsbDevice) -> Device:
        """Take that for the stick of this session: what is at its port now, or at the other half of its connector.

        It is of its family under whatever id it comes.  Of another port the lock is taken, too.
        """
        if usb_device.port != self.device.port:
            self._move(usb_device.port)
        self.device = recognise(usb_device, self.library, self._believed())
        return self.device

    def _move(self, port: Port) -> None:
        self.tell("moved", to=str(port))
        self._tell = telling(self._on_event, port)
        lock = self.host.lock(port)
        if lock is not None:
            lock.acquire(self.until(LOCKED) - self.bus.now(), self.bus.pause, lambda by: self.tell("locked", by=by))
            self._locks.append(lock)

    def _believed(self) -> Profile | None:
        """The family that it was last known to be of: an id on the way may be in no profile."""
        self._family = self.device.profile or self._family
        return self._family

    def resources(self, until: float) -> Resources:
        """What one phase of work takes hold of."""
        how = (self.bus, self.device, until, self.tell, self.store, self.written)
        return Resources(*how, take=self.take, web_login=self._web_login)

    def talk(self) -> Talk:
        """A ``with`` block in which the stick is asked over its AT port: it gives the :class:`Resources`.

        Raises :class:`~modeswitch.errors.Refused` for a product that must be left alone.
        """
        return Talk(self)


class Talk:
    """A conversation over the AT port; an error in it says which stick it is about."""

    def __init__(self, session: Session) -> None:
        device = session.device
        if device.product is not None:
            leave_alone(device.product, str(device), port=str(device.port), id=str(device.id))
        self._device = device
        self._resources = session.resources(session.until(TALK))

    def __enter__(self) -> Resources:
        return self._resources

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._resources.close(attach=True)
        finally:
            if isinstance(error, ModeswitchError):
                where = "" if str(self._device) in error.message else str(self._device)
                error.located(where, hint="See what is there now: modeswitch list -v", **self._device.facts())


class Noted:
    """A ``with`` block that is one switch: the host notes its error, or how long the stick was away.

    A switch in which nothing came back, since the stick was there already, is not noted.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def __enter__(self) -> None:
        self._session.away = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        session = self._session
        if isinstance(error, ModeswitchError):
            session.host.note_failed(session.device.port, type(error).__name__)
        elif error is None and session.away is not None:
            session.host.note_switched(session.device.port, session.away)
