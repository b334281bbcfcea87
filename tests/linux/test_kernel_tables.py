"""The tables of kernels that were read: their form, their kernels, and how the one measures up to the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.errors import ModeswitchError
from modeswitch.linux import kernel_tables
from modeswitch.linux.kernel_tables import KernelTables, parse_version, shipped
from modeswitch.linux.modules import KNOWN, DriverIndex
from modeswitch.modem.drivers import tabled_drivers
from modeswitch.modem.roles import HUAWEI, SERIAL, role
from modeswitch.usb.descriptors import Triple, UsbId
from tools.pack_kernel_tables import pack, ranges

OLD = """\
# sources of 4.4
alias usb:v*p*d*dc*dsc*dp*ic02isc06ip00in* cdc_ether
alias usb:v*p*d*dc*dsc*dp*ic08isc06ip50in* usb_storage
alias usb:v12D1p*d*dc*dsc*dp*icFFisc02ip12in* option
alias usb:v12D1p14ACd*dc*dsc*dp*ic*isc*ip*in01* qmi_wwan
"""
NEW = OLD.replace("4.4", "6.1") + "alias usb:v2C7Cp0125d*dc*dsc*dp*icFFisc*ip*in* option\n"
PACKED = pack({"4.4.0": OLD, "6.1.50": NEW}, "2026-01-01")
TABLES = KernelTables(PACKED)


def test_what_is_packed_is_read_again() -> None:
    assert TABLES.kernels == ((4, 4, 0), (6, 1, 50))
    assert TABLES.newest == (6, 1, 50)
    assert TABLES.sources[(4, 4, 0)] == "sources of 4.4"
    old, new = TABLES.of((4, 4, 0)), TABLES.of((6, 1, 50))
    for table in (old, new):
        assert table.binding(HUAWEI, Triple.parse("ff/02/12")) == ["option"]
        assert table.binding(HUAWEI, Triple.parse("02/06/ff"), 0x14AC, 1) == ["qmi_wwan"]
        assert table.binding(HUAWEI, Triple.parse("02/06/ff"), 0x14AC, 2) == []
        assert table.binding(0x19D2, Triple.parse("02/06/00")) == ["cdc_ether"]
        assert table.binding(0x19D2, Triple.parse("08/06/50")) == ["usb-storage"]
    assert not old.can_drive(0x2C7C, Triple.parse("ff/ff/30"), 0x0125)
    assert new.can_drive(0x2C7C, Triple.parse("ff/ff/30"), 0x0125)


def test_the_drivers_that_name_a_product() -> None:
    assert TABLES.naming(0x2C7C, 0x0125) == {"option"}
    assert TABLES.naming(HUAWEI, 0x14AC) == {"qmi_wwan"}
    assert TABLES.naming(HUAWEI, 0x1506) == set()


def test_the_packed_file_says_its_licence_its_date_and_its_sources() -> None:
    assert PACKED.startswith("# SPDX-License-Identifier: GPL-2.0-only\n")
    assert "read 2026-01-01." in PACKED
    assert "\nkernel 6.1.50 sources of 6.1\n" in PACKED


@pytest.mark.parametrize(("numbers", "text"), [([0], "0"), ([0, 1, 2, 4], "0-2,4"), ([3, 5, 6], "3,5-6")])
def test_ranges(numbers: list[int], text: str) -> None:
    assert ranges(numbers) == text


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("3.10.108", (3, 10, 108)),
        ("5.4.0", (5, 4, 0)),
        ("5.4.0-42-generic", (5, 4)),
        ("6.12.118+deb13-amd64", (6, 12, 118)),
        ("2.6", (2, 6)),
        ("6", ()),
        ("", ()),
        ("x", ()),
        ("9" * 5000, ()),
    ],
)
def test_versions(text: str, version: tuple[int, ...]) -> None:
    assert parse_version(text) == version


def test_the_shipped_file_has_debians_kernels() -> None:
    series = {kernel[:2] for kernel in shipped().kernels if shipped().sources[kernel].startswith("Debian ")}
    assert {(5, 10), (6, 1), (6, 12)} <= series
    assert shipped().kernels == tuple(sorted(shipped().kernels))
    assert len(Path(kernel_tables.PATH).read_bytes()) < 64 * 1024


def test_an_installation_without_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(kernel_tables, "PATH", str(tmp_path / "none"))
    shipped.cache_clear()
    with pytest.raises(ModeswitchError, match="none"):
        shipped()
    monkeypatch.undo()
    shipped.cache_clear()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (PACKED, ""),
        ("kernel 4.4.0 ", "kernel x "),
        ("kernel 4.4.0 ", "kernel 4.4 "),
        ("kernel 4.4.0 sources of 4.4", "kernel 4.4.0"),
        ("12d1 option ", "12d1 option"),
        ("12d1 option ", "12d1 option x "),
        ("12d1 option 0", "12d1 option x"),
        ("12d1 option 0", "12d1 option 0--"),
    ],
)
def test_an_installation_with_a_damaged_file(
    old: str, new: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(kernel_tables, "PATH", str(tmp_path / "damaged"))
    (tmp_path / "damaged").write_text(PACKED.replace(old, new), "ascii")
    with pytest.raises(ModeswitchError, match="damaged") as raised:
        shipped.__wrapped__().bound(HUAWEI, Triple.parse("ff/02/12"))
    assert "install it again" in raised.value.hint


def test_a_kernel_that_is_not_named_takes_no_memory() -> None:
    """Of all the numbers that a damaged line names those of kernels are looked at."""
    tables = KernelTables(PACKED.replace("12d1 option 0", "12d1 option 0-99999999999999999999,0"))
    assert tables.bound(HUAWEI, Triple.parse("ff/02/12")) == TABLES.bound(HUAWEI, Triple.parse("ff/02/12"))


def test_what_a_loaded_driver_is_taken_to_bind_is_what_the_newest_kernel_has() -> None:
    newest = shipped().of(shipped().newest)
    for driver, lines in KNOWN.items():
        for line in lines:
            device, triple = line.split()
            vendor, _, product = device.partition(":")
            maker, made = (HUAWEI if vendor == "*" else int(vendor, 16)), int(product or "fffe", 16)
            assert driver in newest.binding(maker, Triple.parse(triple), made), line


def test_no_driver_is_expected_that_the_newest_kernel_has_not() -> None:
    """1536 classes of Huawei's: the table said option for 1110 that option never binds."""
    newest, usb = shipped().of(shipped().newest), UsbId(HUAWEI, 0xFFFE)
    triples = [Triple(0xFF, sub, proto) for sub in range(1, 7) for proto in range(256)]
    wrong = []
    for triple in triples:
        expected = tabled_drivers(usb, triple, role(triple, HUAWEI))
        if expected and list(expected) != newest.binding(HUAWEI, triple):
            wrong.append(triple)
    bound = [triple for triple in triples if newest.can_drive(HUAWEI, triple)]
    assert not wrong
    assert len(bound) == 359
    assert {role(triple, HUAWEI) for triple in bound if newest.binding(HUAWEI, triple) == ["option"]} <= set(SERIAL)
    # What a host without an index is taken to bind, by the small table, is never more than that.
    small = DriverIndex(None, KNOWN)
    assert all(set(small.binding(HUAWEI, triple)) <= set(newest.binding(HUAWEI, triple)) for triple in triples)
