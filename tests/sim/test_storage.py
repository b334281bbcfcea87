"""The storage of a simulated stick, as strict as the firmware: what wedges it, what halts it, what its media hold."""

from __future__ import annotations

import struct

import pytest

from modeswitch.sim.storage import Nak, Stall
from modeswitch.usb import bot, scsi
from modeswitch.usb.scsi import Sense
from tests.sim.test_sim import IN, OUT, Held

EJECT, LOAD, TEST_UNIT = (bytes.fromhex(cdb) for cdb in ("1b0000000200", "1b0000000300", "000000000000"))
SENSE = bytes.fromhex("030000001200")
CARD, BLOCK = 1, 512


@pytest.fixture
def held() -> Held:
    return Held("e3372h")


def sense(held: Held, lun: int = 0) -> Sense | None:
    """Why the last command failed: sense key, additional code and qualifier."""
    held.stick.out(OUT, scsi.build_cbw(SENSE, lun=lun, data_in=18))
    said = scsi.read_sense(held.stick.into(IN, 18))
    held.stick.into(IN, 13)
    return said


def at(opcode: int, start: int, blocks: int) -> bytes:
    """READ(10) or WRITE(10)."""
    return struct.pack(">BBIBHB", opcode, 0, start, 0, blocks, 0)


def written(held: Held, start: int, data: bytes, lun: int = CARD) -> int:
    """Write whole blocks, in two transfers; the CSW's status."""
    blocks = len(data) // BLOCK
    held.stick.out(OUT, scsi.build_cbw(at(0x2A, start, blocks), lun=lun, data_out=len(data)))
    held.stick.out(OUT, data[:100])
    with pytest.raises(Nak):
        held.stick.into(IN, 13)
    held.stick.out(OUT, data[100:])
    return bot.read_csw(held.stick.into(IN, 13)).status


def read_back(held: Held, start: int, blocks: int) -> bytes:
    held.stick.out(OUT, scsi.build_cbw(at(0x28, start, blocks), lun=CARD, data_in=blocks * BLOCK))
    data = held.stick.into(IN, blocks * BLOCK)
    held.stick.into(IN, 13)
    return data


def test_what_is_written_is_read(held: Held) -> None:
    data = bytes(range(256)) * 4
    assert written(held, 7, data) == 0
    assert read_back(held, 7, 2) == data


def test_nothing_is_written_behind_the_end_or_to_a_cd(held: Held) -> None:
    blocks = held.stick.media["card"].blocks
    assert written(held, blocks - 1, bytes(2 * BLOCK)) == 1
    assert sense(held, CARD) == (5, 0x21, 0x00)
    assert held.stick.media["card"].blocks == blocks
    assert written(held, 0, bytes(BLOCK), lun=0) == 1
    assert sense(held) == (7, 0x27, 0x00)


def test_a_medium_leaves_and_is_loaded_again(held: Held) -> None:
    assert held.command(EJECT, lun=CARD) == 0
    assert held.command(TEST_UNIT, lun=CARD) == 1
    assert sense(held, CARD) == (2, 0x3A, 0x00)
    assert held.command(LOAD, lun=CARD) == 0
    assert held.command(TEST_UNIT, lun=CARD) == 0


def test_an_answer_may_be_read_in_parts(held: Held) -> None:
    held.stick.out(OUT, scsi.build_cbw(bytes.fromhex("120000002400"), data_in=36))
    first, rest = held.stick.into(IN, 10), held.stick.into(IN, 64)
    assert (len(first), len(rest)) == (10, 26)
    assert (first + rest)[8:14] == b"HUAWEI"
    assert bot.read_csw(held.stick.into(IN, 13)).status == 0


@pytest.mark.parametrize("raw", [b"USBC" + bytes(26), b"USBX" + bytes(27)], ids=["short", "another signature"])
def test_what_is_no_cbw_wedges_it_until_a_reset(raw: bytes, held: Held) -> None:
    held.stick.out(OUT, raw)
    held.stick.clear_halt(IN)
    with pytest.raises(Stall):
        held.stick.into(IN, 13)
    held.stick.out(OUT, scsi.build_cbw(EJECT, lun=CARD))
    held.stick.control(0x21, 0xFF, 0, 0, b"", 0)
    assert held.command(TEST_UNIT, lun=CARD) == 0, "the command was not heard"


def test_a_lun_that_it_has_not_halts_both_pipes(held: Held) -> None:
    held.stick.out(OUT, scsi.build_cbw(TEST_UNIT, lun=5))
    with pytest.raises(Stall):
        held.stick.out(OUT, scsi.build_cbw(TEST_UNIT))
    with pytest.raises(Stall):
        held.stick.into(IN, 13)
    for pipe in (OUT, IN):
        held.stick.clear_halt(pipe)
    assert held.command(TEST_UNIT) == 0
