"""The web API of a HiLink stick, as far as it leads to another mode: a token is fetched, one call is made with it.

Everything that comes back is hostile: bounded in bytes and in time, never followed elsewhere, never repeated unescaped.
Who is talked to, and through which network interface, is the business of the ``dial`` function.

Ref: Salamek/huawei-lte-api, Session.py (tokens, headers), api/Device.py and enums/ (calls, codes); RFC 9112.
"""

from __future__ import annotations

from collections.abc import Callable

from ..errors import LinkLost, Unavailable
from ..printable import printable
from ..usb.host import StickNetwork
from ..values import TYPE_CHECKING, NamedTuple
from .http import BoundedSocket, Truncated, Unexpected, read

if TYPE_CHECKING:
    from typing import Any

Dial = Callable[[float], "Any"]
"""Seconds left → a connected stream socket, or like one: ``sendall``, ``makefile``, ``settimeout``, ``close``.

Raises :class:`LinkLost`, :class:`TransferError`, :class:`Unavailable`.
"""

SECONDS = 10.0
"""How long one request may take with all of its answer, in seconds, unless less time is left."""
LONGEST_TOKEN = 1024

NETWORK = StickNetwork(("192.168.8.1", "192.168.1.1"), lent="192.168.8.200", netmask="255.255.255.0")
"""Where newer and older HiLink firmware is; its DHCP server gives 192.168.8.100 to 200, so the last of them is lent."""
ADDRESS = NETWORK.servers[0]
"""What HiLink firmware calls itself; older firmware at 192.168.1.1 answers to this name all the same."""

SESSION = "/api/webserver/SesTokInfo"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


class Call(NamedTuple):
    """One POST: its path and its XML."""

    path: str
    body: str


CALLS = {
    # Ref: huawei-lte-api, Device.set_control and ControlModeEnum.REBOOT.  2 would be factory settings, 4 power off.
    "reboot": Call("/api/device/control", "<request><Control>1</Control></request>"),
    # Ref: huawei-lte-api, Device.mode and ModeEnum.DEBUG.  What 0 means, sources do not agree on.
    "debug": Call("/api/device/mode", "<request><mode>1</mode></request>"),
}
"""What can be asked for, by the name that a profile uses."""


class Refusal(NamedTuple):
    """What an error code means, what to do next, and ``web`` where it is said of the whole API, not of one call."""

    words: str
    hint: str = ""
    means: str = ""


NO_SUPPORT = 100002
TOKEN_CODES = {125001, 125002, 125003}
"""Worth one more try, with a fresh token."""
_AGAIN = "Close its web page in every browser, and try again."
REFUSALS = {
    NO_SUPPORT: Refusal("this firmware does not offer it"),
    100003: Refusal(
        "it wants a login", "Take the password off in its web page, or unplug the stick and plug it in again.", "web"
    ),
    100004: Refusal("it is busy", "Try again."),
    125001: Refusal("it does not take the token that it gave", _AGAIN),
    125002: Refusal("it does not take the session that it gave, or this firmware blocks the call", _AGAIN),
    125003: Refusal("it does not take the token that it gave for this session", _AGAIN),
}
"""Error code → what it means.

Ref: huawei-lte-api, enums/client.py; 125002 for a blocked call was seen with firmware 21.328.03 of an E8372h.
"""
UNKNOWN = Refusal("what that means is not known")


class Session(NamedTuple):
    """What goes into the headers of a call: empty with firmware that knows no tokens."""

    cookie: str = ""
    token: str = ""


class Web:
    """The web API at ``host``, reached by ``dial``.

    ``now`` is a clock in seconds, ``left`` says how many seconds everything may still take, ``trace`` is called with
    ``"web"``, ``method``, ``path`` and the HTTP ``status`` after each exchange (0: it did not come to its end).
    """

    def __init__(
        self, host: str, dial: Dial, now: Callable[[], float], left: Callable[[], float], trace: Callable[..., None]
    ) -> None:
        self._host = host
        self._dial = dial
        self._now = now
        self._left = left
        self._trace = trace
        self._session: Session | None = None

    def prepare(self) -> None:
        """Fetch a session and a token; nothing is changed by it.

        Raises :class:`Unavailable` if this is no HiLink web API that can be used, and what ``dial`` raises.
        """
        self._session = self._fresh()

    def post(self, name: str) -> None:
        """Make one of the :data:`CALLS`, each time with a fresh token.

        Raises :class:`Unavailable` if the answer is no, :class:`LinkLost` if there is none after the call was sent,
        and what ``dial`` raises.
        """
        call = CALLS[name]
        session, self._session = self._session or self._fresh(), None
        try:
            self._call(call, session)
        except Unavailable as error:
            if error.facts.get("code") not in TOKEN_CODES:
                raise
            self._call(call, self._fresh())

    def _fresh(self) -> Session:
        try:
            page = self._ask("GET", SESSION, Session())
        except Unavailable as error:
            if error.facts.get("status") == 404 or error.facts.get("code") == NO_SUPPORT:
                return Session()
            raise
        cookie, token = (self._header(page.get(f"response/{name}", "")) for name in ("SesInfo", "TokInfo"))
        if not token:
            raise self._no(f"{SESSION} gives no token")
        return Session(cookie if not cookie or cookie.startswith("SessionID=") else f"SessionID={cookie}", token)

    def _header(self, text: str) -> str:
        """What the stick wants to see again in a header, if it is fit for one."""
        if len(text) > LONGEST_TOKEN or not (text.isascii() and text.isprintable()):
            raise self._no(f"{SESSION} gives what fits into no header")
        return text

    def _call(self, call: Call, session: Session) -> None:
        page = self._ask("POST", call.path, session, DECLARATION + call.body)
        if page != {"response": "OK"}:
            raise self._no(f"{call.path} is not answered with OK", means="")

    def _ask(self, method: str, path: str, session: Session, body: str = "") -> dict[str, str]:
        """Send a request over a connection of its own.  Returns the elements of the page that answers it."""
        until = self._now() + min(self._left(), SECONDS)
        if self._now() >= until:
            raise self._no(f"no time is left for {path}")
        connection = self._dial(until - self._now())
        wire = BoundedSocket(connection, until, self._now)
        try:
            self._send(wire, path, _request(method, path, self._host, session, body))
            elements = self._receive(wire, method, path)
        finally:
            connection.close()
            self._trace("web", method=method, path=path, status=wire.status)
        if "error/code" in elements:
            raise self._refused(path, elements["error/code"])
        return elements

    def _send(self, wire: BoundedSocket, path: str, request: bytes) -> None:
        try:
            wire.send(request)
        except OSError as error:
            raise self._no(f"{path} could not be asked for: {error.strerror or error}") from error

    def _receive(self, wire: BoundedSocket, method: str, path: str) -> dict[str, str]:
        """The elements of the page; each way of failing is judged here."""
        try:
            return read(wire, method)
        except Truncated as error:
            raise self._silence(method, path, "the answer is cut short", "short") from error
        except TimeoutError as error:
            raise self._silence(method, path, "no answer in time", "timeout") from error
        except OSError as error:
            raise self._silence(method, path, "the connection broke", "gone") from error
        except Unexpected as error:
            raise self._no(f"{path} {error}", means=error.means, status=wire.status or None) from error

    def _silence(self, method: str, path: str, words: str, reason: str) -> LinkLost | Unavailable:
        """A GET has changed nothing; after a POST the stick may be on its way."""
        if method == "GET":
            return self._no(f"{path}: {words}")
        return LinkLost(f"the web page at {self._host}: {path}: {words}", reason=reason)

    def _refused(self, path: str, code: str) -> Unavailable:
        number = int(code) if code.isascii() and code.isdigit() and len(code) < 10 else None
        refusal = UNKNOWN if number is None else REFUSALS.get(number, UNKNOWN)
        means = "web" if path == SESSION else refusal.means
        words = f"{path} gives error {printable(code, 20)}: {refusal.words}"
        return self._no(words, hint=refusal.hint, means=means, code=number)

    def _no(self, words: str, *, hint: str = "", means: str = "web", **facts: object) -> Unavailable:
        return Unavailable(f"the web page at {self._host}: {words}", hint=hint, means=means, **facts)


def _request(method: str, path: str, host: str, session: Session, body: str) -> bytes:
    """A request in one piece.  Ref: RFC 9112 §3; the headers are those of huawei-lte-api, Session._post."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Accept-Encoding: identity", "Connection: close"]
    if session.cookie:
        lines.append(f"Cookie: {session.cookie}")
    if session.token:
        lines.append(f"__RequestVerificationToken: {session.token}")
    if body:
        lines += ["Content-Type: text/xml; charset=UTF-8", f"Content-Length: {len(body.encode())}"]
    return "\r\n".join([*lines, "", body]).encode("ascii")
