"""What was typed and what a device says is never shown raw: no escape, no forged line."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch.linux.bus import LinuxBus
from tests.support import sysfs_tree
from tests.support.said import Command

HOSTILE = "\x1b]0;owned\x07\x1b[2J\nmodeswitch: forged\r\u2028\u202e"


@pytest.mark.parametrize(
    "words",
    [
        (HOSTILE,),
        ("/" + HOSTILE + "/1-1",),
        ("1-1", "--to", HOSTILE),
        ("1-1", "--port", HOSTILE),
        ("1-1", HOSTILE),
        ("1-1", f"--{HOSTILE}"),
        ("1-1", "--timeout", HOSTILE),
        ("explain", HOSTILE),
        ("profiles", "show", HOSTILE),
        ("profiles", "show", "12d1:1f01" + HOSTILE),
        ("profiles", "check", "/nonexistent" + HOSTILE),
        ("profiles", "list", "--profiles", "/nonexistent" + HOSTILE),
        ("list", "--simulate", HOSTILE),
        ("list", "--simulate", f"e3372h,{HOSTILE}"),
        ("list", "--simulate", f"e3372h,lag={HOSTILE}"),
        ("list", "--simulate", f"e3372h@1-2,wakes={HOSTILE}"),
    ],
    ids=lambda words: " ".join(words).encode("unicode_escape").decode()[:50],
)
@pytest.mark.parametrize("json_lines", [False, True])
def test_what_was_typed_is_not_shown_raw(command: Command, words: tuple[str, ...], json_lines: bool) -> None:
    said = command(*words, *(["--json"] if json_lines else []))
    assert said.status in (2, 3, 4)
    shown = said.out + said.err
    assert not set(shown) & set("\x1b\x07\r\u2028\u202e")
    assert not any(line.startswith("modeswitch: forged") for line in shown.splitlines())
    if json_lines:
        assert said.events[-1]["status"] == said.status


@pytest.mark.parametrize("words", [("list",), ("list", "-v"), ("list", "--json"), ("1-1",), ("1-1", "--json")])
def test_what_a_device_says_is_not_shown_raw(
    command: Command, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device with no profile is listed with its own words, made harmless."""
    sysfs_tree.plug(tmp_path, "1-1", "dead:beef", manufacturer=HOSTILE, product=HOSTILE, serial=HOSTILE)
    monkeypatch.setattr("modeswitch.host.default", lambda: LinuxBus(str(tmp_path)))
    said = command(*words)
    shown = said.out + said.err
    assert "dead:beef" in shown
    assert not set(shown) & set("\x1b\x07\r\u2028\u202e")
    assert not any(line.startswith("modeswitch: forged") for line in shown.splitlines())
