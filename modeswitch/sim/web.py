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

CALLS = {
    ("/api/device/control", "Control", "1"): "reboot",
    ("/api/device/mode", "mode", "1"): "debug",
}
"""Path, element and value → what it asks for."""

_REQUEST = re.compile(r"(?:<\?xml[^>]*\?>)?\s*<request>\s*<(\w+)>(\w+)</\1>\s*</request>\s*")

NO_SUPPORT, NO_RIGHTS, BAD_REQUEST = 100002, 100003, 100005
NO_TOKEN, BAD_SESSION, BAD_TOKEN = 125001, 125002, 125003

REFUSALS = {"login": NO_RIGHTS, "unsupported": NO_SUPPORT, "token": BAD_SESSION, "blocked": NO_TOKEN}
"""Fault → the error that every call is answered with."""

HUGE = 10_000_000
ENDLESS = b"<response>" * 100
HOURS = 3600.0

PAGE = b"<!DOCTYPE html>\n<html><head><title>Login</title></head><body><p>Welcome</body></html>\n"


class Site:
    """What the server knows: the session it handed out last, its fault (a word of ``faults.WEB``), what it was asked.

    ``obey`` is called with ``reboot`` or ``debug`` before that call is answered with OK, or refused where it gives
    False; where it raises ConnectionError, the connection breaks instead.  ``seen`` has method and path of each
    request.
    """

    def __init__(self, fault: str = "", obey: Callable[[str], bool | None] = lambda name: None) -> None:
        self.fault = fault
        self.obey = obey
        self.seen: list[tuple[str, str]] = []
        self._count = count(1)
        self._session = ""
        self._token = ""
        self._once = True

    def hand_out(self) -> str:
        """A new session and token, as SesTokInfo has them."""
        number = next(self._count)
        self._session, self._token = f"SessionID=simulated{number:0118d}", f"token{number:027d}"
        return f"<response>\n<SesInfo>{self._session}</SesInfo>\n<TokInfo>{self._token}</TokInfo>\n</response>"

    def call(self, path: str, body: str, cookie: str, token: str) -> str:
        """One POST of a page's script."""
        problem = REFUSALS.get(self.fault) or self._admit(cookie, token)
        if problem:
            return error(problem)
        request = _REQUEST.fullmatch(body)
        if not any(path == known for known, _element, _value in CALLS):
            return error(NO_SUPPORT)
        name = CALLS.get((path, request[1], request[2])) if request else None
        if name is None:
            return error(BAD_REQUEST)
        if self.obey(name) is False:
            return error(NO_SUPPORT)
        return "<response>OK</response>"

    def _admit(self, cookie: str, token: str) -> int:
        """0, or why not; the token is used up."""
        expected, self._token = self._token, ""
        if self.fault == "tokenonce" and self._once:
            self._once = False
            return BAD_TOKEN
        if not token:
            return NO_TOKEN
        if cookie != self._session:
            return BAD_SESSION
        return 0 if token == expected else BAD_TOKEN


def error(code: int) -> str:
    """An answer that says no."""
    return f"<error>\n<code>{code}</code>\n<message></message>\n</error>"


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
        if self.path == "/api/webserver/SesTokInfo":
            self._xml(self.site.hand_out())
        elif self.path.startswith("/api/"):
            self._xml(error(NO_SUPPORT))
        else:
            self._say(200 if self.path == "/" else 404, "text/html", PAGE)

    def do_POST(self) -> None:
        """A call."""
        body = self._begin()
        if not self._misbehave():
            cookie, token = (self.headers.get(key, "") for key in ("Cookie", "__RequestVerificationToken"))
            self._xml(self.site.call(self.path, body, cookie, token))

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
            "dead": lambda: self.hold(self.connection, HOURS),
            "garbage": lambda: self.wfile.write(bytes(range(256)) * 4),
        }
        if self.site.fault in wrong:
            wrong[self.site.fault]()
        return self.site.fault in wrong

    def _xml(self, text: str) -> None:
        self._say(200, "text/xml", f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode())

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
