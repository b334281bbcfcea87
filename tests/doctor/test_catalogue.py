"""Every finding is in the catalogue with the levels that it has, and the page is made of it."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import modeswitch
from modeswitch.doctor.catalogue import CATALOGUE
from modeswitch.doctor.finding import LEVELS
from tools.write_doctor_page import PAGE, page

PACKAGE = Path(modeswitch.__file__).resolve().parent


def used() -> tuple[dict[str, set[str]], list[str]]:
    """Each id with the levels that it is made with in the source, and the places where one is no literal."""
    found: dict[str, set[str]] = defaultdict(set)
    strange = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if not isinstance(node, ast.Call):
                continue
            if isinstance(node.func, ast.Name) and node.func.id == "Finding":
                literals = [one.value for one in node.args[:2] if isinstance(one, ast.Constant)]
                if len(literals) == 2:
                    found[str(literals[0])].add(str(literals[1]))
                else:
                    strange.append(f"{path.name}:{node.lineno}")
            replaced = {one.arg for one in node.keywords} & {"id", "level"}
            if isinstance(node.func, ast.Attribute) and node.func.attr == "_replace" and path.parent.name == "doctor":
                strange += [f"{path.name}:{node.lineno}"] if "level" in replaced else []
    return found, strange


def test_each_id_and_level_is_a_literal() -> None:
    found, strange = used()
    assert strange == []
    assert len(found) > 50


def test_the_catalogue_has_each_finding_with_its_levels_and_no_other() -> None:
    assert {name: tuple(sorted(levels)) for name, levels in used()[0].items()} == {
        name: tuple(sorted(entry.levels)) for name, entry in CATALOGUE.items()
    }


def test_each_entry_can_be_read_and_linked() -> None:
    for name, entry in CATALOGUE.items():
        assert name.replace("-", "").isalnum()
        assert name == name.lower()
        assert set(entry.levels) <= set(LEVELS)
        assert entry.meaning.endswith(".")
        assert entry.advice


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == page()
    assert page().count("\n## ") == len(CATALOGUE)
