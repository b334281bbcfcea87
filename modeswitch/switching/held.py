"""The session in which one call of the library works: the one that was given, or one of its own for this call."""

from __future__ import annotations

from contextlib import nullcontext

from ..errors import UsageError
from ..events import silent
from ..values import TYPE_CHECKING
from .session import Session

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from ..database.library import Library
    from ..events import OnEvent
    from ..identity.device import Device
    from ..modem.weblogin import Secret
    from ..usb.bus import Bus
    from ..usb.descriptors import Port, UsbId

    Stick = str | Device | Port | UsbId | Session

GIVE_THERE = "Give them when the session is made: Session(device, timeout=…, unmount=True)."


def checked(session: Session) -> Session:
    """A session that holds its stick.  Raises :class:`UsageError` outside its block: another may be at the stick."""
    if not session.held:
        raise UsageError("this Session holds no stick", hint="Use it within its block: with Session(…) as session: …")
    return session


def profiles_of(library: Library | None) -> Library:
    """The library that was given, or this machine's."""
    if library is None:
        from ..database.library import Library

        return Library()
    return library


def held(
    device: Stick,
    port: str | Port | None,
    timeout: float | None,
    on_event: OnEvent,
    bus: Bus | None,
    library: Library | None,
    state: str | None = None,
    *,
    unmount: bool = False,
    take: bool,
    like: str | None = None,
    web_password: Secret | None = None,
) -> AbstractContextManager[Session]:
    """The session that was given, or one for this call.  Raises :class:`UsageError` where both are asked for."""
    if isinstance(device, Session):
        told = None if on_event is silent else on_event
        given = (port, timeout, bus, library, state, like, web_password, unmount or None, take or None, told)
        if any(one is not None for one in given):
            raise UsageError(
                "a Session has its own port, timeout, events, bus, library, folder and password", hint=GIVE_THERE
            )
        return nullcontext(checked(device))
    store = None
    if state is not None:
        from ..modem.saved import Store

        store = Store(state)
    return Session(
        device,
        port=port,
        timeout=timeout,
        on_event=on_event,
        store=store,
        unmount=unmount,
        take=take,
        like=like,
        web_password=web_password,
        bus=bus,
        library=library,
    )
