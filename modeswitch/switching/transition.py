"""One transition, from the look before it to the look after it: its steps, the stick's absence, what is there then."""

from __future__ import annotations

from collections.abc import Collection

from ..errors import ModeswitchError, Refused, TransferError, Unavailable
from ..identity.recognise import recognise
from ..modem.roles import MANAGED, satisfies
from ..values import TYPE_CHECKING, NamedTuple
from .perform import Task, perform, phases

if TYPE_CHECKING:
    from ..database.profile import Transition
    from ..identity.device import Device
    from ..methods.resources import Resources
    from ..usb.device import UsbDevice
    from .session import Session

HOLD = 60.0
"""How long getting hold of a stick may take, in seconds: its driver lets go once the command that it waits for has
ended (30 s, and the error handling after it), its firmware may still be starting.

Ref: Linux drivers/usb/storage/usb.c, quiesce_and_remove_host; drivers/scsi/sd.h, SD_TIMEOUT.
"""


class NotBegun(NamedTuple):
    """A transition that could not be begun: ``reason`` says why.  Nothing was changed, and another may do."""

    reason: Unavailable | Refused


def await_outcome(session: Session, modes: Collection[str], seen: UsbDevice, until: float) -> Device:
    """The stick once it is in one of the modes; else as it is when the time is over.

    An enumeration that is neither is not final: many sticks come back as storage, or as a router, for a second or for a
    minute, and then as what was asked for.  Nothing is sent to such a transient.  Ref: openwrt/packages#15893 (E5576,
    storage for 70 s), forum.openwrt.org/t/153556 (E3372-325, RNDIS for 1 to 3 s).
    """
    from ..usb.replug import await_change

    while True:
        device = session.seen(seen)
        if any(satisfies(device.mode, mode) for mode in modes):
            return device
        later = await_change(session.bus, seen, until, session.tell, session.tick)
        if later is None:
            return device
        seen = later


class Done(NamedTuple):
    """A transition that was performed: what is at the port now, and whether NVRAM was written.

    ``until`` is the last moment of the transition, on the clock of the bus.  ``cut`` is why not all of it could be
    sent: the stick left before.
    """

    seen: UsbDevice
    wrote: bool
    until: float
    cut: TransferError | None = None


def run_transition(session: Session, transition: Transition) -> Done | NotBegun:
    """Perform one transition and wait for what comes of it.  Raises what the steps and the wait raise."""
    device = session.device
    takes = {"within": transition.within, "usual": transition.usual or None}
    session.tell("transition", start=transition.start, to=list(transition.to), **takes, **device.facts())
    done = Done(device.usb, False, session.bus.now())
    for number, (mode, tasks) in enumerate(phases(transition)):
        if number:
            device = recognise(done.seen, session.library, device.profile)
            if device.mode != mode:
                break
            session.device = device
        free_storage(session, device)
        ended = _run_phase(session, tasks, transition.within)
        if isinstance(ended, NotBegun):
            if number:
                raise ended.reason
            return ended
        done = ended._replace(wrote=done.wrote or ended.wrote)
        if done.cut is not None:
            break
    return done


def free_storage(session: Session, device: Device) -> None:
    """See that nothing of the stick's storage is in use: its CD-ROM is unmounted quietly, all else only if asked.

    Raises :class:`Refused` where something is: it is never pulled away.
    """
    host = session.host
    held = host.in_use(device.usb)
    failed: list[str] = []
    if held and session.unmount:
        failed = host.unmount(device.usb, cd_only=False)
        held = host.in_use(device.usb)
        if not held:
            session.tell("unmounted")
    if held:
        raise Refused(
            f"{device} is in use: {'; '.join(failed or held)}",
            hint="What is written there must not be lost. Close or unmount it first"
            + (", then switch again." if session.unmount else ", or let modeswitch sync and unmount it: --unmount"),
        )
    host.unmount(device.usb, cd_only=True)


def _be_alone(session: Session, resources: Resources) -> None:
    """Have ModemManager let go of a modem before anything is done to it: a live connection is cut only with consent.

    Raises :class:`~modeswitch.errors.Busy`.
    """
    if any(role in MANAGED for _, role in session.device.roles):
        try:
            resources.be_alone()
        except ModeswitchError as error:
            error.located(str(session.device), **session.device.facts())
            raise


def _run_phase(session: Session, tasks: list[Task], within: float) -> Done | NotBegun:
    """What is done between one look at the stick and the next; ``within`` seconds begin when the stick is held.

    The order of giving back matters: AT port and web server are closed before the wait, so that what comes back finds
    their names free; the interfaces are released after it, and their drivers attached again only to a stick that
    stayed, since a stick that came back has had its drivers bound by the kernel.
    """
    bus, before = session.bus, session.device.usb
    resources = session.resources(session.until(HOLD))
    came_back = False
    try:
        try:
            _be_alone(session, resources)
            doubt = perform(resources, tasks, lambda: session.until(within))
        except (Unavailable, Refused) as error:
            if "unsaved" in error.facts or resources.wrote:
                raise  # who wants a value kept does not want another way without it; who wrote has begun
            return NotBegun(error)
        resources.release_ports()
        from ..usb.replug import Wait, await_return  # behind the first byte: nothing before it needs them

        until = resources.until
        wait = Wait(until, tick=session.tick)
        if doubt is not None:
            wait = Wait(until, doubt.error, min(until, bus.now() + doubt.seconds), session.tick)
        try:
            seen = await_return(bus, before, wait, session.tell)
        except ModeswitchError as error:
            if doubt is not None and not doubt.whole and error is not doubt.error:
                error.message += f"; before that: {doubt.error.message}"
            elif doubt is None or error is not doubt.error:
                last = tasks[-1]
                error.located(f"after step {last.number} of {last.of}, {last.step}")
            raise
        came_back = (seen.address, seen.active) != (before.address, before.active)
        return Done(seen, resources.wrote, until, None if doubt is None or doubt.whole else doubt.error)
    finally:
        attached = resources.close(attach=not came_back)
        if attached:
            session.tell("attached", interfaces=attached)
