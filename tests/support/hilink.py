"""A client of HiLink's web API on a virtual clock, its simulated site, and connections that say what a test wants."""

from __future__ import annotations

import io
from typing import Any, NamedTuple

import pytest

from modeswitch.errors import LinkLost, ModeswitchError, Unavailable
from modeswitch.modem.hilink import CALLS, Dial, Web
from modeswitch.modem.weblogin import WebLogin
from modeswitch.sim.clock import VirtualClock
from modeswitch.sim.web import Pipe, Site

HOST = "192.168.8.1"
CONTROL = CALLS["reboot"].path


class Client:
    """A client on a virtual clock, with all that it did."""

    def __init__(self, dial: Dial, clock: VirtualClock, seconds: float = 60.0, login: WebLogin | None = None) -> None:
        self.clock = clock
        self.until = clock.now() + seconds
        self.begun = clock.now()
        self.dialled: list[float] = []
        self.traced: list[tuple[str, str, int]] = []
        self._dial = dial
        self.web = Web(HOST, self.dial, clock.now, lambda: self.until - clock.now(), self.trace, login)

    def dial(self, seconds: float) -> Any:
        """Open a connection; how long it may take is noted."""
        self.dialled.append(seconds)
        return self._dial(seconds)

    def trace(self, event: str, *, method: str, path: str, status: int) -> None:
        """Note the event of a request."""
        assert event == "web"
        self.traced.append((method, path, status))

    @property
    def took(self) -> float:
        """The seconds since the beginning."""
        return self.clock.now() - self.begun


def client_of(site: Site, seconds: float = 60.0, login: WebLogin | None = None) -> Client:
    """A client of the simulated site."""
    clock = VirtualClock()
    return Client(lambda seconds: Pipe(site, clock), clock, seconds, login)


class Scripted:
    """A socket that says exactly that, and remembers what it was told; ``after`` is raised at the end, if anything."""

    def __init__(self, said: bytes, after: OSError | None = None, *, on_send: OSError | None = None) -> None:
        self._said = io.BytesIO(said)
        self._after = after
        self._on_send = on_send
        self.heard = b""
        self.limits: list[float] = []
        self.closed = False

    def settimeout(self, seconds: float) -> None:
        """As socket's; every limit is noted."""
        assert seconds > 0
        self.limits.append(seconds)

    def sendall(self, data: bytes) -> None:
        """As socket's; what is sent is kept in ``heard``."""
        if self._on_send is not None:
            raise self._on_send
        self.heard += data

    def makefile(self, mode: str, buffering: int = -1) -> io.RawIOBase:
        """The reading side."""
        assert (mode, buffering) == ("rb", 0)
        return ScriptedReader(self)

    def read(self, most: int) -> bytes:
        """The next bytes of what it says."""
        data = self._said.read(most)
        if not data and self._after is not None:
            raise self._after
        return data

    @property
    def taken(self) -> int:
        """How many bytes were read of it."""
        return self._said.tell()

    def close(self) -> None:
        """As socket's."""
        self.closed = True


class ScriptedReader(io.RawIOBase):
    """What socket.SocketIO is to a socket."""

    def __init__(self, script: Scripted) -> None:
        self._script = script

    def readable(self) -> bool:
        """For io.RawIOBase."""
        return True

    def readinto(self, buffer: Any) -> int:
        """One read."""
        data = self._script.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def scripted(*scripts: Scripted, seconds: float = 60.0) -> Client:
    """A client whose connections are these, one after the other."""
    waiting = list(scripts)
    return Client(lambda seconds: waiting.pop(0), VirtualClock(), seconds)


def answer(page: str | bytes, status: str = "200 OK", *headers: str) -> bytes:
    """An answer with a length."""
    body = page.encode() if isinstance(page, str) else page
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""])
    return head.encode("latin-1") + body


def session(cookie: str = "SessionID=abc", token: str = "t0") -> bytes:
    """SesTokInfo's answer."""
    return answer(f"<response><SesInfo>{cookie}</SesInfo><TokInfo>{token}</TokInfo></response>")


def request(client: Client, method: str) -> None:
    """Prepare, or make a call that prepares itself."""
    if method == "GET":
        client.web.prepare()
    else:
        client.web.post("reboot")


def ending(client: Client, method: str) -> Unavailable | LinkLost | None:
    """How that ends."""
    try:
        request(client, method)
    except (Unavailable, LinkLost) as error:
        return error
    return None


OK = answer('<?xml version="1.0" encoding="UTF-8"?><response>OK</response>')


class Expected(NamedTuple):
    """How a fault ends: whether preparing fails, what the error says, how often the site was asked."""

    early: bool
    words: str
    means: str = "web"
    code: int | None = None
    requests: int = 1


FAULTS: dict[str, Expected | None] = {
    "": None,
    "tokenonce": None,
    "html": Expected(True, "a page that is not of this API"),
    "huge": Expected(True, "more than 65536 bytes"),
    "redirect": Expected(True, "sends us elsewhere (HTTP status 307)"),
    "endless": Expected(True, "more than 65536 bytes"),
    "dead": Expected(True, "no answer in time"),
    "drip": Expected(True, "no answer in time"),
    "garbage": Expected(True, "not answered in HTTP"),
    "login": Expected(False, "error 100003: it wants a login", "web", 100003, 2),
    "unsupported": Expected(False, "error 100002: this firmware does not offer it", "", 100002, 2),
    "token": Expected(False, "error 125002", "", 125002, 4),
    "blocked": Expected(False, "error 125001", "", 125001, 4),
    "tokenpage": None,
    "tokenless": None,
    "busy": Expected(True, "error 100004: it is busy", "web", 100004),
}


def prepare_and_post(web: Web, name: str, *, early: bool) -> None:
    """Prepare and call; the call alone is what may fail, unless ``early``."""
    if early:
        web.prepare()
        pytest.fail("prepared")
    web.prepare()
    web.post(name)


HEAD = b"HTTP/1.1 200 OK\r\n"


def harmless(error: ModeswitchError) -> bool:
    """Is an error short, and free of what a terminal would obey?"""
    return str(error).replace("\n", "").isprintable() and len(str(error)) < 500
