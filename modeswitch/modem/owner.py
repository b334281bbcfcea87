"""Whose a value of NVRAM is: which stick it was read from, as far as a stick can be told from others of its kind.

An IMEI is a stick's own, unless it is one that many have.  Without one a stick is believed to be the same where its
model, its firmware and its place are the same, and it tells the first two.

Ref: 3GPP TS 27.007 §5.2 to §5.4 (+CGMM, +CGMR, +CGSN); TS 23.003 §6.2 (14 to 16 digits: type, serial number, then a
check digit or the software's version); GSMA TS.06 (types that begin with 00 are of test equipment).
"""

from __future__ import annotations

import re

from ..errors import BadReply, CommandFailed
from ..values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..usb.device import UsbDevice
    from .at import Dialogue

_VERSION = re.compile(r'\^FHVER\s*:\s*"?([^\s",]+)\s+([^\s",]+)', re.IGNORECASE)
"""``^FHVER:"E3372h-153 21.200.07.01.26,CL2E3372HM Ver.A"`` (tests/captures/26_at_responses.txt)."""


class Owner(NamedTuple):
    """Who a stick is: its IMEI (empty where it has none of its own), its place, its own words for model and firmware.

    ``place`` is where its port is, by a path that no restart of this host changes.  ``model`` and ``firmware`` are
    empty where it does not tell them.  ``shown`` is the stick for a person, ``12d1:1506 at 1-1``.
    """

    imei: str
    place: str
    model: str
    firmware: str
    shown: str

    @property
    def is_known(self) -> bool:
        """Can it be told from another stick in the same port?"""
        return bool(self.imei) or bool(self.model and self.firmware)

    @property
    def key(self) -> str:
        """What the stick is called among the saved: letters, digits and ``.:_-`` alone."""
        if self.imei:
            return f"imei-{self.imei}"
        return "-".join(("port", self.place, _word(self.model), _word(self.firmware)))

    @property
    def described(self) -> str:
        """Who it is, for a person: ``12d1:1506 at 1-1 (E3372, firmware 21.200, IMEI 868723020012345)``."""
        told = (
            self.model,
            f"firmware {self.firmware}" if self.firmware else "",
            f"IMEI {self.imei}" if self.imei else "no IMEI of its own",
        )
        return f"{self.shown} ({', '.join(filter(None, told))})"


def identify(dialogue: Dialogue, usb_device: UsbDevice) -> Owner:
    """Who the stick is: it is asked for its IMEI, its model and its firmware."""
    found = re.search(r"(?<![0-9])[0-9]{14,16}(?![0-9])", " ".join(_lines(dialogue, "AT+CGSN")))
    imei = found[0] if found and _is_own(found[0]) else ""
    model, firmware = _told(dialogue, "AT+CGMM"), _told(dialogue, "AT+CGMR")
    if not model or not firmware:
        version = next(filter(None, map(_VERSION.match, _lines(dialogue, "AT^FHVER"))), None)
        if version is not None:
            model, firmware = model or _short(version[1]), firmware or _short(version[2])
    return Owner(imei, place(usb_device), model, firmware, str(usb_device))


def _is_own(imei: str) -> bool:
    """May it be one stick's alone?  Copies and samples tell few digits, a run of them, a test type or no serial number.

    Ref: 3GPP TS 23.003 §6.2.1 (type, then six digits of serial number); GSMA TS.06 (00 is a test's reporting body).
    """
    few, run = len(set(imei)) <= 3, imei[:9] in "12345678901234567890"
    return not few and not run and not imei.startswith("00") and imei[8:14] != "000000"


def place(usb_device: UsbDevice) -> str:
    """Where a stick is plugged in, by its controller: buses are numbered anew at each boot; its port where unknown."""
    match = re.search(r"/([0-9A-Za-z.:_-]{1,60})/usb[0-9]{1,3}/", usb_device.path)
    ports = ".".join(map(str, usb_device.port.ports))
    return f"{match[1]}-{ports}" if match else str(usb_device.port)


def _lines(dialogue: Dialogue, command: str) -> tuple[str, ...]:
    """The lines of an answer; none where the stick says no."""
    try:
        return tuple(dialogue.ask(command).lines)
    except (CommandFailed, BadReply):
        return ()


def _told(dialogue: Dialogue, command: str) -> str:
    """The one thing that a command asks for, with the command's name before it or not, in quotes or not."""
    text = " ".join(_lines(dialogue, command))
    return _short(text.partition(":")[2] if text.startswith("+") else text)


def _short(text: str) -> str:
    """What of an answer is kept and shown: 60 printable characters of ASCII, without quotes."""
    return re.sub(r"[^ !#-~]+", "", text).strip()[:60].strip()


def _word(text: str) -> str:
    """What of it is fit for the name of a file."""
    return re.sub(r"[^0-9A-Za-z.]+", "_", text)[:40].strip("_.") or "unknown"
