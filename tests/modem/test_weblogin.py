"""The login to a HiLink page: made where it is wanted, by each kind of firmware, once, and the password is nowhere."""

from __future__ import annotations

import builtins
import logging
import pickle
import sys
import traceback
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeswitch.errors import ModeswitchError, Unavailable, UsageError
from modeswitch.modem.hilink import SECONDS
from modeswitch.modem.weblogin import LONGEST, WebLogin, scram
from modeswitch.sim.pagelogin import PageLogin
from modeswitch.sim.web import Site
from tests.support.hilink import CONTROL, OK, Client, Scripted, answer, client_of, scripted, session

SECRET = "Pa55<&>word"
LOGINS = {"/api/user/login", "/api/user/challenge_login", "/api/user/authentication_login"}


def site_of(kind: str = "", fault: str = "", *, password: str = SECRET) -> tuple[Site, list[str]]:
    obeyed: list[str] = []
    return Site(fault, obeyed.append, PageLogin(password, kind)), obeyed


def with_password(site: Site, password: str = SECRET) -> Client:
    return client_of(site, login=WebLogin(password))


def refused(client: Client, *, by: str = "prepare") -> Unavailable:
    with pytest.raises(Unavailable) as raised:
        client.web.prepare() if by == "prepare" else client.web.post("reboot")
    return raised.value


@pytest.mark.parametrize("kind", ["", "base64", "scram", "nochallenge"])
@pytest.mark.parametrize("fault", ["", "tokenpage", "tokenless"])
@pytest.mark.parametrize("password", [SECRET, "x", "ünïcödé €", "a" * LONGEST])
def test_each_login(kind: str, fault: str, password: str) -> None:
    site, obeyed = site_of(kind, fault, password=password)
    client = with_password(site, password)
    client.web.prepare()
    assert site.login.inside
    assert obeyed == []
    client.web.post("reboot")
    assert obeyed == ["reboot"]
    assert site.login.tries == 1


def test_a_page_without_a_password_is_not_logged_in_to() -> None:
    site, obeyed = site_of(password="")
    client = with_password(site)
    client.web.prepare()
    client.web.post("debug")
    assert obeyed == ["debug"]
    assert not {path for _, path in site.seen} & LOGINS


def test_who_is_inside_already_is_not_logged_in_again() -> None:
    site, _ = site_of()
    site.login.inside = True
    client = with_password(site)
    client.web.prepare()
    assert site.login.tries == 0


def test_without_a_password_nothing_is_asked_of_the_login() -> None:
    site, obeyed = site_of()
    error = refused(client_of(site), by="post")
    assert error.facts["code"] == 100003
    assert "--web-password -" in error.hint
    assert [path for _, path in site.seen] == ["/api/webserver/SesTokInfo", CONTROL]
    assert obeyed == []


@pytest.mark.parametrize("kind", ["", "base64", "scram"])
def test_a_wrong_password_is_tried_once(kind: str) -> None:
    site, obeyed = site_of(kind)
    login = WebLogin("wrong")
    client = client_of(site, login=login)
    first = refused(client)
    assert "error 108006" in first.message
    assert "failure 1 in a row" in first.message
    assert (first.means, first.facts["code"]) == ("web", 108006)
    again = [refused(client), refused(client_of(site, login=login))]
    assert [error.message for error in again] == [first.message] * 2
    assert all(error is not first for error in again)
    assert site.login.tries == 1
    assert obeyed == []


def test_the_failure_that_locks_says_for_how_long() -> None:
    site, _ = site_of()
    for _ in range(2):
        refused(with_password(site, "wrong"))
    error = refused(with_password(site, "wrong"))
    assert error.facts["code"] == 108007
    assert "locked" in error.message
    assert "for another 1 min" in error.message
    assert "Unplug" in error.hint


def test_a_locked_page_is_not_tried() -> None:
    site, _ = site_of("locked")
    error = refused(with_password(site))
    assert "no login is tried: its page is locked" in error.message
    assert "another 4 min" in error.message
    assert error.facts["code"] == 108007
    assert site.login.tries == 0


def test_somebody_else_is_logged_in() -> None:
    site, _ = site_of("taken")
    error = refused(with_password(site))
    assert "somebody is logged in already" in error.message
    assert "browser" in error.hint
    assert site.login.tries == 1


def test_a_login_that_is_not_answered_is_bounded_and_not_repeated() -> None:
    site, _ = site_of("silent")
    client = with_password(site)
    error = refused(client)
    assert "the login was not answered" in error.message
    assert "not sent a second time" in error.hint
    assert client.took <= SECONDS
    assert refused(client).message == error.message
    assert site.login.tries == 1


def test_a_page_that_does_not_prove_that_it_knows_the_password() -> None:
    site, obeyed = site_of("badproof")
    error = refused(with_password(site))
    assert "not answered as one does that knows the password" in error.message
    assert obeyed == []


def test_a_kind_of_password_that_is_not_known() -> None:
    site, _ = site_of("odd")
    assert "a kind of password that is not known" in refused(with_password(site)).message
    assert site.login.tries == 0


def without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine where it is not installed."""
    original = builtins.__import__

    def made_up(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("huawei_lte_api"):
            raise ModuleNotFoundError(name)
        return original(name, *rest, **more)

    for name in [name for name in sys.modules if name.startswith("huawei_lte_api")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", made_up)


def test_without_the_package_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    without_the_package(monkeypatch)
    site, _ = site_of()
    error = refused(with_password(site))
    assert "huawei-lte-api" in error.message
    assert error.hint == "Install it: pip install 'modeswitch[hilink]'"
    assert site.login.tries == 0


def test_scram_needs_no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    without_the_package(monkeypatch)
    site, _ = site_of("scram")
    client = with_password(site)
    client.web.prepare()
    assert site.login.inside


def test_the_proof_as_firmware_wants_it() -> None:
    """Computed apart from the code under test, by RFC 5802 with key and message of each HMAC exchanged."""
    proof, signature = scram("admin", bytes.fromhex("00" * 32), 100, "a,b,b")
    assert proof == PROOF
    assert signature == SIGNATURE


PROOF = "275ecb846f848c675553e547c4328ebbba6873bb5afd0ca32f0964709b6c3363"
SIGNATURE = "680f71862b1999d44134b86f9bff3adb26cd3b17f1d0b46f3e6797033e2c0282"


def test_who_stays_logged_in_is_logged_out() -> None:
    """Else nobody else could log in for some minutes; who obeyed forgets by itself."""
    site, _ = site_of()
    site.obey = lambda name: False
    client = with_password(site)
    client.web.prepare()
    refused(client, by="post")
    client.web.close()
    assert not site.login.inside
    site, _ = site_of()
    client = with_password(site)
    client.web.prepare()
    client.web.post("reboot")
    client.web.close()
    assert ("POST", "/api/user/logout") not in site.seen


def test_more_calls_than_tokens() -> None:
    """A session that is inside gets new tokens, and stays what it is."""
    site, obeyed = site_of()

    def obey(name: str) -> bool:
        obeyed.append(name)
        return len(obeyed) > 40

    site.obey = obey
    client = with_password(site)
    client.web.prepare()
    for _ in range(40):
        with pytest.raises(Unavailable, match="100002"):
            client.web.post("debug")
    client.web.post("debug")
    assert site.login.tries == 1


def test_a_password_that_is_given_when_it_is_wanted() -> None:
    asked: list[str] = []

    def give() -> str:
        asked.append("now")
        return SECRET

    site, _ = site_of(password="")
    client_of(site, login=WebLogin(give)).web.prepare()
    assert asked == []
    site, _ = site_of()
    client_of(site, login=WebLogin(give)).web.prepare()
    assert asked == ["now"]


@pytest.mark.parametrize("password", ["", "a" * (LONGEST + 1), "a\nb", "a\x1b[2J", "\0"])
def test_what_is_no_password(password: str) -> None:
    with pytest.raises(UsageError) as raised:
        WebLogin(password)
    assert not password or password not in str(raised.value)
    site, _ = site_of()
    error = refused(client_of(site, login=WebLogin(lambda: password)))
    assert error.means == "web"
    assert site.login.tries == 0


def everything_said(error: ModeswitchError) -> str:
    """All that a person, a log, a program or a trace could see of an error."""
    return "\n".join(
        (str(error), repr(error), repr(error.facts), str(pickle.dumps(error)), *traceback.format_exception(error))
    )


@pytest.mark.parametrize("kind", ["", "base64", "scram", "locked", "taken", "silent", "badproof", "odd"])
@pytest.mark.parametrize("right", [True, False])
def test_the_password_is_nowhere(
    kind: str, right: bool, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "Geheim-1234"
    site, _ = site_of(kind, password=secret if right else "other")
    client = with_password(site, secret)
    said = ""
    try:
        client.web.prepare()
    except Unavailable as error:
        said = everything_said(error)
    said += repr(client.traced) + caplog.text + "".join(capfd.readouterr()) + repr(client.web) + repr(client.__dict__)
    assert secret not in said
    assert "R2VoZWltLTEyMzQ=" not in said  # the same in Base64


def hostile(*pages: bytes) -> Client:
    """A page that says these things to a client with a password."""
    client = scripted(*(Scripted(page) for page in pages))
    return Client(client.dial, client.clock, login=WebLogin(SECRET))


WANTED = answer("<response><hilink_login>1</hilink_login></response>")
OFFERS_SCRAM = answer("<response><State>-1</State><extern_password_type>1</extern_password_type></response>")


@pytest.mark.parametrize(
    "challenge",
    [
        "<response/>",
        "<response><salt>zz</salt><iterations>100</iterations><servernonce>a</servernonce></response>",
        "<response><salt>00</salt><iterations>0</iterations><servernonce>a</servernonce></response>",
        "<response><salt>00</salt><iterations>999999999</iterations><servernonce>a</servernonce></response>",
        "<response><salt>00</salt><iterations>100</iterations><servernonce>a&lt;x&gt;</servernonce></response>",
        "<response><salt>00</salt><iterations>100</iterations><servernonce>é</servernonce></response>",
        f"<response><salt>{'00' * 500}</salt><iterations>100</iterations><servernonce>a</servernonce></response>",
    ],
)
def test_a_challenge_that_cannot_be_answered(challenge: str) -> None:
    error = refused(hostile(session(), WANTED, OFFERS_SCRAM, answer(challenge)))
    assert "no challenge that can be answered" in error.message


@given(page=st.one_of(st.binary(max_size=200), st.text(max_size=80).map(lambda text: text.encode())))
def test_any_state_of_the_login_ends_in_one_of_our_errors(page: bytes) -> None:
    client = hostile(session(), answer(page), answer(page), *[answer(page)] * 4)
    said = ""
    try:
        client.web.prepare()
    except ModeswitchError as error:
        said = everything_said(error)
    assert SECRET not in said


def test_a_token_of_the_login_that_would_be_a_header_of_its_own() -> None:
    hashed = answer("<response><State>-1</State><password_type>4</password_type></response>")
    evil = answer("<response>OK</response>", "200 OK", "__RequestVerificationToken: a\u00e9")
    assert "fits into no header" in refused(hostile(session(), WANTED, hashed, evil)).message
    many = answer("<response>OK</response>", "200 OK", "__RequestVerificationToken: " + "#".join(["t"] * 5000))
    hostile(session(), WANTED, hashed, many, OK).web.prepare()


def test_a_page_that_is_busy_before_its_login_is_no_page_without_one() -> None:
    busy = answer("<error><code>100004</code></error>")
    client = hostile(session(), busy, session(), WANTED, busy)
    for _ in range(2):
        assert refused(client).facts["code"] == 100004


def test_a_page_that_wants_no_login_is_asked_nothing_more() -> None:
    none = answer("<response><hilink_login>0</hilink_login></response>")
    client = hostile(session(), none)
    client.web.prepare()
    assert len(client.dialled) == 2


def test_who_is_inside_stays_in_that_session() -> None:
    """Whatever session the page offers with the next token."""
    hashed = answer("<response><State>-1</State><password_type>4</password_type></response>")
    call = Scripted(OK)
    pages = [Scripted(page) for page in (session("SessionID=mine", "t1"), WANTED, hashed, OK, session("SessionID=new"))]
    client = scripted(*pages, call)
    client = Client(client.dial, client.clock, login=WebLogin(SECRET))
    client.web.prepare()
    client.web.post("reboot")
    assert b"\r\nCookie: SessionID=mine\r\n__RequestVerificationToken: t0\r\n" in call.heard
