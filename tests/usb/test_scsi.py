"""Messages: what is built can be read again, what was published decodes as documented, nonsense is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from construct import ConstructError
from hypothesis import given
from hypothesis import strategies as st

from modeswitch.errors import BadReply, UsageError
from modeswitch.usb import bot, scsi
from modeswitch.usb.bot import Csw
from modeswitch.usb.explain import explain
from modeswitch.usb.scsi import Cbw, Sense

CAPTURES = Path(__file__).parent.parent / "captures"
MATRIX = [
    line.split(",", 2)
    for line in (CAPTURES / "27_message_matrix_e3131h_1f01.csv").read_text("utf-8").splitlines()
    if not line.startswith("#")
]
HOST = {"00": "0x00 (windows)", "10": "0x10 (mac)", "20": "0x20 (linux)", "30": "0x30 (gateway)"}
GREEN = {"00": "0 (product)", "01": "1 (work)", "02": "2 (debug)"}


def explained(text: str) -> dict[str, str]:
    return dict(explain(bytes.fromhex(text)))


@pytest.mark.parametrize(("message", "target", "_seen"), MATRIX, ids=[row[0] for row in MATRIX])
def test_the_message_matrix_decodes(message: str, target: str, _seen: str) -> None:
    """Every message that somebody sent to an E3131h, and what it became, by what the fields mean."""
    said = explained(message)
    assert said["command"].startswith("HUAWEI REWIND, opcode 0x11")
    assert said["host"] == HOST[message[34:36]]
    assert said["green"] == GREEN[message[46:48]]
    assert said["data"] == "0 bytes, none"
    work = said["green"].startswith("1")
    assert (target == "14dc") == work


PUBLISHED: tuple[tuple[str, dict[str, str]], ...] = (
    ("0011062000000101000100", {"host": HOST["20"], "new_pid": "1", "cd": "1", "green": GREEN["01"]}),
    ("0011063000000000010000", {"host": HOST["30"], "new_pid": "0", "profile": "1 (ncm)", "green": GREEN["00"]}),
    ("0011063000000100010000", {"host": HOST["30"], "new_pid": "1", "profile": "1 (ncm)"}),
    ("0011063000000100000000", {"host": HOST["30"], "new_pid": "1", "profile": "0 (modem)"}),
    ("0011062000000100000000", {"host": HOST["20"], "new_pid": "1", "green": GREEN["00"]}),
    ("0a11062000000000000100", {"host": HOST["20"], "green": GREEN["01"], "cb length": "10"}),
    ("0611062000000000000100", {"host": HOST["20"], "green": GREEN["01"], "cb length": "6"}),
    ("0011062000000100000100", {"host": HOST["20"], "new_pid": "1", "cd": "0", "green": GREEN["01"]}),
    ("0011061000000000000100", {"host": HOST["10"], "green": GREEN["01"]}),
    ("0011060000000100000100", {"host": HOST["00"], "new_pid": "1", "green": GREEN["01"]}),
    ("0011060000000000000000", {"host": HOST["00"], "green": GREEN["00"]}),
    ("0011062000000000000200", {"host": HOST["20"], "green": GREEN["02"]}),
    ("0011060000000000000200", {"host": HOST["00"], "green": GREEN["02"]}),
)


@pytest.mark.parametrize(("tail", "meaning"), PUBLISHED)
def test_published_messages_decode(tail: str, meaning: dict[str, str]) -> None:
    said = explained(f"5553424312345678000000000000{tail}".ljust(62, "0"))
    assert {key: said[key] for key in meaning} == meaning
    assert said["message"].startswith("CBW")
    assert said["tag"] == "12345678"


def test_messages_of_old_phones_decode() -> None:
    rezero = explained("55534243123456780600000080000601000000000000000000000000000000")
    assert rezero["command"] == "REZERO UNIT, opcode 0x01"
    assert rezero["data"] == "6 bytes, to the host"
    android = explained("55534243123456780600000080010a11060000000000000000000000000000")
    assert (android["lun"], android["command"]) == ("1", "HUAWEI REWIND, opcode 0x11")


def test_the_kernel_routers_message_decodes() -> None:
    """As a router's kernel had it built in: 36 bytes announced, LUN 0, timeout 1."""
    said = explained("55534243000000022400000080000611063001" + "00" * 12)
    assert (said["host"], said["timeout"], said["data"]) == (HOST["30"], "1", "36 bytes, to the host")


@given(
    cdb=st.binary(max_size=16),
    lun=st.integers(0, 255),
    amount=st.integers(0, 0xFFFFFFFF),
    inward=st.booleans(),
    tag=st.binary(min_size=4, max_size=4),
    cb_length=st.none() | st.integers(0, 255),
)
def test_cbw_round_trip(cdb: bytes, lun: int, amount: int, inward: bool, tag: bytes, cb_length: int | None) -> None:
    raw = scsi.build_cbw(
        cdb, lun=lun, data_in=amount if inward else 0, data_out=0 if inward else amount, tag=tag, cb_length=cb_length
    )
    assert len(raw) == 31
    assert scsi.read_cbw(raw) == Cbw(
        tag,
        amount,
        0x80 if inward and amount else 0,
        lun,
        len(cdb) if cb_length is None else cb_length,
        cdb.ljust(16, b"\0"),
    )


def test_cbw_byte_for_byte() -> None:
    raw = scsi.build_cbw(b"\x12\0\0\0\x24\0", lun=1, data_in=36)
    assert raw.hex() == "555342431234567824000000800106120000002400" + "00" * 10


@given(tag=st.binary(min_size=4, max_size=4), residue=st.integers(0, 0xFFFFFFFF), status=st.integers(0, 255))
def test_csw_round_trip(tag: bytes, residue: int, status: int) -> None:
    raw = scsi.build_csw(tag, residue, status)
    assert len(raw) == 13
    assert bot.read_csw(raw) == Csw(tag, residue, status)


@pytest.mark.parametrize(
    "wrong",
    [
        {"cdb": bytes(17)},
        {"data_in": 1, "data_out": 1},
        {"tag": b"abc"},
        {"lun": 256},
        {"lun": -1},
        {"cb_length": 256},
        {"data_in": 1 << 32},
        {"data_in": -1},
    ],
    ids=str,
)
def test_no_cbw_can_say_this(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        scsi.build_cbw(**{"cdb": bytes(6), **wrong})


@given(st.binary(max_size=64))
def test_reading_anything_is_a_value_or_a_bad_reply(raw: bytes) -> None:
    for read in (scsi.read_cbw, bot.read_csw):
        try:
            read(raw)
        except BadReply:
            assert len(raw) not in (13, 31) or raw[:4] not in (b"USBC", b"USBS")
    scsi.read_sense(raw)


def declared(raw: bytes) -> Csw | None:
    """A CSW as its declaration reads it; None where it is none, or not the whole of one."""
    if len(raw) != scsi.CSW.sizeof():
        return None
    try:
        read = scsi.CSW.parse(raw)
    except ConstructError:
        return None
    return Csw(read.tag, read.residue, read.status)


def by_hand(raw: bytes) -> Csw | None:
    try:
        return bot.read_csw(raw)
    except BadReply:
        return None


@given(st.binary(max_size=40) | st.binary(max_size=15).map(lambda rest: b"USBS" + rest))
def test_a_csw_is_read_as_it_is_declared(raw: bytes) -> None:
    assert by_hand(raw) == declared(raw)


@pytest.mark.parametrize("place", range(13))
def test_each_byte_of_a_csw_is_read_as_it_is_declared(place: int) -> None:
    """Every value of every byte: each stands in one field alone, so together these are all CSWs."""
    raw = bytearray(b"USBS" + bytes.fromhex("12345678a1b2c3d400"))
    seen = set()
    for value in range(256):
        raw[place] = value
        assert by_hand(bytes(raw)) == declared(bytes(raw))
        seen.add(by_hand(bytes(raw)))
    assert len(seen) == (2 if place < 4 else 256)


SENSES: tuple[tuple[str, Sense | None], ...] = (
    ("700005000000000a00000000240000000000", Sense(5, 0x24, 0)),
    ("f00002000000000a000000003a0000000000", Sense(2, 0x3A, 0)),
    ("710006000000000a00000000290000000000", Sense(6, 0x29, 0)),
    ("7000e5000000000a0000000024000000", Sense(5, 0x24, 0)),
    ("72052400000000", Sense(5, 0x24, 0)),
    ("73063b0000000000", Sense(6, 0x3B, 0)),
    ("7000050000", None),
    ("720524", None),
    ("6f0005000000000a00000000240000000000", None),
    ("ff" * 18, None),
    ("00" * 18, None),
    ("", None),
)


@pytest.mark.parametrize(("raw", "sense"), SENSES)
def test_sense_in_both_formats(raw: str, sense: Sense | None) -> None:
    assert scsi.read_sense(bytes.fromhex(raw)) == sense


@given(st.integers(0, 15), st.integers(0, 255), st.integers(0, 255))
def test_sense_round_trip(key: int, asc: int, ascq: int) -> None:
    raw = scsi.build_sense(Sense(key, asc, ascq))
    assert len(raw) == 18
    assert scsi.read_sense(raw) == Sense(key, asc, ascq)


@pytest.mark.parametrize(
    ("sense", "words"),
    [
        (Sense(5, 0x20, 0), "illegal request, invalid command operation code"),
        (Sense(2, 0x3A, 0), "not ready, medium not present"),
        (Sense(5, 0x99, 1), "illegal request, asc 99 ascq 01"),
        (Sense(15, 0, 0), "key 0xf, asc 00 ascq 00"),
    ],
)
def test_sense_in_words(sense: Sense, words: str) -> None:
    assert str(sense) == words


# Building CDBs by their fields.


@pytest.mark.parametrize("name", sorted(scsi.CDBS))
def test_every_cdb_is_built_of_zeros_by_itself(name: str) -> None:
    cdb = scsi.build_cdb(name)
    assert len(cdb) in (6, 10, 12, 16)
    assert cdb[1 if name != "HUAWEI REWIND" else 2 :] == bytes(len(cdb) - (1 if name != "HUAWEI REWIND" else 2))
    assert dict(explain(cdb))["command"].startswith(name)


@pytest.mark.parametrize(
    ("name", "fields", "cdb"),
    [
        ("REQUEST SENSE", {"allocation": 18}, "030000001200"),
        ("INQUIRY", {"allocation": 36}, "120000002400"),
        ("START STOP UNIT", {"action": 2}, "1b0000000200"),
        ("PREVENT ALLOW MEDIUM REMOVAL", {"prevent": 1}, "1e0000000100"),
        ("READ(10)", {"lba": 16, "blocks": 1}, "28000000001000000100"),
        ("READ CAPACITY(10)", {}, "25" + "00" * 9),
        ("HUAWEI REWIND", {"host": 0x20, "new_pid": 1, "cd": 1, "green": 1}, "1106200000010100010000000000000 0"),
        ("HUAWEI REWIND", {"host": 0x30, "profile": 1}, "11063000000000010000000000000000"),
    ],
)
def test_build_cdb(name: str, fields: dict[str, int], cdb: str) -> None:
    assert scsi.build_cdb(name, **fields).hex() == cdb.replace(" ", "")


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("INQUIRY", {"allocaton": 1}),
        ("HUAWEI REWIND", {"reserved": 6}),
        ("HUAWEI REWIND", {"opcode": 1}),
        ("READ(10)", {"lba": 1 << 32}),
        ("READ(10)", {"blocks": -1}),
        ("INQUIRY", {"evpd": 256}),
    ],
)
def test_no_cdb_can_say_this(name: str, fields: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        scsi.build_cdb(name, **fields)


# Explaining.


@pytest.mark.parametrize(
    ("raw", "field", "meaning"),
    [
        ("55534253123456780000000000", "status", "0 (passed)"),
        ("55534253123456780300000001", "residue", "3 bytes"),
        ("55534253123456780000000002", "status", "2 (phase error)"),
        ("555342531234567800000000ff", "status", "255 (reserved)"),
        ("700005000000000a00000000240000000000", "sense", "illegal request, invalid field in CDB"),
        ("0003010000000000", "request", "0x03 (SET_FEATURE)"),
        ("0003010000000000", "request type", "0x00 (standard, device, to the device)"),
        ("c09a200100000000", "request type", "0xc0 (vendor, device, to the host)"),
        ("c09a200100000000", "value", "0x0120"),
        ("21ff000000000000", "request type", "0x21 (class, interface, to the device)"),
        ("ff00000000000100", "length", "1 bytes"),
        ("1b0000000200", "action", "2 (eject)"),
        ("1e0000000000", "prevent", "0 (allow)"),
        ("11062000000101000100000000000000", "green", "1 (work)"),
        ("1106", "host", "0x00 (windows)"),
        ("110699", "host", "0x99 (unknown)"),
        ("55534243123456780000000000000fee" + "00" * 15, "command", "opcode 0xee"),
        ("555342431234567800000000000006" + "1103" + "00" * 14, "command", "opcode 0x11"),
    ],
)
def test_explain(raw: str, field: str, meaning: str) -> None:
    assert explained(raw)[field] == meaning


@pytest.mark.parametrize(
    ("cbw", "legal"),
    [
        (scsi.build_cbw(bytes(6)), True),
        (scsi.build_cbw(bytes(16)), True),
        (scsi.build_cbw(bytes(6), cb_length=0), False),
        (scsi.build_cbw(bytes(6), cb_length=17), False),
        (scsi.build_cbw(bytes(6), lun=16), False),
    ],
)
def test_explain_says_what_is_not_legal(cbw: bytes, legal: bool) -> None:
    assert ("not legal BOT" not in dict(explain(cbw))["cb length"]) == legal


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        ("", "0 bytes"),
        ("55", "1 bytes"),
        ("55534243", "a message of 31 bytes, but has 4"),
        ("5553425312345678", "a message of 13 bytes, but has 8"),
        ("555342531234567800000000", "a message of 13 bytes, but has 12"),
        ("ff" * 31, "31 bytes that are no CBW"),
        ("ee" * 6, "known CDB"),
    ],
)
def test_explain_refuses_garbage(raw: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        explain(bytes.fromhex(raw))


@given(st.binary(max_size=40) | st.binary(max_size=30).map(lambda rest: b"\x11\x06" + rest))
def test_explain_never_breaks(raw: bytes) -> None:
    try:
        lines = explain(raw)
    except UsageError:
        return
    assert all(isinstance(field, str) and meaning.isprintable() for field, meaning in lines)


@given(st.binary(min_size=27, max_size=27))
def test_explain_takes_every_cbw(rest: bytes) -> None:
    assert explain(b"USBC" + rest)[0] == ("message", "CBW, Command Block Wrapper")


@given(st.binary(min_size=8, max_size=8))
def test_setup_packets_are_explained_whatever_they_hold(raw: bytes) -> None:
    if raw[:3] != b"USB":
        assert explain(raw)
