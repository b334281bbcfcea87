"""Any bytes: no traceback, nothing unprintable, no name of a text in a command unescaped, and in time.

The fast suite takes a few hundred inputs; ``make fuzz`` takes 10,000 of each parser.  ``MODESWITCH_FUZZ_SEED`` chooses
others than last time.
"""

from __future__ import annotations

import os
import re
import shlex
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.mutations import CANARY, mutated
from tests.fuzz.parsers import PARSERS

SECONDS = 3.0
"""How much of the processor one input of at most 64 KiB may take."""
FEW, MANY, SHARDS = 70, 2500, 4
"""How many inputs of each parser the fast suite takes, and how many each of the shards of ``make fuzz``."""
STATUSES = range(10)
"""The exit statuses of the command."""
_SAFE_WORD = re.compile(r"[\w./:=@%+,-]{1,60}")


def judge(name: str, raw: bytes, path: Path) -> None:
    """Run a parser on an input, and hold what must be true of it."""
    path.write_bytes(raw)
    began = time.process_time()  # not the wall's clock: the machine may be shared
    said = PARSERS[name].run(path)  # an exception that leaves it fails the test
    assert time.process_time() - began < SECONDS
    assert said.status in STATUSES
    for line in said.shown.split("\n"):
        assert line.isprintable(), ascii(line)
    for command in said.commands:
        judge_command(command)


def judge_command(command: str) -> None:
    """A shell can split it, and what comes from the text is one plain word."""
    words = shlex.split(command, comments=True)
    assert words or command.startswith("#"), command
    for word in re.findall(rf"\S*{CANARY}\S*", command):
        assert _SAFE_WORD.fullmatch(word), command


def fuzz(name: str, number: int, most: int, folder: Path) -> None:
    """So many inputs of one parser."""
    path = folder / "text"

    @seed(int(os.environ.get("MODESWITCH_FUZZ_SEED", "1")) * 1000 + number)
    @settings(max_examples=most, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(mutated(PARSERS[name].seeds))
    def run(raw: bytes) -> None:
        judge(name, raw, path)

    run()


@pytest.mark.parametrize("name", PARSERS)
def test_a_few_inputs(name: str, tmp_path: Path) -> None:
    fuzz(name, 0, FEW, tmp_path)


@pytest.mark.fuzz
@pytest.mark.parametrize("number", range(1, SHARDS + 1))
@pytest.mark.parametrize("name", PARSERS)
def test_many_inputs(name: str, number: int, tmp_path: Path) -> None:
    fuzz(name, number, MANY, tmp_path)


@pytest.mark.parametrize("name", PARSERS)
def test_each_seed_as_it_is(name: str, tmp_path: Path) -> None:
    for raw in PARSERS[name].seeds:
        judge(name, raw, tmp_path / "text")


def test_the_commands_that_are_judged_are_those_of_the_doctor(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_bytes(b"Bus 001 Device 004: ID 12d1:1f01 Huawei\n")
    assert "modeswitch 12d1:1f01 --to hilink" in PARSERS["doctor"].run(path).commands


def test_a_command_with_a_name_in_it_is_seen() -> None:
    """The judge itself can say no."""
    for command in (f"ip link set {CANARY};x up", f"modeswitch '{CANARY}", f"echo $({CANARY})", 'cat "x'):
        with pytest.raises((AssertionError, ValueError)):
            judge_command(command)
    judge_command(f"ip link set {CANARY}0 up")


@given(st.binary(max_size=2000))
def test_mutations_stay_within_their_bound(raw: bytes) -> None:
    from tests.fuzz import mutations

    for mutate in mutations.ALL:
        assert isinstance(mutate(raw, len(raw) // 2, 7, [raw or b"x"]), bytes)
