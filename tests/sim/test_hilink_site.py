"""The simulated HiLink site itself: a client that takes tokens lightly is caught by it."""

from __future__ import annotations

import pytest

from modeswitch.modem.hilink import CALLS, SESSION
from modeswitch.sim.clock import VirtualClock
from modeswitch.sim.web import Pipe, Site
from tests.support.hilink import CONTROL


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
