"""TOML of bounded cost."""

from __future__ import annotations

import pytest

from modeswitch.service import policy
from modeswitch.toml import read_toml


def test_a_mark_before_the_text_is_no_part_of_it() -> None:
    assert read_toml("\ufeffa = 1\n") == {"a": 1}
    with pytest.raises(ValueError, match="line 1"):
        read_toml("a = 1 \ufeff\n")


def test_a_policy_of_windows_editor() -> None:
    found = policy.read('\ufeff[default]\r\nto = "ncm"\r\n')
    assert (found.problems, found.default.to) == ((), "ncm")
