"""The base of this project's values: a named tuple with types, whose class costs a process next to nothing.

Type checkers see :class:`typing.NamedTuple`.  At run time its methods stand here once, for all values: neither is
``typing`` imported, nor is code compiled for each class as :func:`collections.namedtuple` does it.  Some forty
classes are made before the first byte is sent, and that must not take longer than sending it.  Values are frozen,
and print as what would make them.

They keep the contract of ``typing.NamedTuple`` but for this: a value equals only values of its own class, never
another one or a plain tuple with the same items; only values of one class have an order; every value is true, also
one without fields.  ``Reset()`` and ``Power()`` are two actions, and not "no action".
"""

from __future__ import annotations

from operator import itemgetter

TYPE_CHECKING = False
"""True for type checkers, which know the name; never at run time."""

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from inspect import Signature
    from typing import Any, Self
    from typing import NamedTuple as NamedTuple
else:

    class _Maker(type):
        """Makes a class with annotations a tuple with these fields; a field with a value has that as its default.

        Raises :class:`TypeError` for annotations that are not in the body: Python 3.14 makes a function of them in a
        module without ``from __future__ import annotations``.  Ref: PEP 649, PEP 749.
        """

        def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            annotations = body.get("__annotations__", {})
            if not annotations and ("__annotate__" in body or "__annotate_func__" in body):
                raise TypeError(f"{name}: its module must begin with: from __future__ import annotations")
            if annotations and any(getattr(base, "_fields", ()) for base in bases):
                raise TypeError(f"{name} cannot add fields to those of {bases[0].__name__}")
            # A class that adds none has the fields of its base.
            fields = mcs._of_fields(name, annotations, body) if annotations or not bases else {}
            return super().__new__(mcs, name, bases or (tuple,), {**body, **fields, "__slots__": ()})

        @staticmethod
        def _of_fields(name: str, annotations: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
            """What the fields add to the body of the class; the description of each is its type."""
            fields = tuple(annotations)
            defaults = {field: body[field] for field in fields if field in body}
            if tuple(defaults) != fields[len(fields) - len(defaults) :]:
                raise TypeError(f"{name}: a field without a default stands behind one with a default")
            named = {
                field: property(itemgetter(index), None, None, annotation)
                for index, (field, annotation) in enumerate(annotations.items())
            }
            kept = {"_fields": fields, "__match_args__": fields, "_field_defaults": defaults}
            return {**named, **kept, "_defaults": tuple(defaults.values())}

        @property
        def __signature__(cls) -> Signature:
            """The fields as parameters; only who asks for it imports ``inspect``."""
            from inspect import Parameter, Signature

            return Signature(
                Parameter(
                    field,
                    Parameter.POSITIONAL_OR_KEYWORD,
                    default=cls._field_defaults.get(field, Parameter.empty),
                    annotation=getattr(cls, field).__doc__,
                )
                for field in cls._fields
            )

    def _in_one_class(compare: Callable[[tuple[Any, ...], tuple[Any, ...]], bool]) -> Callable[[Any, Any], bool]:
        """A comparison of tuples, for two values of one class only."""

        def compared(self: NamedTuple, other: object, /) -> bool:
            return compare(self, other) if type(self) is type(other) else NotImplemented

        return compared

    class NamedTuple(metaclass=_Maker):
        """See the module."""

        def __new__(cls, /, *items: Any, **named: Any) -> Self:
            missing = len(cls._fields) - len(items)
            if not named and 0 <= missing <= len(cls._defaults):
                return tuple.__new__(cls, items + cls._defaults[len(cls._defaults) - missing :] if missing else items)
            given = {**cls._field_defaults, **dict(zip(cls._fields, items, strict=False)), **named}
            twice = named.keys() & set(cls._fields[: len(items)])
            if len(items) > len(cls._fields) or twice or given.keys() != set(cls._fields):
                raise TypeError(f"{cls.__name__} takes {', '.join(cls._fields)}: got {items!r} and {named!r}")
            return tuple.__new__(cls, map(given.__getitem__, cls._fields))

        @classmethod
        def _make(cls, items: Iterable[Any]) -> Self:
            made = tuple.__new__(cls, items)
            if len(made) != len(cls._fields):
                raise TypeError(f"{cls.__name__} takes {len(cls._fields)} items: got {len(made)}")
            return made

        def _replace(self, /, **named: Any) -> Self:
            made = tuple.__new__(type(self), map(named.pop, self._fields, self))
            if named:
                raise TypeError(f"{type(self).__name__} has no field {', '.join(named)}")
            return made

        def _asdict(self) -> dict[str, Any]:
            return dict(zip(self._fields, self, strict=True))

        def __eq__(self, other: object, /) -> bool:
            if type(self) is not type(other) and isinstance(other, tuple):
                return False
            return tuple.__eq__(self, other)

        def __ne__(self, other: object, /) -> bool:
            return not self == other

        def __hash__(self) -> int:
            return hash((type(self), tuple.__hash__(self)))

        __lt__ = _in_one_class(tuple.__lt__)
        __le__ = _in_one_class(tuple.__le__)
        __gt__ = _in_one_class(tuple.__gt__)
        __ge__ = _in_one_class(tuple.__ge__)

        def __bool__(self) -> bool:
            return True

        def __getnewargs__(self) -> tuple[Any, ...]:
            return tuple(self)

        def __repr__(self) -> str:
            inside = ", ".join(f"{field}={item!r}" for field, item in self._asdict().items())
            return f"{type(self).__name__}({inside})"
