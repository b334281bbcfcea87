"""The USB/IP face of a stick: what comes of each URB, and a stick that leaves its port of vhci_hcd and comes back."""

from __future__ import annotations

import errno
import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from modeswitch.sim import usbip
from modeswitch.sim.clock import VirtualClock
from modeswitch.sim.spec import parse
from modeswitch.sim.storage import Broken, Nak, Stall
from modeswitch.sim.usbip import COMMAND, RET_SUBMIT, RET_UNLINK
from modeswitch.usb import bot, scsi
from tests.support.redirected import INQUIRY, REWIND
from tests.support.vhci import Vhci, setup

OUT, IN = 0x01, 0x81
TEST_UNIT_READY = scsi.build_cbw(scsi.build_cdb("TEST UNIT READY"))
DEVICE_DESCRIPTOR = setup(0x80, 6, 0x0100, 0, 18)


class Bench:
    """A stick at the kernel's hand: both sides in one thread, on a clock that stands still."""

    def __init__(self, words: str) -> None:
        self.clock = VirtualClock()
        self.stick = parse(words, self.clock)
        self.ours, theirs = socket.socketpair()
        self.kernel = Vhci()
        self.kernel.hold(theirs)
        self.connection = usbip.Connection(self.stick, self.ours)

    def turn(self) -> None:
        """What has come is answered."""
        ends = iter((False, True))
        self.connection.serve(lambda: next(ends))

    def close(self) -> None:
        self.ours.close()
        self.kernel.sock.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench("e3372h,sunny")
    yield made
    made.close()


# URBs.


def test_a_control_transfer(bench: Bench) -> None:
    bench.kernel.submit(7, 0, room=18, setup=DEVICE_DESCRIPTOR)
    bench.turn()
    answer = bench.kernel.next(inward=True)
    assert (answer.command, answer.seqnum, answer.status, answer.length) == (RET_SUBMIT, 7, 0, 18)
    assert answer.data[8:12] == b"\xd1\x12\x01\x1f"


def test_no_more_comes_than_there_is_room_for(bench: Bench) -> None:
    """wLength may ask for more than the URB's buffer holds."""
    bench.kernel.submit(1, 0, room=8, setup=DEVICE_DESCRIPTOR)
    bench.turn()
    assert bench.kernel.next(inward=True).data == bytes.fromhex("1201000200000040")
    assert bench.kernel.silent()


def test_a_command_its_data_and_its_csw(bench: Bench) -> None:
    cdb = struct.pack(">BBIBHB", 0x28, 0, 0, 0, 200, 0)
    bench.kernel.submit(1, OUT, scsi.build_cbw(cdb, lun=1, data_in=102400))
    bench.turn()
    sent = bench.kernel.next()
    assert (sent.seqnum, sent.status, sent.length) == (1, 0, 31), "as much as was sent has gone"
    bench.kernel.submit(2, IN, room=102400)
    bench.turn()
    assert bench.kernel.next(inward=True).length == 102400
    bench.kernel.submit(3, IN, room=13)
    bench.turn()
    assert bot.read_csw(bench.kernel.next(inward=True).data).status == 0


def test_what_the_firmware_does_not_know_stalls(bench: Bench) -> None:
    bench.kernel.submit(1, 0, room=18, setup=setup(0x80, 6, 0x0900, 0, 18))
    bench.turn()
    answer = bench.kernel.next()
    assert (answer.seqnum, answer.status, answer.length) == (1, -errno.EPIPE, 0)


def test_a_stick_that_breaks_off(bench: Bench) -> None:
    bench.stick.broken = True
    bench.kernel.submit(1, 0, room=18, setup=DEVICE_DESCRIPTOR)
    bench.turn()
    assert bench.kernel.next().status == -errno.EPROTO


def test_urbs_wait_in_their_order_until_there_is_something(bench: Bench) -> None:
    """Those behind the first do not overtake it, and another endpoint does not wait for them."""
    for number in (1, 2):
        bench.kernel.submit(number, IN, room=64)
        bench.turn()
    assert bench.kernel.silent()
    bench.kernel.submit(3, OUT, scsi.build_cbw(INQUIRY, data_in=36))
    bench.turn()
    assert bench.kernel.next().seqnum == 3
    data, status = bench.kernel.next(inward=True), bench.kernel.next(inward=True)
    assert (data.seqnum, data.length) == (1, 36)
    assert (status.seqnum, status.length) == (2, 13)


def test_a_urb_does_not_overtake_the_one_before_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where something comes just after the first was told that there is nothing."""
    for number in (1, 2):
        bench.kernel.submit(number, IN, room=64)
        bench.turn()
    says = iter((b"", b"data", b"", b""))

    def into(_endpoint: int, _most: int) -> bytes:
        if not (said := next(says)):
            raise Nak
        return said

    monkeypatch.setattr(bench.stick, "into", into)
    for number in (3, 4):
        bench.kernel.submit(number, 0, room=18, setup=DEVICE_DESCRIPTOR)
        bench.turn()
    assert [bench.kernel.next(inward=True).seqnum for _ in range(3)] == [3, 4, 1]


@pytest.mark.parametrize("ends", [Broken, Stall])
def test_a_urb_that_waited_ends_once(bench: Bench, ends: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    bench.kernel.submit(1, IN, room=64)
    bench.turn()

    def fail(_endpoint: int, _most: int) -> bytes:
        raise ends

    monkeypatch.setattr(bench.stick, "into", fail)
    bench.kernel.submit(2, 0, room=18, setup=DEVICE_DESCRIPTOR)
    bench.turn()
    assert bench.kernel.next(inward=True).seqnum == 2
    assert bench.kernel.next().seqnum == 1
    bench.kernel.submit(3, 0, room=18, setup=DEVICE_DESCRIPTOR)
    bench.turn()
    assert bench.kernel.next(inward=True).seqnum == 3
    assert bench.kernel.silent()


def test_a_urb_that_waits_can_be_taken_back(bench: Bench) -> None:
    """Its status is given to the URB: -ECONNRESET (vhci_rx.c), and 0 where it was answered before."""
    bench.kernel.submit(1, IN, room=64)
    bench.turn()
    bench.kernel.unlink(2, 1)
    bench.turn()
    taken = bench.kernel.next()
    assert (taken.command, taken.seqnum, taken.status) == (RET_UNLINK, 2, -errno.ECONNRESET)
    bench.kernel.unlink(3, 1)
    bench.turn()
    assert bench.kernel.next().status == 0
    bench.kernel.submit(4, OUT, TEST_UNIT_READY)
    bench.turn()
    assert bench.kernel.next().seqnum == 4
    assert bench.kernel.silent(), "nobody waits for its CSW any more"


@pytest.mark.parametrize("length", [-1, usbip.LARGEST + 1])
def test_a_length_that_no_urb_has_ends_it(bench: Bench, length: int) -> None:
    head = {"command": 1, "seqnum": 1, "devid": 0, "direction": 0, "endpoint": 1, "flags": 0}
    rest = {"start_frame": 0, "packets": 0, "interval": 0, "setup": bytes(8)}
    bench.kernel.sock.sendall(COMMAND.build({**head, "length": length, **rest}))
    with pytest.raises(usbip.Gone, match=f"an URB of {length} bytes"):
        bench.turn()


def test_the_kernel_lets_go_in_the_middle_of_a_urb(bench: Bench) -> None:
    bench.kernel.sock.sendall(bytes(10))
    bench.kernel.sock.close()
    with pytest.raises(usbip.Gone, match="closed"):
        bench.turn()


def test_the_kernel_lets_go_before_its_answer(bench: Bench) -> None:
    bench.kernel.submit(1, 0, room=18, setup=DEVICE_DESCRIPTOR)
    bench.kernel.sock.close()
    with pytest.raises(usbip.Gone, match="Broken pipe"):
        bench.turn()


def test_the_kernel_resets_the_connection(bench: Bench) -> None:
    """What it has not read is lost, and that is how the other side hears of it."""
    bench.kernel.submit(1, OUT, TEST_UNIT_READY)
    bench.turn()
    bench.kernel.sock.close()
    with pytest.raises(usbip.Gone, match="reset by peer"):
        bench.turn()


# In and out of its port.


class Running:
    """:func:`usbip.run` in a thread, on the real clock."""

    def __init__(self, words: str, kernel: Vhci) -> None:
        self.kernel = kernel
        self.stick = parse(words)
        self.said: list[str] = []
        self.raised: list[OSError] = []
        self.stop = threading.Event()
        self.told = threading.Semaphore(0)
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        try:
            usbip.run(self.stick, 3, self.stop.is_set, self._tell)
        except OSError as error:
            self.raised.append(error)

    def _tell(self, line: str) -> None:
        self.said.append(line)
        self.told.release()

    def until(self, lines: int) -> None:
        for _ in range(lines):
            assert self.told.acquire(timeout=10)

    def end(self) -> None:
        self.stop.set()
        with suppress(OSError):
            self.kernel.unlink(99, 0)  # so that it looks up
        self.thread.join(10)
        assert not self.thread.is_alive()
        self.kernel.sock.close()


def played(monkeypatch: pytest.MonkeyPatch, kernel: Vhci) -> Vhci:
    monkeypatch.setattr(usbip, "open", kernel.open, raising=False)
    return kernel


def test_it_leaves_and_comes_back_on_a_socket_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    running = Running("e3372h,dies,sunny,away=0.05,relinks=super", played(monkeypatch, Vhci()))
    running.until(1)
    first = running.kernel.sock.dup()
    assert running.kernel.path == "/sys/devices/platform/vhci_hcd.0/attach"
    running.kernel.submit(1, OUT, REWIND)
    assert running.kernel.next().status == 0
    running.until(2)
    with first:
        assert first.recv(1) == b"", "it is closed: so the kernel hears of it"
    running.kernel.submit(1, 0, room=18, setup=DEVICE_DESCRIPTOR)
    assert struct.unpack_from("<HH", running.kernel.next(inward=True).data, 8) == (0x12D1, 0x155E)
    running.end()
    assert running.said == ["attached 12d1:1f01 storage", "left", "attached 12d1:155e gateway-ncm", "left"]
    assert running.kernel.attached == [(3, 1 << 16 | 2, 3), (3, 1 << 16 | 3, 5)], "port, address and speed"


def test_the_kernel_lets_go(monkeypatch: pytest.MonkeyPatch) -> None:
    running = Running("e3372h", played(monkeypatch, Vhci()))
    running.until(1)
    running.kernel.sock.close()
    running.thread.join(10)
    assert running.said == ["attached 12d1:1f01 storage", "let go by the kernel"]
    running.end()


@pytest.mark.parametrize("refusal", [errno.EBUSY, errno.EINVAL])
def test_a_port_that_is_still_cleared_is_tried_again(refusal: int, monkeypatch: pytest.MonkeyPatch) -> None:
    running = Running("e3372h", played(monkeypatch, Vhci(clearing=3, refusal=refusal)))
    running.until(1)
    running.end()
    assert len(running.kernel.attached) == 1


@pytest.mark.parametrize(
    ("refusal", "seconds"), [(errno.EBUSY, 10.0), (errno.EACCES, 0.0)], ids=["a port in use", "no root"]
)
def test_a_port_that_is_not_to_be_had(refusal: int, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """What may pass is waited for, for ten seconds; what will not is said at once."""
    played(monkeypatch, Vhci(clearing=10_000, refusal=refusal))
    clock = VirtualClock()
    stick, began = parse("e3372h", clock), clock.now()
    with pytest.raises(OSError, match=os.strerror(refusal)):
        usbip.run(stick, 3, lambda: False, lambda _line: None)
    assert clock.now() - began == pytest.approx(seconds, abs=0.02)


def test_a_port_in_use_is_not_waited_for_once_it_shall_end(monkeypatch: pytest.MonkeyPatch) -> None:
    played(monkeypatch, Vhci(clearing=10_000))
    ends = iter((False, False, True))
    clock = VirtualClock()
    stick, began = parse("e3372h", clock), clock.now()
    with pytest.raises(OSError, match="busy"):
        usbip.run(stick, 3, lambda: next(ends), lambda _line: None)
    assert clock.now() - began < 1
