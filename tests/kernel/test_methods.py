"""Methods of other makers on Debian's kernel: an eject of two LUNs, a control request, another configuration."""

from __future__ import annotations

import pytest

from tests.kernel.lab import Lab

pytestmark = pytest.mark.kernel


def test_an_eject_of_two_luns(lab: Lab) -> None:
    lab.plug("eject")
    ran = lab.modeswitch("19d2:0053")
    assert ran.status == 0
    assert ran.device.id == "19d2:0031"


def test_an_eject_whose_first_command_stalls(lab: Lab) -> None:
    lab.plug("eject,allow=stalled")
    ran = lab.modeswitch("19d2:0053")
    assert ran.status == 0
    assert ran.device.id == "19d2:0031"


def test_linux_switches_the_sierra_itself(lab: Lab) -> None:
    """usb-storage sends the vendor request by itself (sierra_ms.c): nothing is left to do when we come."""
    lab.sh("modprobe usb-storage")
    there = "/sys/bus/usb/devices/1-1/idProduct"
    lab.sh(
        "background stick0 python3 -m modeswitch.sim vendor --vhci-port 0; "
        f"within 60 '[ \"$(cat {there} 2>/dev/null)\" = 6880 ]' && udevadm settle --timeout=30"
    )
    ran = lab.modeswitch("1199:0fff --json")
    assert ran.status == 0
    assert ran.events[-1]["result"] == "already"
    assert ran.device.id == "1199:6880"


def test_a_module_goes_to_mbim_and_has_its_driver(lab: Lab) -> None:
    """The kernel takes the first configuration; the third is chosen by what is in it."""
    lab.plug("config")
    assert lab.device().configuration == 1
    ran = lab.modeswitch("12d1:15c1 --to mbim")
    assert ran.status == 0
    assert (ran.device.id, ran.device.configuration) == ("12d1:15c1", 3)
    assert ran.device.drivers.get("02/0e/00") == "cdc_mbim"
