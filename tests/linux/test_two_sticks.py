"""Two sticks with one address, each in a network namespace of its own: a real kernel tells them apart."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from modeswitch.linux.route import LentAddress, connect, server_addresses
from modeswitch.modem.hilink import CALLS, NETWORK, Web
from modeswitch.sim.web import Site, handler

ROOT = Path(__file__).resolve().parent.parent.parent


def _namespaces() -> str:
    """Why there are none here; found out without the code under test."""
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("ip"):
        return "needs root, unshare and ip"
    probe = ["unshare", "-n", "ip", "link", "add", "probe0", "type", "veth", "peer", "name", "probe1"]
    done = subprocess.run(probe, capture_output=True, text=True, timeout=10)
    return done.stderr.strip() if done.returncode else ""


NO_NAMESPACES = _namespaces()


@pytest.mark.skipif(bool(NO_NAMESPACES), reason=f"no network namespaces: {NO_NAMESPACES}")
def test_two_sticks_with_one_address() -> None:
    command = ["unshare", "-n", sys.executable, "-m", "tests.linux.test_two_sticks", "host"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert done.stdout.split() == ["usb0:reboot", "usb1:debug", "usb0:restored", "usb1:restored"]


def ip(words: str) -> str:
    return subprocess.run(["ip", *words.split()], capture_output=True, text=True, check=True).stdout


def state_of(interface: str) -> tuple[bool, str]:
    """Is it up, and its IPv4 addresses."""
    flags = ip(f"-o link show {interface}").partition("<")[2].partition(">")[0]
    return "UP" in flags.split(","), ip(f"-4 -o address show {interface}")


class StickNamespace:
    """A web server at 192.168.8.1, behind an interface of the host."""

    def __init__(self, interface: str) -> None:
        self.interface = interface
        command = ["unshare", "-n", sys.executable, "-m", "tests.linux.test_two_sticks", "stick", interface]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.hear() == "namespace"
        ip(f"link add {interface} type veth peer name inside netns {self.process.pid}")
        self.say()
        assert self.hear() == "serving"

    def hear(self) -> str:
        assert self.process.stdout is not None
        return str(self.process.stdout.readline()).strip()

    def say(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()


def stick_main(interface: str) -> None:
    """Within a stick's namespace."""
    print("namespace", flush=True)
    sys.stdin.readline()
    ip("address add 192.168.8.1/24 dev inside")
    ip("link set inside up")
    site = Site(obey=lambda name: print(f"{interface}:{name}", flush=True))
    with ThreadingHTTPServer(("192.168.8.1", 80), handler(site)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print("serving", flush=True)
        sys.stdin.readline()
        server.shutdown()


def host_main() -> None:
    """Within the host's namespace: both sticks at once, each asked for something else."""
    sticks = [StickNamespace("usb0"), StickNamespace("usb1")]
    assert state_of("usb0") == (False, "")
    before = [state_of(stick.interface) for stick in sticks]
    with LentAddress("usb0", NETWORK) as first, LentAddress("usb1", NETWORK) as second:
        assert first.address == second.address == "192.168.8.200"
        for stick, call in zip(sticks, CALLS, strict=True):
            _call(stick.interface, call)
            print(stick.hear())
    for stick, state in zip(sticks, before, strict=True):
        if state_of(stick.interface) == state:
            print(f"{stick.interface}:restored")
        stick.say()
        stick.process.wait(10)


def _call(interface: str, call: str) -> None:
    until = time.monotonic() + 20
    addresses = server_addresses(interface, NETWORK)
    web = Web(
        "192.168.8.1",
        lambda seconds: connect(interface, addresses, 80, seconds),
        time.monotonic,
        lambda: until - time.monotonic(),
        lambda *event, **facts: None,
    )
    web.prepare()
    web.post(call)


if __name__ == "__main__":
    if sys.argv[1] == "host":
        host_main()
    else:
        stick_main(sys.argv[2])
