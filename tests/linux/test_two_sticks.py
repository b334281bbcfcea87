"""Two sticks with one address, each in a network namespace of its own: a real kernel tells them apart."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from modeswitch.errors import Unavailable
from modeswitch.linux.route import LentAddress, Route, connect, server_addresses, strict_filter
from modeswitch.modem.hilink import NETWORK, Dial, Web
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


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(NO_NAMESPACES), reason=f"no network namespaces: {NO_NAMESPACES}"),
]


def in_namespace(what: str) -> list[str]:
    """What one of the ``HOSTS`` below prints, line by line."""
    command = ["unshare", "-n", sys.executable, "-m", "tests.linux.test_two_sticks", what]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_two_sticks_with_one_address() -> None:
    assert in_namespace("host") == ["usb0:reboot", "usb1:debug", "usb0:restored", "usb1:restored"]


def test_older_firmware_has_another_network() -> None:
    """At 192.168.1.1: it cannot answer to 192.168.8.200, and is lent an address of its own network."""
    assert in_namespace("older") == [
        *("192.168.1.200/24", "usb0:reboot", "usb0:restored"),
        *("left by an error", "usb0:restored"),
        *("nobody: True in 5 s", "usb1:restored"),
    ]


def test_strict_reverse_path_filters_are_named() -> None:
    said = in_namespace("strict")
    assert said[0].startswith("usb0 is in the same network, and strict reverse path filtering (rp_filter 1) drops what")
    assert said[0].endswith("through usb1: sysctl -w net.ipv4.conf.usb1.rp_filter=2")
    assert said[1:] == ["usb0:reboot", "usb1:debug"]


def ip(words: str) -> str:
    return subprocess.run(["ip", *words.split()], capture_output=True, text=True, check=True).stdout


def state_of(interface: str) -> tuple[bool, str]:
    """Is it up, and its IPv4 addresses."""
    flags = ip(f"-o link show {interface}").partition("<")[2].partition(">")[0]
    return "UP" in flags.split(","), ip(f"-4 -o address show {interface}")


class StickNamespace:
    """A web server at 192.168.8.1 or another address, behind an interface of the host."""

    def __init__(self, interface: str, address: str = "192.168.8.1") -> None:
        self.interface = interface
        words = ["stick", interface, address]
        command = ["unshare", "-n", sys.executable, "-m", "tests.linux.test_two_sticks", *words]
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


def stick_main(interface: str, address: str) -> None:
    """Within a stick's namespace."""
    print("namespace", flush=True)
    sys.stdin.readline()
    ip(f"address add {address}/24 dev inside")
    ip("link set inside up")
    site = Site(obey=lambda name: print(f"{interface}:{name}", flush=True))
    with ThreadingHTTPServer((address, 80), handler(site)) as server:
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
        for stick, call in zip(sticks, ("reboot", "debug"), strict=True):
            _call(stick.interface, call)
            print(stick.hear())
    for stick, state in zip(sticks, before, strict=True):
        if state_of(stick.interface) == state:
            print(f"{stick.interface}:restored")
        stick.say()
        stick.process.wait(10)


def older_main() -> None:
    """One stick of the older network, one where nobody is."""
    stick, nobody = StickNamespace("usb0", "192.168.1.1"), StickNamespace("usb1", "10.11.12.1")
    before = [state_of("usb0"), state_of("usb1")]
    with Route("usb0", NETWORK, time.monotonic, time.sleep) as dial:
        _post(dial, "reboot", lambda: print(re.findall("inet ([^ ]*)", state_of("usb0")[1])[0]))
        print(stick.hear())
    print("usb0:restored" if state_of("usb0") == before[0] else state_of("usb0"))
    try:
        with Route("usb0", NETWORK, time.monotonic, time.sleep) as dial:
            dial(6).close()
            raise KeyError
    except KeyError:
        print("left by an error")
    print("usb0:restored" if state_of("usb0") == before[0] else state_of("usb0"))
    begun, ended = time.monotonic(), False
    try:
        with Route("usb1", NETWORK, time.monotonic, time.sleep) as dial:
            dial(4)
    except Unavailable as error:
        ended = "192.168.8.1" in error.message
    print(f"nobody: {ended} in {'5 s' if time.monotonic() - begun < 5 else 'too long'}")
    print("usb1:restored" if state_of("usb1") == before[1] else state_of("usb1"))
    for one in (stick, nobody):
        one.say()
        one.process.wait(10)


def strict_main() -> None:
    """Two sticks whose DHCP servers have given addresses, and a host that filters strictly."""
    sticks = [StickNamespace("usb0"), StickNamespace("usb1")]
    for number, stick in enumerate(sticks):
        ip(f"address add 192.168.8.10{number}/24 dev {stick.interface}")
        ip(f"link set {stick.interface} up")
    conf = Path("/proc/sys/net/ipv4/conf")
    for name in ("all", "usb0", "usb1"):
        (conf / name / "rp_filter").write_text("1")
    try:
        connect("usb1", ["192.168.8.1"], 80, 2)
    except Unavailable as error:
        print(error.hint)
    command, flag, setting = error_command(sticks[1].interface)
    subprocess.run([command, flag, setting], check=True, stdout=subprocess.DEVNULL)
    for stick, call in zip(sticks, ("reboot", "debug"), strict=True):
        _call(stick.interface, call)
        print(stick.hear())
        stick.say()
        stick.process.wait(10)


def error_command(interface: str) -> list[str]:
    """The command at the end of the hint."""
    return strict_filter(interface, "192.168.8.1").rpartition(": ")[2].split()


def _call(interface: str, call: str) -> None:
    addresses = server_addresses(interface, NETWORK)
    _post(lambda seconds: connect(interface, addresses, 80, seconds), call)


def _post(dial: Dial, call: str, between: Callable[[], None] = lambda: None) -> None:
    until = time.monotonic() + 20
    web = Web(
        "192.168.8.1",
        dial,
        time.monotonic,
        lambda: until - time.monotonic(),
        lambda *event, **facts: None,
    )
    web.prepare()
    between()
    web.post(call)


HOSTS = {"host": host_main, "older": older_main, "strict": strict_main}

if __name__ == "__main__":
    if sys.argv[1] in HOSTS:
        HOSTS[sys.argv[1]]()
    else:
        stick_main(*sys.argv[2:])
