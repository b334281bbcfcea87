"""The mutants of a module: each is its source with one small change, made by an operator of cosmic-ray."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator


class Mutant(NamedTuple):
    """One change of a module: the first line that changed, by its number, before and after, and the whole source."""

    module: str
    line: int
    was: str
    now: str
    source: str


def mutants(module: str, source: str, operators: Iterable[str]) -> Iterator[Mutant]:
    """Every change that these operators (``NumberReplacer``, …) make; none that only type checkers and readers see."""
    lines, told = source.splitlines(), {_meaning(source)}
    for name in operators:
        operator = get_operator(f"core/{name}")()
        occurrence = 0
        while (changed := mutate_code(source, operator, occurrence)) is not None:
            occurrence += 1
            meaning = _meaning(changed)
            if meaning is None or meaning in told:
                continue
            told.add(meaning)
            now = changed.splitlines()
            at = next(number for number, (one, other) in enumerate(zip(lines, now, strict=False)) if one != other)
            yield Mutant(module, at + 1, lines[at].strip(), now[at].strip(), changed)


def called_lines(source: str) -> set[int]:
    """The lines that run when a function is called; all others run once, at the import."""
    functions = [
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return {line for one in functions for line in range(one.body[0].lineno, (one.end_lineno or 0) + 1)}


def _meaning(source: str) -> str | None:
    """The source's syntax tree without what does not run: annotations, docstrings, what is for type checkers.

    None where it is no Python: cosmic-ray takes the ``*`` between parameters for an operator.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign):
            node.annotation = ast.Constant(None)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value = ast.Constant(None)
        elif isinstance(node, ast.If) and any(getattr(one, "id", "") == "TYPE_CHECKING" for one in ast.walk(node.test)):
            node.test, node.body = ast.Constant(False), []
    return ast.dump(tree)
