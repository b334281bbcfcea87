"""The commands that talk to a stick, and plans for other hosts: what they print, and how they end."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from modeswitch.cli.connect import described
from modeswitch.methods.ports import Ports
from modeswitch.modem.dial import Addresses
from modeswitch.sim.models import LTE_CODES
from tests.support.rig import plugged, script
from tests.support.said import Command

NCM = "e3372h-153,wakes=linux"
PPP = "e3372h-153,wakes=linux,ports=A1+A2;12+1"
LIST = "A1,A2;12,1,16,A1,A2"

ENDS: tuple[tuple[int, str, tuple[str, ...]], ...] = (
    (0, NCM, ("connect", "1-1", "--apn", "internet")),
    (0, f"{NCM},pin=1234", ("connect", "1-1", "--apn", "internet", "--pin", "1234")),
    (0, NCM, ("connect", "1-1", "--apn", "internet", "--user", "u", "--password", "p", "--auth", "pap")),
    (1, f"{NCM},dial=refused", ("connect", "1-1", "--apn", "internet")),
    (1, f"{NCM},at=error", ("connect", "1-1", "--apn", "internet")),
    (2, NCM, ("connect", "1-1")),
    (2, NCM, ("connect", "1-1", "--apn", 'a"b')),
    (2, NCM, ("connect", "1-1", "--apn", "")),
    (2, NCM, ("connect", "1-1", "--apn", "a", "--password", "p")),
    (2, NCM, ("connect", "1-1", "--apn", "a", "--user", "u", "--auth", "md5")),
    (2, NCM, ("connect", "1-1", "--apn", "a", "--pin", "12")),
    (3, NCM, ("connect", "1-2", "--apn", "internet")),
    (4, "e3372h,wakes=ecm", ("connect", "1-1", "--apn", "internet")),
    (4, "e3372h", ("connect", "1-1", "--apn", "internet")),
    (5, f"{NCM},pin=1234", ("connect", "1-1", "--apn", "internet")),
    (7, f"{NCM},denied", ("connect", "1-1", "--apn", "internet")),
    (0, NCM, ("disconnect", "1-1")),
    (0, NCM, ("status", "1-1")),
    (0, "e3372h", ("status", "12d1:1f01")),
    (0, "e3372h,wakes=ecm", ("status", "12d1:1f01")),
    (1, f"{NCM},at=error", ("status", "1-1")),
    (0, NCM, ("ports", "1-1")),
    (0, "e173,wakes=linux", ("ports", "1-1")),
    (1, "e3372h,wakes=gateway-ncm", ("ports", "1-1")),
    (1, "e3372h", ("ports", "1-1")),
    (0, NCM, ("ports", "1-1", "--set", "FF;12,16", "--persist")),
    (0, NCM, ("ports", "1-1", "--set", LIST, "--persist")),
    (1, f"{NCM},nv=lost", ("ports", "1-1", "--set", "FF;12,16", "--persist")),
    (2, NCM, ("ports", "1-1", "--set", "rubbish", "--persist")),
    (5, NCM, ("ports", "1-1", "--set", "FF;12,16")),
    (5, NCM, ("ports", "1-1", "--set", "FF;16", "--persist")),
    (5, NCM, ("restore", "1-1")),
    (0, PPP, ("1-1", "--to", "ncm", "--persist")),
    (1, "e3372h,wakes=ecm,web=login,hub=none", ("1-1", "--to", "mass-storage")),
    (7, "e3372h,wakes=ecm,web=login,hub=denied", ("1-1", "--to", "mass-storage")),
)


@pytest.mark.parametrize(("status", "stick", "words"), ENDS)
def test_status(command: Command, status: int, stick: str, words: tuple[str, ...]) -> None:
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
def test_json(command: Command, status: int, stick: str, words: tuple[str, ...]) -> None:
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


def test_connect_names_the_interface_and_what_is_left_to_do(command: Command) -> None:
    said = command("connect", "1-1", "--apn", "internet", sticks=(NCM,))
    first, second = said.out.splitlines()
    assert first == (
        "1-1: the line is up, network interface wwan0, address 10.64.64.64/24, gateway 10.64.64.1, DNS 10.64.64.1"
    )
    assert "DHCP client on wwan0" in second
    assert "1-1: dialling internet" in said.err


def test_connect_in_json(command: Command) -> None:
    last = command("connect", "1-1", "--apn", "internet", "--json", sticks=(NCM,)).events[-1]
    assert (last["interface"], last["address"], last["prefix"]) == ("wwan0", "10.64.64.64", 24)


@pytest.mark.parametrize("flags", [(), ("-v",), ("-vv",), ("--json", "-vv")])
def test_secrets_are_printed_nowhere(command: Command, flags: tuple[str, ...]) -> None:
    words = ("connect", "1-1", "--apn", "a", "--user", "hugo", "--password", "geheimnis", "--pin", "4711", *flags)
    for fault in ("", ",dial=refused", ",at=urc", ",at=noecho", ",at=gone"):
        said = command(*words, sticks=(f"{NCM},pin=4711{fault}",))
        for secret in ("4711", "geheimnis", b"4711".hex(), b"geheimnis".hex()):
            assert secret not in said.out + said.err


def test_a_password_from_standard_input(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("geheim\n4711\n"))
    words = ("connect", "1-1", "--apn", "a", "--user", "u", "--password", "-", "--pin", "-")
    assert command(*words, sticks=(f"{NCM},pin=4711",)).status == 0
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert command(*words, sticks=(f"{NCM},pin=4711",)).status == 2


@pytest.mark.parametrize(
    ("word", "asked"), [("status", "AT+CSQ"), ("ports", "AT^SETPORT?"), ("disconnect", "AT^CURC=0")]
)
def test_all_that_is_said_on_the_port_with_vv(command: Command, word: str, asked: str) -> None:
    said = command(word, "1-1", "-vv", sticks=(f"{NCM},at=urc",))
    assert f"1-1: interface 0 < {asked}" in said.err
    assert "(unasked)" in said.err


def test_status_of_a_stick(command: Command) -> None:
    said = command("status", "1-1", sticks=(NCM,))
    shown = dict(line.split(maxsplit=1) for line in said.out.splitlines()[1:])
    assert shown["interface"] == "wwan0"
    assert shown["SIM"] == "READY"
    assert shown["line"] == "down"
    assert shown["signal"] == "-79 dBm"


STATES = (
    (
        NCM,
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
        f"{NCM},pin=1",
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
        NCM,
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
1-1: 12d1:1506 has AT^U2DIAG=255: all that the firmware has: the factory's choice
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


@pytest.mark.parametrize(
    ("stick", "out"),
    [
        (
            "e3372h,wakes=project",
            "1-1: 12d1:1442 is in download\n  it has no AT port in this mode; nothing more can be asked\n",
        ),
        (
            "e3372h,descriptors=lying",
            "1-1: 12d1:1f01 is unreadable: reading descriptors: bNumInterfaces 9, but 1 are described\n",
        ),
    ],
)
def test_status_of_what_nobody_can_ask(command: Command, stick: str, out: str) -> None:
    said = command("status", "1-1", sticks=(stick,))
    assert (said.status, said.out) == (0, out)
    (done,) = command("status", "1-1", "--json", sticks=(stick,)).events
    assert "sim" not in done


def test_what_a_stick_does_not_say_is_shown_as_that(command: Command) -> None:
    silent = ("AT+CPIN?", "AT+CEREG?", "AT+CREG?", "AT+COPS?", "AT+CSQ", "AT^NDISSTATQRY?", "AT^NDISSTATQRY=1")
    bus = plugged(NCM)
    script(bus, dict.fromkeys((*silent, "AT^FHVER"), ("ERROR",)))
    said = command("status", "1-1", bus=bus)
    assert (
        said.out
        == """\
1-1: 12d1:1506 is in ncm
  interface  wwan0
  SIM        it does not say
  network    registered: it does not say
  signal     unknown
  line       it does not say
"""
    )


def test_a_line_whose_addresses_the_stick_does_not_tell(command: Command) -> None:
    bus = plugged(NCM)
    bus.sim.sticks[0].modem.up = True
    script(bus, {"AT^DHCP?": ("ERROR",), "AT^GETPORTMODE": ("ERROR",)})
    first, _second = command("connect", "1-1", "--apn", "a", bus=bus).out.splitlines()
    assert first == "1-1: the line is up, network interface wwan0"
    assert "address" not in command("connect", "1-1", "--apn", "a", "--json", bus=bus).events[-1]
    assert "now" not in command("ports", "1-1", bus=bus).out


def known(usb: str, mode: str) -> dict[str, Any]:
    return {"event": "done", "port": "1-1", "id": usb, "mode": mode}


SAID = {"sim": "READY", "registered": True, "operator": "Sim Mobile", "signal": -79, "up": False, "addresses": None}
LINE = {"address": "10.64.64.64", "prefix": 24, "gateway": "10.64.64.1", "dns": ["10.64.64.1"]}
FIRMWARE = "E3372h-153 21.200.07.01.26,CL2E3372HM Ver.A"


@pytest.mark.parametrize(
    ("stick", "words", "facts"),
    [
        (NCM, ("status",), {"result": "status", "networks": ["wwan0"], **SAID, "firmware": FIRMWARE}),
        (NCM, ("connect", "--apn", "a"), {"result": "connected", "interface": "wwan0", **LINE}),
        (NCM, ("disconnect",), {"result": "already"}),
        (
            NCM,
            ("ports",),
            {"result": "ports", "list": LIST, "u2diag": None, "known": LTE_CODES}
            | {"now": ["pcui", "modem", "ncm", "mass", "mass"]},
        ),
        (NCM, ("ports", "--set", LIST, "--persist"), {"result": "already", "list": LIST}),
        (NCM, ("ports", "--set", "FF;12,16", "--persist"), {"result": "written", "list": "FF;12,16"}),
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
    assert said.events[-1] == {**known("12d1:1506", "ncm"), **facts}


@pytest.mark.parametrize(
    ("stick", "facts"),
    [
        ("e3372h", {**known("12d1:1f01", "mass-storage"), "result": "status", "networks": []}),
        ("e3372h,wakes=ecm", {**known("12d1:14dc", "hilink"), "result": "status", "networks": ["eth1"]}),
    ],
)
def test_status_of_a_stick_without_an_at_port_in_json(command: Command, stick: str, facts: dict[str, Any]) -> None:
    assert command("status", "1-1", "--json", sticks=(stick,)).events == [facts]


def test_a_line_that_is_up_is_shown_with_its_addresses(command: Command) -> None:
    bus = plugged(NCM)
    bus.sim.sticks[0].modem.up = True
    said = command("status", "1-1", bus=bus)
    assert "  line       up, address 10.64.64.64/24, gateway 10.64.64.1, DNS 10.64.64.1\n" in said.out
    (done,) = command("status", "1-1", "--json", bus=bus).events
    assert (done["up"], done["addresses"]) == (True, LINE)
    assert command("disconnect", "1-1", "--json", bus=bus).events[-1]["result"] == "disconnected"


@pytest.mark.parametrize(
    ("addresses", "words"),
    [
        (None, ""),
        (Addresses("10.0.0.2", 30, "10.0.0.1", ()), ", address 10.0.0.2/30, gateway 10.0.0.1"),
        (
            Addresses("1.1.1.2", 8, "1.1.1.1", ("8.8.8.8", "9.9.9.9")),
            ", address 1.1.1.2/8, gateway 1.1.1.1, DNS 8.8.8.8, 9.9.9.9",
        ),
    ],
)
def test_what_the_network_gave(addresses: Addresses | None, words: str) -> None:
    assert described(addresses) == words


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
    bus = plugged(f"{NCM},at=mute")
    began = bus.now()
    state = ["--state", str(tmp_path)] if words[0] in ("ports", "restore") else []
    said = command(words[0], "1-1", *words[1:], *state, "--timeout", "0.2", "--json", bus=bus)
    assert said.status == 1
    assert bus.now() - began == pytest.approx(0.2, abs=0.01)
    assert said.events[-1]["error"] == "Unavailable"


def test_restore_in_json(command: Command, tmp_path: Path) -> None:
    stick = f"e3372h-153,wakes=linux,nvram={tmp_path / 'nvram'}"
    state = ("--state", str(tmp_path / "state"), "--json")
    written = command("ports", "1-1", "--set", "FF;12,16", "--persist", *state, sticks=(stick,))
    (kept,) = (event for event in written.events if event["event"] == "saved")
    assert (kept["name"], kept["value"]) == ("SETPORT", LIST)
    said = command("restore", "1-1", *state, sticks=(stick,))
    assert {"saved", "transition", "left", "back"} <= {event["event"] for event in said.events}
    (value,) = said.events[-1]["values"]
    assert (value["name"], value["value"], value["stick"]) == ("SETPORT", LIST, "12d1:1506 at 1-1")
    assert value["file"] == kept["file"]
    assert said.events[-1] == {**known("12d1:14fe", "mass-storage"), "result": "restored", "values": [value]}
    again = command("restore", "1-1", *state, sticks=(stick,))
    assert again.events[-1] == {**known("12d1:1506", "ncm"), "result": "already", "values": []}


def test_write_and_restore_over_two_runs(command: Command, tmp_path: Path) -> None:
    """The stick's NVRAM is in a file, as a replugged stick would have it."""
    stick = f"e3372h-153,nvram={tmp_path / 'nvram'}"
    state = ("--state", str(tmp_path / "state"))
    assert command("12d1:14fe", "--to", "ncm", sticks=(stick,)).status == 0
    said = command("ports", "1-1", "--set", "FF;12,16", "--persist", *state, sticks=(f"{stick},wakes=linux",))
    assert said.status == 0
    assert "warning: " in said.err
    assert f"SETPORT was {LIST}: saved in {tmp_path}" in said.err
    woken = command("list", sticks=(stick,))
    assert "ncm" in woken.out
    said = command("restore", "1-1", *state, sticks=(stick,))
    assert said.status == 0, said
    first, second = said.out.splitlines()
    assert first.startswith(f"1-1: SETPORT is {LIST} again, as it was saved on 20")
    assert second == "1-1: 12d1:14fe is in mass-storage"
    assert "mass-storage" in command("list", sticks=(stick,)).out
    said = command("restore", "1-1", *state, sticks=(f"{stick},wakes=linux",))
    assert said.out == "1-1: 12d1:1506 holds what it came with already\n"


def test_persist_and_its_ways(command: Command, tmp_path: Path) -> None:
    said = command("1-1", "--to", "ncm", "--persist", "--state", str(tmp_path), sticks=(PPP,))
    assert "its list will begin with FF" in said.err
    assert (tmp_path / "imei-868723020012345.toml").exists()
    without = command("plan", "1-1", "--to", "ncm", sticks=(PPP,))
    assert "NVRAM" not in without.out
    assert "from stick to ncm through mass-storage, within 90 s, usually 17 s" in without.out


PPP_PLAN = """\
12d1:1506 at 1-1: from stick to ncm, within 60 s, usually 16 s
1. stick -> ncm, within 60 s, usually 16 s, writes to the stick's NVRAM
   { ports = { mode = "ncm", first = "FF" } }
     AT^SETPORT with the stick's own list made to give ncm and the first group FF, once the old one is saved
   { at = { send = "AT^RESET" } }
     AT^RESET
   gives ff/03/16 ncm
   because capture: 02_"""


def test_a_plan_is_shown_whole(command: Command) -> None:
    assert command("plan", "1-1", "--to", "ncm", "--persist", sticks=(PPP,)).out.startswith(PPP_PLAN)
    said = command("plan", "1-1", "--to", "ncm", sticks=(PPP,))
    assert "\n1. stick -> mass-storage, within 60 s, usually 16 s\n" in said.out
    assert "\n2. mass-storage -> ncm, within 30 s, usually 1 s\n" in said.out


def test_a_plan_is_shown_whole_in_json(command: Command) -> None:
    first, last = command("plan", "1-1", "--to", "ncm", "--persist", "--json", sticks=(PPP,)).events
    reasons = first.pop("evidence")
    assert reasons[0].startswith("capture: 02_")
    assert first == {
        "event": "transition",
        "port": "1-1",
        "number": 1,
        "start": "stick",
        "to": ["ncm"],
        "within": 60.0,
        "usual": 16.0,
        "persistent": True,
        "gives": ["ff/03/16 ncm"],
        "steps": [
            {
                "step": '{ ports = { mode = "ncm", first = "FF" } }',
                "wire": [str(Ports("ncm", "FF"))],
            },
            {"step": '{ at = { send = "AT^RESET" } }', "wire": ["AT^RESET"]},
        ],
    }
    assert last == {**known("12d1:1506", "stick"), "result": "planned", "goal": "ncm", "within": 60.0, "usual": 16.0}
    (done,) = command("plan", "1-1", "--to", "stick", "--json", sticks=(PPP,)).events
    assert done == {**known("12d1:1506", "stick"), "result": "already", "goal": "stick", "within": 0, "usual": 0}


def test_a_plan_for_what_is_not_there(command: Command, tmp_path: Path) -> None:
    """For another host, too; and not for a port, which is a place where something is or is not."""
    elsewhere = ("e220@2-1",)
    host = kernel(tmp_path, "02/0d/00 cdc_ncm")
    said = command("plan", "12d1:14fe", "--to", "ncm", *host, sticks=elsewhere)
    assert said.out.startswith("12d1:14fe (not on the bus): from mass-storage to ncm")
    assert "gives 02/0d/00 ncm" in said.out
    assert command("plan", "12d1:14fe", "--port", "1-1", sticks=elsewhere).status == 3
    assert command("plan", "12d1:fffe", "--json", sticks=elsewhere).events[-1]["id"] == "12d1:fffe"
    assert command("plan", "12d1:1570", "--json", sticks=elsewhere).events[-1]["id"] == "12d1:1570"


def test_a_plan_tells_of_profiles_that_are_broken(command: Command, tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("rubbish")
    said = command("plan", "1-1", "--profiles", str(tmp_path), sticks=("e3372h",))
    assert said.status == 0
    assert "warning: " in said.err
    assert "broken.toml" in said.err


def test_one_bad_stick_among_several_is_told_and_the_rest_planned(command: Command) -> None:
    sticks = ("e3372h", "e3372h@1-2,descriptors=lying", "e3372h@1-3,mounted", "e3372h@1-4,wakes=project")
    said = command("12d1:1f01", "--all", "--dry-run", "--to", "ncm", sticks=sticks)
    assert [line[:30] for line in said.out.splitlines() if " at " in line] == [
        "12d1:1f01 at 1-1: from mass-st",
        "12d1:1f01 at 1-3: from mass-st",
    ]
    print(said.status, said.err, said.out)
    assert said.status in (4, 5)
    assert "unreadable" in said.err


def test_the_way_of_a_router_is_told_beforehand(command: Command) -> None:
    said = command("plan", "12d1:14dc", "--to", "ncm", sticks=("e3372h,wakes=ecm",))
    assert said.out.startswith("12d1:14dc at 1-1: from hilink to ncm through mass-storage, within 80 s, usually 17 s\n")
    assert "POST /api/device/control" in said.out


# Plans for another machine.

FULL = ("ff/02/16 huawei_cdc_ncm", "ff/03/16 huawei_cdc_ncm", "02/0d/00 cdc_ncm", "02/06/00 cdc_ether")


def kernel(tmp_path: Path, *drivers: str) -> tuple[str, str]:
    lines = []
    for text in drivers:
        triple, driver = text.split()
        cls, sub, proto = triple.upper().split("/")
        vendor = "12D1" if cls == "FF" else "*"
        lines.append(f"alias usb:v{vendor}p*d*dc*dsc*dp*ic{cls}isc{sub}ip{proto}in* {driver}\n")
    (tmp_path / "modules.alias").write_text("".join(lines))
    return "--kernel-modules", str(tmp_path)


@pytest.mark.parametrize(
    ("lacking", "stick", "flags", "contains", "contains_not"),
    [
        ((), "e3372h-153", (), "gives ff/02/16", "02/0d/00"),
        (("ff/02/16", "ff/03/16"), "e3372h-153", (), "gives 02/0d/00", "ff/0"),
        ((), PPP, ("--persist",), 'first = "FF"', "A1,A2"),
        (("ff/03/16",), PPP, ("--persist",), 'first = "A1,A2"', 'first = "FF"'),
        (("ff/02/16", "ff/03/16"), PPP, ("--persist",), "gives 02/0d/00", "SETPORT"),
    ],
)
def test_a_plan_for_another_kernel(
    command: Command,
    tmp_path: Path,
    lacking: tuple[str, ...],
    stick: str,
    flags: tuple[str, ...],
    contains: str,
    contains_not: str,
) -> None:
    host = kernel(tmp_path, *(text for text in FULL if not text.startswith(lacking or "none")))
    said = command("plan", "1-1", "--to", "ncm", *flags, *host, sticks=(stick,))
    assert said.status == 0, said
    assert contains in said.out
    assert contains_not not in said.out.replace("because", "").split("because")[0]


def test_a_plan_for_a_kernel_without_any_driver(command: Command, tmp_path: Path) -> None:
    host = kernel(tmp_path, "08/06/50 usb_storage")
    for words in (("plan", "1-1"), ("1-1",), ("plan", "12d1:14fe")):
        said = command(*words, "--to", "ncm", *host, sticks=("e3372h-153",))
        assert said.status == 4
        assert "no kernel driver" in said.err
        assert "ff/02/16 ncm" in said.err
    assert command("1-1", "--to", "ncm", *host, "--without-driver", sticks=("e3372h-153",)).status == 0
    assert command("1-1", "--to", "stick", *host, sticks=("e3372h-153",)).status == 0


def test_a_folder_that_is_no_kernels(command: Command, tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nothing"):
        said = command("plan", "1-1", "--to", "ncm", "--kernel-modules", str(folder), sticks=("e3372h-153",))
        assert said.status == 2
        assert "modules.alias" in said.err
