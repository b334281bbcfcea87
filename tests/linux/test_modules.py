"""Which drivers a host has: read from a made-up module index, in the forms that depmod and the kernel's build write."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from modeswitch import files
from modeswitch.errors import UsageError
from modeswitch.linux.modules import KNOWN, DriverIndex, ModuleIndex, of_folder, of_this_host
from modeswitch.usb.descriptors import Triple

CAPTURE = Path(__file__).parent.parent / "captures" / "29_kernel_6.1_huawei_bindings.txt"
ALIASES = """\
# Aliases extracted from modules themselves.
alias usb:v12D1p*d*dc*dsc*dp*icFFisc02ip16in* huawei_cdc_ncm
alias usb:v12D1p*d*dc*dsc*dp*icFFisc02ip46in* huawei_cdc_ncm
alias usb:v*p*d*dc*dsc*dp*ic02isc0Dip00in* cdc_ncm
alias usb:v*p*d*dc*dsc*dp*ic02isc0Dip00in* cdc_mbim
alias usb:v*p*d*dc*dsc*dp*ic02isc0Eip00in* cdc_mbim
alias usb:v12D1p1C05d*dc*dsc*dp*ic02isc02ipFFin* option
alias usb:v12D1p*d*dc*dsc*dp*icFFisc01ip12in* option
alias usb:v19D2p*d*dc*dsc*dp*icFFisc03ip16in* somebody_elses
alias usb:v*p*d*dc*dsc*dp*ic08isc06ip50in* usb_storage
alias pci:v000012D1d*sv*sd*bc*sc*i* no_usb
"""
BUILTIN = b"cdc_ether.license=GPL\0cdc_ether.alias=usb:v*p*d*dc*dsc*dp*ic02isc06ip00in*\0cdc_ether.file=drivers/x\0"
HUAWEI = 0x12D1


def folder(tmp_path: Path, aliases: str = ALIASES, builtin: bytes = BUILTIN) -> Path:
    path = tmp_path / "6.1.0-test"
    path.mkdir(parents=True)
    if aliases:
        (path / "modules.alias").write_text(aliases)
    if builtin:
        (path / "modules.builtin.modinfo").write_bytes(builtin)
    return path


def test_an_index_is_read_again_once_it_is_another_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after an upgrade of the kernel's modules below a service that stays; until then it is read once for all."""
    there, read, count = folder(tmp_path), files.read_start, list[str]()

    def noted(path: str, most: int) -> bytes:
        count.append(path)
        return read(path, most)

    monkeypatch.setattr(files, "read_start", noted)
    ncm = Triple.parse("ff/02/16")
    assert [of_folder(str(there)).binding(HUAWEI, ncm) for _ in range(3)] == [["huawei_cdc_ncm"]] * 3
    assert len(count) == 2
    (there / "modules.alias").write_text(ALIASES.replace("huawei_cdc_ncm", "another_cdc_ncm"))
    assert of_folder(str(there)).binding(HUAWEI, ncm) == ["another_cdc_ncm"]
    (there / "modules.alias").unlink()
    assert of_folder(str(there)).binding(HUAWEI, ncm) == []
    (there / "modules.builtin.modinfo").unlink()
    with pytest.raises(UsageError):
        of_folder(str(there))


@pytest.mark.parametrize(
    ("triple", "drivers"),
    [
        ("ff/02/16", ["huawei_cdc_ncm"]),
        ("ff/03/16", []),
        ("ff/02/76", []),
        ("02/0d/00", ["cdc_ncm"]),
        ("02/0e/00", ["cdc_mbim"]),
        ("02/06/00", ["cdc_ether"]),
        ("02/02/ff", []),
        ("ff/01/12", ["option"]),
        ("08/06/50", ["usb_storage"]),
    ],
)
def test_binding(triple: str, drivers: list[str], tmp_path: Path) -> None:
    host = of_folder(str(folder(tmp_path)))
    assert host.binding(HUAWEI, Triple.parse(triple)) == drivers
    assert host.can_drive(HUAWEI, Triple.parse(triple)) is bool(drivers)


@pytest.mark.parametrize(
    ("aliases", "builtin", "ecm", "ncm"), [(ALIASES, b"", False, True), ("", BUILTIN, True, False)]
)
def test_one_of_the_two_is_enough(aliases: str, builtin: bytes, ecm: bool, ncm: bool, tmp_path: Path) -> None:
    host = of_folder(str(folder(tmp_path, aliases, builtin)))
    assert host.can_drive(HUAWEI, Triple.parse("02/06/00")) is ecm
    assert host.can_drive(HUAWEI, Triple.parse("02/0d/00")) is ncm


@pytest.mark.parametrize("name", ["nothing", "nonexistent"])
def test_a_folder_without_an_index_is_an_error(name: str, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    with pytest.raises(UsageError, match=r"modules\.alias"):
        of_folder(str(tmp_path / name))


def test_a_host_without_an_index_is_judged_by_what_is_loaded(tmp_path: Path) -> None:
    for name in ("cdc_ncm", "option", "usb"):
        (tmp_path / "sys/bus/usb/drivers" / name).mkdir(parents=True)
    host = of_this_host(str(tmp_path / "sys"), str(tmp_path / "nowhere"))
    assert host.binding(HUAWEI, Triple.parse("02/0d/00")) == ["cdc_ncm"]
    assert host.can_drive(HUAWEI, Triple.parse("02/0d/00")) is True
    # Nobody can tell: the module may be there all the same.
    assert host.can_drive(HUAWEI, Triple.parse("ff/02/16")) is None


def test_a_loaded_driver_that_the_index_tells_of_is_not_taken_from_the_table(tmp_path: Path) -> None:
    (tmp_path / "sys/bus/usb/drivers/huawei_cdc_ncm").mkdir(parents=True)
    path = folder(tmp_path / "modules")
    path.rename(path.with_name(platform.release()))
    host = of_this_host(str(tmp_path / "sys"), str(tmp_path / "modules"))
    assert host.can_drive(HUAWEI, Triple.parse("ff/02/16")) is True
    assert host.can_drive(HUAWEI, Triple.parse("ff/03/16")) is False


def test_a_built_in_driver_without_an_alias_is_known_by_its_folder(tmp_path: Path) -> None:
    (tmp_path / "sys/bus/usb/drivers/rndis_host").mkdir(parents=True)
    path = folder(tmp_path / "modules")
    path.rename(path.with_name(platform.release()))
    host = of_this_host(str(tmp_path / "sys"), str(tmp_path / "modules"))
    assert host.binding(HUAWEI, Triple.parse("e0/01/03")) == ["rndis_host"]


@pytest.mark.parametrize("name", ["usb-storage", "usb_storage"])
def test_a_name_is_one_with_a_hyphen_or_without(name: str) -> None:
    """The index speaks of usb_storage, sysfs of usb-storage: it tells all of it, and the table nothing."""
    index = b"alias usb:v*p*d*dc*dsc*dp*ic08isc06ip62in* usb_storage\n"
    assert DriverIndex(index, (name,)).binding(HUAWEI, Triple.parse("08/06/50")) == []
    assert DriverIndex(b"alias x y\n", ("usb-storage",)).binding(HUAWEI, Triple.parse("08/06/50")) == ["usb-storage"]


VENDORS, PAIR = b"usb:v12D1p*d*dc*dsc*dp*icFFisc02ip16in*", "ff/02/16"


@pytest.mark.parametrize(
    ("index", "binds"),
    [
        (b"alias " + VENDORS + b" x", True),
        (b"alias " + VENDORS + b" x\n", True),
        (b"x.alias=" + VENDORS, True),
        (b"x.alias=" + VENDORS + b"\0", True),
        (b"y.alias=usb:v*p*d*dc*dsc*dp*ic03isc*ip*in*\0x.alias=" + VENDORS + b"\0z.license=GPL\0", True),
        (b"alias usb:v*p*d*dc*dsc*dp*ic03isc*ip*in* y\nalias " + VENDORS + b" x\nalias a b\n", True),
        (b"alias usb:v12D1p*d*dc*dsc*dp*icFFisc*ip*in* x\n", True),
        (b"alias usb:v*p*d*dc*dsc*dp*icFFisc02ip*in* x\n", True),
        # Not for every product of the vendor, not for its class, not this vendor, not an alias.
        (b"alias usb:v12D1p1506d*dc*dsc*dp*icFFisc02ip16in* x\n", False),
        (b"alias usb:v12D1p*d*dc*dsc*dp*ic*isc*ip*in* x\n", False),
        (b"alias usb:v12D1p*d*dc*dsc*dp*icFFisc03ip16in* x\n", False),
        (b"alias usb:v12D2p*d*dc*dsc*dp*icFFisc02ip16in* x\n", False),
        (b"alias " + VENDORS + b" x more\n", False),
        (b"alias " + VENDORS + b"\n", False),
        (b"x.alias=y.alias=" + VENDORS + b"\0", False),
    ],
)
def test_each_form_of_an_alias(index: bytes, binds: bool) -> None:
    assert DriverIndex(index).binding(HUAWEI, Triple.parse(PAIR)) == (["x"] if binds else [])


PRODUCT = b"alias usb:v12D1p1C05d*dc*dsc*dp*"


@pytest.mark.parametrize(
    ("index", "triple", "product", "number", "drivers"),
    [
        (PRODUCT + b"ic02isc02ipFFin* x", "02/02/ff", 0x1C05, 0, ["x"]),
        (PRODUCT + b"ic02isc02ipFFin* x", "02/02/ff", 0x1C06, 0, []),
        (PRODUCT + b"ic02isc02ipFFin* x", "02/02/01", 0x1C05, 0, []),
        (PRODUCT + b"ic*isc*ip*in* x", "ff/ff/ff", 0x1C05, 0, ["x"]),
        (PRODUCT + b"ic*isc*ip*in* x", "08/06/50", 0x1C05, 0, []),
        (PRODUCT + b"ic*isc*ip*in01* x", "02/06/ff", 0x1C05, 1, ["x"]),
        (PRODUCT + b"ic*isc*ip*in01* x", "02/06/ff", 0x1C05, 2, []),
        (PRODUCT + b"ic*isc*ip*in01* x", "02/06/ff", 0x1C05, None, []),
        (PRODUCT + b"ic*isc*ip*in* x\n" + PRODUCT + b"ic*isc*ip*in01* y", "ff/ff/ff", 0x1C05, 1, ["y"]),
        (
            b"alias usb:v*p*d*dc*dsc*dp*ic02isc02ipFFin* y\n" + PRODUCT + b"ic02isc02ipFFin* x",
            "02/02/ff",
            0x1C05,
            0,
            ["x"],
        ),
        (b"alias usb:v12D1p1C05d0102dc*dsc*dp*ic*isc*ip*in* x", "ff/ff/ff", 0x1C05, 0, []),
        (b"x.alias=usb:v12D1p1C05d*dc*dsc*dp*ic*isc*ip*in*\0", "ff/ff/ff", 0x1C05, 0, ["x"]),
    ],
)
def test_an_alias_of_a_product(index: bytes, triple: str, product: int, number: int | None, drivers: list[str]) -> None:
    host = DriverIndex(index)
    assert host.binding(HUAWEI, Triple.parse(triple), product, number) == drivers
    assert host.can_drive(HUAWEI, Triple.parse(triple), product, number) is bool(drivers)
    assert host.binding(HUAWEI, Triple.parse(triple)) == (["y"] if b"v*p" in index else [])


def test_what_a_driver_declines() -> None:
    index = DriverIndex(
        b"".join(b"alias usb:v*p*d*dc*dsc*dp*%s uas\n" % one for one in (b"ic08isc06ip50in*", b"ic08isc06ip62in*"))
    )
    assert [index.binding(HUAWEI, Triple.parse(triple)) for triple in ("08/06/50", "08/06/62")] == [[], ["uas"]]


def test_a_loaded_driver_binds_its_products() -> None:
    host = DriverIndex(None, ("option", "rndis_host"))
    assert host.binding(HUAWEI, Triple.parse("02/02/ff"), 0x1C05) == ["option"]
    assert host.binding(HUAWEI, Triple.parse("02/02/ff"), 0x1C06) == ["rndis_host"]


def test_both_indexes_count_however_they_end(tmp_path: Path) -> None:
    host = of_folder(str(folder(tmp_path, ALIASES.partition("\nalias pci")[0], BUILTIN.rstrip(b"\0"))))
    assert host.binding(HUAWEI, Triple.parse("08/06/50")) == ["usb_storage"]
    assert host.binding(HUAWEI, Triple.parse("02/06/00")) == ["cdc_ether"]


@pytest.mark.parametrize(
    ("driver", "triple", "any_vendor"),
    [
        ("huawei_cdc_ncm", "ff/02/16", False),
        ("huawei_cdc_ncm", "ff/02/46", False),
        ("huawei_cdc_ncm", "ff/02/76", False),
        ("huawei_cdc_ncm", "ff/03/16", False),
        ("cdc_ncm", "02/0d/00", True),
        ("cdc_mbim", "02/0e/00", True),
        ("cdc_ether", "02/06/00", True),
        ("cdc_ether", "02/06/ff", False),
        ("rndis_host", "e0/01/03", True),
        ("rndis_host", "02/02/ff", True),
        ("rndis_host", "ef/04/01", True),
        ("rndis_host", "ef/01/01", True),
        *(("cdc_acm", f"02/02/0{protocol}", True) for protocol in range(7)),
        ("uas", "08/06/62", True),
        ("usb-storage", "08/06/50", True),
        *(("qmi_wwan", f"ff/01/{code}", False) for code in ("07", "09", "11", "37", "39", "67", "69")),
    ],
)
def test_what_a_loaded_driver_binds(driver: str, triple: str, any_vendor: bool) -> None:
    host = DriverIndex(None, (driver,))
    assert host.binding(HUAWEI, Triple.parse(triple)) == [driver]
    assert host.binding(HUAWEI, Triple.parse(triple)) == [driver]
    assert host.binding(0x19D2, Triple.parse(triple)) == [driver] * any_vendor


@pytest.mark.parametrize("raw", [b"", b"\xff" * 1000, b"alias usb:v12D1", b"alias usb:v12D1p*d*ic(( x\n" * 50])
def test_a_damaged_index(raw: bytes) -> None:
    assert DriverIndex(raw).binding(HUAWEI, Triple.parse("ff/02/16")) == []


def test_the_table_is_the_captures() -> None:
    text = CAPTURE.read_text("utf-8")
    for line in KNOWN["huawei_cdc_ncm"]:
        assert line.split()[1] in text.partition("huawei_cdc_ncm (12d1):")[2].splitlines()[0]
    for line in KNOWN["qmi_wwan"]:
        assert line.split()[1] in text.partition("qmi_wwan (12d1):")[2].splitlines()[0]


def test_the_aliases_of_a_few_vendors_are_kept_and_each_is_cut_up_again_where_it_is_not() -> None:
    index = ModuleIndex(ALIASES.encode())
    kept = index.aliases(HUAWEI)
    assert index.aliases(HUAWEI) is kept
    for vendor in range(1, 40):
        assert index.aliases(vendor) == [pair for pair in kept if pair[1].startswith(b"usb:v*p")]
    assert index.aliases(HUAWEI) == kept
