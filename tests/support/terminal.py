"""A terminal for tests: a pty, and what a person would see on it."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.port_watch import eventually

SEQUENCE = re.compile(r"\x1b\[(\??)([\d;]*)([A-Za-z])|(\r)|(\n)|([^\x00-\x1f\x7f])")
SETTLED = 0.05
"""A picture comes in parts; it is whole when nothing has come for so many seconds."""
CUT = re.compile(r"\x1b(\[\??[\d;]*)?$")
"""The beginning of a sequence whose end has not come yet."""


class Seen:
    """What a terminal shows: it knows what it is sent by ``top``, and raises for all else."""

    def __init__(self, columns: int, lines: int) -> None:
        self.columns, self.lines = columns, lines
        self.modes = {"1049": False, "25": True, "7": True}
        self.coloured = False
        self.overflows = 0
        """How many characters came behind the end of a line."""
        self._cells = {other: [[" "] * columns for _ in range(lines)] for other in (False, True)}
        self._row = self._column = 0

    def resize(self, columns: int, lines: int) -> None:
        """Nothing stays where it was: terminals wrap, cut and move what they show, each in its own way."""
        self._cells = {other: [[" "] * columns for _ in range(lines)] for other in (False, True)}
        self.columns, self.lines = columns, lines

    @property
    def text(self) -> list[str]:
        """The lines of the screen that is shown, without blanks at their ends."""
        return ["".join(row).rstrip() for row in self._cells[self.modes["1049"]]]

    def feed(self, text: str) -> None:
        at = 0
        while at < len(text):
            match = SEQUENCE.match(text, at)
            assert match, f"no terminal knows {text[at : at + 20]!r}"
            at = match.end()
            private, numbers, final, cr, lf, char = match.groups()
            if char:
                self._put(char)
            elif cr:
                self._column = 0
            elif lf:
                self._down()
            elif private:
                self.modes[numbers] = {"h": True, "l": False}[final]
            else:
                self._control(numbers, final)

    def _put(self, char: str) -> None:
        if self._column == self.columns:
            self.overflows += 1
            assert not self.modes["7"], "a line is wrapped"
        self._cells[self.modes["1049"]][self._row][min(self._column, self.columns - 1)] = char
        self._column = min(self._column + 1, self.columns)

    def _down(self) -> None:
        cells = self._cells[self.modes["1049"]]
        if self._row == self.lines - 1:
            cells.append([" "] * self.columns)
            del cells[0]
        else:
            self._row += 1

    def _control(self, numbers: str, final: str) -> None:
        cells = self._cells[self.modes["1049"]]
        if final == "H":
            row, column = (int(number or 1) for number in (numbers or "1;1").split(";"))
            self._row, self._column = min(row, self.lines) - 1, min(column, self.columns) - 1
        elif final == "K" and numbers == "2":
            cells[self._row] = [" "] * self.columns
        elif final == "J" and numbers in ("", "2"):
            first = 0 if numbers else self._row
            assert numbers or self._column == 0
            for row in range(first, self.lines):
                cells[row] = [" "] * self.columns
        elif final == "m":
            self.coloured = self.coloured or numbers != "0"
        else:
            raise AssertionError(f"no terminal knows CSI {numbers} {final}")


class Terminal:
    """A pty whose one side programs get, and whose other side a person looks at; ``raw`` is all that was written."""

    def __init__(self, columns: int = 80, lines: int = 24) -> None:
        self.ours, self.theirs = pty.openpty()
        self.seen = Seen(columns, lines)
        self.raw = b""
        self._stop, self._stopper = os.pipe()
        self._set_size(columns, lines)
        self.modes = termios.tcgetattr(self.theirs)
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        decoder, left = codecs.getincrementaldecoder("utf-8")(), ""
        while True:
            ready, _, _ = select.select([self.ours, self._stop], [], [])
            if self.ours not in ready:
                return
            try:
                part = os.read(self.ours, 1 << 16)
            except OSError:
                return
            with self._lock:
                self.raw += part
                text = left + decoder.decode(part)
                cut = CUT.search(text)
                left = cut[0] if cut else ""
                self.seen.feed(text.removesuffix(left))

    def _set_size(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def resize(self, columns: int, lines: int) -> None:
        """Another size; the kernel tells the programs whose terminal it is."""
        with self._lock:
            self.seen.resize(columns, lines)
            self._set_size(columns, lines)

    def press(self, keys: bytes) -> None:
        os.write(self.ours, keys)

    @property
    def text(self) -> list[str]:
        with self._lock:
            return self.seen.text

    def shows(self, *words: str, seconds: float = 10.0) -> list[str]:
        """Wait until some line has all of these words; the screen once no more comes."""
        try:
            eventually(lambda: any(all(word in line for word in words) for line in self.text), seconds)
        except AssertionError:
            raise AssertionError(f"{words} not in:\n" + "\n".join(self.text)) from None
        while self.quiet(SETTLED):
            pass
        return self.text

    def lacks(self, word: str) -> list[str]:
        """Wait until no line has that word."""
        eventually(lambda: not any(word in line for line in self.text))
        return self.text

    def quiet(self, seconds: float) -> int:
        """How many bytes are written in that time."""
        before = len(self.raw)
        threading.Event().wait(seconds)
        return len(self.raw) - before

    def given_back(self) -> bool:
        """Is all as it was before, or will be soon: modes of the line, cursor, screen, wrapping?"""
        wanted = {"1049": False, "25": True, "7": True}
        eventually(lambda: termios.tcgetattr(self.theirs) == self.modes and self.seen.modes == wanted)
        return True

    def close(self) -> None:
        os.write(self._stopper, b".")
        self._thread.join(5)
        for file in (self.ours, self.theirs, self._stop, self._stopper):
            os.close(file)


def on_terminal(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, run: Callable[[], Any], person: Callable[[], None]
) -> Any:
    """Run something in this thread on a terminal, while a person does something there; what ``run`` returned."""
    failures: list[BaseException] = []

    def act() -> None:
        try:
            person()
        except BaseException as error:
            failures.append(error)
        terminal.press(b"q")

    keys, out = os.fdopen(os.dup(terminal.theirs), "r"), os.fdopen(os.dup(terminal.theirs), "w")
    with keys, out, monkeypatch.context() as patch:
        patch.setattr(sys, "stdin", keys)
        patch.setattr(sys, "stdout", out)
        thread = threading.Thread(target=act, daemon=True)
        thread.start()
        try:
            result = run()
        finally:
            thread.join(30)
    if failures:
        raise failures[0]
    return result
