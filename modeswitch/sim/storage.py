"""The storage side of a simulated stick: Bulk-Only Transport as strict as the firmware, and the SCSI that disks speak.

Ref: USB MSC BOT 1.0 §6; SPC-4, SBC-3, MMC-5; f_mass_storage.c of the E3372h kernel source: not 31 bytes or a wrong
signature wedges bulk IN until reset, a bad LUN, flags or length halts both pipes, bCBWCBLength 0..16 is taken and all
16 bytes of the CB are read.
"""

from __future__ import annotations

import lzma
from collections.abc import Callable
from functools import cache
from pathlib import Path

from ..usb import scsi
from ..usb.scsi import Cbw, Sense

MEDIA = Path(__file__).parent / "media"
GOOD = Sense(0, 0, 0)
NOT_READY = Sense(2, 0x3A, 0x00)
BAD_OPCODE = Sense(5, 0x20, 0x00)
BAD_FIELD = Sense(5, 0x24, 0x00)
OUT_OF_RANGE = Sense(5, 0x21, 0x00)
PREVENTED = Sense(5, 0x53, 0x02)
PROTECTED = Sense(7, 0x27, 0x00)


class Stall(Exception):
    """The endpoint is halted, or the request is not known."""


class Nak(Exception):
    """Nothing to say yet; ask again."""


class Broken(Exception):
    """Nobody answers: the stick is gone, and the hub does not know it yet."""


@cache
def image_of(name: str) -> bytes:
    """An image as it was made; many sticks share it."""
    return lzma.decompress((MEDIA / f"{name}.xz").read_bytes())


class Medium:
    """What is behind a LUN: its block size, whether it is a CD-ROM, and an image, its own once it was written to."""

    def __init__(self, kind: str) -> None:
        self.is_cd = kind == "cdrom"
        self._name = "cdrom.iso" if self.is_cd else "tf.img"
        self._own: bytearray | None = None
        self.block = 2048 if self.is_cd else 512
        self.present = True
        self.locked = False

    @property
    def image(self) -> bytes | bytearray:
        """All of it."""
        return image_of(self._name) if self._own is None else self._own

    def write(self, start: int, data: bytes) -> None:
        """Bytes at an offset."""
        if self._own is None:
            self._own = bytearray(image_of(self._name))
        self._own[start : start + len(data)] = data

    @property
    def blocks(self) -> int:
        """How many blocks it has."""
        return len(self.image) // self.block

    def inquiry(self) -> bytes:
        """36 bytes, as capture 16 shows them."""
        kind, product = (5, "Mass Storage") if self.is_cd else (0, "TF CARD Storage")
        head = bytes([kind, 0x80, 2, 2, 31, 0, 0, 0])
        return head + f"{'HUAWEI':8}{product:16}{'2.31':4}".encode("ascii")


class Storage:
    """One mass-storage interface: two bulk pipes in front of some LUNs.

    ``rewind`` is called for Huawei's command 0x11 and says whether it was taken; ``tamper`` may change, delay or
    swallow a CSW on its way out; ``heard`` is told of every other command (the CB and the LUN), before it is executed.
    """

    def __init__(
        self,
        media: list[Medium],
        rewind: Callable[[bytes], bool],
        tamper: Callable[[bytes, bytes], bytes | None],
        heard: Callable[[bytes, int], None],
    ) -> None:
        self.media = media
        self._heard = heard
        self._rewind = rewind
        self._tamper = tamper
        self._sense = [GOOD] * len(media)
        self.reset()

    def reset(self) -> None:
        """As after Bulk-Only Mass Storage Reset."""
        self.halted_in = self.halted_out = self.wedged = False
        self.answers: list[bytes] = []
        self._awaited: tuple[Cbw, bytearray] | None = None

    def clear_halt(self, is_in: bool) -> None:
        """CLEAR_FEATURE(ENDPOINT_HALT); a wedge outlives it."""
        if is_in:
            self.halted_in = self.wedged
        else:
            self.halted_out = False

    def out(self, data: bytes) -> bytes | None:
        """Bytes on bulk OUT: a CBW, or the data it announced.  Returns the CBW that was executed, where one was."""
        if self.halted_out:
            raise Stall
        if self.wedged:
            return None
        if self._awaited is not None:
            cbw, collected = self._awaited
            collected += data
            if len(collected) < cbw.length:
                return None
            self._awaited = None
            self._status(cbw, self._write(cbw, bytes(collected[: cbw.length])), cbw.length)
            return None
        return self._command(data)

    def into(self, most: int) -> bytes:
        """Bytes on bulk IN, at most that many; NAK while there are none."""
        if self.halted_in:
            raise Stall
        if not self.answers:
            raise Nak
        first = self.answers[0]
        if len(first) > most:
            self.answers[0] = first[most:]
            return first[:most]
        return self.answers.pop(0)

    def _command(self, data: bytes) -> bytes | None:
        if len(data) != 31 or data[:4] != b"USBC":
            self.wedged = self.halted_in = True
            return None
        cbw = scsi.read_cbw(data)
        if cbw.lun >= len(self.media) or cbw.flags & 0x7F or cbw.cb_length > 16:
            self.halted_in = self.halted_out = True
            return None
        to_device = cbw.length and not cbw.flags & 0x80
        if to_device and cbw.cb[0] == 0x2A:
            self._awaited = (cbw, bytearray())
            return data
        if cbw.cb[:2] == b"\x11\x06":
            taken = self._rewind(cbw.cb)
            self._status(cbw, GOOD if taken else BAD_FIELD, 0)
            return data
        self._heard(cbw.cb, cbw.lun)
        answer, sense = self._execute(cbw)
        answer = answer[: cbw.length] if cbw.flags & 0x80 else b""
        if answer:
            self.answers.append(answer)
        elif cbw.length:
            self.halted_in, self.halted_out = bool(cbw.flags & 0x80), not cbw.flags & 0x80
        self._status(cbw, sense, len(answer))
        return data

    def _status(self, cbw: Cbw, sense: Sense, moved: int) -> None:
        self._sense[cbw.lun] = sense if cbw.cb[0] != 0x03 else self._sense[cbw.lun]
        raw = scsi.build_csw(cbw.tag, cbw.length - moved, 0 if sense == GOOD else 1)
        changed = self._tamper(cbw.cb, raw)
        if changed is not None:
            self.answers.append(changed)

    def _execute(self, cbw: Cbw) -> tuple[bytes, Sense]:
        """The data a command answers with, and its sense."""
        medium, cdb = self.media[cbw.lun], cbw.cb
        opcode = cdb[0]
        if opcode == 0x03:
            sense, self._sense[cbw.lun] = self._sense[cbw.lun], GOOD
            return scsi.build_sense(sense)[: cdb[4]], GOOD
        if opcode == 0x12:
            return (b"", BAD_FIELD) if cdb[1] & 1 else (medium.inquiry()[: int.from_bytes(cdb[3:5], "big")], GOOD)
        if opcode == 0x1B:
            return b"", self._start_stop(medium, cdb[4])
        if opcode == 0x1E:
            medium.locked = bool(cdb[4] & 1)
            return b"", GOOD
        if opcode not in (0x00, 0x1A, 0x23, 0x25, 0x28, 0x2F, 0x35, 0x43, 0x5A):
            return b"", BAD_OPCODE
        if not medium.present:
            return b"", NOT_READY
        if opcode in (0x28, 0x2F):
            start, blocks = int.from_bytes(cdb[2:6], "big"), int.from_bytes(cdb[7:9], "big")
            if start + blocks > medium.blocks:
                return b"", OUT_OF_RANGE
            found = bytes(medium.image[start * medium.block : (start + blocks) * medium.block])
            return (found if opcode == 0x28 else b""), GOOD
        answers: dict[int, bytes] = {
            0x1A: bytes([3, 0, 0x80 if medium.is_cd else 0, 0])[: cdb[4]],
            0x23: b"\0\0\0\x08" + medium.blocks.to_bytes(4, "big") + bytes([2]) + medium.block.to_bytes(3, "big"),
            0x25: (medium.blocks - 1).to_bytes(4, "big") + medium.block.to_bytes(4, "big"),
            0x43: self._toc(medium, bool(cdb[1] & 2)),
            0x5A: bytes([0, 6, 0, 0x80 if medium.is_cd else 0, 0, 0, 0, 0]),
        }
        return answers.get(opcode, b""), GOOD if opcode != 0x43 or medium.is_cd else BAD_OPCODE

    @staticmethod
    def _start_stop(medium: Medium, action: int) -> Sense:
        if action & 2 and not action & 1:
            if medium.locked:
                return PREVENTED
            medium.present = False
        elif action & 2:
            medium.present = True
        return GOOD

    @staticmethod
    def _toc(medium: Medium, msf: bool) -> bytes:
        """One data track and the lead-out."""
        end = medium.blocks
        frames = end + 150
        lead_out = bytes([0, frames // 4500, frames // 75 % 60, frames % 75]) if msf else end.to_bytes(4, "big")
        first = bytes([0, 0, 2, 0]) if msf else bytes(4)
        return bytes([0, 18, 1, 1]) + bytes([0, 0x14, 1, 0]) + first + bytes([0, 0x14, 0xAA, 0]) + lead_out

    def _write(self, cbw: Cbw, data: bytes) -> Sense:
        medium = self.media[cbw.lun]
        start = int.from_bytes(cbw.cb[2:6], "big") * medium.block
        if medium.is_cd:
            return PROTECTED
        if start + len(data) > len(medium.image):
            return OUT_OF_RANGE
        medium.write(start, data)
        return GOOD
