"""What a stick keeps in its NVRAM of its ports: read, guarded, saved, written, read again.

Nothing is written before the old value is on this machine's disk, and nothing that could cost the stick its AT port.
What a stick holds after a write is believed only once it was read again.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection

from ..errors import BadReply, CommandFailed, ModeswitchError, Refused, Unavailable
from ..values import NamedTuple
from . import builds, ports
from . import u2diag as u2diag_values
from .at import Dialogue
from .owner import Owner
from .ports import PortList
from .saved import NOT_WRITTEN, SETPORT, U2DIAG, Store, folder

LOOK = "See what it holds before anything else is written."
UNPLUG_NOT = "Put the old one back before it is unplugged or restarted: it may come up without an AT port."


class Change(NamedTuple):
    """The stick's own list, made to give that mode; ``first`` replaces its first group where it is not empty."""

    mode: str
    first: str = ""


class Written(NamedTuple):
    """A value that was sent to a stick: what it held before, what was sent, where the old one is saved.

    ``now`` is what the stick has said of it since then, empty where it has said nothing.
    """

    name: str
    had: str
    wanted: str
    file: str
    folder: str
    now: str = ""


class Writing(NamedTuple):
    """What a write needs: the AT port, who the stick is and its mode, where old values go, who is told.

    ``written`` keeps by name what was sent and may have changed the stick, whatever happens afterwards.
    """

    dialogue: Dialogue
    owner: Owner
    mode: str | None
    store: Store
    tell: Callable[..., None]
    written: dict[str, Written]

    def came_with(self, name: str) -> set[str]:
        """What this very stick came with, which needs no guard: only by its IMEI, never by a port.

        Raises :class:`~modeswitch.errors.Refused` where that cannot be read: then nothing more can be saved there.
        """
        try:
            saved = self.store.first(self.owner) if self.owner.imei else []
        except Refused as error:
            raise Refused(
                f"{self.owner.shown}: what was saved of it cannot be read: {error.message}",
                hint=NOT_WRITTEN,
                unsaved=self.store.path(self.owner),
            ) from error
        return {one.value for one in saved if one.name == name}


def port_list(dialogue: Dialogue) -> PortList:
    """The stick's list.  Raises :class:`Unavailable` where its firmware has no AT^SETPORT."""
    try:
        return _read_ports(dialogue)
    except (CommandFailed, BadReply) as error:
        raise Unavailable(f"its firmware has no AT^SETPORT to speak of: {error.message}") from error


def ports_offered(dialogue: Dialogue) -> dict[str, str]:
    """Port code → the stick's name for it; empty where it does not say."""
    try:
        return ports.offered(dialogue.ask("AT^SETPORT=?").lines)
    except CommandFailed:
        return {}


def u2diag(dialogue: Dialogue) -> int:
    """The value of AT^U2DIAG.  Raises :class:`Unavailable` where the firmware has none."""
    try:
        return _read_u2diag(dialogue)
    except (CommandFailed, BadReply) as error:
        raise Unavailable(f"its firmware has no AT^U2DIAG to speak of: {error.message}") from error


def held(dialogue: Dialogue, name: str) -> str:
    """What the stick holds under the name of a saved value.  Raises :class:`Unavailable` where it has none such."""
    return str(port_list(dialogue) if name == SETPORT else u2diag(dialogue))


def _read_ports(dialogue: Dialogue) -> PortList:
    return ports.current(dialogue.ask("AT^SETPORT?").lines)


def _read_u2diag(dialogue: Dialogue) -> int:
    return u2diag_values.current(dialogue.ask("AT^U2DIAG?").lines)


_READ: dict[str, Callable[[Dialogue], PortList | int]] = {SETPORT: _read_ports, U2DIAG: _read_u2diag}


def write_ports(writing: Writing, wanted: PortList | Change) -> None:
    """Bring the stick's list to what is wanted; nothing is written where it has that.

    Tells ``warning`` and ``saved``.  Raises :class:`Unavailable` where the firmware has no list,
    :class:`~modeswitch.errors.Refused` for a list that the guard refuses or an old one that cannot be saved: nothing
    is written then; :class:`CommandFailed` where the stick refuses it or does not keep it.
    """
    had, offered = port_list(writing.dialogue), ports_offered(writing.dialogue)
    if isinstance(wanted, Change):
        wanted = had.towards(wanted.mode, tuple(wanted.first.split(",")) if wanted.first else (), offered)
    if wanted == had:
        return
    owner = writing.owner
    own = str(wanted) in writing.came_with(SETPORT)
    build = builds.Build(owner.model, owner.firmware, writing.mode, frozenset(offered))
    refused = builds.complaint(build, wanted) if build.is_hilink or not own else ""
    for warning in ports.guard(wanted, offered, wanted if own else had, refused):
        writing.tell("warning", message=f"{owner.shown}: {warning}")
    _write(writing, SETPORT, str(had), str(wanted), f'AT^SETPORT="{wanted}"')


def write_u2diag(writing: Writing, wanted: int) -> None:
    """Set AT^U2DIAG.  Tells and raises as :func:`write_ports`."""
    had = u2diag(writing.dialogue)
    if had == wanted:
        return
    if str(wanted) not in writing.came_with(U2DIAG):
        u2diag_values.guard_model(wanted, writing.owner.model)
    _write(writing, U2DIAG, str(had), str(wanted), f"AT^U2DIAG={wanted}")


def _write(writing: Writing, name: str, had: str, wanted: str, command: str) -> None:
    """Save, send, read again.  What is sent stays in ``written`` until the stick says that it holds the old one."""
    saved = writing.store.save(writing.owner, name, had)
    writing.tell("saved", name=name, value=had, file=saved.file)
    sent = writing.written[name] = Written(name, had, wanted, saved.file, writing.store.folder)
    refusal: CommandFailed | None = None
    try:
        writing.dialogue.ask(command)
    except CommandFailed as error:
        refusal = error
    except ModeswitchError as error:
        raise error.located(hint=LOOK) from None
    try:
        now = str(_READ[name](writing.dialogue))
    except ModeswitchError as error:
        raise (refusal or error).located(hint=LOOK) from error
    writing.written[name] = sent._replace(now=now)
    if now == wanted:
        return
    failed = refusal or CommandFailed(f"the stick said OK to AT^{name} and did not keep it", answer="OK")
    if now == had:
        del writing.written[name]
        failed.message += f": it says {now} still"
        failed.hint = "Its firmware does not let this be changed. It holds what it held before: nothing is lost."
        raise failed
    failed.message += f": it says {now} now, neither {wanted} nor {had}, which it held"
    failed.hint = UNPLUG_NOT
    raise failed


def read_again(dialogue: Dialogue, written: dict[str, Written]) -> None:
    """Read what was written once more, after the restart; where the stick holds all of it, ``written`` is empty then.

    Raises :class:`CommandFailed` where the stick holds something else, and what reading raises.
    """
    for one in list(written.values()):
        now = str(_READ[one.name](dialogue))
        written[one.name] = one._replace(now=now)
        if now == one.had:
            del written[one.name]
            raise CommandFailed(
                f"the stick did not keep {one.name} {one.wanted} over its restart: it says {now} again",
                hint="Nothing is lost: it holds what it held. Its firmware does not let this be changed for good.",
            )
        if now != one.wanted:
            raise CommandFailed(
                f"the stick did not keep {one.name} {one.wanted} over its restart: it says {now}, which is not what it "
                "held before, either"
            )
    written.clear()  # what was read again is no news any more


def explain(error: ModeswitchError, written: Collection[Written], port: str) -> None:
    """Add to an error what may have been changed of the stick, where the old value is, and how to find out."""
    error.message += "".join(f"; {told_of(one)}" for one in written)
    error.hint = " ".join(filter(None, (error.hint, how_to_find_out(written, port))))


def told_of(one: Written) -> str:
    """What is known of a value that was sent, for a person."""
    known = f"the new {one.name}, {one.wanted}, may be written" if not one.now else ""
    if one.now == one.wanted:
        known = f"the new {one.name}, {one.wanted}, was written"
    return f"{known}{known and '; '}the old {one.name}, {one.had}, is saved in {one.file}"


def how_to_find_out(written: Collection[Written], port: str) -> str:
    """The commands that tell what a stick holds, and put back what it held."""
    others = sorted({one.folder for one in written} - {folder()})
    state = "".join(f" --state {shlex.quote(where)}" for where in others)
    return (
        f"When it is there, see what it holds: modeswitch ports {port} (it needs an AT port: from mass-storage first "
        f"modeswitch {port} --to switched). Put the old one back: modeswitch restore {port}{state}"
    )
