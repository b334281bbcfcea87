"""The words of the command: what is malformed, which options stand where, help and version."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeswitch import __version__
from modeswitch.cli import main
from tests.support.said import Command, Said


@pytest.mark.parametrize(
    "text",
    [
        *("12d1", "12d1:", ":1f01", "12d1:1f01:0", "12345:1", "12d1:1g01", "1-", "-1-1", "1-1..1", "0-1", "1/"),
        *("1-1.2.3.4.5.6.7.8", "1/2/3"),
        *("", " ", "12d1:1f01\n", "\x1b[31m", "\uff11\uff12d1:1f01", "\u0663-\u0661"),
    ],
)
def test_malformed_devices(command: Command, text: str) -> None:
    said = command(text, sticks=("e3372h",))
    assert said.status == 2
    assert "\x1b" not in said.err


@pytest.mark.parametrize("text", ["1", "1-", "a-1", "12d1:1f01", "0-1", "1-1\n"])
def test_malformed_port(command: Command, text: str) -> None:
    assert command("12d1:1f01", "--port", text, sticks=("e3372h",)).status == 2


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "-inf", "1e9", "soon", "", "1,5", "86401"])
def test_malformed_timeout(command: Command, text: str) -> None:
    said = command("1-1", f"--timeout={text}", sticks=("e3372h",))
    assert said.status == 2
    assert "not a time in seconds" in said.err
    assert command.opened == []


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("download", "never a goal"),
        ("nmc", "did you mean ncm?"),
        ("hilnk", "did you mean hilink?"),
        ("NMC", "did you mean ncm?"),
        ("ethernet", "may be one of 2 modes: hilink (a router"),
        ("x", "the modes are mass-storage"),
        ("", "the modes are"),
    ],
)
def test_malformed_mode(command: Command, text: str, hint: str) -> None:
    said = command("1-1", "--to", text, sticks=("e3372h",))
    assert said.status == 2
    assert hint in said.err
    assert command.opened == []


@pytest.mark.parametrize(
    ("text", "mode"), [("NCM", "ncm"), ("ndis", "ncm"), ("Router", "hilink"), ("hi-link", "hilink"), ("PPP", "stick")]
)
def test_a_mode_as_people_call_it(command: Command, text: str, mode: str) -> None:
    assert command("1-1", "--to", text, sticks=("e3372h-153" if mode == "stick" else "e3372h",)).status == 0
    assert command("plan", "1-1", "--to", text, "--json", sticks=("e3372h",)).events[-1]["goal"] == mode


@pytest.mark.parametrize(
    "words",
    [
        ("--nothing",),
        ("1-1", "--nothing"),
        ("1-1", "1-2"),
        ("1-1", "--simulate"),
        ("1-1", "--tim", "3"),
        ("explain",),
        ("-v",),
        ("--simulate", "e3372h"),
        ("1-1", "--to"),
        ("12d1:1f01", "--all", "--port", "1-1"),
    ],
)
def test_usage(command: Command, words: tuple[str, ...]) -> None:
    said = command(*words)
    assert said.status == 2
    assert said.out == ""
    assert said.err.startswith("modeswitch: ")


@pytest.mark.parametrize(
    "text", ["e3372", "", "e3372h@x", "e3372h,id=x", "e3372h,csw=odd", "e3372h,wakes=x", "e3372h,lag=nan"]
)
def test_malformed_stick(command: Command, text: str) -> None:
    said = Said(main(["list", "--simulate", text]), "", "")
    assert said.status == 2


def test_two_sticks_in_one_port(command: Command) -> None:
    assert command("list", sticks=("e3372h", "e220")).status == 2


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",), ("list", "--help"), ("1-1", "--help"), ("plan", "-h")])
def test_help(command: Command, words: tuple[str, ...]) -> None:
    said = command(*words)
    assert said.status == 0
    assert said.out.startswith("usage: modeswitch")
    assert said.err == ""


@pytest.mark.parametrize("words", [("--version",), ("version",)])
def test_version(command: Command, words: tuple[str, ...]) -> None:
    assert command(*words) == (0, f"modeswitch {__version__}\n", "")


@pytest.mark.parametrize(("words", "option"), [(("help", "doctor"), "--fix"), (("help", "switch"), "--unmount")])
def test_help_as_a_word(command: Command, words: tuple[str, ...], option: str) -> None:
    assert option in command(*words).out
    assert command(words[0]).out == command("--help").out


@pytest.mark.parametrize("words", [("list", "-v"), ("-v", "list"), ("--json", "list"), ("list", "--json")])
def test_options_stand_on_either_side_of_the_command(command: Command, words: tuple[str, ...]) -> None:
    said = command(*words, sticks=("e3372h",))
    assert said.status == 0
    assert "12d1:1f01" in said.out


def test_a_word_of_an_option_is_no_command(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "list").mkdir()
    monkeypatch.chdir(tmp_path)
    assert command("1-1", "--profiles", "list", sticks=("e3372h",)).status == 0


@pytest.mark.parametrize("option", ["--state", "--policy", "--port", "--profiles", "--output", "--simulate"])
@pytest.mark.parametrize("glued", [False, True])
def test_a_value_that_is_empty_is_told_with_its_option(
    option: str, glued: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    command = {"--policy": "apply", "--output": "report"}.get(option, "switch")
    assert main([command, "1-1", *([f"{option}="] if glued else [option, ""])]) == 2
    assert f"{option}: its value is empty" in capsys.readouterr().err


def test_an_empty_word_is_no_device_only_in_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["connect", "--apn", "", "--simulate", "e3372h-153,wakes=linux,sunny"]) == 2
    assert "which APN?" in capsys.readouterr().err
    assert main(["--to", "ncm", ""]) == 2
    assert "'' names no device" in capsys.readouterr().err
