"""The manual pages, the completions and the help: made of the parsers, read by the programs that they are for."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from modeswitch.cli import arguments, help
from modeswitch.modem.roles import GOALS
from modeswitch.service import policy
from tests.support.said import Command

ROOT = Path(__file__).resolve().parent.parent.parent
MANUAL = ROOT / "contrib" / "man"
COMPLETIONS = ROOT / "contrib" / "completions"
ENOUGH = 0.02
"""How long a completion may take, in seconds."""
STICKS = (("1-1", "12d1", "1f01", "00"), ("1-1.4", "12d1", "155e", "00"), ("1-2", "05e3", "0608", "09"))


named = pytest.mark.parametrize("name", arguments.COMMANDS)


# Help.


@pytest.mark.parametrize("columns", [80, 132])
@pytest.mark.parametrize("words", [("--help",), *((name, "--help") for name in arguments.COMMANDS)])
def test_help_fits_the_terminal(
    command: Command, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    said = command(*words)
    assert said.status == 0
    assert max(map(len, said.out.splitlines())) < columns
    assert said.out.isascii()
    assert "Examples:\n  modeswitch " in said.out or "  dmesg | modeswitch" in said.out


@pytest.mark.parametrize("columns", [1, 20, 40])
def test_a_narrow_terminal_breaks_between_words(
    command: Command, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    out = command("--help").out
    assert {"prove", "proves"} & set(out.split())
    whole = [f"  {line}" for line in help.FIRST]
    assert all(len(line) < max(columns, 48) for line in out.splitlines() if line not in whole)
    assert command("switch", "--help").status == 0


def test_every_command_is_in_one_group_and_has_examples() -> None:
    grouped = [name for names in help.GROUPS.values() for name in names]
    assert sorted(grouped) == sorted(arguments.COMMANDS)
    assert set(help.EXAMPLES) == set(arguments.COMMANDS)
    assert len(help.FIRST) == 4


@pytest.mark.parametrize(
    "line", [*help.FIRST, *(line for pairs in help.EXAMPLES.values() for line, _ in pairs)], ids=lambda line: line
)
def test_every_example_can_be_read(line: str) -> None:
    words = shlex.split(line.partition("| ")[2] or line)
    assert words[0] == "modeswitch"
    assert arguments.parse(words[1:]).command in arguments.COMMANDS


def test_help_has_groups_and_four_examples(command: Command) -> None:
    out = command("--help").out
    assert all(f"\n{heading}:\n" in out for heading in help.GROUPS)
    assert all(line in out for line in help.FIRST)


def test_the_policy_of_the_help_can_be_read() -> None:
    read = policy.read(help.POLICY.partition("\n\n")[2])
    assert (read.problems, read.default.to, read.rules[0].wish.to) == ((), "usual", "ncm")


# The manual.


def plain(page: str) -> str:
    """A manual page without roff's escapes."""
    text = (MANUAL / page).read_text("utf-8").replace(r"\-", "-").replace(r"\(dq", '"').replace(r"\(aq", "'")
    return re.sub(r"\\f[BIR]", "", text)


@named
def test_the_manual_has_every_command_and_option(name: str) -> None:
    """Where this fails: make manual."""
    section = plain("modeswitch.1").partition(f".SS modeswitch {name}\n")[2].partition("\n.SS ")[0]
    assert section
    missing = [option for option in arguments.options(name) - {"-h", "--help"} if option not in section]
    assert missing == []


def test_the_manual_has_every_mode_and_status() -> None:
    page = plain("modeswitch.1")
    assert all(f"\n{goal}\n" in page for goal in GOALS)
    assert all(f"\n.TP\n{status}\n" in page for status in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 74))


def test_the_page_of_the_policy_has_every_key_and_a_policy_that_can_be_read() -> None:
    page = plain("modeswitch.toml.5")
    files = ("web-password-file", "password-file", "pin-file")
    for key in ("to", "timeout", "always", "apn", "run", "port", "id", *policy.CALL, *files, *policy.STRINGS):
        assert re.search(rf"^.*\b{key}\b", page.partition("KEYS OF BOTH")[2], re.MULTILINE), key
    example = page.partition("\n.nf\n")[2].partition("\n.fi")[0]
    read = policy.read(example)
    assert (read.problems, len(read.rules)) == ((), 2)
    assert all(wish in page for wish in policy.WISHES)
    assert all(f"{{{name}}}" in page for name in policy.FILLED_IN)


@pytest.mark.skipif(shutil.which("man") is None, reason="no man(1)")
@pytest.mark.parametrize("page", ["modeswitch.1", "modeswitch.toml.5"])
def test_man_shows_it_without_a_warning(page: str) -> None:
    done = subprocess.run(
        ["man", "--warnings", "-E", "UTF-8", "-l", str(MANUAL / page)],
        env={"PATH": "/usr/bin:/bin", "MANWIDTH": "80", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    assert done.stderr == ""
    assert "NAME" in done.stdout


# Completions.


@pytest.fixture(scope="module")
def sysfs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sticks behind a hub, as the shells look for them."""
    root = tmp_path_factory.mktemp("sys")
    for name, vendor, product, kind in (*STICKS, ("usb1", "1d6b", "0002", "09")):
        folder = root / "bus/usb/devices" / name
        folder.mkdir(parents=True)
        for attribute, text in (("idVendor", vendor), ("idProduct", product), ("bDeviceClass", kind)):
            (folder / attribute).write_text(f"{text}\n")
    (root / "bus/usb/devices/1-1:1.0").mkdir()
    return root


CASES = {
    "modeswitch 1-": {"1-1", "1-1.4"},
    "modeswitch doc": {"doctor"},
    "modeswitch plan 1-1.": {"1-1.4"},
    "modeswitch 12d1:1f01 --to nc": {"ncm"},
    "modeswitch 12d1:1f01 --to ": set(GOALS),
    "modeswitch status --port ": {"1-1", "1-1.4"},
    "modeswitch 12d1:1f01 --unm": {"--unmount"},
    "modeswitch list --al": {"--all"},
    "modeswitch connect 1-1 --ip ": {"4", "6", "46"},
}
"""A line and what may follow."""
BASH = r"""
. "$1"; _modeswitch_sysfs=$2; COMP_LINE=$3 COMP_POINT=${#3}; COMPREPLY=()
times; _modeswitch 2>/dev/null; times
printf '%s\n' "${COMPREPLY[@]}"
"""
FISH = "set -g _modeswitch_sysfs $argv[2]; source $argv[1]; complete -C $argv[3]"


def bash(sysfs: Path, line: str) -> tuple[float, set[str]]:
    """How much of the processor it took, in seconds, its children included, and what is offered."""
    file = COMPLETIONS / "modeswitch.bash"
    done = subprocess.run(
        ["bash", "--norc", "-c", BASH, "bash", file, sysfs, line],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    lines = done.stdout.splitlines()
    before, after = (
        sum(60 * int(minutes) + float(seconds) for minutes, seconds in re.findall(r"(\d+)m([\d.]+)s", "".join(both)))
        for both in (lines[:2], lines[2:4])
    )
    return after - before, set(lines[4:]) - {""}


@pytest.mark.parametrize("line", CASES)
def test_bash_offers(sysfs: Path, line: str) -> None:
    assert bash(sysfs, line)[1] == CASES[line]


def test_bash_offers_commands_and_sticks_first_and_ids_behind_their_colon(sysfs: Path) -> None:
    assert bash(sysfs, "modeswitch ")[1] == {*arguments.COMMANDS, "1-1", "12d1:1f01", "1-1.4", "12d1:155e"}
    assert bash(sysfs, "modeswitch 12d1:15")[1] == {"155e"}


def test_bash_does_it_without_a_program_in_under_20_ms(sysfs: Path) -> None:
    assert min(bash(sysfs, "modeswitch plan ")[0] for _ in range(5)) < ENOUGH
    text = (ROOT / "tools/completions/sticks.bash").read_text("utf-8")
    assert not re.search(r"python|\$\((?!<)|`|\bcat\b", text)


@pytest.mark.skipif(shutil.which("fish") is None, reason="no fish")
@pytest.mark.parametrize("line", CASES)
def test_fish_offers(sysfs: Path, line: str, tmp_path: Path) -> None:
    file = COMPLETIONS / "modeswitch.fish"
    words = ["fish", "--no-config", "-c", FISH, str(file), str(sysfs), line]
    home = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    done = subprocess.run(words, capture_output=True, text=True, timeout=20, check=True, env=home)
    assert {offered.partition("\t")[0] for offered in done.stdout.splitlines()} == CASES[line]
    assert done.stderr == ""


@pytest.mark.skipif(shutil.which("zsh") is None, reason="no zsh")
def test_zsh_can_read_it() -> None:
    done = subprocess.run(
        ["zsh", "-n", COMPLETIONS / "_modeswitch"], capture_output=True, text=True, timeout=20, check=True
    )
    assert done.stderr == ""


@named
def test_every_shell_knows_every_option(name: str) -> None:
    """Where this fails: make manual."""
    text = (COMPLETIONS / "modeswitch.bash").read_text("utf-8")
    (offered,) = re.findall(rf"^_shtab_modeswitch_{name}_option_strings=\((.*)\)$", text, re.MULTILINE)
    assert set(shlex.split(offered)) == arguments.options(name)
