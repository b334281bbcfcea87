"""What tells a switched stick from one that is not: its id, its class, its configuration; and the mode asleep."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from modeswitch.database.library import Library
from modeswitch.errors import SwitchFailed
from modeswitch.identity.recognise import recognise
from modeswitch.modem.roles import satisfies
from modeswitch.sim.faults import Faults
from modeswitch.sim.models import MODELS
from modeswitch.usb.descriptors import Configuration, Descriptors, Interface, Port, Triple, UsbId
from modeswitch.usb.device import UsbDevice
from tests.support.rig import bus_of, run
from tests.support.said import Command

FAMILY = """
[family]
name = "made-up"
vendor = "Test"
goal = "switched"
told-by = "%s"
[[product]]
usb = "1209:0001"
names = ["one"]
becomes = [%s]
evidence = [{ report = "made up" }]
[[transition]]
from = ["mass-storage", "asleep"]
to = "switched"
steps = [%s]
within = 5
evidence = [{ report = "made up" }]
"""
RNDIS, MBIM, DATA = (0xE0, 0x01, 0x03), (0x02, 0x0E, 0x00), (0x0A, 0x00, 0x00)
FF, HID, ACM, DISK = (0xFF, 0, 0), (0x03, 0, 0), (0x02, 0x02, 1), (0x08, 0x06, 0x50)
MODE_OF = (
    ("interfaces", (DISK,), "mass-storage"),
    ("interfaces", (FF,), "switched"),
    ("interfaces", (DISK, FF), "switched"),
    ("id", (DISK,), "mass-storage"),
    ("id", (DISK, FF), "mass-storage"),
    ("id", (FF,), "asleep"),
    ("id", (HID,), "asleep"),
    ("id", (RNDIS, DATA), "hilink"),
    ("id", (DISK, RNDIS, DATA), "hilink"),
    ("id", (MBIM, DATA), "mbim"),
    ("interfaces", (RNDIS, DATA), "hilink"),
    ("class ff", (DISK,), "mass-storage"),
    ("class ff", (FF,), "switched"),
    ("class ff", (FF, DISK), "switched"),
    ("class ff", (DISK, FF), "mass-storage"),
    ("class ff", (HID,), "asleep"),
    ("class 02", (FF,), "asleep"),
    ("class 02", (ACM,), "switched"),
    ("class 08", (DISK,), "switched"),
)


def family(
    folder: Path, told_by: str, becomes: str = "", step: str = "{ eject = {} }", *, only: bool = False
) -> Library:
    """A made-up family; ``only`` switches only what has a storage interface."""
    text = FAMILY % (told_by, becomes, step)
    (folder / "made-up.toml").write_text(text.replace(', "asleep"', "") if only else text, "utf-8")
    return Library(user=[folder])


def showing(usb: str, *configurations: tuple[tuple[int, int, int], ...], active: int = 1) -> UsbDevice:
    """A device whose n-th configuration has interfaces of these classes."""
    made = tuple(
        Configuration(value, tuple(Interface(n, 0, Triple(*triple)) for n, triple in enumerate(triples)))
        for value, triples in enumerate(configurations, 1)
    )
    parsed = UsbId.parse(usb)
    return UsbDevice(Port.parse("1-1"), 5, parsed, Descriptors(parsed, 0, Triple(0, 0, 0), made), active)


@pytest.mark.parametrize(("told_by", "triples", "mode"), MODE_OF)
def test_the_mode_of_a_product_that_wakes_up(
    told_by: str, triples: tuple[tuple[int, int, int], ...], mode: str, tmp_path: Path
) -> None:
    device = recognise(showing("1209:0001", triples), family(tmp_path, told_by))
    assert device.mode == mode


@pytest.mark.parametrize(
    ("triples", "active", "mode"),
    [
        (((DISK,), (FF,)), 1, "mass-storage"),
        (((DISK,), (FF,)), 2, "switched"),
        (((FF,), (FF,)), 1, "asleep"),
        (((DISK,), (DISK,)), 2, "switched"),
        (((DISK,), (FF,), (FF,)), 3, "asleep"),
    ],
)
def test_a_family_told_by_its_configuration(triples: Any, active: int, mode: str, tmp_path: Path) -> None:
    library = family(tmp_path, "configuration", step="{ configuration = { value = 2 } }")
    assert recognise(showing("1209:0001", *triples, active=active), library).mode == mode


def test_asleep_satisfies_no_goal() -> None:
    assert not satisfies("asleep", "switched")
    assert not satisfies("asleep", "ncm")


def test_asleep_cannot_be_asked_for(command: Command) -> None:
    said = command("1-1", "--to", "asleep", sticks=("vendor",))
    assert said.status == 2


def test_a_stick_asleep_is_switched_or_stays_asleep(tmp_path: Path) -> None:
    model = MODELS["vendor"]
    ports = model.compositions["modem"].functions
    looks = {
        "storage": replace(model.compositions["storage"], vendor=0x1209, product=1, functions=ports),
        "modem": replace(model.compositions["modem"], vendor=0x1209, product=2),
    }
    step = "{ control = { request-type = 0x40, request = 0x0b, value = 1 } }"
    library = family(tmp_path, "id", '"1209:0002"', step)
    for deaf in (False, True):
        bus = bus_of(replace(model, compositions=looks), Faults(deaf=deaf))
        ran = run(bus, "1209:0001", library=library)
        first = next(facts["mode"] for name, facts in ran.events if name == "found")
        assert first == "asleep"
        assert (ran.outcome is None) is deaf
        assert [facts["mode"] for name, facts in ran.events if name == "found"][1:] == ["switched"] * (not deaf)
        assert deaf is isinstance(ran.error, SwitchFailed)


def test_a_target_known_only_by_its_class_is_recognised(tmp_path: Path) -> None:
    """The same id before and after, as 97 entries of usb-modeswitch-data have it: the first interface's class tells."""
    model = MODELS["eject"]
    looks = {name: replace(look, vendor=0x1209, product=1) for name, look in model.compositions.items()}
    bus = bus_of(replace(model, compositions=looks))
    library = family(tmp_path, "class ff")
    ran = run(bus, "1209:0001", library=library)
    assert ran.outcome is not None, ran.error
    assert ran.outcome.mode == "switched"
    again = run(bus, "1209:0001", library=library)
    assert again.outcome is not None
    assert again.outcome.result == "already"


def test_a_target_of_another_class_is_no_success(tmp_path: Path) -> None:
    model = MODELS["eject"]
    looks = {name: replace(look, vendor=0x1209, product=1) for name, look in model.compositions.items()}
    bus = bus_of(replace(model, compositions=looks))
    library = family(tmp_path, "class 02", only=True)
    ran = run(bus, "1209:0001", library=library)
    assert type(ran.error) is SwitchFailed
    assert "asleep" in ran.error.message
