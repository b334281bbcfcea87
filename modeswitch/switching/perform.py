"""The actions of a transition put on the wire, and the one rule for what may go wrong there.

The rule: **a device that obeys leaves in mid-sentence.**  A stick that takes its switching message resets at once; the
answer to that message is often cut off, and for many sticks this is all that is ever seen of success.  So on the last
action of a phase, and only there, losing the link is no error: what is at the port afterwards decides.  On any earlier
action the same loss is an error, since the rest of the sequence was never sent.
"""

from __future__ import annotations

from ..errors import BadReply, CommandFailed, LinkLost, ModeswitchError, Refused, TransferError, Unavailable
from ..methods.back import Back
from ..methods.base import Step
from ..usb import bot
from ..values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..database.profile import Transition
    from ..methods.base import Action
    from ..methods.resources import Resources

ANSWERS = (LinkLost, CommandFailed, BadReply)
"""What a stick itself can answer with, or not; all else is the host's."""

PLUG = "Plug the stick in again and retry."
LONGER = "Give it longer: --timeout 60."
GRACE = 3.0
"""Seconds in which a stick that answered "no" may still leave: some obey and say no."""
LEAVING = 0.5
"""Seconds in which a stick that took nothing may turn out to be gone: a hub tells of it after up to 0.25.

Ref: Linux drivers/usb/core/hub.c; USB 2.0 §11.12.4 (the interval of a hub's status endpoint).
"""


class Doubt(NamedTuple):
    """An error that is one only if the stick stays, which it may leave within so many ``seconds``.

    ``whole`` says that every action was put on the wire: then it counts no more once the stick has left.
    """

    error: TransferError
    seconds: float
    whole: bool


class Task(NamedTuple):
    """One action of a transition: its number among all (from 1), the step it belongs to."""

    number: int
    of: int
    step: Step
    action: Action


def phases(transition: Transition) -> list[tuple[str, list[Task]]]:
    """The transition's actions, cut where the stick is away: (mode it must be back in, what is done then)."""
    every = [(step, action) for step in transition.steps for action in step.actions]
    cut: list[tuple[str, list[Task]]] = [(transition.start, [])]
    for number, (step, action) in enumerate(every, 1):
        if isinstance(action, Back):
            cut.append((action.mode, []))
        else:
            cut[-1][1].append(Task(number, len(every), step, action))
    return cut


def check(resources: Resources, tasks: list[Task]) -> None:
    """See that the device has what every action is for.  Raises :class:`Refused`: nothing has been sent then."""
    for task in tasks:
        try:
            task.action.check(resources.device)
        except Refused as error:
            error.located(_where(resources, task), hint=PLUG, step=task.number)
            raise


def perform(resources: Resources, tasks: list[Task], begun: Callable[[], float]) -> Doubt | None:
    """Put every action on the wire; what is wrong with that where the stick stays.

    ``begun`` gives the last moment of all that follows, on the clock of the bus, once the stick is held and the first
    action is about to be sent.  Raises :class:`~modeswitch.errors.Unavailable` and :class:`Refused` only while nothing
    has been changed.
    """
    check(resources, tasks)
    for task in tasks:
        resources.tell("step", number=task.number, of=task.of, step=str(task.step), wire=str(task.action))
        last = task is tasks[-1]
        try:
            taken = task.action.take(resources)
            if task is tasks[0]:
                resources.until = begun()
            _check_time(resources)
        except ModeswitchError as error:
            error.located(_where(resources, task), hint=PLUG, step=task.number)
            if isinstance(error, LinkLost):
                return Doubt(error, LEAVING, whole=False)
            raise
        try:
            task.action.perform(resources, taken)
        except ModeswitchError as error:
            if last and isinstance(error, LinkLost) and error.sent:
                resources.tell("silence", reason=error.reason)
                return None
            if task.action.may_fail and not last and isinstance(error, ANSWERS):
                resources.tell("refused", message=error.message)
                if isinstance(error, LinkLost) and error.reason == "gone":
                    return None
                if not isinstance(taken, bot.Pipes) or bot.recover(resources.link(), taken):
                    continue
            sent = not isinstance(error, LinkLost) or error.sent
            where = _where(resources, task) if sent else f"{_where(resources, task)}: the message was not taken"
            error.located(where, hint=PLUG, step=task.number)
            if last and isinstance(error, (CommandFailed, BadReply)):
                resources.tell("doubt", message=error.message)
                return Doubt(error, GRACE, whole=True)
            if isinstance(error, ANSWERS):
                return Doubt(error, LEAVING, whole=False)
            raise
    return None


def _check_time(resources: Resources) -> None:
    """Raise :class:`Unavailable` where no time is left to see what would come of an action."""
    from ..methods.resources import LEAST

    if resources.left() < LEAST:
        raise Unavailable("nothing was sent: less than a second is left of its time", hint=LONGER)


def _where(resources: Resources, task: Task) -> str:
    return f"{resources.device}: step {task.number} of {task.of}, {task.step}"
