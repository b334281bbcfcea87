"""Bulk-Only Transport, the host's side: a CBW out, its data phase, a CSW in, and every way that can go wrong.

Ref: USB Mass Storage Class, Bulk-Only Transport 1.0: §5.3.1 (order), §5.3.4 (reset recovery), §6.3 (valid CSW),
§6.6 and §6.7 (the host's errors and the thirteen cases), figure 2 (CSW stalled: clear, read once more).
"""

from __future__ import annotations

from ..errors import BadReply, CommandFailed, LinkLost, ModeswitchError, TransferError
from ..values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .link import Link

MASS_STORAGE_RESET = 0xFF
SENSE_LENGTH = 18


class Pipes(NamedTuple):
    """The interface and its two bulk endpoint addresses."""

    interface: int
    pipe_out: int
    pipe_in: int


class Command(NamedTuple):
    """A CBW (31 bytes) with its data phase: how many bytes the device may send, or what it is sent."""

    cbw: bytes
    data_in: int = 0
    data_out: bytes = b""


class Answer(NamedTuple):
    """What a command brought: the data phase's bytes, and how many of the announced were not moved."""

    data: bytes
    residue: int


class Csw(NamedTuple):
    """A CSW that was read: tag (4 bytes), residue (bytes not moved), status (0 passed, 1 failed, 2 phase error)."""

    tag: bytes
    residue: int
    status: int


def transact(link: Link, pipes: Pipes, command: Command) -> Answer:
    """One whole transaction: CBW, data phase, CSW.

    Raises :class:`LinkLost` when the device leaves or falls silent,
    :class:`CommandFailed` for bCSWStatus 1 (after asking for the sense), :class:`BadReply` for a phase error or a CSW
    that is not this command's; the last two leave the transport ready for the next command where that is possible.
    """
    _send(link, pipes, command.cbw)
    try:
        data, early = _data_phase(link, pipes, command)
        raw = early or _read_csw(link, pipes)
    except BadReply:
        recover(link, pipes)
        raise
    residue, status = _checked(link, pipes, command, raw)
    if status == 1:
        raise CommandFailed(f"the stick refused the command{_sense(link, pipes, command)}")
    return Answer(data[: command.data_in - residue] if command.data_in else b"", residue)


def _send(link: Link, pipes: Pipes, cbw: bytes) -> None:
    """Send the CBW; where the device does not take it, once more after a reset recovery (§5.3.1, §6.6.1).

    A device that an earlier program left with halted pipes takes it then.  Raises :class:`LinkLost`, with ``sent``
    false where the CBW did not go out and the device is still there.
    """
    try:
        link.bulk_out(pipes.pipe_out, cbw)
    except LinkLost as error:
        if error.reason == "gone":
            raise
    else:
        return
    recover(link, pipes)
    try:
        link.bulk_out(pipes.pipe_out, cbw)
    except LinkLost as error:
        error.sent = error.reason == "gone"
        raise


def _data_phase(link: Link, pipes: Pipes, command: Command) -> tuple[bytes, bytes]:
    """The data phase: what came in, and a CSW that came in its place.  A stall ends it and is cleared (§6.7.2)."""
    try:
        if command.data_out:
            link.bulk_out(pipes.pipe_out, command.data_out)
        if command.data_in:
            data = link.bulk_in(pipes.pipe_in, command.data_in)
            early = len(data) == 13 and command.data_in != 13 and data[:8] == b"USBS" + command.cbw[4:8]
            return (b"", data) if early else (data, b"")
    except LinkLost as error:
        if error.reason != "stall":
            raise
        link.clear_halt(pipes.pipe_in if command.data_in else pipes.pipe_out)
    return b"", b""


def _read_csw(link: Link, pipes: Pipes) -> bytes:
    """13 bytes.  A stall is cleared and the CSW read once more; a second stall asks for reset recovery (figure 2)."""
    try:
        return link.bulk_in(pipes.pipe_in, 13)
    except LinkLost as error:
        if error.reason != "stall":
            raise
    link.clear_halt(pipes.pipe_in)
    try:
        return link.bulk_in(pipes.pipe_in, 13)
    except LinkLost as error:
        if error.reason == "stall":
            recover(link, pipes)
        raise


def _checked(link: Link, pipes: Pipes, command: Command, raw: bytes) -> tuple[int, int]:
    """Residue and status of a CSW that is valid and meaningful (§6.3); anything else gets a reset recovery."""
    if len(raw) < 13:
        raise LinkLost(f"the CSW broke off after {len(raw)} of 13 bytes", reason="short")
    problem = ""
    try:
        csw = read_csw(raw)
        announced = command.data_in or len(command.data_out)
        if csw.tag != command.cbw[4:8]:
            problem = f"the CSW's tag {csw.tag.hex()} is not the command's {command.cbw[4:8].hex()}"
        elif csw.status == 2:
            problem = "the stick reports a phase error"
        elif csw.status > 2:
            problem = f"bCSWStatus {csw.status} means nothing"
        elif csw.residue > announced:
            problem = f"a residue of {csw.residue} bytes, where {announced} were announced"
        else:
            return csw.residue, csw.status
    except BadReply as error:
        problem = error.message
    recover(link, pipes)
    raise BadReply(problem)


def read_csw(raw: bytes) -> Csw:
    """A CSW of exactly 13 bytes, as :data:`modeswitch.usb.scsi.CSW` reads it, whose import a fast stick would wait for.

    Raises :class:`BadReply`.
    """
    if len(raw) != 13:
        raise BadReply(f"a CSW has 13 bytes, not {len(raw)}")
    if raw[:4] != b"USBS":
        raise BadReply(f"not a CSW: it begins with {raw[:4].hex()}")
    return Csw(raw[4:8], int.from_bytes(raw[8:12], "little"), raw[12])


def recover(link: Link, pipes: Pipes) -> bool:
    """Reset recovery: Bulk-Only Mass Storage Reset, then CLEAR_HALT on IN and OUT (§5.3.4); did the device take it?"""
    try:
        link.control(0x21, MASS_STORAGE_RESET, 0, pipes.interface, b"")
        link.clear_halt(pipes.pipe_in)
        link.clear_halt(pipes.pipe_out)
    except ModeswitchError:
        return False
    return True


def _sense(link: Link, pipes: Pipes, command: Command) -> str:
    """Why the last command failed, as REQUEST SENSE tells it (``: illegal request, …``); empty where it does not."""
    from . import scsi

    request = scsi.build_cdb("REQUEST SENSE", allocation=SENSE_LENGTH)
    if command.cbw[15:16] == request[:1]:
        return ""
    cbw = scsi.build_cbw(request, lun=command.cbw[13] & 0x0F, data_in=SENSE_LENGTH)
    try:
        sense = scsi.read_sense(transact(link, pipes, Command(cbw, SENSE_LENGTH)).data)
    except TransferError:
        return ""
    return f": {sense}" if sense and sense.key else ""
