"""The AT dialogue: a command out, its answer back, whatever else a stick says in between.

A carrier (``carriers.py``) moves the bytes.  Found out, not assumed: whether the stick echoes, which lines are its
answer and which come unasked (URCs), how it ends an answer, whether it answers at all.  Everything it says is hostile:
time, length and number of lines are bounded.

Ref: 3GPP TS 27.007 and ITU-T V.250 (result codes, echo); tests/captures/26_at_responses.txt; ModemManager's plugin.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable

from ..errors import BadReply, CommandFailed, LinkLost, Refused, UsageError
from ..printable import printable
from ..usb.descriptors import UsbId
from ..values import NamedTuple

USUAL = 5.0
"""How long an answer may take unless the command is known to take longer, in seconds."""
PROBE = 3.0
"""How long a port may be silent before it counts as mute, in seconds."""
SETTLE = 0.3
"""How long to go on listening after an OK that came without the line that was asked for: it may be an older one's."""
MOST_BYTES = 128 * 1024
LONGEST_LINE = 4096
MOST_LINES = 500

COMMANDS = frozenset(
    (
        *("^CURC", "^SETPORT", "^GETPORTMODE", "^U2DIAG", "^RESET", "^NDISDUP", "^NDISSTATQRY", "^DHCP"),
        *("^CPIN", "^HCSQ", "^SYSINFOEX", "^FHVER", "^VERSION"),
        *("+CGSN", "+CPIN", "+CGDCONT", "+CREG", "+CGREG", "+CEREG", "+COPS", "+CSQ", "+CGMM", "+CGMI", "+CGMR"),
    )
)
"""Every extended command that can be sent.

``^GODLOAD`` (download mode), ``^TMODE`` (factory test mode), raw writes to NVRAM, unlocking and flashing are not among
them, so that no profile, file or argument can send them.
"""

HARMFUL = {UsbId(0x12D1, 0x1573): ("^GETPORTMODE",)}
"""Product → commands that are not sent to it: AT^GETPORTMODE resets an MU609.

Ref: ModemManager, 77-mm-huawei-net-port-types.rules (confirmed by Huawei).
"""

_TEXT = r'"[ !#-~]*"'
_VALUE = rf"(?:{_TEXT}|[0-9A-Za-z.]*)"
_COMMAND = re.compile(rf"AT(?:E[01]|I|)|AT([\^+][A-Z0-9]+)(?:\?|=\?|={_VALUE}(?:,{_VALUE})*)?", re.IGNORECASE)

_FINAL = re.compile(r"OK|ERROR|COMMAND NOT SUPPORT|TOO MANY PARAMETERS|\+CM[ES] ERROR\s*:.*", re.IGNORECASE)
_BARE_URC = re.compile(r"RING|NO CARRIER|BUSY|CONNECT.*", re.IGNORECASE)
UNKNOWN_COMMAND = re.compile(
    r"COMMAND NOT SUPPORT|\+CME ERROR\s*:\s*(?:3|4|100|operation not (?:allowed|supported)|unknown)", re.IGNORECASE
)
"""Final results that may mean "this firmware has no such command"; a bare ERROR may, too."""


class Answer(NamedTuple):
    """The lines of an answer, without echo and URCs, and its final result code."""

    lines: tuple[str, ...]
    final: str

    def value(self, name: str) -> str | None:
        """What stands behind ``NAME:`` in the first line that has it (``^NDISSTATQRY``); None where no line does."""
        return next(iter(self.values(name)), None)

    def values(self, name: str) -> list[str]:
        """What stands behind ``NAME:`` in each line that has it."""
        pairs = [line.partition(":") for line in self.lines]
        return [rest.strip() for head, colon, rest in pairs if colon and head.strip().upper() == name.upper()]


class Carrier(ABC):
    """What moves the bytes of a dialogue.  ``name`` is what a person may read: ``/dev/ttyUSB2``."""

    name = ""

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Send all of it.  Raises :class:`~modeswitch.errors.LinkLost`."""

    @abstractmethod
    def read(self, seconds: float) -> bytes:
        """What has come, waiting at most so long for the first byte; empty where nothing did."""

    def close(self) -> None:
        """Close the port."""


def quoted(text: str, what: str) -> str:
    """A string argument in quotes; ``what`` is how the complaint calls it.

    Raises :class:`UsageError` for what would end the string or the command: a quote, a control character; and for what
    is not ASCII or too long, which no firmware promises to understand.
    """
    if not text.isascii() or not text.isprintable() or '"' in text or len(text) > 100:
        raise UsageError(
            f"{what} cannot be sent in an AT command",
            hint="Up to 100 printable ASCII characters may stand there, and no quotation mark.",
        )
    return f'"{text}"'


def checked(command: str) -> str:
    """The command, if it is one and may be sent; raises :class:`Refused` else.

    One command, no second one behind a semicolon: strings may hold anything printable but a quote, other arguments
    letters, digits and dots.
    """
    match = _COMMAND.fullmatch(command)
    if match is None or len(command) > 600:
        raise Refused(f"{printable(command, 40)!r} is no single AT command that can be sent")
    if match[1] is not None and match[1].upper() not in COMMANDS:
        raise Refused(f"AT{match[1].upper()} is never sent", hint=f"Only these are: {', '.join(sorted(COMMANDS))}.")
    return command


class Dialogue:
    """A conversation on one port.

    ``now`` is the clock (seconds); ``left`` says how many seconds all that follows may still take together; ``trace``
    is told each command and answer (``at``, ``answer``) and each URC (``urc``), without what is secret.
    """

    def __init__(
        self,
        carrier: Carrier,
        now: Callable[[], float],
        left: Callable[[], float] = lambda: float("inf"),
        trace: Callable[..., None] = lambda *_args, **_facts: None,
    ) -> None:
        self.carrier = carrier
        self.left = left
        self.trace = trace
        self.barred: tuple[str, ...] = ()
        """Names of commands that this product must not be sent."""
        self.urcs: list[str] = []
        self._news: list[str] = []
        self._now = now
        self._buffer = b""
        self._echoes = False
        self._secrets: tuple[str, ...] = ()

    def probe(self, seconds: float = PROBE) -> bool:
        """Does this port speak AT?  Also finds out whether it echoes."""
        try:
            self._drain()
            return self.ask("AT", seconds).final.upper() == "OK"
        except (BadReply, CommandFailed):
            return False
        except LinkLost as error:
            if error.reason == "gone":
                raise
            return False

    def hush(self, seconds: float) -> None:
        """Drop what comes, until the port was silent for so long; at most four times as long."""
        end = self._now() + min(4 * seconds, self.left())
        while (pause := min(seconds, end - self._now())) > 0 and self.carrier.read(pause):
            continue
        self._buffer = b""

    def ask(self, command: str, seconds: float = USUAL, *, secrets: tuple[str, ...] = ()) -> Answer:
        """Send one command and return its answer.

        ``secrets`` are strings of it that no log may show.  Raises :class:`CommandFailed` where the stick says
        no (fact ``answer``), :class:`LinkLost` where it falls silent or leaves, :class:`BadReply` where it floods,
        :class:`Refused` for a command that is never sent.
        """
        checked(command)
        if _name(command) in self.barred:
            raise CommandFailed(f"{command} is not sent to this product: it would harm it", answer="not sent")
        self._secrets = tuple(secret for secret in secrets if secret)
        self._drain()
        deadline = self._now() + min(seconds, self.left())
        self.trace("at", at_port=self.carrier.name, command=self._public(command))
        self.carrier.write(command.encode("ascii") + b"\r")
        lines, final = self._answer(command, deadline)
        public = printable(self._public(final), 80)
        self.trace("answer", at_port=self.carrier.name, lines=[self._public(line) for line in lines], final=public)
        if final.upper() != "OK":
            what = f"{self.carrier.name}: {self._public(command)} was answered by {public}"
            raise CommandFailed(what, answer=public)
        return Answer(tuple(lines), final)

    def said(self, command: str, name: str) -> str | None:
        """What stands behind ``NAME:`` in a command's answer; None where the stick does not know the command."""
        try:
            return self.ask(command).value(name)
        except (CommandFailed, BadReply):
            return None

    def listen(self, seconds: float) -> list[str]:
        """The unsolicited lines since the last call, between answers too; waits for some at most so many seconds."""
        end = self._now() + min(seconds, self.left())
        while not self._news and (pause := end - self._now()) > 0:
            for line in self._lines(self.carrier.read(pause)):
                self._unasked(line)
        news, self._news = self._news, []
        return news

    def rest(self, seconds: float) -> None:
        """Let so much time pass, whatever is said unasked meanwhile; it stays to be listened to."""
        end, heard = self._now() + min(seconds, self.left()), list[str]()
        while (pause := end - self._now()) > 0:
            heard += self.listen(pause)
        self._news = [*heard, *self._news]

    def close(self) -> None:
        """Close the port."""
        self.carrier.close()

    def _drain(self) -> None:
        """What was said before the command is no answer to it."""
        for _ in range(64):
            data = self.carrier.read(0.0)
            if not data:
                break
            for line in self._lines(data):
                self._unasked(line)
        self._buffer = b""

    def _answer(self, command: str, deadline: float) -> tuple[list[str], str]:
        """Lines up to the final result: the last whole answer of what has come, since an older one may precede it.

        Where the port echoes, nothing counts before the echo.
        """
        expected = _name(command) if command.endswith("?") else ""
        lines: list[str] = []
        whole: tuple[list[str], str] | None = None
        heard, waiting, total = not self._echoes, deadline, 0
        while (pause := waiting - self._now()) > 0:
            data = self.carrier.read(pause)
            total += len(data)
            if total > MOST_BYTES or len(lines) > MOST_LINES:
                raise BadReply(f"{self.carrier.name}: {self._public(command)}: more than {MOST_BYTES} bytes came back")
            for line in self._lines(data):
                if line.upper() == command.upper():
                    self._echoes = heard = True
                    lines, whole = [], None
                elif not heard or _is_urc(line, command):
                    self._unasked(line)
                elif _FINAL.fullmatch(line):
                    whole, lines = (lines, line), []
                else:
                    lines.append(line)
            if whole is not None:
                if whole[1].upper() != "OK" or not expected or _has(whole[0], expected):
                    break
                waiting = min(waiting, self._now() + SETTLE)
        if whole is not None and waiting == deadline and expected and not _has(whole[0], expected):
            whole = None if whole[1].upper() == "OK" else whole  # an older one's, and no time is left for its own
        if whole is None:
            what = "its answer broke off" if total else "no answer in time"
            raise LinkLost(f"{self.carrier.name}: {self._public(command)}: {what}", reason="timeout")
        return whole

    def _lines(self, data: bytes) -> list[str]:
        """The whole lines that have come; a rest without its end is kept, up to a bound."""
        *whole, self._buffer = re.split(rb"[\r\n]+", self._buffer + data)
        if len(self._buffer) > LONGEST_LINE:
            self._buffer = b""
            raise BadReply(f"{self.carrier.name}: a line without end, of more than {LONGEST_LINE} bytes")
        return [text for line in whole if (text := line[:LONGEST_LINE].decode("ascii", "replace").strip(" \0"))]

    def _unasked(self, line: str) -> None:
        self.urcs = [*self.urcs[-99:], line]
        self._news = [*self._news[-99:], line]
        self.trace("urc", at_port=self.carrier.name, line=self._public(line))

    def _public(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def _name(command: str) -> str:
    """``^SETPORT`` of ``AT^SETPORT=…``; empty for commands without a name of their own."""
    match = re.match(r"AT([\^+][A-Z0-9]+)", command, re.IGNORECASE)
    return match[1].upper() if match else ""


def _has(lines: list[str], name: str) -> bool:
    return any(line.partition(":")[0].strip().upper() == name for line in lines)


def _is_urc(line: str, command: str) -> bool:
    """Is it a line that comes unasked: another command's name before a colon, or a word like RING?"""
    if _BARE_URC.fullmatch(line):
        return True
    if _FINAL.fullmatch(line):
        return False
    return line[:1] in "^+" and line.partition(":")[0].strip().upper() != _name(command)
