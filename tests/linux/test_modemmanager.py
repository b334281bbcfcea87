"""ModemManager's own tool, played by a script: asked, waited for, and always ended."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from modeswitch.linux import modemmanager
from modeswitch.linux.modemmanager import Inhibition
from modeswitch.methods.resources import Resources
from modeswitch.sim.host import SimHost
from modeswitch.usb.device import UsbDevice
from tests.support.rig import known_at, on_host

DEVICE = "/sys/devices/pci0000:00/usb1/1-1"
GRANTS = """\
trap 'echo released >>"$LOG"; exit 0' INT
echo "$@" >>"$LOG"
echo "successfully inhibited device with uid '$1'"
echo "type Ctrl+C to abort this program and remove the inhibition"
while :; do sleep 0.02; done
"""
REFUSES = "echo \"error: couldn't inhibit device: 'No device found'\" >&2; exit 1\n"
HANGS = "trap '' INT\nwhile :; do sleep 0.02; done\n"


class Here(SimHost):
    """A host where ModemManager runs."""

    def inhibition(self, usb_device: UsbDevice) -> Inhibition:
        return Inhibition(DEVICE)


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOG", str(tmp_path / "log"))
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(modemmanager, "SECONDS", 0.5)
    (tmp_path / "log").touch()
    return tmp_path / "log"


def tool(log: Path, script: str) -> None:
    path = log.parent / "mmcli"
    path.write_text(f"#!/bin/sh\n{script}")
    path.chmod(0o755)


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The processes that are started."""
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(words: list[str], **options: Any) -> subprocess.Popen[bytes]:
        started.append(popen(words, **options))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    return started


def is_gone(process: subprocess.Popen[bytes]) -> bool:
    """Has it ended, was it asked how, and was what it writes to closed?"""
    assert process.stdout is not None
    return process.returncode is not None and process.stdout.closed


def test_asked_and_released(log: Path, processes: list[subprocess.Popen[bytes]]) -> None:
    tool(log, GRANTS)
    inhibition = Inhibition(DEVICE)
    assert inhibition.begin()
    assert log.read_text() == f"--inhibit-device={DEVICE}\n"
    (process,) = processes
    assert os.getsid(process.pid) == process.pid  # a Ctrl-C at our terminal does not reach it
    inhibition.end()
    assert log.read_text().endswith("released\n")
    assert is_gone(process)
    inhibition.end()


@pytest.mark.parametrize(
    "script",
    [REFUSES, HANGS, "exit 0\n", "exec cat /dev/zero\n", "head -c 100000 /dev/zero\nwhile :; do sleep 0.02; done\n"],
)
def test_no_is_no_hindrance_and_leaves_nothing_behind(
    log: Path, script: str, processes: list[subprocess.Popen[bytes]]
) -> None:
    tool(log, script)
    began = time.monotonic()
    inhibition = Inhibition(DEVICE)
    assert not inhibition.begin()
    assert is_gone(processes[0])
    assert time.monotonic() - began < 5


def test_one_that_will_not_end_is_killed(log: Path, processes: list[subprocess.Popen[bytes]]) -> None:
    tool(log, GRANTS.replace("exit 0", ":"))
    inhibition = Inhibition(DEVICE)
    assert inhibition.begin()
    began = time.monotonic()
    inhibition.end()
    assert time.monotonic() - began < 5
    assert log.read_text().endswith("released\n")  # it was asked first
    assert is_gone(processes[0])
    assert processes[0].returncode == -signal.SIGKILL


def test_without_the_tool_or_without_sysfs(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool(log, GRANTS)
    assert not Inhibition("").begin()
    assert log.read_text() == ""
    monkeypatch.setenv("PATH", "/nonexistent")
    assert not Inhibition(DEVICE).begin()


def test_a_tool_that_cannot_be_run(log: Path) -> None:
    tool(log, GRANTS)
    (log.parent / "mmcli").write_text("#!/nonexistent/sh\n")
    assert not Inhibition(DEVICE).begin()


def test_interrupted_while_it_answers(
    log: Path, processes: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    tool(log, GRANTS)
    inhibition = Inhibition(DEVICE)

    def interrupted(*_lists: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(select, "select", interrupted)
    with pytest.raises(KeyboardInterrupt):
        inhibition.begin()
    assert is_gone(processes[0])


@pytest.mark.parametrize("fails", [RuntimeError, KeyboardInterrupt])
def test_released_whatever_happens(log: Path, fails: type[BaseException]) -> None:
    tool(log, GRANTS)
    here, _host = on_host("e3372h-153,wakes=linux", Here)
    device = known_at(here, "1-1")
    assert device is not None

    def talk() -> None:
        with Resources(here, device, here.now() + 10, lambda *_, **__: None) as resources:
            resources.dialogue().ask("AT")
            assert "released" not in log.read_text()
            raise fails

    with pytest.raises(fails):
        talk()
    assert log.read_text().endswith("released\n")
