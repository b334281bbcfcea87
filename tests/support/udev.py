"""The form of a udev rule.  Ref: udev(7)."""

from __future__ import annotations

import re

_TOKEN = r'[A-Z]+(?:\{[\w.]+\})?(?:==|!=|\+=|=)"[^"\n]*"'


def is_well_formed(rules: str) -> bool:
    """Is each line a comment or a list of matches and assignments, and does each GOTO have its LABEL?"""
    labels = set(re.findall(r'LABEL="(\w+)"', rules))
    lines = [line for line in rules.splitlines() if not line.startswith("#")]
    complete = all(re.fullmatch(rf"{_TOKEN}(?:, {_TOKEN})*", line) for line in lines)
    return complete and set(re.findall(r'GOTO="(\w+)"', rules)) <= labels
