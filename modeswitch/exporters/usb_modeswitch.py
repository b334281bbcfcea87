"""Actions as one call of usb_modeswitch, by messages (``-M``) where it can be: every version understands those.

Ref: usb_modeswitch(1), 2.6.1; which option has which effect on the wire: usb_modeswitch.c (``-S`` is Sierra's, ``-U``
Option's: the man page has ``-S`` twice).  It reads 13 bytes after a CBW, whatever its data phase.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from ..importers.methods import CBW, PANTECH_AUTO, STEPS
from ..methods.altsetting import SetAltsetting
from ..methods.base import MAY_FAIL, Action
from ..methods.bulk import Bulk
from ..methods.configuration import SetConfiguration
from ..methods.detach import Detach
from ..methods.registry import read_step
from ..methods.reset import Reset
from ..methods.storage import Bot
from ..values import NamedTuple
from .shell import configuration_value, which_configuration
from .stick import Stick

OPTIONS = {
    "HuaweiMode": "-H",
    "SierraMode": "-S",
    "SonyMode": "-O",
    "GCTMode": "-G",
    "KobilMode": "-T",
    "SequansMode": "-N",
    "MobileActionMode": "-A",
    "CiscoMode": "-L",
    "QisdaMode": "-B",
    "QuantaMode": "-E",
    "BlackberryMode": "-Z",
    "StandardEject": "-K",
}
"""Method → option, of the methods that no message can say."""
MESSAGES = ("-M", "-2", "-3")
KEYWORDS = {
    **{option: method for method, option in OPTIONS.items()},
    **dict(zip(MESSAGES, ("MessageContent", "MessageContent2", "MessageContent3"), strict=True)),
    "-F": "PantechMode",
    "-d": "DetachStorageOnly",
    "-m": "MessageEndpoint",
    "-r": "ResponseEndpoint",
    "-u": "Configuration",
    "-i": "Interface",
    "-a": "AltSetting",
    "-R": "ResetUSB",
}
"""Option → the keyword of its files that says the same; of ``-n`` there is none, since it does nothing any more."""


EJECT = OPTIONS["StandardEject"]
"""After its commands one message more is sent, where one is given."""


class Call(NamedTuple):
    """The options of one call, how many actions they are for, and what a person must know."""

    options: tuple[str, ...]
    taken: int
    notes: tuple[str, ...] = ()


@cache
def _sequences() -> tuple[tuple[str, tuple[Action, ...]], ...]:
    """Option → the actions that it stands for, the longest first."""
    found = [
        (option, tuple(action for step in STEPS[method] for action in read_step(step, method, "").actions))
        for method, option in OPTIONS.items()
    ]
    for mode in (2, PANTECH_AUTO):
        step = {"control": {"request-type": 0x40, "request": 0x70, "value": mode}}
        found.append((f"-F {mode}", read_step(step, "PantechMode", "").actions))
    return tuple(sorted(found, key=lambda one: len(one[1]), reverse=True))


def call(actions: Sequence[Action], stick: Stick) -> Call | None:
    """The call that does the first of these actions, and as many that follow as it can; None where it can none."""
    for option, sequence in _sequences():
        if [*map(without_doubt, actions[: len(sequence)])] == [*map(without_doubt, sequence)]:
            extra = _messages(actions[len(sequence) : len(sequence) + 1]) if option == EJECT else None
            more, taken = (extra.options, extra.taken) if extra else ((), 0)
            return _with_rest((option, *more), len(sequence) + taken, actions, stick)
    if actions and isinstance(actions[0], Detach):
        return Call(("-d",), 1)
    messages = _messages(actions)
    if messages:
        return _with_rest(messages.options, messages.taken, actions, stick)
    rest = _with_rest((), 0, actions, stick)
    return rest if rest.taken else None


def without_doubt(action: Action) -> str:
    """The words of an action, without whether it may fail: other programs look at few of the answers."""
    return str(action).removesuffix(MAY_FAIL)


def _messages(actions: Sequence[Action]) -> Call | None:
    """Up to three messages: CBWs, or bytes for the bulk endpoint of the storage interface."""
    taken: list[str] = []
    endpoints: tuple[str, ...] = ()
    for action in actions[: len(MESSAGES)]:
        if isinstance(action, Bot) and not action.data_out:
            taken.append(action.cbw.hex())
            endpoints = endpoints or _endpoints(action.pipe_out, action.pipe_in)
        elif isinstance(action, Bulk) and not action.data.hex().startswith(CBW):
            taken.append(action.data.hex())
            endpoints = endpoints or _endpoints(action.endpoint or 0, 0)
        else:
            break
    if not taken:
        return None
    options = [f"{option} {message}" for option, message in zip(MESSAGES, taken, strict=False)]
    return Call((*options, "-n", *endpoints), len(taken))


def _endpoints(out: int, into: int) -> tuple[str, ...]:
    return (*((f"-m 0x{out:02x}",) if out else ()), *((f"-r 0x{into:02x}",) if into else ()))


def _with_rest(options: tuple[str, ...], taken: int, actions: Sequence[Action], stick: Stick) -> Call:
    """The call with what it does after all messages: configuration, alternate setting, reset, in this order."""
    found, notes = list(options), list[str]()
    kinds: tuple[type[Action], ...] = (SetConfiguration, SetAltsetting, Reset)
    for action in actions[taken:]:
        place = next((number for number, kind in enumerate(kinds) if isinstance(action, kind)), None)
        if place is None:
            break
        kinds = kinds[place + 1 :]
        if isinstance(action, SetConfiguration):
            notes += which_configuration(action, stick)
            found.append(f"-u {configuration_value(action, stick)}")
        elif isinstance(action, SetAltsetting):
            found.append(f"-i {action.interface} -a {action.alternate}")
        else:
            found.append("-R")
        taken += 1
    return Call(tuple(found), taken, tuple(notes))


def settings(actions: Sequence[Action], stick: Stick) -> tuple[list[tuple[str, str]], int] | None:
    """The same call as keywords of its files with their values, and how many of the actions they do; None as above."""
    made = call(actions, stick)
    if made is None or made.notes:  # what only a person could fill in
        return None
    words = " ".join(made.options).split()
    values = [after if not after.startswith("-") else "1" for after in (*words[1:], "-")]
    pairs = [(word, value) for word, value in zip(words, values, strict=True) if word in KEYWORDS]
    return [(KEYWORDS[word], f'"{value}"' if word in MESSAGES else value) for word, value in pairs], made.taken


def lines(actions: Sequence[Action], stick: Stick) -> tuple[list[str], int]:
    """The lines of one call, and how many of the actions it does; none where usb_modeswitch cannot do the first."""
    made = call(actions, stick)
    if made is None:
        return [], 0
    options = " ".join(made.options)
    return [*made.notes, f"usb_modeswitch -v {stick.vendor} -p {stick.product} {options}"], made.taken
