"""The simulated stick's web server: HiLink's API, as far as it leads to another mode.

One request handler, two faces: ``http.server``'s, for a network, and :class:`Pipe`, a socket with nothing behind it.
Strict where firmware is: a token is good for one call, and only with the cookie that it was handed out with.

Ref: Salamek/huawei-lte-api, Session.py and enums/client.py; the answers' form as owners have posted it.
"""

from __future__ import annotations

import errno
import io
import re
import select
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from itertools import count
from typing import Any

from .clock import Clock, RealClock
from .pagelogin import PageLogin, error

CALLS = {
    ("/api/device/control", "Control", "1"): "reboot",
    ("/api/device/mode", "mode", "1"): "debug",
}
"""Path, element and value → what it asks for."""
CGI = {"0": "cgi-project", "1": "cgi-debug"}
"""What POST /CGI asks for, by its switchType."""

_REQUEST = re.compile(r"(?:<\?xml[^>]*\?>)?\s*<request>\s*<(\w+)>(\w+)</\1>\s*</request>\s*")
_CGI = re.compile(
    r'(?:<\?xml[^>]*\?>)?\s*<api version="1.0"><header><function>switchMode</function></header>'
    r"<body><request><switchType>(\d)</switchType></request></body></api>\s*"
)

NO_SUPPORT, NO_RIGHTS, BUSY, BAD_REQUEST = 100002, 100003, 100004, 100005
NO_TOKEN, BAD_SESSION, BAD_TOKEN = 125001, 125002, 125003

REFUSALS = {"login": NO_RIGHTS, "unsupported": NO_SUPPORT, "token": BAD_SESSION, "blocked": NO_TOKEN}
"""Fault → the error that every call is answered with."""

HUGE = 10_000_000
ENDLESS = b"<response>" * 100
HOURS = 3600.0

PAGE = b"<!DOCTYPE html>\n<html><head><title>Login</title></head><body><p>Welcome</body></html>\n"


class Site:
    """What the server knows: the session it handed out last, its fault (a word of ``faults.WEB``), what it was asked.

    ``obey`` is called with ``reboot``, ``debug`` or what :data:`CGI` has before that call is answered with OK, or
    refused where it gives False; where it raises ConnectionError, the connection breaks instead.  ``login`` is how it
    is logged in to, ``model`` what it says that it is.  ``seen`` has method and path of each request.
    """

    def __init__(
        self,
        fault: str = "",
        obey: Callable[[str], bool | None] = lambda name: None,
        login: PageLogin | None = None,
        model: str = "E3372h-153",
    ) -> None:
        self.fault = fault
        self.obey = obey
        self.login = login or PageLogin()
        self.model = model
        self.seen: list[tuple[str, str]] = []
        self.busy = 3 if fault == "busy" else 0
        """So many requests are answered with "busy" first."""
        self._count = count(1)
        self._session = ""
        self._tokens: list[str] = []
        self._once = True

    def page(self, path: str, cookie: str) -> tuple[str, dict[str, str]]:
        """What a GET is answered with, and the headers of that."""
        if self._is_busy():
            return error(BUSY), {}
        said = self.login.page(path)
        if said is not None:
            return said, {}
        if path == "/api/webserver/SesTokInfo" and self.fault not in ("tokenpage", "tokenless"):
            self._hand_out(cookie)
            told = f"<SesInfo>{self._session}</SesInfo>\n<TokInfo>{self._tokens[0]}</TokInfo>"
            return f"<response>\n{told}\n</response>", {}
        if path == "/api/webserver/token" and self.fault == "tokenpage":
            self._hand_out(cookie)
            pair = "0" * 32 + self._tokens[0]  # two in one, of which the second counts
            return f"<response><token>{pair}</token></response>", {"Set-Cookie": f"{self._session};path=/;HttpOnly;"}
        if path == "/api/device/basic_information":
            return f"<response><productfamily>LTE</productfamily><devicename>{self.model}</devicename></response>", {}
        return error(NO_SUPPORT), {}

    def call(self, path: str, body: str, cookie: str, token: str) -> tuple[str, dict[str, str]]:
        """One POST of a page's script: its answer, and the headers of that."""
        if self._is_busy():
            return error(BUSY), {}
        problem = REFUSALS.get(self.fault) or self._admit(cookie, token)
        if problem:
            return error(problem), {}
        said = self.login.post(path, body, token)
        if said is not None:
            return said, self._after_login()
        if not self.login.admits:
            return error(NO_RIGHTS), {}
        return self._do(path, body), {}

    def _is_busy(self) -> bool:
        was, self.busy = self.busy, max(0, self.busy - 1)
        return was > 0

    def _hand_out(self, cookie: str) -> None:
        """A new token, and a new session but for who is logged in."""
        number = next(self._count)
        if not (self.login.inside and cookie == self._session):
            self._session = f"SessionID=simulated{number:0118d}"
        self._tokens = [f"token{number:027d}"]

    def _do(self, path: str, body: str) -> str:
        """A call that is admitted, and its answer; that of the CGI is empty."""
        request, cgi = _REQUEST.fullmatch(body), _CGI.fullmatch(body)
        if path == "/CGI":
            name = CGI.get(cgi[1]) if cgi else None
        elif any(path == known for known, _element, _value in CALLS):
            name = CALLS.get((path, request[1], request[2])) if request else None
        else:
            return error(NO_SUPPORT)
        if name is None:
            return error(BAD_REQUEST)
        if self.obey(name) is False:
            return error(NO_SUPPORT)
        return "" if path == "/CGI" else "<response>OK</response>"

    def _after_login(self) -> dict[str, str]:
        """The headers of an answer of the login: tokens for what follows, and a new cookie for who is inside."""
        if self.fault == "tokenless":
            return {}
        number, inside = next(self._count), self.login.inside
        self._tokens = [f"token{number:022d}{n:05d}" for n in range(30 if inside else 1)]
        headers = {"__RequestVerificationToken": "#".join(self._tokens)}
        if inside:
            self._session = f"SessionID=inside{number:0121d}"
            headers["Set-Cookie"] = f"{self._session};path=/;HttpOnly;"
        return headers

    def _admit(self, cookie: str, token: str) -> int:
        """0, or why not; the token is used up, and with who is not inside every other."""
        if self.fault == "tokenless":
            return 0
        fits = token in self._tokens
        self._tokens = [one for one in self._tokens if one != token] if self.login.inside else []
        if self.fault == "tokenonce" and self._once:
            self._once = False
            return BAD_TOKEN
        if not token:
            return NO_TOKEN
        if cookie != self._session:
            return BAD_SESSION
        return 0 if fits else BAD_TOKEN


class Handler(BaseHTTPRequestHandler):
    """One request; :func:`handler` gives it its site."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "webserver", ""
    site: Site
    hold: Callable[[Any, float], None]

    def handle(self) -> None:
        """One connection."""
        try:
            super().handle()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged."""

    def do_GET(self) -> None:
        """SesTokInfo, or the page that a browser gets."""
        self._begin()
        if self._misbehave():
            return
        if self.path.startswith("/api/"):
            self._xml(*self.site.page(self.path, self.headers.get("Cookie", "")))
        else:
            self._say(200 if self.path == "/" else 404, "text/html", PAGE)

    def do_POST(self) -> None:
        """A call."""
        body = self._begin()
        if not self._misbehave():
            cookie, token = (self.headers.get(key, "") for key in ("Cookie", "__RequestVerificationToken"))
            self._xml(*self.site.call(self.path, body, cookie, token))

    def _begin(self) -> str:
        """Take the request down.  Returns its body."""
        self.site.seen.append((self.command, self.path))
        if self.site.fault == "drip":
            self.wfile = Drip(self.wfile, lambda: self.hold(self.connection, 1.0))
        length = self.headers.get("Content-Length", "0")
        return self.rfile.read(min(int(length), 65536) if length.isdigit() else 0).decode("utf-8", "replace")

    def _misbehave(self) -> bool:
        """Do what the fault is, if it is one of the whole server."""
        wrong: dict[str, Callable[[], object]] = {
            "html": lambda: self._say(200, "text/html", PAGE),
            "huge": lambda: self._say(200, "text/html", b"x" * HUGE),
            "redirect": lambda: self._say(307, "text/html", b"", Location="http://192.0.2.1/html/index.html"),
            "endless": self._never_end,
            "dead": self._be_silent,
            "garbage": lambda: self.wfile.write(bytes(range(256)) * 4),
        }
        if self.site.login.kind == "silent" and self.path == "/api/user/login":
            self.site.login.tries += 1
            self._be_silent()
            return True
        if self.site.fault in wrong:
            wrong[self.site.fault]()
        return self.site.fault in wrong

    def _be_silent(self) -> None:
        """Say nothing, for hours."""
        self.hold(self.connection, HOURS)

    def _xml(self, text: str, headers: dict[str, str]) -> None:
        page = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n' if text else ""
        self._say(200, "text/xml", page.encode(), **headers)

    def _say(self, status: int, kind: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _never_end(self) -> None:
        """A page without end, in chunks."""
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while True:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(ENDLESS), ENDLESS))


class Drip(io.BufferedIOBase):
    """Passes on one byte at a time, and lets time pass after each."""

    def __init__(self, out: io.BufferedIOBase, hold: Callable[[], None]) -> None:
        self._out = out
        self._hold = hold

    def write(self, data: Any) -> int:
        """All of it, slowly."""
        for value in bytes(data):
            self._out.write(bytes([value]))
            self._hold()
        return len(data)


def hold_open(connection: Any, seconds: float) -> None:
    """Let time pass on a real connection, until the other side has closed it."""
    select.select([connection], [], [], seconds)


def handler(site: Site, hold: Callable[[Any, float], None] = hold_open) -> type[Handler]:
    """A request handler of this site, for ``http.server``; ``hold`` lets time pass while a connection is open."""
    return type("SiteHandler", (Handler,), {"site": site, "hold": staticmethod(hold)})


class Recorder:
    """The server's end of a :class:`Pipe`: has the whole request, and writes down what is said, and when.

    ``at`` is the time, in seconds since the request.
    """

    def __init__(self, request: bytes) -> None:
        self._request = request
        self.at = 0.0
        self.said: deque[tuple[float, bytes]] = deque()
        self._room = HUGE + 1_000_000

    def makefile(self, mode: str, buffering: int = -1) -> io.BytesIO:
        """The request."""
        return io.BytesIO(self._request)

    def sendall(self, data: Any) -> None:
        """Say something; nobody reads a page without end for ever."""
        self.said.append((self.at, bytes(data)))
        self._room -= len(data)
        if self._room < 0:
            raise ConnectionResetError(errno.ECONNRESET, "the other side has closed")

    def hold(self, seconds: float) -> None:
        """Let time pass."""
        self.at += seconds


class Pipe:
    """The client's socket of a connection to the site, in one process: what it waits for passes on the ``clock``."""

    def __init__(self, site: Site, clock: Clock | None = None) -> None:
        self._site = site
        self._clock: Clock = clock or RealClock()
        self._request = b""
        self._limit: float | None = None
        self._answer: Recorder | None = None
        self._begun = 0.0
        self.closed = False

    def settimeout(self, seconds: float | None) -> None:
        """How long each read may take, in seconds."""
        self._limit = seconds

    def sendall(self, data: bytes) -> None:
        """A part of the request."""
        self._request += data

    def makefile(self, mode: str, buffering: int = -1) -> io.RawIOBase | io.BufferedReader:
        """The reading side, as a socket has it."""
        return PipeReader(self) if buffering == 0 else io.BufferedReader(PipeReader(self))

    def recv_into(self, buffer: Any) -> int:
        """Read some; 0 at the end.  Raises TimeoutError."""
        if self._answer is None:
            self._answer = Recorder(self._request)
            self._begun = self._clock.now()
            serve: Callable[..., object] = handler(self._site, Recorder.hold)
            serve(self._answer, ("", 0), None)
        said = self._answer.said
        self._pass(self._begun + (said[0][0] if said else self._answer.at))
        if not said:
            return 0
        at, data = said.popleft()
        taken = min(len(buffer), len(data))
        buffer[:taken] = data[:taken]
        if taken < len(data):
            said.appendleft((at, data[taken:]))
        return taken

    def _pass(self, due: float) -> None:
        """Let the time pass until then, or until the limit."""
        ahead = due - self._clock.now()
        if self._limit is not None and ahead > self._limit:
            self._clock.wait(self._limit)
            raise TimeoutError("timed out")
        self._clock.wait(ahead)

    def close(self) -> None:
        """Close it."""
        self.closed = True


class PipeReader(io.RawIOBase):
    """What socket.SocketIO is to a socket."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe

    def readable(self) -> bool:
        """For io.BufferedReader."""
        return True

    def readinto(self, buffer: Any) -> int:
        """One read."""
        return self._pipe.recv_into(buffer)
