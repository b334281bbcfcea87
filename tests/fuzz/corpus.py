"""The inputs that are kept: what once was a finding, and what reaches code that no seed reaches.

One file for each parser, one input a line, written as Python writes bytes, in the order of their lengths.  Each is a
seed, and is run as it is by the fast suite.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"
LONGEST = 1000
"""No longer input is kept, in bytes."""


def path_of(name: str) -> Path:
    """The file of a parser."""
    return FOLDER / f"{name.replace(' ', '-').replace(',', '').lower()}.txt"


def kept(name: str) -> tuple[bytes, ...]:
    """The inputs that are kept for a parser."""
    path = path_of(name)
    lines = path.read_text("ascii").splitlines() if path.exists() else []
    return tuple(ast.literal_eval(f"b{line}") for line in lines)


def keep(name: str, inputs: Iterable[bytes]) -> int:
    """Keep inputs for a parser, each once; how many there are now."""
    found = {raw for raw in (*kept(name), *inputs) if len(raw) <= LONGEST}
    lines = [ascii(raw)[1:] for raw in sorted(found, key=lambda raw: (len(raw), raw))]
    FOLDER.mkdir(exist_ok=True)
    path_of(name).write_text("".join(f"{line}\n" for line in lines), "ascii")
    return len(lines)
