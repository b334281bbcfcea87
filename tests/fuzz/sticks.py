"""What a stick says: descriptors, AT commands' answers, web pages, Bulk-Only Transport."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from modeswitch.cli import setting
from modeswitch.doctor.masking import mask
from modeswitch.errors import LinkLost
from modeswitch.events import EVENTS, readable
from modeswitch.linux.bus import LinuxBus
from modeswitch.modem import dial, owner, ports, roles, u2diag
from modeswitch.modem.at import Dialogue
from modeswitch.modem.line import decode_dhcp, refusal, states
from modeswitch.modem.status import ask_status
from modeswitch.modem.weblogin import WebLogin
from modeswitch.printable import printable
from modeswitch.sim.answers import IMEI
from modeswitch.sim.clock import VirtualClock
from modeswitch.sim.models import MODELS
from modeswitch.usb import bot, hub, scsi
from modeswitch.usb.descriptors import Descriptors, Port, UsbId
from modeswitch.usb.device import UsbDevice
from modeswitch.usb.link import Link
from tests.fuzz.parser import PART, TESTS, Outcome, Parser, parts, replaced, said, text, told
from tests.support.at_port import Port as AtPort
from tests.support.hilink import HOST, OK, Client, Scripted, answer, session
from tests.support.sysfs_tree import plug

HUAWEI = 0x12D1
_STICK = UsbDevice(Port(1, (1,)), 5, UsbId(HUAWEI, 0x1506), None, 1)
_ATTRIBUTES = ("devnum", "bConfigurationValue", "manufacturer", "product", "serial", "idVendor", "idProduct", "speed")
_MOST_SILENCES = 30
"""After so many commands without an answer a port has fallen silent for good."""


def _descriptors(raw: bytes, folder: Path) -> Outcome:
    def read() -> object:
        found = Descriptors.parse(raw)
        return [roles.mode(name for _, name in roles.roles(each, HUAWEI)) for each in found.configurations]

    return told(read)


def _sysfs(raw: bytes, folder: Path) -> Outcome:
    """A device as the kernel shows it: listed, and listed as JSON."""
    root = folder / "sys"
    shutil.rmtree(root, ignore_errors=True)
    descriptors, *values = parts(raw, 1 + len(_ATTRIBUTES))
    texts = {key: text(value) for key, value in zip(_ATTRIBUTES, values, strict=True) if value}
    plug(root, "1-1", "12d1:1f01", raw=descriptors, **texts)
    with replaced(setting, "bus", lambda _: LinuxBus(str(root))):
        plain, data = said("list", "-v"), said("list", "--all", "--json")
    return Outcome(max(plain.status, data.status), plain.shown + data.shown)


def _port_list(raw: bytes, folder: Path) -> Outcome:
    """A list that can be read is the same once it was written and read again; what is refused is told."""
    one, other = parts(raw, 2)
    answers = [line.decode("ascii", "replace") for line in other.splitlines()[:50]]
    known = ports.offered(answers)

    def parsed() -> str:
        found = ports.PortList.parse(text(one))
        assert ports.PortList.parse(str(found)) == found
        warned = ports.guard(found.towards("ncm", known=known), known)
        return f"{found} {found.mode} {found.wakes} {warned}"

    return told(parsed, lambda: str(ports.current(answers)), lambda: ports.port_mode(answers), lambda: known.values())


class _Talker:
    """A stick that answers each command by the next part of an input, and begins anew after the last."""

    def __init__(self, raw: bytes) -> None:
        self._answers = raw.split(PART)[:60]
        self._number = 0
        self.lines: list[str] = []
        self.port = AtPort(self._answer)
        self.dialogue = Dialogue(self.port, lambda: self.port.time, lambda: 200.0 - self.port.time, self.trace)

    def _answer(self, _command: bytes) -> list[tuple[float, bytes]]:
        self._number += 1
        if self._number > _MOST_SILENCES + len(self._answers):
            return []
        return [(0.01, self._answers[self._number % len(self._answers)])]

    def trace(self, event: str, **facts: object) -> None:
        """Keep an event as a person reads it."""
        if EVENTS[event].words:
            self.lines.append(printable(mask(readable(event, {"port": "1-1", **facts})), 2000))

    def outcome(self, *calls: Callable[[], object]) -> Outcome:
        """What came of it."""
        came = told(*calls)
        return came._replace(shown="\n".join([*self.lines, came.shown]))


def _at(raw: bytes, folder: Path) -> Outcome:
    talker = _Talker(raw)
    ask = talker.dialogue.ask
    return talker.outcome(
        talker.dialogue.probe,
        *(partial(ask, command) for command in ("AT^SETPORT?", "AT^GETPORTMODE", "ATI")),
        lambda: ask('AT+CPIN="1234"', secrets=("1234",)),
        lambda: talker.dialogue.listen(1.0),
    )


def _talk(raw: bytes, folder: Path) -> Outcome:
    """All that a stick is asked: who it is, its state, its lists."""
    talker = _Talker(raw)

    def value() -> object:
        lines = talker.dialogue.ask("AT^U2DIAG?").lines
        return u2diag.current(lines)

    return talker.outcome(
        lambda: printable(owner.identify(talker.dialogue, _STICK).key),
        lambda: ask_status(talker.dialogue),
        value,
        lambda: str(ports.current(talker.dialogue.ask("AT^SETPORT?").lines)),
    )


def _dial(raw: bytes, folder: Path) -> Outcome:
    talker = _Talker(raw)
    call = dial.Call("internet", "user", "secret", "chap", "46")
    dialler = dial.Dialler(talker.dialogue, call, now=lambda: talker.port.time, tell=talker.trace)
    came = talker.outcome(lambda: dialler.connect("1234"), lambda: dial.disconnect(talker.dialogue))
    written = b"".join(talker.port.written)
    assert written.count(b"AT+CPIN=") <= 1, "a PIN is tried once"
    return came


def _line(raw: bytes, folder: Path) -> Outcome:
    lines = raw.decode("ascii", "replace").splitlines()[:100]
    return told(lambda: states(lines), lambda: [refusal(line) for line in lines], lambda: [*map(decode_dhcp, lines)])


def _web(raw: bytes, folder: Path, login: WebLogin | None = None) -> Outcome:
    """A client that gets the parts of an input as answers, one a connection."""
    said_ = [Scripted(one) for one in raw.split(PART)[:20]]
    waiting = iter(said_)
    clock = VirtualClock()
    client = Client(lambda _: next(waiting, None) or Scripted(b""), clock, login=login)
    came = told(
        client.web.prepare, lambda: client.web.post("reboot"), lambda: client.web.post("cgi-debug"), client.web.model
    )
    client.web.close()
    for one in said_:
        head = one.heard.partition(b"\r\n\r\n")[0]
        assert head.isascii()
        assert all(line.decode().isprintable() for line in head.split(b"\r\n"))
        assert not one.heard or f"Host: {HOST}".encode() in head
    return came


def _login(raw: bytes, folder: Path) -> Outcome:
    came = _web(raw, folder, WebLogin(_SECRET))
    assert _SECRET not in came.shown
    return came


_SECRET = "Pa55<&>word"
_FATES = {b"stall": "stall", b"gone": "gone", b"silent": "timeout", b"io": "io"}


class _Answering(Link):
    """A device that gives the next part of an input in each transfer: bytes, or how it fails."""

    def __init__(self, raw: bytes) -> None:
        self._parts = iter(raw.split(PART)[:40])

    def _next(self, most: int) -> bytes:
        part = next(self._parts, b"gone")
        if part in _FATES:
            raise LinkLost(f"the device is {part.decode()}", reason=_FATES[part])
        return part[:most]

    def bulk_out(self, endpoint: int, data: bytes, *, told: bool = True) -> None:
        self._next(0)

    def bulk_in(self, endpoint: int, most: int, *, seconds: float = 3.0, told: bool = True) -> bytes:
        return self._next(most)

    def clear_halt(self, endpoint: int) -> None:
        self._next(0)

    def control(self, request_type: int, request: int, value: int, index: int, data: bytes | int) -> bytes:
        return self._next(data if isinstance(data, int) else 0)


def _bot(raw: bytes, folder: Path) -> Outcome:
    """Commands with and without data; a status that is not passed is an error."""
    link, pipes = _Answering(raw), bot.Pipes(0, 0x01, 0x81)
    inquiry = scsi.build_cbw(scsi.build_cdb("INQUIRY", allocation=36), data_in=36)
    rewind = scsi.build_cbw(scsi.build_cdb("HUAWEI REWIND", host="linux", green=1))

    def ask() -> object:
        came = bot.transact(link, pipes, bot.Command(inquiry, 36))
        assert len(came.data) <= 36
        return came

    return told(ask, lambda: bot.transact(link, pipes, bot.Command(rewind)), lambda: bot.recover(link, pipes))


def _sense(raw: bytes, folder: Path) -> Outcome:
    return told(lambda: bot.read_csw(raw), lambda: str(scsi.read_sense(raw)), lambda: scsi.read_cbw(raw))


def _hub(raw: bytes, folder: Path) -> Outcome:
    link = _Answering(raw)
    return told(lambda: hub.check(link, 1), lambda: hub.is_empty(link, 1))


def _descriptors_of_models() -> tuple[bytes, ...]:
    made = [
        composition.device_descriptor(speed) + b"".join(composition.configuration_descriptors(speed))
        for model in MODELS.values()
        for composition in model.compositions.values()
        for speed in ("high", "super")
    ]
    return tuple(sorted(set(made)))


def _answers() -> tuple[bytes, ...]:
    """The answers of the capture, each with its end."""
    (capture,) = (TESTS / "captures").glob("26_*")
    blocks = re.split(r"^##.*\n", capture.read_text("utf-8"), flags=re.MULTILINE)[1:]
    return tuple(
        b"\r\n"
        + line.partition("  #")[0].strip().encode().replace(b"\nOK", b"").replace(b"\n", b"\r\n")
        + b"\r\n\r\nOK\r\n"
        for block in blocks
        for line in (block, *block.splitlines()[:6])
        if line.strip()
    )


_DEVICE = _descriptors_of_models()
_SAID = _answers()
_READY = b"\r\nOK\r\n"
_DIALS = (
    (_READY, b"\r\n+CPIN: READY\r\n\r\nOK\r\n", b'\r\n^NDISSTATQRY: 0,,,"IPV4"\r\n\r\nOK\r\n'),
    (_READY, b"\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n", b"\r\n^CPIN: SIM PIN,3,10,3,10,3\r\n\r\nOK\r\n", _READY),
    (b"\r\nERROR\r\n", b"\r\n+CME ERROR: 14\r\n", _READY, b'\r\n^NDISSTATQRY: 1,,,"IPV4"\r\n\r\nOK\r\n'),
    (b"\r\n^DHCP:4040400a,ffffff,140400a,140400a,140400a,0,1,1\r\n\r\nOK\r\n", b'\r\n^NDISSTAT:0,33,,"IPV4"\r\n'),
)
_PAGES = (
    (session(), OK),
    (session(token="t" * 64), answer("<error><code>125002</code><message></message></error>"), session(), OK),
    (
        answer("", "404 Not Found"),
        answer("<response><token>abc</token></response>", "200 OK", "Set-Cookie: SessionID=x"),
        OK,
    ),
    (session(), answer("<response><devicename>E8372h-153</devicename></response>")),
    (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<a>OK\r\n4\r\n</a>\r\n0\r\n\r\n",
        b"HTTP/1.1 307 x\r\n\r\n",
    ),
)
_STATE = "<response><hilink_login>1</hilink_login><State>-1</State><password_type>{}</password_type>{}</response>"
_CHALLENGE = "<response><servernonce>{0}ff</servernonce><salt>aabb</salt><iterations>100</iterations></response>"
_LOGINS = (
    (session(), answer(_STATE.format(4, "")), answer(_STATE.format(4, "")), OK, session(), OK),
    (session(), answer("", "404 Not Found"), answer(_STATE.format(0, "<lockstatus>0</lockstatus>")), OK, session(), OK),
    (
        *(session(), answer(_STATE.format(4, "<extern_password_type>1</extern_password_type>"))),
        *(answer(_STATE.format(4, "<extern_password_type>1</extern_password_type>")), answer(_CHALLENGE.format("a"))),
        answer("<response><serversignature>00</serversignature></response>"),
    ),
    (session(), answer("<error><code>108006</code><waittime>5</waittime></error>"), OK),
)
_GOOD, _FAILED = scsi.build_csw(scsi.TAG), scsi.build_csw(scsi.TAG, status=1)
_FIXED = scsi.build_sense(scsi.Sense(5, 0x24, 0))

STICKS: dict[str, Parser] = {
    "descriptors": Parser(_descriptors, _DEVICE, 3500),
    "sysfs": Parser(
        _sysfs, tuple(PART.join((one, b"5", b"1", b"HUAWEI", b"HUAWEI Mobile", b"0123")) for one in _DEVICE), 1200
    ),
    "port list": Parser(
        _port_list,
        (*(PART.join((b"A1,A2;12,1,16,A1,A2", one)) for one in _SAID[:24]), b"FF;12,16", b";2,3,16", b'"A1;1,2"'),
        3200,
    ),
    "AT dialogue": Parser(_at, (*_SAID, *(PART.join(_SAID[at : at + 4]) for at in range(0, len(_SAID) - 4, 4))), 3000),
    "talk": Parser(
        _talk,
        (
            *(PART.join(_SAID[at : at + 6]) for at in range(0, len(_SAID) - 6, 3)),
            PART.join(f"\r\n{one}\r\n\r\nOK\r\n".encode() for one in (IMEI, "E3372", "21.200", "+CPIN: READY")),
        ),
        2000,
    ),
    "dial": Parser(_dial, tuple(PART.join(one) for one in _DIALS), 1500),
    "line": Parser(_line, tuple(one.replace(b"\r\n", b"\n") for one in _SAID), 3000),
    "HiLink": Parser(_web, tuple(PART.join(one) for one in _PAGES), 3000),
    "web login": Parser(_login, tuple(PART.join(one) for one in _LOGINS), 2500),
    "BOT": Parser(
        _bot,
        tuple(
            PART.join(one)
            for one in (
                (b"", bytes(36), _GOOD, b"", _GOOD),
                (b"", b"stall", b"", _GOOD, b"", _FAILED, b"", _FIXED, _GOOD),
                (b"", _FAILED, b"", _FIXED, _GOOD),
                (b"silent", b"", b"", b"", b"", bytes(13), b"io", b"USBS" + bytes(9), b"gone"),
            )
        ),
        3500,
    ),
    "CSW, sense": Parser(
        _sense, (_GOOD, _FAILED, _FIXED, bytes.fromhex("720524000000000e"), scsi.build_cbw(bytes(6))), 3500
    ),
    "hub": Parser(
        _hub,
        (bytes.fromhex("09290409003232ff00"), PART.join((b"stall", bytes.fromhex("0c2a04090032"))), b"\1\5\0\0"),
        2500,
    ),
}
"""Name → parser; another one is one line here."""
