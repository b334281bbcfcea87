"""The text for an issue about a stick that was switched as if it were another: before, what was sent, after, profile.

It is Markdown; what identifies a stick, a SIM or a person is masked, and nothing that a device says leaves its fence.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator

from .. import __version__
from ..events import readable
from ..printable import printable
from ..values import NamedTuple
from .masking import mask

HAPPENED = (
    "found",
    "transition",
    "step",
    "refused",
    "doubt",
    "silence",
    "unavailable",
    "left",
    "moved",
    "back",
    "fell",
)
"""The events that tell what was sent and what came of it."""
MOST_LINES = 300
LONGEST_LINE = 2000
_STEP = re.compile(r"\s+\{ ")
"""How a line of a profile begins that has bytes in it: they are no number of a person's."""


class Trial(NamedTuple):
    """One stick that was switched as if it were another.

    ``stick`` and ``like`` name the two, ``family`` that of the other; ``doubts`` are those that were told, ``before``
    and ``after`` the lines of two reports, ``happened`` what was told meanwhile, ``ended`` how it ended.  ``profile``
    is empty where it did not work.  ``secrets`` are the stick's serial numbers.
    """

    stick: str
    like: str
    family: str
    doubts: tuple[str, ...]
    before: tuple[str, ...]
    happened: tuple[str, ...]
    ended: str
    after: tuple[str, ...]
    profile: str
    secrets: tuple[str, ...]


def today() -> str:
    """The day in UTC, as evidence names it."""
    return time.strftime("%Y-%m-%d", time.gmtime())


def line_of(event: str, facts: dict[str, object]) -> str:
    """The line of one event that tells what was sent and what came of it; empty for all others."""
    return readable(event, facts) if event in HAPPENED else ""


def issue(trial: Trial) -> str:
    """The whole text."""
    return "".join(f"{line}\n" for line in _lines(trial))


def _lines(trial: Trial) -> Iterator[str]:
    shown = _masked((trial.like, trial.ended, *trial.doubts), trial.secrets)
    like, ended, *doubts = (_quoted(text) for text in shown)
    yield f"# {trial.stick} as if it were {like}: {'it works' if trial.profile else 'it does not work'}"
    yield ""
    yield "Serial numbers, IMEI, phone numbers and MACs are masked. Look through it before you send it to anybody."
    yield ""
    yield f"* {today()}, modeswitch {__version__}"
    yield f"* {trial.stick} was taken for {like}, of the family {trial.family}"
    yield f"* it ended so: {ended}"
    yield from (f"* known doubt: {doubt}" for doubt in doubts)
    yield from _part("What was sent, and what came of it", _without_secrets(trial.happened, trial.secrets))
    yield from _part("Before", _masked(trial.before, trial.secrets))
    yield from _part("After", _masked(trial.after, trial.secrets))
    if trial.profile:
        rows = trial.profile.splitlines()
        masked = (one if _STEP.match(one) else mask(one) for one in _without_secrets(rows, trial.secrets))
        yield from _part("The profile", masked, "toml")


def _part(heading: str, lines: Iterable[str], language: str = "text") -> Iterator[str]:
    """A heading and a fence that is longer than any within it.  Ref: CommonMark 0.31 §4.5."""
    whole = [printable(line, LONGEST_LINE) for line in lines]
    rows = whole[:MOST_LINES]
    longest = max((len(run) for line in rows for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    more = [f"(and {len(whole) - MOST_LINES} lines more)"] if len(whole) > MOST_LINES else []
    yield from ("", f"## {heading}", "", f"{fence}{language}", *rows, *more, fence)


def _masked(lines: Iterable[str], secrets: tuple[str, ...]) -> Iterator[str]:
    return (mask(line, secrets) for line in lines)


def _without_secrets(lines: Iterable[str], secrets: tuple[str, ...]) -> Iterator[str]:
    """Only known serial numbers are masked: the bytes of a message would be taken for an IMEI."""
    long = [secret for secret in secrets if len(secret) > 3]
    for line in lines:
        for secret in long:
            line = line.replace(secret, f"<serial: {len(secret)} characters>")
        yield line


def _quoted(text: str) -> str:
    """A text as code within a line."""
    shown = printable(text, LONGEST_LINE).replace("`", "'")
    return f"`{shown}`" if shown else "`-`"
