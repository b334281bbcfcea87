"""A HiLink site that is faulty, says no, or leaves in the middle of a call."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from modeswitch.errors import LinkLost, Unavailable
from modeswitch.modem.hilink import CALLS, SECONDS
from modeswitch.modem.refusals import REFUSALS
from modeswitch.sim.faults import WEB
from modeswitch.sim.pagelogin import error
from modeswitch.sim.web import Site
from tests.support.hilink import (
    CONTROL,
    FAULTS,
    HOST,
    OK,
    Scripted,
    answer,
    client_of,
    ending,
    prepare_and_post,
    scripted,
    session,
)


def test_every_fault_is_expected() -> None:
    assert set(FAULTS) == set(WEB)


@pytest.mark.parametrize("fault", WEB)
@pytest.mark.parametrize("name", CALLS)
def test_each_fault(fault: str, name: str) -> None:
    obeyed: list[str] = []
    site = Site(fault, obeyed.append)
    client = client_of(site)
    expected = FAULTS[fault]
    if expected is None:
        client.web.prepare()
        client.web.post(name)
        assert obeyed == [name]
        return
    with pytest.raises(Unavailable) as raised:
        prepare_and_post(client.web, name, early=expected.early)
    assert f"the web page at {HOST}: " in raised.value.message
    assert expected.words in raised.value.message
    assert (raised.value.means, raised.value.facts.get("code")) == (expected.means, expected.code)
    assert len(site.seen) == len(client.dialled) == expected.requests
    assert obeyed == []
    assert client.took <= SECONDS


DURING = {"dead": "timeout", "drip": "timeout"}


@pytest.mark.parametrize("fault", ["html", "huge", "redirect", "endless", "dead", "drip", "garbage"])
def test_a_fault_that_sets_in_with_the_call(fault: str) -> None:
    """An answer that is not one of this API is a refusal; silence may be how a stick leaves that obeys."""
    site = Site()
    client = client_of(site)
    client.web.prepare()
    site.fault = fault
    before = client.clock.now()
    with pytest.raises(LinkLost if fault in DURING else Unavailable) as raised:
        client.web.post("reboot")
    assert raised.value.facts.get("reason") == DURING.get(fault)
    assert client.clock.now() - before <= SECONDS
    assert len(site.seen) == 2


@pytest.mark.parametrize("code", [*REFUSALS, 123456])
def test_each_error_code(code: int) -> None:
    answers = [session(), answer(error(code))] * 2
    client = scripted(*map(Scripted, answers))
    client.web.prepare()
    with pytest.raises(Unavailable) as raised:
        client.web.post("reboot")
    assert f"error {code}: " in raised.value.message
    assert raised.value.facts["code"] == code
    if code in REFUSALS:
        assert raised.value.hint == REFUSALS[code].hint
    else:
        assert "not known" in raised.value.message


@pytest.mark.parametrize("code", [code for code in REFUSALS if code != 100002])
def test_an_error_instead_of_a_token_makes_the_whole_api_unavailable(code: int) -> None:
    with pytest.raises(Unavailable) as raised:
        scripted(Scripted(answer(error(code)))).web.prepare()
    assert (raised.value.means, raised.value.facts["code"]) == ("web", code)


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
    client = scripted(Scripted(session()), script)
    client.web.prepare()
    with pytest.raises(LinkLost) as raised:
        client.web.post("reboot")
    assert raised.value.reason == reason
    assert HOST in raised.value.message
    assert script.closed
    assert client.traced[-1][:2] == ("POST", CONTROL)


@pytest.mark.parametrize("make", [lambda: b"", lambda: OK[:20], lambda: session()[:-10]])
@pytest.mark.parametrize("after", [None, TimeoutError("timed out"), ConnectionResetError(104, "reset")])
def test_losing_the_connection_before_the_call(make: Callable[[], bytes], after: OSError | None) -> None:
    client = scripted(Scripted(make(), after))
    with pytest.raises(Unavailable) as raised:
        client.web.prepare()
    assert raised.value.means == "web"


PLAIN = b'HTTP/1.1 200 OK\r\nServer: x\r\n\r\n<?xml version="1.0"?>\n<response>OK</response>'
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n<response>\r\nd\r\nOK</response>\r\n0\r\n\r\n"


@pytest.mark.parametrize("answer", [OK, PLAIN, CHUNKED], ids=["length", "plain", "chunked"])
def test_an_answer_cut_anywhere_is_never_a_refusal(answer: bytes) -> None:
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

    client = client_of(Site(obey=leave))
    client.web.prepare()
    with pytest.raises(LinkLost, match="the connection broke"):
        client.web.post("reboot")


@pytest.mark.parametrize("problem", [BrokenPipeError(32, "Broken pipe"), TimeoutError("timed out")])
def test_what_could_not_be_sent_was_not_obeyed(problem: OSError) -> None:
    client = scripted(Scripted(session()), Scripted(OK, on_send=problem))
    client.web.prepare()
    with pytest.raises(Unavailable, match="could not be asked for"):
        client.web.post("reboot")
