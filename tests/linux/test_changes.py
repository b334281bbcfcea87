"""What tells of changes besides the bus: files that are written in a folder, and a real kernel's network interfaces."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from modeswitch.linux import changes, locks, past
from modeswitch.usb.descriptors import Port

ROOT = Path(__file__).resolve().parent.parent.parent


def told(heard: changes.NoteChanges, seconds: float = 0.0) -> bool:
    """Has something changed that counts?  What was told is taken."""
    ready = bool(select.select([heard], [], [], seconds)[0])
    return heard.take() and ready


def test_a_note_is_told(tmp_path: Path) -> None:
    heard = changes.NoteChanges([str(tmp_path)])
    assert not told(heard)
    past.note(Port(1, (1,)), error="Busy", where=str(tmp_path))
    past.note(Port(1, (2,)), away=1.0, where=str(tmp_path))
    assert told(heard)
    assert not told(heard)
    past.read(Port(1, (1,)), str(tmp_path))
    locks.PortLock(Port(1, (1,)), str(tmp_path)).acquire(1, lambda _: None, lambda _: None)
    (tmp_path / "1-1.woke").write_text("")
    assert not told(heard)
    heard.close()


def test_a_folder_that_is_made_later_is_heard_from_then_on(tmp_path: Path) -> None:
    heard = changes.NoteChanges([str(tmp_path / "modeswitch"), str(tmp_path / "none/modeswitch")])
    (tmp_path / "other").touch()
    assert not told(heard)
    past.note(Port(1, (1,)), error="Busy", where=str(tmp_path / "modeswitch"))
    assert told(heard)
    past.note(Port(1, (1,)), error="Busy", where=str(tmp_path / "modeswitch"))
    assert told(heard)
    heard.close()


def test_no_file_is_left_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "MACHINE", str(tmp_path))
    before = os.listdir("/proc/self/fd")
    opened = changes.open_all()
    assert opened is not None
    assert len(opened) == 2
    for one in opened:
        one.close()
    monkeypatch.setattr(past, "folders", lambda: ["/" + "x" * 5000])
    assert changes.open_all() is None
    assert os.listdir("/proc/self/fd") == before


NETWORK = """
import select, subprocess
from modeswitch.linux.changes import NetworkChanges
heard = NetworkChanges()
def told():
    ready = bool(select.select([heard], [], [], 2)[0])
    heard.take()
    return ready
for words in (
    "link add one0 type veth peer name two0",
    "link set one0 up",
    "link set two0 up",
    "address add 10.0.0.1/24 dev one0",
    "-6 address add fd00::1/64 dev one0",
    "link set two0 down",
):
    subprocess.run(["ip", *words.split()], check=True)
    print(told())
import time; time.sleep(0.2); heard.take()
print(bool(select.select([heard], [], [], 0.3)[0]))
"""


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("ip"), reason="needs root, ip")
def test_a_carrier_and_an_address_are_told() -> None:
    command = ["unshare", "-n", sys.executable, "-c", NETWORK]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    if "unshare" in done.stderr:
        pytest.skip(done.stderr)
    assert done.stdout.split() == ["True"] * 6 + ["False"], done.stderr
