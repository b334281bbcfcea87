"""Lines of a shell: run by a shell where they can be, with files in the place of a stick's."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from modeswitch.exporters import shell
from modeswitch.exporters.stick import Stick
from modeswitch.methods.base import Action
from modeswitch.methods.ports import Ports
from modeswitch.methods.registry import read_step
from modeswitch.methods.storage import Bot
from modeswitch.methods.u2diag import U2diag
from modeswitch.usb.descriptors import UsbId
from tests.support.rig import here, sunny

STICK = Stick(UsbId(0x12D1, 0x1506), "1-1.4", "/dev/ttyUSB2")


def action(step: dict[str, dict[str, object]]) -> Action:
    return read_step(step, "test", "").actions[0]


def run(line: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, timeout=20)


@pytest.mark.parametrize("command", ["AT^RESET", 'AT^SETPORT="A1,A2;12,16"', "AT+X=50%", "AT+X='y'", "AT+X=\\n"])
def test_a_command_reaches_the_tty_as_it_is(command: str, tmp_path: Path) -> None:
    tty = tmp_path / "tty"
    done = run(shell.send(str(tty), command), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert tty.read_bytes() == command.encode() + b"\r"


@pytest.mark.slow
def test_a_list_is_written_only_once_somebody_has_made_it(tmp_path: Path) -> None:
    tty = tmp_path / "tty"
    tty.write_bytes(b"")
    lines = shell.lines(Ports("ncm", "FF"), STICK._replace(tty=str(tty)))
    reads, (write,), (back,) = lines[1:3], lines[4:5], lines[5:]
    assert ["AT^SETPORT?" in line and "tee -a" in line for line in reads] == [True, False]
    assert "'A1,A2;12' becomes 'FF;12,16'" in lines[3]
    assert run(write, tmp_path, PATH="/usr/bin:/bin").stderr
    assert tty.read_bytes() == b""
    run(write, tmp_path, PATH="/usr/bin:/bin", LIST="FF;10,12,16")
    assert tty.read_bytes() == b'AT^SETPORT="FF;10,12,16"\r'
    assert back.startswith("# The way back")


@pytest.mark.parametrize(("written", "look"), [(Ports(value="A1,A2;12,16"), "AT^SETPORT?"), (U2diag(0), "AT^U2DIAG?")])
def test_nvram_is_kept_before_it_is_written(written: Action, look: str) -> None:
    lines = shell.lines(written, STICK)
    places = [
        next(n for n, line in enumerate(lines) if text in line)
        for text in (look, "AT^SETPORT=" if look[3] == "S" else "AT^U2DIAG=")
    ]
    assert places == sorted(places)
    assert f"tee -a {shell.KEPT}" in lines[places[0]]
    assert lines[-1].startswith("# The way back")


def test_a_page_is_asked_for_its_token_first(tmp_path: Path) -> None:
    """Curl is a script here, which answers as a HiLink page does and keeps what it is called with."""
    page = "<?xml version='1.0'?><response><SesInfo>SessionID=abc/+=</SesInfo><TokInfo>t0k</TokInfo></response>"
    curl = tmp_path / "curl"
    curl.write_text(f'#!/bin/sh\nfor word; do echo "$word" >> {tmp_path}/words; done\necho "{page}"\n')
    curl.chmod(0o755)
    lines = [line for line in shell.lines(action({"hilink": {"call": "reboot"}}), STICK) if line[0] != "#"]
    assert run("\n".join(lines), tmp_path, PATH=f"{tmp_path}:/usr/bin:/bin").stderr == ""
    words = (tmp_path / "words").read_text().splitlines()
    assert words[1] == "http://192.168.8.1/api/webserver/SesTokInfo"
    assert words[3:7] == ["-b", "SessionID=abc/+=", "-H", "__RequestVerificationToken: t0k"]
    assert words[8].endswith("<request><Control>1</Control></request>")
    assert words[9] == "http://192.168.8.1/api/device/control"


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"at": {"send": "AT^RESET"}}, "(cat /dev/ttyUSB2 & printf 'AT^RESET\\r' > /dev/ttyUSB2; sleep 2; kill $!)"),
        ({"configuration": {"value": 2}}, "echo 2 > /sys/bus/usb/devices/1-1.4/bConfigurationValue"),
        ({"detach": {}}, "echo 1-1.4:1.0 > /sys/bus/usb/drivers/usb-storage/unbind"),
        ({"pause": {"seconds": 1.5}}, "sleep 2"),
        ({"power": {}}, "echo 1 > /sys/bus/usb/devices/1-1:1.0/1-1-port4/disable; sleep 3; echo 0 > "),
    ],
)
def test_what_a_shell_does(step: dict[str, dict[str, object]], said: str) -> None:
    assert shell.lines(action(step), STICK)[0].startswith(said)


def test_a_scsi_command_is_its_cdb() -> None:
    bot = action({"huawei": {"os": "linux", "new": True, "cd": True, "green": "work"}})
    assert isinstance(bot, Bot)
    assert shell.scsi_lines(bot) == ["sg_raw /dev/sr0 11 06 20 00 00 01 01 00 01 00 00 00 00 00 00 00"]
    reads = action({"scsi": {"cdb": "120000002400", "data-in": 36}})
    assert isinstance(reads, Bot)
    assert shell.scsi_lines(reads) == ["sg_raw -r 36 /dev/sr0 12 00 00 00 24 00"]


def test_a_scsi_command_with_data_gets_them_byte_by_byte(tmp_path: Path) -> None:
    """sg_raw is a script here, which keeps its words and what it is given."""
    tool = tmp_path / "sg_raw"
    tool.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/words\ncat > {tmp_path}/data\n')
    tool.chmod(0o755)
    writes = action({"scsi": {"cdb": "150000000400", "data-out": "00275c0a"}})
    assert isinstance(writes, Bot)
    (line,) = shell.scsi_lines(writes)
    assert run(line, tmp_path, PATH=f"{tmp_path}:/usr/bin:/bin").stderr == ""
    assert (tmp_path / "words").read_text() == "-s 4 /dev/sr0 15 00 00 00 04 00\n"
    assert (tmp_path / "data").read_bytes() == b"\x00'\\\n"


def test_the_kernels_own_pipes_are_the_only_ones_that_sg_raw_has() -> None:
    elsewhere = action({"scsi": {"cdb": "120000002400", "data-in": 36}})
    assert isinstance(elsewhere, Bot)
    assert shell.scsi_lines(Bot(elsewhere.cbw, elsewhere.data_in, pipe_out=5)) == []


def test_a_stick_that_has_left_storage_behind() -> None:
    """What it is now has neither the configuration nor the storage that the step means."""
    seen = here(sunny("e3372h-153,wakes=linux"))
    without = here(sunny("e3372h-153,wakes=windows,ports=FF;12+16"))
    comment, line = shell.lines(action({"configuration": {"has": "mbim"}}), STICK._replace(seen=seen))
    assert comment.startswith("# N is the bConfigurationValue with mbim: ")
    assert line.startswith("echo N > ")
    assert not [role for _, role in without.roles if role == "storage"]
    assert shell.lines(action({"detach": {}}), STICK._replace(seen=without))[0].startswith("echo 1-1.4:1.0 > ")


@pytest.mark.parametrize(
    "step",
    [
        {"control": {"request-type": 0x40, "request": 0xA1}},
        {"control": {"request-type": 0xC0, "request": 0x11, "value": 2, "length": 3}},
        {"interrupt": {"endpoint": 2, "hex": "3701"}},
        {"interrupt": {"endpoint": 0x81, "length": 8, "times": 2}},
        {"bulk": {"endpoint": 5, "hex": "1b5a01"}},
    ],
    ids=str,
)
def test_what_pyusb_does_is_python(step: dict[str, dict[str, object]]) -> None:
    (line,) = shell.pyusb_lines(action(step), STICK)
    assert line[:12] + line[-1:] == 'python3 -c ""'
    code = line.removeprefix('python3 -c "').removesuffix('"')
    compile(code, "line", "exec")
    assert "idProduct=0x1506" in code
    assert '"' not in code
