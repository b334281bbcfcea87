"""Every command where its output cannot be written or its input not be read: what was to be done is done, and told.

The exit status is that of the job; only where that is 0 it tells of results that were lost.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from modeswitch import EVENTS
from modeswitch.cli.arguments import COMMANDS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent.parent
QUICK = "sunny,away=0.02,linger=0.01"
ASLEEP = ("--simulate", f"e3372h,{QUICK}")
AWAKE = ("--simulate", f"e3372h-153,wakes=linux,{QUICK},nvram=@/nvram")
PASTE = "tests/captures/07_dmesg_e8372_1f01_to_14db.txt"
OPENWRT = '{"messages":[],"devices":{"12d1:ab01":{"*":{"mode":"HuaweiNew"}}}}'

CALLS: dict[str, tuple[str, ...]] = {
    "list": ("list", *ASLEEP),
    "top": ("top", "--policy", "@/policy", *ASLEEP),
    "doctor": ("doctor", "1-1", *AWAKE),
    "doctor of a text": ("doctor", PASTE),
    "plan": ("plan", "1-1", *ASLEEP),
    "plan for another": ("plan", "1-1", "--as", "sh", *ASLEEP),
    "switch": ("1-1", "--to", "ncm", *ASLEEP),
    "switch of all": ("--all", "--to", "ncm", *ASLEEP, "--simulate", f"e3372h@1-2,{QUICK}"),
    "connect": ("connect", "1-1", "--apn", "internet", *AWAKE),
    "status": ("status", "1-1", *AWAKE),
    "disconnect": ("disconnect", "1-1", *AWAKE),
    "udev show": ("udev", "show"),
    "udev files": ("udev", "files", "--python", "/usr/bin/python3", "--root", "@/root"),
    "watch": ("watch", "--idle", "0.3", "--policy", "@/policy", *ASLEEP),
    "apply": ("apply", "1-1", "--policy", "@/policy", *ASLEEP),
    "restart": ("restart", "1-1", *AWAKE),
    "ports": ("ports", "1-1", *AWAKE),
    "ports written": ("ports", "1-1", "--set", "FF;12,1,A1,A2", "--persist", "--state", "@/state", *AWAKE),
    "restore": ("restore", "1-1", "--state", "@/state", *AWAKE),
    "profiles": ("profiles",),
    "profiles show": ("profiles", "show", "12d1:1f01"),
    "profiles graph": ("profiles", "graph", "huawei-hilink"),
    "profiles check": ("profiles", "check", "profiles/example.toml"),
    "profiles import": ("profiles", "import", "@/openwrt"),
    "profiles export": ("profiles", "export", "--usb-modeswitch"),
    "learn": (
        "learn",
        "1-1",
        "--like",
        "12d1:1f01",
        "--yes",
        "--into",
        "@",
        "--simulate",
        f"e3372h,{QUICK},id=12d1:ab",
    ),
    "explain": ("explain", "1b0000000200"),
    "report": ("report", "1-1", "--output", "-", *ASLEEP),
    "report to a file": ("report", "1-1", "--output", "@/report", *ASLEEP),
}
"""What it is → its words; ``@`` is a folder of its own."""
MADE = {
    "udev files": "root/etc/modeswitch.toml",
    "ports written": "state",
    "learn": "modeswitch-learn-12d1-00ab.md",
    "report to a file": "report",
}
"""What leaves a file, whether anybody reads of it or not."""
LOST = {
    "2>&-": 0,
    "2>/dev/full": 0,
    "<&-": 0,
    ">&-": 74,
    ">/dev/full": 74,
    ">&- 2>&-": 74,
    ">/dev/full 2>/dev/full": 74,
    "<&- >&- 2>&-": 74,
}
"""A shell's redirections → the exit status of what went well."""


def outcome(
    call: str, redirections: str, folder: Path, *more: str, gone: int = 0, **environment: str
) -> tuple[int, str, str]:
    """Status, stdout and stderr of one call, run by a shell with those redirections."""
    (folder / "policy").write_text('[default]\nto = "ncm"\n')
    (folder / "openwrt").write_text(OPENWRT)
    words = [word.replace("@", str(folder)) if "@1-" not in word else word for word in CALLS[call]]
    if call == "restore":  # something to be put back
        run("", "ports", "1-1", "--set", "FF;12,1,A1,A2", *words[2:], "--persist")
    return run(redirections, *words, *more, gone=gone, **environment)


def run(redirections: str, *words: str, gone: int = 0, before: str = ":", **environment: str) -> tuple[int, str, str]:
    """The same for any words; ``gone`` is the stream that is a pipe without a reader, where there is one.

    ``before`` is what the shell does first.
    """
    reading, writing = os.pipe()
    os.close(reading)
    with subprocess.Popen(
        ["sh", "-c", f'{before}; "$0" -m modeswitch "$@" {redirections}', sys.executable, *words],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        text=True,
        errors="replace",
        stdout=writing if gone == 1 else subprocess.PIPE,
        stderr=writing if gone == 2 else subprocess.PIPE,
    ) as process:
        os.close(writing)
        out, err = (said or "" for said in process.communicate(timeout=30))
    assert "Traceback" not in out + err
    assert "Exception ignored" not in err
    return process.returncode, out, err


def test_no_command_is_left_out() -> None:
    assert {words[0] for words in CALLS.values()} >= set(COMMANDS) - {"switch"}


@pytest.mark.parametrize("redirections", LOST)
@pytest.mark.parametrize("call", CALLS)
def test_output_that_cannot_be_written(call: str, redirections: str, tmp_path: Path) -> None:
    assert outcome(call, redirections, tmp_path)[0] == LOST[redirections]
    assert call not in MADE or (tmp_path / MADE[call]).exists()
    if call == "ports written":
        assert "FF;12,1,A1,A2" in (tmp_path / "nvram").read_text()


@pytest.mark.parametrize("redirections", [">&-", ">/dev/full", "2>&-"])
@pytest.mark.parametrize("call", CALLS)
def test_the_same_as_json(call: str, redirections: str, tmp_path: Path) -> None:
    assert outcome(call, redirections, tmp_path, "--json")[0] == LOST[redirections]
    assert call not in MADE or (tmp_path / MADE[call]).exists()


@pytest.mark.parametrize("call", CALLS)
def test_json_is_all_that_is_written(call: str, tmp_path: Path) -> None:
    status, out, err = outcome(call, "", tmp_path, "--json")
    events = [json.loads(line) for line in out.splitlines()]
    assert (status, err) == (0, "")
    assert events
    assert all(event["event"] in EVENTS and {"schema", "port", "time"} <= set(event) for event in events)


@pytest.mark.parametrize("stream", [1, 2])
@pytest.mark.parametrize("call", CALLS)
def test_a_reader_that_has_gone(call: str, stream: int, tmp_path: Path) -> None:
    """A pipe whose other end is closed, as that of head(1) is."""
    status, out, err = outcome(call, "", tmp_path, gone=stream)
    assert status == (141 if stream == 1 else 0), out + err
    assert call not in MADE or (tmp_path / MADE[call]).exists()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
@pytest.mark.parametrize("call", CALLS)
def test_every_charset_takes_what_is_said(call: str, encoding: str, tmp_path: Path) -> None:
    assert outcome(call, "", tmp_path, PYTHONIOENCODING=encoding)[0] == 0


@pytest.mark.parametrize(
    "words",
    [
        ("doctor", "-"),
        ("connect", "1-1", "--apn", "internet", "--pin", "-", "--simulate", "e3372h-153,wakes=linux"),
        ("1-1", "--web-password", "-", "--simulate", "e3372h"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("redirections", ["<&-", "0>/dev/null", "<<E\n\udcff\nE\n"])
def test_input_that_cannot_be_read(words: tuple[str, ...], redirections: str) -> None:
    """Closed, only to be written, and no text."""
    status, _, err = run(redirections, *words, PYTHONIOENCODING="utf-8:strict")
    assert status == (3 if words[0] == "doctor" and "E" in redirections else 2)
    assert err.startswith("modeswitch: ")


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", [("switch", "--help"), ("profiles", "show", "huawei-hilink")])
def test_a_disk_that_gets_full_in_the_middle_of_a_line(words: tuple[str, ...], unbuffered: str, tmp_path: Path) -> None:
    file = tmp_path / "out"
    small = "unset COVERAGE_PROCESS_CONFIG; ulimit -f 1"  # what make coverage measures would not fit either
    status, _, _ = run(f"> {file}", *words, before=small, PYTHONUNBUFFERED=unbuffered)
    assert (status, file.stat().st_size) in ((74, 512), (74, 1024))  # a block of dash's, or of bash's
