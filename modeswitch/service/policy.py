"""What the owner of this machine wants of which stick: ``/etc/modeswitch.toml``, read strictly and line by line.

    [default]
    to = "usual"                 # where a stick goes that no table below fits; "leave-alone" touches none

    [[stick]]                    # the first that fits counts; every key that is written must fit
    port = "1-1.4"
    id = "12d1:1f01"
    manufacturer = "HUAWEI*"     # also product, serial: as a shell writes patterns
    to = "ncm"                   # a mode, "usual" (its family's) or "leave-alone"
    timeout = 60

Consent to write to a stick's NVRAM, or to unmount its card, is never a policy: it is given for one stick, by hand.

A table that is wrong is told with file and line, and does not count; the rest does.  What the user *wants* stands here,
what a stick *is* stands in a profile.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase

from ..errors import ModeswitchError, Refused, UsageError
from ..files import UntrustedFile, read_bounded
from ..modem.roles import GOALS
from ..printable import printable
from ..usb.descriptors import Port, UsbId
from ..usb.device import UsbDevice
from ..values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Any

FILE = "/etc/modeswitch.toml"
LARGEST = 1024 * 1024
USUAL, LEAVE_ALONE = "usual", "leave-alone"
WISHES = (*GOALS, USUAL, LEAVE_ALONE)

KINDS: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("to", "port", "id", "manufacturer", "product", "serial"), str),
    "timeout": (int, float),
}
"""Key → what it must be."""


class Wish(NamedTuple):
    """What shall become of a stick: ``to`` is a mode, ``usual`` or ``leave-alone``; ``timeout`` in seconds."""

    to: str = USUAL
    timeout: float | None = None


class Rule(NamedTuple):
    """A wish, and the sticks it is for: every part that is set must fit; patterns are a shell's."""

    wish: Wish
    port: Port | None = None
    id: UsbId | None = None
    strings: tuple[str, str, str] = ("", "", "")

    def fits(self, usb_device: UsbDevice) -> bool:
        """Is it for this device?"""
        named = all(
            not pattern or fnmatchcase(text, pattern)
            for pattern, text in zip(self.strings, usb_device.strings, strict=True)
        )
        return self.port in (None, usb_device.port) and self.id in (None, usb_device.id) and named


class Policy(NamedTuple):
    """All of a file: its rules in order, what else is wished, and what is wrong with it, each with file and line.

    ``unreadable`` is a text that nobody can make sense of.
    """

    rules: tuple[Rule, ...] = ()
    default: Wish = Wish()
    problems: tuple[ModeswitchError, ...] = ()
    unreadable: bool = False

    def wish(self, usb_device: UsbDevice) -> Wish:
        """What shall become of that device."""
        return next((rule.wish for rule in self.rules if rule.fits(usb_device)), self.default)


def load(path: str = FILE) -> Policy:
    """The policy of a file; where there is none every stick goes where its family usually goes.

    Raises :class:`Refused` where somebody else than root could have written it and we are root.
    """
    try:
        raw = read_bounded(path, LARGEST, trusted=True)
    except FileNotFoundError:
        return Policy()
    except UntrustedFile as error:
        raise Refused(f"{path} {error.strerror}", hint=f"chown root {path}; chmod go-w {path}") from error
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}", hint="Nothing is done without the policy.") from error
    return read(raw.decode("utf-8", "surrogateescape"), path)


def read(text: str, path: str = FILE) -> Policy:
    """The policy that a text says.  Never raises for what the text says: :attr:`Policy.problems` has it.

    What is installed first holds comments alone: it is read without TOML, which takes longer to import than to send.
    """
    if all(not line or (line.startswith("#") and line.isprintable()) for line in text.split("\n")):
        return Policy()
    import tomllib

    name = printable(path)
    try:
        text.encode("utf-8")
        document = tomllib.loads(text)
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        return Policy((), Wish(LEAVE_ALONE), (UsageError(f"{name}, line {line}: not UTF-8"),), unreadable=True)
    except (ValueError, RecursionError) as error:
        # Nobody can tell what was meant: no stick is touched.
        problem = UsageError(f"{name}: not TOML: {printable(str(error))}")
        return Policy((), Wish(LEAVE_ALONE), (problem,), unreadable=True)
    where = _Lines(text, name)
    problems: list[ModeswitchError] = [
        UsageError(f"{where.of(key)}: unknown table or key {printable(key)!r}; known are [default] and [[stick]]")
        for key in document
        if key not in ("default", "stick")
    ]
    rules: list[Rule] = []
    default = Wish()
    tables = document.get("stick", [])
    if not isinstance(tables, list):
        problems.append(UsageError(f"{where.of('stick')}: write [[stick]], with two brackets"))
        tables = []
    for number, table in enumerate(tables):
        try:
            rules.append(_rule(table, where, number))
        except UsageError as error:
            problems.append(error)
    if "default" in document:
        try:
            default = _default(document["default"], where)
        except UsageError as error:
            problems.append(error)
            default = Wish(LEAVE_ALONE)
    return Policy(tuple(rules), default, tuple(problems))


class _Lines:
    """Where in a text a table or a key stands, as ``file, line 7``."""

    def __init__(self, text: str, name: str) -> None:
        self._name = name
        self._found: dict[tuple[str, int, str], int] = {}
        table, number = "", 0
        counts: dict[str, int] = {}
        for line, words in enumerate(text.splitlines(), 1):
            head = re.match(r"\s*\[\[?\s*([\w.-]+)\s*\]", words)
            key = re.match(r"""\s*["']?([\w.-]+)["']?\s*=""", words)
            if head:
                table, number = head[1], counts.get(head[1], 0)
                counts[table] = number + 1
                self._found.setdefault((table, number, ""), line)
            elif key:
                self._found.setdefault((table, number, key[1]), line)

    def of(self, table: str, number: int = 0, key: str = "") -> str:
        """The line of a key of the ``number``-th table of that name, else of the table, else the file alone."""
        places = ((table, number, key), (table, number, ""), ("", 0, table))
        line = next((self._found[place] for place in places if place in self._found), None)
        return f"{self._name}, line {line}" if line else self._name


def _checked(table: object, known: tuple[str, ...], where: _Lines, name: str, number: int) -> Mapping[str, Any]:
    """A table whose keys are all known and of their type.  Raises :class:`UsageError` with file and line."""
    if not isinstance(table, Mapping):
        raise UsageError(f"{where.of(name, number)}: a table is wanted")
    for key, value in table.items():
        if key not in known:
            raise UsageError(
                f"{where.of(name, number, key)}: unknown key {printable(key)!r}; known are {', '.join(known)}"
            )
        kind = KINDS[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            words = "a string" if kind is str else "a number"
            raise UsageError(f"{where.of(name, number, key)}: {key} wants {words}")
    return table


def _wish(table: Mapping[str, Any], where: _Lines, name: str, number: int) -> Wish:
    to, timeout = table.get("to", USUAL), table.get("timeout")
    if to not in WISHES:
        complaint = f"{printable(to)!r} is not one of {', '.join(WISHES)}"
        raise UsageError(f"{where.of(name, number, 'to')}: {complaint}")
    if timeout is not None and not 0 < timeout <= 86400:
        raise UsageError(f"{where.of(name, number, 'timeout')}: {timeout} is no time in seconds")
    return Wish(to, timeout)


def _default(table: object, where: _Lines) -> Wish:
    checked = _checked(table, ("to", "timeout"), where, "default", 0)
    return _wish(checked, where, "default", 0)


def _rule(table: object, where: _Lines, number: int) -> Rule:
    checked = _checked(table, tuple(KINDS), where, "stick", number)
    wish = _wish(checked, where, "stick", number)
    if "to" not in checked:
        raise UsageError(f"{where.of('stick', number)}: where shall it go? to = one of {', '.join(WISHES)}")
    try:
        port = Port.parse(checked["port"]) if "port" in checked else None
    except UsageError as error:
        raise UsageError(f"{where.of('stick', number, 'port')}: {error.message}") from error
    try:
        usb = UsbId.parse(checked["id"]) if "id" in checked else None
    except UsageError as error:
        raise UsageError(f"{where.of('stick', number, 'id')}: {error.message}") from error
    strings = (checked.get("manufacturer", ""), checked.get("product", ""), checked.get("serial", ""))
    if port is None and usb is None and not any(strings):
        raise UsageError(f"{where.of('stick', number)}: which stick? Give port, id or a string; for all: [default]")
    return Rule(wish, port, usb, strings)
