"""The modules in C give what the library's do."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeswitch.c_modules import json_value

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES, st.sampled_from([None, 1]), st.booleans())
def test_json_is_read_as_the_library_reads_it(value: object, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert json_value(text) == json_value(text + "\n") == json.loads(text) == value


@pytest.mark.parametrize("text", ["", "{", '{"a": }', "1 2", "[1]]", "NaN", "[Infinity]", "nul", '"\n"', "{'a': 1}"])
def test_what_is_no_json_is_an_error_of_the_value(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        json_value(text)


def test_what_is_too_deep_is_told_so() -> None:
    with pytest.raises(RecursionError):
        json_value("[" * 100_000)


@pytest.mark.parametrize("missing", ["_signal", "_socket", "_json"])
def test_where_a_module_in_c_is_missing_the_librarys_own_does_it(missing: str) -> None:
    code = (
        f"import sys, json, signal, socket; sys.modules[{missing!r}] = None\n"
        "from modeswitch.c_modules import json_value, signals, sockets\n"
        "print(json_value('[1, 2]'), signals.SIGTERM == 15, sockets.AF_UNIX == 1)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "[1, 2] True True\n"
