"""Port lists: every captured form, what they make of a stick, and the lists that are never written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeswitch.errors import BadReply, Refused, UsageError
from modeswitch.modem import u2diag
from modeswitch.modem.ports import (
    CODES,
    FF_WARNING,
    PortList,
    current,
    guard,
    offered,
    port_mode,
)

CAPTURE = (Path(__file__).parent.parent / "captures" / "26_at_responses.txt").read_text("utf-8")
LINES = CAPTURE.splitlines()
VALUES = [line.partition("#")[0].strip() for line in LINES if re.match(r"\^SETPORT:.*;", line)]
MODES = [line for line in LINES if re.match(r"\^getportmode", line, re.IGNORECASE)]
SECTIONS = [section.splitlines() for section in CAPTURE.split("## ") if section.startswith("AT^SETPORT=?")]
KNOWN = offered(SECTIONS[0])


def test_the_capture_is_what_it_was() -> None:
    assert (len(VALUES), len(MODES), len(SECTIONS)) == (7, 14, 3)


@pytest.mark.parametrize("line", VALUES)
def test_captured_lists_are_read_and_written_again(line: str) -> None:
    value = line.partition(":")[2]
    found = current([line, "OK"])
    assert str(found) == value
    assert PortList.parse(f' "{value.lower()}" ') == found


@pytest.mark.parametrize(
    ("text", "roles", "mode", "wakes"),
    [
        ("A1,A2;12,10,16,A1,A2", ("pcui", "modem", "ncm", "storage", "storage"), "ncm", "mass-storage"),
        ("A1,A2;1,3,2,A1,A2", ("modem", "diag", "pcui", "storage", "storage"), "stick", "mass-storage"),
        ("FF;12,16", ("pcui", "ncm"), "ncm", "ncm"),
        ("FF;12,1", ("pcui", "modem"), "stick", "stick"),
        (";2,3,16", ("pcui", "diag", "ncm"), "ncm", "ncm"),
        ("A1;A3,A2", ("rndis", "storage"), "hilink", "mass-storage"),
        ("A1,A2;A3,12,A2", ("rndis", "pcui", "storage"), "debug", "mass-storage"),
        ("FF;16", ("ncm",), None, None),
        ("A1;A1", ("storage",), "mass-storage", "mass-storage"),
        ("FF;46,32", ("ncm", "pcui"), "ncm", "ncm"),
        ("FF;12,99", ("pcui", "other"), "stick", "stick"),
        ("FF;12,18,A", ("pcui", "serial", "serial"), "stick", "stick"),
    ],
)
def test_a_list_knows_its_roles_and_modes(text: str, roles: tuple[str, ...], mode: str, wakes: str) -> None:
    found = PortList.parse(text)
    assert (found.roles, found.mode, found.wakes) == (roles, mode, wakes)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ";",
        "12,16",
        "A1;;12",
        "A1;12;16",
        "A1;12,,16",
        "A1;,12",
        "A1;12,",
        "A1;G1",
        "A1;123",
        "A1;-1",
        "A1;12\x00",
        "é;12",
        "A1;" + "12," * 200 + "16",
        "A1;12".ljust(201),
    ],
)
def test_what_is_no_list(text: str) -> None:
    with pytest.raises(UsageError):
        PortList.parse(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x" * 90, f"'{'x' * 80}…' is no port list"),
        ("11," * 40 + "11;", f"'{('11,' * 40)[:80]}…' has no port after the switch"),
        ("A1;" + "1" * 90, f"'{'1' * 20}…' in 'A1;{'1' * 77}…' is no port code"),
    ],
)
def test_a_long_text_is_cut_where_it_is_shown(text: str, shown: str) -> None:
    with pytest.raises(UsageError) as raised:
        PortList.parse(text)
    assert raised.value.message == shown


@given(st.text(max_size=40))
def test_any_text_is_a_list_or_an_error(text: str) -> None:
    try:
        found = PortList.parse(text)
    except UsageError:
        return
    assert PortList.parse(str(found)) == found


def test_leading_zeros_and_blanks() -> None:
    assert str(PortList.parse("a1 , A2 ; 02, 0A ,16")) == "A1,A2;2,A,16"
    assert str(PortList.parse("A1;12".ljust(200))) == "A1;12"
    assert str(PortList.parse("A1;12".rjust(200))) == "A1;12"


@pytest.mark.parametrize(
    "lines",
    [[], ["OK"], ["^SETPORT:"], ["^SETPORT:rubbish"], ["^SETPORT:rubbish", "^SETPORT:A1;12"], ["^SETPORT:A1;12;16"]],
)
def test_an_answer_without_a_list(lines: list[str]) -> None:
    with pytest.raises(BadReply):
        current(lines)


def test_a_long_answer_is_cut_where_it_is_shown() -> None:
    with pytest.raises(BadReply) as raised:
        current([f"^SETPORT:{'x' * 90}"])
    assert raised.value.message == f"AT^SETPORT? was answered by '^SETPORT:{'x' * 71}…'"


@pytest.mark.parametrize("line", ["^setport: a1,a2 ; 12 , 16", "^SETPORT :A1,A2;12,16", ' ^SETPORT: "A1,A2;12,16" '])
@pytest.mark.parametrize("before", [[], ["+CSQ: 17,99"], ["^SETPORT", "12;16"]])
def test_odd_spacing_and_case(line: str, before: list[str]) -> None:
    assert str(current([*before, line])) == "A1,A2;12,16"


@pytest.mark.parametrize(
    ("section", "count", "some"), [(0, 11, ("12", "4G PCUI")), (1, 13, ("2", "PCUI")), (2, 12, ("A2", "SD"))]
)
def test_captured_offers(section: int, count: int, some: tuple[str, str]) -> None:
    found = offered(SECTIONS[section])
    assert len(found) == count
    assert some in found.items()
    assert set(found) <= set(CODES)


def test_an_offer_is_hostile() -> None:
    found = offered(["^SETPORT:12: \x1b[2J" + "x" * 30, "^SETPORT:G1: no", "rubbish", "^SETPORT:12"])
    assert list(found) == ["12"]
    assert found["12"].isprintable()
    assert offered([" ^setport : 02 :  PCUI  "]) == {"2": "PCUI"}


@pytest.mark.parametrize(
    ("number", "roles"),
    [
        (0, ("pcui", "modem")),
        (1, ("modem", "pcui", "ncm", "storage", "storage")),
        (2, ("modem", "pcui", "ncm", "gps", "serial")),
        (3, ("pcui", "modem", "ncm", "storage", "storage", "gps", "serial")),
        (4, ("ncm", "diag", "pcui", "modem", "storage")),
        (5, ("pcui", "modem", "ncm", "storage", "storage")),
        (6, ("rndis", "pcui", "serial", "serial", "diag", "gps", "diag", "storage")),
        (7, ("ecm", "pcui", "serial", "serial", "diag", "gps", "diag", "storage")),
        (8, ("rndis", "pcui", "serial", "serial", "diag", "gps", "diag", "storage")),
        (9, ("pcui", "modem", "ncm", "storage", "storage")),
        (10, ("modem", "ncm", "diag", "pcui", "storage", "storage")),
        (11, ()),
        (12, ("modem", "diag", "pcui", "storage")),
        (13, ("modem", "diag", "pcui")),
    ],
)
def test_captured_port_modes(number: int, roles: tuple[str, ...]) -> None:
    assert tuple(role for _, role in port_mode(["+CSQ: 17,99", f" {MODES[number]} "])) == roles


@pytest.mark.parametrize(
    ("had", "mode", "first", "wanted"),
    [
        ("A1,A2;12,1,A1,A2", "ncm", (), "A1,A2;12,1,16,A1,A2"),
        ("A1,A2;12,1,A1,A2", "ncm", ("FF",), "FF;12,1,16,A1,A2"),
        ("A1,A2;12,1,16,A1,A2", "ncm", (), "A1,A2;12,1,16,A1,A2"),
        ("A1,A2;12,1,16,A1,A2", "stick", (), "A1,A2;12,1,A1,A2"),
        ("FF;12,16", "stick", (), "FF;12"),
        ("FF;12,16", "ncm", ("A1", "A2"), "A1,A2;12,16"),
        ("A1,A2;A3,A2", "ncm", (), "A1,A2;12,16,A2"),
        ("A1,A2;1,3,A1", "stick", (), "A1,A2;12,1,3,A1"),
        ("A1,A2;16,12,1,A1", "ncm", (), "A1,A2;16,12,1,A1"),
        ("A1,A2;12,7,1", "stick", (), "A1,A2;12,1"),
        ("A1,A2;A3,12,A2", "debug", (), "A1,A2;A3,12,A2"),
    ],
)
def test_towards_a_mode(had: str, mode: str, first: tuple[str, ...], wanted: str) -> None:
    found = PortList.parse(had).towards(mode, first, KNOWN)
    assert str(found) == wanted
    assert found.mode == mode


def test_the_pcui_that_the_stick_has() -> None:
    assert str(PortList.parse("A1;1,16").towards("ncm", (), {"2": "PCUI", "1": "MODEM"})) == "A1;2,1,16"
    assert str(PortList.parse("A1;1,16").towards("ncm")) == "A1;12,1,16"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("A1,A2;10,16", "no PCUI"),
        ("FF;16", "no PCUI"),
        ("A1,A2;13,16,A1", "no PCUI"),
        ("A1,A2;12,16,16", "twice"),
        ("A1,A2;12,12,16", "twice"),
        ("A1,A2;12,A1,16", "storage"),
        ("A1,A2;A2,12", "storage"),
        ("A1,A2;12,99", "no known stick has the port 99"),
        ("A1,A2;12,FF", "no known stick has the port FF"),
        ("A1,A2;12,2", "does not name the port 2"),
        ("A1,A2;12,A3", "does not name the port A3"),
        ("A2;12,16", "its first group is A2, where"),
        ("A2,A1;12,16", "first group"),
        ("12;12,16", "first group"),
        (";12,16", "its first group is empty, where"),
        ("FF,A1;12,16", "first group"),
    ],
)
def test_what_is_never_written(text: str, why: str) -> None:
    with pytest.raises(Refused, match=why) as raised:
        guard(PortList.parse(text), KNOWN)
    assert raised.value.status == 5
    assert text in raised.value.message
    assert raised.value.facts["ports"] == text
    assert "This stick's ports: 3 (3G DIAG), " in raised.value.hint


@pytest.mark.parametrize("text", ["A1,A2;12,16", "A1,A2;12,16,A1"])
def test_a_first_group_that_the_stick_does_not_name_is_not_written(text: str) -> None:
    cardless = {code: name for code, name in KNOWN.items() if code != "A2"}
    with pytest.raises(Refused, match="does not name the port A2 "):
        guard(PortList.parse(text), cardless)
    assert guard(PortList.parse(text.replace("A1,A2;", "A1;")), cardless) == []


@pytest.mark.parametrize("text", ["A1,A2;12,16", "A1;12,10,16,A1,A2", "A1,A2;1,12", "A1,A2;12"])
def test_what_may_be_written(text: str) -> None:
    assert guard(PortList.parse(text), KNOWN) == []


def test_ff_is_allowed_with_a_warning() -> None:
    assert guard(PortList.parse("FF;12,16"), KNOWN) == [FF_WARNING]


def test_a_stick_that_does_not_say_what_it_has_is_not_written_to() -> None:
    with pytest.raises(Refused, match="does not say which ports it has") as raised:
        guard(PortList.parse("A1,A2;12,16"), {})
    assert "modeswitch ports DEVICE" in raised.value.hint


def test_a_first_group_that_the_stick_had_itself_is_good() -> None:
    odd = PortList.parse(";12,16")
    assert guard(odd, KNOWN, odd) == []


@pytest.mark.parametrize("value", [0, 6, 257, 119, 268, 374, -1, 999])
def test_u2diag_values_that_are_never_written(value: int) -> None:
    with pytest.raises(Refused, match="not known to leave"):
        u2diag.guard(value)


@pytest.mark.parametrize("value", [1, 255, 256, 276])
def test_u2diag_values_that_leave_an_at_port(value: int) -> None:
    u2diag.guard(value)


@pytest.mark.parametrize(("line", "value"), [("^U2DIAG:255", 255), ("^u2diag : 1", 1), (" ^U2DIAG: 256 ", 256)])
def test_u2diag_is_read(line: str, value: int) -> None:
    assert u2diag.current(["x", line]) == value


@pytest.mark.parametrize("line", ["", "^U2DIAG:", "^U2DIAG:x", "^U2DIAG:123456", "OK"])
def test_u2diag_is_not_made_up(line: str) -> None:
    with pytest.raises(BadReply):
        u2diag.current([line])
