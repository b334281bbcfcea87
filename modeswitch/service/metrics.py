"""The figures of a service, as Prometheus reads them: a file for the textfile collector of its node_exporter.

Ref: Prometheus' text exposition format 0.0.4 (label values escape backslash, quote and line feed); node_exporter's
textfile collector, which wants the file to appear whole.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from math import inf

from ..errors import PermissionDenied, Refused
from ..files import write_whole
from ..printable import printable
from ..values import NamedTuple

PAUSE = 1.0
"""How often the file is written at most, in seconds."""
BEAT = 60.0
"""How often it is written at least, in seconds: an older file is that of a service that runs no more."""
HELP = {
    "modeswitch_stick": ("gauge", "A stick that is there, with its port, id and mode."),
    "modeswitch_as_wanted": ("gauge", "Whether the stick is in the mode that the policy wants, by port."),
    "modeswitch_switches_total": ("counter", "Switches that ended in the mode wanted, by port and mode."),
    "modeswitch_failures_total": ("counter", "What failed, by port and kind of error."),
    "modeswitch_away_seconds": ("gauge", "How long the stick was away at its last switch, by port."),
    "modeswitch_line_up": ("gauge", "Whether the line that the policy wants is up, by port."),
    "modeswitch_start_time_seconds": ("gauge", "When the service was started, in seconds of Unix time."),
}
"""Name of each figure → its type, what it means."""

Labels = tuple[tuple[str, str], ...]


class _Seen(NamedTuple):
    """A stick as an event has told it."""

    id: str
    mode: str


class Metrics:
    """Counts what the events of a service tell; :meth:`write` makes the file of it where something has changed."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._sticks: dict[str, _Seen] = {}
        self._as_wanted: dict[str, bool] = {}
        self._switches: Counter[Labels] = Counter()
        self._failures: Counter[Labels] = Counter()
        self._left: dict[str, float] = {}
        self._away: dict[str, float] = {}
        self._started = time.time()
        self._written = ("", -inf)

    def note(self, event: str, *, port: str | None, **facts: object) -> None:
        """Take one event in; from the thread of any port."""
        if port is None:
            return
        now = time.monotonic()
        with self._lock:
            if facts.get("result") == "left" and facts.get("family") is None:  # no stick that is known
                self._sticks.pop(port, None)
                return
            if event == "left":
                self._left[port] = now
            elif event == "back" and port in self._left:
                self._away[port] = now - self._left.pop(port)
            elif event in ("found", "done") or (event == "error" and "mode" in facts):
                self._sticks[port] = _Seen(str(facts.get("id") or ""), str(facts.get("mode") or "unknown"))
            if event == "done" or "wanted" in facts:
                self._as_wanted[port] = "wanted" not in facts
            if event == "done" and facts.get("result") == "switched":
                self._switches[("port", port), ("mode", str(facts.get("mode")))] += 1
            elif event == "error":
                self._failures[("port", port), ("kind", str(facts.get("error")))] += 1

    def left(self) -> float:
        """In how many seconds the file may be written again."""
        return max(0.0, self._written[1] + PAUSE - time.monotonic())

    def write(self, present: Iterable[str], lines: Mapping[str, bool]) -> float:
        """Write the file where something has changed, or nothing has for long; in how many seconds it is due again.

        ``present`` are the ports that have a device now, ``lines`` tells of each port with a wanted line whether it is
        up.  Raises :class:`PermissionDenied` and :class:`Refused` where the file cannot be written.
        """
        text = self.text(set(present), lines)
        said, at = self._written
        pause = BEAT if text == said else PAUSE
        if (left := at + pause - time.monotonic()) > 0:
            return left
        try:
            write_whole(self._path, text.encode("utf-8"))
        except PermissionError as error:
            raise PermissionDenied(f"{printable(self._path)}: {error.strerror}", hint="It is for --metrics.") from error
        except OSError as error:
            raise Refused(f"{printable(self._path)}: {error.strerror}", hint="It is for --metrics.") from error
        self._written = (text, time.monotonic())
        return BEAT

    def text(self, present: set[str], lines: Mapping[str, bool]) -> str:
        """All figures, as the file has them."""
        with self._lock:
            self._sticks = {port: seen for port, seen in self._sticks.items() if port in present}
            self._as_wanted = {port: so for port, so in self._as_wanted.items() if port in present}
            figures: dict[str, list[tuple[Labels, float]]] = {
                "modeswitch_stick": [
                    ((("port", port), ("id", seen.id), ("mode", seen.mode)), 1)
                    for port, seen in sorted(self._sticks.items())
                ],
                "modeswitch_as_wanted": [((("port", port),), int(so)) for port, so in sorted(self._as_wanted.items())],
                "modeswitch_switches_total": sorted(self._switches.items()),
                "modeswitch_failures_total": sorted(self._failures.items()),
                "modeswitch_away_seconds": [
                    ((("port", port),), round(seconds, 3)) for port, seconds in sorted(self._away.items())
                ],
                "modeswitch_line_up": [((("port", port),), int(up)) for port, up in sorted(lines.items())],
                "modeswitch_start_time_seconds": [((), round(self._started, 3))],
            }
        said = []
        for name, samples in figures.items():
            kind, meaning = HELP[name]
            said += [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"]
            said += [f"{name}{_labels(labels)} {value:.15g}" for labels, value in samples]
        return "\n".join(said) + "\n"


def _labels(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{key}="{_escaped(value)}"' for key, value in labels) + "}"


def _escaped(text: str) -> str:
    return printable(text, 100).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
