"""What a step may say: each number and length from its least to its most, and what is meant where it says nothing."""

from __future__ import annotations

from typing import Any

import pytest

from modeswitch.errors import ProfileError
from modeswitch.methods.altsetting import SetAltsetting
from modeswitch.methods.at import At
from modeswitch.methods.base import Action
from modeswitch.methods.bulk import Bulk
from modeswitch.methods.configuration import SetConfiguration
from modeswitch.methods.control import Control
from modeswitch.methods.interrupt import Interrupt
from modeswitch.methods.registry import plain, read_step
from modeswitch.methods.storage import Bot

CBW = "55534243123456780000000000000011062000000101000100000000000000"


def read(kind: str, fields: dict[str, Any]) -> tuple[Action, ...]:
    return read_step({kind: fields}, "step 1", "x.toml").actions


OUT, IN = {"request-type": 0x40, "request": 1}, {"request-type": 0xC0, "request": 1}
NUMBERS: tuple[tuple[str, dict[str, Any], str, int, int], ...] = (
    ("huawei", {"os": "linux"}, "timeout", 0, 0xFF),
    ("huawei", {"os": "linux"}, "cb-length", 0, 16),
    ("cbw", {"hex": CBW}, "out", 1, 15),
    ("cbw", {"hex": CBW}, "in", 0x81, 0x8F),
    ("scsi", {"cdb": "00"}, "data-in", 0, 0xFFFF),
    ("scsi", {"cdb": "00"}, "lun", 0, 15),
    ("eject", {}, "lun", 0, 15),
    ("control", {"request": 1}, "request-type", 0, 0xFF),
    ("control", {"request-type": 0x40}, "request", 0, 0xFF),
    ("control", OUT, "value", 0, 0xFFFF),
    ("control", OUT, "index", 0, 0xFFFF),
    ("control", IN, "length", 0, 4096),
    ("control", {**OUT, "request-type": 0x41}, "class", 0, 0xFF),
    ("bulk", {"hex": "00"}, "endpoint", 1, 15),
    ("bulk", {"hex": "00", "endpoint": 1}, "class", 0, 0xFF),
    ("interrupt", {"length": 8}, "endpoint", 0x81, 0x8F),
    ("interrupt", {"hex": "00"}, "endpoint", 1, 15),
    ("interrupt", {"endpoint": 0x81}, "length", 1, 1024),
    ("interrupt", {"endpoint": 0x81, "length": 8}, "times", 1, 255),
    ("interrupt", {"endpoint": 0x81, "length": 8}, "class", 0, 0xFF),
    ("configuration", {}, "value", 1, 0xFF),
    ("altsetting", {"alternate": 0}, "interface", 0, 0xFF),
    ("altsetting", {"interface": 0}, "alternate", 0, 0xFF),
)


@pytest.mark.parametrize(
    ("kind", "others", "key", "least", "most"), NUMBERS, ids=[f"{one[0]}-{one[2]}-{one[3]}" for one in NUMBERS]
)
def test_a_number_has_the_bounds_of_its_place_in_the_message(
    kind: str, others: dict[str, Any], key: str, least: int, most: int
) -> None:
    assert read(kind, {**others, key: least}) != read(kind, {**others, key: most})
    for number in (least - 1, most + 1):
        with pytest.raises(ProfileError):
            read(kind, {**others, key: number})


HEX: tuple[tuple[str, dict[str, Any], str, int, int], ...] = (
    ("cbw", {}, "hex", 31, 31),
    ("scsi", {}, "cdb", 1, 16),
    ("scsi", {"cdb": "00"}, "data-out", 0, 0xFFFF),
    ("control", OUT, "data", 0, 4096),
    ("bulk", {}, "hex", 1, 4096),
    ("interrupt", {"endpoint": 1}, "hex", 1, 64),
)


@pytest.mark.parametrize(("kind", "others", "key", "least", "most"), HEX, ids=[f"{one[0]}-{one[2]}" for one in HEX])
def test_bytes_have_the_bounds_of_their_message(
    kind: str, others: dict[str, Any], key: str, least: int, most: int
) -> None:
    def of(length: int) -> str:
        return CBW + "00" * (length - 31) if kind == "cbw" and length >= 31 else "00" * length

    for length in (least, most):
        assert read(kind, {**others, key: of(length)})
    for length in (least - 1, most + 1):
        if length >= 0:
            with pytest.raises(ProfileError):
                read(kind, {**others, key: of(length)})


@pytest.mark.parametrize("length", [0, 65535])
def test_a_cbw_s_data_phase(length: int) -> None:
    """What it announces is what is sent, or what is read at most."""
    announced = CBW[:16] + length.to_bytes(4, "little").hex() + CBW[24:]
    (one,) = read("cbw", {"hex": announced, "data-out": "00" * length} if length else {"hex": announced})
    assert isinstance(one, Bot)
    assert (len(one.data_out), one.data_in) == (length, 0)
    coming = announced[:24] + "80" + announced[26:]
    (one,) = read("cbw", {"hex": coming})
    assert isinstance(one, Bot)
    assert one.data_in == length
    reserved = announced[:24] + "01" + announced[26:]
    (one,) = read("cbw", {"hex": reserved, "data-out": "00" * length} if length else {"hex": reserved})
    assert isinstance(one, Bot)
    assert one.data_in == 0
    for wrong in (
        {"hex": coming, "data-out": "00" * max(1, length)},
        {"hex": announced, "data-out": "00" * max(1, length - 1)},
    ):
        with pytest.raises(ProfileError, match="not what the CBW announces"):
            read("cbw", wrong)
    more = CBW[:16] + (65536).to_bytes(4, "little").hex() + CBW[24:]
    with pytest.raises(ProfileError, match="more than the 65535"):
        read("cbw", {"hex": more})


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("control", {**OUT, "class": 0}),
        ("control", {**IN, "data": "00"}),
        ("control", {**OUT, "length": 1}),
        ("control", {**OUT, "request-type": 0x41, "length": 1}),
        ("bulk", {"hex": "00", "class": 0}),
        ("interrupt", {"endpoint": 1, "hex": "00", "length": 1}),
        ("interrupt", {"endpoint": 1}),
        ("interrupt", {"endpoint": 1, "length": 1}),
        ("interrupt", {"endpoint": 0x81, "hex": "00"}),
        ("interrupt", {"endpoint": 0x80, "length": 1}),
        ("interrupt", {"endpoint": 16, "hex": "00"}),
        ("cbw", {"hex": "00" * 31}),
        ("at", {"send": 'AT^SETPORT="FF"'}),
        ("at", {"send": "at^u2diag=0"}),
        ("at", {"send": "ATI", "seconds": 180.5}),
        ("at", {"send": "ATI", "seconds": 0}),
        ("pause", {"seconds": 60.5}),
        ("eject", {"luns": [16]}),
        ("eject", {"luns": [-1]}),
        ("u2diag", {"value": -1}),
        ("u2diag", {"value": 1000}),
        ("u2diag", {"value": "276"}),
        ("ports", {"mode": "hilink"}),
    ],
)
def test_what_makes_no_sense_together_is_refused(kind: str, fields: dict[str, Any]) -> None:
    with pytest.raises(ProfileError):
        read(kind, fields)


@pytest.mark.parametrize(
    ("kind", "fields", "meant"),
    [
        ("at", {"send": "ATI"}, ["at.At", "ATI", 5.0]),
        ("at", {"send": "ATI", "seconds": 180}, ["at.At", "ATI", 180.0]),
        ("at", {"send": "AT^SETPORT?"}, ["at.At", "AT^SETPORT?", 5.0]),
        ("at", {"send": "AT^SETPORT=?"}, ["at.At", "AT^SETPORT=?", 5.0]),
        ("pause", {"seconds": 60}, ["pause.Pause", 60.0]),
        ("control", OUT, ["control.Control", 0x40, 1, 0, 0, "", 0, False, -1]),
        (
            "control",
            {**OUT, "request-type": 0x41, "data": "00"},
            ["control.Control", 0x41, 1, 0, 0, "00", 0, False, -1],
        ),
        ("bulk", {"hex": "00"}, ["bulk.Bulk", "00", None, -1]),
        (
            "interrupt",
            {"endpoint": 0x81, "length": 8, "hex": ""},
            ["interrupt.Interrupt", 0x81, "", 8, 1, False, -1],
        ),
        ("interrupt", {"endpoint": 0x81, "length": 8}, ["interrupt.Interrupt", 0x81, "", 8, 1, False, -1]),
        ("interrupt", {"endpoint": 1, "hex": "00"}, ["interrupt.Interrupt", 1, "00", 0, 1, False, -1]),
        ("configuration", {"has": "mbim"}, ["configuration.SetConfiguration", 0, "mbim"]),
        ("configuration", {"value": 2}, ["configuration.SetConfiguration", 2, ""]),
        ("cbw", {"hex": CBW}, ["storage.Bot", CBW, 0, "", False, 0, 0]),
        ("cbw", {"hex": CBW, "data-out": ""}, ["storage.Bot", CBW, 0, "", False, 0, 0]),
        ("ports", {"mode": "ncm"}, ["ports.Ports", "ncm", "", ""]),
    ],
)
def test_what_is_meant_where_nothing_is_said(kind: str, fields: dict[str, Any], meant: list[Any]) -> None:
    (one,) = read(kind, fields)
    assert plain(one) == meant


@pytest.mark.parametrize(
    ("one", "meant"),
    [
        (At("ATI"), ["at.At", "ATI", 5.0]),
        (Bulk(b"\0"), ["bulk.Bulk", "00", None, -1]),
        (Control(0x40, 1, 2, 3), ["control.Control", 0x40, 1, 2, 3, "", 0, False, -1]),
        (Interrupt(0x81), ["interrupt.Interrupt", 0x81, "", 0, 1, False, -1]),
        (SetConfiguration(1), ["configuration.SetConfiguration", 1, ""]),
        (Bot(b"\0"), ["storage.Bot", "00", 0, "", False, 0, 0]),
    ],
)
def test_an_action_asks_for_no_more_than_it_says(one: Action, meant: list[Any]) -> None:
    assert plain(one) == meant
    assert not one.may_fail


def test_a_cdb_is_for_the_first_lun_where_none_is_named() -> None:
    assert read("scsi", {"cdb": "00"}) == read("scsi", {"cdb": "00", "lun": 0}) != read("scsi", {"cdb": "00", "lun": 1})


def test_an_eject_is_of_the_first_lun_and_each_command_may_fail() -> None:
    assert read("eject", {}) == read("eject", {"luns": [0]}) != read("eject", {"lun": 1})
    assert len(read("eject", {"luns": [0, 15]})) == 4
    assert all(one.may_fail for one in read("eject", {}))


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (Control(0x40, 0xA1, 0x0102, 0x0304), "control 40 a1 0102 0304"),
        (Control(0x40, 0xA1, 0, 0, b"\1\2"), "control 40 a1 0000 0000, data 0102"),
        (Control(0xC0, 0xA1, 0, 0, length=7), "control c0 a1 0000 0000, 7 bytes in"),
        (Control(0x40, 0xA1, 0, 0, may_fail=True), "control 40 a1 0000 0000 (may fail)"),
        (Bulk(b"\1"), "bulk out 01"),
        (Bulk(b"\1", 8), "bulk out 08 01"),
        (Interrupt(1, b"\1\2"), "interrupt out 01 0102"),
        (Interrupt(1, b"\1\2", may_fail=True), "interrupt out 01 0102 (may fail)"),
        (Interrupt(0x81, length=8), "interrupt in 81, 8 bytes"),
        (Interrupt(0x81, length=8, times=2, may_fail=True), "interrupt in 81, 8 bytes, 2 times (may fail)"),
        (SetConfiguration(2), "set configuration 2"),
        (SetConfiguration(0, "mbim"), "set configuration with mbim"),
        (SetAltsetting(1, 2), "set interface 1 to alternate setting 2"),
        (Bot(b"\1"), "bulk out 01, then CSW in"),
        (Bot(b"\1", 36), "bulk out 01, then 36 bytes in, then CSW in"),
        (Bot(b"\1", 0, b"\2\3"), "bulk out 01, then 0203 out, then CSW in"),
        (Bot(b"\1", 0, b"", True, 8, 0x81), "bulk out 08 01, then CSW in 81 (may fail)"),
    ],
)
def test_the_words_of_a_dry_run(one: Action, words: str) -> None:
    assert str(one) == words
