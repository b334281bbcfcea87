"""docs/security.md: each threat has a promise, a module that is there, and a test that is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/security.md").read_text("utf-8")
PARTS = {part.partition("\n")[0]: part for part in PAGE.split("\n## ")[1:]}


def rows(part: str) -> list[list[str]]:
    """The cells of a part's table, without its head."""
    lines = [line for line in PARTS[part].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


TABLES = [part for part in PARTS if rows(part)]
TESTS = sorted(set(re.findall(r"`(tests/[^`]+)`", PAGE)))


def functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_the_four_whom_it_is_about_have_each_a_table() -> None:
    assert {"A hostile device", "A hostile local user", "A hostile text", "A hostile web page"} <= set(TABLES)


@pytest.mark.parametrize("part", TABLES)
def test_each_threat_has_a_promise_a_module_and_a_test(part: str) -> None:
    for threat, promise, by, held in rows(part):
        assert threat
        assert promise
        assert re.findall(r"`[^`]+`", by), threat
        assert re.findall(r"`tests/[^`]+::test_[^`]+`", held), threat


@pytest.mark.parametrize("test", TESTS)
def test_a_test_that_is_named_is_there(test: str) -> None:
    path, _, function = test.partition("::")
    assert (ROOT / path).is_file()
    assert not function or function.partition("[")[0] in functions(path)


def test_a_module_that_is_named_is_there() -> None:
    named = {word for part in TABLES for row in rows(part) for word in re.findall(r"`([^`]+)`", row[2])}
    assert len(named) > 10
    for word in named:
        assert any((ROOT / folder / word).exists() for folder in ("modeswitch", "")), word


def test_how_to_report_stands_where_github_looks() -> None:
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    assert "Report a vulnerability" in text
    assert "docs/security.md" in text
