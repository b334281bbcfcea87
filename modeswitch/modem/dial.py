"""The data line of a stick in NCM mode: put up, taken down, asked about, over its AT port.

The line is between the stick and its operator.  What it brings reaches this host by DHCP on the stick's network
interface, which is the system's own business.

Ref: ModemManager's Huawei plugin and OpenWrt's comgt-ncm for AT^NDISDUP, AT^NDISSTATQRY and AT^DHCP; 3GPP TS 27.007
§8.3 (+CPIN), §10.1.1 (+CGDCONT), §7.2 (+CREG), §8.5 (+CSQ); tests/captures/26_at_responses.txt.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress

from ..errors import BadReply, CommandFailed, LinkLost, Refused, UsageError
from ..printable import printable
from ..values import NamedTuple
from .at import Dialogue, quoted

AUTHENTICATION = {"pap": 1, "chap": 2}
SECONDS = 90.0
"""How long the network may take to put a line up, in seconds (ModemManager waits 180)."""
SIM_SECONDS = 30.0
"""How long a SIM may be busy, in seconds.  Ref: ModemManager, mm-iface-modem.c: asked 30 times."""
LOOK = 1.0
"""How often the stick is asked whether its line is up, in seconds."""
REDIAL = 3.0
"""How soon a call that was answered by ERROR is made again, in seconds."""
NDISDUP_SECONDS = 30.0
BUSY = re.compile(r"\+CME ERROR\s*:\s*(?:14|515|SIM busy|Please wait.*)|ERROR", re.IGNORECASE)
"""What a SIM or a modem answers while it is still starting; 10, 13 and 15 (no SIM, failure, wrong SIM) are final.

Ref: 3GPP TS 27.007 §9.2; ModemManager, mm-iface-modem.c and mm-error-helpers.c.
"""


class Call(NamedTuple):
    """What is dialled: the APN, and user, password and ``pap`` or ``chap`` where the operator wants them."""

    apn: str
    user: str = ""
    password: str = ""
    auth: str = ""

    def commands(self) -> tuple[str, str]:
        """The context and the call as AT commands.  Raises :class:`UsageError` for what no command can hold."""
        apn = quoted(self.apn, "the APN")
        if not self.apn:
            raise UsageError("which APN?", hint="Your operator's access point: --apn internet")
        if not self.user and (self.password or self.auth):
            raise UsageError("a password or --auth goes with --user")
        if self.auth and self.auth not in AUTHENTICATION:
            raise UsageError(f"{printable(self.auth)!r} is no authentication: pap or chap")
        dial = f"AT^NDISDUP=1,1,{apn}"
        if self.user:
            kind = AUTHENTICATION[self.auth or "chap"]
            dial += f",{quoted(self.user, 'the user name')},{quoted(self.password, 'the password')},{kind}"
        return f'AT+CGDCONT=1,"IP",{apn}', dial


class Addresses(NamedTuple):
    """What the network gave the stick's line, as dotted IPv4; ``prefix`` is the netmask's length in bits."""

    address: str
    prefix: int
    gateway: str
    dns: tuple[str, ...]


class Status(NamedTuple):
    """What a stick says of itself: its SIM, network and line; None or empty where it does not say.

    ``signal`` is in dBm.  ``source`` is who says so: the stick itself or ModemManager, which holds it; then ``state``
    is its word for the modem's state and ``quality`` the signal in percent, which it tells in place of dBm.
    """

    sim: str
    registered: bool | None
    operator: str
    signal: int | None
    up: bool | None
    addresses: Addresses | None
    firmware: str
    source: str = "stick"
    state: str = ""
    quality: int | None = None


def connect(
    dialogue: Dialogue,
    call: Call,
    *,
    pin: str = "",
    seconds: float = SECONDS,
    now: Callable[[], float],
    tell: Callable[..., None],
) -> Addresses | None:
    """Put the line up and wait until the stick says that it is; what addresses it has, where it tells them.

    Within its time it waits for a SIM that is busy and for a network that is searched for, of which it tells
    ``starting``, and dials again where that is refused.  Tells ``dialling`` and ``line``.  Raises :class:`UsageError`
    before anything is sent, :class:`Refused` for a SIM that wants a PIN or PUK, :class:`CommandFailed` where stick or
    network say no, :class:`LinkLost` where it takes too long.
    """
    context, dial = call.commands()
    if pin and not re.fullmatch(r"[0-9]{4,8}", pin):
        raise UsageError("a PIN has four to eight digits")
    until = now() + min(seconds, dialogue.left())
    _quiet(dialogue)
    _unlock(dialogue, pin, now, tell)
    if line_is_up(dialogue) is not True:
        _await_registration(dialogue, until, now, tell)
        dialogue.ask(context)
        tell("dialling", apn=call.apn)
        dialogue.listen(0.0)  # what was said of an older line is not about this one
        _dial(dialogue, dial, (call.password, call.user), until, now)
        _await_line(dialogue, until, now)
    tell("line", up=True)
    return addresses(dialogue)


def disconnect(dialogue: Dialogue) -> bool:
    """Take the line down; False where it was not up.  Raises :class:`CommandFailed` where the stick does not obey."""
    _quiet(dialogue)
    if line_is_up(dialogue) is False:
        return False
    try:
        dialogue.ask("AT^NDISDUP=1,0", NDISDUP_SECONDS)
    except CommandFailed:
        if line_is_up(dialogue) is not False:  # "ERROR" is also the answer where the line is down already
            raise
    return True


def status(dialogue: Dialogue) -> Status:
    """All that the stick can be asked without changing anything."""
    sim = _said(dialogue, "AT+CPIN?", "+CPIN") or ""
    registrations = [r for name in ("+CEREG", "+CREG") if (r := _registered(dialogue, name)) is not None]
    operator = re.search(r'"([^"]*)"', _said(dialogue, "AT+COPS?", "+COPS") or "")
    quality = re.match(r"([0-9]+)", _said(dialogue, "AT+CSQ", "+CSQ") or "")
    level = int(quality[1]) if quality else 99
    up = line_is_up(dialogue)
    return Status(
        printable(sim, 40),
        any(registrations) if registrations else None,
        printable(operator[1], 40) if operator else "",
        2 * level - 113 if level <= 31 else None,
        up,
        addresses(dialogue) if up else None,
        printable((_said(dialogue, "AT^FHVER", "^FHVER") or "").strip('"'), 80),
    )


def line_is_up(dialogue: Dialogue) -> bool | None:
    """Is the data line up?  None where the stick does not say."""
    for command in ("AT^NDISSTATQRY?", "AT^NDISSTATQRY=1"):
        value = _said(dialogue, command, "^NDISSTATQRY")
        if value:
            return line_state(value)
    return None


def line_state(value: str) -> bool | None:
    """What ``1,,,"IPV4",0,,,"IPV6"`` says: is there a line of any kind?  None for what says neither."""
    fields = [field.strip() for field in value.split(",")]
    states = fields[0::4] if len(fields) > 1 else fields
    known = [state for state in states if state in ("0", "1", "2", "3")]
    return "1" in known if known else None


def addresses(dialogue: Dialogue) -> Addresses | None:
    """What ``AT^DHCP?`` says of the line; None where it says nothing."""
    value = _said(dialogue, "AT^DHCP?", "^DHCP")
    return decode_dhcp(value) if value else None


def decode_dhcp(value: str) -> Addresses | None:
    """Decode ``a3ec5c64,f8ffffff,…``: hex words whose lowest byte is the first of an IPv4 address.

    The order is address, netmask, gateway, DHCP server, two name servers, two speeds.
    """
    words = [word.strip().lower().removeprefix("0x") for word in value.split(",")[:6]]
    if len(words) < 6 or not all(re.fullmatch(r"[0-9a-f]{1,8}", word) for word in words):
        return None
    dotted = [".".join(map(str, int(word, 16).to_bytes(4, "little"))) for word in words]
    mask = int.from_bytes(int(words[1], 16).to_bytes(4, "little"), "big")
    servers = tuple(server for server in dotted[4:6] if server != "0.0.0.0")
    return Addresses(dotted[0], mask.bit_count(), dotted[2], servers)


def _said(dialogue: Dialogue, command: str, name: str) -> str | None:
    """What stands behind the name in a command's answer; None where the stick does not know the command."""
    try:
        return dialogue.ask(command).value(name)
    except (CommandFailed, BadReply):
        return None


def _registered(dialogue: Dialogue, name: str) -> bool | None:
    fields = (_said(dialogue, f"AT{name}?", name) or "").split(",")
    return fields[1].strip() in ("1", "5") if len(fields) > 1 else None


def _quiet(dialogue: Dialogue) -> None:
    """Ask the stick to say nothing unasked; one that does not know how goes on talking."""
    try:
        dialogue.ask("AT^CURC=0")
    except CommandFailed:
        return


def _unlock(dialogue: Dialogue, pin: str, now: Callable[[], float], tell: Callable[..., None]) -> None:
    """Give the SIM its PIN, once, if it wants one.  Ref: 3GPP TS 27.007 §8.3."""
    state = _ready_sim(dialogue, now, tell)
    if state == "SIM PIN" and not pin:
        raise Refused("the SIM wants its PIN", hint="Give it with --pin; a wrong one counts against its three tries.")
    if state == "SIM PIN":
        _enter(dialogue, pin)
        until = now() + SIM_SECONDS
        while _ready_sim(dialogue, now, tell) != "READY" and now() < until:
            dialogue.listen(min(LOOK, max(0.0, until - now())))
    elif state != "READY":
        raise Refused(
            f"the SIM says {printable(state, 40) or 'nothing'}", hint="Put it into a phone and unlock it there."
        )


def _ready_sim(dialogue: Dialogue, now: Callable[[], float], tell: Callable[..., None]) -> str:
    """What the SIM says of itself once it is busy no more."""
    until, told = now() + min(SIM_SECONDS, dialogue.left() - LOOK), False
    while True:
        began = now()
        try:
            return _sim(dialogue)
        except CommandFailed as error:
            if now() >= until or not BUSY.fullmatch(str(error.facts.get("answer"))):
                raise
        if not told:
            tell("starting", what="its SIM", seconds=round(until - now(), 1))
            told = True
        _rest(dialogue, began + LOOK, now)


def _rest(dialogue: Dialogue, until: float, now: Callable[[], float]) -> list[str]:
    """Let the time pass until then, whatever is said unasked; what that is."""
    heard: list[str] = []
    while (pause := until - now()) > 0 and dialogue.left() > 0:
        heard += dialogue.listen(pause)
    return heard


def _await_registration(dialogue: Dialogue, until: float, now: Callable[[], float], tell: Callable[..., None]) -> None:
    """Until the stick is registered, or says nothing of it.  Raises :class:`LinkLost` where it takes too long."""
    told = False
    while True:
        began = now()
        known = [said for name in ("+CEREG", "+CREG") if (said := _registered(dialogue, name)) is not None]
        if not known or any(known):
            return
        if not told:
            tell("starting", what="the network", seconds=round(until - now(), 1))
            told = True
        if now() + LOOK >= until:
            break
        _rest(dialogue, began + LOOK, now)
    raise LinkLost("the stick did not find a network that takes it in time", reason="timeout").located(
        hint="Is there a signal, and is the SIM active? See: modeswitch status DEVICE"
    )


def _dial(dialogue: Dialogue, command: str, secrets: tuple[str, ...], until: float, now: Callable[[], float]) -> None:
    """Make the call; one that is refused is made again, and a session that an earlier dialler left is ended first.

    Ref: trackIT-Systems/modemmanager-e3372, patches/0004: such a session answers ERROR for ever.
    """
    while True:
        began = now()
        try:
            dialogue.ask(command, NDISDUP_SECONDS, secrets=secrets)
            return
        except CommandFailed as error:
            if now() + REDIAL >= until:
                error.located(hint="Is the APN right, and has the SIM a data plan? See: modeswitch status DEVICE")
                raise
        with suppress(CommandFailed):
            dialogue.ask("AT^NDISDUP=1,0", NDISDUP_SECONDS)
        _rest(dialogue, began + REDIAL, now)


def _sim(dialogue: Dialogue) -> str:
    """What the SIM says of itself: READY, SIM PIN, SIM PUK …"""
    try:
        return (dialogue.ask("AT+CPIN?").value("+CPIN") or "").upper()
    except CommandFailed as error:
        error.located("the SIM", hint="Is a SIM in it, the right way round?")
        raise


def _enter(dialogue: Dialogue, pin: str) -> None:
    tries = re.search(r",\s*([0-9]+)", _said(dialogue, "AT^CPIN?", "^CPIN") or "")
    if tries and int(tries[1]) < 2:
        raise Refused(
            f"the SIM allows {tries[1]} more try",
            hint="A wrong one would lock it: put it into a phone, and unlock it there.",
        )
    try:
        dialogue.ask(f'AT+CPIN="{pin}"', secrets=(pin,))
    except CommandFailed as error:
        raise Refused(
            "the SIM refused the PIN", hint="It is not tried again: three wrong ones lock the SIM."
        ) from error


def _await_line(dialogue: Dialogue, until: float, now: Callable[[], float]) -> None:
    """Until the stick says that the line is up: it is asked, and an unasked ^NDISSTAT is a reason to ask at once."""
    while now() < until:
        up = line_is_up(dialogue)
        if up or (up is None and addresses(dialogue)):
            return
        for urc in dialogue.listen(min(LOOK, until - now())):
            match = re.match(r"\^NDISSTAT\s*:\s*0\s*,\s*([0-9]+)", urc, re.IGNORECASE)
            if match and int(match[1]):
                raise CommandFailed(
                    f"the network refused the call (cause {match[1]})",
                    hint="Is the APN right, and has the SIM a data plan?",
                    answer=printable(urc, 80),
                )
    raise LinkLost("the line did not come up in time", reason="timeout").located(
        hint="Is there a signal, and is the APN right? See: modeswitch status DEVICE"
    )
