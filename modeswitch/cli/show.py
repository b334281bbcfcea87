"""What a person, or a program, reads: results on stdout, progress and errors on stderr, JSON lines with ``--json``."""

from __future__ import annotations

import argparse
import sys
from _thread import allocate_lock

from ..errors import ModeswitchError
from ..events import EVENTS, SCHEMA, TRAFFIC, error_facts, readable, timestamp
from ..printable import printable
from ..values import TYPE_CHECKING

if TYPE_CHECKING:
    from ..switching.switch import SwitchResult

_ONE = allocate_lock()
"""Sticks side by side speak one after the other: a line is never cut by another's."""

LIVE = 0.2
"""How often the live line on a terminal is renewed, in seconds."""


class Show:
    """Where everything is said.  ``verbose`` 0 tells what happens, 1 what is sent, 2 every transfer."""

    def __init__(self, *, json: bool) -> None:
        self.json = json
        self.verbose = 0
        self.port = ""
        self._live = not json and sys.stderr.isatty()
        self._line = False

    def adopt(self, arguments: argparse.Namespace) -> None:
        """Take over what the arguments say."""
        self.json = arguments.json
        self.verbose = arguments.verbose

    def for_port(self, port: str) -> Show:
        """The same for one of several sticks, whose lines come between those of the others."""
        other = Show(json=self.json)
        other.verbose, other.port, other._live = self.verbose, port, False
        return other

    @property
    def tick(self) -> float | None:
        """How often a waiting event is wanted: on a terminal only."""
        return LIVE if self._live else None

    def tell(self, event: str, **facts: object) -> None:
        """An event of a switch, as the library tells it."""
        detail = EVENTS[event].detail
        if detail == TRAFFIC and self.verbose < TRAFFIC:
            return
        if event == "waiting":
            if self._live:
                self._say_live(f"{self.port}: waiting for the stick, {facts['seconds']} s left")
            return
        if self.json:
            self.emit(event, **facts)
        elif EVENTS[event].words and detail <= self.verbose:
            where = f"{self.port}: " if self.port else ""
            self.progress(f"{where}{readable(event, facts)}")

    def tell_waiting(self, event: str, **facts: object) -> None:
        """Only that another process is waited for."""
        if event == "locked":
            self.tell(event, **facts)

    def emit(self, event: str, **facts: object) -> None:
        """One JSON line on stdout, with the facts that every event has."""
        import json

        common = {"schema": SCHEMA, "port": self.port or None, "time": timestamp()}
        _say(json.dumps({"event": event, **common, **facts}))

    def result(self, line: str) -> None:
        """One line of result on stdout."""
        self._clear()
        _say(printable(line, 2000))

    def progress(self, line: str) -> None:
        """One line of progress on stderr."""
        self._clear()
        _say(printable(line, 2000), error=True)

    def switched(self, result: SwitchResult) -> None:
        """What a switch came to."""
        self.done(**result.facts())

    def done(self, **facts: object) -> None:
        """The facts of a switch's ``done`` event."""
        if self.json:
            self.emit("done", **facts)
            return
        words = {
            "switched": "is in {mode}, switched from {from} in {seconds:.1f} s",
            "already": "is in {mode} already",
            "left": "{why}",
        }
        self.result(f"{{port}}: {{id}} {words[str(facts['result'])]}".format(**facts))

    def warn(self, error: ModeswitchError) -> None:
        """Something that is wrong and does not stop the command."""
        if self.json:
            self.emit("warning", error=type(error).__name__, message=error.message)
        else:
            self.progress(f"warning: {error.message}")

    def error(self, error: ModeswitchError) -> None:
        """An error: one JSON event, or its message and what to do next."""
        self._clear()
        if self.json:
            self.emit("error", **error_facts(error))
            return
        first, *rest = (printable(line, 2000) for line in str(error).splitlines())
        _say("\n".join([f"modeswitch: {first}", *rest]), error=True)

    def interrupted(self, word: str) -> None:
        """Ctrl-C or SIGTERM."""
        self._clear()
        if self.json:
            self.emit("error", status=143 if word == "terminated" else 130, error="Interrupted", message=word)
        else:
            where = f"{self.port}: " if self.port else ""
            print(f"modeswitch: {where}{word}; the stick was released", file=sys.stderr)

    def _say_live(self, line: str) -> None:
        print(f"\r\x1b[K{printable(line)}", end="", file=sys.stderr, flush=True)
        self._line = True

    def _clear(self) -> None:
        if self._line:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._line = False


def _say(lines: str, *, error: bool = False) -> None:
    """Whole lines, at once."""
    with _ONE:
        print(lines, file=sys.stderr if error else sys.stdout, flush=True)
