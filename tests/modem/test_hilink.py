"""The client of HiLink's web API: what it asks for and how, whom it dials, and how long it waits."""

from __future__ import annotations

from typing import Any

import pytest

from modeswitch.errors import LinkLost, ModeswitchError, PermissionDenied, Unavailable
from modeswitch.modem.hilink import CALLS, SECONDS, SESSION
from modeswitch.modem.refusals import TOKEN_CODES
from modeswitch.sim.clock import VirtualClock
from modeswitch.sim.pagelogin import error
from modeswitch.sim.web import Site
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
@pytest.mark.parametrize("neither", [answer("", "404 Not Found"), answer(error(100002))])
def test_firmware_without_tokens_is_called_without(none: bytes, neither: bytes) -> None:
    call = Scripted(OK)
    second = Scripted(neither)
    client = scripted(Scripted(none), second, call)
    client.web.prepare()
    assert second.heard.startswith(b"GET /api/webserver/token ")
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
def test_a_slow_answer_is_bounded_as_a_whole(fault: str, left: float) -> None:
    """With one byte a second every read is answered in time, and the request as a whole is not."""
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


NO_SUPPORT = answer(error(100002))


@pytest.mark.parametrize("none", [answer("", "404 Not Found"), NO_SUPPORT])
@pytest.mark.parametrize(
    ("given", "sent"), [("1804289383", "1804289383"), ("t" * 32, "t" * 32), ("a" * 32 + "b" * 32, "b" * 32)]
)
def test_the_token_of_older_firmware(none: bytes, given: str, sent: str) -> None:
    page = answer(f"<response><token>{given}</token></response>", "200 OK", "Set-Cookie: SessionID=xyz;path=/;HttpOnly")
    call = Scripted(OK)
    client = scripted(Scripted(none), Scripted(page), call)
    client.web.prepare()
    client.web.post("reboot")
    assert f"\r\n__RequestVerificationToken: {sent}\r\n".encode() in call.heard
    assert b"\r\nCookie: SessionID=xyz\r\n" in call.heard


@pytest.mark.parametrize("page", ["<response/>", "<response><token></token></response>"])
def test_a_page_of_tokens_without_one(page: str) -> None:
    with pytest.raises(Unavailable, match="/api/webserver/token gives no token"):
        scripted(Scripted(NO_SUPPORT), Scripted(answer(page))).web.prepare()


@pytest.mark.parametrize("code", [100003, 100004, 125002])
def test_a_page_of_tokens_that_says_no(code: int) -> None:
    with pytest.raises(Unavailable) as raised:
        scripted(Scripted(NO_SUPPORT), Scripted(answer(error(code)))).web.prepare()
    assert (raised.value.means, raised.value.facts["code"]) == ("web", code)


@pytest.mark.parametrize(
    ("page", "model"),
    [
        (answer("<response><devicename>E8372h-153</devicename></response>"), "E8372h-153"),
        (answer("<response><devicename>\u202eE&#x9b;</devicename></response>"), "\\u202eE\\x9b"),
        (answer(f"<response><devicename>{'x' * 500}</devicename></response>"), None),
        (NO_SUPPORT, ""),
        (answer("", "404 Not Found"), ""),
        (answer("<html>"), ""),
    ],
)
def test_what_the_page_says_which_model_it_is(page: bytes, model: str | None) -> None:
    client = scripted(Scripted(session()), Scripted(page), Scripted(NO_SUPPORT))
    client.web.prepare()
    said = client.web.model()
    assert said == model if model is not None else len(said) < 60
    assert said.isprintable()


def test_the_second_page_that_says_it() -> None:
    page = answer("<response><DeviceName>E3372</DeviceName><Imei>1</Imei></response>")
    client = scripted(Scripted(session()), Scripted(NO_SUPPORT), Scripted(page))
    client.web.prepare()
    assert client.web.model() == "E3372"


@pytest.mark.parametrize("said", ["", "<api><body/></api>", "<response>OK</response>", "<response/>"])
def test_what_the_cgi_may_answer(said: str) -> None:
    scripted(Scripted(session()), Scripted(answer(said))).web.post("cgi-debug")


@pytest.mark.parametrize("said", ["<html><body/></html>", "<html><br></html>", error(125002), error(100002)])
def test_what_is_no_answer_of_the_cgi(said: str) -> None:
    page = Scripted(answer(said))
    client = scripted(Scripted(session()), page, Scripted(session()), Scripted(answer(said)))
    with pytest.raises(Unavailable) as raised:
        client.web.post("cgi-debug")
    assert raised.value.means == ("web" if "<br>" in said else "")
