"""The address of a network interface, on a made-up kernel: its own, or one that is lent to it and taken back."""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any

import pytest

from modeswitch.errors import LinkLost, PermissionDenied, Unavailable
from modeswitch.linux.route import PROBE, LentAddress, Route, server_addresses
from modeswitch.modem.hilink import NETWORK
from modeswitch.sim.clock import VirtualClock

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

    def lent(self, seconds: float = 3.0) -> LentAddress:
        return LentAddress("eth1", NETWORK, seconds, self.clock.now, self.clock.wait)


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
    assert server_addresses("eth1", NETWORK) == expected


def test_where_a_stick_that_left_may_be(kernel: Kernel) -> None:
    kernel.gone = True
    with pytest.raises(LinkLost, match="eth1: no such device"):
        server_addresses("eth1", NETWORK)


@pytest.mark.parametrize("flags", [0, UP, UP | RUNNING])
def test_an_interface_with_an_address_is_left_alone(kernel: Kernel, flags: int) -> None:
    kernel.flags, kernel.address, kernel.mask = flags, "10.0.0.5", "255.0.0.0"
    with kernel.lent() as lent:
        assert lent.address == ""
    assert kernel.changes() == []
    assert kernel.clock.now() == 1000.0


def test_an_interface_that_is_down_is_lent_an_address_at_once(kernel: Kernel) -> None:
    kernel.flags = RUNNING
    with kernel.lent() as lent:
        assert lent.address == "192.168.8.200"
        assert (kernel.flags, kernel.address, kernel.mask) == (RUNNING | UP, "192.168.8.200", "255.255.255.0")
        assert kernel.clock.now() == 1000.0
    assert kernel.state == (RUNNING, "")


def test_one_that_is_up_is_given_time_first(kernel: Kernel) -> None:
    kernel.flags = UP
    with kernel.lent() as lent:
        assert lent.address == "192.168.8.200"
        assert kernel.clock.now() == pytest.approx(1003.0, abs=0.051)
    assert kernel.state == (UP, "")
    assert 0x8914 not in kernel.requests


def test_a_route_lends_it_on_the_clock_of_the_bus(kernel: Kernel) -> None:
    kernel.flags = UP
    with Route("eth1", NETWORK, kernel.clock.now, kernel.clock.wait):
        assert kernel.address == NETWORK.lent[0]
        assert kernel.clock.now() == pytest.approx(1003.0, abs=0.051)
    assert kernel.state == (UP, "")


def test_an_address_that_comes_in_time_is_used(kernel: Kernel) -> None:
    kernel.flags, kernel.later = UP, 1001.0
    with kernel.lent() as lent:
        assert lent.address == ""
        assert kernel.clock.now() == pytest.approx(1001.0, abs=0.051)
    assert kernel.changes() == []
    assert kernel.address == "192.168.8.100"


@pytest.mark.parametrize("flags", [0, UP])
def test_a_stick_that_leaves_meanwhile_is_no_error(kernel: Kernel, flags: int) -> None:
    kernel.flags = flags
    with kernel.lent():
        kernel.gone = True


def test_an_address_that_somebody_else_gave_meanwhile_stays(kernel: Kernel) -> None:
    with kernel.lent():
        kernel.address = "192.168.8.101"
    assert kernel.state == (UP, "192.168.8.101")


def test_only_up_is_taken_back_of_the_flags(kernel: Kernel) -> None:
    with kernel.lent():
        kernel.flags |= RUNNING
    assert kernel.flags == RUNNING


@pytest.mark.parametrize("flags", [0, UP])
@pytest.mark.parametrize("number", range(7))
def test_a_failure_on_the_way_leaves_it_as_it_was(kernel: Kernel, flags: int, number: int) -> None:
    kernel.flags = flags
    kernel.fails = {number: errno.EPERM}
    with suppress(PermissionDenied), kernel.lent(seconds=0):
        assert not kernel.requests[number:]  # it failed nowhere: there are fewer requests
        kernel.fails = {}
    assert kernel.state == (flags, "")


def test_a_stick_that_is_gone_at_once(kernel: Kernel) -> None:
    kernel.gone = True
    with pytest.raises(LinkLost) as raised, kernel.lent():
        pytest.fail("lent")
    assert raised.value.reason == "gone"


def test_what_cannot_be_taken_back_is_told(kernel: Kernel) -> None:
    with pytest.raises(PermissionDenied, match="taking back the address of eth1"), kernel.lent():
        kernel.fails = dict.fromkeys(range(100), errno.EPERM)


def test_yet_not_instead_of_what_went_wrong_before(kernel: Kernel) -> None:
    def work() -> None:
        with kernel.lent():
            kernel.fails = dict.fromkeys(range(100), errno.EPERM)
            raise NotADirectoryError

    with pytest.raises(NotADirectoryError):
        work()


# A lent address for each network that firmware may have.


class Answering:
    """What connects, in the place of the route's own: who answers at which address, and what is lent meanwhile."""

    def __init__(self, kernel: Kernel, monkeypatch: pytest.MonkeyPatch, **answers: OSError | None) -> None:
        self.kernel = kernel
        self.answers = {name.replace("_", "."): error for name, error in answers.items()}
        self.tried: list[tuple[str, str, float]] = []
        monkeypatch.setattr("modeswitch.linux.route.connect", self.connect)

    def connect(self, interface: str, addresses: list[str], port: int, seconds: float) -> Any:
        for address in addresses:
            self.tried.append((address, self.kernel.address, round(seconds)))
            error = self.answers.get(f"a{address}", TimeoutError("timed out"))
            if error is None:
                return address
        problem = Unavailable(f"{addresses[0]}: {error}", means="web")
        raise problem from error


FIRST, SECOND = ("192.168.8.1", "192.168.8.200"), ("192.168.1.1", "192.168.1.200")


def routed(kernel: Kernel) -> AbstractContextManager[Callable[[float], Any]]:
    return Route("eth1", NETWORK, kernel.clock.now, kernel.clock.wait)


def test_the_first_network_is_tried_first(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    answering = Answering(kernel, monkeypatch, a192_168_8_1=None)
    with routed(kernel) as dial:
        assert dial(8) == "192.168.8.1"
    assert answering.tried == [(*FIRST, round(PROBE))]
    assert kernel.state == (0, "")


def test_where_nobody_answers_the_next_network_is_lent(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    answering = Answering(kernel, monkeypatch, a192_168_1_1=None)
    with routed(kernel) as dial:
        assert dial(8) == dial(8) == "192.168.1.1"
        assert kernel.address == "192.168.1.200"
        assert kernel.mask == "255.255.255.0"
    assert [one[:2] for one in answering.tried] == [FIRST, SECOND, SECOND]
    assert kernel.state == (0, "")
    assert 0x8914 in kernel.requests


def test_where_nobody_is_at_all_the_first_error_is_told(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    answering = Answering(kernel, monkeypatch)
    with pytest.raises(Unavailable, match=r"192\.168\.8\.1"), routed(kernel) as dial:
        dial(8)
    assert [one[:2] for one in answering.tried] == [FIRST, SECOND]
    assert kernel.state == (0, "")


def test_who_takes_no_connection_yet_is_there(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    answering = Answering(kernel, monkeypatch, a192_168_8_1=ConnectionRefusedError(111, "refused"))
    with routed(kernel) as dial:
        for _ in range(2):
            with pytest.raises(Unavailable):
                dial(8)
    assert [one[:2] for one in answering.tried] == [FIRST, FIRST]


@pytest.mark.parametrize("problem", [KeyError, KeyboardInterrupt])
def test_the_second_is_taken_back_after_an_exception(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch, problem: type[BaseException]
) -> None:
    def work() -> None:
        with routed(kernel) as dial:
            dial(8)
            assert kernel.address == "192.168.1.200"
            raise problem

    Answering(kernel, monkeypatch, a192_168_1_1=None)
    with pytest.raises(problem):
        work()
    assert kernel.state == (0, "")


def test_an_address_that_comes_meanwhile_is_its_own(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    """A DHCP client was faster than the second try: what it gave is used, and left."""
    answering = Answering(kernel, monkeypatch, a192_168_3_1=None)
    with routed(kernel) as dial:
        kernel.address, kernel.mask = "192.168.3.100", "255.255.255.0"
        assert dial(8) == "192.168.3.1"
    assert answering.tried[-1][:2] == ("192.168.3.1", "192.168.3.100")
    assert kernel.address == "192.168.3.100"


@pytest.mark.parametrize("request_number", range(30))
def test_no_failing_request_leaves_an_address(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch, request_number: int
) -> None:
    """But the one that looks for it, or takes it back."""
    Answering(kernel, monkeypatch, a192_168_1_1=None)
    kernel.fails = {request_number: errno.EINVAL}
    with suppress(Unavailable, PermissionDenied, LinkLost), routed(kernel) as dial:
        dial(8)
    failed = kernel.requests[request_number] if request_number < len(kernel.requests) else 0
    assert kernel.address == "" or failed in (0x8915, 0x8916)
