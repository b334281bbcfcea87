"""A transition's steps put on the wire, in order: which interface is taken, and which loss is no error."""

from __future__ import annotations

from collections.abc import Callable

from . import bot
from .actions import Action, Bot, Bulk, Control, Pause, Reset, SetAltsetting, SetConfiguration
from .bus import Bus
from .errors import BadReply, CommandFailed, LinkLost, ModeswitchError, Refused, TransferError
from .link import Link
from .profile import Transition
from .recognise import Known

ANSWERS = (LinkLost, CommandFailed, BadReply)
"""What a stick itself can answer with, or not; all else is the host's."""

PLUG = "Plug the stick in again and retry."


def perform(
    bus: Bus, link: Link, known: Known, transition: Transition, tell: Callable[..., None]
) -> TransferError | None:
    """Put every action of every step on the wire.

    On the last action, and only there, losing the link is no error: a device that obeys leaves in mid-sentence.  A
    "no" that the last action brought is returned, since some sticks say it and obey.
    """
    actions = [(step, action) for step in transition.steps for action in step.actions]
    for number, (step, action) in enumerate(actions, 1):
        tell("step", number=number, of=len(actions), step=str(step), wire=str(action))
        last = number == len(actions)
        where = f"{known}: step {number} of {len(actions)}, {step}"
        try:
            pipes = _prepare(link, known, action)
        except ModeswitchError as error:
            error.at(where, hint=PLUG, step=number)
            raise
        try:
            _act(bus, link, pipes, action)
        except ModeswitchError as error:
            if isinstance(action, Bot) and action.may_fail and pipes and not last and isinstance(error, ANSWERS):
                tell("refused", message=error.message)
                if isinstance(error, LinkLost) and error.reason == "gone":
                    return None
                bot.recover(link, pipes)
                continue
            if last and isinstance(error, LinkLost):
                tell("silence", reason=error.reason)
                return None
            error.at(where, hint=PLUG, step=number)
            if last and isinstance(error, (CommandFailed, BadReply)):
                tell("doubt", message=error.message)
                return error
            raise
    return None


def _prepare(link: Link, known: Known, action: Action) -> bot.Pipes | None:
    """Take what an action needs from its kernel driver, before a byte is sent: losing the stick here is an error."""
    if isinstance(action, (Bot, Bulk)):
        pipes = storage_pipes(known)
        link.claim(pipes.interface)
        return pipes
    if isinstance(action, SetAltsetting):
        link.claim(action.interface)
    elif isinstance(action, SetConfiguration):
        for interface, _role in known.roles:
            link.claim(interface.number)
        link.release()
    return None


def _act(bus: Bus, link: Link, pipes: bot.Pipes | None, action: Action) -> None:
    """One action."""
    if isinstance(action, Bot) and pipes:
        bot.transact(link, pipes, action)
    elif isinstance(action, Bulk) and pipes:
        link.bulk_out(action.endpoint or pipes.out, action.data)
    elif isinstance(action, Control):
        data = action.data if not action.request_type & 0x80 else action.length
        link.control(action.request_type, action.request, action.value, action.windex, data)
    elif isinstance(action, SetConfiguration):
        link.set_configuration(action.value)
    elif isinstance(action, SetAltsetting):
        link.set_altsetting(action.interface, action.alternate)
    elif isinstance(action, Reset):
        link.reset()
    elif isinstance(action, Pause):
        bus.pause(min(action.seconds, link.left()))


def storage_pipes(known: Known) -> bot.Pipes:
    """The first storage interface of the active configuration and its bulk endpoints.

    Raises :class:`Refused` where there is none: a message for storage goes to nothing else.
    """
    for interface, role in known.roles:
        out, into = interface.bulk(is_in=False), interface.bulk(is_in=True)
        if role == "storage" and out is not None and into is not None:
            return bot.Pipes(interface.number, out, into)
    raise Refused(f"{known} has no storage interface with two bulk endpoints")
