"""The library's front door: the calls that most programs need, and that the command is made of.

``device`` is everywhere an id (``12d1:1f01``, also the stick that was that), a port path (``1-1.4``), bus/address, a
folder in sysfs, a node (``/dev/ttyUSB0``, ``wwan0``), what a stick is called (``E3372``), a :class:`Device`, a
:class:`Port`, a :class:`UsbId`, or a :class:`Session` that holds the stick already; ``port`` chooses where several
fit. ``timeout`` bounds the whole in seconds. ``on_event`` is called with the name of each event and its facts, see
:data:`modeswitch.EVENTS`. ``take`` allows a connection to be cut that ModemManager has over the stick, where its AT
port is needed; else that is :class:`modeswitch.Busy`. ``bus`` and ``library`` are this machine's where they are not
given. A session has all of these itself: given beside one they are a :class:`modeswitch.UsageError`. Every call
raises :class:`modeswitch.ModeswitchError` and its kinds.
"""

from __future__ import annotations

from .errors import UsageError
from .events import silent
from .host import opened
from .identity import find as finding
from .modem.roles import GOALS
from .switching.held import checked, held, profiles_of
from .switching.session import Session
from .values import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Literal

    from .database.library import Library
    from .database.profile import Transition
    from .doctor.diagnosis import Diagnosis
    from .events import OnEvent
    from .identity.device import Device
    from .modem.mode import Goal
    from .modem.ports import PortList
    from .modem.saved import Saved
    from .modem.status import Status
    from .modem.weblogin import Secret
    from .switching.held import Stick
    from .switching.switch import SwitchResult
    from .tasks.line import Line
    from .tasks.ports import PortState
    from .tasks.restart import Restarted
    from .usb.bus import Bus
    from .usb.descriptors import Port, UsbId


def devices(*, bus: Bus | None = None, library: Library | None = None) -> list[Device]:
    """Everything on the bus that is no root hub, by port, with its family and mode where they are known."""
    with opened(bus) as here:
        return [finding.describe(device, here) for device in finding.survey(here, profiles_of(library))]


def find(device: str | Port | UsbId, *, bus: Bus | None = None, library: Library | None = None) -> list[Device]:
    """All sticks that fit, by port; at least one.  Raises :class:`modeswitch.NoDevice` where nothing does."""
    with opened(bus) as here:
        return [finding.describe(one, here) for one in finding.find(device, here, profiles_of(library))]


def plan(
    device: Stick,
    to: Goal | None = None,
    *,
    port: str | Port | None = None,
    persist: bool = False,
    without_driver: bool = False,
    like: str | None = None,
    bus: Bus | None = None,
    library: Library | None = None,
) -> tuple[Transition, ...]:
    """The transitions that :func:`switch` would take, in order; nothing is sent, and no lock is taken.

    Empty where the stick is in that mode.  Arguments and errors as with :func:`switch`.
    """
    from .identity.like import liken
    from .switching.goal import goal_of, host_drives, of_any_host
    from .switching.plan import plan as ways

    _check_goal(to)
    if isinstance(device, Session):
        holding = checked(device)
        bus, library, device = holding.bus, holding.library, holding.device
    with opened(bus) as here:
        profiles = profiles_of(library)
        found = finding.find_one(device, here, profiles, port)
        if like is not None:
            found = liken(found, like, profiles).device
        can_drive = of_any_host if without_driver else host_drives(here, found)
        family, goal = goal_of(found, to, can_drive)
        return ways(family, found.mode or "", goal, persist=persist, can_drive=can_drive)


def switch(
    device: Stick,
    to: Goal | None = None,
    *,
    port: str | Port | None = None,
    timeout: float | None = None,
    persist: bool = False,
    without_driver: bool = False,
    unmount: bool = False,
    wait: Literal["carrier", "address"] | None = None,
    like: str | None = None,
    state: str | None = None,
    take: bool = False,
    web_password: Secret | None = None,
    on_event: OnEvent = silent,
    bus: Bus | None = None,
    library: Library | None = None,
) -> SwitchResult:
    """Bring a stick to a mode, and return what it came to; ``result.device`` with what this host made of it so far.

    ``to`` is one of :data:`modeswitch.MODES`, the family's goal where None.  ``persist`` allows ways that write to the
    stick's NVRAM; what it held is saved first, in the folder ``state`` (``/var/lib/modeswitch`` for root where None).
    ``without_driver`` goes there even where this host has no driver for what comes of it.  ``unmount`` syncs and
    unmounts what is mounted of the stick, which is refused otherwise.  ``wait`` for a carrier or an address of the
    stick's network interface, too.  ``like`` takes a stick whose id no profile knows for another: an id that wakes up
    (``12d1:1f01``), a model (``E3131h``) or a family; ``result.keep`` is then the TOML text of a profile to keep.
    What would be sent is told before, with why it may be wrong (events ``likened``, ``risk``, ``sends``).
    ``web_password`` is that of a HiLink stick's web page, or a function without arguments that gives it once it is
    wanted; it is tried once.  Raises :class:`modeswitch.Refused` for what is no storage, a phone, or left alone.
    """
    from .switching.goal import of_any_host
    from .switching.switch import switch as engine

    _check_goal(to)
    holding = held(
        device,
        port,
        timeout,
        on_event,
        bus,
        library,
        state,
        unmount=unmount,
        take=take,
        like=like,
        web_password=web_password,
    )
    with holding as session:
        can_drive = of_any_host if without_driver else None
        result = engine(session, to, persist=persist, can_drive=can_drive, wait=wait or "")
        return result._replace(device=finding.describe(result.device, session.bus))


def connect(
    device: Stick,
    apn: str,
    *,
    user: str = "",
    password: str = "",
    auth: str = "",
    ip: str = "4",
    pin: str = "",
    port: str | Port | None = None,
    timeout: float | None = None,
    take: bool = False,
    on_event: OnEvent = silent,
    bus: Bus | None = None,
    library: Library | None = None,
) -> Line:
    """Put up the data line of a stick in ``ncm``; the line's addresses and the network interface that goes with it.

    ``auth`` is ``pap`` or ``chap``, chap where empty; ``ip`` is ``4``, ``6`` or ``46``.  What is left to the system is
    DHCP on that interface.  Raises :class:`modeswitch.UsageError` for what no AT command can hold,
    :class:`modeswitch.NoWay` in another mode, :class:`modeswitch.NoDriver` without a network interface,
    :class:`modeswitch.Refused` for the SIM's sake, :class:`modeswitch.TransferError` and its kinds.
    """
    from .modem.dial import Call
    from .tasks import line

    call = Call(apn, user, password, auth, ip)
    call.commands()
    with held(device, port, timeout, on_event, bus, library, take=take) as session:
        return line.connect(session, call, pin=pin)


def disconnect(
    device: Stick,
    *,
    port: str | Port | None = None,
    timeout: float | None = None,
    take: bool = False,
    on_event: OnEvent = silent,
    bus: Bus | None = None,
    library: Library | None = None,
) -> bool:
    """Take the data line down; False where it was not up."""
    from .tasks import line

    with held(device, port, timeout, on_event, bus, library, take=take) as session:
        return line.disconnect(session)


def status(
    device: Stick,
    *,
    port: str | Port | None = None,
    timeout: float | None = None,
    take: bool = False,
    on_event: OnEvent = silent,
    bus: Bus | None = None,
    library: Library | None = None,
) -> Status:
    """What a stick says over its AT port of its SIM, its network and its line; nothing is changed.

    Raises :class:`modeswitch.Unavailable` for a stick that has no AT port in its mode.
    """
    from .tasks import line

    with held(device, port, timeout, on_event, bus, library, take=take) as session:
        return line.status(session)


def restart(
    device: Stick,
    *,
    port: str | Port | None = None,
    timeout: float | None = None,
    take: bool = False,
    on_event: OnEvent = silent,
    bus: Bus | None = None,
    library: Library | None = None,
) -> Restarted:
    """Restart a stick, and bring it back to the mode it was in: the way to a new address from the operator.

    It is restarted by AT^RESET, by its web page or by the power of its port, whatever can be had first.  Raises
    :class:`modeswitch.NoWay` for a stick that cannot be restarted in its mode, :class:`modeswitch.Unavailable` where no
    way can be taken here, and what :func:`switch` raises.
    """
    from .tasks.restart import restart as task

    with held(device, port, timeout, on_event, bus, library, take=take) as session:
        done = task(session)
        return done._replace(device=finding.describe(done.device, session.bus))


def ports(
    device: Stick,
    *,
    port: str | Port | None = None,
    timeout: float | None = None,
    take: bool = False,
    on_event: OnEvent = silent,
    bus: Bus | None = None,
    library: Library | None = None,
) -> PortState:
    """The list of ports in a stick's NVRAM, and what its interfaces are now."""
    from .tasks import ports as task

    with held(device, port, timeout, on_event, bus, library, take=take) as session:
        return task.ports(session)


def write_ports(
    device: Stick,
    wanted: str | PortList,
    *,
    state: str | None = None,
    port: str | Port | None = None,
    timeout: float | None = None,
    take: bool = False,
    on_event: OnEvent = silent,
    bus: Bus | None = None,
    library: Library | None = None,
) -> Device:
    """Write the list of ports to a stick's NVRAM, and restart it; the stick afterwards.

    The old list is saved first, in the folder ``state``.  Raises :class:`modeswitch.Refused` for a list that could
    leave the stick without an AT port.
    """
    from .modem.ports import PortList
    from .tasks import ports as task

    listed = wanted if isinstance(wanted, PortList) else PortList.parse(wanted)
    with held(device, port, timeout, on_event, bus, library, state, take=take) as session:
        task.write_ports(session, listed)
        return session.device


def restore(
    device: Stick,
    *,
    state: str | None = None,
    port: str | Port | None = None,
    timeout: float | None = None,
    take: bool = False,
    on_event: OnEvent = silent,
    bus: Bus | None = None,
    library: Library | None = None,
) -> list[Saved]:
    """Put back what a stick's NVRAM held before it was changed, and restart it; what was put back (perhaps nothing).

    Raises :class:`modeswitch.Refused` where nothing was saved for this stick.
    """
    from .tasks import ports as task

    with held(device, port, timeout, on_event, bus, library, state, take=take) as session:
        return task.restore(session)


def diagnose(
    device: Stick | None = None,
    *,
    text: str | bytes | None = None,
    bus: Bus | None = None,
    library: Library | None = None,
) -> list[Diagnosis]:
    """What is wrong with a stick, why, and the next command; with all sticks on the bus where none is named.

    With ``text`` (the output of usb-devices, lsusb, dmesg …, from any machine) the sticks that it tells of are
    judged instead, each as far as the text goes.
    """
    from .doctor import diagnosis

    if text is not None:
        raw = text.encode("utf-8", "replace") if isinstance(text, str) else text
        return diagnosis.diagnose_text(raw, profiles_of(library))
    if isinstance(device, Session):
        return [diagnosis.diagnose_live(checked(device).device, device.bus)]
    with opened(bus) as here:
        profiles = profiles_of(library)
        found = finding.survey(here, profiles) if device is None else [finding.find_one(device, here, profiles)]
        sticks = [one for one in found if device is not None or one.may_be_stick]
        return [diagnosis.diagnose_live(one, here) for one in sticks]


def _check_goal(to: str | None) -> None:
    if to is not None and to not in GOALS:
        from .modem.mode_names import named

        meant = " or ".join(repr(mode) for mode in named(to) if mode in GOALS)
        hint = f"Did you mean {meant}?" if meant else f"One of {', '.join(GOALS)}."
        raise UsageError(f"{to!r} is not a mode that can be asked for", hint=hint)
