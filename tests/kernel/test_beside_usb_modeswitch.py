"""Debian's usb_modeswitch and ours on the same stick: it obeys both, and the wire shows the same messages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kernel import traffic
from tests.kernel.lab import Lab

pytestmark = pytest.mark.kernel

# What usb_modeswitch sends after the CSW, and we do not: a stick that obeys is leaving by then.
CLEAR_HALTS = ["0201000081000000", "0201000001000000"]


def _exchange(lab: Lab, command: str, becomes: str) -> list[traffic.Event]:
    """Everything between the host and the stick from the switching command until the stick left."""
    lab.plug("e3372h,sunny")
    lab.record()
    ran = lab.run(
        f"{command}; status=$?; within 30 'grep -q {becomes} /sys/bus/usb/devices/1-1/idProduct'; exit $status"
    )
    events = lab.recorded()
    assert ran.status == 0
    assert ran.device.id == f"12d1:{becomes}"
    lab.end()
    return traffic.switch(events)


@pytest.mark.parametrize(
    ("theirs", "ours", "becomes", "command"),
    [
        ("-J", "hilink", "14dc", "55534243123456780000000000000011062000000101000100000000000000"),
        ("-X", "ncm", "155e", "55534243123456780000000000000011063000000000010000000000000000"),
    ],
)
def test_the_same_messages(lab: Lab, theirs: str, ours: str, becomes: str, command: str) -> None:
    peer = _exchange(lab, f"usb_modeswitch -v 12d1 -p 1f01 {theirs}", becomes)
    own = _exchange(lab, f"python3 -m modeswitch 12d1:1f01 --to {ours}", becomes)
    halts = [event for event in peer if event.transfer == "control"]
    assert [event.setup for event in halts if event.event == "S"] == CLEAR_HALTS
    assert list(map(str, own)) == [str(event) for event in peer if event not in halts]
    assert [(event.event, event.endpoint, event.data) for event in own] == [
        ("S", 0x01, command),
        ("C", 0x01, ""),
        ("S", 0x81, ""),
        ("C", 0x81, "55534253123456780000000000"),
    ]


@pytest.fixture
def without_usb_storage(lab: Lab) -> Iterator[None]:
    """usb-storage keeps away from the E220, which it would switch itself."""
    lab.sh("modprobe usb-storage && echo 12d1:1003:i >/sys/module/usb_storage/parameters/quirks")
    yield
    lab.sh("echo >/sys/module/usb_storage/parameters/quirks")


@pytest.mark.usefixtures("without_usb_storage")
def test_the_same_set_feature(lab: Lab) -> None:
    configured = "[ -s /sys/bus/usb/devices/1-1/bConfigurationValue ]"
    sent = []
    for command in ("usb_modeswitch -v 12d1 -p 1003 -H", "python3 -m modeswitch 12d1:1003"):
        lab.sh(f"background stick0 python3 -m modeswitch.sim e220,sunny; within 30 '{configured}'")
        before = lab.device()
        assert before.drivers == {}
        lab.record()
        ran = lab.run(f"{command}; status=$?; within 30 '[ -e /sys/bus/usb/devices/1-1:1.0/ttyUSB0 ]'; exit $status")
        events = [event for event in lab.recorded() if event.device == before.address]
        assert ran.status == 0
        assert len(ran.device.ports) == 2
        sent.append([str(event) for event in events])
        lab.end()
    theirs, ours = sent
    assert ours == theirs
    assert [line for line in ours if line.startswith("S")] == ["S control 00 0003010000000000 - 0 -"]
