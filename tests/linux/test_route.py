"""A connection through one network interface, and the errors of the system as ours."""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from modeswitch.errors import LinkLost, ModeswitchError, PermissionDenied, Unavailable
from modeswitch.linux.host import LinuxHost
from modeswitch.linux.route import connect, translate
from modeswitch.modem.hilink import NETWORK
from modeswitch.usb.descriptors import Port, UsbId
from modeswitch.usb.device import UsbDevice
from modeswitch.usb.host import StickNetwork
from tests.support import sysfs_tree

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
    with connect("lo", ["127.0.0.2"], port_of(listening), 5) as connection:
        bound = connection.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16)
        assert bound.rstrip(b"\0") == b"lo"
        theirs, _ = listening.accept()
        with theirs:
            connection.sendall(b"hello")
            assert theirs.recv(5) == b"hello"


def test_the_addresses_in_their_order(listening: socket.socket) -> None:
    with connect("lo", ["127.0.0.1", "127.0.0.2", "127.0.0.3"], port_of(listening), 5) as connection:
        assert connection.getpeername()[0] == "127.0.0.2"


def test_what_the_first_address_said_is_told(listening: socket.socket) -> None:
    with pytest.raises(Unavailable) as raised:
        connect("lo", ["127.0.0.1", "127.0.0.3"], port_of(listening), 5)
    assert raised.value.message == f"127.0.0.1 port {port_of(listening)} through lo: connection refused"
    assert raised.value.means == "web"
    assert raised.value.hint


def test_no_address_at_all() -> None:
    with pytest.raises(Unavailable, match="no address"):
        connect("lo", [], 80, 5)


@pytest.mark.parametrize("name", ["nosuch0", "", "lo\0", "lo" + "x" * 14, "../lo", "l o"])
def test_an_interface_that_is_not_there(name: str, listening: socket.socket) -> None:
    """Neither an empty name, which would mean any interface, nor one that the kernel would cut to one that is there."""
    with pytest.raises(LinkLost) as raised:
        connect(name, ["127.0.0.2"], port_of(listening), 5)
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
        connect("lo", ["127.0.0.2"], port_of(deaf), 0.3)
    assert 0.25 < time.monotonic() - begun < 2


def test_a_silent_address_leaves_time_for_the_next(deaf: socket.socket) -> None:
    with socket.create_server(("127.0.0.3", port_of(deaf))):
        begun = time.monotonic()
        with connect("lo", ["127.0.0.2", "127.0.0.3"], port_of(deaf), 0.6) as connection:
            assert connection.getpeername()[0] == "127.0.0.3"
        assert time.monotonic() - begun < 0.5


def test_a_connection_that_fails_is_closed(listening: socket.socket) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        with pytest.raises(Unavailable):
            connect("lo", ["127.0.0.1"], port_of(listening), 5)
    assert len(os.listdir("/proc/self/fd")) == before


# The whole route, as the host gives it.


def stick_with(tmp_path: Path, *networks: str) -> UsbDevice:
    """A device whose one interface has these network interfaces."""
    path = sysfs_tree.plug(tmp_path, "1-1", "12d1:14dc")
    for name in networks:
        (path / "1-1:1.0" / "net" / name).mkdir(parents=True)
    return UsbDevice(Port(1, (1,)), 2, UsbId(0x12D1, 0x14DC), None, 1, path=str(path))


def test_the_route_of_a_device_leads_through_its_own_interface(tmp_path: Path, listening: socket.socket) -> None:
    network = StickNetwork(("127.0.0.3", "127.0.0.2"), ("127.0.0.9", "127.0.0.8"), "255.0.0.0", port_of(listening))
    route = LinuxHost(str(tmp_path)).route(stick_with(tmp_path, "lo"), network, time.monotonic, time.sleep)
    with route as connect_to_server, connect_to_server(5) as connection:
        assert connection.getpeername() == listening.getsockname()
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16).rstrip(b"\0") == b"lo"


def test_no_route_to_a_device_without_a_network(tmp_path: Path) -> None:
    device = stick_with(tmp_path)
    with pytest.raises(Unavailable, match="no network interface here") as raised:
        LinuxHost(str(tmp_path)).route(device, NETWORK, time.monotonic, time.sleep)
    assert raised.value.means == "web"
