"""HiLink's client against a real HTTP server, in real time."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer

import pytest

from modeswitch.errors import LinkLost, Unavailable
from modeswitch.modem.hilink import CALLS, Dial, Web
from modeswitch.sim.faults import WEB
from modeswitch.sim.web import Site, handler
from tests.support.hilink import FAULTS, prepare_and_post


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
        prepare_and_post(real(dial, patience), "reboot", early=expected.early)
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
