"""The system's own programs: found on a fixed path, heard within bounds, ended whatever happens.

A process of root must not run what the caller's PATH names, and must not wait for a program that hangs or floods.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time

from ..printable import printable
from ..values import NamedTuple

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
"""Where programs of the system are looked for, whatever the caller's PATH says."""
ENDING = 3.0
"""How long a program that was asked to end may take, in seconds."""
AGAIN = 0.1
"""How soon it is seen that a program has ended whose pipes something else holds open, in seconds."""
MOST = 256 * 1024
"""How much a program may say, in bytes."""
SYSTEMD = "/run/systemd/system"
"""What is there where systemd is the first process.  Ref: sd_booted(3)."""


def find(name: str, path: str = "") -> str | None:
    """The file of a program of the system, or of one on another ``path``; None where there is none.

    A name with a slash is the file itself.
    """
    if "/" in name:
        return name if os.access(name, os.X_OK) else None
    for folder in (path or PATH).split(":"):
        whole = os.path.join(folder, name)
        if os.path.isfile(whole) and os.access(whole, os.X_OK):
            return whole
    return None


def systemd_runs() -> bool:
    """Is systemd the first process of this system?"""
    return os.path.isdir(SYSTEMD)


class Program:
    """A program that runs, from its start to :meth:`end`; a ``with`` block ends it.

    ``out`` and ``err`` are what it has said so far.  Raises :class:`OSError` where it is not there, or does not start.
    """

    def __init__(self, name: str, *words: str) -> None:
        file = find(name)
        if file is None:
            raise FileNotFoundError(2, f"{name} is not in {PATH}")
        self.out, self.err = b"", b""
        self._process = subprocess.Popen(
            [file, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": PATH, "LC_ALL": "C.UTF-8"},
            start_new_session=True,  # a Ctrl-C is ours: it ends in its own time
        )

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def hear(self, seconds: float, until: bytes | None = None) -> bool:
        """Hear it until it has said all, or ``until`` on its standard output.

        What it leaves behind may hold its pipes, and is not waited for.  False where all its words did not come within
        that time altogether, or were too many.
        """
        deadline = time.monotonic() + seconds
        pipes = {pipe.fileno(): pipe for pipe in (self._process.stdout, self._process.stderr) if pipe}
        poll = select.poll()
        for number in pipes:
            poll.register(number, select.POLLIN)
        while pipes:
            if until is not None and until in self.out:
                return True
            left = deadline - time.monotonic()
            if left <= 0 or len(self.out) + len(self.err) > MOST:
                return False
            ended = self._process.poll() is not None
            ready = poll.poll(0 if ended else min(left, AGAIN) * 1000)
            if ended and not ready:
                break
            for number, _ in ready:
                part = os.read(number, 65536)
                if number == (self._process.stdout and self._process.stdout.fileno()):
                    self.out += part
                else:
                    self.err += part
                if not part:
                    poll.unregister(number)
                    del pipes[number]
        return until is None or until in self.out

    def status(self, seconds: float) -> int | None:
        """Its exit status, once it has ended; None where it does not end in that time."""
        try:
            return self._process.wait(max(0.0, seconds))
        except subprocess.TimeoutExpired:
            return None

    def end(self) -> None:
        """Ask it to end as Ctrl-C does, and kill it and what it has started where it does not; again does nothing."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            if self.status(ENDING) is None:
                os.killpg(self._process.pid, signal.SIGKILL)
                self.status(ENDING)  # one that hangs in the kernel is left behind
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe:
                pipe.close()


class Said(NamedTuple):
    """What a program said: its exit status (None where it did not end in time), its output, its complaints."""

    status: int | None
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The first line of its complaints that says something, for a message; may be empty."""
        return printable(next((line.strip() for line in self.err.splitlines() if line.strip()), ""))


def run(name: str, *words: str, seconds: float) -> Said:
    """Run a program of the system to its end, for at most so long.  Raises :class:`OSError`."""
    deadline = time.monotonic() + seconds
    with Program(name, *words) as program:
        whole = program.hear(seconds)
        status = program.status(deadline - time.monotonic()) if whole else None
        return Said(status, program.out.decode("utf-8", "replace"), program.err.decode("utf-8", "replace"))
