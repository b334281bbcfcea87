"""What a stick keeps in its NVRAM of its ports: read, guarded, saved, written, read again.

Nothing is written before the old value is on this machine's disk, and nothing that could cost the stick its AT port.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..errors import BadReply, CommandFailed, LinkLost, Unavailable
from ..usb.device import UsbDevice
from ..values import NamedTuple
from . import builds, ports
from . import u2diag as u2diag_values
from .at import Dialogue
from .ports import PortList
from .saved import Saved, Store

SETPORT, U2DIAG = "SETPORT", "U2DIAG"
"""The names under which values are saved."""
UNKNOWN = "unknown"
"""A model or firmware that the stick does not tell."""


class Change(NamedTuple):
    """The stick's own list, made to give that mode; ``first`` replaces its first group where it is not empty."""

    mode: str
    first: str = ""


class Owner(NamedTuple):
    """Whose value it is: the IMEI (empty where the stick does not tell one of its own), else port, model and firmware.

    ``shown`` is the stick for a person.
    """

    imei: str
    port: str
    model: str
    firmware: str
    shown: str

    @property
    def is_known(self) -> bool:
        """Can it be told from another stick in the same port?"""
        return bool(self.imei) or UNKNOWN not in (self.model, self.firmware)

    @property
    def key(self) -> str:
        """What the stick is called among the saved: another stick in the same port has another name."""
        return f"imei-{self.imei}" if self.imei else f"port-{self.port}-{self.model}-{self.firmware}"


def owner(dialogue: Dialogue, usb_device: UsbDevice) -> Owner:
    """Who the stick is; it is asked for its IMEI, and where it has none for model and firmware.

    An IMEI that many sticks tell is nobody's (:func:`_is_own`).

    Ref: 3GPP TS 27.007 §5.2 to §5.4 and TS 23.003 §6.2 (14 to 16 digits).
    """
    found = re.search(r"(?<![0-9])[0-9]{14,16}(?![0-9])", _line(dialogue, "AT+CGSN"))
    if found and _is_own(found[0]):
        return Owner(found[0], "", "", "", str(usb_device))
    model, firmware = (_word(_line(dialogue, command)) for command in ("AT+CGMM", "AT+CGMR"))
    return Owner("", place(usb_device), model, firmware, str(usb_device))


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


def _line(dialogue: Dialogue, command: str) -> str:
    try:
        return " ".join(dialogue.ask(command).lines)
    except (CommandFailed, BadReply):
        return ""


def _value(text: str) -> str:
    """An answer without the command's name before it, as some firmware has it."""
    return (text.partition(":")[2] if text.startswith("+") else text).strip()


def _word(text: str) -> str:
    """What of an answer is fit for the name of a file."""
    return re.sub(r"[^0-9A-Za-z.]+", "_", _value(text))[:40].strip("_.") or UNKNOWN


def port_list(dialogue: Dialogue) -> PortList:
    """The stick's list.  Raises :class:`Unavailable` where its firmware has no AT^SETPORT."""
    try:
        return ports.current(dialogue.ask("AT^SETPORT?").lines)
    except (CommandFailed, BadReply) as error:
        raise Unavailable(f"its firmware has no AT^SETPORT to speak of: {error.message}") from error


def ports_offered(dialogue: Dialogue) -> dict[str, str]:
    """Port code → the stick's name for it; empty where it does not say."""
    try:
        return ports.offered(dialogue.ask("AT^SETPORT=?").lines)
    except CommandFailed:
        return {}


def u2diag(dialogue: Dialogue) -> int:
    """The value of AT^U2DIAG.  Raises :class:`Unavailable` where the firmware has none."""
    try:
        return u2diag_values.current(dialogue.ask("AT^U2DIAG?").lines)
    except (CommandFailed, BadReply) as error:
        raise Unavailable(f"its firmware has no AT^U2DIAG to speak of: {error.message}") from error


def write_ports(
    dialogue: Dialogue, usb_device: UsbDevice, wanted: PortList | Change, store: Store, tell: Callable[..., None]
) -> bool:
    """Bring the stick's list to what is wanted; whether anything was written.

    Tells ``warning`` and ``saved``.  Raises :class:`Unavailable` where the firmware has no list,
    :class:`~modeswitch.errors.Refused` for a list that the guard refuses or an old one that cannot be saved: nothing
    is written then; :class:`CommandFailed` where the stick refuses it or does not keep it.
    """
    had, offered = port_list(dialogue), ports_offered(dialogue)
    if isinstance(wanted, Change):
        wanted = had.towards(wanted.mode, tuple(wanted.first.split(",")) if wanted.first else (), offered)
    if wanted == had:
        return False
    whose = owner(dialogue, usb_device)
    own = str(wanted) in _came_with(store, whose, SETPORT)
    model, firmware = (_value(_line(dialogue, command)) for command in ("AT+CGMM", "AT+CGMR"))
    build = builds.Build(model, firmware, None, frozenset(offered))
    refused = builds.complaint(build, wanted) if build.is_hilink or not own else ""
    for warning in ports.guard(wanted, offered, wanted if own else had, refused):
        tell("warning", message=f"{usb_device}: {warning}")
    kept = _save(store, whose, SETPORT, str(had), tell)
    with _written(kept, usb_device):
        dialogue.ask(f'AT^SETPORT="{wanted}"')
        now = str(port_list(dialogue))
    _check_kept(now, str(wanted), kept, usb_device)
    return True


def write_u2diag(
    dialogue: Dialogue, usb_device: UsbDevice, wanted: int, store: Store, tell: Callable[..., None]
) -> bool:
    """Set AT^U2DIAG; whether anything was written.  Tells and raises as :func:`write_ports`."""
    had = u2diag(dialogue)
    if had == wanted:
        return False
    whose = owner(dialogue, usb_device)
    if str(wanted) not in _came_with(store, whose, U2DIAG):
        u2diag_values.guard_model(wanted, _value(_line(dialogue, "AT+CGMM")))
    kept = _save(store, whose, U2DIAG, str(had), tell)
    with _written(kept, usb_device):
        dialogue.ask(f"AT^U2DIAG={wanted}")
        now = str(u2diag(dialogue))
    _check_kept(now, str(wanted), kept, usb_device)
    return True


def _came_with(store: Store, whose: Owner, name: str) -> set[str]:
    """What a stick is known to have come with, which the guard lets pass: only by its own IMEI, never by a port."""
    saved = store.first(whose.key)
    return {one.value for one in saved if one.name == name} if whose.imei else set()


def _save(store: Store, whose: Owner, name: str, value: str, tell: Callable[..., None]) -> Saved:
    saved = store.save(whose.key, whose.shown, name, value)
    tell("saved", name=name, value=value, file=saved.file)
    return saved


@contextmanager
def _written(kept: Saved, usb_device: UsbDevice) -> Iterator[None]:
    """Within it the stick is written to: where its answer is lost nobody knows what it holds, and that is said."""
    try:
        yield
    except (LinkLost, BadReply, Unavailable) as error:
        error.message += (
            f"; the new {kept.name} may be written: the old one, {kept.value}, is saved in {kept.file}. When it is "
            f"back, see what it holds: modeswitch ports {usb_device.port}; put the old one back: modeswitch restore "
            f"{usb_device.port}"
        )
        error.facts["written"] = True
        raise


def _check_kept(now: str, wanted: str, kept: Saved, usb_device: UsbDevice) -> None:
    """Raise :class:`CommandFailed` where the stick said OK and holds something else."""
    if now == wanted:
        return
    if now == kept.value:
        hint = "Its firmware does not let this be changed. It holds what it held before: nothing is lost."
    else:
        hint = (
            f"That is neither the new one nor the old one, {kept.value}, which is saved in {kept.file}. "
            f"Put it back: modeswitch restore {usb_device.port}"
        )
    raise CommandFailed(
        f"the stick said OK to AT^{kept.name} and did not keep it: it says {now} now, not {wanted}",
        hint=hint,
        answer="OK",
        written=now != kept.value or None,
    )
