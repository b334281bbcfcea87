"""The base of this project's values: a named tuple with types, without the cost of importing ``typing``.

Type checkers see :class:`typing.NamedTuple`.  At run time a class is made by :func:`collections.namedtuple` from its
annotations: importing ``typing`` and its checks of every annotation would take a third of the time from the start of
the process to the first byte that our own code takes.  Values are frozen, compare by what they hold, and print as
what would make them.
"""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
"""True for type checkers, which know the name; never at run time."""

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:

    class _Maker(type):
        """Makes a subclass of a named tuple out of a class with annotations."""

        def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, object]) -> type:
            if not bases:
                return super().__new__(mcs, name, bases, body)
            fields = tuple(body.pop("__annotations__", ()))
            defaults = [body.pop(field) for field in fields if field in body]
            base = namedtuple(name, fields, defaults=defaults, module=body["__module__"])
            return type(name, (base,), {"__slots__": (), **body})

    class NamedTuple(metaclass=_Maker):
        """See the module."""
