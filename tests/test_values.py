"""A value keeps the contract of ``typing.NamedTuple``: the same class is declared both ways, and asked the same."""

from __future__ import annotations

import copy
import inspect
import operator
import pickle
import pydoc
import re
import sys
import types
import typing
from collections.abc import Callable
from typing import Any
from unittest.mock import ANY

import pytest

from modeswitch.methods.detach import Detach
from modeswitch.methods.pause import Pause
from modeswitch.methods.power import Power
from modeswitch.methods.reset import Reset
from modeswitch.methods.u2diag import U2diag
from modeswitch.usb.descriptors import Triple
from modeswitch.values import NamedTuple


class Ours(NamedTuple):
    """A value."""

    cls: int
    self: str = "usb"
    items: tuple[int, ...] = ()
    named: Any = None

    def __str__(self) -> str:
        return f"{self.cls} of {self.self}"

    @property
    def twice(self) -> int:
        """Made of a field."""
        return 2 * self.cls


class Theirs(typing.NamedTuple):
    """A value."""

    cls: int
    self: str = "usb"
    items: tuple[int, ...] = ()
    named: Any = None

    def __str__(self) -> str:
        return f"{self.cls} of {self.self}"

    @property
    def twice(self) -> int:
        """Made of a field."""
        return 2 * self.cls


class Empty(NamedTuple):
    """Without fields."""


class Other(NamedTuple):
    """The fields of another class."""

    cls: int
    self: str = "usb"
    items: tuple[int, ...] = ()
    named: Any = None


class Heir(Ours):
    """Adds nothing."""


both = pytest.mark.parametrize("kind", [Ours, Theirs])


def outcome(act: Callable[[Any], Any], kind: Any) -> Any:
    """What comes of it: values as their class's fields and items, refusals as that word."""
    try:
        came = act(kind)
    except (TypeError, ValueError):  # an unknown field is a ValueError of _replace before Python 3.13
        return "refused"
    except AttributeError:
        return "no such attribute"
    return (came._fields, tuple(came)) if isinstance(came, kind) else came


ASKED: dict[str, Callable[[Any], Any]] = {
    "by position": lambda kind: kind(1, "2", (3,), 4),
    "by position, the rest by default": lambda kind: kind(1),
    "by keyword": lambda kind: kind(named=4, items=(3,), self="2", cls=1),
    "by keyword, the rest by default": lambda kind: kind(named=4, cls=1),
    "by both": lambda kind: kind(1, "2", named=4),
    "too many": lambda kind: kind(1, "2", (3,), 4, 5),
    "too few": lambda kind: kind(),
    "without what has no default": lambda kind: kind(self="2", items=(3,), named=4),
    "unknown": lambda kind: kind(1, other=2),
    "unknown, in place of one": lambda kind: kind(self="2", items=(3,), named=4, other=1),
    "twice": lambda kind: kind(1, cls=1),
    "the last twice": lambda kind: kind(1, "2", (3,), 4, named=4),
    "_make": lambda kind: kind._make(iter((1, "2", (3,), 4))),
    "_make of too few": lambda kind: kind._make((1,)),
    "_make of too many": lambda kind: kind._make(range(5)),
    "_replace": lambda kind: kind(1)._replace(cls=5),
    "_replace of all": lambda kind: kind(1)._replace(cls=5, self="6", items=(7,), named=8),
    "_replace of nothing": lambda kind: kind(1)._replace(),
    "_replace of an unknown field": lambda kind: kind(1)._replace(other=5),
    "_replace by position": lambda kind: kind(1)._replace(5),
    "_asdict": lambda kind: list(kind(1)._asdict().items()),
    "_fields": lambda kind: kind._fields,
    "_field_defaults": lambda kind: list(kind._field_defaults.items()),
    "__match_args__": lambda kind: kind.__match_args__,
    "__doc__": lambda kind: kind.__doc__,
    "__name__": lambda kind: (kind.__module__, kind.__name__ == kind.__qualname__),
    "repr": lambda kind: repr(kind(1, named=[2])).removeprefix(kind.__name__),
    "str": lambda kind: str(kind(1)),
    "a property": lambda kind: kind(3).twice,
    "each field": lambda kind: [getattr(kind(1, "2", (3,), 4), field) for field in kind._fields],
    "iteration": lambda kind: list(kind(1)),
    "unpacking": lambda kind: (lambda first, *rest: [first, rest])(*kind(1)),
    "len": lambda kind: len(kind(1)),
    "index": lambda kind: [kind(1)[0], kind(1)[-2], kind(1)[1:3], kind(1).index("usb")],
    "in": lambda kind: ["usb" in kind(1), "scsi" in kind(1)],
    "count": lambda kind: kind(1, "2", (), ()).count(()),
    "is a tuple": lambda kind: isinstance(kind(1), tuple),
    "set a field": lambda kind: setattr(kind(1), "cls", 2),
    "delete a field": lambda kind: delattr(kind(1), "cls"),
    "set another attribute": lambda kind: setattr(kind(1), "other", 2),
    "has a __dict__": lambda kind: hasattr(kind(1), "__dict__"),
    "equal": lambda kind: [kind(1) == kind(1), kind(1) == kind(2), kind(1) != kind(1), kind(1) != kind(2)],
    "equal to what is no tuple": lambda kind: [kind(1) == 1, kind(1) != 1, kind(1) == [1, "usb", (), None]],
    "hash": lambda kind: [hash(kind(1)) == hash(kind(1)), len({kind(1), kind(1), kind(2)})],
    "hash of what has none": lambda kind: hash(kind(1, named=[])),
    "order": lambda kind: [
        [one < two, one <= two, one > two, one >= two] for one in (kind(1), kind(2)) for two in (kind(1), kind(2))
    ],
    "sorted": lambda kind: [one.cls for one in sorted([kind(3), kind(1), kind(2)])],
    "true": lambda kind: bool(kind(0)),
    "copy": lambda kind: copy.copy(kind(1, named=[2])),
    "deepcopy": lambda kind: copy.deepcopy(kind(1, named=[2])),
    "pickle": lambda kind: [
        (type(one) is kind, tuple(one)) for one in (pickle.loads(pickle.dumps(kind(1, named=[2]), n)) for n in range(6))
    ],
    "parameters": lambda kind: [
        (one.name, one.kind, one.default) for one in inspect.signature(kind).parameters.values()
    ],
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_it_answers_as_typing_does(asked: Callable[[Any], Any]) -> None:
    assert outcome(asked, Ours) == outcome(asked, Theirs)


@both
def test_what_is_asked_for_comes(kind: Any) -> None:
    """The comparison above is not one of two refusals."""
    refused = {name for name, asked in ASKED.items() if outcome(asked, kind) in ("refused", "no such attribute")}
    assert refused == {
        *("too many", "too few", "without what has no default", "unknown", "unknown, in place of one"),
        *("twice", "the last twice", "_make of too few", "_make of too many"),
        *("_replace of an unknown field", "_replace by position", "hash of what has none"),
        *("set a field", "delete a field", "set another attribute"),
    }


@both
def test_a_deep_copy_shares_nothing_and_a_copy_all(kind: Any) -> None:
    value = kind(1, named=[2])
    assert copy.copy(value).named is value.named
    assert copy.deepcopy(value).named is not value.named


@both
def test_it_is_matched_by_position_and_by_name(kind: Any) -> None:
    match kind(1, "2"):
        case kind(5):
            found = "another"
        case kind(1, self="2", items=items):
            found = str(items)
    assert found == "()"


@both
def test_a_refusal_names_the_class(kind: Any) -> None:
    with pytest.raises(TypeError, match=kind.__name__ if kind is Ours else "new__"):
        kind(1, other=2)


# Where a value is stricter than a named tuple.


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (Reset(), Power()),
        (Reset(), Detach()),
        (Pause(5), U2diag(5)),
        (Ours(1), Other(1)),
        (Ours(1), Heir(1)),
        (Ours(1), tuple(Ours(1))),
        (Reset(), ()),
    ],
)
def test_values_of_two_classes_are_never_equal(one: Any, two: Any) -> None:
    for first, second in ((one, two), (two, one)):
        assert operator.ne(first, second)
        assert not operator.eq(first, second)
    assert hash(one) != hash(two)
    assert len({one, two}) == 2
    assert one not in [two]
    assert (one,) != (two,)


def test_values_of_two_classes_have_no_order() -> None:
    for compare in ("__lt__", "__le__", "__gt__", "__ge__"):
        assert getattr(Ours(1), compare)(Other(1)) is NotImplemented
    with pytest.raises(TypeError, match="'<' not supported between instances of 'Ours' and 'Other'"):
        sorted([Other(1), Ours(1)])


def test_what_compares_by_itself_is_asked() -> None:
    assert Ours(1) == ANY
    assert not operator.ne(Ours(1), ANY)


@pytest.mark.parametrize("value", [Reset(), Power(), Detach(), Empty()])
def test_a_value_without_fields_is_true_and_equals_its_like(value: Any) -> None:
    assert value
    assert value == type(value)()
    assert len({value, type(value)()}) == 1
    assert pickle.loads(pickle.dumps(value)) == copy.copy(value) == value
    assert type(value)._fields == type(value).__match_args__ == ()
    with pytest.raises(TypeError, match=type(value).__name__):
        type(value)(1)


def test_what_adds_nothing_has_the_fields_of_its_base() -> None:
    heir = Heir(1, named=4)
    assert type(heir._replace(cls=2)) is Heir
    assert heir._replace(cls=2) == Heir(2, "usb", (), 4)
    assert repr(heir) == "Heir(cls=1, self='usb', items=(), named=4)"
    assert pickle.loads(pickle.dumps(heir)) == heir
    assert (Heir._fields, Heir._field_defaults) == (Ours._fields, Ours._field_defaults)
    assert inspect.signature(Heir) == inspect.signature(Ours)


def test_a_public_value_takes_a_field_called_cls() -> None:
    assert Triple(cls=2, sub=13, proto=0) == Triple(2, 13, 0)
    assert Triple(2, 13, 0)._replace(cls=3) == Triple(3, 13, 0)


# What a class is made of.


def made(**body: Any) -> Any:
    """A value class with this body."""
    return types.new_class("Made", (NamedTuple,), exec_body=lambda namespace: namespace.update(body))


@pytest.mark.parametrize("name", ["__annotate__", "__annotate_func__"])
def test_annotations_that_are_a_function_are_refused(name: str) -> None:
    """As Python 3.14 makes them in a module without the future import: the fields would be lost without a word."""
    with pytest.raises(TypeError, match="Made: its module must begin with: from __future__ import annotations"):
        made(**{name: lambda _format: {"first": int}}, first=1)


def test_annotations_that_are_no_strings_are_fields_or_refused() -> None:
    source = compile("class Made(NamedTuple):\n    first: int\n    second: str = ''", "made", "exec", dont_inherit=True)
    names: dict[str, Any] = {"NamedTuple": NamedTuple, "__name__": "made"}
    if sys.version_info >= (3, 14):
        with pytest.raises(TypeError, match="from __future__ import annotations"):
            exec(source, names)
        return
    exec(source, names)
    assert names["Made"](1) == names["Made"](first=1, second="")
    assert str(inspect.signature(names["Made"])) == "(first: int, second: str = '')"


def test_a_field_without_default_behind_one_with_is_refused() -> None:
    with pytest.raises(TypeError, match="Made: a field without a default stands behind one with a default"):
        made(__annotations__={"first": "int", "second": "int"}, first=1)


def test_fields_are_not_added_to_those_of_a_base() -> None:
    with pytest.raises(TypeError, match="More cannot add fields to those of Ours"):
        types.new_class("More", (Ours,), exec_body=lambda namespace: namespace.update(__annotations__={"more": "int"}))


# How it shows itself.


def test_its_signature_shows_fields_types_and_defaults() -> None:
    wanted = "(cls: 'int', self: 'str' = 'usb', items: 'tuple[int, ...]' = (), named: 'Any' = None)"
    assert str(inspect.signature(Ours)) == wanted
    assert str(inspect.signature(Empty)) == str(inspect.signature(NamedTuple)) == "()"


def bare(text: str) -> str:
    """Without blanks, quotes and pydoc's margin."""
    return re.sub(r"[\s'|]", "", text)


def test_its_help_shows_fields_and_types() -> None:
    shown = pydoc.plain(pydoc.render_doc(Ours))
    signature = "Ours(cls: 'int', self: 'str' = 'usb', items: 'tuple[int, ...]' = (), named: 'Any' = None)"
    assert bare(signature) in bare(shown)  # Python 3.14 breaks it into lines, and leaves the quotes of types out
    assert " |  items\n |      tuple[int, ...]\n" in shown
