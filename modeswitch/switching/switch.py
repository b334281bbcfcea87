"""The switch itself: look, plan, do the first transition, look again, until the mode seen is the mode wanted.

Only the bus is believed.  No transition is tried twice, so that every switch ends.
"""

from __future__ import annotations

from ..database.library import Library
from ..database.profile import Gives, Product, Profile, Transition
from ..errors import ModeswitchError, NoDriver, NoWay, Refused, SwitchFailed
from ..identity.configurations import graph, usual_goal, ways
from ..identity.identify import undecided, unlike
from ..identity.recognise import Known, recognise
from ..methods.actions import At, Ports, Power, U2diag, Web
from ..modem.roles import FUNCTIONS, satisfies
from ..usb.bus import Bus
from ..values import TYPE_CHECKING, NamedTuple
from .plan import Drives, plan, useless
from .transition import Alone, Barred, Desk, Tell, carry_out, silent

if TYPE_CHECKING:
    from typing import Any

    from ..linux.modules import Drivers
    from ..modem.saved import Store


NO_WAY = "What its family can do: modeswitch profiles show {}"
PLUG_AGAIN = "Plug it in again: it then starts in mass-storage. "
DOWNLOAD = "what is written to it there overwrites its firmware. Plug it in again to leave it."


class Outcome(NamedTuple):
    """What a switch came to: ``result`` is ``"switched"`` or ``"already"``; the stick before and after."""

    result: str
    before: Known
    after: Known
    taken: tuple[Transition, ...]

    @property
    def mode(self) -> str | None:
        """The mode the stick is in now."""
        return self.after.mode


def leave_alone(product: Product, what: str, **facts: Any) -> None:
    """Raise :class:`Refused` for a product that must not be touched; ``what`` is how the message calls it."""
    if product.leave_alone:
        raise Refused(f"{what} is left alone: {product.leave_alone}", **facts)


def goal_of(known: Known, to: str | None, drives: Drives, library: Library | None = None) -> tuple[Profile, str]:
    """The family of the stick with all its ways, and the mode it shall go to; its usual one where ``to`` is None.

    With a ``library`` the error says how what is known of the id differs from the stick.  Raises :class:`NoWay` where
    no profile knows it, :class:`Refused` where it must not be touched or cannot be read.
    """
    sighting = known.sighting
    facts: dict[str, Any] = {"port": str(sighting.port), "id": str(sighting.id), "mode": known.mode}
    if known.profile is None or known.product is None:
        others = unlike(sighting, library) if library is not None else ""
        raise NoWay(
            f"no profile is for {known}: {others}" if others else f"no profile knows {known}",
            hint="Write one (see CONTRIBUTING.md), or look for a relative: modeswitch profiles list",
            **facts,
        )
    goal = to or usual_goal(known, known.profile, drives)
    if not by_configuration(known, goal):
        modes = [way.to[0] for way in ways(known)]
        offer = f"Its other configurations can be asked for: --to {' or --to '.join(modes)}." if modes else ""
        leave_alone(known.product, str(known), hint=offer or "What it offers: modeswitch list -v", **facts)
    if sighting.problem:
        raise Refused(f"{known} is unreadable: {sighting.problem}", hint="Plug it in again.", **facts)
    if known.mode is None:
        raise Refused(
            f"{known} has no active configuration", hint="It may be blocked: see 'authorized' in sysfs.", **facts
        )
    return graph(known, known.profile), goal


def by_configuration(known: Known, goal: str) -> bool:
    """Is the goal a configuration of the device: all that may be asked of one that is left alone?"""
    return goal in FUNCTIONS and (known.mode == goal or any(way.to == (goal,) for way in ways(known)))


def host_drives(bus: Bus, known: Known, drivers: Drivers | None = None) -> Drives:
    """Whether this host can drive a function of this stick's vendor; ``drivers`` are those of another host."""
    vendor = known.sighting.id.vendor

    def drives(gives: Gives) -> bool | None:
        of = drivers or bus.drivers()
        return of.drives(vendor, gives.triple) if of is not None else None

    return drives


def of_any_host(_gives: Gives) -> bool | None:
    """Asks no host: a way is as good as another."""
    return None


def switch(
    known: Known,
    to: str | None = None,
    *,
    bus: Bus,
    library: Library,
    timeout: float | None = None,
    tell: Tell = silent,
    tick: float | None = None,
    persist: bool = False,
    drives: Drives | None = None,
    store: Store | None = None,
    unmount: bool = False,
) -> Outcome:
    """Bring a stick to the mode ``to`` (the family's goal where None), and prove that it got there.

    ``timeout`` bounds the whole switch in seconds (each transition's ``within`` otherwise); ``tick`` asks for a
    ``waiting`` event at least that often.  ``persist`` allows writes to the stick's NVRAM, whose old value is kept in
    ``store``.  ``drives`` tells which network functions can be used (this host's, where None).  ``unmount`` syncs and
    unmounts what of the stick is mounted; without it that is refused.

    Raises any of :mod:`modeswitch.errors`; the error's facts hold port, id and mode.  A kernel driver that was detached
    is attached again when the stick is still there.
    """
    with Alone(bus, known, library, timeout, tell) as known:
        deadline = bus.now() + timeout if timeout is not None else None
        if undecided(known, library):
            from .inquiry import inquired

            known = inquired(known, bus, library, tell, deadline)
        desk = Desk(bus, library, tell, tick, store, unmount)
        return _loop(desk, known, to, deadline, persist=persist, drives=drives or host_drives(bus, known))


def _loop(
    desk: Desk, known: Known, to: str | None, deadline: float | None, *, persist: bool, drives: Drives
) -> Outcome:
    """Look, plan, do the first transition, look again."""
    bus, library, tell = desk.bus, desk.library, desk.tell
    before = known
    profile, goal = goal_of(known, to, drives, library)
    family = known.profile or profile
    tried: list[Transition] = []
    worthless: list[Transition] = []
    taken: list[Transition] = []
    barred: list[ModeswitchError] = []
    _found(known, tell)
    while not satisfies(known.mode, goal):
        transition = _next(known, profile, goal, tried + worthless, barred, persist=persist, drives=drives)
        tried.append(transition)
        until = bus.now() + transition.within if deadline is None else deadline
        try:
            seen, wrote = carry_out(desk, known, transition, until, fresh=bool(taken))
        except Barred as error:
            barred.append(error.reason)
            tell("unavailable", message=error.reason.message)
            tried += [other for other in profile.transitions if _needs(other, error.reason)]
            continue
        except ModeswitchError as error:
            _place(error, bus, known, library)
            raise
        taken.append(transition)
        barred.clear()
        worthless += useless(profile, known.mode or "")
        if wrote:  # what was tried with the old port list is worth trying with the new one
            tried, worthless = [other for other in tried if other.persistent], []
        known = recognise(seen, library, family)
        _readable(before, known)
        profile = graph(known, family)
        _found(known, tell)
    if persist and taken and not any(transition.persistent for transition in taken):
        tell("warning", message=f"{known} does not keep this mode: plugged in again it starts in mass-storage")
    return Outcome("switched" if taken else "already", before, known, tuple(taken))


def take(
    known: Known,
    transition: Transition,
    *,
    bus: Bus,
    library: Library,
    timeout: float | None = None,
    tell: Tell = silent,
    tick: float | None = None,
    store: Store | None = None,
) -> Known:
    """Perform one transition of nobody's graph, wherever it leads; what the stick is afterwards.

    The caller is :class:`~modeswitch.switching.transition.Alone` at the port.  Raises as :func:`switch`.
    """
    until = bus.now() + (timeout if timeout is not None else transition.within)
    try:
        seen, _wrote = carry_out(Desk(bus, library, tell, tick, store), known, transition, until)
    except Barred as error:
        _place(error.reason, bus, known, library)
        raise error.reason from error
    except ModeswitchError as error:
        _place(error, bus, known, library)
        raise
    after = recognise(seen, library, known.profile)
    _readable(known, after)
    _found(after, tell)
    return after


def _found(known: Known, tell: Tell) -> None:
    tell("found", port=str(known.sighting.port), id=str(known.sighting.id), mode=known.mode)
    if known.mode == "download":
        tell("warning", message=f"{known} is in download mode: {DOWNLOAD}")


def _readable(before: Known, known: Known) -> None:
    """Raise :class:`SwitchFailed` for what came back and cannot be read, or is no modem."""
    problem = known.sighting.problem
    if problem or known.mode is None:
        raise SwitchFailed(
            f"{before} came back as {known.sighting.id}, which is "
            + (f"unreadable: {problem}" if problem else "no modem that is known"),
            port=str(known.sighting.port),
            id=str(known.sighting.id),
        )


def _needs(transition: Transition, reason: ModeswitchError) -> bool:
    """Does a transition need the means that was found wanting?"""
    kinds = {"at": (At, Ports, U2diag), "web": (Web,), "hub": (Power,)}.get(getattr(reason, "means", ""), ())
    return any(isinstance(action, kinds) for step in transition.steps for action in step.actions)


def _next(
    known: Known,
    profile: Profile,
    goal: str,
    tried: list[Transition],
    barred: list[ModeswitchError],
    *,
    persist: bool,
    drives: Drives,
) -> Transition:
    """The first transition of the plan; after a switch, no plan means that the stick went elsewhere."""
    mode = known.mode or ""
    facts: dict[str, Any] = {"port": str(known.sighting.port), "id": str(known.sighting.id), "mode": mode}
    if profile.product(known.sighting.id) is None:
        raise SwitchFailed(f"{known} is there now, which is none of {profile.name}: it is sent nothing", **facts)
    try:
        return plan(profile, mode, goal, tried, persist=persist, drives=drives)[0]
    except NoWay as error:
        if barred:
            raise _all_barred(barred, facts) from error
        if tried:
            raise SwitchFailed(
                f"{known} came back in mode {mode}, not {goal}",
                hint=f"Tried: {'; '.join(map(str, tried))}; no other way is known. Plug it in again to start anew.",
                **facts,
            ) from error
        replug = PLUG_AGAIN if mode != "mass-storage" and not isinstance(error, NoDriver) else ""
        error.at(str(known), hint=replug + NO_WAY.format(profile.name), **facts)
        raise


def _all_barred(barred: list[ModeswitchError], facts: dict[str, Any]) -> ModeswitchError:
    """The error of a switch whose last ways were barred: a refusal before all else, then the first; the rest follow."""
    first = next((error for error in barred if isinstance(error, Refused)), barred[0])
    others = [error.message for error in barred if error is not first]
    if others:
        first.message += "".join(f"\n  also: {message}" for message in others)
    return first.at(hint=PLUG_AGAIN, **facts)


def _place(error: ModeswitchError, bus: Bus, known: Known, library: Library) -> None:
    """Add to the error where it happened, and what the stick is now."""
    port = known.sighting.port
    try:
        seen = bus.at(port)
        now = recognise(seen, library, known.profile) if seen else None
    except ModeswitchError:
        now = None
    error.at(
        port=str(port),
        id=str(now.sighting.id if now else known.sighting.id),
        mode=now.mode if now else None,
    )
