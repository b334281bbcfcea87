"""The steps a profile may name: one function a kind, strict, from the keys written there to actions.

Each kind prints canonically, so that what was read can be written again.  This module builds messages and therefore
imports construct (through ``wire``); a compiled profile does not need it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import BadReply, Refused, UsageError
from ..fields import Fields
from ..modem import at, hilink, ports
from ..modem.roles import FUNCTIONS, MODES
from ..usb import scsi
from .actions import (
    Action,
    At,
    Back,
    Bot,
    Bulk,
    Control,
    Detach,
    Interrupt,
    Pause,
    Ports,
    Power,
    Reset,
    SetAltsetting,
    SetConfiguration,
    Step,
    U2diag,
    Web,
)


def parse(written: Mapping[str, Any], where: str, file: str) -> Step:
    """Read one step: a table with one key, its kind, holding a table of fields.

    Raises :class:`~modeswitch.errors.ProfileError` for an unknown kind or key, a missing or mistyped value, or one
    that no message can carry.
    """
    outer = Fields(file, where, written)
    if len(written) != 1:
        outer.wrong('a step is one kind with its fields, as in { huawei = { os = "linux" } }')
    kind = next(iter(written))
    build = KINDS.get(kind)
    if build is None:
        outer.unknown(kind, KINDS)
    fields = outer.table(kind)
    try:
        actions = build(fields)
    except (UsageError, Refused) as error:
        fields.wrong(error.message)
    fields.finish()
    return Step(f"{{ {kind} = {_inline(written[kind])} }}", actions)


def _inline(value: Any) -> str:
    """A value as a TOML inline table writes it."""
    if isinstance(value, Mapping):
        inside = ", ".join(f"{key} = {_inline(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)  # what is printable is written alike in TOML and JSON
    return repr(value)


def _huawei(fields: Fields) -> tuple[Action, ...]:
    """Huawei's vendor CDB 0x11 by its fields, in a CBW as it is published (bCBWCBLength 0).

    Ref: hw_pnp.h of the E3372h kernel source; usb_modeswitch's HuaweiNewMode and HuaweiAltMode.
    """
    cdb = scsi.build_cdb(
        "HUAWEI REWIND",
        host=fields.word("os", scsi.HOSTS),
        timeout=fields.number("timeout", 0, 0xFF, default=0),
        new_pid=int(fields.flag("new")),
        cd=int(fields.flag("cd")),
        profile=fields.word("profile", scsi.GATEWAY_PROFILES, default="modem"),
        green=fields.word("green", scsi.GREEN_MODES, default="product"),
    )
    cb_length = fields.number("cb-length", 0, 16, default=0)
    return (Bot(scsi.build_cbw(cdb, cb_length=cb_length)),)


def _cbw(fields: Fields) -> tuple[Action, ...]:
    """31 bytes as they were published, legal BOT or not; its data phase is read or written as it declares."""
    raw = fields.hex("hex", 31, 31)
    try:
        said = scsi.read_cbw(raw)
    except BadReply as error:
        raise UsageError(error.message) from error
    if said.length > 0xFFFF:
        raise UsageError(f"a data phase of {said.length} bytes is more than the 65535 that are read")
    data_out = fields.hex("data-out", 0, 0xFFFF, default=b"")
    if data_out and (said.flags & 0x80 or said.length != len(data_out)):
        raise UsageError(f"data-out has {len(data_out)} bytes, which is not what the CBW announces")
    out, into = fields.number("out", 0x01, 0x0F, default=0), fields.number("in", 0x81, 0x8F, default=0)
    return (Bot(raw, said.length if said.flags & 0x80 else 0, data_out, fields.flag("may-fail"), out, into),)


def _scsi(fields: Fields) -> tuple[Action, ...]:
    """A CDB that is wrapped here, with its data phase."""
    cdb = fields.hex("cdb", 1, 16)
    data_in, data_out = fields.number("data-in", 0, 0xFFFF, default=0), fields.hex("data-out", 0, 0xFFFF, default=b"")
    lun = fields.number("lun", 0, 15, default=0)
    cbw = scsi.build_cbw(cdb, lun=lun, data_in=data_in, data_out=len(data_out))
    return (Bot(cbw, data_in, data_out, fields.flag("may-fail")),)


def _eject(fields: Fields) -> tuple[Action, ...]:
    """ALLOW MEDIUM REMOVAL, then START STOP UNIT with LoEj, for one LUN or several: what a desktop's "eject" sends.

    Sticks stall the first, have no second LUN, or leave in the middle: each command may fail.

    Ref: SPC-4 §6.16, SBC-3 §5.25; the tags are those of usb_modeswitch 2.6.1, StandardEject.
    """
    luns = fields.numbers("luns", 0, 15) if fields.has("luns") else [fields.number("lun", 0, 15, default=0)]
    allow = scsi.build_cdb("PREVENT ALLOW MEDIUM REMOVAL"), bytes.fromhex("87654321")
    eject = scsi.build_cdb("START STOP UNIT", action=2), bytes.fromhex("97654321")
    both = (allow, eject)
    return tuple(Bot(scsi.build_cbw(cdb, lun=lun, tag=tag), may_fail=True) for lun in luns for cdb, tag in both)


def _control(fields: Fields) -> tuple[Action, ...]:
    """A control transfer by the fields of its setup packet.  Ref: USB 2.0 §9.3."""
    action = Control(
        fields.number("request-type", 0, 0xFF),
        fields.number("request", 0, 0xFF),
        fields.number("value", 0, 0xFFFF, default=0),
        fields.number("index", 0, 0xFFFF, default=0),
        fields.hex("data", 0, 4096, default=b""),
        fields.number("length", 0, 4096, default=0),
        fields.flag("may-fail"),
        fields.number("class", 0, 0xFF, default=-1),
    )
    if action.needs >= 0 and action.request_type & 0x1F != 1:
        raise UsageError("class is asked of an interface, but request-type does not speak to one")
    if action.data and action.request_type & 0x80:
        raise UsageError("data is sent to the device, but request-type says that it comes from there")
    if action.length and not action.request_type & 0x80:
        raise UsageError("length is what is read from the device, but request-type says that data goes there")
    return (action,)


def _bulk(fields: Fields) -> tuple[Action, ...]:
    """Raw bytes for a bulk OUT endpoint; no answer is read."""
    endpoint = fields.number("endpoint", 1, 15, default=0)
    needs = fields.number("class", 0, 0xFF, default=-1)
    if needs >= 0 and not endpoint:
        raise UsageError("class is asked of an endpoint's interface: name the endpoint")
    return (Bulk(fields.hex("hex", 1, 4096), endpoint or None, needs),)


def _interrupt(fields: Fields) -> tuple[Action, ...]:
    """A transfer on an interrupt endpoint: ``hex`` goes out, or ``length`` bytes come in, ``times`` over."""
    endpoint = fields.number("endpoint", 1, 0x8F)
    data, length = fields.hex("hex", 0, 64, default=b""), fields.number("length", 1, 1024, default=0)
    named = 1 <= endpoint & 0x7F <= 15
    if not named or bool(data) == bool(length) or bool(data) == bool(endpoint & 0x80):
        raise UsageError("either hex for an endpoint 1 to 15, or length of one with 0x80")
    times = fields.number("times", 1, 255, default=1)
    needs = fields.number("class", 0, 0xFF, default=-1)
    return (Interrupt(endpoint, data, length, times, fields.flag("may-fail"), needs),)


def _detach(_fields: Fields) -> tuple[Action, ...]:
    """Nothing is sent; the storage driver lets go."""
    return (Detach(),)


def _configuration(fields: Fields) -> tuple[Action, ...]:
    """SET_CONFIGURATION: by the function that the configuration ``has``, or by ``value`` where nobody knows more."""
    if not fields.has("has"):
        return (SetConfiguration(fields.number("value", 1, 0xFF)),)
    function = fields.text("has")
    if function not in FUNCTIONS:
        fields.unknown(function, FUNCTIONS)
    return (SetConfiguration(0, function),)


def _altsetting(fields: Fields) -> tuple[Action, ...]:
    """SET_INTERFACE."""
    return (SetAltsetting(fields.number("interface", 0, 0xFF), fields.number("alternate", 0, 0xFF)),)


def _reset(_fields: Fields) -> tuple[Action, ...]:
    """A port reset."""
    return (Reset(),)


def _pause(fields: Fields) -> tuple[Action, ...]:
    """Seconds of silence that this firmware needs between two steps."""
    return (Pause(fields.seconds("seconds", 60.0)),)


def _at(fields: Fields) -> tuple[Action, ...]:
    """One AT command, of those that may be sent and write nothing; ``seconds`` is how long its answer may take."""
    command = at.checked(fields.text("send"))
    name = command.upper().partition("=")[0]
    if name in ("AT^SETPORT", "AT^U2DIAG") and "=" in command and not command.endswith("=?"):
        raise Refused(f"{name} is written by a step of its own, ports or u2diag, which saves the old value first")
    return (At(command, fields.seconds("seconds", 180.0) if fields.has("seconds") else at.USUAL),)


def _ports(fields: Fields) -> tuple[Action, ...]:
    """The stick's own port list made to give a mode.  Ref: ports.py."""
    mode = fields.text("mode")
    if mode not in ("ncm", "stick"):
        raise UsageError(f"a list of ports can be made to give ncm or stick, not {mode!r}")
    first = fields.text("first", "")
    if first and tuple(first.split(",")) not in ports.FIRST_GROUPS:
        raise UsageError(f"{first!r} is no first group: A1, A1,A2 or FF")
    return (Ports(mode, first),)


def _u2diag(fields: Fields) -> tuple[Action, ...]:
    """A value of AT^U2DIAG, of those that leave an AT port."""
    value = fields.number("value", 0, 999)
    ports.guard_u2diag(value)
    return (U2diag(value),)


def _hilink(fields: Fields) -> tuple[Action, ...]:
    """A call of HiLink's web API by its name."""
    call = fields.text("call")
    if call not in hilink.CALLS:
        fields.unknown(call, hilink.CALLS)
    path, body = hilink.CALLS[call]
    return (Web(call, path, body),)


def _power(_fields: Fields) -> tuple[Action, ...]:
    """The hub port's power, off and on.  Ref: USB 2.0 §11.24.2.2, §11.24.2.13."""
    return (Power(),)


def _back(fields: Fields) -> tuple[Action, ...]:
    """The rest of the steps is for the stick that is back, in that mode."""
    mode = fields.text("in")
    if mode not in MODES:
        raise UsageError(f"{mode!r} is no mode; the modes are {', '.join(MODES)}")
    return (Back(mode),)


KINDS: dict[str, Callable[[Fields], tuple[Action, ...]]] = {
    "huawei": _huawei,
    "cbw": _cbw,
    "scsi": _scsi,
    "eject": _eject,
    "control": _control,
    "bulk": _bulk,
    "interrupt": _interrupt,
    "detach": _detach,
    "configuration": _configuration,
    "altsetting": _altsetting,
    "reset": _reset,
    "pause": _pause,
    "at": _at,
    "ports": _ports,
    "u2diag": _u2diag,
    "hilink": _hilink,
    "power": _power,
    "back": _back,
}
"""Kind → how it is read."""
