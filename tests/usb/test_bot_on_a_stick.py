"""Bulk-Only Transport with the simulated stick, through the real pyusb."""

from __future__ import annotations

import errno
from typing import Any

import pytest
import usb.core

from modeswitch.errors import CommandFailed, LinkLost
from modeswitch.usb import scsi
from modeswitch.usb.bot import Command, Pipes, recover, transact
from modeswitch.usb.descriptors import Port
from modeswitch.usb.link import Link
from tests.support.rig import ALT_MODE, plugged, stick_at, sunny

PLAIN = scsi.build_cbw(bytes(6))


def opened(spec: str = "e3372h") -> tuple[Link, Any, Pipes]:
    bus = sunny(spec)
    seen = bus.at(Port.parse("1-1"))
    assert seen is not None
    link = bus.open(seen)
    link.claim(0)
    return link, bus, Pipes(0, 0x01, 0x81)


def ask(name: str, data_in: int = 0, lun: int = 0, data_out: bytes = b"", **fields: object) -> Command:
    cdb = scsi.build_cdb(name, **fields)
    return Command(scsi.build_cbw(cdb, lun=lun, data_in=data_in, data_out=len(data_out)), data_in, data_out)


def test_read_capacity() -> None:
    link, bus, pipes = opened()
    disc = transact(link, pipes, ask("READ CAPACITY(10)", 8)).data
    card = transact(link, pipes, ask("READ CAPACITY(10)", 8, lun=1)).data
    media = stick_at(bus, "1-1").media
    for said, medium, block in ((disc, media["cdrom"], 2048), (card, media["card"], 512)):
        last, size = int.from_bytes(said[:4], "big"), int.from_bytes(said[4:], "big")
        assert size == block
        assert (last + 1) * size == len(medium.image)


def test_the_disc_is_an_iso_image() -> None:
    link, _, pipes = opened()
    answer = transact(link, pipes, ask("READ(10)", 2048, lba=16, blocks=1))
    assert answer.data[1:6] == b"CD001"
    assert answer.residue == 0


def test_the_card_keeps_what_is_written_over_a_switch() -> None:
    link, bus, pipes = opened()
    block = bytes(range(256)) * 2
    transact(link, pipes, ask("WRITE(10)", lun=1, data_out=block, lba=7, blocks=1))
    assert transact(link, pipes, ask("READ(10)", 512, lun=1, lba=7, blocks=1)).data == block
    link.close(attach=False)
    assert stick_at(bus, "1-1").media["card"].image[7 * 512 : 8 * 512] == block


def test_the_disc_cannot_be_written() -> None:
    link, _, pipes = opened()
    with pytest.raises(CommandFailed, match="data protect"):
        transact(link, pipes, ask("WRITE(10)", data_out=bytes(2048), lba=0, blocks=1))


def test_inquiry_is_that_of_the_captured_stick() -> None:
    link, _, pipes = opened()
    disc = transact(link, pipes, ask("INQUIRY", 36, allocation=36)).data
    card = transact(link, pipes, ask("INQUIRY", 36, lun=1, allocation=36)).data
    assert (disc[0], disc[8:]) == (5, b"HUAWEI  Mass Storage    2.31")
    assert (card[0], card[8:]) == (0, b"HUAWEI  TF CARD Storage 2.31")


def test_less_than_asked_for_has_a_residue() -> None:
    link, _, pipes = opened()
    answer = transact(link, pipes, ask("INQUIRY", 96, allocation=96))
    assert (len(answer.data), answer.residue) == (36, 60)


def test_an_unknown_command_fails_with_its_sense() -> None:
    link, _, pipes = opened()
    with pytest.raises(CommandFailed, match="invalid command operation code"):
        transact(link, pipes, Command(scsi.build_cbw(bytes([0xEE, *bytes(5)]))))
    with pytest.raises(CommandFailed, match="invalid command operation code"):
        transact(link, pipes, Command(scsi.build_cbw(bytes([0xEE, *bytes(5)]), data_in=8), 8))
    transact(link, pipes, ask("TEST UNIT READY"))


def test_beyond_the_end() -> None:
    link, _, pipes = opened()
    with pytest.raises(CommandFailed, match="illegal request"):
        transact(link, pipes, ask("READ(10)", 2048, lba=0xFFFFFFFF, blocks=1))


def test_eject_and_locked() -> None:
    link, _, pipes = opened()
    transact(link, pipes, ask("PREVENT ALLOW MEDIUM REMOVAL", prevent=1))
    with pytest.raises(CommandFailed, match="medium removal prevented"):
        transact(link, pipes, ask("START STOP UNIT", action=2))
    transact(link, pipes, ask("PREVENT ALLOW MEDIUM REMOVAL"))
    transact(link, pipes, ask("START STOP UNIT", action=2))
    with pytest.raises(CommandFailed, match="not ready, medium not present"):
        transact(link, pipes, ask("TEST UNIT READY"))
    transact(link, pipes, ask("START STOP UNIT", action=3))
    transact(link, pipes, ask("TEST UNIT READY"))


@pytest.mark.parametrize("length", [0, 1, 30, 32, 512])
def test_anything_but_31_bytes_wedges_the_stick_until_reset(length: int) -> None:
    link, _, pipes = opened()
    raw = (PLAIN + bytes(512))[:length]
    with pytest.raises(LinkLost) as raised:
        transact(link, pipes, Command(raw))
    assert raised.value.reason == "stall"
    transact(link, pipes, ask("TEST UNIT READY"))


def test_a_wedge_outlives_clear_halt() -> None:
    link, _, pipes = opened()
    link.bulk_out(pipes.pipe_out, PLAIN[:30])
    link.clear_halt(pipes.pipe_in)
    with pytest.raises(LinkLost, match="stall"):
        link.bulk_in(pipes.pipe_in, 13)
    recover(link, pipes)
    transact(link, pipes, ask("TEST UNIT READY"))


def test_a_wrong_signature_wedges_too() -> None:
    link, _, pipes = opened()
    with pytest.raises(LinkLost, match="stall"):
        transact(link, pipes, Command(b"USBX" + PLAIN[4:]))


@pytest.mark.parametrize(
    "cbw",
    [scsi.build_cbw(bytes(6), lun=2), scsi.build_cbw(bytes(6), cb_length=17), PLAIN[:12] + b"\x01" + PLAIN[13:]],
    ids=["lun", "length", "flags"],
)
def test_a_field_out_of_range_halts_both_pipes(cbw: bytes) -> None:
    link, _, pipes = opened()
    link.bulk_out(pipes.pipe_out, cbw)
    with pytest.raises(LinkLost, match="stall"):
        link.bulk_in(pipes.pipe_in, 13)
    with pytest.raises(LinkLost, match="stall"):
        link.bulk_out(pipes.pipe_out, PLAIN)
    link.clear_halt(pipes.pipe_in)
    link.clear_halt(pipes.pipe_out)
    transact(link, pipes, Command(PLAIN))


@pytest.mark.parametrize("cb_length", [0, 1, 6, 10, 16])
def test_a_short_cb_length_is_taken_and_all_16_bytes_are_read(cb_length: int) -> None:
    link, bus, pipes = opened()
    cdb = scsi.build_cdb("HUAWEI REWIND", host=0x30, profile=1)
    transact(link, pipes, Command(scsi.build_cbw(cdb, cb_length=cb_length)))
    bus.pause(1)
    assert stick_at(bus, "1-1").looks == "gateway-ncm"


@pytest.mark.parametrize("left", [0.2, 1.0, 2.0])
def test_silence_takes_no_longer_than_is_left(left: float) -> None:
    link, bus, pipes = opened("e3372h,csw=missing,deaf")
    started = bus.now()
    link.left = lambda: started + left - bus.now()
    with pytest.raises(LinkLost) as raised:
        transact(link, pipes, Command(bytes.fromhex(ALT_MODE)))
    assert raised.value.reason == "timeout"
    assert bus.now() - started == pytest.approx(left, abs=0.01)


def test_a_whole_transaction_takes_no_longer_than_is_left() -> None:
    """Transfers share what is left: the second has only what the first did not use."""
    link, bus, pipes = opened("e3372h,csw=late,lag=0.6,deaf")
    started = bus.now()
    link.left = lambda: started + 1.0 - bus.now()
    transact(link, pipes, Command(bytes.fromhex(ALT_MODE)))
    with pytest.raises(LinkLost):
        link.bulk_in(pipes.pipe_in, 13)
    assert bus.now() - started == pytest.approx(1.0, abs=0.01)


def test_pyusb_is_really_below() -> None:
    """What the simulated backend raises is pyusb's own error, with libusb's numbers."""
    bus = plugged("e3372h")
    device: Any = usb.core.find(backend=bus.backend)
    device.detach_kernel_driver(0)
    with pytest.raises(usb.core.USBTimeoutError) as raised:
        device.read(0x81, 13, 50)
    assert raised.value.errno == errno.ETIMEDOUT
