"""A family's graph as Mermaid's flowchart: the modes are its nodes, the ways its arrows.

Ref: Mermaid, "Flowcharts - Basic Syntax": ``-->``, ``-.->``, ``==>``; a text in quotes may hold all but a quote.
"""

from __future__ import annotations

import re

from ..database.profile import Profile, Transition
from ..methods.base import Step
from ..modem.roles import MODES
from ..values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WORDS = {
    "huawei": "message",
    "cbw": "message",
    "scsi": "message",
    "bulk": "message",
    "eject": "eject",
    "control": "request",
    "interrupt": "interrupt message",
    "detach": "driver taken off",
    "configuration": "configuration",
    "altsetting": "alternate setting",
    "reset": "reset",
    "pause": "",
    "at": "AT command",
    "ports": "list of ports",
    "u2diag": "AT^U2DIAG",
    "hilink": "web page",
    "power": "port power",
    "back": "",
}
"""Kind of step → what the arrow says; nothing for what only waits."""

_KIND = re.compile(r"\{ ([\w-]+) = ")
_SEND = re.compile(r'send = "([^"]{1,24})"')


def flowchart(family: Profile) -> list[str]:
    """The lines of the chart.

    One arrow leads from mode to mode, and one more where a way writes to the stick's NVRAM: that one is thick.  It is
    dotted where nothing leads there but what only some firmware or models do, or what stands in for another way: a
    fallback, or the power of the port.  Its text has what is done, and how many seconds the stick is away as a rule.
    A family without ways is one node that says so.
    """
    lines = ["flowchart LR"]
    if not family.transitions:
        return [*lines, '    alone["not switched"]']
    arrows: dict[tuple[str, str, bool], list[Transition]] = {}
    for way in family.transitions:
        for mode in way.to:
            arrows.setdefault((way.start, mode, way.persistent), []).append(way)
    modes = {mode for start, end, _ in arrows for mode in (start, end)}
    lines += [f'    {_node(mode)}["{mode}"]' for mode in MODES if mode in modes]
    for (start, end, persistent), ways in arrows.items():
        arrow = "==>" if persistent else "-->" if any(_is_usual(way, end) for way in ways) else "-.->"
        lines.append(f'    {_node(start)} {arrow}|"{"<br>".join(_texts(ways))}"| {_node(end)}')
    return lines


def _node(mode: str) -> str:
    return mode.replace("-", "_")


def _is_usual(way: Transition, end: str) -> bool:
    """Is it what leads there as a rule?"""
    by_power = any(_kind(step) == "power" for step in way.steps)
    return not (way.stand_in or way.only or by_power) and end == way.to[0]


def _texts(ways: Sequence[Transition]) -> list[str]:
    """What is done, each once, with the time where it is known."""
    times: dict[str, float] = {}
    for way in ways:
        done = ", ".join(dict.fromkeys(filter(None, map(_words, way.steps)))) or "wait"
        times[done] = times.get(done) or way.usual
    return [f"{done}: {usual:g} s" if usual else done for done, usual in times.items()]


def _kind(step: Step) -> str:
    found = _KIND.match(step.written)
    return found[1] if found else ""


def _words(step: Step) -> str:
    if _kind(step) == "at" and (sent := _SEND.search(step.written)):
        return sent[1]
    return WORDS.get(_kind(step), "")
