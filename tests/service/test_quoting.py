"""The path of a program in a unit and in a rule: it is that program, or it is refused."""

from __future__ import annotations

import shlex

import pytest

from modeswitch.errors import Refused
from modeswitch.service import names, quoting
from modeswitch.usb.descriptors import Port
from tests.support.udev import is_well_formed

PLAIN = "/opt/pipx/venvs/modeswitch/bin/python3.11"
HARD = ["/opt/my ms/python", "/opt/50%/python", "/opt/a;b/python", "/opt/#1/python", "/opt/größe/python", "/o/,a=b/p"]
BARRED = ['/o/"/p', "/o/'/p", "/o/\\/p", "/o/$HOME/p", "/o/\n/p", "/o/\t/p", "/o/\x7f/p", "/o/\u202e/p", "/o/\udcff/p"]


def test_what_needs_no_quotes_has_none() -> None:
    assert quoting.in_unit(PLAIN) == quoting.in_rule(PLAIN) == PLAIN


@pytest.mark.parametrize("path", HARD)
def test_what_needs_quotes_is_one_word_with_its_percent_signs_doubled(path: str) -> None:
    for word, quote in ((quoting.in_unit(path), '"'), (quoting.in_rule(path), "'")):
        assert word == f"{quote}{path.replace('%', '%%')}{quote}"
        assert shlex.split(word) == [path.replace("%", "%%")]


@pytest.mark.parametrize("path", HARD)
def test_a_rule_with_such_a_path_is_well_formed(path: str) -> None:
    from modeswitch.database.library import Library

    library = Library(user=[])
    families = [library.family(name) for name in library.names()]
    rules = names.tty_rules({Port(1, (1,)): "a"}, {Port(1, (1,)): "p:*"}, families, path)
    assert is_well_formed(rules)
    assert f'PROGRAM=="{quoting.in_rule(path)} -I -m modeswitch udev role $id"' in rules


@pytest.mark.parametrize("path", BARRED)
@pytest.mark.parametrize("way", [quoting.in_unit, quoting.in_rule, quoting.check_path])
def test_what_neither_can_be_told_of_is_refused(path: str, way: object) -> None:
    assert callable(way)
    with pytest.raises(Refused, match="no service can be told of a path with") as raised:
        way(path)
    assert raised.value.status == 5
    assert raised.value.message.isprintable()
    assert "/opt/modeswitch" in raised.value.hint


@pytest.mark.parametrize("path", ["", "python3", "./python3", "~/ms/bin/python3"])
def test_a_path_begins_at_the_root(path: str) -> None:
    with pytest.raises(Refused, match="no whole path"):
        quoting.in_unit(path)


def test_a_long_path_is_cut_where_it_is_shown() -> None:
    with pytest.raises(Refused) as raised:
        quoting.check_path("x" * 300)
    assert raised.value.message == f"'{'x' * 200}…' is no whole path of a program"
    with pytest.raises(Refused) as raised:
        quoting.check_path("/$" + "x" * 300)
    assert raised.value.message.startswith(f"/${'x' * 198}…: no service")
