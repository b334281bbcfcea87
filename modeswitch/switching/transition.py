"""One transition, from the look before it to the look after it: its steps, the stick's absence, what is there then."""

from __future__ import annotations

from collections.abc import Callable

from ..database.library import Library
from ..database.profile import Transition
from ..errors import ModeswitchError, NotBack, Refused, Unavailable
from ..identity.identify import identify_here
from ..identity.recognise import Device, recognise
from ..usb.bus import Bus
from ..usb.device import UsbDevice
from ..usb.replug import Wait, await_return
from ..values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..modem.saved import Store
    from .perform import Task

GRACE = 3.0
"""Seconds in which a stick that answered "no" may still leave: some obey and say no."""

LOCKED = 60.0
"""How long another process at the same port is waited for, in seconds, unless a timeout says otherwise."""

Tell = Callable[..., None]
"""Called with the name of an event and its facts; see ``docs/architecture.md`` for all of them."""


def silent(event: str, **facts: object) -> None:
    """Tell nobody."""


class Desk(NamedTuple):
    """What every part of a switch works with."""

    bus: Bus
    library: Library
    tell: Tell
    tick: float | None
    store: Store | None
    unmount: bool = False


class Alone:
    """Within it no other process of ours is at that port; it gives the stick as it is then.

    Another is waited for at most so many ``seconds`` (:data:`LOCKED` where None).  Raises
    :class:`~modeswitch.errors.Busy`, which says who holds it, and :class:`~modeswitch.errors.NotBack` where the stick
    is not there after the wait.
    """

    def __init__(self, bus: Bus, device: Device, library: Library, seconds: float | None, tell: Tell) -> None:
        self._bus, self._known, self._library, self._tell = bus, device, library, tell
        self._seconds = LOCKED if seconds is None else seconds
        self._lock = bus.host.lock(device.usb.port)

    def __enter__(self) -> Device:
        waited: list[str] = []

        def hear(holder: str) -> None:
            waited.append(holder)
            self._tell("locked", port=str(self._known.usb.port), by=holder)

        if self._lock is not None:
            self._lock.acquire(self._seconds, self._bus.pause, hear)
        if not waited:
            return self._known
        try:
            return self._again()
        except BaseException:
            self.__exit__()
            raise

    def _again(self) -> Device:
        """Another look at a stick that somebody else was at."""
        seen = self._bus.at(self._known.usb.port)
        if seen is None:
            raise NotBack(
                f"{self._known} is away: another process was at it",
                hint="See what it has become: modeswitch list",
                port=str(self._known.usb.port),
            )
        return identify_here(seen, self._bus, self._library, self._known.profile)

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            self._lock.release()


class NotBegun(Exception):
    """A transition that could not be begun: ``reason`` says why, nothing was changed, and another may do."""

    def __init__(self, reason: Unavailable | Refused) -> None:
        super().__init__(reason.message)
        self.reason = reason


def run_transition(
    desk: Desk, device: Device, transition: Transition, until: float, *, fresh: bool = False
) -> tuple[UsbDevice, bool]:
    """Perform one transition and wait for what comes of it: what is seen then, and whether NVRAM was written.

    ``fresh`` is a stick that has just come back.  Raises :class:`NotBegun` where the transition could not be begun.
    """
    usb_device = device.usb
    place = {"port": str(usb_device.port), "id": str(usb_device.id), "mode": device.mode}
    desk.tell("transition", start=transition.start, to=list(transition.to), within=transition.within, **place)
    free_storage(desk.bus, device, desk.tell, unmount=desk.unmount)
    from .perform import phases

    seen, wrote = usb_device, False
    for number, (mode, tasks) in enumerate(phases(transition)):
        if number:
            device = recognise(seen, desk.library, device.profile)
            if device.mode != mode:
                break
            free_storage(desk.bus, device, desk.tell, unmount=desk.unmount)
        try:
            seen, changed = _phase(desk, device, tasks, until, fresh=fresh or bool(number))
        except NotBegun as error:
            if number:
                raise error.reason from error
            raise
        wrote |= changed
    return seen, wrote


def free_storage(bus: Bus, device: Device, tell: Tell, *, unmount: bool = False) -> None:
    """See that nothing of the stick's storage is in use: its CD-ROM is unmounted quietly, all else only if asked.

    Raises :class:`Refused` where something is: it is never pulled away.
    """
    usb_device = device.usb
    held = bus.host.in_use(usb_device)
    failed: list[str] = []
    if held and unmount:
        failed = bus.host.unmount(usb_device, cd_only=False)
        held = bus.host.in_use(usb_device)
        if not held:
            tell("unmounted", port=str(usb_device.port))
    if held:
        raise Refused(
            f"{device} is in use: {'; '.join(failed or held)}",
            hint="What is written there must not be lost. Close or unmount it first"
            + (", then switch again." if unmount else ", or let modeswitch sync and unmount it: --unmount"),
        )
    bus.host.unmount(usb_device, cd_only=True)


def _phase(desk: Desk, device: Device, tasks: list[Task], until: float, *, fresh: bool) -> tuple[UsbDevice, bool]:
    """What is done between one look at the stick and the next; ``fresh`` where it has just come back."""
    from ..methods.resources import Reach
    from .perform import perform

    bus, before = desk.bus, device.usb
    reach = Reach(bus, device, until, desk.tell, desk.store, fresh=fresh)
    came_back = False
    try:
        try:
            doubt = perform(reach, tasks)
        except (Unavailable, Refused) as error:
            raise NotBegun(error) from error
        reach.let_go()
        patience = Wait(until, doubt, min(until, bus.now() + GRACE), desk.tick)
        try:
            seen = await_return(bus, before, patience, desk.tell)
        except ModeswitchError as error:
            if error is not doubt:
                error.located(f"after step {tasks[-1].number} of {tasks[-1].of}, {tasks[-1].step}")
            raise
        came_back = (seen.address, seen.active) != (before.address, before.active)
        return seen, reach.wrote
    finally:
        attached = reach.close(attach=not came_back)
        if attached:
            desk.tell("attached", port=str(before.port), interfaces=attached)
