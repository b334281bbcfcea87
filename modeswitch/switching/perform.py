"""A transition's steps put on the wire, in order: what is taken hold of first, and which loss is no error."""

from __future__ import annotations

from ..database.profile import Transition
from ..errors import BadReply, CommandFailed, LinkLost, ModeswitchError, Refused, TransferError, Unavailable
from ..methods import fits
from ..methods.actions import (
    Action,
    At,
    Back,
    Bot,
    Bulk,
    Control,
    Detach,
    Interrupt,
    Pause,
    Ports,
    Power,
    Reset,
    SetAltsetting,
    SetConfiguration,
    Step,
    U2diag,
    Web,
)
from ..methods.resources import Reach
from ..usb import bot
from ..usb.replug import await_leave
from ..values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Prepare = Callable[[Reach, Any], bot.Pipes | None]
    Act = Callable[[Reach, Any, Any], None]

ANSWERS = (LinkLost, CommandFailed, BadReply)
"""What a stick itself can answer with, or not; all else is the host's."""

PLUG = "Plug the stick in again and retry."
INTERRUPT_SECONDS = 1.0
"""How long one report on an interrupt endpoint is waited for.  Ref: usb_modeswitch 2.6.1, MobileActionMode."""
AGAIN = 0.5
"""How soon a web server that is not there yet is asked again, in seconds."""
POWER_SECONDS = 5.0
"""How long a stick may be seen after its power was switched off, in seconds."""


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


def perform(reach: Reach, tasks: list[Task]) -> TransferError | None:
    """Put every action on the wire.

    On the last action, and only there, losing the link is no error: a device that obeys leaves in mid-sentence.  A
    "no" that the last action brought is returned, since some sticks say it and obey.  Raises :class:`Unavailable` and
    :class:`Refused` only while nothing has been changed: what descriptors can tell is seen to before the first byte.
    """
    for task in tasks:
        try:
            fits.see(reach.device, task.action)
        except Refused as error:
            error.located(f"{reach.device}: step {task.number} of {task.of}, {task.step}", hint=PLUG, step=task.number)
            raise
    for number, of, step, action in tasks:
        reach.tell("step", number=number, of=of, step=str(step), wire=str(action))
        last = number == tasks[-1].number
        where = f"{reach.device}: step {number} of {of}, {step}"
        try:
            pipes = _prepare(reach, action)
        except ModeswitchError as error:
            error.located(where, hint=PLUG, step=number)
            raise
        try:
            _act(reach, pipes, action)
        except ModeswitchError as error:
            if getattr(action, "may_fail", False) and not last and isinstance(error, ANSWERS):
                reach.tell("refused", message=error.message)
                if isinstance(error, LinkLost) and error.reason == "gone":
                    return None
                if pipes:
                    bot.recover(reach.link, pipes)
                continue
            if last and isinstance(error, LinkLost):
                reach.tell("silence", reason=error.reason)
                return None
            error.located(where, hint=PLUG, step=number)
            if last and isinstance(error, (CommandFailed, BadReply)):
                reach.tell("doubt", message=error.message)
                return error
            raise
    return None


# What an action takes hold of before a byte is sent: losing the stick here is an error.


def _take_storage(reach: Reach, action: Bot) -> bot.Pipes:
    pipes = fits.pipes(reach.device, action)
    reach.link.claim(pipes.interface)
    return pipes


def _take_driver(reach: Reach, _action: Detach) -> None:
    reach.link.claim(fits.storage_pipes(reach.device).interface)


def _take_endpoint(reach: Reach, action: Bulk | Interrupt) -> None:
    reach.link.claim(fits.of_endpoint(reach.device, action))


def _take_recipient(reach: Reach, action: Control) -> None:
    link, number = reach.link, fits.recipient(reach.device, action)
    if number is not None:
        link.claim(number)


def _take_interface(reach: Reach, action: SetAltsetting) -> None:
    reach.link.claim(fits.interface(reach.device, action))


def _take_all(reach: Reach, _action: SetConfiguration) -> None:
    for interface, _role in reach.device.roles:
        reach.link.claim(interface.number)
    reach.link.release()


def _take_link(reach: Reach, _action: Action) -> None:
    _ = reach.link


def _take_dialogue(reach: Reach, _action: At | Ports | U2diag) -> None:
    _ = reach.dialogue


def _take_web(reach: Reach, _action: Web) -> None:
    """A token of its web server; one that is just starting is asked again."""
    end = min(reach.until, reach.bus.now() + reach.patience)
    while True:
        try:
            reach.web.prepare()
            return
        except (LinkLost, Unavailable) as error:
            if reach.bus.now() >= end or "code" in error.facts:
                raise Unavailable(error.message, hint=error.hint, means="web", **_facts(error)) from error
        reach.bus.pause(min(AGAIN, max(0.0, end - reach.bus.now())))


def _facts(error: ModeswitchError) -> dict[str, object]:
    return {key: value for key, value in error.facts.items() if key not in ("means", "reason")}


def _take_hub(reach: Reach, _action: Power) -> None:
    from ..usb import hub

    try:
        hub.check(reach.hub, reach.device.usb.port.ports[-1])
    except Unavailable:
        raise
    except TransferError as error:
        raise Unavailable(f"the hub: {error.message}", hint=hub.HINT, means="hub") from error


# The actions.


def _transact(reach: Reach, pipes: bot.Pipes, action: Bot) -> None:
    bot.transact(reach.link, pipes, action)


def _send(reach: Reach, _pipes: None, action: Bulk) -> None:
    reach.link.bulk_out(action.endpoint or fits.storage_pipes(reach.device).out, action.data)


def _interrupt(reach: Reach, _pipes: None, action: Interrupt) -> None:
    if action.data:
        reach.link.bulk_out(action.endpoint, action.data)
        return
    for _ in range(action.times):
        reach.link.bulk_in(action.endpoint, action.length, seconds=INTERRUPT_SECONDS)


def _control(reach: Reach, _pipes: None, action: Control) -> None:
    data = action.data if not action.request_type & 0x80 else action.length
    answer = reach.link.control(action.request_type, action.request, action.value, action.windex, data)
    if len(answer) < action.length:
        raise BadReply(f"it answered {len(answer)} of {action.length} bytes")


def _configure(reach: Reach, _pipes: None, action: SetConfiguration) -> None:
    reach.link.set_configuration(fits.configuration(reach.device, action))


def _ask(reach: Reach, _pipes: None, action: At) -> None:
    try:
        reach.dialogue.ask(action.command, action.seconds)
    except CommandFailed as error:
        from ..modem.at import UNKNOWN_COMMAND

        if not reach.wrote and UNKNOWN_COMMAND.fullmatch(str(error.facts.get("answer"))):
            raise Unavailable(error.message, answer=error.facts.get("answer")) from error
        raise


def _write_ports(reach: Reach, _pipes: None, action: Ports) -> None:
    from ..modem.nvram import write_ports

    reach.wrote |= write_ports(reach.dialogue, reach.device, action, reach.store, reach.tell)


def _write_u2diag(reach: Reach, _pipes: None, action: U2diag) -> None:
    from ..modem.nvram import write_u2diag

    reach.wrote |= write_u2diag(reach.dialogue, reach.device, action, reach.store, reach.tell)


def _call(reach: Reach, _pipes: None, action: Web) -> None:
    reach.web.post(action.call)


def _cycle(reach: Reach, _pipes: None, _action: Power) -> None:
    """Power off, wait until the stick is gone, power on; the port is never left without power."""
    from ..usb import hub

    before = reach.device.usb
    number = before.port.ports[-1]
    hub.off(reach.hub, number)
    try:
        left = await_leave(reach.bus, before, min(reach.until, reach.bus.now() + POWER_SECONDS))
    finally:
        hub.on(reach.hub, number)
    if not left:
        raise Unavailable(
            f"the hub took the order to switch port {number} off, and {reach.device} stayed: it only says that it can",
            hint=hub.HINT,
            means="hub",
        )


PERFORMED: dict[type[Action], tuple[Prepare, Act]] = {
    Bot: (_take_storage, _transact),
    Bulk: (_take_endpoint, _send),
    Interrupt: (_take_endpoint, _interrupt),
    Detach: (_take_driver, lambda _reach, _pipes, _action: None),
    Control: (_take_recipient, _control),
    SetConfiguration: (_take_all, _configure),
    SetAltsetting: (
        _take_interface,
        lambda reach, _pipes, action: reach.link.set_altsetting(action.interface, action.alternate),
    ),
    Reset: (_take_link, lambda reach, _pipes, _action: reach.link.reset()),
    Pause: (
        lambda _reach, _action: None,
        lambda reach, _pipes, action: reach.bus.pause(min(action.seconds, reach.left())),
    ),
    At: (_take_dialogue, _ask),
    Ports: (_take_dialogue, _write_ports),
    U2diag: (_take_dialogue, _write_u2diag),
    Web: (_take_web, _call),
    Power: (_take_hub, _cycle),
}
"""Action → what is taken hold of for it, and how it is done."""


def _prepare(reach: Reach, action: Action) -> bot.Pipes | None:
    return PERFORMED[type(action)][0](reach, action)


def _act(reach: Reach, pipes: bot.Pipes | None, action: Action) -> None:
    PERFORMED[type(action)][1](reach, pipes, action)
