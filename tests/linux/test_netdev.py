"""Network interfaces of a USB device, sockets bound to one of them, and an address lent to it."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from modeswitch.errors import LinkLost, ModeswitchError, PermissionDenied, Unavailable
from modeswitch.linux.netdev import Borrowed, dial, gateway_candidates, interfaces, translate
from modeswitch.modem.hilink import CALLS, Web
from modeswitch.sim.clock import VirtualClock
from modeswitch.sim.web import Site, handler
from tests.support import sysfs_tree

ROOT = Path(__file__).resolve().parent.parent.parent


# What a device has in sysfs.


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """A device at port 1-1 with two interfaces."""
    path = sysfs_tree.plug(tmp_path, "1-1", "12d1:14dc")
    for entry in ("1-1:1.0", "1-1:1.1"):
        (path / entry).mkdir()
    return path


def net(stick: Path, entry: str, *names: str) -> None:
    for name in names:
        (stick / entry / "net" / name).mkdir(parents=True)


def test_a_stick_without_a_network(stick: Path) -> None:
    assert interfaces(str(stick)) == []
    assert interfaces(str(stick / "nothing")) == []
    assert interfaces("") == []


def test_the_interfaces_by_name(stick: Path, tmp_path: Path) -> None:
    net(stick, "1-1:1.0", "wwan0", "eth1")
    net(stick, "1-1:1.1", "enx0c5b8f279a64")
    (stick / "power").mkdir()
    assert interfaces(str(stick)) == ["enx0c5b8f279a64", "eth1", "wwan0"]
    assert interfaces("1-1", str(tmp_path)) == ["enx0c5b8f279a64", "eth1", "wwan0"]


def test_what_hangs_on_a_hub_is_not_the_hub_s(stick: Path) -> None:
    """The folders of a hub's devices are in the hub's own, in sysfs."""
    inner = stick / "1-1.4" / "1-1.4:1.0" / "net" / "eth1"
    inner.mkdir(parents=True)
    (stick / "2-1:1.0" / "net" / "eth2").mkdir(parents=True)
    assert interfaces(str(stick)) == []
    assert interfaces(str(stick / "1-1.4")) == ["eth1"]


@pytest.mark.parametrize("name", ["eth1", "enx0c5b8f279a64", "a" * 15, "eth0.100", "wlx-é"])
def test_names_that_the_kernel_gives(stick: Path, name: str) -> None:
    net(stick, "1-1:1.0", name)
    assert interfaces(str(stick)) == [name]


@pytest.mark.parametrize("name", ["a" * 16, "é" * 8, "eth 1", "eth:1", "eth\x1b", "eth\n", "eth\u202e", "eth\udcff"])
def test_names_that_it_does_not(stick: Path, name: str) -> None:
    net(stick, "1-1:1.0", name)
    assert interfaces(str(stick)) == []


# The table of errors.


ERRORS: dict[int, tuple[type[ModeswitchError], str, str]] = {
    errno.EPERM: (PermissionDenied, "", "root"),
    errno.EACCES: (PermissionDenied, "", "root"),
    errno.ENODEV: (LinkLost, "gone", ""),
    errno.ENXIO: (LinkLost, "gone", ""),
    errno.ETIMEDOUT: (Unavailable, "web", "still starting"),
    errno.ECONNREFUSED: (Unavailable, "web", "some seconds after"),
    errno.EHOSTUNREACH: (Unavailable, "web", "is its network this one"),
    errno.ENETUNREACH: (Unavailable, "web", "DHCP"),
    errno.ENETDOWN: (Unavailable, "web", "bring it up"),
    **dict.fromkeys((errno.ECONNRESET, errno.EADDRNOTAVAIL, errno.EMFILE, errno.EINVAL), (Unavailable, "web", "")),
}
"""Number → class, reason or means, words of the hint."""


@pytest.mark.parametrize("number", ERRORS, ids=[errno.errorcode[number] for number in ERRORS])
def test_each_errno_on_purpose(number: int) -> None:
    kind, detail, hint = ERRORS[number]
    error = translate(OSError(number, "the system's words"), "doing this")
    assert type(error) is kind
    assert error.facts.get("reason", error.facts.get("means", "")) == detail
    assert error.message == f"doing this: {os.strerror(number).lower()}"
    assert hint in error.hint
    assert bool(error.hint) is bool(hint)


def test_no_errno_that_is_not_in_the_table_is_special() -> None:
    for number in set(errno.errorcode) - set(ERRORS):
        error = translate(OSError(number, "the system's words"), "doing this")
        assert (type(error), error.facts, error.hint) == (Unavailable, {"means": "web"}, "")


def test_python_s_own_time_limit_has_no_errno() -> None:
    error = translate(TimeoutError("timed out"), "doing this")
    assert isinstance(error, Unavailable)
    assert "still starting" in error.hint


# Through one interface, here the loopback.


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """Somebody at 127.0.0.2, nobody at 127.0.0.1."""
    with socket.create_server(("127.0.0.2", 0)) as server:
        yield server


def port_of(server: socket.socket) -> int:
    return int(server.getsockname()[1])


def test_the_socket_is_bound_to_the_interface(listening: socket.socket) -> None:
    with dial("lo", ["127.0.0.2"], port_of(listening), 5) as connection:
        bound = connection.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16)
        assert bound.rstrip(b"\0") == b"lo"
        theirs, _ = listening.accept()
        with theirs:
            connection.sendall(b"hello")
            assert theirs.recv(5) == b"hello"


def test_the_addresses_in_their_order(listening: socket.socket) -> None:
    with dial("lo", ["127.0.0.1", "127.0.0.2", "127.0.0.3"], port_of(listening), 5) as connection:
        assert connection.getpeername()[0] == "127.0.0.2"


def test_what_the_first_address_said_is_told(listening: socket.socket) -> None:
    with pytest.raises(Unavailable) as raised:
        dial("lo", ["127.0.0.1", "127.0.0.3"], port_of(listening), 5)
    assert raised.value.message == f"127.0.0.1 port {port_of(listening)} through lo: connection refused"
    assert raised.value.means == "web"
    assert raised.value.hint


def test_no_address_at_all() -> None:
    with pytest.raises(Unavailable, match="no address"):
        dial("lo", [], 80, 5)


@pytest.mark.parametrize("name", ["nosuch0", "", "lo\0", "lo" + "x" * 14, "../lo", "l o"])
def test_an_interface_that_is_not_there(name: str, listening: socket.socket) -> None:
    """Neither an empty name, which would mean any interface, nor one that the kernel would cut to one that is there."""
    with pytest.raises(LinkLost) as raised:
        dial(name, ["127.0.0.2"], port_of(listening), 5)
    assert raised.value.reason == "gone"


@pytest.fixture
def deaf() -> Iterator[socket.socket]:
    """Somebody at 127.0.0.2 who takes no connections: SYNs are dropped while the queue is full."""
    with socket.socket() as server, socket.socket() as first, socket.socket() as second:
        server.bind(("127.0.0.2", 0))
        server.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(server.getsockname())
        yield server


def test_an_address_that_is_silent_is_given_up_in_time(deaf: socket.socket) -> None:
    begun = time.monotonic()
    with pytest.raises(Unavailable, match="timed out"):
        dial("lo", ["127.0.0.2"], port_of(deaf), 0.3)
    assert 0.25 < time.monotonic() - begun < 2


def test_a_silent_address_leaves_time_for_the_next(deaf: socket.socket) -> None:
    with socket.create_server(("127.0.0.3", port_of(deaf))):
        begun = time.monotonic()
        with dial("lo", ["127.0.0.2", "127.0.0.3"], port_of(deaf), 0.6) as connection:
            assert connection.getpeername()[0] == "127.0.0.3"
        assert time.monotonic() - begun < 0.5


def test_a_connection_that_fails_is_closed(listening: socket.socket) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        with pytest.raises(Unavailable):
            dial("lo", ["127.0.0.1"], port_of(listening), 5)
    assert len(os.listdir("/proc/self/fd")) == before


# An interface's address, on a made-up kernel.


UP, RUNNING = 0x1, 0x40


class Kernel:
    """The state of one interface behind its ioctls, as netdevice(7) has them.

    ``fails`` has errno by the number of the request, from 0; ``later`` gives the interface an address at that time.
    """

    def __init__(self, flags: int = 0, address: str = "", mask: str = "255.255.255.0") -> None:
        self.flags = flags
        self.address = address
        self.mask = mask if address else ""
        self.fails: dict[int, int] = {}
        self.gone = False
        self.requests: list[int] = []
        self.clock = VirtualClock()
        self.later = float("inf")

    @property
    def state(self) -> tuple[int, str]:
        return self.flags, self.address

    def ioctl(self, file: Any, request: int, argument: bytes) -> bytes:
        self.requests.append(request)
        problem = errno.ENODEV if self.gone else self.fails.get(len(self.requests) - 1)
        if problem:
            raise OSError(problem, os.strerror(problem))
        assert len(argument) == 40
        name, value = argument[:16], argument[16:]
        assert name == b"eth1".ljust(16, b"\0")
        if self.clock.now() >= self.later and not self.address:
            self.address, self.mask = "192.168.8.100", "255.255.255.0"
        return name + self._answer(request, value).ljust(24, b"\0")

    def _answer(self, request: int, value: bytes) -> bytes:
        family, port, packed = struct.unpack("=HH4s", value[:8])
        if request == 0x8913:
            return struct.pack("=H", self.flags)
        if request == 0x8914:
            (self.flags,) = struct.unpack("=H", value[:2])
            return value
        if request in (0x8915, 0x891B):
            if not self.address:
                raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
            return struct.pack("=HH4s", 2, 0, socket.inet_aton(self.address if request == 0x8915 else self.mask))
        assert (family, port) == (socket.AF_INET, 0)
        text = socket.inet_ntoa(packed)
        if request == 0x8916:
            self.address, self.mask = ("", "") if text == "0.0.0.0" else (text, "255.0.0.0")
            return value
        assert request == 0x891C
        assert self.address
        self.mask = text
        return value

    def changes(self) -> list[int]:
        return [request for request in self.requests if request in (0x8914, 0x8916, 0x891C)]

    def borrowed(self, seconds: float = 3.0) -> Borrowed:
        return Borrowed("eth1", seconds, self.clock.now, self.clock.wait)


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    made = Kernel()
    monkeypatch.setattr("fcntl.ioctl", lambda *arguments: made.ioctl(*arguments))
    return made


USUAL = ["192.168.8.1", "192.168.1.1"]


@pytest.mark.parametrize(
    ("address", "mask", "expected"),
    [
        ("", "", USUAL),
        ("192.168.8.100", "255.255.255.0", USUAL),
        ("192.168.1.100", "255.255.255.0", ["192.168.1.1", "192.168.8.1"]),
        ("192.168.9.100", "255.255.255.0", ["192.168.9.1", *USUAL]),
        ("10.1.2.200", "255.255.255.128", ["10.1.2.129", *USUAL]),
        ("10.1.2.3", "255.0.0.0", ["10.0.0.1", *USUAL]),
        ("192.168.8.1", "255.255.255.0", ["192.168.1.1"]),
    ],
)
def test_where_the_stick_may_be(kernel: Kernel, address: str, mask: str, expected: list[str]) -> None:
    kernel.address, kernel.mask = address, mask
    assert gateway_candidates("eth1") == expected


def test_where_a_stick_that_left_may_be(kernel: Kernel) -> None:
    kernel.gone = True
    with pytest.raises(LinkLost, match="eth1: no such device"):
        gateway_candidates("eth1")


@pytest.mark.parametrize("flags", [0, UP, UP | RUNNING])
def test_an_interface_with_an_address_is_left_alone(kernel: Kernel, flags: int) -> None:
    kernel.flags, kernel.address, kernel.mask = flags, "10.0.0.5", "255.0.0.0"
    with kernel.borrowed() as borrowed:
        assert borrowed.address == ""
    assert kernel.changes() == []
    assert kernel.clock.now() == 1000.0


def test_an_interface_that_is_down_is_lent_an_address_at_once(kernel: Kernel) -> None:
    kernel.flags = RUNNING
    with kernel.borrowed() as borrowed:
        assert borrowed.address == "192.168.8.200"
        assert (kernel.flags, kernel.address, kernel.mask) == (RUNNING | UP, "192.168.8.200", "255.255.255.0")
        assert kernel.clock.now() == 1000.0
    assert kernel.state == (RUNNING, "")


def test_one_that_is_up_is_given_time_first(kernel: Kernel) -> None:
    kernel.flags = UP
    with kernel.borrowed() as borrowed:
        assert borrowed.address == "192.168.8.200"
        assert kernel.clock.now() == pytest.approx(1003.0, abs=0.051)
    assert kernel.state == (UP, "")
    assert 0x8914 not in kernel.requests


def test_an_address_that_comes_in_time_is_used(kernel: Kernel) -> None:
    kernel.flags, kernel.later = UP, 1001.0
    with kernel.borrowed() as borrowed:
        assert borrowed.address == ""
        assert kernel.clock.now() == pytest.approx(1001.0, abs=0.051)
    assert kernel.changes() == []
    assert kernel.address == "192.168.8.100"


@pytest.mark.parametrize("flags", [0, UP])
def test_a_stick_that_leaves_meanwhile_is_no_error(kernel: Kernel, flags: int) -> None:
    kernel.flags = flags
    with kernel.borrowed():
        kernel.gone = True


def test_an_address_that_somebody_else_gave_meanwhile_stays(kernel: Kernel) -> None:
    with kernel.borrowed():
        kernel.address = "192.168.8.101"
    assert kernel.state == (UP, "192.168.8.101")


def test_only_up_is_taken_back_of_the_flags(kernel: Kernel) -> None:
    with kernel.borrowed():
        kernel.flags |= RUNNING
    assert kernel.flags == RUNNING


@pytest.mark.parametrize("flags", [0, UP])
@pytest.mark.parametrize("number", range(7))
def test_a_failure_on_the_way_leaves_it_as_it_was(kernel: Kernel, flags: int, number: int) -> None:
    kernel.flags = flags
    kernel.fails = {number: errno.EPERM}
    with suppress(PermissionDenied), kernel.borrowed(seconds=0):
        assert not kernel.requests[number:]  # it failed nowhere: there are fewer requests
        kernel.fails = {}
    assert kernel.state == (flags, "")


def test_a_stick_that_is_gone_at_once(kernel: Kernel) -> None:
    kernel.gone = True
    with pytest.raises(LinkLost) as raised, kernel.borrowed():
        pytest.fail("lent")
    assert raised.value.reason == "gone"


def test_what_cannot_be_taken_back_is_told(kernel: Kernel) -> None:
    with pytest.raises(PermissionDenied, match="taking back the address of eth1"), kernel.borrowed():
        kernel.fails = dict.fromkeys(range(100), errno.EPERM)


def test_yet_not_instead_of_what_went_wrong_before(kernel: Kernel) -> None:
    def work() -> None:
        with kernel.borrowed():
            kernel.fails = dict.fromkeys(range(100), errno.EPERM)
            raise NotADirectoryError

    with pytest.raises(NotADirectoryError):
        work()


# On a real kernel, in network namespaces of their own: two sticks with the same address.


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
    command = ["unshare", "-n", sys.executable, "-m", "tests.linux.test_netdev", "host"]
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
        command = ["unshare", "-n", sys.executable, "-m", "tests.linux.test_netdev", "stick", interface]
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
    with Borrowed("usb0") as first, Borrowed("usb1") as second:
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
    addresses = gateway_candidates(interface)
    web = Web(
        "192.168.8.1",
        lambda seconds: dial(interface, addresses, 80, seconds),
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
