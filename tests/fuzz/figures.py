"""``python -m tests.fuzz.figures [--write]``: what the last ``make fuzz`` took, by parser; into docs/reliability.md."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.fuzz.judge import FIGURES, ROOT

PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- figures of make fuzz FULL=1 -->", "<!-- end of the figures -->"


class Figures(NamedTuple):
    """What one parser took: inputs by what chose them, seconds of the processor, MiB, and how many parts broke off."""

    hypothesis: int
    atheris: int
    slowest: float
    spent: float
    memory: float
    broken: int


def of_last_run() -> dict[str, Figures]:
    """Name → figures, of all that was left in ``build/fuzz``."""
    by_parser: dict[str, list[dict[str, float | str]]] = defaultdict(list)
    for path in sorted(FIGURES.glob("*.json")):
        one = json.loads(path.read_text("ascii"))
        by_parser[one["parser"]].append(one)
    return {name: _summed(ones) for name, ones in sorted(by_parser.items(), key=lambda item: item[0].lower())}


def _summed(ones: list[dict[str, float | str]]) -> Figures:
    def values(key: str, by: str = "") -> Iterator[float]:
        return (float(one[key]) for one in ones if by in ("", one["by"]))

    return Figures(
        hypothesis=int(sum(values("inputs", "hypothesis"))),
        atheris=int(sum(values("inputs", "atheris"))),
        slowest=max(values("slowest")),
        spent=sum(values("spent")),
        memory=max(values("memory")),
        broken=int(sum(values("broken"))),
    )


def table(found: dict[str, Figures]) -> Iterator[str]:
    """The lines of a table of Markdown."""
    yield "| what is read | inputs by hypothesis | by atheris | slowest input, s | most memory, MiB | rules broken |"
    yield "|---|--:|--:|--:|--:|--:|"
    for name, one in (*found.items(), ("all", _whole(list(found.values())))):
        inputs = f"{one.hypothesis:,} | {one.atheris:,}"
        yield f"| {name} | {inputs} | {one.slowest:.2f} | {one.memory:.1f} | {one.broken} |"


def _whole(found: list[Figures]) -> Figures:
    hypothesis, atheris, slowest, spent, memory, broken = zip(*found, strict=True)
    return Figures(sum(hypothesis), sum(atheris), max(slowest), sum(spent), max(memory), sum(broken))


def machine() -> str:
    """The class of this machine: its cores, its processor, its Python."""
    lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    return f"{os.cpu_count()} cores ({model}), Python {sys.version.split()[0]}"


def main(words: list[str]) -> int:
    """Print the table, and with ``--write`` put it into the page."""
    found = of_last_run()
    if not found:
        print("no figures: make fuzz leaves them", file=sys.stderr)
        return 1
    lines = list(table(found))
    inputs = sum(one.hypothesis + one.atheris for one in found.values())
    spent = sum(one.spent for one in found.values())
    said = f"{inputs:,} inputs in {spent:,.0f} s of the processor, {time.strftime('%Y-%m-%d')}, {machine()}."
    print(*lines, "", said, sep="\n")
    if "--write" in words:
        head, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
        _, _, tail = rest.partition(END)
        PAGE.write_text("\n".join((head + BEGIN, "", said, "", *lines, "", END)) + tail, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
