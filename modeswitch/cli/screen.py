"""A terminal of which every line is ours for a while, and which is given back as it was, however that ends.

Plain ANSI, as every terminal of today has it; nothing is loaded for it.

Ref: ECMA-48 (CUP, ED, EL, SGR); xterm's ctlseqs (DECSET 7, 25, 1049); termios(3); signal(7).
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import termios
from collections.abc import Callable, Sequence

from ..values import TYPE_CHECKING, NamedTuple
from .show import write

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Protocol, Self

    class Source(Protocol):
        """What can be waited on."""

        def fileno(self) -> int:
            """Its descriptor."""


BEGIN = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[H\x1b[2J"
"""The other screen, without a cursor; a line that is too long is cut and not wrapped."""
END = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[{lines};1H\r\n\x1b[?1049l"
"""A terminal that has no other screen, as Linux' own, is left below what was shown."""
USUAL = (80, 24)
"""Columns and lines of a terminal that does not say, as a serial one."""
LEAVING = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
MEANINGS = {
    "leave": (b"q", b"Q", b"\x04"),
    "look": (b"r", b" "),
    "redraw": (b"\x0c",),
    "down": (b"j", b"\x1b[B", b"\x1bOB", b"\x0e", b"\r", b"\n"),
    "up": (b"k", b"\x1b[A", b"\x1bOA", b"\x10"),
    "page down": (b"f", b"\x1b[6~"),
    "page up": (b"b", b"\x1b[5~"),
    "first": (b"g", b"\x1b[H", b"\x1b[1~", b"\x1bOH"),
    "last": (b"G", b"\x1b[F", b"\x1b[4~", b"\x1bOF"),
}
"""What a key means → what terminals send for it: the keys of top, less and vi, and the arrows."""
KEYS = {key: meaning for meaning, keys in MEANINGS.items() for key in keys}
LONGEST_KEY = max(map(len, KEYS))
TYPED = 256
"""So many bytes of what was typed are read at a time."""


class Woken(NamedTuple):
    """Why a wait is over: what was pressed, and the sources that have something."""

    keys: list[str]
    told: list[Source]


class Leave(Exception):
    """A signal, a key, or the loss of the terminal ends what is shown."""


class Screen:
    """Within a ``with`` block the terminal shows what :meth:`paint` is given.

    In :meth:`wait` and :meth:`during` a signal that ends the program raises :class:`Leave`; elsewhere it is kept until
    then, so that nothing is written by half.  Ctrl-Z gives the terminal back until the program is continued.
    """

    def __init__(self) -> None:
        self._out = sys.stdout.fileno()
        self._keys: int | None = sys.stdin.fileno() if sys.stdin is not None and sys.stdin.isatty() else None
        self._shown: list[str] = []
        self._told: set[int] = set()
        self._typed = b""
        self._may_leave = self._ours = False
        self._before: dict[int, Any] = {}
        self._modes: list[Any] | None = None
        self._waker: int | None = None

    def __enter__(self) -> Self:
        self._bell, self._ringer = socket.socketpair()
        self._bell.setblocking(False)
        self._ringer.setblocking(False)
        try:
            self._hear_signals()
            self._begin()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        """Give the terminal back, then the signals."""
        self._may_leave = False
        try:
            self._end()
        finally:
            for number, handler in self._before.items():
                signal.signal(number, handler)
            if self._waker is not None:
                signal.set_wakeup_fd(self._waker)
            self._bell.close()
            self._ringer.close()

    # Signals.

    def _hear_signals(self) -> None:
        """Outside the main thread no signal can be heard."""
        numbers = [getattr(signal, name) for name in (*LEAVING, "SIGTSTP", "SIGCONT", "SIGWINCH")]
        try:
            self._waker = signal.set_wakeup_fd(self._ringer.fileno(), warn_on_full_buffer=False)
        except ValueError:
            return
        for number in numbers:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._note)

    def _note(self, number: int, _frame: object) -> None:
        self._told.add(number)
        if self._may_leave:
            self._heed_leaving()

    def _heed_leaving(self) -> None:
        if self._told & {getattr(signal, name) for name in LEAVING}:
            self._may_leave = False
            raise Leave

    def _heed(self) -> None:
        """Do what the signals that have come ask for."""
        self._heed_leaving()
        told, self._told = self._told, set()
        if signal.SIGTSTP in told:
            self._suspend()
        elif signal.SIGCONT in told:
            self._begin()
        if signal.SIGWINCH in told:
            self._shown = []

    def _suspend(self) -> None:
        """Stop as a program stops that knows nothing of signals, with the terminal as it was before."""
        self._end()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, self._note)  # it has been continued
        self._told.discard(signal.SIGCONT)
        self._heed_leaving()
        self._begin()

    # The terminal.

    def _begin(self) -> None:
        """Take the terminal; a second time puts right what somebody else has done to it meanwhile."""
        if self._keys is not None:
            if not self._ours:
                self._modes = termios.tcgetattr(self._keys)
            modes = termios.tcgetattr(self._keys)
            modes[3] &= ~(termios.ICANON | termios.ECHO)
            modes[6][termios.VMIN], modes[6][termios.VTIME] = 1, 0
            termios.tcsetattr(self._keys, termios.TCSANOW, modes)
        self._ours, self._shown = True, []
        write(BEGIN)

    def _end(self) -> None:
        """Give the terminal back, also from the background, where tcsetattr would stop us."""
        if not self._ours:
            return
        self._ours = False
        write(END.format(lines=self.size()[1]))
        if self._modes is None or self._keys is None:
            return
        before = self._quietly(signal.SIGTTOU, signal.SIG_IGN)
        try:
            termios.tcsetattr(self._keys, termios.TCSANOW, self._modes)
        except termios.error:  # the terminal has gone
            return
        finally:
            self._quietly(signal.SIGTTOU, before)

    @staticmethod
    def _quietly(number: int, handler: Any) -> Any:
        try:
            return signal.signal(number, handler)
        except (ValueError, TypeError):  # not in the main thread
            return None

    def size(self) -> tuple[int, int]:
        """Columns and lines."""
        try:
            columns, lines = os.get_terminal_size(self._out)
        except OSError:
            return USUAL
        return columns or USUAL[0], lines or USUAL[1]

    def paint(self, lines: Sequence[str]) -> None:
        """Show these lines, the first at the top; only what has changed is written."""
        changed = [
            f"\x1b[{number};1H\x1b[2K{line}"
            for number, line in enumerate(lines, 1)
            if number > len(self._shown) or self._shown[number - 1] != line
        ]
        if len(lines) < len(self._shown) or not self._shown:
            changed.append(f"\x1b[{len(lines) + 1};1H\x1b[J" if len(lines) < self.size()[1] else "")
        self._shown = list(lines)
        if text := "".join(changed):
            write(text)

    # Waiting.

    def during(self, do: Callable[[], Any]) -> Any:
        """What ``do`` returns, which may take long: a signal that ends the program is heeded at once."""
        self._may_leave = True
        try:
            self._heed_leaving()
            return do()
        finally:
            self._may_leave = False

    def wait(self, sources: Sequence[Source], seconds: float | None) -> Woken:
        """Wait until a source has something, a key is pressed or a signal comes, at most so long.

        Raises :class:`Leave`, also where the terminal has gone.
        """
        self._heed()
        waiting = select.poll()
        keys = [] if self._keys is None else [self._keys]
        for number in (self._bell.fileno(), *(one.fileno() for one in sources), *keys):
            waiting.register(number, select.POLLIN)
        most = None if seconds is None else int(seconds * 1000) + 1
        ready = {number for number, _ in self.during(lambda: waiting.poll(most))}
        self._drain()
        self._heed()
        pressed = self._read_keys() if ready.intersection(keys) else []
        if "leave" in pressed:
            raise Leave
        if "redraw" in pressed:
            self._shown = []
        return Woken(pressed, [one for one in sources if one.fileno() in ready])

    def _drain(self) -> None:
        try:
            while self._bell.recv(4096):
                pass
        except BlockingIOError:
            return

    def _read_keys(self) -> list[str]:
        try:
            typed = os.read(self._keys, TYPED) if self._keys is not None else b""
        except OSError as error:
            raise Leave from error
        if not typed:
            raise Leave
        return self._meanings(self._typed + typed)

    def _meanings(self, typed: bytes) -> list[str]:
        """What the keys mean; a sequence that is cut stays for the next time, any other byte means nothing."""
        found = []
        while typed:
            key = next((typed[:n] for n in range(min(LONGEST_KEY, len(typed)), 0, -1) if typed[:n] in KEYS), None)
            if key is not None:
                found.append(KEYS[key])
            elif any(known.startswith(typed) for known in KEYS):
                break
            typed = typed[len(key) if key else 1 :]
        self._typed = typed
        return found
