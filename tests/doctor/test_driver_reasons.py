"""The sentences that explain a driver: which the kernel should have, how another got the interface."""

from __future__ import annotations

import pytest

from modeswitch.doctor.checks import diagnose
from modeswitch.doctor.driver_reasons import (
    explain_dynamic_id,
    explain_missing_match,
    explain_subclass,
    explain_unbound,
    is_kernel_too_old,
    wanted_module,
)
from modeswitch.doctor.pasted.read import read
from modeswitch.doctor.pasted_snapshot import snapshot_of_pasted
from modeswitch.doctor.snapshot import Snapshot
from modeswitch.linux.modules import DriverIndex
from modeswitch.linux.observe import Dynamic
from modeswitch.usb.descriptors import Triple, UsbId
from tests.support.captures import raw
from tests.support.snapshots import FF03, LIBRARY, RIGHT, STALE, TAKEN, kernel, live, snapshots

NCM = Triple(0xFF, 0x03, 0x16)


def pasted(version: str = "") -> Snapshot:
    """The seed, on a machine with that kernel."""
    (snapshot,) = snapshots(f"Linux version {version} (gcc)\n".encode() + raw("05"))
    return snapshot


@pytest.mark.parametrize(
    ("version", "too_old"),
    [("3.10.108", True), ("3.17.9", True), ("3.18.0", False), ("4.9.37", False), ("10.0.1", False)],
)
def test_kernels_by_their_version(version: str, too_old: bool) -> None:
    assert is_kernel_too_old(pasted(version), NCM) == too_old


def test_a_kernel_whose_drivers_are_known_is_not_judged_by_its_version() -> None:
    assert not is_kernel_too_old(live(*FF03, kernel="2.6.36", drivers=kernel("option")), NCM)
    assert is_kernel_too_old(live(*FF03, kernel="2.6.36", drivers=None), NCM)


@pytest.mark.parametrize(("bound", "count"), [(TAKEN, 1), (RIGHT, 0), (("option", ""), 0)])
def test_only_a_serial_driver_got_there_by_a_dynamic_id(bound: tuple[str, ...], count: int) -> None:
    snapshot = live(*FF03, bound=bound)
    assert len([*explain_dynamic_id(snapshot, snapshot.interfaces[1])]) == count


def test_the_dynamic_id_that_was_seen_is_named() -> None:
    snapshot = live(*FF03, bound=TAKEN, dynamic=(STALE,))
    (sentence,) = explain_dynamic_id(snapshot, snapshot.interfaces[1])
    assert "'12d1 1506' stands in /sys/bus/usb-serial/drivers/option1/new_id" in sentence
    other = Dynamic("sierra", "/sys/bus/usb-serial/drivers/sierra", UsbId.parse("12d1:1506"), "12d1 1506")
    snapshot = live(*FF03, bound=TAKEN, dynamic=(other,))
    (sentence,) = explain_dynamic_id(snapshot, snapshot.interfaces[1])
    assert "echo 12d1 1506 > …/new_id" in sentence


def test_the_subclass_of_windows_is_explained_and_no_other() -> None:
    snapshot = live(*FF03)
    assert [*explain_subclass(snapshot, snapshot.interfaces[0])] == []
    (sentence,) = explain_subclass(snapshot, snapshot.interfaces[1])
    assert "modeswitch ports 1-1" in sentence
    snapshot = live(Triple(0xFF, 0x02, 0x16))
    assert [*explain_subclass(snapshot, snapshot.interfaces[0])] == []


def test_an_unbound_interface_is_explained_on_this_machine_only() -> None:
    snapshot = live(*FF03, bound=("option", ""))
    (sentence,) = explain_unbound(snapshot, snapshot.interfaces[1])
    assert sentence == "The module huawei_cdc_ncm is installed and not loaded."
    snapshot = live(*FF03, bound=("option", ""), drivers=kernel("option"))
    assert [*explain_unbound(snapshot, snapshot.interfaces[1])] == []
    (snapshot,) = snapshots(raw("05"), kernel("ff03"))
    assert snapshot.interfaces[1].available
    assert [*explain_unbound(snapshot, snapshot.interfaces[1])] == []


def test_the_module_that_is_wanted() -> None:
    pcui, ncm = live(*FF03, drivers=kernel("option")).interfaces
    assert (wanted_module(pcui), wanted_module(ncm)) == ("option", "huawei_cdc_ncm")
    assert wanted_module(ncm._replace(expected=())) == "huawei_cdc_ncm"
    assert wanted_module(pcui._replace(expected=())) == ""


def test_what_is_in_no_table_is_not_explained() -> None:
    snapshot = live(Triple(0xFF, 0xFF, 0xFF), usb="1234:5678", drivers=None)
    assert [*explain_missing_match(snapshot, snapshot.interfaces[0])] == []


QUECTEL = """\
T:  Bus=01 Lev=01 Prnt=01 Port=00 Cnt=01 Dev#=  3 Spd=480  MxCh= 0
P:  Vendor={vendor} ProdID={product} Rev=03.18
C:* #Ifs= 1 Cfg#= 1 Atr=a0 MxPwr=500mA
I:* If#= 2 Alt= 0 #EPs= 3 Cls=ff(vend.) Sub=00 Prot=00 Driver=(none)
"""


def unbound(usb: str, kernel: str, drivers: DriverIndex | None = None) -> Snapshot:
    """A serial port without a driver, of a text from a machine with that kernel."""
    vendor, product = usb.split(":")
    whole = read(f"Linux version {kernel} (gcc)\n{QUECTEL.format(vendor=vendor, product=product)}".encode())
    return snapshot_of_pasted(whole.devices[0], whole, LIBRARY, drivers)


@pytest.mark.parametrize(
    ("usb", "kernel", "phrases", "taught"),
    [
        (
            "2c7c:0801",
            "5.4.0",
            ("5.4.0, which predates this match", "5.19.0 has it not, 6.1.192 has it", "new_id does"),
            True,
        ),
        ("2c7c:0121", "4.4.0-21-generic", ("predates this match", "4.9.0 has it not", "new_id does"), True),
        ("2cb7:0104", "3.4.113", ("predates this match", "new_id does"), True),
        ("2c7c:0801", "6.12.118", ("Linux 6.12.118 has that match", "--kernel-modules"), False),
        ("2c7c:0801", "5.15.148", ("5.15.148 may predate it", "--kernel-modules"), False),
    ],
)
def test_a_kernel_that_predates_the_id_is_told_of_it(
    usb: str, kernel: str, phrases: tuple[str, ...], taught: bool
) -> None:
    snapshot = unbound(usb, kernel)
    (text,) = explain_missing_match(snapshot, snapshot.interfaces[0])
    assert not [phrase for phrase in phrases if phrase not in text], text
    assert ("new_id" in text) is taught
    commands = [finding.commands for finding in diagnose(snapshot) if "has no driver" in finding.text]
    told = f"echo {usb.replace(':', ' ')} ff > /sys/bus/usb-serial/drivers/option1/new_id"
    assert (told in commands[0]) is taught
    assert any("modprobe.d" in command for command in commands[0]) is taught  # and again at each start


def test_a_machine_whose_option_lacks_the_id_is_not_told_to_install_option() -> None:
    snapshot = unbound("2c7c:0801", "6.6.1", kernel("option"))
    (text,) = explain_missing_match(snapshot, snapshot.interfaces[0])
    assert "its option does not know 2c7c:0801" in text
    assert "is not installed" not in text
    assert "new_id does" in text
    lacking = unbound("2c7c:0801", "6.6.1", kernel("cdc_ncm"))
    assert "option is not installed" in next(explain_missing_match(lacking, lacking.interfaces[0]))
