"""What must be true of every input: no exception but ours, in time and memory, and nothing shown that could do harm."""

from __future__ import annotations

import json
import re
import resource
import shlex
import signal
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from tests.fuzz.mutations import CANARY
from tests.fuzz.parser import Outcome, Parser

ROOT = Path(__file__).parents[2]
FIGURES = ROOT / "build" / "fuzz"
SECONDS = 3.0
"""How much of the processor one input of at most 64 KiB may take."""
MEMORY = 64.0
"""How much memory its objects may take beside what was there before, in MiB."""
ROOM = 2048
"""How much memory the process may get beside what it has, in MiB: a bomb is a MemoryError, and the machine lives."""
SAMPLE = 97
"""Of so many inputs one has its memory measured, which makes it several times as slow."""
STATUSES = range(11)
"""The exit statuses of the command."""
_SAFE_WORD = re.compile(r"[\w./:=@%+,-]{1,60}")


class Judge:
    """Runs one parser on inputs, judges each, and counts; of every ``sample`` inputs one has its memory measured."""

    def __init__(self, name: str, parser: Parser, folder: Path, sample: int = SAMPLE) -> None:
        self._name, self._parser, self._folder, self._sample = name, parser, folder, sample
        self.inputs, self.slowest, self.spent, self.memory = 0, 0.0, 0.0, 0.0
        self.broken = False
        """Has an input broken a rule?"""

    def __call__(self, raw: bytes) -> None:
        self.inputs += 1
        try:
            judge_outcome(self._measured(raw) if self.inputs % self._sample == 0 else self._timed(raw))
        except BaseException:
            self.broken = True
            raise

    def _timed(self, raw: bytes) -> Outcome:
        signal.setitimer(signal.ITIMER_VIRTUAL, 3 * SECONDS)
        began = time.process_time()  # not the wall's clock: the machine may be shared
        try:
            came = self._parser.run(raw, self._folder)  # an exception that leaves it fails the test
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        seconds = time.process_time() - began
        self.spent += seconds
        self.slowest = max(self.slowest, seconds)
        assert seconds < SECONDS, f"{seconds:.1f} s"
        return came

    def _measured(self, raw: bytes) -> Outcome:
        tracemalloc.start()
        try:
            came = self._parser.run(raw, self._folder)
            memory = tracemalloc.get_traced_memory()[1] / 2**20
        finally:
            tracemalloc.stop()
        self.memory = max(self.memory, memory)
        assert memory < MEMORY, f"{memory:.0f} MiB"
        return came

    def note(self, by: str, mark: str) -> None:
        """Leave the figures for :mod:`tests.fuzz.figures`; ``by`` is what chose the inputs."""
        FIGURES.mkdir(parents=True, exist_ok=True)
        figures = {"parser": self._name, "by": by, "inputs": self.inputs, "slowest": self.slowest}
        figures |= {"spent": self.spent, "memory": self.memory, "broken": self.broken}
        path = FIGURES / f"{self._name.replace(' ', '-')}-{by}-{mark}.json"
        path.write_text(json.dumps(figures), "ascii")


@contextmanager
def bounded() -> Iterator[None]:
    """Within it what does not end is an AssertionError, and what takes all memory a MemoryError."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    old = signal.signal(signal.SIGVTALRM, _no_end)
    resource.setrlimit(resource.RLIMIT_AS, (used + ROOM * 2**20, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        signal.signal(signal.SIGVTALRM, old)


def _no_end(*_: object) -> NoReturn:
    raise AssertionError(f"it has not ended after {3 * SECONDS:g} s")


def judge_outcome(came: Outcome) -> None:
    """Hold what must be true of what came of an input."""
    assert came.status in STATUSES
    for line in came.shown.split("\n"):
        assert line.isprintable(), ascii(line)
    for command in came.commands:
        judge_command(command)


def judge_command(command: str) -> None:
    """A shell can split it, and what comes from the text is one plain word."""
    words = shlex.split(command, comments=True)
    assert words or command.startswith("#"), command
    for word in re.findall(rf"\S*{CANARY}\S*", command):
        assert _SAFE_WORD.fullmatch(word), command
