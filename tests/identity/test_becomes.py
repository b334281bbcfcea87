"""What a product becomes: which switched sticks are meant by the id that they had before."""

from __future__ import annotations

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import NoDevice, SeveralDevices, SwitchFailed
from modeswitch.identity.find import find
from tests.support.rig import plugged, run
from tests.support.zte import at_ports


def test_a_sibling_that_is_switched_already_is_no_success() -> None:
    """Two of a kind, one switched long ago; the other takes the message and stays."""
    bus = plugged("eject@1-1,deaf", "eject@1-2,wakes=modem")
    ran = run(bus, "1-1")
    assert type(ran.error) is SwitchFailed
    assert ran.seconds >= 19
    assert bus.sim.sticks[1].transfers == 0


@pytest.mark.parametrize(
    ("asked_for", "ports"),
    [
        ("19d2:2000", ["1-1", "1-2", "1-5"]),  # 0031 and 2002 are what it becomes, 0124 and 0031 what 0149 and 0053 do
        ("19d2:0149", ["1-3"]),
        ("19d2:0053", ["1-2"]),
        ("19d2:0124", ["1-3"]),
    ],
)
def test_an_id_means_only_what_that_product_becomes(asked_for: str, ports: list[str]) -> None:
    bus = at_ports(("storage", 0x2000), ("modem", 0x0031), ("modem", 0x0124), ("modem", 0x1589), ("modem", 0x2002))
    found = find(asked_for, bus, Library(user=[]))
    assert [str(device.usb.port) for device in found] == ports
    assert bus.sim.wire == []


def test_two_that_fit_are_listed_and_none_is_touched() -> None:
    bus = at_ports(("storage", 0x2000), ("modem", 0x0031))
    ran = run(bus, "19d2:2000")
    assert type(ran.error) is SeveralDevices
    assert bus.sim.wire == []


def test_none_that_fits_is_no_device() -> None:
    assert type(run(at_ports(("modem", 0x0124)), "19d2:2000").error) is NoDevice
