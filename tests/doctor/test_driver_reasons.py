"""The sentences that explain a driver: which the kernel should have, how another got the interface."""

from __future__ import annotations

import pytest

from modeswitch.doctor.driver_reasons import (
    explain_dynamic_id,
    explain_missing_match,
    explain_subclass,
    explain_unbound,
    is_kernel_too_old,
    wanted_module,
)
from modeswitch.doctor.snapshot import Snapshot
from modeswitch.linux.observe import Dynamic
from modeswitch.usb.descriptors import Triple, UsbId
from tests.support.captures import raw
from tests.support.snapshots import FF03, RIGHT, STALE, TAKEN, kernel, live, snapshots

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
