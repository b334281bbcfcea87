"""The switch itself: look, plan, do the first transition, look again, until the mode seen is the mode wanted.

Only the bus is believed.  No transition is tried twice, so that every switch ends.
"""

from __future__ import annotations

from ..database.library import Library
from ..database.profile import Gives, Product, Profile, Transition
from ..errors import ModeswitchError, NoDriver, NoWay, Refused, SwitchFailed
from ..identity.configurations import graph, usual_goal, ways
from ..identity.identify import mismatch, needs_inquiry
from ..identity.recognise import Device, recognise
from ..methods.actions import At, Ports, Power, U2diag, Web
from ..modem.roles import FUNCTIONS, satisfies
from ..usb.bus import Bus
from ..values import TYPE_CHECKING, NamedTuple
from .plan import CanDrive, plan, useless
from .transition import Alone, Desk, NotBegun, Tell, run_transition, silent

if TYPE_CHECKING:
    from typing import Any

    from ..modem.saved import Store
    from ..usb.host import Drivers


NO_WAY = "What its family can do: modeswitch profiles show {}"
PLUG_AGAIN = "Plug it in again: it then starts in mass-storage. "
DOWNLOAD = "what is written to it there overwrites its firmware. Plug it in again to leave it."


class SwitchResult(NamedTuple):
    """What a switch came to: ``result`` is ``"switched"`` or ``"already"``; the stick before and after."""

    result: str
    before: Device
    device: Device
    taken: tuple[Transition, ...]

    @property
    def mode(self) -> str | None:
        """The mode the stick is in now."""
        return self.device.mode


def leave_alone(product: Product, what: str, **facts: Any) -> None:
    """Raise :class:`Refused` for a product that must not be touched; ``what`` is how the message calls it."""
    if product.leave_alone:
        raise Refused(f"{what} is left alone: {product.leave_alone}", **facts)


def goal_of(device: Device, to: str | None, can_drive: CanDrive, library: Library | None = None) -> tuple[Profile, str]:
    """The family of the stick with all its ways, and the mode it shall go to; its usual one where ``to`` is None.

    With a ``library`` the error says how what is known of the id differs from the stick.  Raises :class:`NoWay` where
    no profile knows it, :class:`Refused` where it must not be touched or cannot be read.
    """
    usb_device = device.usb
    facts: dict[str, Any] = {"port": str(usb_device.port), "id": str(usb_device.id), "mode": device.mode}
    if device.profile is None or device.product is None:
        others = mismatch(usb_device, library) if library is not None else ""
        raise NoWay(
            f"no profile is for {device}: {others}" if others else f"no profile knows {device}",
            hint="Write one (see CONTRIBUTING.md), or look for a relative: modeswitch profiles list",
            **facts,
        )
    goal = to or usual_goal(device, device.profile, can_drive)
    if not by_configuration(device, goal):
        modes = [way.to[0] for way in ways(device)]
        offer = f"Its other configurations can be asked for: --to {' or --to '.join(modes)}." if modes else ""
        leave_alone(device.product, str(device), hint=offer or "What it offers: modeswitch list -v", **facts)
    if usb_device.problem:
        raise Refused(f"{device} is unreadable: {usb_device.problem}", hint="Plug it in again.", **facts)
    if device.mode is None:
        raise Refused(
            f"{device} has no active configuration", hint="It may be blocked: see 'authorized' in sysfs.", **facts
        )
    return graph(device, device.profile), goal


def by_configuration(device: Device, goal: str) -> bool:
    """Is the goal a configuration of the device: all that may be asked of one that is left alone?"""
    return goal in FUNCTIONS and (device.mode == goal or any(way.to == (goal,) for way in ways(device)))


def host_drives(bus: Bus, device: Device, drivers: Drivers | None = None) -> CanDrive:
    """Whether this host can drive a function of this stick's vendor; ``drivers`` are those of another host."""
    vendor = device.usb.id.vendor

    def can_drive(gives: Gives) -> bool | None:
        of = drivers or bus.host.drivers()
        return of.can_drive(vendor, gives.triple) if of is not None else None

    return can_drive


def of_any_host(_gives: Gives) -> bool | None:
    """Asks no host: a way is as good as another."""
    return None


def switch(
    device: Device,
    to: str | None = None,
    *,
    bus: Bus,
    library: Library,
    timeout: float | None = None,
    tell: Tell = silent,
    tick: float | None = None,
    persist: bool = False,
    can_drive: CanDrive | None = None,
    store: Store | None = None,
    unmount: bool = False,
) -> SwitchResult:
    """Bring a stick to the mode ``to`` (the family's goal where None), and prove that it got there.

    ``timeout`` bounds the whole switch in seconds (each transition's ``within`` otherwise); ``tick`` asks for a
    ``waiting`` event at least that often.  ``persist`` allows writes to the stick's NVRAM, whose old value is kept in
    ``store``.  ``can_drive`` tells which network functions can be used (this host's, where None).  ``unmount`` syncs
    and unmounts what of the stick is mounted; without it that is refused.

    Raises any of :mod:`modeswitch.errors`; the error's facts hold port, id and mode.  A kernel driver that was detached
    is attached again when the stick is still there.
    """
    with Alone(bus, device, library, timeout, tell) as device:
        deadline = bus.now() + timeout if timeout is not None else None
        if needs_inquiry(device, library):
            from .inquiry import inquired

            device = inquired(device, bus, library, tell, deadline)
        desk = Desk(bus, library, tell, tick, store, unmount)
        return _loop(desk, device, to, deadline, persist=persist, can_drive=can_drive or host_drives(bus, device))


def _loop(
    desk: Desk, device: Device, to: str | None, deadline: float | None, *, persist: bool, can_drive: CanDrive
) -> SwitchResult:
    """Look, plan, do the first transition, look again."""
    bus, library, tell = desk.bus, desk.library, desk.tell
    before = device
    profile, goal = goal_of(device, to, can_drive, library)
    family = device.profile or profile
    tried: list[Transition] = []
    worthless: list[Transition] = []
    taken: list[Transition] = []
    barred: list[ModeswitchError] = []
    _found(device, tell)
    while not satisfies(device.mode, goal):
        transition = _next(device, profile, goal, tried + worthless, barred, persist=persist, can_drive=can_drive)
        tried.append(transition)
        until = bus.now() + transition.within if deadline is None else deadline
        try:
            seen, wrote = run_transition(desk, device, transition, until, fresh=bool(taken))
        except NotBegun as error:
            barred.append(error.reason)
            tell("unavailable", message=error.reason.message)
            tried += [other for other in profile.transitions if _needs(other, error.reason)]
            continue
        except ModeswitchError as error:
            _place(error, bus, device, library)
            raise
        taken.append(transition)
        barred.clear()
        worthless += useless(profile, device.mode or "")
        if wrote:  # what was tried with the old port list is worth trying with the new one
            tried, worthless = [other for other in tried if other.persistent], []
        device = recognise(seen, library, family)
        _readable(before, device)
        profile = graph(device, family)
        _found(device, tell)
    if persist and taken and not any(transition.persistent for transition in taken):
        tell("warning", message=f"{device} does not keep this mode: plugged in again it starts in mass-storage")
    return SwitchResult("switched" if taken else "already", before, device, tuple(taken))


def take(
    device: Device,
    transition: Transition,
    *,
    bus: Bus,
    library: Library,
    timeout: float | None = None,
    tell: Tell = silent,
    tick: float | None = None,
    store: Store | None = None,
) -> Device:
    """Perform one transition of nobody's graph, wherever it leads; what the stick is afterwards.

    The caller is :class:`~modeswitch.switching.transition.Alone` at the port.  Raises as :func:`switch`.
    """
    until = bus.now() + (timeout if timeout is not None else transition.within)
    try:
        seen, _wrote = run_transition(Desk(bus, library, tell, tick, store), device, transition, until)
    except NotBegun as error:
        _place(error.reason, bus, device, library)
        raise error.reason from error
    except ModeswitchError as error:
        _place(error, bus, device, library)
        raise
    after = recognise(seen, library, device.profile)
    _readable(device, after)
    _found(after, tell)
    return after


def _found(device: Device, tell: Tell) -> None:
    tell("found", port=str(device.usb.port), id=str(device.usb.id), mode=device.mode)
    if device.mode == "download":
        tell("warning", message=f"{device} is in download mode: {DOWNLOAD}")


def _readable(before: Device, device: Device) -> None:
    """Raise :class:`SwitchFailed` for what came back and cannot be read, or is no modem."""
    problem = device.usb.problem
    if problem or device.mode is None:
        raise SwitchFailed(
            f"{before} came back as {device.usb.id}, which is "
            + (f"unreadable: {problem}" if problem else "no modem that is known"),
            port=str(device.usb.port),
            id=str(device.usb.id),
        )


def _needs(transition: Transition, reason: ModeswitchError) -> bool:
    """Does a transition need the means that was found wanting?"""
    kinds = {"at": (At, Ports, U2diag), "web": (Web,), "hub": (Power,)}.get(getattr(reason, "means", ""), ())
    return any(isinstance(action, kinds) for step in transition.steps for action in step.actions)


def _next(
    device: Device,
    profile: Profile,
    goal: str,
    tried: list[Transition],
    barred: list[ModeswitchError],
    *,
    persist: bool,
    can_drive: CanDrive,
) -> Transition:
    """The first transition of the plan; after a switch, no plan means that the stick went elsewhere."""
    mode = device.mode or ""
    facts: dict[str, Any] = {"port": str(device.usb.port), "id": str(device.usb.id), "mode": mode}
    if profile.product(device.usb.id) is None:
        raise SwitchFailed(f"{device} is there now, which is none of {profile.name}: it is sent nothing", **facts)
    try:
        return plan(profile, mode, goal, tried, persist=persist, can_drive=can_drive)[0]
    except NoWay as error:
        if barred:
            raise _all_barred(barred, facts) from error
        if tried:
            raise SwitchFailed(
                f"{device} came back in mode {mode}, not {goal}",
                hint=f"Tried: {'; '.join(map(str, tried))}; no other way is known. Plug it in again to start anew.",
                **facts,
            ) from error
        replug = PLUG_AGAIN if mode != "mass-storage" and not isinstance(error, NoDriver) else ""
        error.located(str(device), hint=replug + NO_WAY.format(profile.name), **facts)
        raise


def _all_barred(barred: list[ModeswitchError], facts: dict[str, Any]) -> ModeswitchError:
    """The error of a switch whose last ways were barred: a refusal before all else, then the first; the rest follow."""
    first = next((error for error in barred if isinstance(error, Refused)), barred[0])
    others = [error.message for error in barred if error is not first]
    if others:
        first.message += "".join(f"\n  also: {message}" for message in others)
    return first.located(hint=PLUG_AGAIN, **facts)


def _place(error: ModeswitchError, bus: Bus, device: Device, library: Library) -> None:
    """Add to the error where it happened, and what the stick is now."""
    port = device.usb.port
    try:
        seen = bus.at(port)
        now = recognise(seen, library, device.profile) if seen else None
    except ModeswitchError:
        now = None
    error.located(
        port=str(port),
        id=str(now.usb.id if now else device.usb.id),
        mode=now.mode if now else None,
    )
