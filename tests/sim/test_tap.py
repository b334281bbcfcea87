"""The network inside a stick: a real TAP device in a real namespace; its DHCP server is one that notes its words."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import re
import select
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from typing import TypeVar

import pytest

from modeswitch.errors import Unavailable
from modeswitch.linux import programs
from modeswitch.sim import tap
from modeswitch.sim.clock import VirtualClock
from modeswitch.sim.modem import ADDRESS, GATEWAY
from modeswitch.sim.spec import parse
from modeswitch.sim.tap import Namespace, TapLan

pytestmark = pytest.mark.slow

Answer = TypeVar("Answer")
DUMPABLE = 4
"""PR_SET_DUMPABLE of prctl(2)."""
SIDES = [("hilink", "192.168.8.100,192.168.8.109"), ("ncm", f"{ADDRESS},{ADDRESS}")]
HOST_MAC = bytes.fromhex("020000000001")


def _missing() -> str:
    """Why there is no TAP device in a namespace here; found out without the code under test."""
    if os.geteuid() != 0:
        return "needs root"
    absent = [program for program in ("ip", "setpriv", "unshare") if programs.find(program) is None]
    if absent:
        return f"needs {', '.join(absent)}"
    with programs.Program("unshare", "--net", "ip", "tuntap", "add", "probe0", "mode", "tap") as probe:
        whole = probe.hear(10)
        return "" if whole and not probe.err else f"no TAP device: {probe.err.decode(errors='replace')}"


MISSING = _missing()
with_tap = pytest.mark.skipif(bool(MISSING), reason=MISSING)


def arp(address: str) -> bytes:
    """Who has that address?  Asked by 192.168.8.100."""
    head = b"\xff" * 6 + HOST_MAC + b"\x08\x06"
    asked = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + HOST_MAC + socket.inet_aton("192.168.8.100")
    return head + asked + bytes(6) + socket.inet_aton(address)


def attended(lan: TapLan, until: Callable[[], Answer | None]) -> Answer:
    """Do what comes until there is something."""
    end = time.monotonic() + 10
    while not (answer := until()):
        ready, _, _ = select.select(lan.filenos(), [], [], 0.1)
        lan.attend(ready)
        assert time.monotonic() < end
    return answer


def connect(lan: TapLan, address: str) -> socket.socket:
    """As somebody within that network."""
    with lan.namespace.inside():
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return socket.create_connection((address, 80), timeout=5)


def pid(told: Path) -> str:
    """The process id of the DHCP server that was started first."""
    return told.read_text("utf-8").split()[0]


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the DHCP server was started with, a line a start."""
    script = tmp_path / "dnsmasq"
    script.write_text(f'#!/bin/sh\necho $$ "$@" >> {tmp_path}/told\nexec sleep 60\n', "utf-8")
    script.chmod(0o755)
    monkeypatch.setattr(programs, "PATH", f"{tmp_path}:{programs.PATH}")
    return tmp_path / "told"


@pytest.fixture
def lan(told: Path) -> Iterator[TapLan]:
    with TapLan() as made:
        yield made


@with_tap
def test_it_answers_at_its_address_while_the_line_is_up(lan: TapLan) -> None:
    lan.join("hilink")
    lan.send(arp("192.168.8.1"))
    lan.attend(select.select(lan.filenos(), [], [], 1)[0])
    assert lan.receive() is None, "what comes while the line is down is lost"
    lan.up = True
    lan.send(arp("192.168.8.1"))
    answer = b""
    while answer[:6] != HOST_MAC:
        answer = attended(lan, lan.receive)
    assert answer[12:14] == b"\x08\x06"
    assert socket.inet_ntoa(answer[28:32]) == "192.168.8.1"


@with_tap
def test_each_side_has_its_dhcp_server(lan: TapLan, told: Path) -> None:
    for side, addresses in SIDES:
        told.unlink(missing_ok=True)
        lan.join(side)
        attended(lan, told.exists)
        attended(lan, lambda: told.read_text("utf-8").endswith("\n"))
        assert f"--dhcp-range={addresses}," in told.read_text("utf-8")
    before = pid(told)
    lan.join("ncm")
    assert Path(f"/proc/{before}").exists(), "that side it has already"


@with_tap
def test_no_server_of_its_is_left(told: Path) -> None:
    with TapLan() as lan:
        lan.join("hilink")
        attended(lan, lambda: told.exists() and told.read_text("utf-8").endswith("\n"))
        server = Path(f"/proc/{pid(told)}")
        assert server.exists()
    assert not server.exists()


@with_tap
def test_its_web_server_is_heard_by_the_stick(lan: TapLan) -> None:
    """What that is told comes to the stick in the thread that attends."""
    lan.join("hilink")
    heard: list[str] = []
    lan.obey = lambda name: heard.append(name)
    lan.serve()
    lan.serve()  # which it does already

    def reboot(sock: socket.socket) -> None:
        connection = HTTPConnection("192.168.8.1", timeout=5)
        connection.sock = sock
        connection.request("GET", "/api/webserver/SesTokInfo")
        session, token = re.findall(r"<(?:Ses|Tok)Info>([^<]+)<", connection.getresponse().read().decode("ascii"))
        headers = {"Cookie": session, "__RequestVerificationToken": token}
        body = "<?xml version='1.0'?><request><Control>1</Control></request>"
        connection.request("POST", "/api/device/control", body, headers)

    with connect(lan, "192.168.8.1") as sock:
        asking = Thread(target=reboot, args=(sock,))
        asking.start()
        attended(lan, lambda: heard)
        asking.join(10)
    assert heard == ["reboot"]


@with_tap
def test_the_operators_network_has_no_web_server(lan: TapLan) -> None:
    lan.join("ncm")
    lan.serve()
    with pytest.raises(ConnectionRefusedError):
        connect(lan, GATEWAY)


@with_tap
def test_it_takes_the_place_of_the_network_that_a_stick_has(lan: TapLan) -> None:
    """What the stick joined and served before goes on there."""
    clock = VirtualClock()
    stick = parse("e3372h,wakes=ecm,sunny", clock)
    stick.advance()
    assert (stick.lan.side, stick.lan.page) == ("hilink", True)
    stick.connect(lan)
    assert (lan.side, lan.page, lan.up) == ("hilink", True, True)
    connect(lan, "192.168.8.1").close()


@with_tap
def test_each_has_a_network_of_its_own(lan: TapLan, told: Path) -> None:
    before = os.stat(tap.OWN_NAMESPACE).st_ino
    with TapLan() as other:
        lan.join("hilink")
        other.join("hilink")
        with lan.namespace.inside():
            mine = os.stat(tap.OWN_NAMESPACE).st_ino
        with other.namespace.inside():
            its = os.stat(tap.OWN_NAMESPACE).st_ino
    assert len({before, mine, its}) == 3
    assert os.stat(tap.OWN_NAMESPACE).st_ino == before, "and this thread is where it was"


@with_tap
def test_a_frame_that_the_device_does_not_take_is_lost(lan: TapLan) -> None:
    lan.send(arp("192.168.8.1"))  # it is down
    lan.join("hilink")
    lan.send(b"short")
    lan.up = True
    lan.send(arp("192.168.8.1"))
    attended(lan, lan.receive)


def test_programs_that_are_missing_are_named_with_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "find", lambda name: None if name == "dnsmasq" else f"/usr/bin/{name}")
    with pytest.raises(Unavailable, match="needs dnsmasq-base") as raised:
        TapLan()
    assert raised.value.hint == "Install it: apt-get install dnsmasq-base."


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user: needs root")
def test_without_root_there_is_no_namespace() -> None:
    """And no file is left open."""

    def attempt() -> None:
        os.setresuid(1000, 1000, 0)
        ctypes.CDLL(None).prctl(DUMPABLE, 1)  # so that /proc is its own again
        unused = os.dup(0)
        os.close(unused)
        with pytest.raises(PermissionError, match="Operation not permitted: 'a network namespace'"):
            Namespace()
        assert os.dup(0) == unused

    process = multiprocessing.get_context("fork").Process(target=attempt)
    process.start()
    process.join(10)
    assert process.exitcode == 0
