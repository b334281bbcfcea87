"""How a process of our own loads pyusb: without ``logging``, which costs more than all of pyusb.

pyusb logs what it does where ``PYUSB_DEBUG`` asks for it, and nothing else; ``logging`` brings in fifteen modules of
the standard library.  A program that has loaded either keeps both.

Ref: pyusb 1.3.1, usb/__init__.py, _setup_log; usb/_debug.py.
"""

from __future__ import annotations

import os
import sys

from ..values import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any


class _Handler:
    """A class to derive a handler from; none is called."""


class _Logger:
    """A logger that is told nothing."""

    def __getattr__(self, name: str) -> Any:
        return _nothing


def _nothing(*_words: object, **_options: object) -> None:
    """Log nothing."""


def load_quickly() -> None:
    """Load pyusb without ``logging``, where nobody has or wants either; afterwards both can be loaded as ever."""
    if {"logging", "usb"} & sys.modules.keys() or "PYUSB_DEBUG" in os.environ:
        return
    stand_in: Any = type(sys)("logging")
    stand_in.Handler, stand_in.getLogger, stand_in.CRITICAL = _Handler, lambda _name: _Logger(), 50
    sys.modules["logging"] = stand_in
    try:
        import usb.backend.libusb1  # noqa: F401
    except AttributeError:  # another pyusb, which wants more of it: the whole of it, then
        for name in [name for name in sys.modules if name.partition(".")[0] == "usb"]:
            del sys.modules[name]
    finally:
        del sys.modules["logging"]
