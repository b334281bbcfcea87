"""``modeswitch doctor`` and ``modeswitch report``, from words to exit status: texts, simulated sticks, a machine."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeswitch.doctor.masking import mask
from modeswitch.doctor.pasted.read import read
from modeswitch.linux import modules
from modeswitch.linux.binding import Binder
from modeswitch.linux.bus import LinuxBus
from tests.support.machine_tree import SEED, Machine
from tests.support.said import Command
from tests.support.usb_devices import CAPTURES

SEED_FILE = str(next(CAPTURES.glob("05_*")))

KERNEL = os.uname_result(("Linux", "machine", "6.1.0-test", "#1", "x86_64"))


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A made-up machine that the command takes for this one; nothing is plugged in."""
    made = Machine(tmp_path / "machine")
    of_this_host = modules.of_this_host
    monkeypatch.setattr("modeswitch.host.default", lambda: LinuxBus(str(made.sys)))
    monkeypatch.setattr("modeswitch.cli.doctor.ROOTS", made.roots)
    monkeypatch.setattr("os.uname", lambda: KERNEL)
    monkeypatch.setattr(modules, "of_this_host", lambda sys: of_this_host(sys, str(made.modules.parent)))
    monkeypatch.setattr(Binder, "_write", lambda _self, path, text: made.write(path, text))
    monkeypatch.setattr(Binder, "_modprobe", lambda _self, *words: made.modprobe(*words))
    return made


# Texts.


@pytest.mark.parametrize("name", sorted(path.name for path in CAPTURES.iterdir()))
def test_every_capture_is_diagnosed(command: Command, name: str) -> None:
    said = command("doctor", str(CAPTURES / name))
    number = name[:2]
    wanted = 3 if number in ("26", "27", "29") else 1 if number in ("05", "16", "19", "21", "22") else 0
    assert said.status == wanted
    assert "lines understood" in said.out.splitlines()[0]
    assert (said.err == "") is (wanted != 3)


def test_the_seed_as_a_person_reads_it(command: Command) -> None:
    said = command("doctor", SEED_FILE)
    assert said.status == 1
    lines = said.out.splitlines()
    assert lines[0].endswith("13 of 13 lines understood (usb-devices, dmesg)")
    assert lines[1] == "  its kernel    2.6 (by the style of its messages)"
    assert lines[2] == "12d1:1506 at 1-1.2: ncm  (E3372 and others: the unified data card)"
    assert lines[3] == "  interface 0  ff/03/12  pcui     option"
    assert lines[4] == "  interface 1  ff/03/16  ncm      option  should be huawei_cdc_ncm"
    assert sum(line.startswith("  note: way out") for line in lines) == 2
    assert '      $ modeswitch ports 1-1.2 --set "A1,A2;12,16" --persist' in lines


def test_json(command: Command) -> None:
    said = command("doctor", SEED_FILE, "--json")
    names = [event["event"] for event in said.events]
    assert names == ["read", "stick", "finding", "finding", "finding", "done"]
    assert said.events[1]["interfaces"][1] == {
        "number": 1,
        "class": "ff/03/16",
        "role": "ncm",
        "driver": "option",
        "should": ["huawei_cdc_ncm"],
    }
    assert said.events[-1] == {"event": "done", "result": "diagnosed", "problems": 1}


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
    assert said.out.startswith("standard input: 13 of 13")


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
    assert "the text tells nothing of its interfaces" in said.out
    assert said.status == 0


@pytest.mark.parametrize("text", [b"", b"\0\xff" * 1000, b"how do I get my stick to work?\n", b"\x1b]0;x\x07 y\n"])
def test_a_text_that_tells_nothing(command: Command, tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "post.txt"
    path.write_bytes(text)
    said = command("doctor", str(path))
    assert said.status == 3
    assert "no USB device can be read" in said.err
    assert "\x1b" not in said.out + said.err
    assert command("doctor", str(path), "--json").events[-1]["status"] == 3


@given(st.binary(max_size=300), st.integers(0, 2000))
def test_any_text_ends_well(changes: bytes, at: int) -> None:
    """In a fresh bytes of the seed, whatever is changed, something is read and nothing is raised."""
    text = bytearray(Path(SEED_FILE).read_bytes())
    text[at : at + len(changes)] = changes
    read(bytes(text))


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
    assert "good: its network interface is wwan0" in said.out
    assert "modeswitch connect 1-1 --apn NAME" in said.out
    again = command("doctor", "1-1", "--fix")
    assert again.status == 0
    assert "nothing that can be put right" in again.err


def test_fix_does_nothing_while_a_program_has_the_port(command: Command, machine: Machine) -> None:
    machine.stick(*SEED, bound=("option", "option"))
    machine.program(70, "ModemManager", "/dev/ttyUSB1")
    said = command("doctor", "1-1", "--fix")
    assert said.status == 5
    assert "/dev/ttyUSB1 is open in ModemManager (70)" in said.err
    assert machine.wrote == []


def test_fix_without_permission(command: Command, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.stick(*SEED, bound=("option", "option"))
    monkeypatch.undo()
    monkeypatch.setattr("modeswitch.host.default", lambda: LinuxBus(str(machine.sys)))
    monkeypatch.setattr("modeswitch.cli.doctor.ROOTS", machine.roots)
    of_this_host = modules.of_this_host
    monkeypatch.setattr("os.uname", lambda: KERNEL)
    monkeypatch.setattr(modules, "of_this_host", lambda sys: of_this_host(sys, str(machine.modules.parent)))

    def refuse(path: str, *_: object) -> int:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("modeswitch.linux.binding.os.open", refuse)
    said = command("doctor", "1-1", "--fix")
    assert said.status == 7
    assert "unbinding option from 1-1:1.1" in said.err


def test_fix_never_touches_storage(command: Command, machine: Machine) -> None:
    machine.stick("08/06/50", usb="12d1:1f01")
    said = command("doctor", "1-1", "--fix")
    assert said.status == 1
    assert machine.wrote == machine.ran == []


# The report.


def test_a_report_is_a_new_file_of_its_owners(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = command("report", "1-1", sticks=("e3372h",))
    assert said.status == 0
    path = tmp_path / "modeswitch-report-1-1.txt"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_text()
    again = command("report", "1-1", sticks=("e3372h",))
    assert again.status == 5
    assert path.read_text() == before
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    assert command("report", "1-1", "--output", "link", sticks=("e3372h",)).status == 5
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_is_not_there(command: Command, tmp_path: Path) -> None:
    assert command("report", "1-1", "--output", str(tmp_path / "no/where"), sticks=("e3372h",)).status == 5


def test_what_a_report_holds_and_does_not(command: Command, machine: Machine) -> None:
    machine.stick(*SEED, bound=("option", "option"))
    machine.dynamic("option1")
    tried = "pppd; called +49 151 23456789; IMEI 861234567890123; MAC 0c:5b:8f:27:9a:64; SECRET0123456789"
    said = command("report", "1-1", "--tried", tried, "--tried", "a new cable", "--output", "-")
    assert said.status == 0
    for secret in ("SECRET0123456789", "861234567890123", "23456789", "27:9a:64"):
        assert secret not in said.out
    for word in ("<serial: 16 characters>", "<15 digits>", "<phone number>", "<MAC>", "a new cable", "Linux"):
        assert word in said.out
    assert "DEVICE 1201" in said.out
    assert "CONFIG 0902" in said.out
    assert "families that know 12d1:1506: huawei-stick" in said.out
    assert "dynamic id  12d1 1506" in said.out
    assert "interface 1  ff/03/16  ncm      option  should be huawei_cdc_ncm" in said.out


def test_a_report_can_be_given_to_the_doctor(command: Command, machine: Machine, tmp_path: Path) -> None:
    machine.stick(*SEED, bound=("option", "option"))
    path = tmp_path / "report.txt"
    assert command("report", "1-1", "--output", str(path)).status == 0
    said = command("doctor", str(path))
    assert said.status == 1
    assert "12d1:1506 at 1-1: ncm" in said.out
    assert "interface 1 (ff/03/16, ncm) is held by option" in said.out


def test_a_report_talks_only_when_told_to(command: Command) -> None:
    stick = "e3372h-153,wakes=linux"
    assert "SETPORT" not in command("report", "1-1", "--output", "-", sticks=(stick,)).out
    said = command("report", "1-1", "--talk", "--output", "-", sticks=(stick,))
    assert said.status == 0
    assert "^SETPORT:A1,A2;12,1,16,A1,A2" in said.out
    assert "^GETPORTMODE" in said.out


def test_a_report_of_a_stick_that_does_not_talk(command: Command) -> None:
    said = command("report", "1-1", "--talk", "--timeout", "1", "--output", "-", sticks=("e3372h",))
    assert said.status == 0
    assert "it could not be asked" in said.out


def test_a_report_as_json(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "r.txt"
    (done,) = command("report", "1-1", "--json", "--output", str(path), sticks=("e3372h",)).events
    assert (done["result"], done["file"]) == ("report", str(path))
    (done,) = command("report", "1-1", "--json", "--output", "-", sticks=("e3372h",)).events
    assert "# what was tried" in done["text"]


# What is masked.


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("IMEI: 861234567890123", "IMEI: <15 digits>"),
        ("imei861234567890123x", "imei<15 digits>x"),
        ("8612345678901234", "<16 digits>"),
        ("89490200001234567890", "<20 digits>"),
        ("1234567890123", "1234567890123"),
        ("+491512345678", "<phone number>"),
        ("+49 (151) 234-56789", "<phone number>"),
        ("+1234567", "+1234567"),
        ("+CSQ: 12,99", "+CSQ: 12,99"),
        ("00:1e:10:1f:00:00", "<MAC>"),
        ("00-1E-10-1F-00-00", "<MAC>"),
        ("enx001e101f0000: renamed", "enx<MAC>: renamed"),
        ("ff/03/16 12:34:56", "ff/03/16 12:34:56"),
        ("SerialNumber: ABCDEF", "SerialNumber: <serial: 6 characters>"),
        ("S:  SerialNumber=0123456789ABCDEF", "S:  SerialNumber=<serial: 16 characters>"),
        ("iSerial                 3 FFFF", "iSerial                 3 <serial: 4 characters>"),
        ("it is KNOWN1 here", "it is <serial: 6 characters> here"),
    ],
)
def test_mask(text: str, masked: str) -> None:
    assert mask(text, ("KNOWN1", "", "1")) == masked


@given(st.text(max_size=200), st.from_regex(r"[0-9]{14,16}", fullmatch=True))
def test_no_imei_is_left(text: str, imei: str) -> None:
    assert imei not in mask(f"{text} {imei} {text}", ()) or imei in text


@given(st.text(max_size=300), st.lists(st.text(max_size=20), max_size=3))
def test_masking_never_raises(text: str, secrets: list[str]) -> None:
    mask(text, secrets)
