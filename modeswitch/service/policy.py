"""What the owner of this machine wants of which stick: ``/etc/modeswitch.toml``, read strictly and line by line.

    [default]
    to = "usual"                 # where a stick goes that no table below fits; "leave-alone" touches none

    [[stick]]                    # the first that fits counts; every key that is written must fit
    port = "1-1.4"
    id = "12d1:1f01"
    manufacturer = "HUAWEI*"     # also product, serial: as a shell writes patterns
    to = "ncm"                   # a mode, "usual" (its family's) or "leave-alone"
    timeout = 60
    always = true                # also where it is awake already, in another mode
    apn = "internet"             # the line that is dialled in ncm; also user, auth, ip
    password-file = "/etc/…"     # also pin-file, web-password-file: of root, not to be read by all; its first line
    run = ["/usr/local/bin/up", "{port}", "{network}"]   # once all is so: no shell; also {id}, {mode}, {tty}

Consent to write to a stick's NVRAM, or to unmount its card, is never a policy: it is given for one stick, by hand.

A table that is wrong is told with file and line, and does not count; the rest does.  What the user *wants* stands here,
what a stick *is* stands in a profile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from ..errors import ModeswitchError, Refused, UsageError
from ..files import UntrustedFile, read_bounded
from ..modem.roles import GOALS
from ..printable import printable
from ..switching.session import LONGEST_TIMEOUT
from ..usb.descriptors import Port, UsbId
from ..usb.device import UsbDevice
from ..values import TYPE_CHECKING, NamedTuple
from .wish import LEAVE_ALONE, USUAL, WantedLine, Wish

if TYPE_CHECKING:
    from typing import Any, TypeVar

    from ..database.profile import Profile
    from ..fields import Fields

    T = TypeVar("T")

FILE = "/etc/modeswitch.toml"
WRONG = Wish(LEAVE_ALONE, why="something is wrong with the policy")
"""What becomes of a stick where nobody can tell what was meant."""
MOST_PROBLEMS = 20
"""How many things that are wrong with a policy are told."""
WISHES = (*GOALS, USUAL, LEAVE_ALONE)

FILLED_IN = ("port", "id", "mode", "network", "tty")
"""What may stand in braces in a word of ``run``."""
MOST_WORDS = 50
LARGEST = 256 * 1024
"""No policy is larger, in bytes: a thousand sticks have room in it."""
LONGEST_PATTERN = 200
"""Of a pattern, in characters: a string of a device has 126 at most.  Ref: USB 2.0 §9.6.7."""
CALL = {"user": "", "auth": "", "ip": "4"}
"""Key of a line → what it is where it is not written."""
TABLES = ("default", "stick")
STRINGS = ("manufacturer", "product", "serial")


class Rule(NamedTuple):
    """A wish, and the sticks it is for: every part that is set must fit; patterns are a shell's."""

    wish: Wish
    port: Port | None = None
    id: UsbId | None = None
    strings: tuple[str, str, str] = ("", "", "")

    def fits(self, usb_device: UsbDevice, family: Profile | None = None) -> bool:
        """Is it for this device?  An id that a stick of its family wakes up with fits what it becomes, too."""
        wanted = [pair for pair in zip(self.strings, usb_device.strings, strict=True) if pair[0]]
        named = not wanted or _all_match(wanted)
        ids = self.id in (None, usb_device.id) or self._becomes(usb_device, family)
        return self.port in (None, usb_device.port) and ids and named

    def _becomes(self, usb_device: UsbDevice, family: Profile | None) -> bool:
        if family is None:
            return False
        wakes = [product.wakes for product in family.products if product.usb == self.id]
        shown = [product for product in family.products if product.usb == usb_device.id and not product.wakes]
        return any(wakes) and bool(shown)


class Policy(NamedTuple):
    """All of a file: its rules in order, what else is wished, and what is wrong with it, each with file and line.

    ``unreadable`` is a text that nobody can make sense of.
    """

    rules: tuple[Rule, ...] = ()
    default: Wish = Wish()
    problems: tuple[ModeswitchError, ...] = ()
    unreadable: bool = False

    def wish(self, usb_device: UsbDevice, family: Profile | None = None) -> Wish:
        """What shall become of that device, a stick of that family."""
        return next((rule.wish for rule in self.rules if rule.fits(usb_device, family)), self.default)

    @property
    def needs_network(self) -> bool:
        """Does a wish need this host's network: a line, a web page that is asked, the owner's program?"""
        wishes = (*(rule.wish for rule in self.rules), self.default)
        return any(wish.line or wish.run or wish.always or wish.web_password_file for wish in wishes)


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
    from ..toml import read_toml

    name = printable(path)
    try:
        text.encode("utf-8")
        document = read_toml(text)
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        return Policy((), WRONG, (UsageError(f"{name}, line {line}: not UTF-8"),), unreadable=True)
    except ValueError as error:
        # Nobody can tell what was meant: no stick is touched.
        problem = UsageError(f"{name}: not TOML: {printable(str(error))}")
        return Policy((), WRONG, (problem,), unreadable=True)
    return _Reader(text, path, document).policy()


class _Reader:
    """Reads a document table by table; a table that is wrong is a problem, and the rest counts."""

    def __init__(self, text: str, path: str, document: Mapping[str, Any]) -> None:
        from ..fields import Fields, Lines

        self._name = printable(path)
        self._lines = Lines(text)
        self._fields = partial(Fields, path, error=UsageError)
        self._document = document
        self._problems: list[ModeswitchError] = []

    def policy(self) -> Policy:
        """All of it, with what is wrong."""
        top = self._fields("top level", self._document, line=self._lines.of)
        for key in self._document:
            if key not in TABLES:
                self._try(top.unknown, key, TABLES)
        rules = [self._try(self._rule, number, table) for number, table in enumerate(self._sticks(top))]
        default: Wish | None = Wish()
        if "default" in self._document:
            default = self._try(self._default)
        return Policy(
            tuple(rule for rule in rules if rule is not None),
            WRONG if default is None else default,
            self._told(),
        )

    def _told(self) -> tuple[ModeswitchError, ...]:
        """The first things that are wrong, and how many more there are."""
        first, more = self._problems[:MOST_PROBLEMS], len(self._problems) - MOST_PROBLEMS
        return (*first, UsageError(f"{self._name}: more problems: {more}")) if more > 0 else tuple(first)

    def _try(self, read: Callable[..., T], *arguments: object) -> T | None:
        """What ``read`` returns; None where it is wrong, which is noted."""
        try:
            return read(*arguments)
        except UsageError as error:
            self._problems.append(error)
            return None

    def _sticks(self, top: Fields) -> list[object]:
        tables = self._document.get("stick", [])
        if isinstance(tables, list):
            return tables
        self._try(top.wrong, "write [[stick]], with two brackets", "stick")
        return []

    def _default(self) -> Wish:
        fields = self._fields("[default]", self._document["default"], line=partial(self._lines.of, "default", 0))
        wish = _wish(fields)
        fields.finish()
        return wish

    def _rule(self, number: int, table: object) -> Rule:
        fields = self._fields(f"[[stick]] {number + 1}", table, line=partial(self._lines.of, "stick", number))
        chosen = fields.has("to")
        wish = _wish(fields)
        port, usb = _parsed(fields, "port", Port.parse), _parsed(fields, "id", UsbId.parse)
        manufacturer, product, serial = (_pattern(fields, key) for key in STRINGS)
        fields.finish()
        if not chosen:
            fields.wrong(f"where shall it go? to = one of {', '.join(WISHES)}")
        if port is None and usb is None and not any((manufacturer, product, serial)):
            fields.wrong("which stick? Give port, id or a string; for all: [default]")
        return Rule(wish, port, usb, (manufacturer, product, serial))


def _wish(fields: Fields) -> Wish:
    to = _goal(fields, fields.take("to", str, USUAL))
    timeout = fields.seconds("timeout", LONGEST_TIMEOUT) if fields.has("timeout") else None
    always = fields.take("always", bool, False)
    return Wish(to, timeout, _path(fields, "web-password-file"), always, _line(fields, to), _program(fields))


def _line(fields: Fields, to: str) -> WantedLine | None:
    """The line that is wanted; None where no APN is given."""
    others = [key for key in (*CALL, "password-file", "pin-file") if fields.has(key)]
    apn, user, auth, ip = (fields.text(key, usual) for key, usual in (("apn", ""), *CALL.items()))
    password_file, pin_file = _path(fields, "password-file"), _path(fields, "pin-file")
    if not apn:
        if others:
            fields.wrong("belongs to a line: give its apn, too", others[0])
        return None
    if to not in ("ncm", USUAL):
        fields.wrong(f"a line is dialled in ncm, and this stick goes to {to}", "apn")
    if password_file and not user:
        fields.wrong("goes with user", "password-file")
    wanted = WantedLine(apn, user, password_file, auth, ip, pin_file)
    try:
        wanted._replace(password_file="").call().commands()
    except UsageError as error:
        fields.wrong(error.message, "apn")
    return wanted


def _program(fields: Fields) -> tuple[str, ...]:
    """The program that is run, and its words; nothing of them is a shell's."""
    words = fields.take("run", list, [])
    if not words:
        return ()
    import re  # most policies run nothing

    if not all(isinstance(word, str) and "\0" not in word for word in words) or len(words) > MOST_WORDS:
        fields.wrong(f'write a list of at most {MOST_WORDS} strings: ["/usr/local/bin/up", "{{port}}"]', "run")
    if not words[0].startswith("/"):
        fields.wrong("the program is named by its whole path: it begins with a slash", "run")
    unknown = [name for word in words for name in re.findall(r"\{([a-z]*)\}", word) if name not in FILLED_IN]
    if unknown:
        fields.wrong(f"{{{unknown[0]}}} is none of {', '.join(f'{{{name}}}' for name in FILLED_IN)}", "run")
    return tuple(words)


def _all_match(pairs: list[tuple[str, str]]) -> bool:
    """Does each pattern match the text beside it?"""
    from fnmatch import fnmatchcase

    return all(fnmatchcase(text, pattern) for pattern, text in pairs)


def _pattern(fields: Fields, key: str) -> str:
    """A pattern as a shell writes it."""
    pattern = str(fields.take(key, str, ""))
    if len(pattern) > LONGEST_PATTERN:
        fields.wrong(f"a pattern has at most {LONGEST_PATTERN} characters", key)
    return pattern


def _path(fields: Fields, key: str) -> str:
    path = fields.text(key, "")
    if path and not path.startswith("/"):
        fields.wrong("a whole path is wanted here: it begins with a slash", key)
    return path


def _goal(fields: Fields, text: str) -> str:
    """The wish that a person's word means."""
    if text in WISHES:
        return text
    from ..modem import mode_names

    plain, meant = text.lower().replace("_", "-").replace(" ", "-"), mode_names.named(text)
    if len(meant) == 1 and meant[0] in GOALS:
        return meant[0]
    if plain not in (USUAL, LEAVE_ALONE):
        unknown = f"{printable(text)!r} is not one of {', '.join(WISHES)}"
        fields.wrong(mode_names.complaint(text) if len(meant) > 1 else unknown, "to")
    return plain


def _parsed(fields: Fields, key: str, parse: Callable[[str], T]) -> T | None:
    """A value that is written as a string, None where it is not written."""
    if not fields.has(key):
        return None
    try:
        return parse(fields.take(key, str))
    except UsageError as error:
        fields.wrong(error.message, key)
