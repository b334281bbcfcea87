"""What tests/mutants.toml says is still so: its modules, their tests, the lines of the survivors that it lists."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CONFIG: dict[str, Any] = tomllib.loads((ROOT / "tests" / "mutants.toml").read_text())


def test_modules_and_their_tests_are_there() -> None:
    for name, paths in CONFIG["modules"].items():
        place = ROOT / "modeswitch" / name.replace(".", "/")
        assert place.is_dir() or place.with_suffix(".py").is_file(), name
        assert all((ROOT / one).exists() for one in paths), name


def test_each_survivor_is_a_line_of_its_module_and_has_a_reason() -> None:
    for one in CONFIG["survivors"]:
        source = (ROOT / "modeswitch" / (one["module"].replace(".", "/") + ".py")).read_text()
        assert one["was"] in [line.strip() for line in source.splitlines()], one
        assert one["now"], one
        assert one["was"] not in one["now"], one
        assert one["reason"], one
