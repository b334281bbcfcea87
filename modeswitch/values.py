"""The base of this project's values: a named tuple with types, whose class costs a process next to nothing.

Type checkers see :class:`typing.NamedTuple`.  At run time its methods stand here once, for all values: neither is
``typing`` imported, nor is code compiled for each class as :func:`collections.namedtuple` does it.  Some forty
classes are made before the first byte is sent, and that must not take longer than sending it.  Values are frozen,
compare by what they hold, and print as what would make them.
"""

from __future__ import annotations

from operator import itemgetter

TYPE_CHECKING = False
"""True for type checkers, which know the name; never at run time."""

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Self
    from typing import NamedTuple as NamedTuple
else:

    class _Maker(type):
        """Makes a class with annotations a tuple with these fields; a field with a value has that as its default."""

        def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            fields = tuple(body.get("__annotations__", ()))
            defaults = {field: body[field] for field in fields if field in body}
            named = {field: property(itemgetter(index)) for index, field in enumerate(fields)}
            made = {"_fields": fields, "__match_args__": fields, "_field_defaults": defaults, "__slots__": ()}
            return super().__new__(mcs, name, bases or (tuple,), {**body, **named, **made})

    class NamedTuple(metaclass=_Maker):
        """See the module."""

        def __new__(cls, *items: Any, **named: Any) -> Self:
            if len(items) == len(cls._fields) and not named:
                return tuple.__new__(cls, items)
            given = {**cls._field_defaults, **dict(zip(cls._fields, items, strict=False)), **named}
            twice = named.keys() & set(cls._fields[: len(items)])
            if len(items) > len(cls._fields) or twice or given.keys() != set(cls._fields):
                raise TypeError(f"{cls.__name__} takes {', '.join(cls._fields)}: got {items!r} and {named!r}")
            return tuple.__new__(cls, map(given.__getitem__, cls._fields))

        @classmethod
        def _make(cls, items: Iterable[Any]) -> Self:
            return cls(*items)

        def _replace(self, **named: Any) -> Self:
            return type(self)(**{**self._asdict(), **named})

        def _asdict(self) -> dict[str, Any]:
            return dict(zip(self._fields, self, strict=True))

        def __getnewargs__(self) -> tuple[Any, ...]:
            return tuple(self)

        def __repr__(self) -> str:
            inside = ", ".join(f"{field}={item!r}" for field, item in self._asdict().items())
            return f"{type(self).__name__}({inside})"
