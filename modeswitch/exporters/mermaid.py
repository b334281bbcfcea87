"""A family's graph as Mermaid's flowchart: the modes are its nodes, the ways its arrows.

Ref: Mermaid, "Flowcharts - Basic Syntax": ``-->``, ``-.->``, ``==>``; a text in quotes may hold all but a quote.
"""

from __future__ import annotations

import re

from ..database.profile import Profile, Transition
from ..methods.base import Step
from ..modem.roles import MODES

WORDS = {
    "huawei": "a message",
    "cbw": "a message",
    "scsi": "a message",
    "bulk": "a message",
    "eject": "eject",
    "control": "a control request",
    "interrupt": "an interrupt message",
    "detach": "its driver taken off",
    "configuration": "another configuration",
    "altsetting": "another alternate setting",
    "reset": "a reset",
    "pause": "",
    "at": "an AT command",
    "ports": "its list of ports",
    "u2diag": "AT^U2DIAG",
    "hilink": "its web page",
    "power": "the power of its port",
    "back": "",
}
"""Kind of step → what the arrow says; nothing for what only waits."""

_KIND = re.compile(r"\{ ([\w-]+) = ")
_SEND = re.compile(r'send = "([^"]{1,24})"')


def flowchart(family: Profile) -> list[str]:
    """The lines of the chart.

    A thick arrow writes to the stick's NVRAM, a dotted one stands for another way that cannot begin, or goes by the
    power of the port.  Ways that look alike are one arrow.  A family without ways is one node that says so.
    """
    lines = ["flowchart LR"]
    if not family.transitions:
        return [*lines, '    alone["not switched"]']
    arrows: dict[tuple[str, str, str], list[str]] = {}
    for way in family.transitions:
        for mode in way.to:
            texts = arrows.setdefault((way.start, _arrow(way), mode), [])
            text = _text(way, mode)
            if text not in texts:
                texts.append(text)
    modes = {mode for start, _, end in arrows for mode in (start, end)}
    lines += [f'    {_node(mode)}["{mode}"]' for mode in MODES if mode in modes]
    return lines + [
        f'    {_node(start)} {arrow}|"{"<br>".join(texts)}"| {_node(end)}'
        for (start, arrow, end), texts in arrows.items()
    ]


def _node(mode: str) -> str:
    return mode.replace("-", "_")


def _arrow(way: Transition) -> str:
    if way.persistent:
        return "==>"
    by_power = any(_kind(step) == "power" for step in way.steps)
    return "-.->" if way.stand_in or by_power else "-->"


def _text(way: Transition, mode: str) -> str:
    """What is done, how long the stick is away as a rule, and for whom it is."""
    parts = [", ".join(dict.fromkeys(filter(None, map(_words, way.steps)))) or "a wait"]
    if way.usual:
        parts.append(f"{way.usual:g} s")
    if way.only:
        parts.append(f"only {', '.join(way.only)}")
    if mode != way.to[0]:
        parts.append("some firmware")
    return "; ".join(parts).replace('"', "#quot;")


def _kind(step: Step) -> str:
    found = _KIND.match(step.written)
    return found[1] if found else ""


def _words(step: Step) -> str:
    if _kind(step) == "at" and (sent := _SEND.search(step.written)):
        return sent[1]
    return WORDS.get(_kind(step), "")
