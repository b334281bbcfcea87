"""The web API of a HiLink stick, as far as it leads to another mode: a token is fetched, one call is made with it.

Everything that comes back is hostile: bounded in bytes and in time, never followed elsewhere, never repeated unescaped.
Who is talked to, and through which network interface, is the business of the ``dial`` function.

Ref: Salamek/huawei-lte-api, Session.py (tokens, headers), api/Device.py and enums/ (calls, codes); RFC 9112.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from ..errors import LinkLost, ModeswitchError, Unavailable
from ..printable import printable
from ..usb.host import StickNetwork
from ..values import TYPE_CHECKING, NamedTuple
from .http import Answer, BoundedSocket, Truncated, Unexpected, read
from .refusals import NO_SUPPORT, TOKEN_CODES, number_of, refusal_of

if TYPE_CHECKING:
    from typing import Any, Protocol

    class Login(Protocol):
        """How the page is logged in to, where it wants that: see ``weblogin.py``."""

        def enter(self, web: Web) -> bool:
            """Log in; False where no login is wanted, or somebody is logged in here already."""


Dial = Callable[[float], "Any"]
"""Seconds left → a connected stream socket, or like one: ``sendall``, ``makefile``, ``settimeout``, ``close``.

Raises :class:`LinkLost`, :class:`TransferError`, :class:`Unavailable`.
"""

SECONDS = 10.0
"""How long one request may take with all of its answer, in seconds, unless less time is left."""
LOGOUT = 2.0
"""How long a logout may take, in seconds, after a call that was refused."""
LONGEST_TOKEN = 1024
MOST_TOKENS = 64
"""So many tokens of one answer are kept; firmware gives up to 32 after a login."""

NETWORK = StickNetwork(("192.168.8.1", "192.168.1.1"), ("192.168.8.200", "192.168.1.200"), netmask="255.255.255.0")
"""Where newer and older HiLink firmware is, and what is lent there; its DHCP server gives .100 to .200 as a rule."""
ADDRESS = NETWORK.servers[0]
"""What HiLink firmware calls itself; older firmware at 192.168.1.1 answers to this name all the same."""

SESSION, TOKEN = "/api/webserver/SesTokInfo", "/api/webserver/token"
SOURCES = {SESSION: ("SesInfo", "TokInfo"), TOKEN: ("", "token")}
"""Where a session comes from: path → the elements of its cookie and its token, the newer firmware's first.

Ref: huawei-lte-api, Session.py; trick77/huawei-hilink-status issue 3 (E3372: the second is refused where there is the
first).  The cookie of the second is in its header.
"""
PAIR = 64
"""A token of so many characters is two, and the second is the one to send.  Ref: a firmware's main.js, TOKEN_LENGTH."""
COOKIE, TOKEN_HEADER = "SessionID=", "__RequestVerificationToken"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


class Call(NamedTuple):
    """One POST: its path and its XML; ``plain``: is it answered with OK, and with nothing else?"""

    path: str
    body: str
    plain: bool = True


_SWITCH_MODE = (
    '<api version="1.0"><header><function>switchMode</function></header>'
    "<body><request><switchType>{}</switchType></request></body></api>"
)
CALLS = {
    # Ref: huawei-lte-api, Device.set_control and ControlModeEnum.REBOOT.  2 would be factory settings, 4 power off.
    "reboot": Call("/api/device/control", "<request><Control>1</Control></request>"),
    # Ref: huawei-lte-api, Device.mode and ModeEnum.DEBUG; the script of /html/switchDebugMode.html posts this, too: the
    # page itself switches nothing.  What 0 means, sources do not agree on.
    "debug": Call("/api/device/mode", "<request><mode>1</mode></request>"),
    # Ref: github balong-toolkit/docs, README (E3372h: 1); github lobotomoe/cellary, docs/protocols/hilink (E8372H-153:
    # 0 gives 12d1:1442).  What answers it is not known but for an error's code.
    "cgi-debug": Call("/CGI", _SWITCH_MODE.format(1), plain=False),
    "cgi-project": Call("/CGI", _SWITCH_MODE.format(0), plain=False),
}
"""What can be asked for, by the name that a profile uses."""

MODEL = {"/api/device/basic_information": "devicename", "/api/device/information": "DeviceName"}
"""Where the page says which model it is: path → element.  Ref: huawei-lte-api, Device; as a rule without a login."""


class Session(NamedTuple):
    """What goes into the headers of a call, one token each: empty with firmware that knows no tokens."""

    cookie: str = ""
    tokens: tuple[str, ...] = ()


class Web:
    """The web API at ``host``, reached by ``dial``.

    ``now`` is a clock in seconds, ``left`` says how many seconds everything may still take, ``trace`` is called with
    ``"web"``, ``method``, ``path`` and the HTTP ``status`` after each exchange (0: it did not come to its end).
    ``login`` logs in where the page wants that.
    """

    def __init__(
        self,
        host: str,
        dial: Dial,
        now: Callable[[], float],
        left: Callable[[], float],
        trace: Callable[..., None],
        login: Login | None = None,
    ) -> None:
        self._host = host
        self._dial = dial
        self._now = now
        self._left = left
        self._trace = trace
        self._login = login
        self._session: Session | None = None
        self._cookie = ""
        """That of the session in which a login is made, or was made."""
        self._inside = False

    def prepare(self) -> None:
        """Fetch a session and a token, and log in where that is wanted and can be; nothing is changed by it.

        Raises :class:`Unavailable` if this is no HiLink web API that can be used, and what ``dial`` raises.
        """
        self._session = self._fresh()
        if self._login is None or self._inside:
            return
        self._cookie = self._session.cookie
        try:
            self._inside = self._login.enter(self)
        finally:
            if not self._inside:
                self._cookie = ""

    def post(self, name: str) -> None:
        """Make one of the :data:`CALLS`, each time with a fresh token.

        Raises :class:`Unavailable` if the answer is no, :class:`LinkLost` if there is none after the call was sent,
        and what ``dial`` raises.
        """
        call, refused = CALLS[name], False
        try:
            self._call(call)
        except Unavailable as error:
            refused = error.facts.get("code") not in TOKEN_CODES
            if refused:
                raise
            self._session = None
            self._call(call)
        finally:
            self._inside = self._inside and refused  # who obeys is about to restart, and forgets

    def model(self) -> str:
        """What the page says which model it is (``E8372h-153``), escaped; empty where it does not say."""
        for path, element in MODEL.items():
            with suppress(Unavailable):
                name = self.ask(path).get(element, "")
                if name:
                    return printable(name, 40)
        return ""

    def close(self) -> None:
        """Log out, where we are logged in and the stick has stayed: nobody else could log in for some minutes."""
        if self._inside:
            self._inside = False
            with suppress(ModeswitchError):
                self._submit("/api/user/logout", "<request><Logout>1</Logout></request>", LOGOUT)

    # What a login is made of.

    @property
    def token(self) -> str:
        """The token that the next :meth:`submit` sends."""
        self._session = self._session or self._fresh()
        return self._session.tokens[0] if self._session.tokens else ""

    def ask(self, path: str) -> dict[str, str]:
        """The elements of the answer to a GET, by name.  Raises :class:`Unavailable`."""
        return _named(self._ask("GET", path, Session(self._session.cookie if self._session else self._cookie)))

    def submit(self, path: str, body: str) -> dict[str, str]:
        """The elements of the answer to a POST with the next token, by name; ``response`` is all that is not in one.

        What the answer has of cookie and tokens counts from then on.  Raises as :meth:`post`.
        """
        return _named(self._submit(path, body))

    def no(self, words: str, *, hint: str = "", means: str = "web", **facts: object) -> Unavailable:
        """An error of this page's."""
        return Unavailable(f"the web page at {self._host}: {words}", hint=hint, means=means, **facts)

    def _call(self, call: Call) -> None:
        answer = self._submit(call.path, call.body, may_be_empty=not call.plain)
        if answer.elements != {"response": "OK"} if call.plain else not _is_answer(answer):
            raise self.no(f"{call.path} is not answered with OK", means="")

    def _submit(self, path: str, body: str, most: float = SECONDS, *, may_be_empty: bool = False) -> Answer:
        """A POST with the next token; the session afterwards is the one that was logged in, or none."""
        session, self._session = self._session or self._fresh(), None
        answer = self._ask("POST", path, session, DECLARATION + body, most, may_be_empty=may_be_empty)
        if self._cookie:
            self._cookie = self._cookie_of(path, answer) or self._cookie
            tokens = self._tokens_of(path, answer) or session.tokens[1:]
            self._session = Session(self._cookie, tokens) if tokens else None
        return answer

    def _fresh(self) -> Session:
        """A new session; a new token for the one that is logged in."""
        for path, (cookie_name, token_name) in SOURCES.items():
            try:
                answer = self._ask("GET", path, Session(self._cookie))
            except Unavailable as error:
                if error.facts.get("status") == 404 or error.facts.get("code") == NO_SUPPORT:
                    continue
                raise
            given, token = (
                self._header(path, answer.elements.get(f"response/{name}", "")) for name in (cookie_name, token_name)
            )
            if not token:
                raise self.no(f"{path} gives no token")
            if given and not given.startswith(COOKIE):
                given = COOKIE + given
            cookie = given or self._cookie_of(path, answer)
            if self._cookie:  # within a login, and after it
                self._cookie = cookie = self._cookie if self._inside else cookie or self._cookie
            return Session(cookie, (token[PAIR // 2 :] if len(token) == PAIR else token,))
        return Session(self._cookie)

    def _tokens_of(self, path: str, answer: Answer) -> tuple[str, ...]:
        """The tokens that the headers of an answer have for the next calls; after a login many, with # between them.

        Ref: huawei-lte-api, Session._post; github janglapuk/huawei-e5785lh-92a-fw, html/api/user/login.lua.
        """
        listed = answer.headers.get(TOKEN_HEADER.lower(), "").split("#")
        named = [answer.headers.get(f"{TOKEN_HEADER}{which}".lower(), "") for which in ("one", "two")]
        found = [self._header(path, token) for token in listed if token] or [
            self._header(path, token) for token in named if token
        ]
        return tuple(found[:MOST_TOKENS])

    def _cookie_of(self, path: str, answer: Answer) -> str:
        """The cookie that the headers of an answer set."""
        cookie = self._header(path, answer.headers.get("set-cookie", "").partition(";")[0].strip())
        return cookie if cookie.startswith(COOKIE) else ""

    def _header(self, path: str, text: str) -> str:
        """What the stick wants to see again in a header, if it is fit for one."""
        if len(text) > LONGEST_TOKEN or not (text.isascii() and text.isprintable()):
            raise self.no(f"{path} gives what fits into no header")
        return text

    def _ask(
        self,
        method: str,
        path: str,
        session: Session,
        body: str = "",
        most: float = SECONDS,
        *,
        may_be_empty: bool = False,
    ) -> Answer:
        """Send a request over a connection of its own.  Returns the page that answers it."""
        until = self._now() + min(self._left(), most)
        if self._now() >= until:
            raise self.no(f"no time is left for {path}")
        connection = self._dial(until - self._now())
        wire = BoundedSocket(connection, until, self._now)
        try:
            self._send(wire, path, _request(method, path, self._host, session, body))
            answer = self._receive(wire, method, path, may_be_empty=may_be_empty)
        finally:
            connection.close()
            self._trace("web", method=method, path=path, status=wire.status)
        if "error/code" in answer.elements:
            raise self._refused(path, answer.elements)
        return answer

    def _send(self, wire: BoundedSocket, path: str, request: bytes) -> None:
        try:
            wire.send(request)
        except OSError as error:
            raise self.no(f"{path} could not be asked for: {error.strerror or error}") from error

    def _receive(self, wire: BoundedSocket, method: str, path: str, *, may_be_empty: bool) -> Answer:
        """The page; each way of failing is judged here."""
        try:
            return read(wire, method, may_be_empty=may_be_empty)
        except Truncated as error:
            raise self._silence(method, path, "the answer is cut short", "short") from error
        except TimeoutError as error:
            raise self._silence(method, path, "no answer in time", "timeout") from error
        except OSError as error:
            raise self._silence(method, path, "the connection broke", "gone") from error
        except Unexpected as error:
            raise self.no(f"{path} {error}", means=error.means, status=wire.status or None) from error

    def _silence(self, method: str, path: str, words: str, reason: str) -> LinkLost | Unavailable:
        """A GET has changed nothing; after a POST the stick may be on its way."""
        if method == "GET":
            return self.no(f"{path}: {words}")
        return LinkLost(f"the web page at {self._host}: {path}: {words}", reason=reason)

    def _refused(self, path: str, elements: dict[str, str]) -> Unavailable:
        code = elements["error/code"]
        refusal = refusal_of(code, elements)
        means = "web" if path in SOURCES else refusal.means
        words = f"{path} gives error {printable(code, 20)}: {refusal.words}"
        return self.no(words, hint=refusal.hint, means=means, code=number_of(code))


def _is_answer(answer: Answer) -> bool:
    """Is it of this API at all?"""
    return not answer.elements or bool({"api", "response"} & answer.elements.keys())


def _named(answer: Answer) -> dict[str, str]:
    """The elements of a page by their own names, without the path to them."""
    return {path.rpartition("/")[2]: text for path, text in answer.elements.items()}


def _request(method: str, path: str, host: str, session: Session, body: str) -> bytes:
    """A request in one piece.  Ref: RFC 9112 §3; the headers are those of huawei-lte-api, Session._post."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Accept-Encoding: identity", "Connection: close"]
    if session.cookie:
        lines.append(f"Cookie: {session.cookie}")
    if session.tokens:
        lines.append(f"{TOKEN_HEADER}: {session.tokens[0]}")
    if body:
        lines += ["Content-Type: text/xml; charset=UTF-8", f"Content-Length: {len(body.encode())}"]
    return "\r\n".join([*lines, "", body]).encode("ascii")
