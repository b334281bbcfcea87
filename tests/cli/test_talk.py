"""The commands that talk to a stick: their exit statuses, what they say of it, and what they never print."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from modeswitch.errors import Busy
from modeswitch.sim.bus import SimBus
from modeswitch.sim.host import SimHost
from modeswitch.sim.models import LTE_CODES
from modeswitch.usb.device import UsbDevice
from modeswitch.usb.host import Held
from tests.support.rig import on_host, sunny
from tests.support.said import LINE, Command, done_event
from tests.support.sticks import FACTORY_LIST, STICK_NCM, STICK_TWO_PORTS

ENDS: tuple[tuple[int, str, tuple[str, ...]], ...] = (
    (0, STICK_NCM, ("connect", "1-1", "--apn", "internet")),
    (0, f"{STICK_NCM},pin=1234", ("connect", "1-1", "--apn", "internet", "--pin", "1234")),
    (0, STICK_NCM, ("connect", "1-1", "--apn", "internet", "--user", "u", "--password", "p", "--auth", "pap")),
    (1, f"{STICK_NCM},dial=refused", ("connect", "1-1", "--apn", "internet")),
    (1, f"{STICK_NCM},at=error", ("connect", "1-1", "--apn", "internet")),
    (2, STICK_NCM, ("connect", "1-1")),
    (2, STICK_NCM, ("connect", "1-1", "--apn", 'a"b')),
    (2, STICK_NCM, ("connect", "1-1", "--apn", "")),
    (2, STICK_NCM, ("connect", "1-1", "--apn", "a", "--password", "p")),
    (2, STICK_NCM, ("connect", "1-1", "--apn", "a", "--user", "u", "--auth", "md5")),
    (2, STICK_NCM, ("connect", "1-1", "--apn", "a", "--pin", "12")),
    (3, STICK_NCM, ("connect", "1-2", "--apn", "internet")),
    (4, "e3372h,wakes=ecm", ("connect", "1-1", "--apn", "internet")),
    (4, "e3372h", ("connect", "1-1", "--apn", "internet")),
    (5, f"{STICK_NCM},pin=1234", ("connect", "1-1", "--apn", "internet")),
    (7, f"{STICK_NCM},denied", ("connect", "1-1", "--apn", "internet")),
    (0, STICK_NCM, ("disconnect", "1-1")),
    (0, STICK_NCM, ("status", "1-1")),
    (0, "e3372h", ("status", "12d1:1f01")),
    (0, "e3372h,wakes=ecm", ("status", "12d1:1f01")),
    (1, f"{STICK_NCM},at=error", ("status", "1-1")),
    (0, STICK_NCM, ("ports", "1-1")),
    (0, "e173,wakes=linux", ("ports", "1-1")),
    (1, "e3372h,wakes=gateway-ncm", ("ports", "1-1")),
    (1, "e3372h", ("ports", "1-1")),
    (0, STICK_NCM, ("ports", "1-1", "--set", "FF;12,16", "--persist")),
    (0, STICK_NCM, ("ports", "1-1", "--set", FACTORY_LIST, "--persist")),
    (1, f"{STICK_NCM},nv=lost", ("ports", "1-1", "--set", "FF;12,16", "--persist")),
    (2, STICK_NCM, ("ports", "1-1", "--set", "rubbish", "--persist")),
    (5, STICK_NCM, ("ports", "1-1", "--set", "FF;12,16")),
    (5, STICK_NCM, ("ports", "1-1", "--set", "FF;16", "--persist")),
    (5, STICK_NCM, ("restore", "1-1")),
    (0, STICK_TWO_PORTS, ("1-1", "--to", "ncm", "--persist")),
    (1, "e3372h,wakes=ecm,web=login,hub=none", ("1-1", "--to", "mass-storage")),
    (7, "e3372h,wakes=ecm,web=login,hub=denied", ("1-1", "--to", "mass-storage")),
)


@pytest.mark.parametrize(("status", "stick", "words"), ENDS)
def test_exit_status(command: Command, status: int, stick: str, words: tuple[str, ...]) -> None:
    said = command(*words, sticks=(stick,))
    assert said.status == status, said
    if status:
        assert said.out == ""
        assert said.err.splitlines()[-1].strip()
        assert "modeswitch: " in said.err
    else:
        assert said.out.startswith("1-1: ")
    assert "{'" not in said.err


@pytest.mark.parametrize(("status", "stick", "words"), ENDS)
def test_exit_status_in_json(command: Command, status: int, stick: str, words: tuple[str, ...]) -> None:
    said = command(*words, "--json", sticks=(stick,))
    assert said.status == status
    assert said.err == ""
    last = said.events[-1]
    assert last["event"] == ("error" if status else "done")
    if status == 0:
        assert last["port"] == "1-1"
        assert last["result"]
    elif status not in (2, 3) and "--set" not in words:
        assert last["port"] == "1-1"


@pytest.mark.parametrize("flags", [(), ("-v",), ("-vv",), ("--json", "-vv")])
def test_secrets_are_printed_nowhere(command: Command, flags: tuple[str, ...]) -> None:
    words = ("connect", "1-1", "--apn", "a", "--user", "hugo", "--password", "geheimnis", "--pin", "4711", *flags)
    for fault in ("", ",dial=refused", ",at=urc", ",at=noecho", ",at=gone"):
        said = command(*words, sticks=(f"{STICK_NCM},pin=4711{fault}",))
        for secret in ("4711", "geheimnis", b"4711".hex(), b"geheimnis".hex()):
            assert secret not in said.out + said.err


@pytest.mark.parametrize(
    ("word", "asked"), [("status", "AT+CSQ"), ("ports", "AT^SETPORT?"), ("disconnect", "AT^CURC=0")]
)
def test_every_at_command_and_answer_is_shown_with_vv(command: Command, word: str, asked: str) -> None:
    said = command(word, "1-1", "-vv", sticks=(f"{STICK_NCM},at=urc",))
    assert f"1-1: interface 0 < {asked}" in said.err
    assert "(unasked)" in said.err


STATES = (
    (
        STICK_NCM,
        """\
1-1: 12d1:1506 is in ncm
  interface  wwan0
  SIM        READY
  network    registered: yes, Sim Mobile
  signal     -79 dBm
  line       down
  firmware   E3372h-153 21.200.07.01.26,CL2E3372HM Ver.A
""",
    ),
    (
        f"{STICK_NCM},pin=1",
        """\
1-1: 12d1:1506 is in ncm
  interface  wwan0
  SIM        SIM PIN
  network    registered: no
  signal     -79 dBm
  line       down
  firmware   E3372h-153 21.200.07.01.26,CL2E3372HM Ver.A
""",
    ),
    (
        "e3372h",
        """\
1-1: 12d1:1f01 is in mass-storage
  it has no AT port in this mode; nothing more can be asked
""",
    ),
    (
        "e3372h,wakes=ecm",
        """\
1-1: 12d1:14dc is in hilink
  interface  eth1
  it has no AT port in this mode; nothing more can be asked
""",
    ),
)
LISTS = (
    (
        STICK_NCM,
        """\
1-1: 12d1:1506 has the list A1,A2;12,1,16,A1,A2
  before the switch  A1 CDROM, A2 SD
  after it           12 4G PCUI, 1 3G MODEM, 16 NCM, A1 CDROM, A2 SD
  wakes up in        mass-storage
  switched it is in  ncm
  now                pcui, modem, ncm, mass, mass
""",
    ),
    (
        "e3372h-153,ports=FF;12+16",
        """\
1-1: 12d1:1506 has the list FF;12,16
  before the switch  FF no such state
  after it           12 4G PCUI, 16 NCM
  wakes up in        ncm
  switched it is in  ncm
  now                pcui, ncm
""",
    ),
    (
        "e173,wakes=linux",
        """\
1-1: 12d1:1506 has AT^U2DIAG=255: modem, CD-ROM and card, and no network; many models refuse it
  now                modem, ncm, diag, pcui, mass, mass
""",
    ),
    (
        "e173,wakes=linux,u2diag=7",
        """\
1-1: 12d1:1506 has AT^U2DIAG=7: what that means differs from stick to stick
  now                modem, ncm, diag, pcui, mass, mass
""",
    ),
)


@pytest.mark.parametrize(
    ("word", "stick", "out"), [("status", *one) for one in STATES] + [("ports", *one) for one in LISTS]
)
def test_what_a_stick_says_is_shown(command: Command, word: str, stick: str, out: str) -> None:
    said = command(word, "1-1", sticks=(stick,))
    assert said.out == out
    assert said.err == ""


SAID = {"sim": "READY", "registered": True, "operator": "Sim Mobile", "signal": -79, "up": False, "addresses": None}
SAID |= {"source": "stick", "state": "", "quality": None}
FIRMWARE = "E3372h-153 21.200.07.01.26,CL2E3372HM Ver.A"


@pytest.mark.parametrize(
    ("stick", "words", "facts"),
    [
        (STICK_NCM, ("status",), {"result": "status", "networks": ["wwan0"], **SAID, "firmware": FIRMWARE}),
        (STICK_NCM, ("connect", "--apn", "a"), {"result": "connected", "interface": "wwan0", **LINE}),
        (STICK_NCM, ("disconnect",), {"result": "already"}),
        (
            STICK_NCM,
            ("ports",),
            {"result": "ports", "list": FACTORY_LIST, "u2diag": None, "known": LTE_CODES}
            | {"now": ["pcui", "modem", "ncm", "mass", "mass"]},
        ),
        (STICK_NCM, ("ports", "--set", FACTORY_LIST, "--persist"), {"result": "already", "list": FACTORY_LIST}),
        (STICK_NCM, ("ports", "--set", "FF;12,16", "--persist"), {"result": "written", "list": "FF;12,16"}),
        (
            "e173,wakes=linux",
            ("ports",),
            {"result": "ports", "list": None, "u2diag": 255, "known": {}}
            | {"now": ["modem", "ncm", "diag", "pcui", "mass", "mass"]},
        ),
    ],
)
def test_what_a_stick_says_in_json(command: Command, stick: str, words: tuple[str, ...], facts: dict[str, Any]) -> None:
    said = command(words[0], "1-1", *words[1:], "--json", sticks=(stick,))
    assert said.events[-1] == {**done_event("12d1:1506", "ncm"), **facts}


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("connect", "--apn", "a"),
        ("disconnect",),
        ("ports",),
        ("ports", "--set", "FF;12,16", "--persist"),
        ("restore",),
    ],
)
def test_a_timeout_is_heeded(command: Command, tmp_path: Path, words: tuple[str, ...]) -> None:
    bus = sunny(f"{STICK_NCM},at=mute")
    began = bus.now()
    state = ["--state", str(tmp_path)] if words[0] in ("ports", "restore") else []
    said = command(words[0], "1-1", *words[1:], *state, "--timeout", "0.2", "--json", bus=bus)
    assert said.status == 1
    assert bus.now() - began == pytest.approx(0.2, abs=0.01)
    assert said.events[-1]["error"] == "Unavailable"


# Beside ModemManager.

HELD = Held(
    *("ModemManager", "7", "connected", "READY", True, "Sim Mobile", 54, "21.200", (), "wwan0", "internet"),
    *("10.1.2.3", 29, "10.1.2.4", ("10.1.2.4",)),
)
CONNECTION = "ModemManager has a connection over it"


class Manager:
    """A ModemManager that has that of the stick; what it was asked is kept."""

    def __init__(self, held: Held | None) -> None:
        self._held = held
        self.asked: list[str] = []

    def held(self, *_: object) -> Held | None:
        self.asked.append("what it knows")
        return self._held

    def begin(self, *, take: bool, **_: object) -> bool:
        if self._held and self._held.connected and not take:
            raise Busy(CONNECTION, hint="To cut it: --take.")
        self.asked.append("to let go")
        return True

    def end(self) -> None:
        self.asked.append("to come back")


def beside(held: Held | None, stick: str = STICK_NCM) -> tuple[SimBus, Manager]:
    """A stick on a host where ModemManager has that of it."""
    manager = Manager(held)

    class Here(SimHost):
        def manager(self, usb_device: UsbDevice) -> Manager:
            return manager

    bus, _host = on_host(stick, Here)
    return bus, manager


def test_status_asks_modemmanager_where_that_holds_the_stick(command: Command) -> None:
    bus, manager = beside(HELD)
    assert (
        command("status", "1-1", bus=bus).out
        == """\
1-1: 12d1:1506 is in ncm
  interface  wwan0
  ModemManager holds it (connected) and says this; to ask the stick itself: --take
  SIM        READY
  network    registered: yes, Sim Mobile
  signal     54 %
  line       up, address 10.1.2.3/29, gateway 10.1.2.4, DNS 10.1.2.4
  firmware   21.200
"""
    )
    assert manager.asked == ["what it knows", "to come back"]
    assert bus.sim.sticks[0].modem.heard == []
    (done,) = command("status", "1-1", "--json", bus=bus).events
    assert {name: done[name] for name in ("source", "state", "quality", "signal", "up")} == {
        "source": "ModemManager",
        "state": "connected",
        "quality": 54,
        "signal": None,
        "up": True,
    }


def test_status_of_a_stick_that_modemmanager_leaves_alone_asks_the_stick(command: Command) -> None:
    bus, manager = beside(None)
    assert "-79 dBm" in command("status", "1-1", bus=bus).out
    assert manager.asked == ["what it knows", "to let go", "to come back"]


def test_status_with_take_asks_the_stick(command: Command) -> None:
    bus, manager = beside(HELD)
    assert "-79 dBm" in command("status", "1-1", "--take", bus=bus).out
    assert manager.asked == ["to let go", "to come back"]


TALKS = (
    ("ports", "1-1"),
    ("ports", "1-1", "--set", "FF;12,16", "--persist"),
    ("connect", "1-1", "--apn", "internet"),
    ("disconnect", "1-1"),
    ("restore", "1-1"),
    ("1-1", "--to", "mass-storage"),
)


@pytest.mark.parametrize("words", TALKS)
def test_a_connection_is_cut_only_where_that_is_said(command: Command, tmp_path: Path, words: tuple[str, ...]) -> None:
    state = ("--state", str(tmp_path)) if words[0] not in ("connect", "disconnect") else ()
    bus, manager = beside(HELD)
    said = command(*words, *state, bus=bus)
    assert said.status == 1
    assert "12d1:1506 at 1-1" in said.err
    assert CONNECTION in said.err
    assert "--take" in said.err
    assert bus.sim.sticks[0].modem.heard == []
    assert manager.asked == ["to come back"]
    command(*words, *state, "--take", bus=bus)
    assert bus.sim.sticks[0].modem.heard
    assert "to let go" in manager.asked


def test_a_report_cuts_no_connection(command: Command) -> None:
    bus, _manager = beside(HELD)
    said = command("report", "1-1", "--talk", "--output", "-", bus=bus)
    assert "it could not be asked: 12d1:1506 at 1-1" in said.out
    assert CONNECTION in said.out
    assert "To cut it: --take." in said.out
    assert bus.sim.sticks[0].modem.heard == []
    assert "ATI" in command("report", "1-1", "--talk", "--take", "--output", "-", bus=bus).out


@pytest.mark.parametrize("held", [None, HELD._replace(state="registered")])
def test_connect_says_who_dials_better(command: Command, held: Held | None) -> None:
    bus, _manager = beside(held)
    said = command("connect", "1-1", "--apn", "a'b; $(id)", bus=bus)
    assert said.status == 0
    (line,) = [line for line in said.err.splitlines() if "ModemManager takes the stick back" in line]
    assert """nmcli connection add type gsm ifname '*' apn 'a'"'"'b; $(id)'""" in line
    assert """--simple-connect='apn="a'"'"'b; $(id)"'""" in line
    assert "modeswitch udev ignore --port 1-1 --install" in line


def test_connect_alone_says_nothing_of_modemmanager(command: Command) -> None:
    assert "ModemManager" not in "".join(map(str, command("connect", "1-1", "--apn", "a", sticks=(STICK_NCM,))))
