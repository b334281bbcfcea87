"""``modeswitch doctor``, from words to exit status: texts, simulated sticks, a machine."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from modeswitch.linux import binding
from tests.support.machine_tree import SEED, Machine
from tests.support.said import Command
from tests.support.usb_devices import CAPTURES

SEED_FILE = str(next(CAPTURES.glob("05_*")))

# Texts.


@pytest.mark.parametrize("name", sorted(path.name for path in CAPTURES.iterdir()))
def test_every_capture_is_diagnosed(command: Command, name: str) -> None:
    said = command("doctor", str(CAPTURES / name))
    number = name[:2]
    statuses = {"17": 9} | dict.fromkeys(("26", "27", "29"), 3) | dict.fromkeys(("05", "16", "19", "21", "22"), 1)
    wanted = statuses.get(number, 0)
    assert said.status == wanted
    lines = said.out.splitlines()
    assert "lines understood" in "".join(line for line in lines if line.startswith(str(CAPTURES)))
    assert wanted == 3 or "lines understood" not in lines[0]
    assert (said.err == "") is (wanted != 3)


def test_the_seed_as_a_person_reads_it(command: Command) -> None:
    said = command("doctor", SEED_FILE)
    assert said.status == 1
    lines = said.out.splitlines()
    assert lines[0].startswith("12d1:1506 at 1-1.2: ncm, a problem: interface 1 (ff/03/16, ncm) is held by option")
    assert lines[0].endswith("  (MOBILE: E3372 and others: the unified data card)")
    assert lines[-5] == "  interface 0  ff/03/12  pcui     option"
    assert lines[-4] == "  interface 1  ff/03/16  ncm      option  should be huawei_cdc_ncm"
    assert lines[-3].endswith("13 of 13 lines understood (usb-devices, dmesg)")
    assert lines[-2] == "  its kernel    2.6 (by the style of its messages)"
    assert lines[-1] == "  its system    Asuswrt"
    assert sum(line.startswith("  note: way out") for line in lines) == 3
    assert "      $ printf 'AT^SETPORT=\"A1,A2;12,16\"\\r' > /dev/ttyUSB0" in lines


def test_json(command: Command) -> None:
    said = command("doctor", SEED_FILE, "--json")
    names = [event["event"] for event in said.events]
    assert names == ["stick", *["finding"] * 4, "read", "done"]
    assert said.events[0]["verdict"] == "problem"
    ways = ["way-out-linux", "way-out-155e", "way-out-hilink"]
    assert [event["id"] for event in said.events[1:5]] == ["wrong-driver", *ways]
    assert said.events[1]["wants"] == ["stop-new-id", "install huawei_cdc_ncm"]
    assert said.events[5]["system"] == "asuswrt"
    assert said.events[0]["interfaces"][1] == {
        "number": 1,
        "class": "ff/03/16",
        "role": "ncm",
        "driver": "option",
        "should": ["huawei_cdc_ncm"],
    }
    assert said.events[-1] == {"event": "done", "result": "diagnosed", "problems": 1, "unclear": 0}


def test_another_machines_drivers(command: Command, tmp_path: Path) -> None:
    (tmp_path / "modules.alias").write_text("alias usb:v*p*d*dc*dsc*dp*ic02isc0Dip00in* cdc_ncm\n")
    said = command("doctor", SEED_FILE, "--kernel-modules", str(tmp_path))
    assert said.status == 1
    assert "This kernel has cdc_ncm for 02/0d/00." in said.out
    assert "huawei_cdc_ncm is not installed" in said.out


def test_a_folder_without_an_index(command: Command, tmp_path: Path) -> None:
    assert command("doctor", SEED_FILE, "--kernel-modules", str(tmp_path)).status == 2


def test_standard_input(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    text = Path(SEED_FILE).read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))
    said = command("doctor", "-")
    assert said.status == 1
    assert "\nstandard input: 13 of 13" in said.out


def test_several_texts(command: Command) -> None:
    good = str(next(CAPTURES.glob("01_*")))
    assert command("doctor", good).status == 0
    said = command("doctor", good, SEED_FILE)
    assert said.status == 1
    assert "12d1:15b6" in said.out
    assert "12d1:1506" in said.out


def test_what_is_not_huaweis_is_named_and_left_out(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "lsusb.txt"
    path.write_text("Bus 001 Device 005: ID 12d1:1f01 Huawei\nBus 001 Device 002: ID 8087:0024 Intel Corp. Hub\n")
    said = command("doctor", str(path))
    assert "left out      8087:0024" in said.out
    assert "not switched yet" in said.out
    assert said.status == 1


@pytest.mark.parametrize("text", [b"", b"\0\xff" * 1000, b"how do I get my stick to work?\n", b"\x1b]0;x\x07 y\n"])
def test_a_text_that_tells_nothing(command: Command, tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "post.txt"
    path.write_bytes(text)
    said = command("doctor", str(path))
    assert said.status == 3
    assert "no USB device can be read" in said.err
    assert "\x1b" not in said.out + said.err
    assert command("doctor", str(path), "--json").events[-1]["status"] == 3


def test_a_file_that_cannot_be_read(command: Command) -> None:
    said = command("doctor", "/proc/self/mem")
    assert said.status == 2
    assert "/proc/self/mem: " in said.err


def test_a_text_cannot_be_fixed(command: Command) -> None:
    said = command("doctor", SEED_FILE, "--fix")
    assert said.status == 5
    assert said.out == ""


@pytest.mark.parametrize(("words", "status"), [(("nothing.txt",), 2), (("1-9",), 3), (("12d1:1f01",), 3), ((), 3)])
def test_what_is_not_there(command: Command, machine: Machine, words: tuple[str, ...], status: int) -> None:
    said = command("doctor", *words)
    assert said.status == status
    assert machine.wrote == []
    assert said.out == ""


def test_a_pipe_in_a_real_process() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "modeswitch", "doctor", "/dev/stdin"],
        input=Path(SEED_FILE).read_bytes(),
        capture_output=True,
        timeout=30,
        check=False,
        cwd=CAPTURES.parent.parent,
    )
    assert done.returncode == 1
    assert b"way out 2" in done.stdout


# Sticks.


def test_simulated_sticks(command: Command) -> None:
    said = command("doctor", sticks=("e3372h", "e3372h-153@1-2,wakes=linux"))
    assert said.status == 1
    assert "12d1:1f01 at 1-1: mass-storage" in said.out
    assert "12d1:1506 at 1-2: ncm" in said.out
    assert command("doctor", "1-2", sticks=("e3372h", "e3372h-153@1-2,wakes=linux")).status == 0


def test_a_simulated_stick_is_not_repaired(command: Command) -> None:
    said = command("doctor", "1-1", "--fix", sticks=("e3372h-153,wakes=linux",))
    assert said.status == 0
    assert "nothing that can be put right here" in said.err


def test_the_seed_on_a_modern_machine(command: Command, machine: Machine) -> None:
    machine.stick(*SEED, bound=("option", "option"))
    machine.dynamic("option1")
    said = command("doctor")
    assert said.status == 1
    assert "This kernel has the driver for it: huawei_cdc_ncm." in said.out
    assert "'12d1 1506' stands in" in said.out
    assert "$ modeswitch doctor 1-1 --fix" in said.out
    assert "way out" not in said.out
    assert machine.wrote == machine.ran == []


def test_fix(command: Command, machine: Machine) -> None:
    machine.stick(*SEED, bound=("option", "option"))
    machine.dynamic("option1")
    said = command("doctor", "1-1", "--fix")
    assert said.status == 0
    assert said.err.splitlines() == [
        "1-1: unbinding option from 1-1:1.1",
        "1-1: loading option anew, which forgets the id 12d1:1506",
        "1-1: loading huawei_cdc_ncm",
        "1-1: binding huawei_cdc_ncm to 1-1:1.1",
    ]
    assert "ncm, well: its network interface is wwan0" in said.out
    assert "modeswitch connect 1-1 --apn NAME" in said.out
    again = command("doctor", "1-1", "--fix")
    assert again.status == 0
    assert "nothing that can be put right" in again.err


BROVI = ("ff/ff/ff",) * 5 + ("02/0d/00", "0a/00/01")
"""A Brovi E3372-325 as a modem: AT on interfaces 1 and 4."""


def test_fix_tells_option_of_an_id_that_it_does_not_know(command: Command, machine: Machine) -> None:
    machine.stick(*BROVI, usb="3566:2001", bound=("", "", "", "", "", "cdc_ncm", "cdc_ncm"))
    machine.declines.update({"1-1:1.0", "1-1:1.3"})
    before = command("doctor", "1-1")
    assert before.status == 1
    assert "option drives it and does not know 3566:2001 by itself" in before.out
    assert "$ modeswitch doctor 1-1 --fix" in before.out
    assert "$ modeswitch udev install" in before.out
    assert machine.wrote == machine.ran == []
    said = command("doctor", "1-1", "--fix")
    assert said.status == 0, said
    assert (machine.ran, machine.wrote) == (["option"], ["option1/new_id 3566 2001 ff"])
    assert machine.bound("1-1:1.4") == "option"
    assert machine.bound("1-1:1.5") == "cdc_ncm"
    again = command("doctor", "1-1", "--fix")
    assert "nothing that can be put right" in again.err
    assert "somebody wrote" not in again.out
    assert machine.wrote == ["option1/new_id 3566 2001 ff"]


@pytest.mark.parametrize("usb", ["3566:2002", "1234:5678"])
def test_fix_tells_option_of_no_other_id(usb: str, command: Command, machine: Machine) -> None:
    machine.stick(*BROVI, usb=usb)
    command("doctor", "1-1", "--fix")
    assert not any("new_id" in line for line in machine.wrote)


def test_where_option_is_not_there_its_absence_is_told(command: Command, machine: Machine) -> None:
    (machine.modules / "modules.alias").write_text("alias usb:v*p*d*dc*dsc*dp*ic08isc06ip50in* usb_storage\n")
    machine.stick(*BROVI, usb="3566:2001")
    said = command("doctor", "1-1", "--fix")
    assert said.status == 1
    assert "option is not installed" in said.out
    assert machine.wrote == machine.ran == []


def test_fix_does_nothing_while_a_program_has_the_port(command: Command, machine: Machine) -> None:
    machine.stick(*SEED, bound=("option", "option"))
    machine.program(70, "ModemManager", "/dev/ttyUSB1")
    said = command("doctor", "1-1", "--fix")
    assert said.status == 5
    assert "/dev/ttyUSB1 is open in ModemManager (70)" in said.err
    assert machine.wrote == []


def test_fix_without_permission(command: Command, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.stick(*SEED, bound=("option", "option"))

    def refuse(path: str, _text: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(binding, "write_attribute", refuse)
    said = command("doctor", "1-1", "--fix")
    assert said.status == 7
    assert "unbinding option from 1-1:1.1" in said.err


def test_fix_never_touches_storage(command: Command, machine: Machine) -> None:
    machine.stick("08/06/50", usb="12d1:1f01")
    said = command("doctor", "1-1", "--fix")
    assert said.status == 1
    assert machine.wrote == machine.ran == []


@pytest.mark.parametrize("words", [("12d1:1f01",), ()])
def test_of_sticks_that_fit_the_one_at_the_port_is_judged(command: Command, words: tuple[str, ...]) -> None:
    said = command("doctor", *words, "--port", "1-2", sticks=("e3372h", "e3372h@1-2"))
    assert "at 1-2" in said.out
    assert "at 1-1" not in said.out


@pytest.mark.parametrize("words", [("12d1:1f01",), ()])
def test_a_port_with_nothing_that_fits_is_not_called_well(command: Command, words: tuple[str, ...]) -> None:
    said = command("doctor", *words, "--port", "1-9", sticks=("e3372h",))
    assert said.status == 3
    assert "nothing at port 1-9 is" in said.err
