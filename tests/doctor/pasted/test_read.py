"""A pasted text as a whole: every capture, mangled in each way that forums mangle, several formats, bounds, random."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeswitch.doctor.pasted.clean import LONGEST_LINE
from modeswitch.doctor.pasted.draft import MOST
from modeswitch.doctor.pasted.form import Form
from modeswitch.doctor.pasted.notes import MOST_DEVICES
from modeswitch.doctor.pasted.read import FORMS, MOST_BYTES, MOST_LINES, decode, read
from tests.support.captures import ALL, LINES, LSUSB, LSUSB_T, NAMES, raw
from tests.support.pasted import devices, shown

pytestmark = pytest.mark.slow


class Want(NamedTuple):
    """What a capture says: its devices as lines, and what stands around them."""

    devices: tuple[str, ...]
    forms: tuple[str, ...] = ()
    ttys: str = ""
    networks: str = ""
    earlier: str = ""
    more: str = ""


LIST, LOG = ("usb-devices",), ("dmesg",)
STORAGE = "08/06/50:usb-storage"
E1436 = "12d1:1436@- 0=ff/ff/ff:option 1=02/06/ff:cdc_ether 2=0a/00/00:cdc_ether 3=ff/ff/ff:option"
WHOLE: dict[str, Want] = {
    "01": Want(
        (f"12d1:15b6@2-1 0=ff/02/12:option 1=ff/02/10:option 2=ff/02/16:huawei_cdc_ncm 3={STORAGE} 4={STORAGE}",),
        LIST,
    ),
    "02": Want((f"12d1:15b6@(2, 28) 0=ff/03/12:option 1=ff/03/10:option 2=ff/03/16:huawei_cdc_ncm 3={STORAGE}",), LIST),
    "03": Want(
        ("12d1:15b6@2-1.3 0=-:option 1=-:option 2=-:huawei_cdc_ncm 3=-:usb-storage",),
        LOG,
        ttys="ttyUSB0=0 ttyUSB1=1",
        networks="wwan0",
    ),
    "05": Want(
        ("12d1:1506@1-1.2 0=ff/03/12:option 1=ff/03/16:option",), ("usb-devices", "dmesg"), ttys="ttyUSB0=0 ttyUSB1=1"
    ),
    "06": Want(
        ("no-id@1-1 0=-:cdc_ether", "12d1:14dc@1-1 0=02/06/00:cdc_ether 1=0a/00/00:cdc_ether 2=08/06/50:none"),
        ("usb-devices", "dmesg"),
        networks="usb0",
    ),
    "07": Want(("12d1:14db@1-12 0=-:cdc_ether",), LOG, networks="enx001e101f0000", earlier="12d1:1f01"),
    "08": Want(
        ("12d1:1506@1-1 0=-:option 1=-:option 2=-:option 3=-:huawei_cdc_ncm",),
        ("log of a program", "usb_modeswitch", "dmesg"),
        ttys="ttyUSB0=0 ttyUSB1=1 ttyUSB2=2",
        networks="wwan0",
    ),
    "09": Want(("12d1:1506@1-1.5.2 4=-:usb-storage 5=-:usb-storage",), LOG, earlier="12d1:14fe"),
    "11": Want(("12d1:1506@2-4 0=-:option 2=-:usb-storage 3=-:usb-storage",), LOG, ttys="ttyUSB0=0"),
    "13": Want(
        ("12d1:155e@3-3 0=-:option 1=-:option 2=-:option 3=-:cdc_ncm",),
        LOG,
        ttys="ttyUSB0=0 ttyUSB1=1 ttyUSB2=2",
        networks="wwan0",
    ),
    "15": Want(
        ("12d1:1506@2-4 0=-:option 1=-:option",), ("dmesg", "usb_modeswitch"), ttys="ttyUSB0=0", earlier="12d1:14fe"
    ),
    "16": Want(("no-id@2-1 0=-:usb-storage",), LOG, more="CD-ROM: HUAWEI Mass Storage 2.31"),
    "17": Want(("no-id@1-1",), LOG, earlier="12d1:1f01"),
    "19": Want(
        (
            f"12d1:1003@- 0=ff/ff/ff:option 1=ff/ff/ff:option 2={STORAGE} 3={STORAGE}",
            f"12d1:140c@- 0=ff/ff/ff:option 1=ff/ff/ff:qmi_wwan 2=ff/ff/ff:option 3=ff/ff/ff:option 4={STORAGE}",
            "12d1:14ac@- 0=ff/ff/ff:option 1=02/06/ff:qmi_wwan 2=0a/00/00:qmi_wwan 3=ff/ff/ff:option 4=ff/ff/ff:option",
            f"{E1436} 4=ff/ff/ff:option 5={STORAGE} 6={STORAGE}",
            f"12d1:1c05@- 0=ff/ff/ff:option 1=ff/ff/ff:option 2=ff/ff/ff:option 3={STORAGE} 4={STORAGE}",
            f"12d1:1526@- 0={STORAGE}",
        ),
        LIST,
    ),
    "21": Want(("3566:2001@1-3.4.4 0=-:usb-storage",), LOG, more="CD-ROM: Linux File-Stor Gadget 0310"),
    "22": Want(("12d1:1f1c@- 0=08/06/50:?",), ("lsusb -v",), more="Vodafone(Huawei)"),
    "23": Want(("12d1:1c05@1-1.2 0=-:option 1=-:option",), LOG, ttys="ttyUSB0=0", more="bad CDC descriptors"),
    "24": Want(("12d1:14dc@1-1.1 0=-:cdc_ether",), LOG, networks="eth0", earlier="12d1:1f01"),
    "25": Want(
        ("12d1:1506@- 0=ff/03/01:? 1=ff/03/16:? 2=ff/03/03:? 3=ff/03/02:? 4=08/06/50:? 5=08/06/50:?",),
        ("descriptors in hex",),
    ),
    "26": Want((), ("AT answers",)),
    "27": Want((), ("switching messages",)),
    "29": Want((), ()),
}
"""Capture → what stands in it."""


def test_every_capture_is_here() -> None:
    assert {name[:2] for name in NAMES} == set(WHOLE)


@pytest.mark.parametrize("capture", WHOLE)
def test_a_capture_is_understood_as_far_as_it_goes(capture: str) -> None:
    want, text = WHOLE[capture], read(raw(capture))
    assert tuple(map(shown, text.devices)) == want.devices
    assert text.forms == want.forms
    assert not text.truncated
    assert " ".join(f"{name}={number}" for one in text.devices for name, number in one.ttys) == want.ttys
    assert " ".join(name for one in text.devices for name in one.networks) == want.networks
    assert " ".join(str(usb) for one in text.devices for usb in one.earlier_ids) == want.earlier
    around = " ".join(word for one in text.devices for word in (*one.strings, *one.disks, *one.kernel_errors))
    assert want.more in around
    if want.forms:
        assert text.understood >= text.lines - 4


def test_the_seed_names_its_list_and_the_age_of_its_kernel() -> None:
    text = read(raw("05"))
    assert text.port_lists == ("FF;12,16",)
    assert text.kernel == "2.6"


def test_what_a_listing_and_a_log_say_of_one_device_comes_together() -> None:
    listing = raw("02").replace(b"Dev#= 28", b"Dev#= 11").replace(b"Driver=huawei_cdc_ncm", b"")
    (pasted,) = read(listing + raw("03")).devices
    assert shown(pasted).startswith("12d1:15b6@2-1.3 0=ff/03/12:option")
    assert pasted.networks == ("wwan0",)
    assert pasted.interfaces[2].driver == "huawei_cdc_ncm"


@pytest.mark.parametrize(
    ("line", "kernel"),
    [
        ("[    0.000000] Linux version 3.10.108-asus (gcc 4.5.3) #1 SMP", "3.10.108-asus"),
        ("Linux router 4.9.37 #1 SMP PREEMPT armv7l GNU/Linux", "4.9.37"),
        ("S:  Manufacturer=Linux 2.6.22.19 ehci_hcd", "2.6.22.19"),
        ("usb usb1: Manufacturer: Linux 6.1.0-18-amd64 xhci-hcd", "6.1.0-18-amd64"),
        ("  iManufacturer           3 Linux 5.15.0-91-generic xhci-hcd", "5.15.0-91-generic"),
        ("drivers/usb/serial/option.c: USB Driver for GSM modems: v0.7.2", "2.6"),
        ("usbcore: registered new interface driver option", ""),
    ],
)
def test_kernel(line: str, kernel: str) -> None:
    assert read(line.encode()).kernel == kernel


def test_an_lsusb_and_its_tree_come_together() -> None:
    both = ["12d1:15b6@2-1.3 0=-:option 1=-:option 2=-:none 3=-:usb-storage", "1d6b:0002@(2, 1)", "no-id@2-1 0=-:hub"]
    assert devices(LSUSB + LSUSB_T) == devices(LSUSB_T + LSUSB) == both


@pytest.mark.parametrize(
    ("lines", "understood", "examples"),
    [
        ("# usb 1-1: New USB device\n\n---\n", 0, ()),
        ("hello\nP: Vendor=12d1 ProdID=1506\nw\x1b\x07\n", 1, ("hello", "w\\x1b\\x07")),
        ("a\nb\nc\nd\n", 0, ("a", "b", "c")),
    ],
)
def test_lines_that_are_not_understood(lines: str, understood: int, examples: tuple[str, ...]) -> None:
    text = read(lines.encode())
    assert (text.understood, text.not_understood) == (understood, examples)


# Mangling.


def quoted(text: str) -> str:
    return "".join(f"> {line}\n" for line in text.splitlines())


def numbered(text: str) -> str:
    return "".join(f"{number:4}: {line}\n" for number, line in enumerate(text.splitlines(), 1))


def folded(text: str) -> str:
    return " ".join(line for line in text.splitlines() if not line.startswith("#"))


MANGLES: dict[str, Callable[[str], bytes]] = {
    "crlf": lambda text: text.replace("\n", "\r\n").encode(),
    "cr": lambda text: text.replace("\n", "\r").encode(),
    "bom": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16 without its mark": lambda text: text.encode("utf-16-le"),
    "latin-1": lambda text: (text + "caf\xe9\n").encode("latin-1"),
    "nuls": lambda text: text.replace(" ", "\0 ").encode(),
    "quoted": lambda text: quoted(quoted(text)).encode(),
    "numbered": lambda text: numbered(text).encode(),
    "indented": lambda text: re.sub("^", "\t   ", text, flags=re.MULTILINE).encode(),
}


@pytest.mark.parametrize("how", MANGLES)
@pytest.mark.parametrize("capture", ["01", "05", "07", "13", "19"])
def test_mangled_it_says_the_same(capture: str, how: str) -> None:
    text = raw(capture).decode()
    assert [shown(one) for one in read(MANGLES[how](text)).devices] == list(WHOLE[capture].devices)


@pytest.mark.parametrize("capture", ["01", "02", "19"])
def test_a_listing_that_lost_its_line_ends(capture: str) -> None:
    text = folded(raw(capture).decode())
    found = [shown(one) for one in read(text.encode()).devices]
    assert [line.replace("(2, 28)", "-") for line in found] == [
        line.replace("(2, 28)", "-") for line in WHOLE[capture].devices
    ]


def test_the_bounds() -> None:
    assert read(b"x y\n" * MOST_BYTES).truncated
    assert not read(b"x y\n").truncated
    many = b"".join(b"P: Vendor=12d1 ProdID=%04x\n" % number for number in range(500))
    assert len(read(many).devices) == 64
    long = b"S:  Product=" + b"\x1b]0;x\x07" * LONGEST_LINE
    (pasted,) = read(b"P: Vendor=12d1 ProdID=1506\n" + long).devices
    assert pasted.strings[1].isprintable()
    assert len(pasted.strings[1]) < 400


def test_a_character_that_the_bound_cuts_does_not_make_it_latin_1() -> None:
    assert decode("schön".encode()[:-2]) == "sch"


def test_nothing_at_all() -> None:
    text = read(b"")
    assert (text.devices, text.lines, text.not_understood) == ((), 0, ())


@given(st.sets(st.integers(0, len(LINES) - 1), max_size=len(LINES)), st.randoms(use_true_random=False))
def test_lines_missing_and_out_of_order_never_raise(gone: set[int], random: Random) -> None:
    kept = [line for number, line in enumerate(LINES) if number not in gone]
    random.shuffle(kept)
    read(b"".join(kept))


@given(st.lists(st.tuples(st.integers(0, len(ALL) - 1), st.binary(max_size=4)), max_size=40))
def test_bytes_changed_never_raise(changes: list[tuple[int, bytes]]) -> None:
    text = bytearray(ALL)
    for at, new in changes:
        text[at : at + len(new)] = new
    read(bytes(text))


@given(st.binary(max_size=2000))
def test_any_bytes_never_raise(text: bytes) -> None:
    read(text)


@given(st.lists(st.sampled_from(FORMS), min_size=1, max_size=20), st.data())
def test_any_line_that_a_form_takes_never_raises(forms: list[Form], data: st.DataObject) -> None:
    lines = [data.draw(st.from_regex(form.pattern), label="line") for form in forms]
    read("\n".join(lines).encode("utf-8", "surrogatepass"))


@given(st.binary(max_size=300), st.integers(0, 2000))
def test_bytes_over_a_part_of_the_seed_never_raise(new: bytes, at: int) -> None:
    text = bytearray(raw("05"))
    text[at : at + len(new)] = new
    read(bytes(text))


def test_of_many_ports_only_so_many_are_kept() -> None:
    """What a log tells of more is read and dropped: neither time nor memory grows with them."""
    ports = (f"1-{one}.{two}" for one in range(1, 100) for two in range(1, 100))
    raw = "".join(f"usb {port}: new high-speed USB device number 2 using xhci_hcd\n" for port in ports).encode()
    assert len(read(raw).devices) == MOST_DEVICES
    assert len(read(b"".join(b"AT^SETPORT=FF;%d,%d\n" % (n % 99, n // 99) for n in range(500))).port_lists) == MOST


def test_utf_16_as_an_editor_of_windows_saves_it() -> None:
    text = "Bus 001 Device 005: ID 12d1:1506 Huawei"
    for order in ("utf-16-le", "utf-16-be"):
        raw = ("\ufeff" + text).encode(order)
        assert [str(one.id) for one in read(raw).devices] == ["12d1:1506"]


def test_of_many_lines_only_so_many_are_read() -> None:
    text = "Bus 001 Device 004: ID 12d1:1f01\n" + "usb 1-9: x\n" * MOST_LINES + "Bus 001 Device 005: ID 12d1:1506\n"
    found = read(text.encode())
    assert found.truncated
    assert [str(one.id) for one in found.devices] == ["12d1:1f01"]
