"""The library's front door: the few calls that most programs need."""

from __future__ import annotations

from .database.library import Library
from .errors import UsageError
from .host import default
from .identity import find
from .identity.recognise import Device
from .modem.dial import Call
from .modem.roles import GOALS
from .modem.saved import Store
from .switching import switch as engine
from .switching.transition import Tell, silent
from .tasks import line
from .usb.bus import Bus
from .usb.descriptors import Port
from .values import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Self


def devices(*, bus: Bus | None = None, library: Library | None = None) -> list[Device]:
    """Everything on the bus that is no root hub, by port, with its family and mode where they are known."""
    return find.survey(bus or default(), library or Library())


def switch(
    device: str | Device,
    to: str | None = None,
    *,
    port: str | None = None,
    timeout: float | None = None,
    persist: bool = False,
    driven: bool = True,
    state: str | None = None,
    tell: Tell = silent,
    bus: Bus | None = None,
    library: Library | None = None,
) -> engine.SwitchResult:
    """Bring a stick to a mode, and return what it came to.

    ``device`` is an id (``12d1:1f01``, also the stick that was that), a port path (``1-1.4``), bus/address, a folder in
    sysfs, or what :func:`devices` gave; ``port`` chooses where several fit.  ``to`` is one of
    :data:`modeswitch.MODES`, the family's goal where None.  ``timeout`` bounds the whole in seconds.

    ``persist`` allows ways that write to the stick's NVRAM; what it held is saved first, in the folder ``state``
    (``/var/lib/modeswitch`` for root where None).  ``driven`` false goes there even where this host has no driver for
    what comes of it.  ``tell`` is called with the name of each event and its facts.  Raises
    :class:`modeswitch.ModeswitchError` and its kinds.
    """
    if to is not None and to not in GOALS:
        raise UsageError(f"{to!r} is no mode to go to", hint=f"One of {', '.join(GOALS)}.")
    with _Found(device, port, timeout, bus, library) as found:
        return engine.switch(
            found.device,
            to,
            bus=found.bus,
            library=found.library,
            timeout=timeout,
            tell=tell,
            persist=persist,
            can_drive=None if driven else engine.of_any_host,
            store=Store(state) if persist else None,
        )


def connect(
    device: str | Device,
    apn: str,
    *,
    user: str = "",
    password: str = "",
    auth: str = "",
    pin: str = "",
    port: str | None = None,
    timeout: float | None = None,
    tell: Tell = silent,
    bus: Bus | None = None,
    library: Library | None = None,
) -> line.Line:
    """Put up the data line of a stick in ``ncm``; the line's addresses and the network interface that goes with it.

    ``auth`` is ``pap`` or ``chap``, chap where empty; the rest as with :func:`switch`.  What is left to the system is
    DHCP on that interface.  Raises :class:`modeswitch.UsageError` for what no AT command can hold,
    :class:`modeswitch.NoWay` in another mode, :class:`modeswitch.NoDriver` without a network interface,
    :class:`modeswitch.Refused` for the SIM's sake, :class:`modeswitch.TransferError` and its kinds.
    """
    call = Call(apn, user, password, auth)
    call.commands()
    with _Found(device, port, timeout, bus, library) as found:
        return line.connect(
            found.device, call, bus=found.bus, library=found.library, pin=pin, timeout=timeout, tell=tell
        )


def disconnect(
    device: str | Device,
    *,
    port: str | None = None,
    timeout: float | None = None,
    tell: Tell = silent,
    bus: Bus | None = None,
    library: Library | None = None,
) -> bool:
    """Take the data line down; False where it was not up.  Arguments and errors as with :func:`connect`."""
    with _Found(device, port, timeout, bus, library) as found:
        return line.disconnect(found.device, bus=found.bus, library=found.library, timeout=timeout, tell=tell)


class _Found:
    """The one stick that is meant, and what it is reached by; a bus of our own is closed at the end."""

    def __init__(
        self,
        device: str | Device,
        port: str | None,
        timeout: float | None,
        bus: Bus | None,
        library: Library | None,
    ) -> None:
        if timeout is not None and not 0 < timeout <= 86400:
            raise UsageError(f"{timeout!r} is no time in seconds")
        self._own = bus is None
        self.bus, self.library = bus or default(), library or Library()
        self._device, self._port = device, port

    def __enter__(self) -> Self:
        try:
            device = self._device
            if isinstance(device, str):
                place = Port.parse(self._port) if self._port else None
                device = find.find_one(device, self.bus, self.library, place)
            self.device = device
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._own:
            self.bus.close()
