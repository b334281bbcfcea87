"""Which drivers a host has: read from a made-up module index, in the forms that depmod and the kernel's build write."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from modeswitch.descriptors import Triple
from modeswitch.errors import UsageError
from modeswitch.linux.modules import KNOWN, Drivers, of_folder, of_this_host

CAPTURE = Path(__file__).parent / "captures" / "29_kernel_6.1_huawei_bindings.txt"
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
    assert host.drives(HUAWEI, Triple.parse(triple)) is bool(drivers)


@pytest.mark.parametrize(
    ("aliases", "builtin", "ecm", "ncm"), [(ALIASES, b"", False, True), ("", BUILTIN, True, False)]
)
def test_one_of_the_two_is_enough(aliases: str, builtin: bytes, ecm: bool, ncm: bool, tmp_path: Path) -> None:
    host = of_folder(str(folder(tmp_path, aliases, builtin)))
    assert host.drives(HUAWEI, Triple.parse("02/06/00")) is ecm
    assert host.drives(HUAWEI, Triple.parse("02/0d/00")) is ncm


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
    assert host.drives(HUAWEI, Triple.parse("02/0d/00")) is True
    # Nobody can tell: the module may be there all the same.
    assert host.drives(HUAWEI, Triple.parse("ff/02/16")) is None


def test_a_loaded_driver_that_the_index_tells_of_is_not_taken_from_the_table(tmp_path: Path) -> None:
    (tmp_path / "sys/bus/usb/drivers/huawei_cdc_ncm").mkdir(parents=True)
    path = folder(tmp_path / "modules")
    path.rename(path.with_name(platform.release()))
    host = of_this_host(str(tmp_path / "sys"), str(tmp_path / "modules"))
    assert host.drives(HUAWEI, Triple.parse("ff/02/16")) is True
    assert host.drives(HUAWEI, Triple.parse("ff/03/16")) is False


def test_a_built_in_driver_without_an_alias_is_known_by_its_folder(tmp_path: Path) -> None:
    (tmp_path / "sys/bus/usb/drivers/rndis_host").mkdir(parents=True)
    path = folder(tmp_path / "modules")
    path.rename(path.with_name(platform.release()))
    host = of_this_host(str(tmp_path / "sys"), str(tmp_path / "modules"))
    assert host.binding(HUAWEI, Triple.parse("e0/01/03")) == ["rndis_host"]


@pytest.mark.parametrize("raw", [b"", b"\xff" * 1000, b"alias usb:v12D1", b"alias usb:v12D1p*d*ic(( x\n" * 50])
def test_a_damaged_index(raw: bytes) -> None:
    assert Drivers(raw).binding(HUAWEI, Triple.parse("ff/02/16")) == []


def test_the_table_is_the_captures() -> None:
    text = CAPTURE.read_text("utf-8")
    for line in KNOWN["huawei_cdc_ncm"]:
        assert line.split()[1] in text.partition("huawei_cdc_ncm (12d1):")[2].splitlines()[0]
    for line in KNOWN["qmi_wwan"]:
        assert line.split()[1] in text.partition("qmi_wwan (12d1):")[2].splitlines()[0]
