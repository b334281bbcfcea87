"""What a person, or a program, reads: results on stdout, progress and errors on stderr, JSON lines with ``--json``."""

from __future__ import annotations

import io
import os
import sys
from _thread import allocate_lock

from ..errors import ModeswitchError
from ..events import EVENTS, SCHEMA, TRAFFIC, error_facts, readable, timestamp
from ..printable import printable
from ..values import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from typing import TextIO

    from ..switching.switch import SwitchResult

_ONE = allocate_lock()
"""Sticks side by side speak one after the other: a line is never cut by another's."""

LIVE = 0.2
"""How often the live line on a terminal is renewed, in seconds."""

GOOD, BAD, DOUBTFUL, STRONG = "32", "1;31", "33", "1"
"""What a colour means, as SGR has it: the end that was wanted, an error, a warning, what to type next."""

LOST, UNREAD = 74, 141
"""The exit statuses where only the output failed: EX_IOERR of sysexits.h, and SIGPIPE's where its reader has gone."""


class Show:
    """Where everything is said.  ``verbose`` 0 tells what happens, 1 what is sent, 2 every transfer.

    ``holds`` says that the command works with a stick, which it releases at its end.

    A stream that takes no more is given up, and what is under way goes on: see :meth:`finish`.
    """

    def __init__(self, *, json: bool) -> None:
        self.json = json
        self.verbose = 0
        self.port = ""
        self.holds = False
        self._live = not json and _is_terminal(sys.stderr)
        self._line = False
        self._told: set[object] = set()
        self._usual: object = None
        self._most = 0.0

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

    @property
    def lost(self) -> int:
        """The exit status that tells of results which could not be written; 0 where all were."""
        return _lost.get("stdout", 0)

    @property
    def on_terminal(self) -> bool:
        """Do results go to a person's terminal that can be written over?"""
        return not self.json and _is_terminal(sys.stdout)

    def painted(self, text: str, meaning: str) -> str:
        """A text for stdout in the colour of its meaning, where that is wanted."""
        return _paint(text, meaning, sys.stdout)

    def finish(self, status: int) -> int:
        """Write what is left, and return the exit status: that of the job, and where it is 0 that of its output."""
        _flush()
        return status or self.lost

    def tell(self, event: str, **facts: object) -> None:
        """An event of a switch, as the library tells it."""
        detail = EVENTS[event].detail
        if detail == TRAFFIC and self.verbose < TRAFFIC:
            return
        if event == "waiting":
            self._wait(facts["seconds"])
            return
        if event == "transition":
            self._usual, self._most = facts.get("usual"), 0.0
        if self.json:
            self.emit(event, **facts)
        elif EVENTS[event].words and detail <= self.verbose and not self._said_already(event, facts):
            where = f"{self.port}: " if self.port else ""
            self.progress(f"{where}{readable(event, facts)}", DOUBTFUL if event == "warning" else "")

    def _said_already(self, event: str, facts: dict[str, object]) -> bool:
        """What a stick is now is told once: how it ends is told by the result."""
        if event != "found" or self.verbose:
            return False
        again = facts.get("port") in self._told
        self._told.add(facts.get("port"))
        return again

    def _wait(self, left: object) -> None:
        """The live line: how long it has been waited, beside how long it takes as a rule, or may take at most."""
        if not self._live or not isinstance(left, float | int):
            return
        self._most = max(self._most, left)
        beside = f"usually {self._usual:g} s" if isinstance(self._usual, float) else f"at most {self._most:.0f} s"
        line = printable(f"{self.port}: waiting for the stick, {self._most - left:.1f} s ({beside})")
        self._line = True
        write(f"\r\x1b[K{line}", error=True)

    def tell_waiting(self, event: str, **facts: object) -> None:
        """Only that another process is waited for."""
        if event == "locked":
            self.tell(event, **facts)

    def emit(self, event: str, **facts: object) -> None:
        """One JSON line on stdout, with the facts that every event has."""
        import json

        common = {"schema": SCHEMA, "port": self.port or None, "time": timestamp()}
        write(json.dumps({"event": event, **common, **facts}) + "\n")

    def result(self, line: str, meaning: str = "", then: str = "") -> None:
        """One line of result on stdout; ``then`` is the command that one wants next."""
        self._clear()
        after = f". Next: {_paint(printable(then, 2000), STRONG, sys.stdout)}" if then else ""
        write(f"{_paint(printable(line, 2000), meaning, sys.stdout)}{after}\n")

    def progress(self, line: str, meaning: str = "") -> None:
        """One line of progress on stderr."""
        self._clear()
        write(f"{_paint(printable(line, 2000), meaning, sys.stderr)}\n", error=True)

    def nothing(self, error: ModeswitchError) -> None:
        """Say that nothing is there to be shown, which is no failure."""
        self.progress(error.message)
        if error.hint:
            self.progress(f"  {error.hint}")

    def switched(self, result: SwitchResult, then: str = "") -> None:
        """What a switch that a person asked for came to, and what one wants next."""
        facts = result.facts()
        if self.json or result.result == "left":
            self.done(**facts)
            return
        took = "already" if result.result == "already" else f"in {result.seconds:.1f} s"
        self.result(f"{result.port}: {result.mode} {took}{_made(facts)}", GOOD, then)

    def done(self, **facts: object) -> None:
        """The facts of a switch's ``done`` event, as a log wants them: the line stands by itself."""
        if self.json:
            self.emit("done", **facts)
            return
        words = {
            "switched": "is in {mode}, switched from {from} in {seconds:.1f} s",
            "already": "is in {mode} already",
            "left": "{why}",
        }
        left = facts["result"] == "left"
        line = f"{{port}}: {{id}} {words[str(facts['result'])]}".format(**facts)
        self.result(line if left else line + _made(facts), "" if left else GOOD)

    def warn(self, error: ModeswitchError) -> None:
        """Something that is wrong and does not stop the command."""
        if self.json:
            self.emit("warning", error=type(error).__name__, message=error.message)
        else:
            self.progress(f"warning: {error.message}", DOUBTFUL)

    def error(self, error: ModeswitchError) -> None:
        """An error: one JSON event, or its message and what to do next."""
        self._clear()
        if self.json:
            self.emit("error", **error_facts(error))
            return
        first, *rest = (printable(line, 2000) for line in str(error).splitlines())
        name = _paint("modeswitch:", BAD, sys.stderr)
        write("".join(f"{line}\n" for line in (f"{name} {first}", *rest)), error=True)

    def interrupted(self, word: str, status: int) -> None:
        """A signal has ended the command."""
        self._clear()
        if self.json:
            self.emit("error", status=status, error="Interrupted", message=word)
            return
        where = f"{self.port}: " if self.port else ""
        released = "; the stick was released" if self.holds else ""
        write(f"modeswitch: {where}{word}{released}\n", error=True)

    def _clear(self) -> None:
        if self._line:
            write("\r\x1b[K", error=True)
            self._line = False


def _made(facts: Mapping[str, object]) -> str:
    """What the host made of a stick: its network interfaces and its AT port."""
    networks, at = facts.get("networks"), facts.get("at")
    names = list(map(str, networks)) if isinstance(networks, list) else []
    return "".join(f", {name}" for name in (*names, *([f"AT on {at}"] if at else [])))


def _is_terminal(stream: TextIO | None) -> bool:
    """Is it a terminal that can be written over?"""
    try:
        return stream is not None and stream.isatty() and os.environ.get("TERM", "") not in ("", "dumb")
    except (OSError, ValueError):
        return False


def _paint(text: str, meaning: str, stream: TextIO | None) -> str:
    """A text in the colour of its meaning, where that is wanted.

    Ref: no-color.org, bixense.com/clicolors, and FORCE_COLOR as force-color.org has it.
    """
    forced = any(os.environ.get(name, "0") not in ("", "0") for name in ("CLICOLOR_FORCE", "FORCE_COLOR"))
    wanted = forced or (_is_terminal(stream) and os.environ.get("CLICOLOR") != "0")
    return f"\x1b[{meaning}m{text}\x1b[0m" if meaning and wanted and not os.environ.get("NO_COLOR") else text


_lost: dict[str, int] = {}
"""The standard streams that take no more → the exit status that says so."""


def open_output() -> None:
    """Make the standard streams take what is written: characters that they have not are escaped.

    A descriptor that is closed is opened on /dev/null, so that no device gets its number.
    """
    _lost.clear()
    if None in (sys.stdin, sys.stdout, sys.stderr):
        while (file := os.open(os.devnull, os.O_RDWR)) < 3:
            pass
        os.close(file)
    sys.stdout, sys.stderr = _whole(sys.stdout), _whole(sys.stderr)
    for stream in (sys.stdout, sys.stderr):
        if getattr(stream, "errors", "") == "strict" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _whole(stream: TextIO) -> TextIO:
    """A stream that writes all it is given, or fails.

    With PYTHONUNBUFFERED Python's own stream writes once.  What a full disk did not take is lost, and no error tells
    of it.
    """
    if not isinstance(getattr(stream, "buffer", None), io.RawIOBase):
        return stream
    return open(stream.fileno(), "w", encoding=stream.encoding, errors=stream.errors, closefd=False)


def write(text: str, *, error: bool = False) -> None:
    """Write whole lines at once; a stream that fails is given up."""
    stream, name = (sys.stderr, "stderr") if error else (sys.stdout, "stdout")
    with _ONE:
        try:
            if stream is None:
                raise OSError("it is closed")
            stream.write(text)
            stream.flush()
        except (OSError, ValueError) as failure:
            _give_up(stream, name, failure)


def _flush() -> None:
    """Write what others than we have written, as argparse does."""
    for stream, name in ((sys.stdout, "stdout"), (sys.stderr, "stderr")):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError) as failure:
            _give_up(stream, name, failure)


def _give_up(stream: TextIO | None, name: str, failure: Exception) -> None:
    """Note that a stream takes no more, and keep Python from trying again at its end."""
    _lost.setdefault(name, UNREAD if isinstance(failure, BrokenPipeError) else LOST)
    try:
        if stream is not None:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, stream.fileno())
            os.close(null)
    except (OSError, ValueError):
        return
