"""What vhci_hcd cannot show: xHCI, EHCI, UHCI, a hub that switches power, speeds, one connector that is two ports."""

from __future__ import annotations

import errno

import pytest

from tests.kernel.lab import Lab, xhci

pytestmark = [pytest.mark.kernel, xhci]

NCM = {"ff/ff/ff": "option", "02/0d/00": "cdc_ncm", "0a/00/01": "cdc_ncm"}
TO_NCM = "python3 -m modeswitch 12d1:1f01 --to ncm"
SETTLED = "status=$?; udevadm settle --timeout=30; exit $status"


@pytest.mark.parametrize(
    ("stick", "port", "said"),
    [
        ("e3372h,speed=super", "2-1", "SuperSpeed USB device number 2 using xhci_hcd"),
        ("e3372h", "3-1", "high-speed USB device number 2 using ehci-pci"),
        ("e3372h,speed=full", "4-1", "full-speed USB device number 2 using uhci_hcd"),
    ],
    ids=["xHCI, super", "EHCI", "UHCI"],
)
def test_to_ncm_behind_each_controller(lab: Lab, stick: str, port: str, said: str) -> None:
    lab.plug(stick, port)
    ran = lab.run(f"{TO_NCM}; {SETTLED}")
    assert ran.status == 0, ran.stderr
    assert ran.view[port].id == "12d1:155e"
    assert ran.view[port].drivers == NCM
    assert said.partition(" number")[0] in lab.dmesg()
    assert said.rpartition("using ")[2] in lab.dmesg()


@pytest.mark.parametrize(
    ("stick", "first", "then"),
    [("e3372h,speed=super,relinks=high", "2-1", "1-1"), ("e3372h,relinks=super", "1-1", "2-1")],
    ids=["super, then high", "high, then super"],
)
def test_the_other_half_of_a_connector(lab: Lab, stick: str, first: str, then: str) -> None:
    """Another speed is another bus; the kernel says which port there is the other half."""
    lab.plug(stick, first)
    ran = lab.run(f"{TO_NCM}; {SETTLED}")
    assert ran.status == 0, ran.stderr
    assert f"{then}: ncm in " in ran.stdout
    assert {port: seen.id for port, seen in ran.view.items()} == {then: "12d1:155e"}
    assert ran.view[then].drivers == NCM


def test_the_companion_of_an_ehci_port(lab: Lab) -> None:
    """Of EHCI and UHCI the kernel does not say which ports are one connector: it is named, and left alone."""
    lab.plug("e3372h,relinks=full", "3-1")
    ran = lab.run(f"{TO_NCM}; {SETTLED}")
    assert ran.status == 6, ran.stderr
    assert {port: seen.id for port, seen in ran.view.items()} == {"4-1": "12d1:155e"}
    assert "4-1" in ran.stderr


def test_a_hub_says_some_time_after_that_the_stick_is_there(lab: Lab) -> None:
    """The kernel waits until the connection has been stable for 100 ms, then resets the port: hub.c."""
    lab.record()
    lab.plug("e3372h")
    events = lab.recorded()
    came = next(event.time for event in events if event.device == 1 and event.event == "C" and event.data)
    asked = next(event.time for event in events if event.device > 1)
    assert 0.1e6 <= asked - came < 0.4e6


def test_what_was_under_way_when_the_stick_left_has_failed(lab: Lab) -> None:
    """As a controller has it: a protocol error, until the hub has said that the stick is gone."""
    lab.plug("e3372h,wakes=gateway-ncm")
    lab.record()
    ran = lab.run(
        "exec 5<>/dev/ttyUSB2; cat <&5 >/dev/null & sleep 0.5; terminate stick0; within 10 '[ ! -e /dev/ttyUSB2 ]'"
    )
    assert ran.status == 0, ran.stderr
    statuses = {event.status for event in lab.recorded() if event.event == "C" and event.transfer == "bulk"}
    assert -errno.EPROTO in statuses
    assert statuses <= {-errno.EPROTO, -errno.ESHUTDOWN}


def test_a_stalled_csw_is_read_again(lab: Lab) -> None:
    """CLEAR_HALT is the kernel's own, and it resets what the controller holds of the endpoint."""
    lab.plug("e3372h,csw=stalled")
    lab.record()
    ran = lab.run(f"{TO_NCM}; {SETTLED}")
    events = lab.recorded()
    assert ran.status == 0, ran.stderr
    assert ran.device.drivers == NCM
    assert [event.status for event in events if event.status == -errno.EPIPE and event.endpoint == 0x81]
    assert [event for event in events if event.setup == "0201000081000000"]


def test_it_comes_back_slowly(lab: Lab) -> None:
    lab.plug("e3372h,away=9")
    ran = lab.run(f"{TO_NCM}; {SETTLED}")
    assert ran.status == 0, ran.stderr
    assert ran.device.drivers == NCM
    assert ran.seconds > 9


def test_watch_switches_what_comes_and_what_comes_again(lab: Lab) -> None:
    ran = lab.run(
        "background watch python3 -m modeswitch watch -v; within 10 'running watch' || exit\n"
        "for turn in 1 2; do\n"
        "	insert stick0 e3372h 0; within 60 '[ -e /sys/bus/usb/devices/1-1:1.2/driver ]' || exit\n"
        "	terminate stick0; within 30 '[ ! -e /sys/bus/usb/devices/1-1 ]' || exit\n"
        "done\n"
        "kill -INT $(<watch.pid); within 30 'ended watch'; cat watch.log"
    )
    assert ran.status == 0, ran.stderr
    assert ran.stdout.count("1-1: 12d1:14dc is in hilink, switched from mass-storage") == 2, ran.stdout


# A hub with power of its own for each port.

IN_HILINK = "e3372h,wakes=ecm,web=login,speed=full"
BY_POWER = "python3 -m modeswitch 12d1:14dc --to mass-storage -vv"


def test_behind_a_hub(lab: Lab) -> None:
    ran = lab.run(f"hub 1-4 && plug stick0 e3372h,speed=full 1-4.1 && {TO_NCM}; {SETTLED}")
    assert ran.status == 0, ran.stderr
    assert ran.view["1-4.1"].id == "12d1:155e"
    assert ran.view["1-4.1"].drivers == NCM


def test_the_power_of_a_hubs_port(lab: Lab) -> None:
    """The hub cuts it and tells of no change; the kernel sees the stick go when it is back, twenty seconds later."""
    ran = lab.run(f"hub 1-4 && plug stick0 {IN_HILINK} 1-4.1 --hub-power && {BY_POWER}; {SETTLED}")
    assert ran.status == 0, ran.stderr
    assert "the power of its port: off, by the kernel" in ran.stderr
    assert "the power of its port: on, by the kernel" in ran.stderr
    assert ran.view["1-4.1"].id == "12d1:1f01"


def test_a_hub_that_cuts_the_data_and_not_the_power(lab: Lab) -> None:
    """The stick comes back as it was: to the bus it was gone, to itself it never was."""
    ran = lab.run(
        f"hub 1-4 && plug stick0 {IN_HILINK} 1-4.1 || exit 99\nbefore=$(</sys/bus/usb/devices/1-4.1/devnum)\n"
        f"{BY_POWER} --timeout 120; status=$?\n"
        "within 10 '[ -e /sys/bus/usb/devices/1-4.1:1.0/driver ]'; echo $before; exit $status"
    )
    assert ran.status not in (0, 99), ran.stderr
    assert "the port's data lines were cut, and its power was not" in ran.stderr
    assert ran.view["1-4.1"].id == "12d1:14dc"
    assert ran.view["1-4.1"].address != int(ran.stdout.split()[-1])
