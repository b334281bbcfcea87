"""The client of HiLink's web API against the simulated site, hostile answers, and a real web server."""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from modeswitch.errors import LinkLost, ModeswitchError, PermissionDenied, Unavailable
from modeswitch.modem.hilink import CALLS, LONGEST_TOKEN, REFUSALS, SECONDS, SESSION, TOKEN_CODES, Dial, Web
from modeswitch.modem.http import LARGEST
from modeswitch.sim.clock import VirtualClock
from modeswitch.sim.faults import WEB
from modeswitch.sim.web import Pipe, Site, error, handler

HOST = "192.168.8.1"
CONTROL = CALLS["reboot"].path


class Rig:
    """A client on a virtual clock, with all that it did."""

    def __init__(self, dial: Dial, clock: VirtualClock, seconds: float = 60.0) -> None:
        self.clock = clock
        self.until = clock.now() + seconds
        self.begun = clock.now()
        self.dialled: list[float] = []
        self.traced: list[tuple[str, str, int]] = []
        self._dial = dial
        self.web = Web(HOST, self.dial, clock.now, lambda: self.until - clock.now(), self.trace)

    def dial(self, seconds: float) -> Any:
        self.dialled.append(seconds)
        return self._dial(seconds)

    def trace(self, event: str, *, method: str, path: str, status: int) -> None:
        assert event == "web"
        self.traced.append((method, path, status))

    @property
    def took(self) -> float:
        return self.clock.now() - self.begun


def at(site: Site, seconds: float = 60.0) -> Rig:
    """A client of the simulated site."""
    clock = VirtualClock()
    return Rig(lambda seconds: Pipe(site, clock), clock, seconds)


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
        assert seconds > 0
        self.limits.append(seconds)

    def sendall(self, data: bytes) -> None:
        if self._on_send is not None:
            raise self._on_send
        self.heard += data

    def makefile(self, mode: str, buffering: int = -1) -> io.RawIOBase:
        assert (mode, buffering) == ("rb", 0)
        return ScriptedReader(self)

    def read(self, most: int) -> bytes:
        data = self._said.read(most)
        if not data and self._after is not None:
            raise self._after
        return data

    @property
    def taken(self) -> int:
        return self._said.tell()

    def close(self) -> None:
        self.closed = True


class ScriptedReader(io.RawIOBase):
    def __init__(self, script: Scripted) -> None:
        self._script = script

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._script.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def scripted(*scripts: Scripted, seconds: float = 60.0) -> Rig:
    """A client whose connections are these, one after the other."""
    waiting = list(scripts)
    return Rig(lambda seconds: waiting.pop(0), VirtualClock(), seconds)


def http(page: str | bytes, status: str = "200 OK", *headers: str) -> bytes:
    """An answer with a length."""
    body = page.encode() if isinstance(page, str) else page
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""])
    return head.encode("latin-1") + body


def session(cookie: str = "SessionID=abc", token: str = "t0") -> bytes:
    return http(f"<response><SesInfo>{cookie}</SesInfo><TokInfo>{token}</TokInfo></response>")


def do(rig: Rig, method: str) -> None:
    """Prepare, or make a call that prepares itself."""
    if method == "GET":
        rig.web.prepare()
    else:
        rig.web.post("reboot")


def ending(rig: Rig, method: str) -> Unavailable | LinkLost | None:
    """How that ends."""
    try:
        do(rig, method)
    except (Unavailable, LinkLost) as error:
        return error
    return None


OK = http('<?xml version="1.0" encoding="UTF-8"?><response>OK</response>')


# What is asked for, and how.


@pytest.mark.parametrize("name", CALLS)
def test_a_call_is_obeyed(name: str) -> None:
    obeyed: list[str] = []
    site = Site(obey=obeyed.append)
    rig = at(site)
    rig.web.prepare()
    assert obeyed == []
    rig.web.post(name)
    assert obeyed == [name]
    assert site.seen == [("GET", SESSION), ("POST", CALLS[name].path)]
    assert rig.traced == [("GET", SESSION, 200), ("POST", CALLS[name].path, 200)]


def test_what_goes_over_the_wire() -> None:
    first, second = Scripted(session("SessionID=abc", "t0")), Scripted(OK)
    rig = scripted(first, second)
    rig.web.prepare()
    rig.web.post("debug")
    assert first.heard == (
        b"GET /api/webserver/SesTokInfo HTTP/1.1\r\nHost: 192.168.8.1\r\n"
        b"Accept-Encoding: identity\r\nConnection: close\r\n\r\n"
    )
    assert second.heard == (
        b"POST /api/device/mode HTTP/1.1\r\nHost: 192.168.8.1\r\n"
        b"Accept-Encoding: identity\r\nConnection: close\r\n"
        b"Cookie: SessionID=abc\r\n__RequestVerificationToken: t0\r\n"
        b"Content-Type: text/xml; charset=UTF-8\r\nContent-Length: 71\r\n\r\n"
        b'<?xml version="1.0" encoding="UTF-8"?><request><mode>1</mode></request>'
    )
    assert first.closed
    assert second.closed


def test_each_call_takes_a_fresh_token() -> None:
    site = Site()
    rig = at(site)
    rig.web.prepare()
    rig.web.post("debug")
    rig.web.post("reboot")
    assert site.seen == [("GET", SESSION), ("POST", CALLS["debug"].path), ("GET", SESSION), ("POST", CONTROL)]


def test_a_call_without_preparation_fetches_its_token() -> None:
    site = Site()
    at(site).web.post("reboot")
    assert site.seen == [("GET", SESSION), ("POST", CONTROL)]


@pytest.mark.parametrize(
    ("given_out", "cookie"),
    [("SessionID=abc", b"SessionID=abc"), ("abc", b"SessionID=abc"), (" abc\n", b"SessionID=abc"), ("", b"")],
)
def test_the_cookie_with_and_without_its_name(given_out: str, cookie: bytes) -> None:
    call = Scripted(OK)
    rig = scripted(Scripted(session(given_out)), call)
    rig.web.post("reboot")
    lines = [line for line in call.heard.split(b"\r\n") if line.startswith(b"Cookie")]
    assert lines == ([b"Cookie: " + cookie] if cookie else [])


@pytest.mark.parametrize("none", [http("", "404 Not Found"), http(error(100002))])
def test_firmware_without_tokens_is_called_without(none: bytes) -> None:
    call = Scripted(OK)
    rig = scripted(Scripted(none), call)
    rig.web.prepare()
    rig.web.post("reboot")
    assert b"Cookie" not in call.heard
    assert b"Token" not in call.heard


@pytest.mark.parametrize("code", sorted(TOKEN_CODES))
def test_a_token_that_is_not_taken_is_fetched_anew_once(code: int) -> None:
    refused = http(error(code))
    second = Scripted(OK)
    rig = scripted(Scripted(session()), Scripted(refused), Scripted(session(token="t1")), second)
    rig.web.post("reboot")
    assert b"__RequestVerificationToken: t1\r\n" in second.heard
    rig = scripted(Scripted(session()), Scripted(refused), Scripted(session()), Scripted(refused))
    with pytest.raises(Unavailable) as raised:
        rig.web.post("reboot")
    assert raised.value.facts["code"] == code
    assert len(rig.dialled) == 4


# Every fault of the simulated site.


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
}


def test_every_fault_is_expected() -> None:
    assert set(FAULTS) == set(WEB)


@pytest.mark.parametrize("fault", WEB)
@pytest.mark.parametrize("name", CALLS)
def test_each_fault(fault: str, name: str) -> None:
    obeyed: list[str] = []
    site = Site(fault, obeyed.append)
    rig = at(site)
    expected = FAULTS[fault]
    if expected is None:
        rig.web.prepare()
        rig.web.post(name)
        assert obeyed == [name]
        return
    with pytest.raises(Unavailable) as raised:
        _do(rig.web, name, early=expected.early)
    assert f"the web page at {HOST}: " in raised.value.message
    assert expected.words in raised.value.message
    assert (raised.value.means, raised.value.facts.get("code")) == (expected.means, expected.code)
    assert len(site.seen) == len(rig.dialled) == expected.requests
    assert obeyed == []
    assert rig.took <= SECONDS


def _do(web: Web, name: str, *, early: bool) -> None:
    """Prepare and call; the call alone is what may fail, unless ``early``."""
    if early:
        web.prepare()
        pytest.fail("prepared")
    web.prepare()
    web.post(name)


DURING = {"dead": "timeout", "drip": "timeout"}


@pytest.mark.parametrize("fault", ["html", "huge", "redirect", "endless", "dead", "drip", "garbage"])
def test_a_fault_that_sets_in_with_the_call(fault: str) -> None:
    """An answer that is none of this API is a no; silence may be how an obedient stick leaves."""
    site = Site()
    rig = at(site)
    rig.web.prepare()
    site.fault = fault
    before = rig.clock.now()
    with pytest.raises(LinkLost if fault in DURING else Unavailable) as raised:
        rig.web.post("reboot")
    assert raised.value.facts.get("reason") == DURING.get(fault)
    assert rig.clock.now() - before <= SECONDS
    assert len(site.seen) == 2


@pytest.mark.parametrize("code", [*REFUSALS, 123456])
def test_each_error_code_on_purpose(code: int) -> None:
    answers = [session(), http(error(code))] * 2
    rig = scripted(*map(Scripted, answers))
    rig.web.prepare()
    with pytest.raises(Unavailable) as raised:
        rig.web.post("reboot")
    assert f"error {code}: " in raised.value.message
    assert raised.value.facts["code"] == code
    if code in REFUSALS:
        assert raised.value.hint == REFUSALS[code].hint
    else:
        assert "not known" in raised.value.message


@pytest.mark.parametrize("code", [code for code in REFUSALS if code != 100002])
def test_an_error_instead_of_a_token_is_of_the_whole_api(code: int) -> None:
    with pytest.raises(Unavailable) as raised:
        scripted(Scripted(http(error(code)))).web.prepare()
    assert (raised.value.means, raised.value.facts["code"]) == ("web", code)


# How a stick leaves in mid-sentence.


BREAKS = {
    "reset": (Scripted(b"", ConnectionResetError(104, "Connection reset by peer")), "gone"),
    "device": (Scripted(b"", OSError(19, "No such device")), "gone"),
    "unreachable": (Scripted(OK[:20], OSError(113, "No route to host")), "gone"),
    "closed": (Scripted(b""), "gone"),
    "silent": (Scripted(b"", TimeoutError("timed out")), "timeout"),
    "silent later": (Scripted(OK[:-3], TimeoutError("timed out")), "timeout"),
    "short": (Scripted(OK[:-3]), "short"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_losing_the_connection_after_the_call_was_sent(name: str) -> None:
    script, reason = BREAKS[name]
    rig = scripted(Scripted(session()), script)
    rig.web.prepare()
    with pytest.raises(LinkLost) as raised:
        rig.web.post("reboot")
    assert raised.value.reason == reason
    assert HOST in raised.value.message
    assert script.closed
    assert rig.traced[-1][:2] == ("POST", CONTROL)


@pytest.mark.parametrize("make", [lambda: b"", lambda: OK[:20], lambda: session()[:-10]])
@pytest.mark.parametrize("after", [None, TimeoutError("timed out"), ConnectionResetError(104, "reset")])
def test_losing_the_connection_before_it_is_unavailable(make: Callable[[], bytes], after: OSError | None) -> None:
    rig = scripted(Scripted(make(), after))
    with pytest.raises(Unavailable) as raised:
        rig.web.prepare()
    assert raised.value.means == "web"


PLAIN = b'HTTP/1.1 200 OK\r\nServer: x\r\n\r\n<?xml version="1.0"?>\n<response>OK</response>'
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n<response>\r\nd\r\nOK</response>\r\n0\r\n\r\n"


@pytest.mark.parametrize("answer", [OK, PLAIN, CHUNKED], ids=["length", "plain", "chunked"])
def test_an_answer_cut_anywhere_is_no_no(answer: bytes) -> None:
    """A stick that obeys may leave at any byte of its answer: that is never taken for a refusal."""
    for cut in range(len(answer)):
        end = ending(scripted(Scripted(session()), Scripted(answer[:cut])), "POST")
        if end is None:
            assert answer[cut:].strip() in (b"", b"0")  # only the end of the chunks is missing
        else:
            assert end.facts["reason"] == ("short" if cut else "gone")
    assert ending(scripted(Scripted(session()), Scripted(answer)), "POST") is None


def test_a_site_that_breaks_off_as_it_obeys() -> None:
    def leave(name: str) -> None:
        raise ConnectionResetError

    rig = at(Site(obey=leave))
    rig.web.prepare()
    with pytest.raises(LinkLost, match="the connection broke"):
        rig.web.post("reboot")


@pytest.mark.parametrize("problem", [BrokenPipeError(32, "Broken pipe"), TimeoutError("timed out")])
def test_what_could_not_be_sent_was_not_obeyed(problem: OSError) -> None:
    rig = scripted(Scripted(session()), Scripted(OK, on_send=problem))
    rig.web.prepare()
    with pytest.raises(Unavailable, match="could not be asked for"):
        rig.web.post("reboot")


# Who is dialled, and how long.


@pytest.mark.parametrize(
    "problem",
    [
        LinkLost("gone", reason="gone"),
        PermissionDenied("no"),
        Unavailable("refused", means="web"),
    ],
    ids=lambda problem: type(problem).__name__,
)
def test_what_dial_raises_is_passed_on(problem: ModeswitchError) -> None:
    def dial(seconds: float) -> Any:
        raise problem

    for method in ("GET", "POST"):
        with pytest.raises(type(problem)) as raised:
            do(Rig(dial, VirtualClock()), method)
        assert raised.value is problem


@pytest.mark.parametrize(("left", "expected"), [(60.0, SECONDS), (3.0, 3.0), (float("inf"), SECONDS)])
def test_dial_is_told_how_long(left: float, expected: float) -> None:
    script = Scripted(session())
    rig = scripted(script, seconds=left)
    rig.web.prepare()
    assert rig.dialled == [expected]
    assert set(script.limits) == {expected}


@pytest.mark.parametrize("left", [0.0, -1.0])
def test_without_time_nobody_is_dialled(left: float) -> None:
    rig = at(Site(), seconds=left)
    with pytest.raises(Unavailable, match="no time is left"):
        rig.web.prepare()
    assert rig.dialled == []


@pytest.mark.parametrize("fault", ["dead", "drip"])
@pytest.mark.parametrize("left", [60.0, 2.5])
def test_slowness_is_bounded_in_all(fault: str, left: float) -> None:
    """One byte a second keeps every single read happy, yet not the request."""
    rig = at(Site(fault), seconds=left)
    with pytest.raises(Unavailable, match="no answer in time"):
        rig.web.prepare()
    assert rig.took == pytest.approx(min(left, SECONDS))


def test_time_spent_on_dialling_counts() -> None:
    clock = VirtualClock()
    script = Scripted(session())

    def dial(seconds: float) -> Any:
        clock.wait(7)
        return script

    Rig(dial, clock).web.prepare()
    assert script.limits
    assert max(script.limits) == pytest.approx(SECONDS - 7)


def test_a_dial_that_takes_all_the_time_leaves_none_for_the_rest() -> None:
    clock = VirtualClock()
    script = Scripted(session())

    def dial(seconds: float) -> Any:
        clock.wait(seconds)
        return script

    with pytest.raises(Unavailable, match="no time is left"):
        Rig(dial, clock).web.prepare()
    assert script.closed
    assert script.heard == b""


# Hostile answers.


HEAD = b"HTTP/1.1 200 OK\r\n"
FLOODS = {
    "length": HEAD + b"Content-Length: 10000000\r\n\r\n" + b"x" * 10_000_000,
    "no length": HEAD + b"\r\n" + b"x" * 1_000_000,
    "absurd length": HEAD + b"Content-Length: " + b"9" * 4000 + b"\r\n\r\n" + b"x" * 1_000_000,
    "chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 200_000,
    "one chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffffffffff\r\n" + b"x" * 1_000_000,
    "negative chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n" + b"x" * 1_000_000,
    "interim": b"HTTP/1.1 100 Continue\r\n\r\n" * 100_000,
    "header": HEAD + b"X: " + b"x" * 1_000_000,
    "headers": HEAD + b"X: x\r\n" * 100_000,
    "status": b"HTTP/1.1 200 " + b"x" * 1_000_000,
}


@pytest.mark.parametrize("flood", FLOODS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_flood_is_not_drunk(flood: str, method: str) -> None:
    script = Scripted(FLOODS[flood])
    rig = scripted(Scripted(session()), script) if method == "POST" else scripted(script)
    with pytest.raises(Unavailable):
        do(rig, method)
    assert script.taken <= 3 * LARGEST
    assert script.closed


NONSENSE = {
    "status": b"HTTP/1.1 banana\r\n\r\n",
    "no status": b"<response>OK</response>",
    "version": b"HTTP/2.0 200 OK\r\n\r\n",
    "chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n",
    "many headers": HEAD + b"X: y\r\n" * 101 + b"\r\n",
}


@pytest.mark.parametrize("said", NONSENSE.values(), ids=NONSENSE)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_no_http_is_a_no(method: str, said: bytes) -> None:
    rig = scripted(*([Scripted(session())] if method == "POST" else []), Scripted(said))
    with pytest.raises(Unavailable, match="not answered in HTTP"):
        do(rig, method)


@pytest.mark.parametrize("after", [None, TimeoutError("timed out"), ConnectionResetError(104, "reset")])
def test_a_length_that_is_too_much_is_not_waited_for(after: OSError | None) -> None:
    said = Scripted(HEAD + b"Content-Length: 65537\r\n\r\n", after)
    with pytest.raises(Unavailable, match="more than 65536 bytes"):
        scripted(Scripted(session()), said).web.post("reboot")


def test_a_strange_page_is_a_no_however_it_ends() -> None:
    said = Scripted(HEAD + b"\r\n" + PAGES["html"])
    with pytest.raises(Unavailable, match="a page that is not of this API"):
        scripted(Scripted(session()), said).web.post("reboot")


def test_the_largest_page_that_is_read() -> None:
    start = "<response><TokInfo>t</TokInfo><x>"
    rest = "</x></response>"
    room = LARGEST - len(start) - len(rest)
    scripted(Scripted(http(start + "x" * room + rest))).web.prepare()
    for said in (http(start + "x" * (room + 1) + rest), HEAD + b"\r\n" + (start + "x" * (room + 1) + rest).encode()):
        with pytest.raises(Unavailable, match="more than"):
            scripted(Scripted(said)).web.prepare()


TOKENS = {
    "line break": "t&#13;&#10;Host: evil",
    "line feed": "t\nX: y",
    "carriage return": "t&#13;X: y",
    "tab": "t&#9;x",
    "escape": "t&#x7f;",
    "not ascii": "té",
    "wide": "t\u202e",
    "long": "t" * (LONGEST_TOKEN + 1),
}


@pytest.mark.parametrize("text", TOKENS.values(), ids=TOKENS)
@pytest.mark.parametrize("which", ["cookie", "token"])
def test_nothing_is_smuggled_into_a_header(which: str, text: str) -> None:
    rig = scripted(Scripted(session(**{which: text})), Scripted(OK))
    with pytest.raises(Unavailable, match="fits into no header") as raised:
        rig.web.post("reboot")
    assert len(rig.dialled) == 1
    assert "evil" not in raised.value.message


@pytest.mark.parametrize("which", ["cookie", "token"])
def test_the_longest_that_fits_into_a_header(which: str) -> None:
    call = Scripted(OK)
    scripted(Scripted(session(**{which: "t" * LONGEST_TOKEN})), call).web.post("reboot")
    assert b"t" * LONGEST_TOKEN in call.heard


@pytest.mark.parametrize(
    "page", ["<response/>", "<response><SesInfo>a</SesInfo></response>", "<a><TokInfo>t</TokInfo></a>"]
)
def test_a_session_without_a_token_is_none(page: str) -> None:
    with pytest.raises(Unavailable, match="gives no token"):
        scripted(Scripted(http(page))).web.prepare()


LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><response><TokInfo>&b;</TokInfo></response>'
PAGES = {
    "entities": LAUGHS.encode(),
    "utf-16": LAUGHS.encode("utf-16"),
    "utf-7": b'<?xml version="1.0" encoding="utf-7"?>' + LAUGHS.encode("utf-7"),
    "doctype": b'<!DOCTYPE response SYSTEM "http://192.0.2.1/x.dtd"><response><TokInfo>t</TokInfo></response>',
    "external": b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><response><TokInfo>&x;</TokInfo></response>',
    "undefined": b"<response><TokInfo>&x;</TokInfo></response>",
    "deep": b"<a>" * 9_000 + b"</a>" * 9_000,
    "nul": b"<response>\0</response>",
    "empty": b"",
    "html": b"<html><body><br></body></html>",
    "json": b'{"response": "OK"}',
    "two": b"<response>OK</response><response>OK</response>",
    "latin": "<response>é</response>".encode("latin-1"),
}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_pages_that_are_not_of_this_api(method: str, name: str) -> None:
    said = http(PAGES[name])
    rig = scripted(Scripted(session()), Scripted(said)) if method == "POST" else scripted(Scripted(said))
    with pytest.raises(Unavailable, match="a page that is not of this API"):
        do(rig, method)


NOT_OK = ["<response>FAIL</response>", "<response/>", "<ok>OK</ok>", "<response>OK<x/></response>", "<error/>"]


@pytest.mark.parametrize("page", NOT_OK)
def test_only_ok_is_ok(page: str) -> None:
    with pytest.raises(Unavailable, match="not answered with OK"):
        scripted(Scripted(session()), Scripted(http(page))).web.post("reboot")


@pytest.mark.parametrize(
    "page",
    [
        "<response>OK</response>",
        "\ufeff<response>\n OK\n</response>\n",
        '<?xml version="1.0" encoding="ISO-8859-1"?><response>OK</response>',
        "<response><![CDATA[OK]]></response>",
    ],
)
def test_ok_in_any_clothes(page: str) -> None:
    scripted(Scripted(session()), Scripted(http(page))).web.post("reboot")


STATUSES = ["201 Created", "204 No Content", "304 Not Modified", "401 Unauthorized", "500 Oops", "999 What"]


@pytest.mark.parametrize("status", [*STATUSES, "301 Moved", "302 Found", "307 Temporary Redirect"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_status_is_a_no_and_nothing_is_followed(method: str, status: str) -> None:
    said = http("<response>OK</response>", status, f"Location: http://{HOST}/api/webserver/SesTokInfo", "Refresh: 0")
    rig = scripted(Scripted(session()), Scripted(said)) if method == "POST" else scripted(Scripted(said))
    with pytest.raises(Unavailable, match=f"HTTP status {status[:3]}") as raised:
        do(rig, method)
    assert raised.value.facts["status"] == int(status[:3])
    assert rig.traced[-1][2] == int(status[:3])
    assert len(rig.dialled) == (2 if method == "POST" else 1)


def test_a_call_that_is_not_there_is_refused_alone() -> None:
    rig = scripted(Scripted(session()), Scripted(http("", "404 Not Found")))
    with pytest.raises(Unavailable) as raised:
        rig.web.post("debug")
    assert raised.value.means == ""


@pytest.mark.parametrize("code", ["\u202e", "&#x9b;31m", "x" * 5000, "١٢٥٠٠٢", "-1", "1e9", "9" * 5000])
def test_an_error_code_is_harmless_in_a_message(code: str) -> None:
    said = http(f"<error><code>{code}</code><message>\u202eevil</message></error>")
    with pytest.raises(Unavailable) as raised:
        scripted(Scripted(session()), Scripted(said)).web.post("reboot")
    assert raised.value.message.isprintable()
    assert len(raised.value.message) < 300
    assert "code" not in raised.value.facts
    assert "evil" not in str(raised.value)


def harmless(error: ModeswitchError) -> bool:
    return str(error).replace("\n", "").isprintable() and len(str(error)) < 500


fragments = st.lists(
    st.sampled_from([b"<response>", b"</response>", b"OK", b"<error>", b"</error>", b"<code>", b"</code>", b"125002"])
    | st.sampled_from([b"<?xml", b"?>", b"<!DOCTYPE a>", b"<![CDATA[", b"]]>", b"<TokInfo>", b"</TokInfo>", b"&#13;"])
    | st.sampled_from([b"&a;", b"\xff", b"\0", b" "]),
    max_size=12,
).map(b"".join)
pages = st.one_of(st.binary(max_size=200), fragments, st.text(max_size=80).map(lambda text: text.encode()))


@given(page=pages, whole=st.booleans(), method=st.sampled_from(["GET", "POST"]))
@example(page=b"\xef\xbb\xbf", whole=True, method="GET")
def test_any_page_ends_in_one_of_our_errors(page: bytes, whole: bool, method: str) -> None:
    said = http(page) if whole else HEAD + b"\r\n" + page
    scripts = [Scripted(session()), *(Scripted(said) for _ in range(3))]
    rig = scripted(*(scripts if method == "POST" else scripts[1:]))
    end = ending(rig, method)
    if end is None:
        assert b"OK" in page or method == "GET"
    else:
        assert harmless(end)
        assert method == "POST" or isinstance(end, Unavailable)


lines = st.lists(
    st.sampled_from([HEAD, b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/9.9 200\r\n", b"Content-Length: -5\r\n", b"\r\n"])
    | st.sampled_from(
        [b"Transfer-Encoding: chunked\r\n", b"Content-Length: 7\r\n", b" folded\r\n", b"-5\r\n", b"5\r\n"]
    )
    | st.sampled_from([b"Content-Length: \xe9\r\n", b": \r\n", b"<response>", b"\xff\xfe", b"zz\r\n", b"0\r\n\r\n"]),
    max_size=8,
).map(b"".join)


@given(said=st.one_of(st.binary(max_size=300), lines), method=st.sampled_from(["GET", "POST"]))
def test_any_bytes_end_in_one_of_our_errors(said: bytes, method: str) -> None:
    rig = scripted(*([Scripted(session())] if method == "POST" else []), Scripted(said))
    with pytest.raises((Unavailable, LinkLost)) as raised:
        do(rig, method)
    assert harmless(raised.value)


@given(text=st.text(max_size=40))
def test_any_token_is_refused_or_stays_in_its_line(text: str) -> None:
    escaped = "".join(f"&#{ord(char)};" for char in text)
    call = Scripted(OK)
    rig = scripted(Scripted(session(token=escaped)), call)
    end = ending(rig, "POST")
    if end is None:
        head = call.heard.split(b"\r\n\r\n")[0].split(b"\r\n")
        assert len(head) == 8
        assert all(line.isascii() and line.decode().isprintable() for line in head)
    else:
        assert harmless(end)
        assert call.heard == b""


# The simulated site itself: a client that takes tokens lightly is caught by it.


def ask(site: Site, method: str, path: str, *headers: str, body: str = "") -> str:
    """One request to the site, and the page that answers it."""
    pipe = Pipe(site, VirtualClock())
    head = [f"{method} {path} HTTP/1.1", "Host: x", *headers, f"Content-Length: {len(body)}", "", body]
    pipe.sendall("\r\n".join(head).encode())
    raw = pipe.makefile("rb").read()
    assert raw is not None
    return bytes(raw).decode()


def tokens(site: Site) -> tuple[str, str]:
    page = ask(site, "GET", SESSION)
    cookie, token = page.partition("<SesInfo>")[2], page.partition("<TokInfo>")[2]
    return f"Cookie: {cookie.partition('<')[0]}", f"__RequestVerificationToken: {token.partition('<')[0]}"


BODY = CALLS["reboot"].body


def test_the_site_takes_a_token_once() -> None:
    site = Site()
    headers = tokens(site)
    assert "<response>OK</response>" in ask(site, "POST", CONTROL, *headers, body=BODY)
    assert "125003" in ask(site, "POST", CONTROL, *headers, body=BODY)


def test_the_site_takes_only_the_last_token() -> None:
    site = Site()
    old = tokens(site)
    cookie, _token = tokens(site)
    assert "125003" in ask(site, "POST", CONTROL, cookie, old[1], body=BODY)


def test_the_site_wants_cookie_and_token() -> None:
    site = Site()
    assert "125002" in ask(site, "POST", CONTROL, tokens(site)[1], body=BODY)
    assert "125001" in ask(site, "POST", CONTROL, tokens(site)[0], body=BODY)


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (CONTROL, "<request><Control>2</Control></request>", "100005"),
        (CONTROL, "<request><mode>1</mode></request>", "100005"),
        (CONTROL, "nonsense", "100005"),
        ("/api/device/other", BODY, "100002"),
    ],
)
def test_the_site_obeys_only_what_it_knows(path: str, body: str, code: str) -> None:
    obeyed: list[str] = []
    site = Site(obey=obeyed.append)
    assert code in ask(site, "POST", path, *tokens(site), body=body)
    assert obeyed == []


def test_the_site_has_a_page_for_browsers() -> None:
    assert "200 OK" in ask(Site(), "GET", "/")
    assert "404 Not Found" in ask(Site(), "GET", "/nothing.html")
    assert "100002" in ask(Site(), "GET", "/api/nothing")
    assert "400 Bad request" in ask(Site(), "GET", "/ /")


def test_the_pipe_keeps_time_as_a_socket_does() -> None:
    clock = VirtualClock()
    pipe = Pipe(Site("dead"), clock)
    pipe.settimeout(4.0)
    pipe.sendall(b"GET / HTTP/1.1\r\n\r\n")
    with pytest.raises(TimeoutError):
        pipe.makefile("rb").read()
    assert clock.now() == pytest.approx(1004.0)
    pipe.settimeout(None)
    assert pipe.makefile("rb").read() == b""
    assert clock.now() == pytest.approx(1000.0 + 3600.0)


# A real server, real time.


@contextmanager
def serving(site: Site) -> Iterator[Dial]:
    """The site behind a real HTTP server, and how to dial it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(site))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield lambda seconds: socket.create_connection(("127.0.0.1", server.server_port), seconds)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def real(dial: Dial, seconds: float) -> Web:
    until = time.monotonic() + seconds
    return Web("127.0.0.1", dial, time.monotonic, lambda: until - time.monotonic(), lambda *event, **facts: None)


@pytest.mark.parametrize("name", CALLS)
def test_a_real_server_is_called(name: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:1/")
    obeyed: list[str] = []
    with serving(Site(obey=obeyed.append)) as dial:
        web = real(dial, 10)
        web.prepare()
        web.post(name)
    assert obeyed == [name]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("fault", [fault for fault in WEB if FAULTS[fault] is not None])
def test_each_fault_of_a_real_server(fault: str, capfd: pytest.CaptureFixture[str]) -> None:
    expected = FAULTS[fault]
    assert expected is not None
    site = Site(fault)
    patience = 0.3 if fault in ("dead", "drip") else 10
    begun = time.monotonic()
    with serving(site) as dial, pytest.raises(Unavailable) as raised:
        _do(real(dial, patience), "reboot", early=expected.early)
    assert expected.words in raised.value.message
    assert len(site.seen) == expected.requests
    assert time.monotonic() - begun < 5
    assert capfd.readouterr() == ("", "")


def test_a_real_server_that_drops_the_call() -> None:
    def leave(name: str) -> None:
        raise ConnectionResetError

    with serving(Site(obey=leave)) as dial, pytest.raises(LinkLost) as raised:
        real(dial, 10).post("reboot")
    assert raised.value.reason == "gone"


def test_a_real_server_that_drips_after_the_call() -> None:
    site = Site()
    with serving(site) as dial:
        web = real(dial, 0.5)
        web.prepare()
        site.fault = "drip"
        with pytest.raises(LinkLost) as raised:
            web.post("reboot")
    assert raised.value.reason == "timeout"
