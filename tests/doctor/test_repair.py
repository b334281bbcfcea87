"""What would be repaired on this machine, and what never."""

from __future__ import annotations

import pytest

from modeswitch.doctor.checks import diagnose
from modeswitch.doctor.repair import plan_repair
from modeswitch.doctor.snapshot import Snapshot
from modeswitch.linux.observe import Dynamic
from modeswitch.usb.descriptors import Triple, UsbId
from tests.support.captures import raw
from tests.support.snapshots import FF03, FULL, RIGHT, STALE, STORAGE, TAKEN, kernel, live, snapshots


@pytest.mark.parametrize(
    ("snapshot", "unbind", "stale", "bind"),
    [
        (live(*FF03, bound=RIGHT), None, None, None),
        (live(*FF03, bound=TAKEN), ["1-1:1.1"], [], ["1-1:1.1"]),
        (live(*FF03, bound=TAKEN, dynamic=(STALE,)), ["1-1:1.1"], ["option"], ["1-1:1.1"]),
        (live(*FF03, bound=("option", "")), [], [], ["1-1:1.1"]),
        (live(*FF03, bound=("", "")), [], [], ["1-1:1.0", "1-1:1.1"]),
        (live(*FF03, bound=TAKEN, drivers=kernel("option")), None, None, None),
        # Without its dynamic id this option would let go of the AT port, too: the id stays.
        (live(*FF03, bound=TAKEN, dynamic=(STALE,), drivers=kernel("ff03")), ["1-1:1.1"], [], ["1-1:1.1"]),
        (live(STORAGE, usb="12d1:1f01", bound=("",)), None, None, None),
        (
            live(Triple(0x02, 0x0D, 0), Triple(0x0A, 0, 1), usb="12d1:155e", bound=TAKEN),
            ["1-1:1.0", "1-1:1.1"],
            [],
            ["1-1:1.0"],
        ),
    ],
)
def test_repair(snapshot: Snapshot, unbind: list[str] | None, stale: list[str] | None, bind: list[str] | None) -> None:
    found = plan_repair(snapshot)
    if found is None:
        assert unbind is None
        return
    assert [one.interface for one in found.unbind] == unbind
    assert [one.driver for one in found.stale] == stale
    assert [one.interface for one in found.bind] == bind


def test_nothing_that_is_pasted_is_repaired() -> None:
    (snapshot,) = snapshots(raw("05"), FULL)
    assert plan_repair(snapshot) is None


def test_a_simulated_bus_has_no_drivers_to_complain_of() -> None:
    snapshot = live(*FF03, bound=(), drivers=None, path="")
    assert [one.level for one in diagnose(snapshot)] == []
    assert plan_repair(snapshot) is None


def test_a_blocked_interface_is_no_case_for_a_repair() -> None:
    """Its lack of a driver is told once, as what it is, and binding one would be in vain."""
    snapshot = live(*FF03, bound=("option", ""), blocked=(1,))
    assert plan_repair(snapshot) is None
    assert [one.text for one in diagnose(snapshot) if one.level == "problem"] == [
        "interface 1 (ff/03/16, ncm) is not authorized: no driver may have it"
    ]


@pytest.mark.parametrize(("told", "new"), [(False, ["3566:2001"]), (True, [])])
def test_a_driver_is_told_of_an_id_once(told: bool, new: list[str]) -> None:
    """An interface that was unbound from option is bound again, without writing the id a second time."""
    usb = UsbId.parse("3566:2001")
    dynamic = (Dynamic("option", "/sys/bus/usb-serial/drivers/option1", usb, "3566 2001 ff"),) * told
    ports = (Triple(0xFF, 0xFF, 0xFF),) * 5
    snapshot = live(*ports, usb=str(usb), bound=("", "option", "option", "", ""), dynamic=dynamic)
    found = plan_repair(snapshot)
    assert found is not None
    assert [str(one.id) for one in found.new] == new
    assert [one.interface for one in found.bind] == ["1-1:1.4"]
    assert found.stale == ()
