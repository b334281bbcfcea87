"""Ids, ports and classes as text; descriptors from a real stick, and from hostile ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeswitch.errors import BadDescriptors, UsageError
from modeswitch.usb.descriptors import LARGEST, Descriptors, Interface, Port, Triple, UsbId
from tests.support.sysfs_tree import STORAGE, descriptors

CAPTURE = Path(__file__).parent.parent / "captures" / "25_descriptors_12d1_1506_e173_ff03_ncm.txt"
PARTS = dict(line.split() for line in CAPTURE.read_text("utf-8").splitlines() if line.startswith(("DEVICE", "CONFIG")))
REAL = bytes.fromhex(PARTS["DEVICE"] + PARTS["CONFIG"])


@pytest.mark.parametrize(
    ("read", "text", "value", "canonical"),
    [
        (UsbId.parse, "12d1:1f01", UsbId(0x12D1, 0x1F01), "12d1:1f01"),
        (UsbId.parse, "12D1:1F01", UsbId(0x12D1, 0x1F01), "12d1:1f01"),
        (UsbId.parse, "0x12d1:0X1f01", UsbId(0x12D1, 0x1F01), "12d1:1f01"),
        (UsbId.parse, "1:2", UsbId(1, 2), "0001:0002"),
        (UsbId.parse, "ffff:0", UsbId(0xFFFF, 0), "ffff:0000"),
        (Port.parse, "1-1", Port(1, (1,)), "1-1"),
        (Port.parse, "1-1.4", Port(1, (1, 4)), "1-1.4"),
        (Port.parse, "12-1.2.3.4.5.6.7", Port(12, (1, 2, 3, 4, 5, 6, 7)), "12-1.2.3.4.5.6.7"),
        (Port.parse, "01-01.04", Port(1, (1, 4)), "1-1.4"),
        (Triple.parse, "02/0d/00", Triple(2, 0x0D, 0), "02/0d/00"),
        (Triple.parse, "FF/02/16", Triple(0xFF, 2, 0x16), "ff/02/16"),
    ],
)
def test_read_and_printed(
    read: Callable[[str], tuple[object, ...]], text: str, value: tuple[object, ...], canonical: str
) -> None:
    assert read(text) == value
    assert str(read(text)) == canonical
    assert read(canonical) == value


@given(st.builds(UsbId, st.integers(0, 0xFFFF), st.integers(0, 0xFFFF)))
def test_every_id_reads_back(usb: UsbId) -> None:
    assert UsbId.parse(str(usb)) == usb


@given(st.builds(Port, st.integers(1, 255), st.lists(st.integers(1, 255), min_size=1, max_size=7).map(tuple)))
def test_every_port_reads_back(port: Port) -> None:
    assert Port.parse(str(port)) == port


@given(st.builds(Triple, *[st.integers(0, 255)] * 3))
def test_every_triple_reads_back(triple: Triple) -> None:
    assert Triple.parse(str(triple)) == triple


MALFORMED = {
    UsbId.parse: (
        "",
        "12d1",
        "12d1:",
        ":1",
        "12d1:1f01:1",
        "12d11:1",
        "12g1:1",
        "-1:1",
        "12d1:1f01\n",
        " 12d1:1",
        "0x:1",
    ),
    Port.parse: (
        "",
        "1",
        "1-",
        "-1",
        "1-1.",
        "1-.1",
        "1-1..1",
        "0-1",
        "1-1-1",
        "1-1.2.3.4.5.6.7.8",
        "1-1\n",
        "usb1",
        "1-x",
    ),
    Triple.parse: ("", "02/0d", "02/0d/0", "2/d/0", "02/0d/000", "02/0d/gg", "02-0d-00", "02/0d/00/", "02/0d/00\n"),
}


@pytest.mark.parametrize(("read", "text"), [(read, text) for read, texts in MALFORMED.items() for text in texts])
def test_malformed_is_a_usage_error(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(UsageError) as raised:
        read(text)
    assert raised.value.status == 2
    assert raised.value.message.startswith(repr(text))
    assert raised.value.hint


@given(st.text("0123456789abcdefxX:-./ \n", max_size=12))
def test_any_text_is_a_value_or_a_usage_error(text: str) -> None:
    for read in (UsbId.parse, Port.parse, Triple.parse):
        try:
            read(text)
        except UsageError:
            continue


# The real stick of capture 25.


def test_the_captured_stick() -> None:
    """Its interfaces are what the capture's own comment says."""
    found = Descriptors.parse(REAL)
    assert str(found.id) == "12d1:1506"
    assert len(found.configurations) == 1
    functions = found.configurations[0].functions
    assert [str(interface.triple) for interface in functions] == [
        *("ff/03/01", "ff/03/16", "ff/03/03", "ff/03/02", "08/06/50", "08/06/50"),
    ]
    assert [len(interface.endpoints) for interface in functions] == [3, 1, 2, 2, 2, 2]
    ncm = [interface for interface in found.configurations[0].interfaces if interface.number == 1]
    assert [(interface.alternate, len(interface.endpoints)) for interface in ncm] == [(0, 1), (1, 3)]


def test_the_captured_sticks_bulk_endpoints() -> None:
    modem, ncm, *_ = Descriptors.parse(REAL).configurations[0].functions
    assert (modem.bulk(is_in=True), modem.bulk(is_in=False)) == (0x82, 0x02)
    assert (ncm.bulk(is_in=True), ncm.bulk(is_in=False)) == (None, None)


def test_the_active_configuration() -> None:
    found = Descriptors.parse(REAL)
    assert found.configuration(1) is found.configurations[0]
    assert found.configuration(0) is None
    assert found.configuration(None) is None


@pytest.mark.parametrize("length", range(len(REAL)))
def test_cut_at_every_byte(length: int) -> None:
    with pytest.raises(BadDescriptors):
        Descriptors.parse(REAL[:length])


def read(raw: bytes) -> str:
    """What is wrong with it, or nothing."""
    try:
        Descriptors.parse(raw)
    except BadDescriptors as error:
        return error.message
    return ""


@settings(max_examples=400)
@given(st.integers(0, len(REAL) - 1), st.integers(0, 255))
def test_each_byte_changed(at: int, value: int) -> None:
    assert read(REAL[:at] + bytes([value]) + REAL[at + 1 :]).isprintable()


@given(st.binary(max_size=200) | st.binary(max_size=100).map(lambda rest: REAL[:27] + rest))
def test_random_bytes(raw: bytes) -> None:
    assert read(raw).isprintable()


def test_bytes_after_the_last_configuration_are_nobodys() -> None:
    assert Descriptors.parse(REAL + b"\0\xff\xff") == Descriptors.parse(REAL)


# Lengths and counts that lie.

GOOD = descriptors("12d1:1f01")


def changed(at: int, value: int) -> bytes:
    return GOOD[:at] + bytes([value]) + GOOD[at + 1 :]


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (b"", "no device descriptor in nothing"),
        (changed(0, 17), "no device descriptor"),
        (changed(1, 2), "no device descriptor"),
        (changed(17, 2), "configuration 2 of 2 is missing"),
        (changed(17, 9), "bNumConfigurations 9"),
        (changed(17, 255), "bNumConfigurations 255"),
        (changed(18, 8), "configuration 1 of 1 is missing"),
        (changed(19, 4), "configuration 1 of 1 is missing"),
        (changed(20, 8), "wTotalLength 8"),
        (changed(20, 33), "wTotalLength 33"),
        (changed(21, 255), "wTotalLength 65312"),
        (changed(22, 2), "bNumInterfaces 2, but 1"),
        (changed(22, 0), "bNumInterfaces 0, but 1"),
        (changed(27, 0), "bLength 0 at byte 9"),
        (changed(27, 1), "bLength 1 at byte 9"),
        (changed(27, 24), "bLength 24 at byte 9"),
        (changed(27, 8), "an interface descriptor of 8 bytes"),
        (changed(31, 1), "has 2 endpoints, bNumEndpoints says 1"),
        (changed(31, 3), "has 2 endpoints, bNumEndpoints says 3"),
        (changed(28, 5), "outside an interface"),
        (changed(36, 6), "an endpoint descriptor of 6 bytes"),
    ],
)
def test_lies_are_told(raw: bytes, complaint: str) -> None:
    with pytest.raises(BadDescriptors, match=complaint):
        Descriptors.parse(raw)


def test_the_good_one_is_good() -> None:
    found = Descriptors.parse(GOOD)
    assert found.configurations[0].functions == (
        Interface(0, 0, Triple(8, 6, 0x50), found.configurations[0].interfaces[0].endpoints),
    )


def test_a_second_configuration() -> None:
    """A device with an MBIM configuration behind its first."""
    two = bytearray(GOOD)
    two[17] = 2
    raw = bytes(two) + descriptors("12d1:1f01", value=2)[18:]
    assert [configuration.value for configuration in Descriptors.parse(raw).configurations] == [1, 2]


def test_the_bound() -> None:
    """64 KiB are read, one byte more is refused before anything is looked at."""
    Descriptors.parse(GOOD + bytes(LARGEST - len(GOOD)))
    with pytest.raises(BadDescriptors, match="65537 bytes of descriptors"):
        Descriptors.parse(GOOD + bytes(LARGEST + 1 - len(GOOD)))


def test_a_configuration_full_of_endpoints_is_read_quickly() -> None:
    """The most that fits: the effort grows with the bytes and not with their square."""
    endpoint = bytes.fromhex("07058102000200")
    interface = bytes([9, 4, 0, 0, 255, 8, 6, 0x50, 0]) + endpoint * 255
    raw = descriptors("12d1:1f01", b"".join(interface[:2] + bytes([n]) + interface[3:] for n in range(30)), 30)
    assert len(Descriptors.parse(raw).configurations[0].interfaces) == 30


def test_class_descriptors_are_passed_over() -> None:
    raw = descriptors("12d1:1f01", STORAGE[:9] + bytes.fromhex("0524001001") + STORAGE[9:])
    assert len(Descriptors.parse(raw).configurations[0].interfaces[0].endpoints) == 2
