"""What is told while something happens: every event, its facts and their types, in one table.

A program may give the library a function, ``on_event``; it is called with the name of each event and its facts.
The command shows them to a person, or prints them as JSON lines.  ``docs/events.md`` is made of this table.
"""

from __future__ import annotations

import time

from .printable import printable
from .values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from logging import Logger

    from .errors import ModeswitchError

    OnEvent = Callable[..., None]
    """Called as ``on_event(name, **facts)``, in the thread in which it happens; what it raises ends the job."""

SCHEMA = 1
"""Within one schema no event and no fact is changed or taken away; both may be added."""

COMMON = {"port": "str | None", "time": "str"}
"""The facts of every event: the USB port path (None where it is about no stick), and when (ISO 8601, UTC)."""


DETAIL, TRAFFIC = 1, 2
"""How much a person must have asked for to be shown an event: each step (``-v``), each transfer (``-vv``)."""


class Event(NamedTuple):
    """What an event means, and its facts besides :data:`COMMON`: name → type.

    A type that ends in ``?`` marks a fact that is not always there.  ``words`` is the line that a person reads (empty
    where none is shown), ``detail`` is 0, :data:`DETAIL` or :data:`TRAFFIC`.
    """

    meaning: str
    facts: dict[str, str]
    words: str = ""
    detail: int = 0


_PLACE = {"id": "str", "mode": "str | None"}

EVENTS: dict[str, Event] = {
    # The way of a switch.
    "found": Event("what the stick is now", _PLACE, "{id} is in {mode}"),
    "locked": Event(
        "another process is at this port, and is waited for", {"by": "str"}, "waiting for {by}, which is at this port"
    ),
    "transition": Event(
        "a transition begins; also one line of a plan",
        {
            "start": "str",
            "to": "list[str]",
            "within": "float",
            "id": "str?",
            "mode": "str?",
            "number": "int?",
            "usual": "float | None?",
            "persistent": "bool?",
            "gives": "list[str]?",
            "steps": "list[dict]?",
            "evidence": "list[str]?",
        },
        "going from {start} to {to}, which may take {within:g} s",
    ),
    "likened": Event(
        "no profile knows the stick, or not its model: it is taken for another, as it was asked",
        {"like": "str", "family": "str", **_PLACE},
        "{id} is taken for {like}, of the family {family}",
    ),
    "risk": Event("why what the stick is taken for may be wrong", {"message": "str"}, "this may be wrong: {message}"),
    "sends": Event(
        "what is to be sent to a stick that is taken for another; nothing is sent yet",
        {"step": "str", "wire": "str"},
        "to be sent: {step}: {wire}",
    ),
    "unmounted": Event("what was mounted of the stick is synced and unmounted", {}, "synced and unmounted"),
    "step": Event(
        "an action is put on the wire",
        {"number": "int", "of": "int", "step": "str", "wire": "str"},
        "step {number} of {of}: {step}: {wire}",
        DETAIL,
    ),
    "starting": Event(
        "a part of the stick does not answer yet; it is asked again, for so many seconds at most",
        {"what": "str", "seconds": "float"},
        "{what} does not answer yet: asking again, for at most {seconds:g} s",
    ),
    "silence": Event(
        "the stick gave no answer to the last action, as one that obeys",
        {"reason": "str"},
        "no answer ({reason}): a stick that obeys often leaves without one",
        DETAIL,
    ),
    "doubt": Event(
        "the stick said no to the last action; it may leave all the same",
        {"message": "str"},
        "{message}; some sticks say no and leave all the same, so it is waited for",
        DETAIL,
    ),
    "refused": Event(
        "the stick refused an action that may fail; the next follows",
        {"message": "str"},
        "{message}; the next command follows, since sticks differ here",
        DETAIL,
    ),
    "left": Event("the stick is gone from its port", {}, "left"),
    "waiting": Event("it is still waited for; so many seconds are left", {"seconds": "float"}),
    "moved": Event(
        "the stick is at the other half of its connector now, as one that came back at another speed",
        {"to": "str"},
        "is at {to} now: the other half of the same connector",
    ),
    "network": Event(
        "the stick's network interface has what was waited for",
        {"interface": "str", "carrier": "bool", "addresses": "list[str]"},
        "{interface} has a carrier; addresses: {addresses}",
    ),
    "fell": Event(
        "the stick was in the mode wanted and left again after so many seconds",
        {"mode": "str | None", "seconds": "float"},
        "left {mode} again after {seconds:.1f} s",
    ),
    "back": Event("something is at the port again, and is configured", {"id": "str"}, "back as {id}"),
    "attached": Event(
        "the kernel's driver has its interfaces again",
        {"interfaces": "list[int]"},
        "the kernel's driver is attached again (interface {interfaces})",
        DETAIL,
    ),
    "unavailable": Event(
        "a transition could not begin; another is tried", {"message": "str"}, "{message}; trying another way"
    ),
    # The AT port, NVRAM, the data line.
    "inhibited": Event(
        "ModemManager leaves the stick alone from now on",
        {},
        "ModemManager leaves the stick alone until this is done",
        DETAIL,
    ),
    "managed": Event(
        "ModemManager has the stick again when this ends, and may end the line: let it dial, or keep it away",
        {"nmcli": "str", "mmcli": "str", "ignore": "str"},
        "ModemManager takes the stick back now, and may end this line. It dials by itself, and again: {nmcli}"
        " (or once: {mmcli}). For good it leaves this port alone by: {ignore}",
    ),
    "power": Event(
        "the power of the stick's port is switched: ``off`` or ``on``, by the kernel or by requests to the hub",
        {"state": "str", "by": "str"},
        "the power of its port: {state}, by {by}",
        DETAIL,
    ),
    "saved": Event(
        "an old value of NVRAM is on this machine's disk",
        {"name": "str", "value": "str", "file": "str"},
        "{name} was {value}: saved in {file}",
    ),
    "searching": Event(
        "the stick is not registered yet, and a network is searched for; so many seconds are left",
        {"seconds": "float"},
        "searching for a network, for at most {seconds:g} s",
    ),
    "dialling": Event("the data line is asked for", {"apn": "str"}, "dialling {apn}"),
    "line": Event("the data line has come up", {"up": "bool"}),
    "ran": Event(
        "the policy's program has ended; its status is null where it was killed for its time",
        {"command": "list[str]", "status": "int | None", "seconds": "float"},
        "{command} has ended with status {status} after {seconds:g} s",
    ),
    # Every transfer.
    "control": Event(
        "a control transfer: setup packet and data in hex",
        {"setup": "str", "data": "str"},
        "control {setup} {data}",
        TRAFFIC,
    ),
    "out": Event(
        "bytes were sent to an endpoint, in hex", {"endpoint": "str", "data": "str"}, "out {endpoint}: {data}", TRAFFIC
    ),
    "in": Event(
        "bytes came from an endpoint, in hex", {"endpoint": "str", "data": "str"}, "in {endpoint}: {data}", TRAFFIC
    ),
    "clear-halt": Event("the halt of an endpoint is cleared", {"endpoint": "str"}, "clear halt {endpoint}", TRAFFIC),
    "at": Event(
        "an AT command was sent; secrets are masked",
        {"at_port": "str", "command": "str"},
        "{at_port} < {command}",
        TRAFFIC,
    ),
    "answer": Event(
        "an AT command was answered",
        {"at_port": "str", "lines": "list[str]", "final": "str"},
        "{at_port} > {lines} {final}",
        TRAFFIC,
    ),
    "urc": Event(
        "the modem said something without being asked",
        {"at_port": "str", "line": "str"},
        "{at_port} > {line} (unasked)",
        TRAFFIC,
    ),
    "web": Event(
        "a call of HiLink's web API was answered",
        {"method": "str", "path": "str", "status": "int"},
        "{method} {path}: {status}",
        TRAFFIC,
    ),
    # What commands print.
    "warning": Event(
        "something is wrong that does not stop the job", {"message": "str", "error": "str?"}, "warning: {message}"
    ),
    "done": Event(
        "the command has ended well; ``result`` says what it came to, ``wanted`` which mode the policy wants where "
        "that is another; the other facts depend on the command",
        {"result": "str?", "wanted": "str?"},
    ),
    "error": Event(
        "the command, or its part about one stick, has failed; ``status`` is the exit status",
        {"status": "int", "error": "str", "message": "str", "hint": "str?", "wanted": "str?"},
    ),
    "device": Event(
        "list, top: one device on the bus, and how it stands; ``wants`` is the mode that the policy wants and that it "
        "is not in. In seconds: ``age`` since it came to the bus, ``switched`` since the last switch at its port, "
        "``away`` in that switch, ``failed`` since the last failure, whose kind is ``failure``",
        {
            **_PLACE,
            "family": "str | None",
            "names": "list[str]",
            "woke": "str | None",
            "strings": "list[str]",
            "problem": "str | None",
            "at": "str | None",
            "networks": "list[str]",
            "interfaces": "list[dict]",
            "wants": "str | None",
            "lines": "list[dict]",
            "age": "float | None",
            "switched": "float | None",
            "away": "float | None",
            "failures": "int",
            "failed": "float | None",
            "failure": "str | None",
        },
    ),
    "command": Event(
        "plan --as: one line for another program",
        {"target": "str", "text": "str", "comment": "bool"},
    ),
    "read": Event(
        "doctor: what was read of a text",
        {
            "file": "str",
            "lines": "int",
            "understood": "int",
            "forms": "list[str]",
            "system": "str | None",
            "kernel": "str | None",
            "strange": "list[str]",
            "cut": "bool",
            "others": "list[str]",
        },
    ),
    "stick": Event("doctor: one stick, here or in a text", {}),
    "finding": Event(
        "doctor: one finding; `id` is its kind (doctor.md), `level` good, note, problem, unclear or other (no modem)",
        {
            "device": "str",
            "id": "str",
            "level": "str",
            "text": "str",
            "why": "list[str]",
            "commands": "list[str]",
            "wants": "list[str]",
        },
    ),
    "family": Event(
        "profiles list: one family",
        {"name": "str", "vendor": "str", "goal": "str", "modes": "list[str]", "products": "list[str]"},
    ),
    "graph": Event("profiles graph: one family, as a flowchart of Mermaid", {"name": "str", "text": "str"}),
    "profile": Event(
        "one profile: that profiles show shows, that profiles import made, or that was made of a stick that was taken "
        "for another and was switched",
        {"name": "str", "text": "str"},
    ),
    "checked": Event(
        "profiles check: one file that is well, and how much is in it",
        {"file": "str", "name": "str", "products": "int", "transitions": "int"},
    ),
    "written": Event("profiles import and export, learn: one file was written", {"name": "str", "file": "str"}),
    "entry": Event(
        "profiles export: one file of another program",
        {"target": "str", "name": "str", "text": "str"},
    ),
    "unsaid": Event(
        "profiles export: what another program cannot be told of these ids, and why; ``written``: they have an entry "
        "all the same",
        {"target": "str", "family": "str", "ids": "list[str]", "message": "str", "written": "bool"},
    ),
    "summary": Event(
        "switch --all: how all of it ended; ``modes`` is port → mode of those that are where they shall be",
        {"sticks": "int", "modes": "dict", "failed": "list[str]"},
    ),
    "file": Event("udev: one file, shown, installed or removed", {"path": "str", "text": "str?", "result": "str?"}),
    "policy": Event("watch: the policy was read again", {"file": "str", "rules": "int"}),
}
"""Every event, by name.  Facts that ``done``, ``error`` and ``stick`` have besides depend on what was asked for."""

OPEN = ("done", "error", "stick")
"""Events whose further facts depend on what was asked for."""


def silent(event: str, **facts: object) -> None:
    """Tell no one."""


def timestamp(seconds: float | None = None) -> str:
    """A moment (seconds since 1970; now where None) as ISO 8601 in UTC, to the millisecond."""
    moment = time.time() if seconds is None else seconds
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment)) + f".{int(moment % 1 * 1000):03}Z"


def log_to(logger: Logger | None) -> None:
    """Log every event of this process from now on, besides telling whom ``on_event`` names; None logs no more.

    What a person is shown is logged at INFO, warnings at WARNING, errors at ERROR, steps and transfers at DEBUG.  Each
    record has ``event`` and ``facts`` for handlers that want more than the line.
    """
    _LOGGERS[:] = [logger] if logger is not None else []


_LOGGERS: list[Logger] = []
_LEVELS = {"error": 40, "warning": 30}


def readable(event: str, facts: Mapping[str, object]) -> str:
    """The line that a person reads of an event; empty where it has none."""
    words = EVENTS[event].words
    joined = {
        name: " or ".join(map(str, fact)) if name == "to" and isinstance(fact, list) else fact
        for name, fact in facts.items()
    }
    return words.format(**joined) if words else ""


def _log(logger: Logger, event: str, facts: Mapping[str, object]) -> None:
    level = _LEVELS.get(event, 10 if EVENTS[event].detail or not EVENTS[event].words else 20)
    if logger.isEnabledFor(level):
        where = f"{facts['port']}: " if facts["port"] else ""
        line = f"{where}{readable(event, facts) or facts.get('message') or event}"
        logger.log(level, "%s", printable(line, 2000), extra={"event": event, "facts": dict(facts)})


def telling(on_event: OnEvent, port: object) -> OnEvent:
    """A function that calls ``on_event`` with the facts of every event, for the stick in that port (None: no stick)."""
    if on_event is silent and not _LOGGERS:
        return silent

    def tell(event: str, **facts: object) -> None:
        whole = {"port": None if port is None else str(port), "time": timestamp(), **facts}
        for logger in _LOGGERS:
            _log(logger, event, whole)
        on_event(event, **whole)

    return tell


def error_facts(error: ModeswitchError) -> dict[str, object]:
    """The facts of an ``error`` event about that error."""
    known = {"status": error.status, "error": type(error).__name__, "message": error.message}
    return {**known, **error.facts, "hint": error.hint}
