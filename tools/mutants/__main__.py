"""Change the engine in small ways and see whether the tests notice: ``python -m tools.mutants [MODULE …] [--jobs 2]``.

Run from the root of the checkout.  tests/mutants.toml says which modules, with which tests and operators, how large a
share is to be killed, and which survivors are accepted, each with its reason.  Status 1 where a survivor is not listed
there, where a listed one does not survive, or where too few are killed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from . import tree
from .mutants import Mutant, called_lines, mutants

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "tests" / "mutants.toml"
COPIES = ROOT / "build" / "mutants" / str(os.getpid())
TRACING = tree.Limits(cpu=1200, clock=3600.0)
"""How long the tests of a module may take without a mutant."""
KILLED, TIMED_OUT, SURVIVED, ACCEPTED = "killed", "timed out", "survived", "accepted"


Change = tuple[str, str, str]
"""A mutant as tests/mutants.toml lists it: its module, the line before, the line after."""


class Job(NamedTuple):
    """A mutant and the tests that run its line; what became of it, once that is known."""

    mutant: Mutant
    tests: list[tree.Test]
    fate: str = ""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tools.mutants", description=__doc__.partition("\n")[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="usb.bot, …: all of tests/mutants.toml by default")
    parser.add_argument("--jobs", type=int, default=2, help="how many at once (2)")
    given = parser.parse_args(arguments)
    config = tomllib.loads(CONFIG.read_text())
    tests = _tests(config["modules"])
    if unknown := set(given.modules) - set(tests):
        parser.error(f"{', '.join(sorted(unknown))}: not in {CONFIG.relative_to(ROOT)}; there are {', '.join(tests)}")
    copies = [COPIES / str(number) for number in range(given.jobs)]
    tree.copy(ROOT, copies[0])
    accepted = {(one["module"], one["was"], now) for one in config["survivors"] for now in one["now"]}
    ended: list[Job] = []
    traced: dict[str, list[tree.Test]] = {}
    wanted = given.modules or list(tests)
    for module in wanted:
        if module not in traced:
            alike = [one for one in wanted if tests[one] == tests[module]]
            traced |= tree.trace(copies[0], alike, tests[module], TRACING)
        jobs = list(_jobs(module, traced[module], config["operators"], copies[0]))
        for one in copies[1:]:
            shutil.rmtree(one, ignore_errors=True)
            shutil.copytree(copies[0], one, symlinks=True)  # with the bytecode
        ended += _judged(_run(jobs, copies), accepted)
        print(_row(module, [one for one in ended if one.mutant.module == module]), flush=True)
    shutil.rmtree(COPIES)
    return _verdict(ended, accepted, config["share"])


def _tests(modules: dict[str, list[str]]) -> dict[str, list[str]]:
    """Module → files and folders of its tests; a package's name stands for each of its modules that is not named."""
    named: dict[str, list[str]] = {}
    for name, paths in modules.items():
        inside = sorted((ROOT / "modeswitch" / name).glob("*.py"))
        for one in [f"{name}.{path.stem}" for path in inside if path.stem != "__init__"] or [name]:
            if one == name or one not in modules:
                named[one] = paths
    return named


def _jobs(module: str, tests: list[tree.Test], operators: list[str], copy: Path) -> Iterator[Job]:
    """The mutants of a module, each with the tests that run its line; with all where it runs at the import.

    A line within a longer one may not be seen to run: those count that run any.
    """
    source = tree.file(copy, module).read_text()
    called = called_lines(source)
    for mutant in mutants(module, source, operators):
        running = [one for one in tests if mutant.line in one.lines] if mutant.line in called else tests
        yield Job(mutant, running or [one for one in tests if one.lines & called])


def _run(jobs: list[Job], copies: list[Path]) -> list[Job]:
    """Run each mutant's tests, as many at once as there are copies of the checkout."""
    context = multiprocessing.get_context("fork")
    free = context.Queue()
    for one in copies:
        free.put(one)
    with context.Pool(len(copies), initializer=_take, initargs=(free,)) as pool:
        return [job._replace(fate=fate) for job, fate in zip(jobs, pool.imap(_fate, jobs), strict=True)]


_copy: Path = COPIES
"""The copy of the checkout that this process changes."""


def _take(free: Any) -> None:
    global _copy
    _copy = free.get()


def _fate(job: Job) -> str:
    """What becomes of a mutant: its source stands in this process' copy while its tests run."""
    mutant = job.mutant
    path = tree.file(_copy, mutant.module)
    usual = sum(one.seconds for one in job.tests)
    before = path.read_text()
    path.write_text(mutant.source)
    try:
        passed = tree.passes(_copy, job.tests, tree.Limits(int(10 + 4 * usual), 60 + 20 * usual)) if job.tests else True
    finally:
        path.write_text(before)
    fate = {True: SURVIVED, False: KILLED, None: TIMED_OUT}[passed]
    print(end={True: "s", False: ".", None: "t"}[passed], file=sys.stderr, flush=True)
    if passed:
        print(f"  {mutant.module}:{mutant.line}  {mutant.was}\n    →  {mutant.now}", file=sys.stderr, flush=True)
    return fate


def _change(job: Job) -> Change:
    return job.mutant.module, job.mutant.was, job.mutant.now


def _judged(jobs: list[Job], accepted: set[Change]) -> Iterator[Job]:
    for one in jobs:
        yield one._replace(fate=ACCEPTED) if one.fate == SURVIVED and _change(one) in accepted else one


def _row(module: str, jobs: list[Job]) -> str:
    count = Counter(one.fate for one in jobs)
    return (
        f"{module:24}{len(jobs):5} mutants{count[KILLED]:6} killed{count[TIMED_OUT]:5} timed out"
        f"{count[SURVIVED] + count[ACCEPTED]:5} survived, {count[ACCEPTED]} of them listed  {_share(jobs):6.1%}"
    )


def _share(jobs: list[Job]) -> float:
    """How many of the mutants the tests notice; one that runs on for ever is noticed, too."""
    return sum(one.fate in {KILLED, TIMED_OUT} for one in jobs) / max(1, len(jobs))


def _verdict(jobs: list[Job], accepted: set[Change], wanted: float) -> int:
    print(_row("all", jobs))
    unlisted = [one.mutant for one in jobs if one.fate == SURVIVED]
    if unlisted:
        print("\nSurvivors that tests/mutants.toml does not list: write a test that fails, or say there why none can:")
    for mutant in unlisted:
        print(f"{mutant.module}:{mutant.line}\n    was  {mutant.was}\n    now  {mutant.now}")
    ran, met = {one.mutant.module for one in jobs}, {_change(one) for one in jobs if one.fate == ACCEPTED}
    killed = [one for one in sorted(accepted - met) if one[0] in ran]
    for module, was, now in killed:
        print(f"\n{module}: listed in tests/mutants.toml, and no survivor:\n    was  {was}\n    now  {now}")
    if _share(jobs) < wanted:
        print(f"\nThe tests notice {_share(jobs):.1%} of the mutants; wanted are {wanted:.0%}.")
    return 1 if unlisted or killed or _share(jobs) < wanted else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
