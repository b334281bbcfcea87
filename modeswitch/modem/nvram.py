"""What a stick keeps in its NVRAM of its ports: read, guarded, saved, written, read again.

Nothing is written before the old value is on this machine's disk, and nothing that could cost the stick its AT port.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ..errors import BadReply, CommandFailed, Unavailable
from ..usb.device import UsbDevice
from ..values import NamedTuple
from . import ports
from . import u2diag as u2diag_values
from .at import Dialogue
from .ports import PortList
from .saved import Store

SETPORT, U2DIAG = "SETPORT", "U2DIAG"
"""The names under which values are saved."""


class Change(NamedTuple):
    """The stick's own list, made to give that mode; ``first`` replaces its first group where it is not empty."""

    mode: str
    first: str = ""


class Owner(NamedTuple):
    """Whose value it is: the IMEI (empty where the stick does not tell it), the port, and the stick for a person."""

    imei: str
    port: str
    shown: str


def owner(dialogue: Dialogue, usb_device: UsbDevice) -> Owner:
    """Who the stick is; it is asked for its IMEI.  Ref: 3GPP TS 27.007 §5.4 and TS 23.003 §6.2 (14 to 16 digits)."""
    try:
        found = re.search(r"(?<![0-9])[0-9]{14,16}(?![0-9])", " ".join(dialogue.ask("AT+CGSN").lines))
    except CommandFailed:
        found = None
    return Owner(found[0] if found else "", str(usb_device.port), str(usb_device))


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
    came_with = {saved.value for saved in store.first(whose.imei, whose.port) if saved.name == SETPORT}
    for warning in ports.guard(wanted, offered, wanted if str(wanted) in came_with else had):
        tell("warning", message=f"{usb_device}: {warning}")
    _save(store, whose, SETPORT, str(had), tell)
    dialogue.ask(f'AT^SETPORT="{wanted}"')
    _kept(str(port_list(dialogue)), str(wanted), "AT^SETPORT")
    return True


def write_u2diag(
    dialogue: Dialogue, usb_device: UsbDevice, wanted: int, store: Store, tell: Callable[..., None]
) -> bool:
    """Set AT^U2DIAG; whether anything was written.  Tells and raises as :func:`write_ports`."""
    had = u2diag(dialogue)
    if had == wanted:
        return False
    whose = owner(dialogue, usb_device)
    came_with = {saved.value for saved in store.first(whose.imei, whose.port) if saved.name == U2DIAG}
    if str(wanted) not in came_with:
        u2diag_values.guard(wanted)
    _save(store, whose, U2DIAG, str(had), tell)
    dialogue.ask(f"AT^U2DIAG={wanted}")
    _kept(str(u2diag(dialogue)), str(wanted), "AT^U2DIAG")
    return True


def _save(store: Store, whose: Owner, name: str, value: str, tell: Callable[..., None]) -> None:
    saved = store.save(whose.imei, whose.port, whose.shown, name, value)
    tell("saved", name=name, value=value, file=saved.file)


def _kept(now: str, wanted: str, command: str) -> None:
    if now != wanted:
        raise CommandFailed(
            f"the stick said OK to {command} and did not keep it: it still says {now}, not {wanted}",
            hint="Its firmware does not let this be changed. Nothing is lost.",
            answer="OK",
        )
