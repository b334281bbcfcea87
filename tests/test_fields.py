"""A table of TOML that is read strictly: line, table and key are named, the error is of the class wanted."""

from __future__ import annotations

import pytest

from modeswitch.errors import ProfileError, UsageError
from modeswitch.fields import Fields, Lines

TEXT = """\
# a comment
top = 1
[one]
a = "["
'b' = 2

[[many]]
a = 1
[[many]]
  "a" = 2
[ many.inner ]
c.d = 3
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("", 0, "top"), 2),
        (("one",), 3),
        (("one", 0, "a"), 4),
        (("one", 0, "b"), 5),
        (("one", 0, "absent"), 3),
        (("many", 0, "a"), 8),
        (("many", 1), 9),
        (("many", 1, "a"), 10),
        (("many.inner",), 11),
        (("many.inner", 0, "c.d"), 12),
        (("top",), 2),
        (("many", 2), None),
        (("absent",), None),
    ],
)
def test_where_a_table_or_a_key_stands(place: tuple[str, int, str], line: int | None) -> None:
    assert Lines(TEXT).of(*place) == line


@pytest.mark.parametrize("end", ["\r\n", "\x0b\n", "\u2028\n"])
def test_only_a_newline_ends_a_line_of_toml(end: str) -> None:
    assert Lines(f"# one{end}a = 1\n").of("", 0, "a") == 2


def test_a_complaint_names_the_line_where_it_is_known() -> None:
    lines = Lines(TEXT)
    fields = Fields("f", "[one]", {"a": "[", "b": 2}, error=UsageError, line=lambda key: lines.of("one", 0, key))
    with pytest.raises(UsageError, match=r"^f, line 5: \[one\], key 'b': a string is wanted here, not an integer$"):
        fields.text("b")
    with pytest.raises(UsageError, match=r"^f, line 3: \[one\]: it is wrong$") as raised:
        fields.wrong("it is wrong")
    assert raised.value.facts == {"file": "f", "table": "[one]"}


def test_without_lines_it_names_the_file() -> None:
    with pytest.raises(ProfileError, match=r"^f: top level: it is wrong$"):
        Fields("f", "top level", {}).wrong("it is wrong")
    with pytest.raises(UsageError, match=r"^f: top level: it is wrong$"):
        Fields("f", "top level", {}, error=UsageError, line=lambda _key: None).wrong("it is wrong")


def test_a_table_within_has_the_line_of_its_key() -> None:
    fields = Fields("f", "[one]", {"inner": {"x": 1}}, error=UsageError, line=lambda key: {"inner": 7}.get(key))
    with pytest.raises(UsageError, match=r"^f, line 7: \[one\], inner, key 'x': a string is wanted"):
        fields.table("inner").text("x")


def test_what_is_no_table_is_told_with_the_line() -> None:
    with pytest.raises(UsageError, match=r"^f, line 3: \[one\]: a table is wanted here, not an integer$"):
        Fields("f", "[one]", 1, error=UsageError, line=lambda _key: 3)
