"""The client of HiLink's web API: what it asks for and how, whom it dials, and how long it waits."""

from __future__ import annotations

from typing import Any

import pytest

from modeswitch.errors import LinkLost, ModeswitchError, PermissionDenied, Unavailable
from modeswitch.modem.hilink import CALLS, SECONDS, SESSION, TOKEN_CODES
from modeswitch.sim.clock import VirtualClock
from modeswitch.sim.web import Site, error
from tests.support.hilink import CONTROL, OK, Client, Scripted, answer, client_of, request, scripted, session


@pytest.mark.parametrize("name", CALLS)
def test_a_call_is_obeyed(name: str) -> None:
    obeyed: list[str] = []
    site = Site(obey=obeyed.append)
    client = client_of(site)
    client.web.prepare()
    assert obeyed == []
    client.web.post(name)
    assert obeyed == [name]
    assert site.seen == [("GET", SESSION), ("POST", CALLS[name].path)]
    assert client.traced == [("GET", SESSION, 200), ("POST", CALLS[name].path, 200)]


def test_what_goes_over_the_wire() -> None:
    first, second = Scripted(session("SessionID=abc", "t0")), Scripted(OK)
    client = scripted(first, second)
    client.web.prepare()
    client.web.post("debug")
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
    client = client_of(site)
    client.web.prepare()
    client.web.post("debug")
    client.web.post("reboot")
    assert site.seen == [("GET", SESSION), ("POST", CALLS["debug"].path), ("GET", SESSION), ("POST", CONTROL)]


def test_a_call_without_preparation_fetches_its_token() -> None:
    site = Site()
    client_of(site).web.post("reboot")
    assert site.seen == [("GET", SESSION), ("POST", CONTROL)]


@pytest.mark.parametrize(
    ("given_out", "cookie"),
    [("SessionID=abc", b"SessionID=abc"), ("abc", b"SessionID=abc"), (" abc\n", b"SessionID=abc"), ("", b"")],
)
def test_the_cookie_with_and_without_its_name(given_out: str, cookie: bytes) -> None:
    call = Scripted(OK)
    client = scripted(Scripted(session(given_out)), call)
    client.web.post("reboot")
    lines = [line for line in call.heard.split(b"\r\n") if line.startswith(b"Cookie")]
    assert lines == ([b"Cookie: " + cookie] if cookie else [])


@pytest.mark.parametrize("none", [answer("", "404 Not Found"), answer(error(100002))])
def test_firmware_without_tokens_is_called_without(none: bytes) -> None:
    call = Scripted(OK)
    client = scripted(Scripted(none), call)
    client.web.prepare()
    client.web.post("reboot")
    assert b"Cookie" not in call.heard
    assert b"Token" not in call.heard


@pytest.mark.parametrize("code", sorted(TOKEN_CODES))
def test_a_token_that_is_not_taken_is_fetched_anew_once(code: int) -> None:
    refused = answer(error(code))
    second = Scripted(OK)
    client = scripted(Scripted(session()), Scripted(refused), Scripted(session(token="t1")), second)
    client.web.post("reboot")
    assert b"__RequestVerificationToken: t1\r\n" in second.heard
    client = scripted(Scripted(session()), Scripted(refused), Scripted(session()), Scripted(refused))
    with pytest.raises(Unavailable) as raised:
        client.web.post("reboot")
    assert raised.value.facts["code"] == code
    assert len(client.dialled) == 4


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
            request(Client(dial, VirtualClock()), method)
        assert raised.value is problem


@pytest.mark.parametrize(("left", "expected"), [(60.0, SECONDS), (3.0, 3.0), (float("inf"), SECONDS)])
def test_dial_is_told_how_long(left: float, expected: float) -> None:
    script = Scripted(session())
    client = scripted(script, seconds=left)
    client.web.prepare()
    assert client.dialled == [expected]
    assert set(script.limits) == {expected}


@pytest.mark.parametrize("left", [0.0, -1.0])
def test_without_time_nobody_is_dialled(left: float) -> None:
    client = client_of(Site(), seconds=left)
    with pytest.raises(Unavailable, match="no time is left"):
        client.web.prepare()
    assert client.dialled == []


@pytest.mark.parametrize("fault", ["dead", "drip"])
@pytest.mark.parametrize("left", [60.0, 2.5])
def test_slowness_is_bounded_in_all(fault: str, left: float) -> None:
    """One byte a second keeps every single read happy, yet not the request."""
    client = client_of(Site(fault), seconds=left)
    with pytest.raises(Unavailable, match="no answer in time"):
        client.web.prepare()
    assert client.took == pytest.approx(min(left, SECONDS))


def test_time_spent_on_dialling_counts() -> None:
    clock = VirtualClock()
    script = Scripted(session())

    def dial(seconds: float) -> Any:
        clock.wait(7)
        return script

    Client(dial, clock).web.prepare()
    assert script.limits
    assert max(script.limits) == pytest.approx(SECONDS - 7)


def test_a_dial_that_takes_all_the_time_leaves_none_for_the_rest() -> None:
    clock = VirtualClock()
    script = Scripted(session())

    def dial(seconds: float) -> Any:
        clock.wait(seconds)
        return script

    with pytest.raises(Unavailable, match="no time is left"):
        Client(dial, clock).web.prepare()
    assert script.closed
    assert script.heard == b""
