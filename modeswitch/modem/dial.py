"""The data line of a stick in NCM mode: put up and taken down, over its AT port.

The line is between the stick and its operator.  What it brings reaches this host by DHCP on the stick's network
interface, which is the system's own business.

Ref: ModemManager's Huawei plugin and OpenWrt's comgt-ncm for AT^NDISDUP; 3GPP TS 27.007 §10.1.1 (+CGDCONT).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from ..errors import CommandFailed, LinkLost, UsageError
from ..printable import printable
from ..values import NamedTuple
from . import sim_card
from .at import Dialogue, quoted
from .line import FAMILIES, UNNAMED, Addresses, ask_addresses, ask_state, refusal
from .status import ask_registered

AUTHENTICATION = {"pap": 1, "chap": 2}
CONTEXTS = {"4": "IP", "6": "IPV6", "46": "IPV4V6"}
"""What is asked for → the PDP type of +CGDCONT."""
SECONDS = 90.0
"""How long the network may take to put a line up, in seconds (ModemManager waits 180)."""
LOOK = 1.0
"""How often the stick is asked whether its line is up, in seconds."""
REDIAL = 3.0
"""How soon a call that was answered by ERROR is made again, in seconds."""
NDISDUP_SECONDS = 30.0
APN_HINT = "Is the APN right, and has the SIM a data plan?"


class Call(NamedTuple):
    """What is dialled: the APN, and user, password and ``pap`` or ``chap`` where the operator wants them.

    ``ip`` is ``4``, ``6`` or ``46``: the families of addresses that are wanted, one of which must come up.
    """

    apn: str
    user: str = ""
    password: str = ""
    auth: str = ""
    ip: str = "4"

    def commands(self) -> tuple[str, str]:
        """The context and the call as AT commands.  Raises :class:`UsageError` for what no command can hold."""
        apn = quoted(self.apn, "the APN")
        if not self.apn:
            raise UsageError("which APN?", hint="Your operator's access point: --apn internet")
        if not self.user and (self.password or self.auth):
            raise UsageError("a password or --auth goes with --user")
        if self.auth and self.auth not in AUTHENTICATION:
            raise UsageError(f"{printable(self.auth)!r} is no authentication: pap or chap")
        if self.ip not in CONTEXTS:
            raise UsageError(f"{printable(self.ip)!r} is no family of addresses: 4, 6 or 46")
        dial = f"AT^NDISDUP=1,1,{apn}"
        if self.user:
            kind = AUTHENTICATION[self.auth or "chap"]
            dial += f",{quoted(self.user, 'the user name')},{quoted(self.password, 'the password')},{kind}"
        return f'AT+CGDCONT=1,"{CONTEXTS[self.ip]}",{apn}', dial


class Dialler:
    """One call: what is dialled, on which dialogue, until when (seconds of the clock ``now``); ``tell`` hears of it.

    ``other`` opens a second way to the stick's AT side, where it has one: its cdc-wdm, by which some sticks alone take
    a call.
    """

    def __init__(
        self,
        dialogue: Dialogue,
        call: Call,
        *,
        seconds: float = SECONDS,
        now: Callable[[], float],
        tell: Callable[..., None],
        other: Callable[[], Dialogue | None] = lambda: None,
    ) -> None:
        self._context, self._command = call.commands()
        self._dialogue, self._call, self._now, self._tell, self._other = dialogue, call, now, tell, other
        self._until = now() + min(seconds, dialogue.left())

    def connect(self, pin: str = "") -> Addresses | None:
        """Put the line up and wait until the stick says that it is; what addresses it has, where it tells them.

        Within its time it waits for a SIM that is busy and for a network that is searched for, of which it tells
        ``starting`` and ``searching``, and dials again where that is refused.  Tells ``dialling`` and ``line``.  Raises
        :class:`UsageError` before anything is sent, :class:`Refused` for a SIM that wants a PIN or PUK,
        :class:`CommandFailed` where stick or network say no, :class:`LinkLost` where it takes too long.
        """
        sim_card.check_pin(pin)
        _quiet(self._dialogue)
        sim_card.unlock(self._dialogue, pin, self._now, self._tell)
        if ask_state(self._dialogue, self._call.ip) is not True:
            self._await_registration()
            self._dialogue.ask(self._context)
            self._tell("dialling", apn=self._call.apn)
            self._dialogue.listen(0.0)  # what was said of an older line is not about this one
            self._dial()
            self._await_line()
        self._tell("line", up=True)
        return ask_addresses(self._dialogue)

    def _await_registration(self) -> None:
        """Until the stick is registered, or says nothing of it."""
        told = False
        while True:
            began = self._now()
            known = [said for name in ("+CEREG", "+CREG") if (said := ask_registered(self._dialogue, name)) is not None]
            if not known or any(known):
                return
            if not told:
                self._tell("searching", seconds=round(self._until - self._now(), 1))
                told = True
            if self._now() + LOOK >= self._until:
                break
            self._dialogue.rest(began + LOOK - self._now())
        raise LinkLost("the stick did not find a network that takes it in time", reason="timeout").located(
            hint="Is there a signal, and is the SIM active? See: modeswitch status DEVICE"
        )

    def _dial(self) -> None:
        """Make the call; one that is refused is made by the other way, then again.

        A session that an earlier dialler left is ended first: it makes a stick answer ERROR for ever.

        Ref: trackIT-Systems/modemmanager-e3372, patches/0004; ModemManager's mm-broadband-bearer-huawei.c (cdc-wdm).
        """
        secrets, way = (self._call.password, self._call.user), self._dialogue
        while True:
            began = self._now()
            try:
                way.ask(self._command, NDISDUP_SECONDS, secrets=secrets)
                return
            except CommandFailed as error:
                if self._now() + REDIAL >= self._until:
                    error.located(hint=f"{APN_HINT} See: modeswitch status DEVICE")
                    raise
            with suppress(CommandFailed):
                way.ask("AT^NDISDUP=1,0", NDISDUP_SECONDS)
            other = self._other() if way is self._dialogue else None
            way = other or self._dialogue
            if other is None:
                self._dialogue.rest(began + REDIAL - self._now())

    def _await_line(self) -> None:
        """Until the stick says that the line is up: it is asked, and an unasked ^NDISSTAT is a reason to ask at once.

        The line is refused once each family that is wanted was.
        """
        refused: dict[str, int] = {}
        answer = ""
        wanted = FAMILIES[self._call.ip]
        while self._now() < self._until:
            up = ask_state(self._dialogue, self._call.ip)
            if up or (up is None and ask_addresses(self._dialogue)):
                return
            for urc in self._dialogue.listen(min(LOOK, self._until - self._now())):
                said = refusal(urc)
                if said is not None:
                    refused[said.family], answer = said.cause, printable(urc, 80)
            if UNNAMED in refused or all(family in refused for family in wanted):
                causes = ", ".join(sorted({str(refused[name]) for name in (UNNAMED, *wanted) if name in refused}))
                raise CommandFailed(f"the network refused the call (cause {causes})", hint=APN_HINT, answer=answer)
        raise LinkLost("the line did not come up in time", reason="timeout").located(
            hint="Is there a signal, and is the APN right? See: modeswitch status DEVICE"
        )


def disconnect(dialogue: Dialogue) -> bool:
    """Take the line down; False where it was not up.  Raises :class:`CommandFailed` where the stick does not obey."""
    _quiet(dialogue)
    if ask_state(dialogue) is False:
        return False
    try:
        dialogue.ask("AT^NDISDUP=1,0", NDISDUP_SECONDS)
    except CommandFailed:
        if ask_state(dialogue) is not False:  # "ERROR" is also the answer where the line is down already
            raise
    return True


def _quiet(dialogue: Dialogue) -> None:
    """Ask the stick to say nothing unasked; one that does not know how goes on talking."""
    with suppress(CommandFailed):
        dialogue.ask("AT^CURC=0")
