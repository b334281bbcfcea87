"""The switch itself: look, plan, do the first transition, look again, until the mode seen is the mode wanted.

Only the bus is believed: a mode is what the interfaces show, never what a step was meant to bring.  No transition is
tried twice, so that every switch ends.  A transition that could not begin has changed nothing, so the plan is made
again without it, and without all others that need the same means; one that has written a new port list makes those
worth trying again that the old list decided.
"""

from __future__ import annotations

from ..errors import ModeswitchError, NoDriver, NoWay, Refused, SwitchFailed
from ..identity.configurations import graph
from ..identity.recognise import needs_inquiry
from ..modem.roles import WAKING, satisfies
from ..usb.nodes import Made
from ..values import TYPE_CHECKING, NamedTuple
from .goal import goal_of, host_drives, of_any_host
from .plan import plan, stand_ins, useless
from .session import Noted, Session
from .transition import NotBegun, await_outcome, run_transition

if TYPE_CHECKING:
    from ..database.profile import CanDrive, Transition
    from ..events import OnEvent
    from ..identity.device import Device
    from ..usb.descriptors import Port, UsbId

RETURN = 20.0
"""How long a stick that was in the mode wanted from the first, and left, may stay away, in seconds."""
NO_WAY = "What its family can do: modeswitch profiles show {}"
PLUG_AGAIN = "Plug it in again: it then starts in mass-storage. "
DOWNLOAD = "what is written to it there overwrites its firmware. Plug it in again to leave it."


class SwitchResult(NamedTuple):
    """What a switch came to.

    ``result`` is ``"switched"``, ``"already"``, or ``"left"`` for a stick that a policy leaves as it is, with the
    reason in ``why``, and in ``wanted`` the mode that the policy wants where the stick is in another.  ``before`` and
    ``device`` are the stick before and after, ``taken`` the transitions in order, ``seconds`` how long it took,
    ``made`` what this host has made of the stick.  ``keep`` is the TOML text of a profile for a stick that was taken
    for another and has been switched, empty else.
    """

    result: str
    before: Device
    device: Device
    taken: tuple[Transition, ...] = ()
    seconds: float = 0.0
    why: str = ""
    wanted: str = ""
    made: Made = Made()
    keep: str = ""

    @property
    def port(self) -> Port:
        """Where the stick is."""
        return self.device.port

    @property
    def id(self) -> UsbId:
        """Its id now."""
        return self.device.id

    @property
    def mode(self) -> str | None:
        """The mode the stick is in now."""
        return self.device.mode

    def facts(self) -> dict[str, object]:
        """What a ``done`` event says of it."""
        facts: dict[str, object] = {"result": self.result, **self.device.facts()}
        if self.result == "left":
            family = self.device.profile.name if self.device.profile else None
            return {**facts, "family": family, "why": self.why, **({"wanted": self.wanted} if self.wanted else {})}
        return {**facts, "from": self.before.mode, "seconds": round(self.seconds, 2), **self.made.facts()}


def switch(
    session: Session,
    to: str | None = None,
    *,
    persist: bool = False,
    can_drive: CanDrive | None = None,
    wait: str = "",
) -> SwitchResult:
    """Bring the stick of the session to the mode ``to`` (the family's goal where None), and prove that it got there.

    The session's timeout bounds the whole switch (each transition's ``within`` otherwise).  ``persist`` allows writes
    to the stick's NVRAM, whose old value is kept in the session's store.  ``can_drive`` tells which network functions
    can be used (this host's, where None).

    ``wait`` is ``"carrier"`` or ``"address"``, where the stick's network shall have that.

    Raises any of :mod:`modeswitch.errors`.  A kernel driver that was detached is attached again when the stick is
    still there.
    """
    with Noted(session):
        return _switch(session, to, persist=persist, can_drive=can_drive, wait=wait)


def _switch(session: Session, to: str | None, *, persist: bool, can_drive: CanDrive | None, wait: str) -> SwitchResult:
    started = session.bus.now()
    if needs_inquiry(session.device):
        from .inquiry import inquire

        inquire(session)
    drives = can_drive or host_drives(session.bus, session.device)
    if session.likeness is not None:
        from .likeness import tell_likeness

        tell_likeness(session.tell, session.likeness, to, persist=persist, can_drive=drives)
    result = _Way(session, to, persist=persist, can_drive=drives).go()
    if wait:
        from .network import await_network

        await_network(session, result.made, wait)
    result = result._replace(seconds=session.bus.now() - started)
    if session.likeness is None or not result.taken:
        return result
    from .likeness import keep

    return result._replace(keep=keep(session, session.likeness, result.taken))


class _Way:
    """A switch under way: the family and the goal, and what was tried.

    ``tried`` were tried or cannot be, ``worthless`` lead where the stick has been seen not to go, ``taken`` were
    performed, ``barred`` is why some could not begin since the last that was.  ``until`` is the last moment of the last
    one, ``fell`` tells that the stick was in the mode wanted and left.
    """

    def __init__(self, session: Session, to: str | None, *, persist: bool, can_drive: CanDrive) -> None:
        self._session, self._persist, self._can_drive = session, persist, can_drive
        self._profile, self._goal = goal_of(session.device, to, can_drive)
        self._family = session.device.profile or self._profile
        self._tried: list[Transition] = []
        self._worthless: list[Transition] = []
        self._taken: list[Transition] = []
        self._barred: list[ModeswitchError] = []
        self._until = session.until(RETURN)
        self._fell = False
        self._woke: UsbId | None = None

    def go(self) -> SwitchResult:
        """Look, plan, do the first transition, look again, until the stick has arrived."""
        session, before = self._session, self._session.device
        self._found(before)
        made = None
        while made is None:
            if satisfies(session.device.mode, self._goal):
                made = self._arrive()
            else:
                self._try(self._next(), before)
        if self._can_drive is not of_any_host:
            from .arrival import check_driven

            check_driven(session)
        if session.written:
            from .confirm import confirm

            confirm(session, (self._goal,))
        taken = tuple(self._taken)
        self._note(before)
        if self._persist and taken and not any(transition.persistent for transition in taken):
            message = f"{session.device} does not keep this mode: plugged in again it starts in mass-storage"
            session.tell("warning", message=message)
        return SwitchResult("switched" if taken else "already", before, session.device, taken, made=made)

    def _found(self, device: Device) -> None:
        """Tell what the stick is now, and keep what it woke up as."""
        tell_found(device, self._session.tell)
        if device.mode in WAKING:
            self._woke = device.id

    def _note(self, before: Device) -> None:
        """Have the host note what the stick woke up as, since its id now is that of many models."""
        host, device = self._session.host, self._session.device
        woke = self._woke or (host.woken(before.usb) if self._taken else None)
        if self._taken and woke is not None and device.mode not in WAKING:
            host.note_woken(device.usb, woke)

    def _arrive(self) -> Made | None:
        """What the host made of the stick; None where it has left the mode wanted again, once that has ended."""
        from .arrival import await_made  # behind the first byte

        session, device = self._session, self._session.device
        began = session.bus.now()
        made = await_made(session, self._family.settle if self._taken else 0.0)
        if made is None:
            from ..usb.replug import await_change

            self._fell = True
            session.tell("fell", mode=device.mode, seconds=round(session.bus.now() - began, 1))
            later = await_change(session.bus, device.usb, self._until, session.tell, session.tick)
            wanted = (self._goal, *(self._taken[-1].to if self._taken else ()))
            tell_found(await_outcome(session, wanted, later or device.usb, self._until), session.tell)
        return made

    def _try(self, transition: Transition, before: Device) -> None:
        """Perform a transition and take in what comes of it, or why it could not begin."""
        session = self._session
        self._tried.append(transition)
        if transition.caution:
            session.tell("warning", message=f"{session.device}: {transition.caution}")
        done = run_transition(session, transition)
        if isinstance(done, NotBegun):
            self._barred.append(done.reason)
            session.tell("unavailable", message=done.reason.message)
            _look_again(session)
            self._tried += [other for other in self._profile.transitions if _needs(other, done.reason)]
            return
        self._taken.append(transition)
        self._barred.clear()
        self._worthless += (*useless(self._profile, session.device.mode or ""), *stand_ins(self._profile, transition))
        if done.wrote:  # what was tried with the old port list is worth trying with the new one
            self._tried, self._worthless = [other for other in self._tried if other.persistent], []
        self._until = done.until
        device = await_outcome(session, (self._goal, *transition.to), done.seen, done.until)
        if done.cut is not None and not satisfies(device.mode, self._goal):
            raise done.cut
        check_readable(before, device)
        self._found(device)
        if self._family.product(device.id) is None and device.profile is not None:
            # What it was, another family has too; as what it came back tells which it is of.
            self._family = device.profile
            goal_of(device, self._goal, self._can_drive)
        self._profile = graph(device, self._family)

    def _next(self) -> Transition:
        """The first transition of the plan; after a switch, no plan means that the stick went elsewhere."""
        device, profile, goal = self._session.device, self._profile, self._goal
        mode = device.mode or ""
        if profile.product(device.id) is None:
            raise SwitchFailed(
                f"{device} is there now, which is of no family that is known: nothing is sent to it",
                hint=f"What it is: modeswitch doctor --port {device.port}",
                **device.facts(),
            )
        tried = self._tried + self._worthless
        try:
            return plan(profile, mode, goal, tried, persist=self._persist, can_drive=self._can_drive)[0]
        except NoWay as error:
            if self._barred:
                raise _all_barred(self._barred, device) from error
            if tried:
                came = f"was in {goal} for a moment and fell back to {mode}"
                raise SwitchFailed(
                    f"{device} {came if self._fell else f'came back in mode {mode}, not {goal}'}",
                    hint=f"Tried: {'; '.join(map(str, tried))}; no other way is known. Plug it in again to start anew.",
                    **device.facts(),
                ) from error
            replug = PLUG_AGAIN if mode != "mass-storage" and not isinstance(error, NoDriver) else ""
            error.located(str(device), hint=replug + NO_WAY.format(profile.name), **device.facts())
            raise


def take(session: Session, transition: Transition) -> Device:
    """Perform one transition that is in no family's graph, wherever it leads; what the stick is afterwards.

    Raises as :func:`switch`.
    """
    before = session.device
    done = run_transition(session, transition)
    if isinstance(done, NotBegun):
        raise done.reason
    after = await_outcome(session, transition.to, done.seen, done.until)
    if done.cut is not None:
        raise done.cut
    check_readable(before, after)
    tell_found(after, session.tell)
    return after


def tell_found(device: Device, tell: OnEvent) -> None:
    """Tell what the stick is now, and warn where it is in download mode."""
    tell("found", **device.facts())
    if device.mode == "download":
        tell("warning", message=f"{device} is in download mode: {DOWNLOAD}")


def check_readable(before: Device, device: Device) -> None:
    """Raise :class:`SwitchFailed` for what came back and cannot be read, or is no modem."""
    problem = device.usb.problem
    if problem or device.mode is None:
        raise SwitchFailed(
            f"{before} came back as {device.id}, which is "
            + (f"unreadable: {problem}" if problem else "no modem that is known"),
            hint="Plug it in again; a weak port or cable looks the same."
            if problem
            else f"What it is: modeswitch doctor --port {device.port}",
            port=str(device.port),
            id=str(device.id),
        )


def _look_again(session: Session) -> None:
    """See what the stick is after a way that came to nothing: it may have re-enumerated all the same, as it was."""
    seen = session.bus.at(session.device.port)
    if seen is not None and seen.configuration is not None:
        session.seen(seen)


def _needs(transition: Transition, reason: ModeswitchError) -> bool:
    """Does a transition need the means that was found wanting?"""
    means = getattr(reason, "means", "")
    return bool(means) and any(action.means == means for step in transition.steps for action in step.actions)


def _all_barred(barred: list[ModeswitchError], device: Device) -> ModeswitchError:
    """The error of a switch whose last ways were barred: a refusal before all else, then the first; the rest follow."""
    first = next((error for error in barred if isinstance(error, Refused)), barred[0])
    others = [error.message for error in barred if error is not first]
    if others:
        first.message += "".join(f"\n  also: {message}" for message in others)
    return first.located(hint=PLUG_AGAIN, **device.facts())
