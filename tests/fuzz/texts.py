"""What people and other programs wrote: pasted texts, profiles, policies, files of other programs, arguments."""

from __future__ import annotations

import io
import json
import re
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from modeswitch.cli import arguments as words_of
from modeswitch.cli import setting
from modeswitch.database.compiled import compile_all, loaded, written
from modeswitch.database.reader import read
from modeswitch.database.shipped import Shipped
from modeswitch.doctor.issue import Trial, issue
from modeswitch.doctor.masking import mask
from modeswitch.errors import ModeswitchError, ProfileError
from modeswitch.exporters.mermaid import flowchart
from modeswitch.printable import printable
from modeswitch.service import names, policy, quoting
from modeswitch.sim.bus import plug
from modeswitch.sim.clock import VirtualClock
from modeswitch.usb.descriptors import Port, UsbId
from modeswitch.usb.device import UsbDevice
from modeswitch.usb.explain import explain
from tests.doctor.test_field import SHORT
from tests.fuzz.parser import PART, TESTS, Outcome, Parser, files, parts, replaced, said, text, told
from tests.service.test_policy import GOOD

PROFILES = TESTS.parent / "profiles"
_LONG_NUMBER = re.compile(r"(?<!\d)\d{14,22}(?!\d)")


def _file(folder: Path, raw: bytes) -> str:
    path = folder / "text"
    path.write_bytes(raw)
    return str(path)


def _doctor(raw: bytes, folder: Path) -> Outcome:
    """Both forms of what is found; the commands are those of the JSON form, and nothing that the text lacks."""
    path = _file(folder, raw)
    shown, data = said("doctor", path), said("doctor", "--json", path)
    assert shown.status == data.status
    events = [json.loads(line) for line in data.shown.splitlines()]
    commands = [command for event in events for command in event.get("commands", ())]
    return Outcome(shown.status, shown.shown + data.shown, tuple(commands))


def _import(raw: bytes, folder: Path) -> Outcome:
    return said("profiles", "import", _file(folder, raw))


def _explain(raw: bytes, folder: Path) -> Outcome:
    return said("explain", raw[:4000].decode("latin-1").replace("\0", ""))


def _message(raw: bytes, folder: Path) -> Outcome:
    return told(lambda: "\n".join(f"{field} {meaning}" for field, meaning in explain(raw)))


def _profile(raw: bytes, folder: Path) -> Outcome:
    """A profile that can be read is the same after it was compiled."""

    def made() -> str:
        family = read(raw.decode("utf-8", "replace"), "example.toml")
        assert loaded(json.loads(json.dumps(written(family)))) == family
        return "\n".join(flowchart(family))

    return told(made)


def _check(raw: bytes, folder: Path) -> Outcome:
    return said("profiles", "check", _file(folder, raw))


def _compiled(raw: bytes, folder: Path) -> Outcome:
    """A damaged installation."""
    (folder / "compiled.txt").write_bytes(raw)
    shipped = Shipped(str(folder))

    def whole() -> object:
        return [shipped.family(name).name for name in shipped.names()[:4]]

    return told(whole, lambda: shipped.knowing(UsbId(0x12D1, 0x1F01)))


def _policy(raw: bytes, folder: Path) -> Outcome:
    stick = UsbDevice(Port(1, (1, 4)), 5, UsbId(0x12D1, 0x1F01), None, None, ("HUAWEI", "HUAWEI Mobile", "0123"))
    found = policy.read(text(raw), str(folder / "modeswitch.toml"))
    found.wish(stick)
    return Outcome(0, "\n".join(map(str, found.problems)))


def _mask(raw: bytes, folder: Path) -> Outcome:
    """No long number is left of a text, and an issue says nothing that is not printable."""
    known, rest = parts(raw, 2)
    lines = text(rest).splitlines()
    masked = [mask(line, (text(known),)) for line in lines]
    assert not any(_LONG_NUMBER.search(line) for line in masked)
    whole = tuple(lines)
    trial = Trial("1-1", text(known), "x", whole[:3], whole, whole, "".join(whole[:1]), whole, text(rest), whole[:2])
    return Outcome(0, "\n".join([*map(printable, masked), issue(trial)]))


def _arguments(raw: bytes, folder: Path) -> Outcome:
    """Only read: nothing that they ask for is done."""
    words = [text(word).replace("\0", "") for word in raw.split(PART)][:40]
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        try:
            said_ = told(lambda: f"{words_of.parse(words).command}")
        except SystemExit as leaving:
            said_ = Outcome(int(leaving.code or 0), "")
    # Messages about words may hold them as they are: the command escapes them where it shows them.
    return Outcome(said_.status, out.getvalue() + "\n".join(printable(line, 2000) for line in said_.shown.splitlines()))


_COMMANDS = (
    ("list", "-v", "?"),
    ("plan", "?", "--to", "?"),
    ("plan", "1-1", "--as", "sh", "--to", "?"),
    ("?", "--to", "ncm"),
    ("switch", "1-1", "--to", "?", "--timeout", "?"),
    ("switch", "--port", "?", "--like", "?"),
    ("ports", "?"),
    ("ports", "1-1", "--set", "?", "--persist"),
    ("status", "?"),
    ("connect", "1-1", "--apn", "?", "--user", "?", "--password", "?", "--pin", "?"),
    ("disconnect", "?", "--timeout", "?"),
    ("restore", "?"),
    ("restart", "?"),
    ("doctor", "?", "--port", "?"),
    ("profiles", "show", "?"),
    ("profiles", "graph", "?"),
    ("profiles", "?"),
    ("explain", "?", "?"),
    ("help", "?"),
)
"""Commands that write no file but in the folder that they are given; ``?`` is filled in from the input."""
_WITHOUT_STICK = ("profiles", "explain", "help")
_STICKS = ("e3372h,sunny,away=0.02,linger=0.01", "e3372h-153,sunny,away=0.02,linger=0.01,wakes=linux")


def _command(raw: bytes, folder: Path) -> Outcome:
    """A whole command on a simulated stick, in virtual time; JSON is JSON."""
    which, *fillings = raw.split(PART)
    number = which[0] if which else 0
    filled = iter([text(word)[:300].replace("\0", "") for word in fillings] + [""] * 9)
    words = [next(filled) if word == "?" else word for word in _COMMANDS[number % len(_COMMANDS)]]
    if words[0] == "profiles" and words[1] in ("export", "import", "check"):
        words[1] = "list"
    if words[0] not in _WITHOUT_STICK:
        words += ["--simulate", _STICKS[number % 2]]
    if words[0] in ("ports", "restore", "switch"):
        words += ["--state", str(folder)]
    if number & 0x80:
        words.append("--json")
    with replaced(setting, "bus", lambda arguments: plug(arguments.simulate, VirtualClock())):
        came = said(*words)
    if number & 0x80 and came.status == 0 and words[0] not in ("help",):
        for line in came.shown.splitlines():
            json.loads(line)
    return came


def _names(raw: bytes, folder: Path) -> Outcome:
    """What goes into rules and units is one line without what they would obey."""
    word = text(raw)
    for quoted in (quoting.in_unit, quoting.in_rule):
        try:
            made = quoted(word)
        except ModeswitchError:
            continue
        assert made.isprintable()
        assert made[:1] in "/'\""
    return told(lambda: names.check_name(word), lambda: names.parse_names(word.split(",")[:20]))


def _small_profiles() -> tuple[bytes, ...]:
    found = [(PROFILES / "example.toml").read_bytes()]
    for path in sorted(PROFILES.glob("*.toml")):
        found += [path.read_bytes().replace(path.stem.encode(), b"example")] if path.stat().st_size < 6000 else []
    return tuple(found)


def _compiled_seeds() -> tuple[bytes, ...]:
    texts = [seed.decode() for seed in _small_profiles()]
    found = []
    for one in texts:
        try:
            found.append(read(one, "example.toml"))
        except ProfileError:
            continue
    alone = [compile_all([one]) for one in found[:4]]
    together = compile_all(one._replace(name=f"example-{n}") for n, one in enumerate(found[:3]))
    return tuple(one.encode() for one in (*alone, together))


def _of_kind(kind: str) -> tuple[bytes, ...]:
    """The pasted files of other programs, by whose they are."""
    ends = {".json": "openwrt", ".rules": "rules"}
    paths = sorted((TESTS / "importers/field").iterdir())
    return tuple(path.read_bytes() for path in paths if ends.get(path.suffix, "usb_modeswitch") == kind)


_MESSAGES = (
    b"55534243123456780000000000000011062000000101000100000000000000",
    b"5553425312345678000000000000",
    b"0003010000000000",
    b"70000500000000180000000000000000000",
    b"1b0000000200",
)
_ARGUMENTS = (
    *(
        b"12d1:1f01 --to ncm",
        b"list -v --json",
        b"plan 1-1 --as sh",
        b"doctor 1-1 --fix",
        b"ports --set A1;12 --persist",
    ),
    *(b"connect --apn internet --user x --password -", b"profiles import a b --into c", b"explain 55 53", b"help udev"),
    *(b"udev names --port 1-1=up --install", b"watch --idle 5 --policy x", b"-v 12d1 -p 1f01 -M 5553", b"--version"),
    *(b"switch 1-1 --timeout 1e308", b"status --take", b"swich 1-1", b"12d1:1f01 --too ncm", b"report --tried x"),
)
_FILLINGS = ("1-1", "12d1:1f01", "ncm", "FF;12,16", "/dev/ttyUSB0", "1/5", "E3372", "internet", "30", "1234", "hilink")
_PRIVATE = (
    PART.join((b"0123456789ABCDEF", b"iSerial 3 0123456789ABCDEF\nIMEI 868723020012345\n+49 151 23456789\n")),
    PART.join((b"S1", b"MAC 00:1e:10:1f:00:00, enx001e101f0000\nserial: ABC-1\n89490200001234567890\n")),
)

TEXTS: dict[str, Parser] = {
    "doctor": Parser(_doctor, (*files("captures", "doctor/field"), *(one.encode() for one, _ in SHORT.values())), 3000),
    "usb_modeswitch files": Parser(_import, _of_kind("usb_modeswitch"), 2500),
    "OpenWrt JSON": Parser(_import, _of_kind("openwrt"), 2500),
    "udev rules": Parser(_import, _of_kind("rules"), 1500),
    "explain": Parser(_explain, _MESSAGES, 1500),
    "message": Parser(_message, tuple(bytes.fromhex(one.decode()[: len(one) // 2 * 2]) for one in _MESSAGES), 3200),
    "profile": Parser(_profile, _small_profiles(), 2500),
    "profiles check": Parser(_check, _small_profiles(), 1500),
    "compiled profiles": Parser(_compiled, _compiled_seeds(), 2500),
    "policy": Parser(_policy, (GOOD.encode(), policy.__doc__.encode()[:2000] if policy.__doc__ else b"x"), 2500),
    "masking": Parser(_mask, (*_PRIVATE, *files("captures", most=2000)), 3000),
    "arguments": Parser(_arguments, tuple(one.replace(b" ", PART) for one in _ARGUMENTS), 2500),
    "command": Parser(
        _command,
        tuple(
            PART.join([bytes([number]), *(_FILLINGS[(number + at) % len(_FILLINGS)].encode() for at in range(4))])
            for number in range(0, 256, 3)
        ),
        2000,
    ),
    "names": Parser(
        _names, (b"1-1.4=uplink,1-2", b"uplink", b"/opt/my modeswitch/bin/python%3", b"/usr/bin/python3"), 3200
    ),
}
"""Name → parser; another one is one line here."""
