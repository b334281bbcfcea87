"""On a terminal: a live line while the stick is away, wiped before anything else is said; and colours."""

from __future__ import annotations

import os
import pty
import select

import pytest

from tests.support.rig import plugged
from tests.support.said import Command

WIPE = "\r\x1b[K"


def seen_on_a_terminal(command: Command, monkeypatch: pytest.MonkeyPatch, *words: str, stick: str) -> str:
    """What a terminal gets on stderr."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr("sys.stderr", terminal)
        assert command(*words, bus=plugged(stick)).status == 0
        seen = b""
        while select.select([ours], [], [], 0.2)[0]:  # a terminal gives what was written in parts
            seen += os.read(ours, 1 << 16)
    os.close(ours)
    return seen.decode()


def waits(seen: str) -> list[str]:
    return [line.partition(", ")[2] for line in seen.split("\r") if "waiting for the stick" in line]


def test_the_live_line_counts_up_beside_what_is_usual_and_is_wiped(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    seen = seen_on_a_terminal(command, monkeypatch, "12d1:1f01", stick="e3372h,away=1")
    live = waits(seen)
    waited = [float(line.split()[0]) for line in live]
    assert len(waited) >= 4
    assert waited == sorted(waited)
    assert waited[0] == 0
    assert 0.8 <= waited[-1] <= 3
    assert all(line.endswith("(usually 1 s)") for line in live)
    assert f"{WIPE}1-1: back as 12d1:14dc" in seen


def test_where_nothing_is_usual_it_says_how_long_at_most(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    live = waits(seen_on_a_terminal(command, monkeypatch, "1-1", "--timeout", "9", stick="e220,away=1"))
    assert live
    assert all("(at most 9 s)" in line or "(usually" in line for line in live)


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_cannot_be_written_over_gets_lines(
    command: Command, monkeypatch: pytest.MonkeyPatch, term: str
) -> None:
    monkeypatch.setenv("TERM", term)
    seen = seen_on_a_terminal(command, monkeypatch, "12d1:1f01", stick="e3372h,away=1")
    assert "waiting" not in seen
    assert "\x1b" not in seen


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),
        ({"TERM": "xterm", "CLICOLOR": "0"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM": "xterm", "FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colour_on_a_terminal(
    command: Command, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], coloured: bool
) -> None:
    for name in ("NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr("sys.stderr", terminal)
        assert command("2-2", bus=plugged("e3372h")).status == 3
        seen = os.read(ours, 1 << 16).decode()
    os.close(ours)
    assert ("\x1b[1;31mmodeswitch:\x1b[0m nothing on the bus" in seen) == coloured
    assert ("\x1b" in seen) == coloured


@pytest.mark.parametrize("name", ["CLICOLOR_FORCE", "FORCE_COLOR"])
def test_colour_by_force(command: Command, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv(name, "1")
    out = command("1-1", "--to", "ncm", bus=plugged("e3372h,wakes=gateway-ncm")).out
    next_ = "\x1b[1mmodeswitch connect 1-1 --apn NAME\x1b[0m"
    assert out == f"\x1b[32m1-1: ncm already, wwan0\x1b[0m. Next: {next_}\n"
    assert "\x1b" not in command("1-1", "--to", "ncm", "--json", bus=plugged("e3372h")).out
    monkeypatch.setenv(name, "0")
    assert "\x1b" not in command("1-1", "--to", "ncm", bus=plugged("e3372h")).out


def test_nothing_live_where_stderr_is_no_terminal(command: Command) -> None:
    said = command("12d1:1f01", "--timeout", "8", bus=plugged("e3372h,away=1"))
    assert said.status == 0
    assert "waiting" not in said.err
    assert "\x1b" not in said.err
