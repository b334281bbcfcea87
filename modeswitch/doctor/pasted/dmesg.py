"""The kernel's log and those of programs about USB devices, line by line.

Ref: messages of Linux drivers/usb/core/hub.c, serial/usb-serial.c, net/usb/usbnet.c, storage/usb.c; tests/captures.
"""

from __future__ import annotations

import re

from .draft import Notes
from .form import PORT, Match, form, usb_id
from .form import number as as_number
from .values import Part


def _arrival(notes: Notes, match: Match) -> None:
    notes.arrive(match[1], int(match[2] or match[3]))


def _found(notes: Notes, match: Match) -> None:
    draft = notes.on(match[1])
    if draft.id is not None or draft.gone:
        draft = notes.arrive(match[1], None)
    draft.id = usb_id(match[2], match[3])


def _log_string(notes: Notes, match: Match) -> None:
    notes.on(match[1]).name(match[2].lower().removesuffix("number"), match[3])


def _left(notes: Notes, match: Match) -> None:
    notes.on(match[1]).gone = True


def _attached(notes: Notes, match: Match) -> None:
    draft = notes.on(match[1])
    draft.tty(match[2], notes.last[1] if notes.last and notes.last[0] is draft else -1)


def _trouble(notes: Notes, match: Match) -> None:
    notes.on(match[1]).trouble(match[2])


def _bus_trouble(notes: Notes, match: Match) -> None:
    notes.trouble(match[0])


_FAILING = re.compile(r"fail|error|\bbad\b|can't|unable|unregister|disconnect|ignored|probe of", re.IGNORECASE)
_ATTACHED = re.compile(r"attached to (tty[A-Z]{2,8}\d{1,4})|\b(tty[A-Z]{2,8}\d{1,4}): USB ACM")
_NAMED = re.compile(r"^[a-z][\w.-]{1,14}$")


def _bound(notes: Notes, match: Match) -> None:
    """A driver speaks of an interface, which is then its own unless it says that it failed."""
    driver, port, number, name, said = match[1], match[2], as_number(match[3]), match[4] or "", match[5] or ""
    if driver in ("hub", "usb", "usbfs") or port.endswith("-0"):
        return
    draft = notes.on(port)
    notes.last = (draft, number)
    if _FAILING.search(said):
        if "unregister" not in said and "disconnect" not in said:
            draft.trouble(f"{driver} {port}, interface {number}: {said}")
        return
    draft.part(Part(number, None, None, driver))
    tty = _ATTACHED.search(said)
    if tty:
        draft.tty(tty[1] or tty[2], number)
    if name and _NAMED.match(name) and ("register" in said or "renamed" in said):
        old = said.rpartition("from ")[2].strip() if "renamed" in said else ""
        draft.networks.pop(old, None)
        draft.network(name)


def _probe_failed(notes: Notes, match: Match) -> None:
    notes.on(match[2]).trouble(f"{match[1]} {match[2]}, interface {as_number(match[3])}: {match[4]}")


def _disk(notes: Notes, match: Match) -> None:
    if notes.last is not None:
        notes.last[0].disk(f"{match[1]}: {match[2]}")


def _tool(notes: Notes, match: Match) -> None:
    notes.tools.setdefault(match[1])


_HUB_PORT = r"\d{1,3}(?:-\d{1,3}(?:\.\d{1,3}){0,6})?-port\d{1,2}"
_TROUBLE = (
    r"(.*(?:error -\d+|err = -\d+|not accepting address|unable to enumerate|descriptor read|bad CDC descriptors|"
    r"not authorized|can't set config|over-current|rejected \d+ configuration|device firmware changed).*)"
)


FORMS = (
    form(
        "dmesg",
        rf"\busb ({PORT}): new .{{0,40}}?USB device (?:number (\d{{1,3}})|using .{{0,40}}address (\d{{1,3}}))",
        _arrival,
    ),
    form(
        "dmesg", rf"\busb ({PORT}): New USB device found, idVendor=([0-9a-f]{{4}}), idProduct=([0-9a-f]{{4}})", _found
    ),
    form("dmesg", rf"\busb ({PORT}): (Product|Manufacturer|SerialNumber): (.*)", _log_string),
    form("dmesg", rf"\busb ({PORT}): USB disconnect", _left),
    form("dmesg", rf"\busb ({PORT}): .{{0,60}} attached to (tty[A-Z]{{2,8}}\d{{1,4}})", _attached),
    form("dmesg", rf"\busb ({PORT}): {_TROUBLE}", _trouble),
    form("dmesg", rf"\busb (?:usb)?{_HUB_PORT}: .*|\bhub {PORT}:\d\.\d: .*(?:unable to|over-current).*", _bus_trouble),
    form("dmesg", rf"\busb {PORT}: "),
    form(
        "dmesg", rf"\b([a-z][\w-]{{1,30}}): probe of ({PORT}):\d{{1,3}}\.(\d{{1,3}}) (failed.{{0,60}})", _probe_failed
    ),
    form(
        "dmesg",
        rf"\b([a-z][a-z0-9_-]{{1,30}}) ({PORT}):\d{{1,3}}\.(\d{{1,3}})\b(?: ([^\s:]{{1,15}}))?(?::? (.*))?",
        _bound,
    ),
    form("dmesg", r"\bscsi \d{1,3}:\d:\d:\d: (CD-ROM|Direct-Access)\s+(.{0,60}?)\s+PQ:", _disk),
    form("", r"\busbcore: |\busb-?serial\b.{0,20}: |\bdrivers/usb/\S+\.c: "),
    form("", r"\bs[dr] \d+:\d:\d:\d: |\b(?:scsi ?\w*|sr\d+)\s?: "),
    form(
        "log of a program",
        r"\b(usb_modeswitch|ModemManager|usbmode|NetworkManager)(?:_dispatcher)?(?:\[\d+\])?: ",
        _tool,
    ),
)
"""Every form of a log, in the order in which a line is tried."""
