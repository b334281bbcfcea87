"""The lines of a report: what is in it, what is masked, what the stick answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.doctor.pasted.read import read
from modeswitch.doctor.report import COMMANDS, ask, report_lines
from modeswitch.identity.find import find_one
from modeswitch.linux.bus import LinuxBus
from modeswitch.sim.bus import SimBus
from modeswitch.sim.spec import parse
from tests.support.machine_tree import SEED, Machine
from tests.support.pasted import shown
from tests.support.snapshots import LIBRARY


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    made.stick(*SEED, bound=("option", "option"))
    return made


def report(machine: Machine, *, answers: list[str] | None = None, tried: tuple[str, ...] = ()) -> list[str]:
    bus = LinuxBus(str(machine.sys))
    device = find_one("1-1", bus, LIBRARY)
    return [*report_lines(device, bus, LIBRARY, roots=machine.roots, answers=answers, tried=tried)]


def simulated(stick: str, *, timeout: float | None = None) -> list[str]:
    """The answers of a simulated stick."""
    bus = SimBus([parse(stick)])
    return [*ask(find_one("1-1", bus, LIBRARY), bus, LIBRARY, timeout=timeout)]


def test_the_parts_in_their_order(machine: Machine) -> None:
    headings = [line for line in report(machine, answers=["ATI", "  Manufacturer: huawei"]) if line.startswith("#")]
    assert headings == [
        "# modeswitch report: serial numbers, IMEI, phone numbers and MACs are masked",
        "# descriptors, in hex as the stick gave them",
        "# what they say",
        "# what modeswitch makes of it",
        "# profiles",
        "# what the stick answers",
        "# what was tried",
    ]


def test_a_stick_that_is_not_asked_has_no_answers(machine: Machine) -> None:
    assert "# what the stick answers" not in report(machine)
    assert "# what the stick answers" in report(machine, answers=[])


def test_the_descriptors_are_unchanged_and_can_be_read_again(machine: Machine) -> None:
    lines = report(machine)
    raw = (machine.sys / "bus/usb/devices/1-1/descriptors").read_bytes()
    found = [line.split()[1] for line in lines if line.startswith(("DEVICE ", "CONFIG "))]
    assert bytes.fromhex("".join(found)) == raw
    devices = read("\n".join(lines).encode()).devices
    assert "12d1:1506@1-1 0=ff/03/12:option 1=ff/03/16:option" in map(shown, devices)


@pytest.mark.parametrize("count", [0, 17])
def test_descriptors_that_cannot_be_read(machine: Machine, count: int) -> None:
    bus = LinuxBus(str(machine.sys))
    device = find_one("1-1", bus, LIBRARY)
    path = machine.sys / "bus/usb/devices/1-1/descriptors"
    path.write_bytes(path.read_bytes()[:count])
    assert "(not available here)" in [*report_lines(device, bus, LIBRARY, roots=machine.roots)]


def test_configurations_whose_length_is_a_lie(machine: Machine) -> None:
    bus = LinuxBus(str(machine.sys))
    device = find_one("1-1", bus, LIBRARY)
    path = machine.sys / "bus/usb/devices/1-1/descriptors"
    path.write_bytes(path.read_bytes()[:18] + bytes((9, 2, 9, 0, *range(5))) + bytes(9) + b"\x09\x02\xff\xff")
    lines = [*report_lines(device, bus, LIBRARY, roots=machine.roots)]
    assert [line for line in lines if line.startswith("CONFIG")] == [
        "CONFIG 090209000001020304",
        "CONFIG ",
        "CONFIG 0902ffff",
    ]


def test_the_machine(machine: Machine) -> None:
    machine.dynamic("option1")
    machine.program(70, "ModemManager")
    rules = machine.root / "lib/udev/rules.d/40-usb_modeswitch.rules"
    rules.parent.mkdir(parents=True)
    rules.touch()
    lines = report(machine)
    assert "running     ModemManager" in lines
    assert "loaded      option" in lines
    assert any(line.startswith("dynamic id  12d1 1506 in ") for line in lines)
    assert "rules       usb_modeswitch's udev rules are active" in lines


def test_all_but_the_descriptors_is_masked(machine: Machine) -> None:
    lines = report(machine, answers=["IMEI: 861234567890123"], tried=("called +49 151 23456789", "SECRET0123456789"))
    assert "IMEI: <15 digits>" in lines
    assert "called <phone number>" in lines
    assert not any("SECRET" in line for line in lines)
    assert "serial       <serial: 16 characters>" in lines


def test_hostile_text_is_escaped(machine: Machine) -> None:
    assert all(line.isprintable() for line in report(machine, answers=["\x1b]0;x\x07"], tried=("\x9b1m",)))


def test_the_families_and_the_plan(machine: Machine) -> None:
    lines = report(machine)
    assert "families that know 12d1:1506: huawei-stick" in lines
    (planned,) = (line for line in lines if line.startswith("plan"))
    assert planned.startswith("plan to switched: nothing to do")


def test_the_commands_and_their_answers() -> None:
    lines = simulated("e3372h-153,wakes=linux,sunny")
    assert [line.partition(":")[0] for line in lines if not line.startswith(" ")] == list(COMMANDS)
    assert "  ^SETPORT:A1,A2;12,1,16,A1,A2" in lines


def test_a_stick_that_does_not_talk() -> None:
    line, hint = simulated("e3372h", timeout=1.0)
    assert line.startswith("it could not be asked: ")
    assert hint.startswith("  ")
