"""The AT side of the simulated stick: what its firmware answers, and what it keeps in its NVRAM.

Ref: captures 23 and 26 (answers and errors); Huawei's port lists as in hw_pnp.c, NV 50091; ModemManager's and OpenWrt's
dialling for NDISDUP, NDISSTATQRY and DHCP.  It tests machinery, never facts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from ..errors import UsageError
from ..files import read_bounded
from .answers import ANSWERS, IMEI
from .faults import Faults
from .serial import SerialPort
from .weather import Weather

ADDRESS, NETMASK, GATEWAY, DNS = "10.64.64.64", "255.255.255.128", "10.64.64.1", "10.64.64.1"
"""What the network gives the stick once its line is up."""

LARGEST = 64 * 1024
"""How large the file that keeps an NVRAM may be, in bytes: it is a port list and a number."""


@dataclass(frozen=True)
class Features:
    """What the AT side of a firmware has: the codes that AT^SETPORT knows by name, its factory list, U2DIAG.

    Without ``codes`` there is no AT^SETPORT, without ``u2diag`` no AT^U2DIAG; ``portmode``: is there AT^GETPORTMODE?
    ``model`` is its answer to AT+CGMM.
    """

    codes: dict[str, str] = field(default_factory=dict)
    ports: str = ""
    u2diag: int | None = None
    portmode: bool = True
    model: str = "E3372"


def port_words(text: str) -> str:
    """A port list as the stick tells it; its form is checked, and not whether a stick would take it.

    Raises :class:`UsageError`.
    """
    found = text.replace("+", ",").upper()
    if not re.fullmatch(r"[0-9A-F,]*;[0-9A-F]{1,2}(?:,[0-9A-F]{1,2})*", found):
        raise UsageError(f"ports={text!r} is no port list", hint="As in ports=A1+A2;12+1+16.")
    return found


@dataclass
class Nvram:
    """What outlives resets and replugs.  ``path`` is the file it is kept in, where it shall outlive the process."""

    ports: str = ""
    u2diag: int | None = None
    path: str = ""

    def load(self) -> None:
        """Read the file, if there is one.  Raises :class:`UsageError` where it is not what was written there."""
        if not self.path:
            return
        try:
            kept = json.loads(read_bounded(self.path, LARGEST))
        except FileNotFoundError:
            return
        except (OSError, ValueError, RecursionError) as error:
            raise self._strange() from error
        ports, u2diag = (kept.get("ports"), kept.get("u2diag")) if isinstance(kept, dict) else (None, None)
        if not isinstance(ports, str) or not (u2diag is None or isinstance(u2diag, int)):
            raise self._strange()
        self.ports, self.u2diag = port_words(ports) if self.ports else ports, u2diag

    def _strange(self) -> UsageError:
        return UsageError(f"{self.path!r} is no file of a simulated stick's NVRAM", hint="Give another one, or none.")

    def store(self) -> None:
        """Write the file, where one is wanted.  Raises :class:`UsageError` where that cannot be done."""
        if not self.path:
            return
        try:
            Path(self.path).write_text(json.dumps(asdict(self)), "utf-8")
        except OSError as error:
            words = f"{self.path!r} takes no simulated stick's NVRAM: {error.strerror}"
            raise UsageError(words, hint="Give another one, or none.") from error


class Modem:
    """One modem behind all AT ports of a stick.

    ``reset`` is called for AT^RESET, ``pull`` when it leaves in the middle; ``names`` says what the interfaces are
    called now (for AT^GETPORTMODE).  ``up`` is whether the data line stands; ``network`` hears of its changes.

    ``answers`` has what it answers to a command instead of its own: one answer after the other, the last for ever.
    Each is its lines and its final result with ``|`` between them (``^SETPORT:FF;12|OK``); an empty one is its own.
    """

    def __init__(
        self,
        features: Features,
        nvram: Nvram,
        faults: Faults,
        weather: Weather,
        now: Callable[[], float],
        later: Callable[..., None],
    ) -> None:
        self.features = features
        self.nvram = nvram
        self.faults = faults
        self._weather, self._now, self._later = weather, now, later
        self._before = replace(nvram)
        self.reset: Callable[[], None] = lambda: None
        self.pull: Callable[[], None] = lambda: None
        self.bricked: Callable[[], None] = lambda: None
        self.network: Callable[[bool], None] = lambda _up: None
        self.names: list[str] = []
        self.heard: list[str] = []
        self.answers: dict[str, list[str]] = {}
        self.power_up(now(), now())

    def power_up(self, powered: float, arrived: float) -> None:
        """Begin anew: ``powered`` is when it got its power or was reset, ``arrived`` when it came to the bus."""
        self._speaks_at = arrived + self._weather.boots
        self._sim_at, self._registered_at = powered + self._weather.simbusy, powered + self._weather.registers
        self.ports: list[SerialPort] = []
        self.echo = self.faults.at != "noecho"
        self.curc = True
        self.up = False
        self.apn = ""
        self.tries = 3
        self.ready = not self.faults.pin

    def restart(self) -> None:
        """AT^RESET: firmware that keeps nothing forgets what was written."""
        if self.faults.nv == "forgets":
            self.nvram.ports, self.nvram.u2diag = self._before.ports, self._before.u2diag
            self.nvram.store()

    def hear(self, port: SerialPort, data: bytes) -> None:
        """Bytes on an AT port; each carriage return ends a command."""
        mute = self.faults.at == "mute" or self._now() < self._speaks_at
        if mute or (self.faults.at == "wdmonly" and port.on_say is None):
            return
        for byte in data:
            if self.echo:
                port.say(bytes([byte]))
            if byte == 0x0D:
                line, port.line = bytes(port.line), bytearray()
                self._obey(port, line.decode("ascii", "replace").strip())
            elif byte != 0x0A:
                port.line.append(byte)

    def urc(self, text: str) -> None:
        """An unsolicited line, on the first AT port that is not the modem's (as sticks do), or on any."""
        for port in self.ports[:1]:
            port.say(f"\r\n{text}\r\n".encode("ascii"))

    def _obey(self, port: SerialPort, command: str) -> None:
        if not command:
            return
        self.heard.append(command)
        kind = self.faults.at
        if kind == "error":
            answer = "\r\nERROR\r\n"
        elif kind == "stale":
            port.say(b"\r\n^SETPORT:FF;12,16\r\n\r\nOK\r\n")
            answer = self.answer(command)
        else:
            answer = self.answer(command)
        if self.faults.nv in ("silent", "restarts") and WRITES.match(command) and "OK" in answer:
            if self.faults.nv == "restarts":
                self.reset()
            return
        raw = self._disturbed(answer, command)
        port.say(raw, self.faults.lag if kind == "slow" else 0.0)
        if kind == "gone" and command.upper() != "AT":
            self.pull()

    def _disturbed(self, answer: str, command: str) -> bytes:
        """The answer's bytes, as the faults have it."""
        kind = self.faults.at
        if kind == "garbage":
            return bytes(range(128, 256)) * 8 + b"\0\x1b[2J\r\n"
        if kind == "flood":
            return b"A" * (1 << 20)
        if kind == "lower":
            answer = re.sub(r"\r\n([\^+]\w+):\s*", lambda m: f"\r\n{m[1].lower()} :  ", answer)
        if kind == "urc":
            noise = "\r\n^RSSI:17\r\n\r\n^DSFLOWRPT:0000,0,0,0,0,0,0\r\n\r\nRING\r\n"
            first, end, rest = answer.partition("\r\n\r\n")
            answer = noise + first + end + (noise[2:] + rest if end else noise)
        if kind == "gone" and command.upper() != "AT":
            return answer[: len(answer) // 2].encode("ascii", "replace")
        return answer.encode("ascii", "replace")

    def answer(self, command: str) -> str:
        """Lines and final result, framed."""
        script = self.answers.get(command, [""])
        if said := script.pop(0) if len(script) > 1 else script[0]:
            return _framed(said.split("|"))
        upper = command.upper()
        for pattern, method in COMMANDS:
            match = re.fullmatch(pattern, upper)
            if match:
                # Arguments keep their case: only the name is folded.
                lines, final = method(self, command[match.start(1) :] if match.groups() else "")
                return _framed([*lines, final])
        for pattern, fixed in ANSWERS:
            if re.fullmatch(pattern, upper):
                return _framed([*fixed, "OK"])
        return _framed(["COMMAND NOT SUPPORT" if upper.startswith("AT^") else "ERROR"])

    # The commands.

    def _ok(self, _argument: str) -> tuple[list[str], str]:
        return [], "OK"

    def _set_echo(self, argument: str) -> tuple[list[str], str]:
        self.echo = argument == "1"
        return [], "OK"

    def _set_curc(self, argument: str) -> tuple[list[str], str]:
        self.curc = argument == "1"
        return [], "OK"

    def _imei(self, _argument: str) -> tuple[list[str], str]:
        return [IMEI], "OK"

    def _model(self, _argument: str) -> tuple[list[str], str]:
        return [self.features.model], "OK"

    def _ports_read(self, _argument: str) -> tuple[list[str], str]:
        return ([f"^SETPORT:{self.nvram.ports}"], "OK") if self.features.codes else ([], "COMMAND NOT SUPPORT")

    def _ports_known(self, _argument: str) -> tuple[list[str], str]:
        lines = [f"^SETPORT:{code}: {name}" for code, name in self.features.codes.items()]
        return (lines, "OK") if lines else ([], "COMMAND NOT SUPPORT")

    def _ports_write(self, argument: str) -> tuple[list[str], str]:
        """As strict as the firmware is believed to be: but it does not insist on a PCUI, as field reports tell."""
        value = argument.strip().strip('"').upper()
        first, semicolon, after = value.partition(";")
        codes = after.split(",")
        known = {code.upper() for code in self.features.codes}
        if not known or not semicolon or first not in ("A1", "A1,A2", "FF"):
            return [], "ERROR"
        if len(set(codes)) != len(codes) or not set(codes) <= known or self.faults.nv == "refused":
            return [], "ERROR"
        if self.faults.nv != "lost":
            self.nvram.ports = value if self.faults.nv != "other" else f"{first};{codes[-1]}"
            self.nvram.store()
        return [], "OK"

    def _u2diag_read(self, _argument: str) -> tuple[list[str], str]:
        if self.features.u2diag is None:
            return [], "COMMAND NOT SUPPORT"
        return [f"^U2DIAG:{self.nvram.u2diag}"], "OK"

    def _u2diag_write(self, argument: str) -> tuple[list[str], str]:
        if self.features.u2diag is None:
            return [], "COMMAND NOT SUPPORT"
        if self.faults.nv == "refused" or not argument.isdigit():
            return [], "+CME ERROR: 50"
        if self.faults.nv != "lost":
            self.nvram.u2diag = int(argument) if self.faults.nv != "other" else 276
            self.nvram.store()
        return [], "OK"

    def _portmode(self, _argument: str) -> tuple[list[str], str]:
        if not self.features.portmode:
            return [], "ERROR"
        ports = ",".join(f"{name}:{number}" for number, name in enumerate(self.names))
        return [f"^GETPORTMODE: TYPE: WCDMA: huawei,,{ports}"], "OK"

    def _reset(self, _argument: str) -> tuple[list[str], str]:
        self.reset()
        return [], "OK"

    def _brick(self, _argument: str) -> tuple[list[str], str]:
        self.bricked()
        return [], "OK"

    def _pin_read(self, _argument: str) -> tuple[list[str], str]:
        if self._now() < self._sim_at:
            return [], "+CME ERROR: SIM busy"
        word = "SIM PUK" if self.tries <= 0 else "READY" if self.ready else "SIM PIN"
        return [f"+CPIN: {word}"], "OK"

    def _pin_tries(self, _argument: str) -> tuple[list[str], str]:
        word = "SIM PUK" if self.tries <= 0 else "READY" if self.ready else "SIM PIN"
        return [f"^CPIN: {word},{self.tries},10,{self.tries},10,3"], "OK"

    def _pin_write(self, argument: str) -> tuple[list[str], str]:
        if self.ready or self.tries <= 0:
            return [], "+CME ERROR: operation not allowed"
        if argument.strip('"') != self.faults.pin:
            self.tries -= 1
            return [], "+CME ERROR: incorrect password"
        self.ready = True
        return [], "OK"

    def _context(self, argument: str) -> tuple[list[str], str]:
        self.apn = argument.split(",")[2].strip('"')
        return [], "OK"

    def _dial(self, argument: str) -> tuple[list[str], str]:
        if argument.split(",")[1] == "0":
            was = self.up
            if self._weather.hangsup:
                self._later(self._weather.hangsup, self._disconnected)
            else:
                self._disconnected()
            if was and self.curc:
                self._later(self._weather.hangsup + 0.05, lambda: self.urc('^NDISSTAT: 0,,,"IPV4"'))
            return [], "OK" if was else "ERROR"
        if not self.ready or self.faults.dial == "refused" or not self._registered_now():
            return [], "+CME ERROR: SIM PIN required" if not self.ready else "ERROR"
        if self.faults.dial != "never":
            self._later(self._weather.dials, self._connected)
        return [], "OK"

    def _disconnected(self) -> None:
        self.up = False
        self.network(False)

    def _connected(self) -> None:
        self.up = self.faults.dial != "drops"
        self.network(self.up)
        if self.curc or self.faults.dial == "drops":
            self.urc('^NDISSTAT: 1,,,"IPV4"' if self.up else '^NDISSTAT: 0,33,,"IPV4"')

    def _line(self, _argument: str) -> tuple[list[str], str]:
        return [f'^NDISSTATQRY: {int(self.up)},,,"IPV4",0,,,"IPV6"'], "OK"

    def _dhcp(self, _argument: str) -> tuple[list[str], str]:
        if not self.up:
            return [], "ERROR"
        words = [_word(text) for text in (ADDRESS, NETMASK, GATEWAY, GATEWAY, DNS, "0.0.0.0")]  # nosec B104 # no address: nothing listens
        return [f"^DHCP:{','.join(words)},236800,236800"], "OK"

    def _registered(self, argument: str) -> tuple[list[str], str]:
        domain = argument.upper().removesuffix("REG?")
        return [f"+C{domain}REG: 0,{1 if self._registered_now() else 2}"], "OK"

    def _registered_now(self) -> bool:
        return self.ready and self._now() >= self._registered_at

    def _signal(self, _argument: str) -> tuple[list[str], str]:
        return ["+CSQ: 17,99"], "OK"

    def _operator(self, _argument: str) -> tuple[list[str], str]:
        return ['+COPS: 0,0,"Sim Mobile",7' if self._registered_now() else "+COPS: 0"], "OK"

    def _version(self, _argument: str) -> tuple[list[str], str]:
        return ['^FHVER:"E3372h-153 21.200.07.01.26,CL2E3372HM Ver.A"'], "OK"


def _framed(lines: list[str]) -> str:
    return "".join(f"\r\n{line}\r\n" for line in lines)


def _word(address: str) -> str:
    """An IPv4 address as AT^DHCP? writes it: hex of the little-endian number, no leading zeros."""
    return f"{int.from_bytes(bytes(map(int, address.split('.'))), 'little'):x}"


WRITES = re.compile(r"AT\^(?:SETPORT|U2DIAG)=(?!\?)", re.IGNORECASE)
"""The commands that write to NVRAM."""

COMMANDS: tuple[tuple[str, Callable[[Modem, str], tuple[list[str], str]]], ...] = (
    (r"AT", Modem._ok),
    (r"ATE([01])", Modem._set_echo),
    (r"AT\^CURC=([01])", Modem._set_curc),
    (r"AT\+CGSN", Modem._imei),
    (r"AT\+C?GMM", Modem._model),
    (r"AT\^SETPORT\?", Modem._ports_read),
    (r"AT\^SETPORT=\?", Modem._ports_known),
    (r"AT\^SETPORT=(.+)", Modem._ports_write),
    (r"AT\^U2DIAG\?", Modem._u2diag_read),
    (r"AT\^U2DIAG=(.+)", Modem._u2diag_write),
    (r"AT\^GETPORTMODE", Modem._portmode),
    (r"AT\^RESET", Modem._reset),
    (r"AT\^GODLOAD.*|AT\^TMODE=1.*", Modem._brick),
    (r"AT\+CPIN\?", Modem._pin_read),
    (r"AT\^CPIN\?", Modem._pin_tries),
    (r"AT\+CPIN=(.+)", Modem._pin_write),
    (r"AT\+CGDCONT=(\d+,.+,.+)", Modem._context),
    (r"AT\^NDISDUP=(\d+,[01].*)", Modem._dial),
    (r"AT\^NDISSTATQRY(?:\?|=1)", Modem._line),
    (r"AT\^DHCP\?", Modem._dhcp),
    (r"AT\+C([EG]?)REG\?", Modem._registered),
    (r"AT\+CSQ", Modem._signal),
    (r"AT\+COPS\?", Modem._operator),
    (r"AT\^FHVER", Modem._version),
)
"""What the command line must look like, in capitals → what answers it."""
