"""Bulk-Only Transport on a scripted link: the order of transfers, and each way that it can go wrong."""

from __future__ import annotations

import pytest

from modeswitch.errors import BadReply, CommandFailed, LinkLost, TransferError
from modeswitch.usb import scsi
from modeswitch.usb.bot import Answer, Command, Pipes, recover, transact
from modeswitch.usb.link import Link

PIPES = Pipes(2, 0x01, 0x81)
READ = scsi.build_cbw(bytes([0x28, *bytes(9)]), data_in=8)
WRITE = scsi.build_cbw(bytes([0x2A, *bytes(9)]), data_out=8)
PLAIN = scsi.build_cbw(bytes(6))
GOOD = scsi.build_csw(scsi.TAG)
STALL = LinkLost("the endpoint stalled", reason="stall")
GONE = LinkLost("the device is gone", reason="gone")
RECOVERY = ["control 21 ff 0 2", "clear 81", "clear 01"]
SENSE = scsi.build_sense(scsi.Sense(5, 0x24, 0))


class Script(Link):
    """A link that answers from a list: bytes for each read, an error where one is raised; it notes all that is done."""

    def __init__(self, *answers: bytes | Exception, out: tuple[Exception | None, ...] = ()) -> None:
        self.answers = list(answers)
        self.outs = list(out)
        self.done: list[str] = []
        self.sent: list[bytes] = []

    def bulk_out(self, endpoint: int, data: bytes, *, told: bool = True) -> None:
        self.done.append(f"out {endpoint:02x}")
        self.sent.append(data)
        error = self.outs.pop(0) if self.outs else None
        if error is not None:
            raise error

    def bulk_in(self, endpoint: int, most: int, *, seconds: float = 3.0, told: bool = True) -> bytes:
        self.done.append(f"in {endpoint:02x} {most}")
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def clear_halt(self, endpoint: int) -> None:
        self.done.append(f"clear {endpoint:02x}")

    def control(self, request_type: int, request: int, value: int, index: int, data: bytes | int) -> bytes:
        self.done.append(f"control {request_type:02x} {request:02x} {value} {index}")
        error = self.outs.pop(0) if self.outs else None
        if error is not None:
            raise error
        return b""


def csw(residue: int = 0, status: int = 0, tag: bytes = scsi.TAG) -> bytes:
    return scsi.build_csw(tag, residue, status)


def test_no_data() -> None:
    link = Script(GOOD)
    assert transact(link, PIPES, Command(PLAIN)) == Answer(b"", 0)
    assert link.done == ["out 01", "in 81 13"]
    assert link.sent == [PLAIN]


@pytest.mark.parametrize(
    ("came", "residue", "data"),
    [
        (b"12345678", 0, b"12345678"),
        (b"12345678", 3, b"12345"),
        (b"1234", 4, b"1234"),
        (b"", 8, b""),
        (b"12345678", 8, b""),
    ],
)
def test_data_in(came: bytes, residue: int, data: bytes) -> None:
    link = Script(came, csw(residue))
    assert transact(link, PIPES, Command(READ, 8)) == Answer(data, residue)
    assert link.done == ["out 01", "in 81 8", "in 81 13"]


def test_data_out() -> None:
    link = Script(csw(2))
    assert transact(link, PIPES, Command(WRITE, 0, b"abcdefgh")) == Answer(b"", 2)
    assert link.sent == [WRITE, b"abcdefgh"]


def test_a_stall_of_the_data_in_is_cleared_and_the_csw_read() -> None:
    link = Script(STALL, csw(8))
    assert transact(link, PIPES, Command(READ, 8)) == Answer(b"", 8)
    assert link.done == ["out 01", "in 81 8", "clear 81", "in 81 13"]


def test_a_stall_of_the_data_out_is_cleared_and_the_csw_read() -> None:
    link = Script(csw(8), out=(None, STALL))
    assert transact(link, PIPES, Command(WRITE, 0, b"abcdefgh")) == Answer(b"", 8)
    assert link.done == ["out 01", "out 01", "clear 01", "in 81 13"]


def test_a_stalled_csw_is_cleared_and_read_once_more() -> None:
    link = Script(STALL, GOOD)
    transact(link, PIPES, Command(PLAIN))
    assert link.done == ["out 01", "in 81 13", "clear 81", "in 81 13"]


def test_a_csw_that_stalls_twice_gets_a_reset_recovery() -> None:
    link = Script(STALL, STALL)
    with pytest.raises(LinkLost) as raised:
        transact(link, PIPES, Command(PLAIN))
    assert raised.value.reason == "stall"
    assert link.done[-3:] == RECOVERY


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (csw(tag=b"\0\0\0\0"), f"tag 00000000 is not the command's {scsi.TAG.hex()}$"),
        (csw(status=2), "phase error"),
        (csw(status=3), "bCSWStatus 3"),
        (csw(status=255), "bCSWStatus 255"),
        (csw(residue=9), "residue of 9 bytes"),
        (csw(residue=0xFFFFFFFF), "residue of 4294967295 bytes"),
        (b"\xff" * 13, "not a CSW: it begins with ffffffff$"),
        (b"USBC" + GOOD[4:], "not a CSW: it begins with 55534243$"),
    ],
)
def test_an_invalid_csw_gets_a_reset_recovery(answer: bytes, complaint: str) -> None:
    link = Script(b"12345678", answer)
    with pytest.raises(BadReply, match=complaint):
        transact(link, PIPES, Command(READ, 8))
    assert link.done[-3:] == RECOVERY


@pytest.mark.parametrize("length", range(13))
def test_a_csw_that_breaks_off_is_how_a_stick_leaves(length: int) -> None:
    link = Script(GOOD[:length])
    with pytest.raises(LinkLost) as raised:
        transact(link, PIPES, Command(PLAIN))
    assert raised.value.reason == "short"
    assert link.done == ["out 01", "in 81 13"]


@pytest.mark.parametrize("answers", [(BadReply("too much"),), (b"12345678", BadReply("too much"))])
def test_more_than_was_asked_for_gets_a_reset_recovery(answers: tuple[bytes | Exception, ...]) -> None:
    link = Script(*answers)
    with pytest.raises(BadReply, match="too much"):
        transact(link, PIPES, Command(READ, 8))
    assert link.done[-3:] == RECOVERY


def test_recovery_leaves_a_device_that_has_left_in_peace() -> None:
    link = Script(out=(GONE,))
    assert not recover(link, PIPES)
    assert link.done == RECOVERY[:1]


def test_recovery_says_that_the_device_took_it() -> None:
    link = Script()
    assert recover(link, PIPES)
    assert link.done == RECOVERY


@pytest.mark.parametrize(("reason", "sent"), [("stall", False), ("timeout", False), ("gone", True)])
def test_a_cbw_that_is_refused_again_after_a_recovery_was_not_sent(reason: str, sent: bool) -> None:
    again = LinkLost("not taken", reason=reason)
    link = Script(out=(STALL, None, again))
    with pytest.raises(LinkLost) as raised:
        transact(link, PIPES, Command(PLAIN))
    assert raised.value is again
    assert again.sent is sent
    assert link.done == ["out 01", *RECOVERY, "out 01"]


def test_an_early_csw_stands_for_the_data() -> None:
    """13 bytes with the right signature and tag in place of a longer data phase."""
    long = scsi.build_cbw(bytes([0x12, *bytes(5)]), data_in=36)
    link = Script(csw(36))
    assert transact(link, PIPES, Command(long, 36)) == Answer(b"", 36)
    assert link.done == ["out 01", "in 81 36"]


def test_data_that_only_looks_like_a_csw_is_data() -> None:
    """13 bytes were asked for: they may begin with anything."""
    asked = scsi.build_cbw(bytes([0x12, *bytes(5)]), data_in=13)
    link = Script(GOOD, GOOD)
    assert transact(link, PIPES, Command(asked, 13)) == Answer(GOOD, 0)


@pytest.mark.parametrize("reason", ["gone", "timeout", "io", "short"])
@pytest.mark.parametrize("before", [0, 1])
def test_losing_the_link_is_passed_on_untouched(reason: str, before: int) -> None:
    lost = LinkLost("lost", reason=reason)
    link = Script(*([b"12345678"] * before), lost)
    with pytest.raises(LinkLost) as raised:
        transact(link, PIPES, Command(READ, 8))
    assert raised.value is lost
    assert not any(word.startswith(("clear", "control")) for word in link.done)


def test_losing_the_link_with_the_cbw() -> None:
    link = Script(out=(GONE,))
    with pytest.raises(LinkLost):
        transact(link, PIPES, Command(PLAIN))
    assert link.done == ["out 01"]


def test_failure_is_told_with_its_sense() -> None:
    link = Script(csw(status=1), SENSE, csw())
    with pytest.raises(CommandFailed, match="refused the command: illegal request, invalid field in CDB"):
        transact(link, PIPES, Command(PLAIN))


@pytest.mark.parametrize("lun", [0, 1, 7])
def test_the_sense_is_asked_of_the_same_lun(lun: int) -> None:
    link = Script(csw(status=1), SENSE, csw())
    with pytest.raises(CommandFailed):
        transact(link, PIPES, Command(scsi.build_cbw(bytes(6), lun=lun)))
    asked = scsi.read_cbw(link.sent[1])
    assert (asked.lun, asked.cb[0], asked.length, asked.flags) == (lun, 0x03, 18, 0x80)


@pytest.mark.parametrize(
    "answers",
    [
        (csw(status=1), b"", csw(18)),
        (csw(status=1), SENSE, csw(status=1)),
        (csw(status=1), GONE),
        (csw(status=1), SENSE, csw(status=2)),
        (csw(status=1), SENSE, TransferError("odd")),
        (csw(status=1), b"\xff" * 18, csw()),
        (csw(status=1), scsi.build_sense(scsi.Sense(0, 0, 0)), csw()),
    ],
    ids=["no data", "fails too", "gone", "phase error", "odd error", "no sense data", "no sense"],
)
def test_without_a_sense_the_failure_stays_the_failure(answers: tuple[bytes | Exception, ...]) -> None:
    with pytest.raises(CommandFailed) as raised:
        transact(Script(*answers), PIPES, Command(PLAIN))
    assert raised.value.message == "the stick refused the command"


def test_request_sense_that_fails_asks_for_no_sense() -> None:
    request = scsi.build_cbw(scsi.build_cdb("REQUEST SENSE", allocation=18), data_in=18)
    link = Script(b"", csw(18, status=1))
    with pytest.raises(CommandFailed):
        transact(link, PIPES, Command(request, 18))
    assert len(link.sent) == 1
