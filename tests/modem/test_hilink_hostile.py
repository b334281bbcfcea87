"""Hostile answers to HiLink's client: floods, nonsense, other pages, tokens that would be a header of their own."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from modeswitch.errors import LinkLost, Unavailable
from modeswitch.modem.hilink import LONGEST_TOKEN
from modeswitch.modem.http import LARGEST
from tests.support.hilink import HEAD, HOST, OK, Scripted, answer, ending, harmless, request, scripted, session

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
    client = scripted(Scripted(session()), script) if method == "POST" else scripted(script)
    with pytest.raises(Unavailable):
        request(client, method)
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
    client = scripted(*([Scripted(session())] if method == "POST" else []), Scripted(said))
    with pytest.raises(Unavailable, match="not answered in HTTP"):
        request(client, method)


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
    scripted(Scripted(answer(start + "x" * room + rest))).web.prepare()
    for said in (answer(start + "x" * (room + 1) + rest), HEAD + b"\r\n" + (start + "x" * (room + 1) + rest).encode()):
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
    client = scripted(Scripted(session(**{which: text})), Scripted(OK))
    with pytest.raises(Unavailable, match="fits into no header") as raised:
        client.web.post("reboot")
    assert len(client.dialled) == 1
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
        scripted(Scripted(answer(page))).web.prepare()


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
    said = answer(PAGES[name])
    client = scripted(Scripted(session()), Scripted(said)) if method == "POST" else scripted(Scripted(said))
    with pytest.raises(Unavailable, match="a page that is not of this API"):
        request(client, method)


NOT_OK = ["<response>FAIL</response>", "<response/>", "<ok>OK</ok>", "<response>OK<x/></response>", "<error/>"]


@pytest.mark.parametrize("page", NOT_OK)
def test_only_ok_is_ok(page: str) -> None:
    with pytest.raises(Unavailable, match="not answered with OK"):
        scripted(Scripted(session()), Scripted(answer(page))).web.post("reboot")


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
    scripted(Scripted(session()), Scripted(answer(page))).web.post("reboot")


STATUSES = ["201 Created", "204 No Content", "304 Not Modified", "401 Unauthorized", "500 Oops", "999 What"]


@pytest.mark.parametrize("status", [*STATUSES, "301 Moved", "302 Found", "307 Temporary Redirect"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_status_is_a_no_and_nothing_is_followed(method: str, status: str) -> None:
    said = answer("<response>OK</response>", status, f"Location: http://{HOST}/api/webserver/SesTokInfo", "Refresh: 0")
    client = scripted(Scripted(session()), Scripted(said)) if method == "POST" else scripted(Scripted(said))
    with pytest.raises(Unavailable, match=f"HTTP status {status[:3]}") as raised:
        request(client, method)
    assert raised.value.facts["status"] == int(status[:3])
    assert client.traced[-1][2] == int(status[:3])
    assert len(client.dialled) == (2 if method == "POST" else 1)


def test_a_call_that_is_not_there_is_refused_alone() -> None:
    client = scripted(Scripted(session()), Scripted(answer("", "404 Not Found")))
    with pytest.raises(Unavailable) as raised:
        client.web.post("debug")
    assert raised.value.means == ""


@pytest.mark.parametrize("code", ["\u202e", "&#x9b;31m", "x" * 5000, "١٢٥٠٠٢", "-1", "1e9", "9" * 5000])
def test_an_error_code_is_harmless_in_a_message(code: str) -> None:
    said = answer(f"<error><code>{code}</code><message>\u202eevil</message></error>")
    with pytest.raises(Unavailable) as raised:
        scripted(Scripted(session()), Scripted(said)).web.post("reboot")
    assert raised.value.message.isprintable()
    assert len(raised.value.message) < 300
    assert "code" not in raised.value.facts
    assert "evil" not in str(raised.value)


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
    said = answer(page) if whole else HEAD + b"\r\n" + page
    scripts = [Scripted(session()), *(Scripted(said) for _ in range(3))]
    client = scripted(*(scripts if method == "POST" else scripts[1:]))
    end = ending(client, method)
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
    client = scripted(*([Scripted(session())] if method == "POST" else []), Scripted(said))
    with pytest.raises((Unavailable, LinkLost)) as raised:
        request(client, method)
    assert harmless(raised.value)


@given(text=st.text(max_size=40))
def test_any_token_is_refused_or_stays_in_its_line(text: str) -> None:
    escaped = "".join(f"&#{ord(char)};" for char in text)
    call = Scripted(OK)
    client = scripted(Scripted(session(token=escaped)), call)
    end = ending(client, "POST")
    if end is None:
        head = call.heard.split(b"\r\n\r\n")[0].split(b"\r\n")
        assert len(head) == 8
        assert all(line.isascii() and line.decode().isprintable() for line in head)
    else:
        assert harmless(end)
        assert call.heard == b""
