"""How a process of our own loads pyusb: without what it loads and such a process does not use.

pyusb logs what it does where ``PYUSB_DEBUG`` asks for it, and nothing else; ``logging`` brings in fifteen modules of
the standard library.  ``ctypes.util`` and ``platform`` look for a library that is not named; ours is.  ``re`` takes its
version apart.  Together they cost more than all of pyusb.  A program that has loaded ``logging`` or pyusb keeps both.

Ref: pyusb 1.3.1, usb/__init__.py, _get_extended_version_info, _setup_log; usb/_debug.py; usb/libloader.py,
locate_library.
"""

from __future__ import annotations

import ctypes
import os
import sys
from importlib import import_module

from ..values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


class _Handler:
    """A class to derive a handler from; none is called."""


class _Logger:
    """A logger that is told nothing."""

    def __getattr__(self, name: str) -> Any:
        return _nothing


def _nothing(*_words: object, **_options: object) -> None:
    """Log nothing."""


def _find_library(name: str) -> str | None:
    """For who asks pyusb to look for a library after all."""
    from ctypes.util import find_library

    return find_library(name)


class _Version(NamedTuple):
    """A version taken apart, in the place of a match of pyusb's own pattern for it."""

    parts: tuple[str, ...]

    def groups(self) -> tuple[str, ...]:
        """Major, minor, in some releases the patch with its dot, patch, and what stands behind them: nothing."""
        return self.parts


def _match(pattern: str, text: str) -> Any:
    """Pyusb's version taken apart, as its pattern of four or of five groups does; for all else, ``re`` itself."""
    numbers = text.split(".")
    groups = pattern.count("(")
    if groups in (4, 5) and len(numbers) == 3 and all(part.isascii() and part.isdecimal() for part in numbers):
        major, minor, patch = numbers
        return _Version((major, minor, *([f".{patch}"] if groups == 5 else []), patch, ""))
    del sys.modules["re"]
    import re

    return re.match(pattern, text)


def _module(name: str, **contents: object) -> ModuleType:
    made = type(sys)(name)
    vars(made).update(contents)
    return made


def load_quickly() -> None:
    """Load pyusb without these, where nobody has or wants them; afterwards all can be loaded as ever."""
    if sys.platform != "linux" or {"logging", "usb"} & sys.modules.keys() or "PYUSB_DEBUG" in os.environ:
        return
    stand_ins = {
        "logging": _module("logging", Handler=_Handler, getLogger=lambda _name: _Logger(), CRITICAL=50),
        "ctypes.util": _module("ctypes.util", find_library=_find_library),
        "platform": _module("platform"),
        "re": _module("re", match=_match),
    }
    before = set(sys.modules)
    mine = {name: module for name, module in stand_ins.items() if name not in before}
    sys.modules.update(mine)
    if "ctypes.util" in mine:
        ctypes.util = mine["ctypes.util"]
    try:
        import usb.backend.libusb1  # noqa: F401
    except Exception:  # another pyusb, which wants more of them: the whole of it, then
        for name in [name for name in sys.modules if name.partition(".")[0] == "usb"]:
            del sys.modules[name]
    finally:
        for name, module in mine.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
        _give_back(mine, sys.modules.keys() - before)


def _give_back(stand_ins: dict[str, ModuleType], loaded: set[str]) -> None:
    """Let no other module that was loaded meanwhile keep a stand-in: it may want more of it."""
    for module in [sys.modules[name] for name in loaded if name.partition(".")[0] != "usb"]:
        for name, stand_in in stand_ins.items():
            if vars(module).get(name) is stand_in:
                setattr(module, name, import_module(name))
