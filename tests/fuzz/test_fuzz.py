"""Any bytes: no exception but ours, nothing unprintable, no name of a text in a command unescaped, in time and memory.

The fast suite takes a few inputs of each parser; ``make fuzz`` takes 130,000 in all, ``make fuzz FULL=1`` a million.
``MODESWITCH_FUZZ_SEED`` chooses others than last time.  :mod:`tests.fuzz.parsers` names what is fuzzed.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz import mutations
from tests.fuzz.corpus import LONGEST, kept, path_of
from tests.fuzz.judge import ROOT, SAMPLE, Judge, bounded, judge_command, judge_outcome
from tests.fuzz.mutations import CANARY, mutated
from tests.fuzz.parser import Outcome, Parser
from tests.fuzz.parsers import PARSERS

FEW, SHARD = 30, 1000
"""How many inputs of each parser the fast suite takes, and how many at most a shard of ``make fuzz``."""
FULL = os.environ.get("MODESWITCH_FUZZ_FULL") == "1"
TIMES, GUIDED = (2, 30) if FULL else (1, 1)
"""How often as many inputs ``make fuzz FULL=1`` takes, by hypothesis and by atheris."""
HALVES = 2
"""So many processes of atheris, which instruments all code first."""
SHARDS = [
    (name, number, min(SHARD, parser.inputs * TIMES - number * SHARD))
    for name, parser in PARSERS.items()
    for number in range(-(-parser.inputs * TIMES // SHARD))
]
"""The parser, the number of the shard, and how many inputs it takes."""


def fuzz(name: str, number: int, most: int, folder: Path, *, noted: bool = False) -> None:
    """So many inputs of one parser."""
    judge = Judge(name, PARSERS[name], folder)

    @seed(int(os.environ.get("MODESWITCH_FUZZ_SEED", "1")) * 1000 + number)
    @settings(max_examples=most, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(mutated(PARSERS[name].seeds))
    def run(raw: bytes) -> None:
        judge(raw)

    try:
        with bounded():
            run()
    finally:
        if noted:
            judge.note("hypothesis", str(number))


@pytest.mark.parametrize("name", PARSERS)
@pytest.mark.slow
def test_a_few_inputs(name: str, tmp_path: Path) -> None:
    fuzz(name, 0, FEW, tmp_path)


@pytest.mark.fuzz
@pytest.mark.parametrize(("name", "number", "most"), SHARDS)
def test_many_inputs(name: str, number: int, most: int, tmp_path: Path) -> None:
    fuzz(name, number + 1, most, tmp_path, noted=True)


@pytest.mark.fuzz
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this Python")
@pytest.mark.parametrize("half", range(HALVES))
def test_inputs_that_reach_new_code(half: int) -> None:
    """By atheris, in processes of their own: libFuzzer ends the one that it runs in."""
    command = [sys.executable, "-m", "tests.fuzz.guided", str(GUIDED), *[*PARSERS][half::HALVES]]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=3000, check=False)
    assert ran.returncode == 0, (ran.stdout + ran.stderr)[-10000:]


@pytest.mark.parametrize("name", PARSERS)
def test_each_seed_as_it_is(name: str, tmp_path: Path) -> None:
    """What is kept of former findings among them."""
    judge, measuring = (Judge(name, PARSERS[name], tmp_path, sample) for sample in (SAMPLE, 1))
    with bounded():
        for raw in PARSERS[name].seeds:
            judge(raw)
        for raw in kept(name):
            measuring(raw)


def test_the_commands_that_are_judged_are_those_of_the_doctor(tmp_path: Path) -> None:
    came = PARSERS["doctor"].run(b"Bus 001 Device 004: ID 12d1:1f01 Huawei\n", tmp_path)
    assert "modeswitch 12d1:1f01 --to hilink" in came.commands


def test_a_command_with_a_name_in_it_is_seen() -> None:
    """The judge itself can say no."""
    for command in (f"ip link set {CANARY};x up", f"modeswitch '{CANARY}", f"echo $({CANARY})", 'cat "x'):
        with pytest.raises((AssertionError, ValueError)):
            judge_command(command)
    judge_command(f"ip link set {CANARY}0 up")


@pytest.mark.parametrize("came", [Outcome(0, "\x1b[2J"), Outcome(0, "\u202e"), Outcome(11, ""), Outcome(-1, "")])
def test_what_is_unprintable_and_what_is_no_status_is_seen(came: Outcome) -> None:
    with pytest.raises(AssertionError):
        judge_outcome(came)


def _forever(raw: bytes, folder: Path) -> Outcome:
    while True:
        pass


def _fails(raw: bytes, folder: Path) -> Outcome:
    raise KeyError("x")


@pytest.mark.parametrize(
    ("run", "error"),
    [
        (_forever, AssertionError),
        (_fails, KeyError),
        (lambda raw, folder: Outcome(0, "x" * 2**34), MemoryError),
    ],
    ids=["no end", "an error of Python's", "a bomb"],
)
def test_what_does_not_end_well_is_seen(
    run: object, error: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.fuzz.judge.SECONDS", 0.05)
    judge = Judge("x", Parser(run, (b"",), 1), tmp_path)  # type: ignore[arg-type]
    with bounded(), pytest.raises(error):
        judge(b"")


def test_the_memory_of_a_sample_is_bounded(tmp_path: Path) -> None:
    judge = Judge("x", Parser(lambda raw, folder: Outcome(0, "x" * 100_000_000), (b"",), 1), tmp_path, 1)
    with pytest.raises(AssertionError, match="95 MiB"):
        judge(b"")


def test_ci_takes_a_hundred_thousand_inputs_and_a_full_run_a_million() -> None:
    """A hundred thousand without atheris; a million with it."""
    by_hypothesis = sum(parser.inputs for parser in PARSERS.values())
    assert by_hypothesis >= 100_000
    assert by_hypothesis * (2 + 30 / 4) >= 1_000_000


@given(st.binary(max_size=2000))
def test_mutations_stay_within_their_bound(raw: bytes) -> None:
    for mutate in mutations.ALL:
        assert isinstance(mutate(raw, len(raw) // 2, 7, [raw or b"x"]), bytes)


def test_most_inputs_are_garbled_seeds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutations, "ALL", (lambda raw, one, two, seeds: b"garbled",))
    inputs = []

    @seed(1)
    @settings(max_examples=300, database=None)
    @given(mutated((b"x", b"y")))
    def run(raw: bytes) -> None:
        inputs.append(raw)

    run()
    assert inputs.count(b"garbled") > 0.7 * len(inputs)


@pytest.mark.parametrize("name", PARSERS)
def test_the_corpus_is_small_and_has_each_input_once(name: str) -> None:
    inputs = kept(name)
    assert len(set(inputs)) == len(inputs) <= 60
    assert all(len(raw) <= LONGEST for raw in inputs)


def test_each_file_of_the_corpus_is_a_parsers() -> None:
    files = {path_of(name) for name in PARSERS}
    assert set((ROOT / "tests/fuzz/corpus").glob("*")) <= files
    assert len(files) == len(PARSERS)
