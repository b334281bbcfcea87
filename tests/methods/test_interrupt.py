"""Reports on interrupt endpoints: Mobile Action's cable, a HID interface and nothing like storage."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import Refused, SwitchFailed
from modeswitch.sim.composition import Composition, Function, Numbers, Setting, serial
from modeswitch.sim.model import Model
from modeswitch.sim.stick import Stick
from tests.support.methods import import_file
from tests.support.rig import bus_of, run

CABLE = Model(
    "cable",
    "made up",
    "cable",
    {
        "cable": Composition(0x0DF7, 0x0800, (Function((Setting((3, 0, 0), ((0x81, 3), (0x02, 3))),)),)),
        "modem": Composition(0x0DF7, 0x0900, (serial(Numbers(), (0xFF, 0xFF, 0xFF), "pcui"),)),
    },
    lambda host, profile, green: None,
)
HELLO = "21 09 0300 0000/8 b004000002902686"
REPORTS = (
    ("02 3701fedbc1331f83", 1),
    ("02 370eb59d3b8a9151", 1),
    ("02 3487ba0dfc8a9151", 63),
    ("02 3701fedbc1331f83", 1),
    ("02 370eb59d3b8a9151", 1),
    ("02 3487ba0dfc8a9151", 73),
    ("02 3304fe00f46c1ff0", 1),
    ("02 3207fef029b93af0", 0),
)


@pytest.fixture
def cable(tmp_path: Path) -> Library:
    return import_file(tmp_path, "0df7:0800", "MobileActionMode=1", "TargetVendor=0x0df7", "TargetProduct=0x0900")


def test_mobile_action_reads_as_many_reports_as_usb_modeswitch(
    cable: Library, wire: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def report(self: Stick, endpoint: int, most: int) -> bytes:
        wire.append(f"{endpoint:02x}/{most}")
        return b"\x55" * 8

    monkeypatch.setattr(Stick, "into", report)
    ran = run(bus_of(CABLE), "1-1", library=cable)
    assert isinstance(ran.error, SwitchFailed)
    into = ["81/8"]
    assert wire == [HELLO, HELLO, *into * 2, *(part for out, times in REPORTS for part in [out, *into * times])]


def test_a_mute_cable_gets_all_reports_and_is_not_waited_for_again(cable: Library, wire: list[str]) -> None:
    """Each silence costs one second, not one for each of 63 answers; usb_modeswitch takes 150 s here."""
    bus = bus_of(CABLE)
    ran = run(bus, "1-1", library=cable)
    assert isinstance(ran.error, SwitchFailed)
    assert wire == [HELLO, HELLO, *(out for out, _ in REPORTS)]
    assert ran.told.count("refused") == 8
    assert ran.seconds <= 8.1 + 20
    assert bus.sim.claims == set()


def test_a_cable_that_leaves_in_the_middle_has_obeyed(
    cable: Library, wire: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Stick.out

    def out(self: Stick, endpoint: int, data: bytes) -> None:
        before(self, endpoint, data)
        if data.hex() == "3304fe00f46c1ff0":
            self.reboot("modem")

    monkeypatch.setattr(Stick, "out", out)
    ran = run(bus_of(CABLE), "1-1", library=cable)
    assert ran.outcome is not None, ran.error
    assert ran.outcome.mode == "switched"
    assert wire[-1] == "02 3304fe00f46c1ff0"


@pytest.mark.parametrize("cls", [0x08, 0xFF])
def test_an_interface_of_another_class_gets_no_report(cls: int, cable: Library, wire: list[str]) -> None:
    """A storage interface with the endpoints that the cable has is sent nothing, not even the first request."""
    functions = (Function((Setting((cls, 0, 0), ((0x81, 3), (0x02, 3))),)),)
    looks = {**CABLE.compositions, "cable": replace(CABLE.compositions["cable"], functions=functions)}
    bus = bus_of(replace(CABLE, compositions=looks))
    ran = run(bus, "1-1", library=cable)
    assert type(ran.error) is Refused
    assert ran.error.status == 5
    assert f"is of class {cls:02x}, not 03: nothing was sent" in ran.error.message
    assert wire == []
    assert ran.told.count("step") == 0
